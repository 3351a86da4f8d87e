//! Why an attempt ended without anything handed out, and what its row says of it.

use super::mfa;
use crate::aws::AwsError;
use crate::keyring::OpenError;
use crate::model::FieldErrors;
use crate::model::connector::Connector;
use crate::model::event::{Event, Outcome};
use crate::portal::PortalError;

/// Why an attempt ended, and the row as far as it got.
pub(super) struct Stopped {
    pub(super) event: Event,
    pub(super) outcome: Outcome,
    pub(super) reason: String,
    pub(super) error: PortalError,
}

/// Why something that was asked for cannot be: a word for the log, and what to say.
pub(super) type No = Box<(&'static str, PortalError)>;

pub(super) fn refused(event: Event, reason: &str, error: PortalError) -> Stopped {
    Stopped { event, outcome: Outcome::Refused, reason: reason.to_owned(), error }
}

pub(super) fn failed(event: Event, reason: &str, error: PortalError) -> Stopped {
    Stopped { event, outcome: Outcome::Failed, reason: reason.to_owned(), error }
}

pub(super) fn no_way(event: Event, connector: &Connector, stopped: mfa::NoWay) -> Stopped {
    match stopped {
        mfa::NoWay::Closed(cause) => not_opened(event, connector, cause),
        mfa::NoWay::Failed(PortalError::Aws(error)) => refused_by_aws(event, error),
        mfa::NoWay::Failed(error) => failed(event, "database", error),
    }
}

pub(super) fn refused_by_aws(event: Event, error: AwsError) -> Stopped {
    let event = event.with("aws_code", error.code()).with("aws_request_id", error.request_id());
    let outcome = if error.is_passing() { Outcome::Failed } else { Outcome::Refused };
    Stopped { event, outcome, reason: format!("aws:{}", error.code()), error: error.into() }
}

pub(super) fn invalid(field: &'static str, sentence: &str) -> PortalError {
    PortalError::Invalid(FieldErrors::from((field, sentence.to_owned())))
}

pub(super) fn not_opened(event: Event, connector: &Connector, cause: OpenError) -> Stopped {
    let (reason, detail, sentence) = (cause.word(), cause.cause().to_owned(), cause.sentence());
    tracing::error!(connector = connector.id, key_file = cause.file(), detail, "{sentence}");
    let event = event.with("sentence", sentence).with("key_file", cause.file());
    failed(event, reason, PortalError::Sealed { cause, connector: Some(connector.id.clone()) })
}
