//! How far a long piece of work is that a person watches: one run at a time, in this process's memory.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// A run that goes on or has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Who started it.
    pub started_by: String,
    /// When.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None`: it goes on.
    pub ended_at: Option<DateTime<Utc>>,
    /// Whether it was told to stop.
    pub stopped: bool,
    /// How many things it has to do.
    pub total: usize,
    /// How many went well.
    pub good: usize,
    /// How many were refused.
    pub refused: usize,
    /// How many could not be done.
    pub failed: usize,
}

impl Run {
    /// How many things are done, whatever came of it.
    #[must_use]
    pub const fn done(&self) -> usize {
        self.good + self.refused + self.failed
    }
}

/// What came of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// It went well.
    Good,
    /// It was refused.
    Refused,
    /// It could not be done.
    Failed,
}

/// The run that goes on, or the last one.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Option<Run>>);

impl Progress {
    /// Begins a run; `false` where one goes on already.
    #[must_use]
    pub fn begin(&self, total: usize, by: &str, now: DateTime<Utc>) -> bool {
        self.change(|run| {
            if run.as_ref().is_some_and(|run| run.ended_at.is_none()) {
                return false;
            }
            *run = Some(Run { started_by: by.to_owned(), started_at: now, total, ..Run::default() });
            true
        })
    }

    /// Counts one thing as done.
    pub fn count(&self, came: Came) {
        self.change(|run| {
            let Some(run) = run else { return };
            match came {
                Came::Good => run.good += 1,
                Came::Refused => run.refused += 1,
                Came::Failed => run.failed += 1,
            }
        });
    }

    /// Tells the run to begin nothing more.
    pub fn stop(&self) {
        self.change(|run| {
            if let Some(run) = run.as_mut().filter(|run| run.ended_at.is_none()) {
                run.stopped = true;
            }
        });
    }

    /// Whether the run is to begin nothing more.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.change(|run| run.as_ref().is_none_or(|run| run.stopped))
    }

    /// Ends the run and gives what came of it.
    pub fn end(&self, now: DateTime<Utc>) -> Run {
        self.change(|run| {
            let run = run.get_or_insert_default();
            run.ended_at = Some(now);
            run.clone()
        })
    }

    /// The run that goes on, or the last one; `None`: none yet.
    #[must_use]
    pub fn now(&self) -> Option<Run> {
        self.change(|run| run.clone())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Option<Run>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_at_a_time_and_it_stops_when_told() {
        let (progress, now) = (Progress::default(), DateTime::UNIX_EPOCH);
        assert!(progress.now().is_none() && progress.is_stopped());
        progress.stop();
        assert!(progress.begin(3, "ada", now) && !progress.begin(9, "bob", now));
        assert!(!progress.is_stopped());
        for came in [Came::Good, Came::Refused, Came::Failed] {
            progress.count(came);
        }
        progress.stop();
        assert!(progress.is_stopped());
        let run = progress.end(now);
        assert_eq!((run.done(), run.total, run.stopped, run.started_by.as_str()), (3, 3, true, "ada"));
        progress.stop();
        assert!(progress.begin(1, "bob", now) && !progress.is_stopped());
    }
}
