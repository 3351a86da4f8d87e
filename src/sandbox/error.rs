//! What the STS interface answers when it refuses.

use std::borrow::Cow;

/// An error answer of the STS query interface. Codes, texts and statuses are those that AWS's clients have quoted in
/// public; where none is known, the texts of AWS's common errors page.
#[derive(Debug)]
pub(super) struct Refusal {
    /// HTTP status.
    pub(super) status: u16,
    /// `<Code>`.
    pub(super) code: &'static str,
    /// `<Message>`.
    pub(super) message: Cow<'static, str>,
}

impl Refusal {
    /// A refusal with any code.
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// 400 `ValidationError`: a parameter breaks its constraint.
    pub(super) fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// 400 `InvalidParameterValue`: parameters that contradict each other.
    pub(super) fn parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "InvalidParameterValue", message)
    }

    /// 403 `AccessDenied`.
    pub(super) fn denied(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(403, "AccessDenied", message)
    }

    /// 403 `AccessDenied` in the words of AWS's authorisation: who may not do what to which.
    pub(super) fn not_authorized(caller: &str, action: &str, resource: &str) -> Self {
        Self::denied(format!("User: {caller} is not authorized to perform: {action} on resource: {resource}"))
    }

    /// 403 `SignatureDoesNotMatch`.
    pub(super) fn signature(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(403, "SignatureDoesNotMatch", message)
    }

    /// 400 `IncompleteSignature`.
    pub(super) fn incomplete(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "IncompleteSignature", message)
    }

    /// 403 `InvalidClientTokenId`: an unknown or inactive key, or a session token that does not belong to it.
    pub(super) fn unknown_key() -> Self {
        Self::new(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    }

    /// 403 `ExpiredToken`. The service model says 400 `ExpiredTokenException`, which is about web identity tokens; for the
    /// caller's own credentials clients report this (aws-sdk-java-v2#1649).
    pub(super) fn expired() -> Self {
        Self::new(403, "ExpiredToken", "The security token included in the request is expired")
    }
}
