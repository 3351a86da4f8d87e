//! Why a step was not taken, and whether it is tried again by itself.

use super::explained;
use crate::aws::AwsError;
use crate::keyring::{KeyFileError, OpenError};
use crate::model::rotation::Rotation;
use crate::portal::PortalError;
use crate::store::StoreError;

/// Why a step was not taken.
pub(super) enum Halt {
    /// It is tried again by itself; a word for the log and a sentence.
    Later(String, String),
    /// A person has to look; the rotation as it is to be kept, where it changes.
    Stop(Option<Box<Rotation>>, String, String),
    /// The portal itself failed.
    Portal(PortalError),
}

impl Halt {
    pub(super) fn stop(reason: &str, sentence: impl Into<String>) -> Self {
        Self::Stop(None, reason.to_owned(), sentence.into())
    }

    pub(super) fn stop_at(rotation: Rotation, reason: &str, sentence: String) -> Self {
        Self::Stop(Some(Box::new(rotation)), reason.to_owned(), sentence)
    }
}

impl From<AwsError> for Halt {
    fn from(error: AwsError) -> Self {
        let reason = format!("aws:{}", error.code());
        // The list that was asked before had room: IAM answers from several places, and will agree with itself soon.
        if error.is_passing() || error.code() == "LimitExceeded" {
            Self::Later(reason, explained(&error))
        } else {
            Self::Stop(None, reason, explained(&error))
        }
    }
}

impl From<OpenError> for Halt {
    fn from(error: OpenError) -> Self {
        Self::Later("key_file".to_owned(), format!("{error}. Put the key file back."))
    }
}

impl From<KeyFileError> for Halt {
    fn from(error: KeyFileError) -> Self {
        Self::Later("key_file".to_owned(), format!("The new secret cannot be sealed: {error}."))
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Portal(error.into())
    }
}
