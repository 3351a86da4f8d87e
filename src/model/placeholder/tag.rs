//! Placeholders in the values of session tags.
//!
//! AWS takes a tag's value as it is: there is nothing to escape, and a character that STS does not take is refused.

use super::{Cause, Part, Placeholder, Unfilled, Values, parts};
use crate::model::session_tag::{LONGEST_VALUE, SessionTag, is_allowed};

/// Checks a tag's value as it was typed, and gives its placeholders.
///
/// # Errors
/// A sentence that names the tag and what is wrong.
pub fn check(tag: &SessionTag) -> Result<Vec<Placeholder>, String> {
    let key = &tag.key;
    let (mut found, mut length) = (Vec::new(), 0);
    for part in parts(&tag.value).map_err(|sentence| format!("The tag “{key}”: {sentence}"))? {
        match part {
            Part::Text(text) => {
                if let Some(wrong) = text.chars().find(|c| !is_allowed(*c)) {
                    return Err(format!(
                        "The tag “{key}”: STS does not take “{wrong}” in a tag's value; use letters, digits, blanks and _ . : / = + - @."
                    ));
                }
                length += text.chars().count();
            }
            Part::Placeholder(placeholder) if !placeholder.allowed.is_empty() => {
                return Err(format!(
                    "The tag “{key}”: leave out | allow, which is for policies. A tag takes every character that STS takes."
                ));
            }
            Part::Placeholder(placeholder) => found.push(placeholder),
        }
    }
    if length > LONGEST_VALUE {
        return Err(format!("The tag “{key}” has a value of {length} characters; STS takes at most {LONGEST_VALUE}."));
    }
    Ok(found)
}

/// The tag with its placeholders filled in.
///
/// # Errors
/// Which placeholder has no value that STS takes.
pub fn fill(tag: &SessionTag, values: &Values<'_>) -> Result<SessionTag, Unfilled> {
    let mut placeholders = check(tag).map_err(Unfilled::Rule)?.into_iter();
    let mut value = String::new();
    for part in parts(&tag.value).map_err(Unfilled::Rule)? {
        match part {
            Part::Text(text) => value.push_str(&text),
            Part::Placeholder(placeholder) => {
                let filled = placeholder.value(values)?;
                if let Some(wrong) = filled.chars().find(|c| !is_allowed(*c)) {
                    return Err(placeholder.without(Cause::Character(wrong)));
                }
                value.push_str(filled);
            }
        }
    }
    match placeholders.next() {
        Some(first) if value.chars().count() > LONGEST_VALUE => Err(first.without(Cause::TooLong(LONGEST_VALUE))),
        _ => Ok(SessionTag { value, ..tag.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::identity::Attributes;

    fn tag(value: &str) -> SessionTag {
        SessionTag { key: "Team".to_owned(), value: value.to_owned(), transitive: true }
    }

    fn named<'a>(name: &'a str, attributes: &'a Attributes) -> Values<'a> {
        Values { name, mail: "", display_name: "", attributes }
    }

    #[test]
    fn values_are_put_in_as_they_are() {
        let none = Attributes::new();
        let filled = fill(&tag("a/{{user.name}}:b"), &named("x/y:z= +@", &none)).unwrap();
        assert_eq!((filled.value.as_str(), filled.transitive), ("a/x/y:z= +@:b", true));
        assert_eq!(fill(&tag(""), &named("x", &none)), Ok(tag("")));
        assert_eq!(fill(&tag("plain"), &named("", &none)), Ok(tag("plain")));
        for wrong in ["a*b", "a?b", "a$b", "a,b", "a\nb", "a\\b", "a\"b"] {
            let refused = fill(&tag("{{user.name}}"), &named(wrong, &none)).unwrap_err();
            assert!(matches!(refused, Unfilled::Value { cause: Cause::Character(_), .. }), "{wrong}");
        }
        let refused = fill(&tag("x{{user.mail}}"), &named("x", &none)).unwrap_err();
        assert!(matches!(refused, Unfilled::Value { cause: Cause::Missing, .. }));
    }

    #[test]
    fn length_on_both_sides() {
        let none = Attributes::new();
        let name = "é".repeat(LONGEST_VALUE - 1);
        assert!(fill(&tag("a{{user.name}}"), &named(&name, &none)).is_ok());
        let refused = fill(&tag("ab{{user.name}}"), &named(&name, &none)).unwrap_err();
        assert!(matches!(refused, Unfilled::Value { cause: Cause::TooLong(256), .. }), "{refused}");
        assert!(check(&tag(&"x".repeat(LONGEST_VALUE))).is_ok());
        assert!(check(&tag(&"x".repeat(LONGEST_VALUE + 1))).is_err());
    }

    #[test]
    fn what_cannot_be_saved_is_named() {
        for wrong in ["a*b", "{{user.nobody}}", "{{user.name", "{{user.name | allow /}}"] {
            let sentence = check(&tag(wrong)).unwrap_err();
            assert!(sentence.contains("“Team”"), "{sentence}");
            assert!(matches!(fill(&tag(wrong), &named("x", &Attributes::new())), Err(Unfilled::Rule(_))));
        }
        assert_eq!(check(&tag("{{user.name}}.{{user.mail}}")).map(|found| found.len()), Ok(2));
    }

    proptest! {
        #[test]
        fn what_is_filled_in_is_what_sts_takes(name in "\\PC{0,300}") {
            let none = Attributes::new();
            if let Ok(filled) = fill(&tag("{{user.name}}"), &named(&name, &none)) {
                prop_assert_eq!(&filled.value, &name);
                prop_assert!(filled.value.chars().all(is_allowed) && filled.value.chars().count() <= LONGEST_VALUE);
            }
        }
    }
}
