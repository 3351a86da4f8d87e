//! Rotation of an IAM user's own access key: the steps, and when it is due.
//!
//! Each step is written down before AWS is called for it, so that a process that is killed anywhere finds out at its next
//! start what it was about to do. A user has at most two keys (IAM quota), so the second one is the new one.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Where a rotation stands: what was done last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The keys that the user has are listed and written down; CreateAccessKey comes next.
    Intended,
    /// The new key is sealed and kept beside the old one; it has to work before it is used.
    Created,
    /// The new key is in use; the old one stays active for a while, for what still holds it.
    Switched,
    /// The old key is inactive at AWS; it is deleted after some time without harm.
    Deactivated,
    /// Given up by a person before the switch: what was made at AWS is being taken away.
    Abandoning,
    /// Done: the user has the new key alone.
    Done,
    /// Stopped for good: given up by a person, or nothing was touched.
    Abandoned,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 7] = [
        Self::Intended,
        Self::Created,
        Self::Switched,
        Self::Deactivated,
        Self::Abandoning,
        Self::Done,
        Self::Abandoned,
    ];

    /// The word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Created => "created",
            Self::Switched => "switched",
            Self::Deactivated => "deactivated",
            Self::Abandoning => "abandoning",
            Self::Done => "done",
            Self::Abandoned => "abandoned",
        }
    }

    /// The step with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }

    /// Whether nothing more is to be done.
    #[must_use]
    pub const fn is_last(self) -> bool {
        matches!(self, Self::Done | Self::Abandoned)
    }
}

/// One rotation, as it is kept; the new key's secret stays sealed beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Our id of it (UUIDv7).
    pub id: String,
    /// The access key that is rotated.
    pub access_key: String,
    /// The instance that may go on with it.
    pub instance: String,
    /// What was done last.
    pub step: Step,
    /// The key id that goes.
    pub old_key_id: String,
    /// The ids of all keys that the user had before anything was touched.
    pub seen_key_ids: Vec<String>,
    /// The key id that comes, once it was created.
    pub new_key_id: Option<String>,
    /// A key at AWS that nobody wrote down: created just before the process died. Seen first at this time.
    pub orphan: Option<(String, DateTime<Utc>)>,
    /// Why it does not go on by itself, in a sentence; `None`: it does.
    pub trouble: Option<String>,
    /// Why the last try failed, in a sentence; it is tried again by itself.
    pub failure: Option<String>,
    /// The steps that were taken, and when.
    pub taken: Vec<(Step, DateTime<Utc>)>,
    /// Who asked for it.
    pub started_by: String,
    /// When.
    pub started_at: DateTime<Utc>,
    /// When the last step was taken.
    pub step_at: DateTime<Utc>,
    /// Before this time the next step is not taken.
    pub not_before: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Rotation {
    /// With `step` taken at `now`: nothing is in its way any more, and the next one may follow after `wait`.
    #[must_use]
    pub fn took(mut self, step: Step, now: DateTime<Utc>, wait: TimeDelta) -> Self {
        self.step = step;
        self.step_at = now;
        self.not_before = now + wait;
        self.taken.push((step, now));
        (self.trouble, self.failure, self.orphan) = (None, None, None);
        self.ended_at = step.is_last().then_some(now);
        self
    }

    /// Whether a person may still give it up: once the new key is in use there is only the way forward.
    #[must_use]
    pub const fn may_be_abandoned(&self) -> bool {
        matches!(self.step, Step::Intended | Step::Created)
    }

    /// Whether `key_id`, which is at AWS and which nobody wrote down, can only be the one that this rotation made just
    /// before its process died. AWS gives whole seconds.
    #[must_use]
    pub fn may_have_made(&self, key_id: &str, created_at: DateTime<Utc>, ever_used: bool) -> bool {
        let seen = self.seen_key_ids.iter().any(|seen| seen == key_id) || self.old_key_id == key_id;
        !seen && created_at.timestamp() >= self.started_at.timestamp() && !ever_used
    }
}

/// When a key is rotated by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// Once the key is this many days old (1 to 3,650).
    pub every_days: u32,
    /// The hours of the day, in UTC, in which a rotation may begin, as (from, to); to may lie before from, over midnight.
    pub window: Option<(NaiveTime, NaiveTime)>,
}

impl Plan {
    /// Reads what was typed: days, and hours as `02:00-04:00` or nothing. Without days there is no plan.
    ///
    /// # Errors
    /// The field (`rotate_days` or `rotate_window`) and a sentence.
    pub fn parse(days: &str, window: &str) -> Result<Option<Self>, (&'static str, String)> {
        let (days, window) = (days.trim(), window.trim());
        if days.is_empty() {
            let only = || ("rotate_days", "Enter after how many days, or leave the hours empty too.".to_owned());
            return if window.is_empty() { Ok(None) } else { Err(only()) };
        }
        let every_days = days
            .parse()
            .ok()
            .filter(|days| (1..=3650).contains(days))
            .ok_or_else(|| ("rotate_days", "Enter a number of days from 1 to 3,650.".to_owned()))?;
        let wrong = || ("rotate_window", "Write the hours in UTC, for example 02:00-04:00.".to_owned());
        let window = match window {
            "" => None,
            text => {
                let (from, to) = text.split_once(['-', '–']).ok_or_else(wrong)?;
                let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").map_err(|_| wrong());
                let (from, to) = (time(from)?, time(to)?);
                if from == to {
                    return Err(wrong());
                }
                Some((from, to))
            }
        };
        Ok(Some(Self { every_days, window }))
    }

    /// The hours as they are typed.
    #[must_use]
    pub fn window_text(&self) -> String {
        self.window.map(|(from, to)| format!("{}-{}", from.format("%H:%M"), to.format("%H:%M"))).unwrap_or_default()
    }

    /// Whether a key that is here since `since` is to be rotated now.
    #[must_use]
    pub fn is_due(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now - since >= TimeDelta::days(self.every_days.into()) && self.window.is_none_or(|window| is_in(window, now))
    }
}

fn is_in((from, to): (NaiveTime, NaiveTime), now: DateTime<Utc>) -> bool {
    let now = now.time();
    if from < to { from <= now && now < to } else { from <= now || now < to }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
    }

    #[test]
    fn plans_are_read_and_written() {
        assert_eq!(Plan::parse("", " "), Ok(None));
        let plan = Plan::parse("90", "22:00 - 04:30").unwrap().unwrap();
        assert_eq!((plan.every_days, plan.window_text().as_str()), (90, "22:00-04:30"));
        for (days, window, field) in [
            ("0", "", "rotate_days"),
            ("3651", "", "rotate_days"),
            ("x", "", "rotate_days"),
            ("", "02:00-04:00", "rotate_days"),
            ("9", "02:00", "rotate_window"),
            ("9", "02:00-02:00", "rotate_window"),
            ("9", "25:00-26:00", "rotate_window"),
        ] {
            assert_eq!(Plan::parse(days, window).unwrap_err().0, field, "{days} {window}");
        }
    }

    #[test]
    fn due_on_both_sides_of_each_limit() {
        let since = at("2026-01-01T00:00:00Z");
        let plan = |window| Plan::parse("90", window).unwrap().unwrap();
        assert!(!plan("").is_due(since, at("2026-03-31T23:59:59Z")));
        assert!(plan("").is_due(since, at("2026-04-01T00:00:00Z")));
        for (time, inside) in [("01:59", false), ("02:00", true), ("03:59", true), ("04:00", false)] {
            assert_eq!(plan("02:00-04:00").is_due(since, at(&format!("2026-06-01T{time}:00Z"))), inside, "{time}");
        }
        for (time, inside) in [("21:59", false), ("22:00", true), ("00:00", true), ("03:59", true), ("04:00", false)] {
            assert_eq!(plan("22:00-04:00").is_due(since, at(&format!("2026-06-01T{time}:00Z"))), inside, "{time}");
        }
    }

    #[test]
    fn words_lead_back() {
        for step in Step::ALL {
            assert_eq!(Step::parse(step.word()), Some(step));
        }
    }
}
