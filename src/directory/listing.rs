//! The index of a directory's groups, and how it is kept fresh.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::group_index::{GroupIndex, Renewed};
use super::{Directory, DirectoryError};

/// All groups as the directory told of them.
#[derive(Debug)]
pub struct Listed {
    /// The groups.
    pub index: Arc<GroupIndex>,
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
    /// Why the latest try that ended failed; `None` where it did not.
    turn: tokio::sync::Mutex<Option<DirectoryError>>,
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

    /// Asks the directory for all its groups. Whoever comes while that is under way waits for it and is told how it ended;
    /// the directory is asked no second time.
    pub async fn refresh(&self, directory: &Directory, now: DateTime<Utc>) -> Result<(), DirectoryError> {
        let Ok(mut turn) = self.turn.try_lock() else {
            return self.turn.lock().await.clone().map_or(Ok(()), Err);
        };
        // Whoever is dropped in the middle leaves a failure.
        *turn = Some(broken_off(directory));
        let known = self.latest().map(|listed| listed.index.clone());
        let listed = list(directory, known, now).await;
        let failed = listed.as_ref().err().map(|error| (now, error.cause.clone()));
        *turn = listed.as_ref().err().cloned();
        if let Ok(listed) = listed {
            *self.latest.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(listed));
        }
        *self.failed.write().unwrap_or_else(PoisonError::into_inner) = failed;
        turn.clone().map_or(Ok(()), Err)
    }
}

async fn list(
    directory: &Directory,
    known: Option<Arc<GroupIndex>>,
    now: DateTime<Utc>,
) -> Result<Listed, DirectoryError> {
    let start = Instant::now();
    let mut gathered = Renewed::of(directory.name(), known);
    directory.each_group(&mut |group| gathered.add(&group)).await?;
    let took = start.elapsed();
    // A hundred thousand names are put in order: that keeps no other request of this thread waiting.
    let index = tokio::task::spawn_blocking(move || gathered.in_order());
    let index = index.await.map_err(|_| broken_off(directory))?;
    Ok(Listed { index, at: now, took })
}

fn broken_off(directory: &Directory) -> DirectoryError {
    DirectoryError { directory: directory.name().to_owned(), cause: "listing its groups was broken off".to_owned() }
}
