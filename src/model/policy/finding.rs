//! What a check of a policy found, and where.

use std::fmt;
use std::ops::Range;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// AWS would refuse the policy; it is not saved.
    Error,
    /// AWS takes the policy, but it hardly says what is meant; it is saved.
    Warning,
}

impl Severity {
    /// The word for pages and JSON: `error` or `warning`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing to look at. Displayed as `line 4, column 12: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The line, from 1.
    pub line: usize,
    /// The character (Unicode scalar value) in its line, from 1.
    pub column: usize,
    /// How many characters it takes; 0 at the text's end.
    pub length: usize,
    /// What is wrong and what to do.
    pub sentence: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.sentence)
    }
}

/// More errors, and more warnings, than this are not kept while a policy is read.
const MOST_KEPT: usize = 200;

/// What is found, by bytes of the text.
#[derive(Default)]
pub(super) struct Findings {
    errors: Vec<(Range<usize>, String)>,
    warnings: Vec<(Range<usize>, String)>,
}

impl Findings {
    pub(super) fn error(&mut self, at: &Range<usize>, sentence: impl Into<String>) {
        if self.errors.len() < MOST_KEPT {
            self.errors.push((at.clone(), sentence.into()));
        }
    }

    pub(super) fn warning(&mut self, at: &Range<usize>, sentence: impl Into<String>) {
        if self.warnings.len() < MOST_KEPT {
            self.warnings.push((at.clone(), sentence.into()));
        }
    }

    pub(super) fn count_errors(&self) -> usize {
        self.errors.len()
    }

    /// The first `most` of them in the order of the text. Errors have the room first: a warning never hides one.
    pub(super) fn placed(mut self, text: &str, most: usize) -> Vec<Finding> {
        self.errors.sort_by_key(|(at, _)| at.start);
        self.warnings.sort_by_key(|(at, _)| at.start);
        self.errors.truncate(most);
        self.warnings.truncate(most - self.errors.len());
        let place = |severity| {
            move |(at, sentence): (Range<usize>, String)| {
                let (line, column) = line_and_column(text.get(..at.start).unwrap_or(text));
                let length = text.get(at).map_or(0, |part| part.chars().count());
                Finding { severity, line, column, length, sentence }
            }
        };
        let errors = self.errors.into_iter().map(place(Severity::Error));
        let mut placed: Vec<Finding> = errors.chain(self.warnings.into_iter().map(place(Severity::Warning))).collect();
        placed.sort_by_key(|finding| (finding.line, finding.column, finding.severity));
        placed
    }
}

/// The place behind `before`. A line ends as browsers have it: with CR LF, LF or CR.
fn line_and_column(before: &str) -> (usize, usize) {
    let (mut line, mut column, mut after_return) = (1, 1, false);
    for character in before.chars() {
        match character {
            // Its line was ended by the carriage return.
            '\n' if after_return => {}
            '\n' | '\r' => (line, column) = (line + 1, 1),
            _ => column += 1,
        }
        after_return = character == '\r';
    }
    (line, column)
}

/// A piece of what was typed, for a sentence: in quotation marks, not too long, and without characters that nobody sees
/// or that turn the writing round.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let seen = |c: char| if is_seen(c) { c } else { '\u{FFFD}' };
    let cut: String = text.chars().take(LONGEST).map(seen).collect();
    let more = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    format!("“{cut}{more}”")
}

/// Whether a character shows itself, and nothing else.
pub(super) const fn is_seen(c: char) -> bool {
    !matches!(c, '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_in_browsers_and_columns_are_characters() {
        for (before, place) in [
            ("", (1, 1)),
            ("ab", (1, 3)),
            ("ä€𝄞", (1, 4)),
            ("a\n", (2, 1)),
            ("a\r\nb", (2, 2)),
            ("a\rb\n\nc", (4, 2)),
            ("\r\r\n\n", (4, 1)),
        ] {
            assert_eq!(line_and_column(before), place, "{before:?}");
        }
    }

    #[test]
    fn findings_come_in_order_and_only_so_many() {
        let found = || {
            let mut found = Findings::default();
            found.warning(&(0..1), "early");
            found.warning(&(3..4), "b");
            found.error(&(3..5), "a");
            found.error(&(0..2), "first");
            found
        };
        let told = |most: usize| found().placed("ab\ncd", most).iter().map(ToString::to_string).collect::<Vec<_>>();
        let all = ["line 1, column 1: first", "line 1, column 1: early", "line 2, column 1: a", "line 2, column 1: b"];
        assert_eq!(told(20), all);
        assert_eq!(told(3), all[..3]);
        assert_eq!(told(2), [all[0], all[2]], "errors have the room first");
        assert_eq!(found().placed("ab\ncd", 2).iter().map(|finding| finding.length).collect::<Vec<_>>(), [2, 2]);
    }

    #[test]
    fn what_was_typed_is_cut() {
        assert_eq!(quoted(&"ä".repeat(60)), format!("“{}”", "ä".repeat(60)));
        assert_eq!(quoted(&"ä".repeat(61)), format!("“{}…”", "ä".repeat(60)));
        assert_eq!(quoted("a\u{202e}b\nc\u{200b}"), "“a\u{fffd}b\u{fffd}c\u{fffd}”");
    }
}
