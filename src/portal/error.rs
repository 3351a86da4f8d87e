//! Why the portal did not do something.
//!
//! Each layer below gives errors in its own words (`StoreError`, `OpenError`, `AwsError`, `DirectoryError`); here they
//! become what a person can act on. The web layer renders them once, at its edge; nothing else turns them into text.

use super::basic::NotTaken;
use crate::aws::AwsError;
use crate::directory::DirectoryError;
use crate::keyring::{KeyFileError, OpenError};
use crate::model::FieldErrors;
use crate::model::api_token::Part;
use crate::model::diagnosis::Diagnosis;
use crate::store::StoreError;

/// Why the portal did not do something. None of it holds a secret.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PortalError {
    /// There is no such thing, or the caller may not know of it: both look the same.
    #[error("there is no such {0}, or it is not granted to you")]
    NotFound(&'static str),
    /// The caller lacks the role, or the token the scope.
    #[error("you may not do this")]
    Forbidden,
    /// The token does not go as far as this part of the API.
    #[error("the token's scope has no “{}”", .0.word())]
    TokenScope(Part),
    /// The token is not taken from this address.
    #[error("the token is not taken from this address")]
    TokenNetwork,
    /// The token is used more often than one may be.
    #[error("the token is used too often")]
    TokenBusy {
        /// When to come back, in seconds.
        seconds: u64,
    },
    /// An API token stands in the address.
    #[error("an API token stands in the address")]
    TokenInAddress,
    /// The address was refused too often lately.
    #[error("too many refused requests from this address")]
    TooMany,
    /// Name and password that came with a request are not taken.
    #[error(transparent)]
    Basic(#[from] NotTaken),
    /// A connector was asked for by a number, as the first version of Identity Federation for AWS had them.
    #[error("connectors have no numbers")]
    NumericId,
    /// The connector is switched off.
    #[error("the connector {name} is switched off")]
    Disabled {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
    },
    /// The connector cannot open the console.
    #[error("the connector {0} cannot open the console")]
    NoConsole(String),
    /// The name of a request, its `Idempotency-Key`, was given to another one.
    #[error("the Idempotency-Key stands for another request")]
    KeyReused,
    /// Several connectors lead to what was asked for, by name; which one is meant is not ours to choose.
    #[error("several connectors fit: {}", .0.join(", "))]
    Ambiguous(Vec<String>),
    /// Something typed is wrong.
    #[error("some fields need another look")]
    Invalid(FieldErrors),
    /// Somebody else saved the same thing since it was read.
    #[error("somebody else has changed this in the meantime")]
    Stale,
    /// It is still needed by these.
    #[error("still in use by {}", .0.join(", "))]
    InUse(Vec<String>),
    /// As things are, it cannot be done; a word for programs, and a sentence.
    #[error("{1}")]
    Conflict(&'static str, String),
    /// The directory gives no answer, so nobody is let in.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The database cannot be used, so nothing was handed out or changed.
    #[error("the database cannot be used: {0}")]
    Database(String),
    /// A secret does not open.
    #[error("{cause}")]
    Sealed {
        /// Which of the two failures, and the key file.
        cause: OpenError,
        /// The connector that was to be used, where one was.
        connector: Option<String>,
    },
    /// A secret cannot be sealed.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// AWS gave nothing.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// AWS refused what an administrator asked, and the likely cause is known.
    #[error("{error}")]
    Explained {
        /// The refusal.
        error: AwsError,
        /// Its likely cause, and what to do.
        diagnosis: Box<Diagnosis>,
        /// The connector's id.
        connector: String,
    },
    /// Whoever asked waits no longer than this, and AWS takes longer.
    #[error("AWS did not answer within {0:?}")]
    Late(std::time::Duration),
    /// A part of ours failed that cannot fail.
    #[error("something went wrong inside Daypass: {0}")]
    Internal(String),
}

impl PortalError {
    /// The same, with the fields that are wrong as `called` calls them: callers of other ways in have other words for them.
    #[must_use]
    pub fn renamed(self, called: impl Fn(&'static str) -> &'static str) -> Self {
        let Self::Invalid(errors) = self else { return self };
        let mut named = FieldErrors::default();
        errors.iter().for_each(|(field, sentence)| named.add(called(field), sentence));
        Self::Invalid(named)
    }
}

impl From<StoreError> for PortalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) | StoreError::Damaged(cause) => Self::Database(cause),
            StoreError::Unfit(cause) => Self::Internal(cause),
            StoreError::Refused(field, sentence) => Self::Invalid((field, sentence).into()),
            StoreError::NotFound => Self::NotFound("entry"),
            StoreError::Stale => Self::Stale,
            StoreError::Taken(field) => {
                let sentence = match field {
                    "name" => "Another one has this name already. Choose another name.",
                    "slug" => "This slug belongs, or once belonged, to another connector. Choose another.",
                    "id" => "A connector has this id, or once had it. Choose another, or leave it out.",
                    "group" => "This group may use the connector already.",
                    _ => "There is one like this already.",
                };
                Self::Invalid((field, sentence.to_owned()).into())
            }
            StoreError::InUse(by) => Self::InUse(by),
        }
    }
}

impl From<FieldErrors> for PortalError {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}
