//! What pages show of the keyring.

use std::sync::PoisonError;

use super::Keyring;

impl Keyring {
    /// The name of the newest key file, which seals; `None` where none was readable.
    #[must_use]
    pub fn newest_file(&self) -> Option<String> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).newest.map(super::key_file::KeyId::name)
    }
}
