//! How a directory answered lately, in memory.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// What is known of a directory's answers since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When it answered last, and how long that took.
    pub answered: Option<(DateTime<Utc>, Duration)>,
    /// When it last gave no answer, and why in words for administrators.
    pub failed: Option<(DateTime<Utc>, String)>,
    /// Whether the latest of these is an answer; `None` before it was asked anything.
    pub answers: Option<bool>,
}

/// The same, noted by whoever asks.
#[derive(Debug, Default)]
pub struct Notes(Mutex<Health>);

impl Notes {
    /// What was noted so far.
    pub fn health(&self) -> Health {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes an answer after `took`, or why there was none.
    pub fn note(&self, now: DateTime<Utc>, took: Duration, cause: Option<&str>) {
        let mut health = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        health.answers = Some(cause.is_none());
        match cause {
            None => health.answered = Some((now, took)),
            Some(cause) => health.failed = Some((now, cause.to_owned())),
        }
    }
}
