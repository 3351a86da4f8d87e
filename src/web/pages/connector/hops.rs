//! The roles on the way as rows of the form: `hop1_role`, `hop1_external_id` and so on, and the buttons `hop` that add, remove
//! and move a row without JavaScript (`add`, `remove-2`, `up-2`, `down-2`).

use serde::Deserialize;

use crate::model::hop::MOST_THROUGH;

/// A row as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HopRow {
    /// The role's ARN.
    pub role: String,
    /// Its external id, may be empty.
    pub external_id: String,
}

/// The rows as they arrive; a row that is not there is `None`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedHops {
    hop1_role: Option<String>,
    hop1_external_id: String,
    hop2_role: Option<String>,
    hop2_external_id: String,
    hop3_role: Option<String>,
    hop3_external_id: String,
    hop4_role: Option<String>,
    hop4_external_id: String,
}

impl TypedHops {
    /// As the form of a connector keeps them: one row a line, the two parts with a tab between, empty rows too.
    pub(super) fn text(self) -> String {
        let rows = [
            (self.hop1_role, self.hop1_external_id),
            (self.hop2_role, self.hop2_external_id),
            (self.hop3_role, self.hop3_external_id),
            (self.hop4_role, self.hop4_external_id),
        ];
        let row = |(role, external_id): (Option<String>, String)| Some(HopRow { role: role?, external_id });
        write(&rows.into_iter().filter_map(row).collect::<Vec<_>>())
    }
}

fn write(rows: &[HopRow]) -> String {
    let one_line = |text: &str| text.replace(['\t', '\r', '\n'], " ");
    let lines = rows.iter().map(|row| format!("{}\t{}", one_line(&row.role), one_line(&row.external_id)));
    lines.collect::<Vec<_>>().join("\n")
}

/// The rows of such a text, or of one whose parts have a blank between.
pub(super) fn rows(text: &str) -> Vec<HopRow> {
    let row = |line: &str| {
        let (role, external_id) = line.split_once('\t').or_else(|| line.split_once(' ')).unwrap_or((line, ""));
        HopRow { role: role.to_owned(), external_id: external_id.to_owned() }
    };
    text.lines().map(row).collect()
}

/// What a button does to the rows; a word that none of them has does nothing.
pub(super) fn press(text: &str, button: &str) -> String {
    let mut rows = rows(text);
    let (word, number) = button.split_once('-').unwrap_or((button, ""));
    let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).filter(|at| *at < rows.len());
    match (word, at) {
        ("add", _) if rows.len() < MOST_THROUGH => rows.push(HopRow::default()),
        ("remove", Some(at)) => {
            rows.remove(at);
        }
        ("up", Some(at)) if at > 0 => rows.swap(at, at - 1),
        ("down", Some(at)) if at + 1 < rows.len() => rows.swap(at, at + 1),
        _ => {}
    }
    write(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_added_removed_and_moved_and_nothing_is_lost() {
        let mut text = String::new();
        for _ in 0..=MOST_THROUGH {
            text = press(&text, "add");
        }
        assert_eq!(rows(&text).len(), MOST_THROUGH, "no more than may be");
        let text = "one\tid one\n\t\nthree two words\t";
        let roles = |text: &str| rows(text).into_iter().map(|row| row.role).collect::<Vec<_>>();
        assert_eq!(roles(text), ["one", "", "three two words"]);
        assert_eq!(roles(&press(text, "down-1")), ["", "one", "three two words"]);
        assert_eq!(roles(&press(text, "up-3")), ["one", "three two words", ""]);
        assert_eq!(roles(&press(text, "remove-2")), ["one", "three two words"]);
        assert_eq!(rows(&press(text, "remove-2"))[0].external_id, "id one");
        for nothing in ["up-1", "down-3", "remove-4", "remove-0", "remove-", "other", "up-x"] {
            assert_eq!(press(text, nothing), text, "{nothing}");
        }
    }

    #[test]
    fn what_was_saved_is_read_too() {
        let read = rows("arn:aws:iam::123456789012:role/One the-id\narn:aws:iam::123456789012:role/Two");
        assert_eq!((read[0].external_id.as_str(), read[1].external_id.as_str()), ("the-id", ""));
        assert_eq!(rows(""), []);
    }
}
