//! What a browser keeps of the people who signed in with it, so that strangers who use up a person's tries do not keep the
//! person out.

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq;

use super::mac;

/// How many days a mark counts.
pub const DAYS: i64 = 180;

/// That a person signed in with this browser. Only a mark of ours can be [read](Self::read): it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// A keyed hash of directory and stable id.
    who: String,
    /// When they signed in, in days since 1970.
    day: i64,
}

impl Mark {
    /// The mark of a person who signs in now. `key` signs it.
    #[must_use]
    pub fn of(key: &[u8], directory: &str, external_id: &str, now: DateTime<Utc>) -> Self {
        Self { who: who(key, directory, external_id), day: day(now) }
    }

    /// Reads a mark; `None` where it is not ours, or from more than [`DAYS`] ago.
    #[must_use]
    pub fn read(key: &[u8], text: &str, now: DateTime<Utc>) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let (day_text, who, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let mark = Self { who: who.to_owned(), day: day_text.parse().ok()? };
        let is_ours = mark.signature(key).as_bytes().ct_eq(signature.as_bytes());
        // A clock that was set back makes no mark of tomorrow count for longer.
        (bool::from(is_ours) && (-1..DAYS).contains(&(day(now) - mark.day))).then_some(mark)
    }

    /// The mark as the browser keeps it: day, person and signature in letters, digits and hyphens.
    #[must_use]
    pub fn text(&self, key: &[u8]) -> String {
        format!("{}-{}-{}", self.day, self.who, self.signature(key))
    }

    /// Whether it is this person's.
    #[must_use]
    pub fn is_of(&self, key: &[u8], directory: &str, external_id: &str) -> bool {
        self.who == who(key, directory, external_id)
    }

    /// Whose it is, in a form that tells nobody anything.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    fn signature(&self, key: &[u8]) -> String {
        HEXLOWER.encode(&mac(key, &["mark of a known browser", &self.who, &self.day.to_string()]))
    }
}

fn day(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(24 * 60 * 60)
}

fn who(key: &[u8], directory: &str, external_id: &str) -> String {
    HEXLOWER.encode(&mac(key, &["known browser", directory, external_id])[..16])
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn a_mark_counts_for_its_person_for_half_a_year() {
        let mark = Mark::of(b"key", "local", "1", now());
        let text = mark.text(b"key");
        assert_eq!(Mark::read(b"key", &text, now()), Some(mark.clone()));
        assert_eq!(Mark::read(b"key", &text, now() + TimeDelta::days(179)), Some(mark.clone()));
        assert_eq!(Mark::read(b"key", &text, now() + TimeDelta::days(180)), None);
        assert_eq!(Mark::read(b"key", &text, now() - TimeDelta::days(2)), None);
        assert!(mark.is_of(b"key", "local", "1"));
        for (directory, id) in [("local", "2"), ("corp", "1"), ("local1", ""), ("", "local1")] {
            assert!(!mark.is_of(b"key", directory, id));
        }
    }

    #[test]
    fn a_mark_that_is_changed_or_made_up_is_none() {
        let (mine, other) = (Mark::of(b"key", "local", "1", now()), Mark::of(b"key", "local", "2", now()));
        let text = mine.text(b"key");
        let (day, rest) = text.split_once('-').unwrap();
        let later = format!("{}-{rest}", day.parse::<i64>().unwrap() + 1);
        let anothers = text.replace(mine.who(), other.who());
        for wrong in [
            later,
            anothers,
            text[..text.len() - 1].to_owned(),
            format!("{text}0"),
            "0".repeat(32),
            String::new(),
            "--".to_owned(),
            format!("{day}-{}-", mine.who()),
        ] {
            assert_eq!(Mark::read(b"key", &wrong, now()), None, "{wrong}");
        }
        assert_eq!(Mark::read(b"another key", &text, now()), None);
    }
}
