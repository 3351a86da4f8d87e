//! What may be typed.

use crate::portal::PortalError;

/// The longest name of a group, in characters.
const LONGEST_GROUP: usize = 128;
/// The most groups that one person is typed into.
const MOST_GROUPS: usize = 200;

/// The lines of a text that hold anything.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Checks the name of a local group: one line of 1 to 128 characters.
pub(super) fn group(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Enter the group's name.".to_owned());
    }
    if text.chars().count() > LONGEST_GROUP || text.contains(char::is_control) {
        return Err(format!("Use one line of at most {LONGEST_GROUP} characters for a group's name."));
    }
    Ok(text.to_owned())
}

/// The groups of a text, one a line, each once.
pub(super) fn groups(text: &str) -> Result<Vec<String>, String> {
    let mut all: Vec<String> = Vec::new();
    for line in lines(text) {
        let name = group(line)?;
        if !all.iter().any(|known| known.to_lowercase() == name.to_lowercase()) {
            all.push(name);
        }
    }
    if all.len() > MOST_GROUPS { Err(format!("Use at most {MOST_GROUPS} groups.")) } else { Ok(all) }
}

/// Somebody has the user name.
pub(super) fn taken() -> PortalError {
    PortalError::Invalid(("username", "Somebody has this user name already.".to_owned()).into())
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_GROUP, MOST_GROUPS, group, groups};

    #[test]
    fn both_sides_of_the_limits() {
        assert!(group(&"ä".repeat(LONGEST_GROUP)).is_ok());
        for wrong in [String::new(), " \t".to_owned(), "a\u{7}b".to_owned(), "a".repeat(LONGEST_GROUP + 1)] {
            assert!(group(&wrong).is_err(), "{wrong}");
        }
        let many = |count: usize| (0..count).map(|number| format!("g{number}\r\n")).collect::<String>();
        assert_eq!(groups(&many(MOST_GROUPS)).unwrap().len(), MOST_GROUPS);
        assert!(groups(&many(MOST_GROUPS + 1)).is_err());
        assert_eq!(groups("Ops\n\n ops \nDev").unwrap(), ["Ops", "Dev"]);
    }
}
