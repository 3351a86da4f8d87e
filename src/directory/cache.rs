//! What a directory said of people and of role groups, for at most `access.membership_cache`.

use std::time::Duration;

use moka::sync::Cache;

use super::{Directory, DirectoryError};
use crate::model::identity::{Entry, Group};

/// A directory with its latest answers. Answers of the local directory are not kept: it is as near as the cache.
pub struct Members {
    directory: Directory,
    entries: Cache<String, Option<Entry>>,
    named: Cache<String, Vec<Group>>,
    remembers: bool,
}

impl Members {
    /// Remembers answers of `directory` for `age`.
    #[must_use]
    pub fn new(directory: Directory, age: Duration) -> Self {
        let remembers = !age.is_zero() && !matches!(directory, Directory::Local(_));
        let entries = Cache::builder().max_capacity(50_000).time_to_live(age.max(Duration::from_millis(1))).build();
        let named = Cache::builder().max_capacity(100).time_to_live(age.max(Duration::from_millis(1))).build();
        Self { directory, entries, named, remembers }
    }

    /// The directory itself, for what is never remembered.
    #[must_use]
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Its permanent name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.directory.name()
    }

    /// Whether it is the local directory.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        matches!(self.directory, Directory::Local(_))
    }

    /// [`Directory::look_up`], at most as old as the cache allows.
    ///
    /// # Errors
    /// Where nothing is remembered and the directory does not answer.
    pub async fn look_up(&self, external_id: &str) -> Result<Option<Entry>, DirectoryError> {
        if let Some(entry) = self.entries.get(external_id) {
            return Ok(entry);
        }
        let entry = self.directory.look_up(external_id).await?;
        if self.remembers {
            self.entries.insert(external_id.to_owned(), entry.clone());
        }
        Ok(entry)
    }

    /// [`Directory::groups_named`], at most as old as the cache allows.
    ///
    /// # Errors
    /// Where nothing is remembered and the directory does not answer.
    pub async fn groups_named(&self, name: &str) -> Result<Vec<Group>, DirectoryError> {
        if let Some(groups) = self.named.get(name) {
            return Ok(groups);
        }
        let groups = self.directory.groups_named(name).await?;
        if self.remembers {
            self.named.insert(name.to_owned(), groups.clone());
        }
        Ok(groups)
    }

    /// Forgets a person, so that the next answer is new: they just signed in.
    pub fn forget(&self, external_id: &str) {
        self.entries.invalidate(external_id);
    }
}
