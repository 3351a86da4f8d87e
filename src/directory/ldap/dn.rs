//! DNs in one form, so that two ways to write one are equal.

use super::escape;

/// The DN with types and values in small letters, spaces put right and one way of escaping (RFC 4514; values are
/// compared like `caseIgnoreMatch`, RFC 4518); `None` where it is no DN.
pub fn normalise(dn: &str) -> Option<String> {
    if dn.trim().is_empty() {
        return Some(String::new());
    }
    let mut names = vec![Vec::new()];
    let mut rest = dn;
    loop {
        let (part, separator, after) = first_part(rest);
        names.last_mut()?.push(normalise_part(part)?);
        match separator {
            None => break,
            Some('+') => {}
            Some(_) => names.push(Vec::new()),
        }
        rest = after;
    }
    let names: Vec<_> = names
        .into_iter()
        .map(|mut parts| {
            parts.sort();
            parts.join("+")
        })
        .collect();
    Some(names.join(","))
}

/// Whether `dn` is `base` or below it; both normalised.
pub fn is_within(dn: &str, base: &str) -> bool {
    // In a normalised DN a comma that separates has no backslash before it: commas in values are written `\2c`.
    base.is_empty() || dn.strip_suffix(base).is_some_and(|above| above.is_empty() || above.ends_with(','))
}

/// The text up to the first separator that is not escaped, that separator, and the text after it.
fn first_part(text: &str) -> (&str, Option<char>, &str) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' | ';' | '+' => {
                let (part, after) = text.split_at(at);
                return (part, Some(c), after.get(1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    (text, None, "")
}

/// `type=value`.
fn normalise_part(part: &str) -> Option<String> {
    let (kind, value) = part.split_once('=')?;
    let kind = kind.trim().to_ascii_lowercase();
    if kind.is_empty() || !kind.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')) {
        return None;
    }
    let value = value.trim_start();
    if let Some(digits) = value.strip_prefix('#') {
        let digits = digits.trim_end().to_ascii_lowercase();
        return digits.chars().all(|c| c.is_ascii_hexdigit()).then(|| format!("{kind}=#{digits}"));
    }
    let value = unescape(value)?.to_lowercase();
    let words: Vec<_> = value.split_whitespace().collect();
    Some(format!("{kind}={}", escape::in_dn(&words.join(" "))))
}

fn unescape(value: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let first = rest.next()?;
        match hex(first) {
            Some(high) => bytes.push(high << 4 | hex(rest.next()?)?),
            None => bytes.push(first),
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_dn_written_in_many_ways_is_one() {
        let expected = Some("cn=dana (ops*) \\5c night\\2c shift\\2b1,ou=people,dc=example,dc=test".to_owned());
        for dn in [
            "cn=Dana (Ops*) \\5C Night\\, Shift\\+1,ou=people,dc=example,dc=test",
            "CN = Dana (Ops*)  \\\\ Night\\2C Shift\\2b1 , OU=People;dc=Example,DC=TEST",
        ] {
            assert_eq!(normalise(dn), expected);
        }
        assert_eq!(normalise("uid=m\\C3\\BC\\5Cller,dc=x"), normalise("UID=Mü\\\\ller,DC=X"));
        assert_eq!(normalise("ou=b+cn=a,dc=x"), normalise("CN=A+OU=B,dc=x"));
        assert_eq!(normalise("cn=\\20a,dc=x"), normalise("cn=a\\ ,dc=x"));
        assert_ne!(normalise("cn=a\\,dc=x"), normalise("cn=a,dc=x"));
        assert_eq!(normalise(""), Some(String::new()));
    }

    #[test]
    fn what_is_no_dn_has_no_form() {
        for wrong in ["alice", "=x", "cn=a,,dc=x", "cn=a,", "c n=a", "cn=a\\", "cn=\\f", "cn=\\ff", "cn=#xy"] {
            assert_eq!(normalise(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_dn_is_below_its_base_only_at_a_comma_that_separates() {
        assert!(is_within("cn=a,dc=x", "dc=x"));
        assert!(is_within("dc=x", "dc=x"));
        assert!(!is_within("cn=a\\2cdc=x", "dc=x"));
        assert!(!is_within("cn=adc=x", "dc=x"));
        assert!(!is_within("cn=a,dc=y", "dc=x"));
    }

    proptest! {
        #[test]
        fn any_value_keeps_its_place(value in "[^#\\PC][^\\PC]{0,20}") {
            let dn = normalise(&format!("cn={},DC=Test", escape::in_dn(&value))).unwrap();
            prop_assert!(dn.ends_with(",dc=test"));
            prop_assert_eq!(dn.matches(',').count(), 1);
            prop_assert_eq!(normalise(&dn), Some(dn));
        }

        #[test]
        fn any_text_is_read_without_harm(text: String) {
            if let Some(dn) = normalise(&text) {
                prop_assert_eq!(normalise(&dn), Some(dn));
            }
        }
    }
}
