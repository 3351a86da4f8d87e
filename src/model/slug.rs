//! Readable names for URLs and commands.

/// The longest slug, in characters.
pub const LONGEST: usize = 64;

/// Checks a slug: `[a-z0-9-]{1,64}`, not shaped like a GUID (ids and slugs share one place in URLs).
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return Err(format!("Use 1 to {LONGEST} characters."));
    }
    if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err("Use lower-case letters a–z, digits and hyphens only.".to_owned());
    }
    if looks_like_guid(text) {
        return Err("This is shaped like an id. Choose a readable slug.".to_owned());
    }
    Ok(text.to_owned())
}

/// A slug made from a name: letters and digits kept, everything else one hyphen. Empty where the name has none.
#[must_use]
pub fn from_name(name: &str) -> String {
    let mut slug = String::new();
    for character in name.to_lowercase().chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(LONGEST);
    slug.trim_end_matches('-').to_owned()
}

/// Whether `text` has the shape of a GUID in any of its forms.
#[must_use]
pub fn looks_like_guid(text: &str) -> bool {
    guid(text).is_some()
}

/// `text` as ids are kept, in small letters and with hyphens, where it is a GUID: 8-4-4-4-12 hexadecimal digits, also in
/// braces or as a URN, or 32 of them.
#[must_use]
pub fn guid(text: &str) -> Option<String> {
    uuid::Uuid::try_parse(text).ok().map(|guid| guid.hyphenated().to_string())
}

#[cfg(test)]
mod tests {
    use super::{from_name, guid, parse};

    #[test]
    fn limits() {
        assert!(parse("a").is_ok());
        assert!(parse(&"a".repeat(64)).is_ok());
        assert!(parse(&"a".repeat(65)).is_err());
        assert!(parse("").is_err());
        assert!(parse("Payments").is_err());
        assert!(parse("0193f6a1-0000-7000-8000-000000000001").is_err());
        assert!(parse("0193f6a1000070008000000000000001").is_err());
    }

    #[test]
    fn every_form_of_a_guid_is_one_id() {
        let id = "0193f6a1-0000-7000-8000-00000000abcd";
        for form in [
            id,
            "0193F6A1-0000-7000-8000-00000000ABCD",
            "{0193f6a1-0000-7000-8000-00000000abcd}",
            "urn:uuid:0193f6a1-0000-7000-8000-00000000abcd",
            "0193F6A100007000800000000000ABCD",
        ] {
            assert_eq!(guid(form).as_deref(), Some(id), "{form}");
        }
        assert_eq!(guid("read-only"), None);
    }

    #[test]
    fn names_become_slugs() {
        assert_eq!(from_name("Payments: read-only (EU)"), "payments-read-only-eu");
        assert_eq!(from_name("— ü —"), "");
    }
}
