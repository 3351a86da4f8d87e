//! The folder of key files, with the keys that were read from it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};

use super::key_file::{self, KeyFileError, KeyId, Stamp};
use super::sealed::{self, Subkey};
use crate::clock::Clock;

/// Key material is read once and kept in zeroizing memory. The file is looked at each time: what has changed is read
/// again, and what is gone opens and seals nothing.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    clock: Clock,
    kept: RwLock<HashMap<KeyId, Kept>>,
}

#[derive(Clone)]
struct Kept {
    subkey: Subkey,
    created_at: DateTime<Utc>,
    stamp: Stamp,
}

/// A key file as it stands in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// The file's name: 40 hexadecimal digits.
    pub id: String,
    /// When the key was made; `None` where the file cannot be read.
    pub created_at: Option<DateTime<Utc>>,
    /// Whether it is the newest that can be read.
    pub is_newest: bool,
    /// What is wrong with it.
    pub trouble: Option<KeyFileError>,
}

impl Folder {
    pub(super) fn new(path: &Path, clock: &Clock) -> Self {
        Self { path: path.to_owned(), clock: clock.clone(), kept: RwLock::default() }
    }

    /// What seals and opens under the key `id`.
    pub(super) fn subkey(&self, id: KeyId) -> Result<Subkey, KeyFileError> {
        Ok(self.read(id)?.subkey)
    }

    fn read(&self, id: KeyId) -> Result<Kept, KeyFileError> {
        let opened = key_file::open(&self.path, id)?;
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(kept) = kept.filter(|kept| kept.stamp == opened.stamp) {
            return Ok(kept);
        }
        let stamp = opened.stamp;
        let file = key_file::read(opened, id)?;
        let kept = Kept { subkey: sealed::subkey(&file.key), created_at: file.created_at, stamp };
        self.kept.write().unwrap_or_else(PoisonError::into_inner).insert(id, kept.clone());
        Ok(kept)
    }

    /// The key that seals: of the newest file that can be read. Every look is at the folder itself, so that a file which
    /// somebody adds counts at once, in every process.
    pub(super) fn newest(&self) -> Result<Option<KeyId>, KeyFileError> {
        let names = key_file::names(&self.path)?;
        self.kept.write().unwrap_or_else(PoisonError::into_inner).retain(|id, _| names.contains(id));
        let readable = names.into_iter().filter_map(|id| Some((self.read(id).ok()?.created_at, id)));
        Ok(readable.max_by_key(|(created_at, id)| (*created_at, id.0)).map(|(_, id)| id))
    }

    /// Makes a key file, which is the newest even where an earlier one bears a time to come.
    pub(super) fn create(&self) -> Result<KeyId, KeyFileError> {
        let newest = self.newest()?.and_then(|id| self.read(id).ok());
        let after = newest.map(|kept| kept.created_at + TimeDelta::milliseconds(1));
        let created_at = after.map_or_else(|| self.clock.now(), |after| after.max(self.clock.now()));
        key_file::create(&self.path, created_at)
    }

    /// Every key file, the newest first; those that cannot be read at the end.
    pub(super) fn files(&self) -> Result<Vec<FileStatus>, KeyFileError> {
        let newest = self.newest()?;
        let status = |id: KeyId| {
            let read = self.read(id);
            FileStatus {
                id: id.name(),
                created_at: read.as_ref().ok().map(|kept| kept.created_at),
                is_newest: newest == Some(id),
                trouble: read.err(),
            }
        };
        let mut files: Vec<FileStatus> = key_file::names(&self.path)?.into_iter().map(status).collect();
        files.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
        Ok(files)
    }
}
