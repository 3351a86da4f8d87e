//! Crowd's query language, of which we write one sentence: `name = "*PART*"`.
//!
//! A backslash in front of a quotation mark is understood by some versions and taken literally by others
//! (jira.atlassian.com, CWD-3874), and nothing takes a star its meaning. So none of the three is ever sent: the search is for
//! the longest piece without them, and what comes back is looked through for the whole.

/// What has a meaning of its own between quotation marks.
const SPECIAL: [char; 3] = ['"', '\\', '*'];

/// The restriction that finds at least every name that holds `part`; `None` where only all names will do.
pub fn holds(part: &str) -> Option<String> {
    let piece = part.split(SPECIAL).max_by_key(|piece| piece.trim().chars().count())?.trim();
    (!piece.is_empty()).then(|| format!("name = \"*{piece}*\""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_longest_plain_piece_is_searched() {
        assert_eq!(holds("aws").as_deref(), Some("name = \"*aws*\""));
        assert_eq!(holds("aws-\"admins\" or name = \"*").as_deref(), Some("name = \"*or name =*\""));
        assert_eq!(holds("a*bc\\d").as_deref(), Some("name = \"*bc*\""));
        assert_eq!((holds(""), holds("\"*\\"), holds("* *")), (None, None, None));
    }

    proptest! {
        #[test]
        fn whatever_is_searched_is_one_text_between_two_stars(part in ".*") {
            if let Some(text) = holds(&part) {
                let piece = text.strip_prefix("name = \"*").and_then(|rest| rest.strip_suffix("*\"")).unwrap();
                prop_assert!(!piece.is_empty() && !piece.contains(SPECIAL) && part.contains(piece));
            }
        }
    }
}
