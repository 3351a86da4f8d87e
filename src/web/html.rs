//! Small values that templates show: moments, badges, choices, errors of a form.
//!
//! They are ready to be written into a page: already worded, already in the form that the reader sees. Escaping is the
//! template's work.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};

/// What a badge or a notice says by its colour. The text always says it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// It works, it was done.
    Good,
    /// Worth knowing, nothing to do.
    Info,
    /// Works, but somebody should look.
    Warning,
    /// Refused, failed, cannot be undone.
    Danger,
    /// No judgement.
    #[default]
    Neutral,
}

impl Tone {
    /// The class suffix in `daypass.css`.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Danger => "danger",
            Self::Neutral => "neutral",
        }
    }

    /// Whether a screen reader interrupts for it (`role=alert`) instead of waiting for a pause (`role=status`).
    #[must_use]
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::Danger | Self::Warning)
    }
}

/// A short labelled state, as in the last column of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Badge {
    /// Its colour.
    pub tone: Tone,
    /// One to three words.
    pub text: String,
}

impl Badge {
    /// A badge of `tone` that says `text`.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into() }
    }
}

/// A point in time. The page says it in UTC; `time.js` shows it in the reader's zone and keeps UTC for the hover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub DateTime<Utc>);

impl Moment {
    /// For the `datetime` attribute: RFC 3339 in UTC, whole seconds.
    #[must_use]
    pub fn rfc3339(&self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// For reading: `2026-11-20 09:12:04 UTC`.
    #[must_use]
    pub fn utc(&self) -> String {
        self.0.format("%Y-%m-%d %H:%M:%S UTC").to_string()
    }

    /// The day alone, in UTC, for lists: `2026-11-20`.
    #[must_use]
    pub fn day(&self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }
}

/// What is wrong with a form: one sentence per field, under the field's name. The name `""` is the form as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(BTreeMap<&'static str, String>);

impl FieldErrors {
    /// No errors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says `sentence` at `field`. The first sentence for a field stays: it is the one nearest to the cause.
    pub fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.0.entry(field).or_insert_with(|| sentence.into());
    }

    /// The sentence for `field`.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Whether the form is fine.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields are wrong, the form as a whole included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// All of them as (field, sentence), the form's own first.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(field, sentence)| (*field, sentence.as_str()))
    }
}

/// One entry of a select.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What the reader sees.
    pub label: String,
    /// What is added to the label in the list, or empty.
    pub detail: String,
    /// Whether it is the chosen one.
    pub selected: bool,
}

/// An AWS account as pages name it: never by colour alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountTag {
    /// The account's name; empty where nobody named it.
    pub label: String,
    /// The twelve digits as shown, `1234-5678-9012`.
    pub id: String,
    /// Which of the eight account colours, 0 to 7.
    pub colour: u8,
}

/// Cuts `text` in two so that the page can shorten the front and always show the end: ARNs and keys differ at the end.
///
/// The end has twelve characters at most and is never empty for a text that is not.
#[must_use]
pub fn head_and_tail(text: &str) -> (&str, &str) {
    const TAIL: usize = 12;
    let at = text.char_indices().rev().nth(TAIL - 1).map_or(0, |(at, _)| at);
    text.split_at(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_cut_between_characters() {
        assert_eq!(
            head_and_tail("arn:aws:iam::123456789012:role/ReadOnly"),
            ("arn:aws:iam::123456789012:r", "ole/ReadOnly")
        );
        assert_eq!(head_and_tail("short"), ("", "short"));
        assert_eq!(head_and_tail("ääääääääääääää"), ("ää", "ääääääääääää"));
        assert_eq!(head_and_tail(""), ("", ""));
    }

    #[test]
    fn the_first_sentence_for_a_field_stays_and_the_form_comes_first() {
        let mut errors = FieldErrors::new();
        errors.add("name", "Give it a name.");
        errors.add("name", "Too long.");
        errors.add("", "AWS refused.");
        let all: Vec<_> = errors.iter().collect();
        assert_eq!(all, [("", "AWS refused."), ("name", "Give it a name.")]);
        assert_eq!(errors.count(), 2);
    }
}
