//! The only place that reads the time of day.
//!
//! Everything else receives a [`Clock`], so that a test can stand at a chosen moment and every stored time has the
//! same precision on both databases (SQLite would keep nanoseconds, PostgreSQL microseconds).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

/// The system's clock, or one that a test sets. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's own clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `at` until it is [advanced](Self::advance).
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(at.timestamp_millis()))))
    }

    /// Now, in UTC, cut to whole milliseconds.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the home of the clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let milliseconds = match &self.0 {
            Source::System => Utc::now().timestamp_millis(),
            Source::Fixed(at) => at.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
    }

    /// Moves a fixed clock by `by` (backwards too); the system's clock is left alone.
    pub fn advance(&self, by: chrono::TimeDelta) {
        if let Source::Fixed(at) = &self.0 {
            at.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
        }
    }
}
