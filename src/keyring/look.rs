//! Looking at the keys: which there are, which are needed, which cannot be had.

use std::collections::HashMap;
use std::path::Path;

use super::sealed::Blob;
use super::{FileStatus, KeyFileError, Keyring, OpenError, key_file, parse};

/// The key that a sealed value names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName {
    /// 40 hexadecimal digits: the key file's name, or the data key's.
    pub id: String,
    /// Whether it is a data key that a key management service wrapped.
    pub is_data_key: bool,
}

impl Keyring {
    /// Whether the key that `blob` names can be had, its data key having been prepared.
    ///
    /// # Errors
    /// [`OpenError::KeyFile`] or [`OpenError::Kms`] with the reason.
    pub fn has_file(&self, blob: &[u8]) -> Result<(), OpenError> {
        self.subkey(&parse(blob)?).map(drop)
    }

    /// The keys that these sealed values name and that cannot be had, by name: one look at each key, however many values
    /// name it. What names no key stands under an empty name.
    pub async fn troubles(&self, blobs: &[&[u8]]) -> HashMap<String, OpenError> {
        let mut first: HashMap<String, &[u8]> = HashMap::new();
        for blob in blobs {
            first.entry(Self::name_of(blob).map_or_else(String::new, |name| name.id)).or_insert(blob);
        }
        let named: Vec<&[u8]> = first.values().copied().collect();
        self.prepare(&named).await;
        first.into_iter().filter_map(|(id, blob)| Some((id, self.has_file(blob).err()?))).collect()
    }

    /// The key that `blob` names; `None` where it is no sealed value.
    #[must_use]
    pub fn name_of(blob: &[u8]) -> Option<KeyName> {
        let blob = Blob::parse(blob)?;
        Some(KeyName { id: blob.id.name(), is_data_key: blob.wrapped.is_some() })
    }

    /// Every key file, the newest first.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn files(&self) -> Result<Vec<FileStatus>, KeyFileError> {
        key_file::check_folder(&self.folder.path)?;
        self.folder.files()
    }

    /// The folder of the key files.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder.path
    }

    /// Whether the key management service seals, not the newest key file.
    #[must_use]
    pub const fn seals_by_kms(&self) -> bool {
        self.seals_by_kms
    }

    /// The key management service's key, where the configuration names one.
    #[must_use]
    pub fn kms_key(&self) -> Option<&str> {
        self.kms.as_ref().map(|kms| kms.name())
    }

    /// Whether there is a key to seal with: a key file that can be read, or what the key management service gave.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn check(&self) -> Result<(), KeyFileError> {
        if let Some(kms) = self.sealing_kms() {
            return kms.check().map_err(|cause| KeyFileError::kms(kms.name(), &cause));
        }
        self.folder.newest()?.map(drop).ok_or_else(|| KeyFileError::unusable(&self.folder.path))
    }
}
