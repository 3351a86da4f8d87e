//! Sealing: secrets are AES-256-GCM encrypted with a key that lies in a file beside the database, never in it.
//!
//! Reading the database or the key files alone yields no secret. A sealed value is bound to its row, its column and the
//! plain fields that fix its use ([`Place`]): moved anywhere else it does not open.

mod key_file;
mod sealed;
mod shown;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use zeroize::Zeroizing;

use crate::clock::Clock;
pub use key_file::KeyFileError;
use key_file::{KeyFile, KeyId};
pub use sealed::Place;

/// Why a secret does not open. Two failures that are never mixed: the key file cannot be read, or it can and the secret
/// does not open with it. Each names the key file.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum OpenError {
    /// The key file is missing, unreadable, or not the file its name says.
    #[error("Unable to read encryption key file")]
    KeyFile {
        /// The file's name: 40 hexadecimal digits.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The file is there, but the secret does not open: it was changed, or moved from another row.
    #[error("Unable to decrypt AWS Secret Key")]
    Decrypt {
        /// The file's name: 40 hexadecimal digits, or empty where the sealed value does not even name one.
        file: String,
    },
}

impl OpenError {
    /// The key file's name.
    #[must_use]
    pub fn file(&self) -> &str {
        match self {
            Self::KeyFile { file, .. } | Self::Decrypt { file } => file,
        }
    }
}

/// The keys that seal. Key material is read once and kept in zeroizing memory; a file that comes back is found without
/// a restart.
pub struct Keyring {
    folder: PathBuf,
    clock: Clock,
    keys: RwLock<Keys>,
}

#[derive(Default)]
struct Keys {
    opened: HashMap<KeyId, Subkey>,
    newest: Option<KeyId>,
}

/// What actually encrypts: derived from the file's key, so that the same file can serve other purposes too.
type Subkey = Zeroizing<[u8; 32]>;

impl Keyring {
    /// Opens the folder of key files, made with mode 0700 where it is missing, and a first key where there is none.
    ///
    /// # Errors
    /// A sentence that names the folder or file and says what to do.
    pub fn open(folder: &Path, clock: &Clock) -> Result<Self, KeyFileError> {
        key_file::ensure_folder(folder)?;
        let mut files = key_file::readable(folder)?;
        if files.is_empty() && !key_file::any(folder)? {
            files.push(key_file::create(folder, clock.now())?);
        }
        let newest = files.iter().max_by_key(|file| file.created_at).map(|file| file.id);
        let opened = files.iter().map(|file| (file.id, sealed::subkey(file))).collect();
        let keys = RwLock::new(Keys { opened, newest });
        Ok(Self { folder: folder.to_owned(), clock: clock.clone(), keys })
    }

    /// Seals `secret` for `place` under the newest key whose file is still there; makes a new key where none is.
    ///
    /// # Errors
    /// Where a new key file is needed and cannot be made.
    pub fn seal(&self, place: &Place<'_>, secret: &[u8]) -> Result<Vec<u8>, KeyFileError> {
        let newest = self.keys.read().unwrap_or_else(PoisonError::into_inner).newest;
        let id = match newest {
            Some(id) if key_file::read(&self.folder, id).is_ok() => id,
            _ => self.newest_on_disk()?,
        };
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let subkey = keys.opened.get(&id).ok_or_else(|| KeyFileError::unusable(&self.folder))?;
        sealed::seal(subkey, id, place, secret).ok_or_else(|| KeyFileError::unusable(&self.folder))
    }

    /// Opens what was sealed for `place`. The key file is looked at each time: a key whose file is gone opens nothing,
    /// even though its key is still in memory, so that nobody finds out only at the next start.
    ///
    /// # Errors
    /// One of the two failures.
    pub fn open_sealed(&self, place: &Place<'_>, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let id = sealed::key_id(blob).ok_or(OpenError::Decrypt { file: String::new() })?;
        let unreadable = |error: KeyFileError| OpenError::KeyFile { file: id.name(), cause: error.to_string() };
        if self.keys.read().unwrap_or_else(PoisonError::into_inner).opened.contains_key(&id) {
            key_file::is_there(&self.folder, id).map_err(unreadable)?;
        } else {
            let file = key_file::read(&self.folder, id).map_err(unreadable)?;
            self.keep(&file);
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let subkey = keys.opened.get(&id).ok_or(OpenError::Decrypt { file: id.name() })?;
        sealed::open(subkey, id, place, blob).ok_or(OpenError::Decrypt { file: id.name() })
    }

    /// Whether the key file that `blob` names is in its place; its content is looked at only where it is not known yet.
    ///
    /// # Errors
    /// [`OpenError::KeyFile`] with the reason.
    pub fn has_file(&self, blob: &[u8]) -> Result<(), OpenError> {
        let id = sealed::key_id(blob).ok_or(OpenError::Decrypt { file: String::new() })?;
        if !self.keys.read().unwrap_or_else(PoisonError::into_inner).opened.contains_key(&id) {
            return self.check_file(blob);
        }
        key_file::is_there(&self.folder, id)
            .map_err(|error| OpenError::KeyFile { file: id.name(), cause: error.to_string() })
    }

    /// Whether the key file that `blob` names can be read.
    ///
    /// # Errors
    /// [`OpenError::KeyFile`] with the reason.
    pub fn check_file(&self, blob: &[u8]) -> Result<(), OpenError> {
        let id = sealed::key_id(blob).ok_or(OpenError::Decrypt { file: String::new() })?;
        key_file::read(&self.folder, id)
            .map(drop)
            .map_err(|error| OpenError::KeyFile { file: id.name(), cause: error.to_string() })
    }

    /// Whether the folder can be read and holds a readable key.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn check(&self) -> Result<(), KeyFileError> {
        if key_file::readable(&self.folder)?.is_empty() { Err(KeyFileError::unusable(&self.folder)) } else { Ok(()) }
    }

    fn keep(&self, file: &KeyFile) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.opened.insert(file.id, sealed::subkey(file));
    }

    fn newest_on_disk(&self) -> Result<KeyId, KeyFileError> {
        let file = match key_file::readable(&self.folder)?.into_iter().max_by_key(|file| file.created_at) {
            Some(file) => file,
            None => key_file::create(&self.folder, self.clock.now())?,
        };
        self.keep(&file);
        self.keys.write().unwrap_or_else(PoisonError::into_inner).newest = Some(file.id);
        Ok(file.id)
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
