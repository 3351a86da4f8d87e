//! Session tags: what a session carries for policies at AWS to look at (`aws:PrincipalTag/…`).

/// How many tags a session may carry (STS model).
pub const MOST: usize = 50;
/// Longest key in characters (STS model).
pub const LONGEST_KEY: usize = 128;
/// Longest value in characters (STS model).
pub const LONGEST_VALUE: usize = 256;

/// A tag that a connector gives its sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionTag {
    /// 1 to 128 characters.
    pub key: String,
    /// Up to 256 characters once its placeholders are filled in; kept as it was typed.
    pub value: String,
    /// Whether the roles that the session assumes further carry it too.
    pub transitive: bool,
}

/// Checks tags, `key = value` one a line, and the keys that stay through further roles, parted by commas or lines.
///
/// Keys are compared without regard to case, as IAM does with tags.
///
/// # Errors
/// A sentence that names the wrong line.
pub fn parse_tags(text: &str, transitive: &str) -> Result<Vec<SessionTag>, String> {
    let mut tags: Vec<SessionTag> = Vec::new();
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    // First: each is compared with all that stand before it.
    let count = lines().count();
    if count > MOST {
        return Err(format!("{count} tags are too many; STS takes at most {MOST}."));
    }
    for line in lines() {
        let (key, value) = line.split_once('=').ok_or_else(|| {
            format!("“{line}” is no tag; write it as Department = {{{{user.attribute.department}}}}.")
        })?;
        let tag = SessionTag { key: key.trim().to_owned(), value: value.trim().to_owned(), transitive: false };
        check_key(&tag.key)?;
        if tags.iter().any(|known| same_key(&known.key, &tag.key)) {
            return Err(format!(
                "The tag “{}” is there twice; AWS takes no two keys that differ only in case.",
                tag.key
            ));
        }
        tags.push(tag);
    }
    for key in transitive.split([',', '\n', '\r']).map(str::trim).filter(|key| !key.is_empty()) {
        let tag = tags.iter_mut().find(|tag| same_key(&tag.key, key));
        tag.ok_or_else(|| format!("There is no tag “{key}” that could stay through further roles."))?.transitive = true;
    }
    Ok(tags)
}

/// The tags and the transitive keys as [`parse_tags`] reads them.
#[must_use]
pub fn write_tags(tags: &[SessionTag]) -> (String, String) {
    let lines: Vec<String> = tags.iter().map(|tag| format!("{} = {}", tag.key, tag.value)).collect();
    let keys: Vec<&str> = tags.iter().filter(|tag| tag.transitive).map(|tag| tag.key.as_str()).collect();
    (lines.join("\n"), keys.join(", "))
}

fn same_key(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn check_key(key: &str) -> Result<(), String> {
    if !(1..=LONGEST_KEY).contains(&key.chars().count()) {
        return Err(format!("A tag's key has 1 to {LONGEST_KEY} characters."));
    }
    if key.to_lowercase().starts_with("aws:") {
        return Err(format!("“{key}”: keys that begin with aws: are AWS's own."));
    }
    match key.chars().find(|c| !is_allowed(*c)) {
        Some(wrong) => {
            Err(format!("STS does not take “{wrong}” in a tag's key; use letters, digits, blanks and _ . : / = + - @."))
        }
        None => Ok(()),
    }
}

/// Whether STS takes a character in a tag: `[\p{L}\p{Z}\p{N}_.:/=+\-@]` (STS model).
#[must_use]
pub fn is_allowed(character: char) -> bool {
    // Letters beyond `\p{L}` that Rust calls alphabetic (marks) are refused by STS; its answer names them.
    character.is_alphanumeric() || character == ' ' || "_.:/=+-@".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_they_are_written() {
        let text = "Department = {{user.attribute.department}}\nMail = {{user.mail}}\nEmpty = ";
        let tags = parse_tags(text, "mail").unwrap();
        assert_eq!((tags.len(), tags[1].transitive, tags[0].transitive), (3, true, false));
        let (lines, keys) = write_tags(&tags);
        assert_eq!((lines.as_str(), keys.as_str()), (text, "Mail"));
        assert_eq!(parse_tags(&lines, &keys), Ok(tags));
    }

    #[test]
    fn limits_on_both_sides() {
        let many = |n: usize| (0..n).map(|n| format!("k{n} = v")).collect::<Vec<_>>().join("\n");
        assert_eq!(parse_tags(&many(MOST), "").map(|tags| tags.len()), Ok(MOST));
        assert!(parse_tags(&many(MOST + 1), "").is_err());
        let key = |n: usize| format!("{} = v", "k".repeat(n));
        assert!(parse_tags(&key(LONGEST_KEY), "").is_ok());
        assert!(parse_tags(&key(LONGEST_KEY + 1), "").is_err());
    }

    #[test]
    fn what_is_no_tag_is_named() {
        for (text, transitive) in [
            ("Department", ""),
            ("= x", ""),
            ("aws:x = y", ""),
            ("AWS:x = y", ""),
            ("a = 1\nA = 2", ""),
            ("a* = 1", ""),
            ("a = 1", "b"),
        ] {
            assert!(parse_tags(text, transitive).is_err(), "{text}");
        }
    }
}
