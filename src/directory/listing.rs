//! The index of a directory's groups, and how it is kept fresh.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::group_index::GroupIndex;
use super::{Directory, DirectoryError};

/// All groups as the directory told of them.
#[derive(Debug)]
pub struct Listed {
    /// The groups.
    pub index: GroupIndex,
    /// When they were asked for.
    pub at: DateTime<Utc>,
    /// How long the directory took.
    pub took: Duration,
}

/// The latest list, kept until there is a newer one, and what became of the latest try.
#[derive(Debug, Default)]
pub struct Listing {
    latest: RwLock<Option<Arc<Listed>>>,
    failed: RwLock<Option<(DateTime<Utc>, String)>>,
    turn: tokio::sync::Mutex<()>,
}

impl Listing {
    /// The latest list; `None` before the first.
    pub fn latest(&self) -> Option<Arc<Listed>> {
        self.latest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When and why the latest try to make a list failed; `None` where it did not.
    pub fn failed(&self) -> Option<(DateTime<Utc>, String)> {
        self.failed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the directory for all its groups. Whoever comes while that is under way waits for it, and asks no second time.
    pub async fn refresh(&self, directory: &Directory, now: DateTime<Utc>) -> Result<(), DirectoryError> {
        let before = self.latest().map(|listed| listed.at);
        let (_turn, waited) = match self.turn.try_lock() {
            Ok(turn) => (turn, false),
            Err(_) => (self.turn.lock().await, true),
        };
        if waited && self.latest().map(|listed| listed.at) != before {
            return Ok(());
        }
        let start = Instant::now();
        match directory.all_groups().await {
            Ok(groups) => {
                let took = start.elapsed();
                let index = GroupIndex::new(directory.name(), groups);
                let listed = Listed { index, at: now, took };
                *self.latest.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(listed));
                *self.failed.write().unwrap_or_else(PoisonError::into_inner) = None;
                Ok(())
            }
            Err(error) => {
                let failed = Some((now, error.cause.clone()));
                *self.failed.write().unwrap_or_else(PoisonError::into_inner) = failed;
                Err(error)
            }
        }
    }
}
