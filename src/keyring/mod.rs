//! Sealing: secrets are AES-256-GCM encrypted with a key that lies in a file beside the database, never in it, or with a
//! data key that a key management service wrapped.
//!
//! Reading the database or the key files alone yields no secret. A sealed value is bound to its row, its column and the
//! plain fields that fix its use ([`Place`]): moved anywhere else it does not open.

mod data_keys;
mod error;
mod folder;
mod key_file;
mod look;
mod sealed;
mod wrapper;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::clock::Clock;
use data_keys::DataKeys;
pub use error::OpenError;
pub use folder::FileStatus;
use folder::Folder;
pub use key_file::KeyFileError;
use key_file::KeyId;
pub use look::KeyName;
pub use sealed::Place;
use sealed::{Blob, Subkey, Under};
pub use wrapper::{DataKey, Wrapper};

/// The keys that seal.
pub struct Keyring {
    folder: Folder,
    kms: Option<Arc<DataKeys>>,
    seals_by_kms: bool,
}

impl Keyring {
    /// Opens the folder of key files, made with mode 0700 where it is missing, and a first key where there is none.
    ///
    /// # Errors
    /// A sentence that names the folder or file and says what to do.
    pub fn open(folder: &Path, clock: &Clock) -> Result<Self, KeyFileError> {
        key_file::ensure_folder(folder)?;
        if key_file::names(folder)?.is_empty() {
            key_file::create(folder, clock.now())?;
        }
        Ok(Self::look(folder, clock))
    }

    /// The folder as it is: nothing is made, nothing is checked.
    #[must_use]
    pub fn look(folder: &Path, clock: &Clock) -> Self {
        Self { folder: Folder::new(folder, clock), kms: None, seals_by_kms: false }
    }

    /// With a key management service that opens what it sealed, and seals where `seals` says so. Data keys stay in memory
    /// for `kept_for`.
    #[must_use]
    pub fn with_kms(self, wrapper: Arc<dyn Wrapper>, kept_for: Duration, seals: bool, clock: &Clock) -> Self {
        Self { kms: Some(DataKeys::new(wrapper, kept_for, clock)), seals_by_kms: seals, ..self }
    }

    /// Seals `secret` for `place` under the newest key file that can be read, made where there is none; or by the key
    /// management service, where that seals.
    ///
    /// # Errors
    /// Where a new key is needed and cannot be had.
    pub async fn seal(&self, place: &Place<'_>, secret: &[u8]) -> Result<Vec<u8>, KeyFileError> {
        let unusable = || KeyFileError::unusable(&self.folder.path);
        if let Some(kms) = self.sealing_kms() {
            let current = kms.current().await;
            let (id, opened) = current.map_err(|cause| KeyFileError::kms(kms.name(), &cause))?;
            let under = Under { id, subkey: &opened.subkey, wrapped: Some(&opened.wrapped) };
            return sealed::seal(&under, place, secret).ok_or_else(unusable);
        }
        let id = self.newest_file()?;
        let under = Under { id, subkey: &self.folder.subkey(id)?, wrapped: None };
        sealed::seal(&under, place, secret).ok_or_else(unusable)
    }

    fn sealing_kms(&self) -> Option<&Arc<DataKeys>> {
        self.kms.as_ref().filter(|_| self.seals_by_kms)
    }

    fn newest_file(&self) -> Result<KeyId, KeyFileError> {
        match self.folder.newest()? {
            Some(id) => Ok(id),
            None => self.folder.create(),
        }
    }

    /// Opens what was sealed for `place`. The key file is looked at each time: a key whose file is gone opens nothing,
    /// even though its key is still in memory, so that nobody finds out only at the next start.
    ///
    /// # Errors
    /// One of the three failures.
    pub async fn open_sealed(&self, place: &Place<'_>, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.prepare(&[blob]).await;
        self.open_prepared(place, blob)
    }

    /// The same for what was [prepared](Self::prepare): without waiting for anybody.
    ///
    /// # Errors
    /// One of the three failures.
    pub fn open_prepared(&self, place: &Place<'_>, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let blob = parse(blob)?;
        let subkey = self.subkey(&blob)?;
        blob.open(&subkey, place).ok_or_else(|| OpenError::Decrypt { file: blob.id.name() })
    }

    fn subkey(&self, blob: &Blob<'_>) -> Result<Subkey, OpenError> {
        let id = blob.id;
        if blob.wrapped.is_none() {
            let unreadable = |error: KeyFileError| OpenError::KeyFile { file: id.name(), cause: error.to_string() };
            return self.folder.subkey(id).map_err(unreadable);
        }
        let Some(kms) = &self.kms else {
            let cause = "the configuration names no key of AWS KMS; set keyring.kms_key_id".to_owned();
            return Err(OpenError::Kms { data_key: id.name(), kms_key: String::new(), cause });
        };
        kms.opened(id).map(|opened| opened.subkey).ok_or_else(|| {
            let cause = kms.trouble(Some(id)).unwrap_or_else(|| "the data key was not asked for yet".to_owned());
            OpenError::Kms { data_key: id.name(), kms_key: kms.name().to_owned(), cause }
        })
    }

    /// Gets the data keys of these sealed values into memory, as far as the key management service gives them. It waits
    /// only for keys that are not there yet; what is sealed under key files needs none of this.
    pub async fn prepare(&self, blobs: &[&[u8]]) {
        let Some(kms) = &self.kms else { return };
        let missing = kms.missing(blobs.iter().copied().filter_map(Blob::parse));
        if !missing.is_empty() {
            kms.fetch_all(missing).await;
        }
    }

    /// The key that seals now.
    ///
    /// # Errors
    /// Where a new key is needed and cannot be had.
    pub async fn sealing_key(&self) -> Result<KeyName, KeyFileError> {
        if let Some(kms) = self.sealing_kms() {
            let current = kms.current().await;
            let (id, _) = current.map_err(|cause| KeyFileError::kms(kms.name(), &cause))?;
            return Ok(KeyName { id: id.name(), is_data_key: true });
        }
        Ok(KeyName { id: self.newest_file()?.name(), is_data_key: false })
    }

    /// Goes on sealing under the data key of `blob`, where the key management service wraps with the same key still.
    ///
    /// # Errors
    /// Where the service gives nothing.
    pub async fn adopt(&self, blob: &[u8]) -> Result<(), KeyFileError> {
        let (Some(kms), Some(blob)) = (self.sealing_kms(), Blob::parse(blob)) else { return Ok(()) };
        kms.adopt(blob).await.map_err(|cause| KeyFileError::kms(kms.name(), &cause))
    }

    /// Makes a key file and gives its name. It seals from now on, in every process that looks into the folder.
    ///
    /// # Errors
    /// A sentence that says what keeps it from being made.
    pub fn add_file(&self) -> Result<String, KeyFileError> {
        key_file::ensure_folder(&self.folder.path)?;
        self.folder.create().map(KeyId::name)
    }
}

fn parse(blob: &[u8]) -> Result<Blob<'_>, OpenError> {
    Blob::parse(blob).ok_or(OpenError::Decrypt { file: String::new() })
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring")
            .field("folder", &self.folder.path)
            .field("kms", &self.kms_key())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
