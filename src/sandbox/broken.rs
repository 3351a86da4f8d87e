//! Plays a fault: the answer that a broken AWS, or something in front of it, gives.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use actix_web::body::BodyStream;
use actix_web::dev::Extensions;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use super::error::Refusal;
use super::faults::FaultKind;
use super::{pages, server};

/// How long a hung request hangs. Longer than any sensible time-out, and yet it ends.
const HANG: Duration = Duration::from_secs(600);

/// The accepted connection, kept so that it can be reset.
struct Connection(Option<OwnedFd>);

/// Remembers a connection when it is accepted.
pub(super) fn remember(connection: &dyn std::any::Any, extensions: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() {
        extensions.insert(Connection(stream.as_fd().try_clone_to_owned().ok()));
    }
}

/// Answers a request of STS or IAM with `kind`.
pub(super) async fn sts(kind: FaultKind, request: &HttpRequest, request_id: &str) -> HttpResponse {
    match refusal(kind) {
        Some(refusal) => server::refused(&refusal, request_id),
        None if kind == FaultKind::Garbage => HttpResponse::Ok()
            .content_type("text/xml")
            .body("<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Cred"),
        None => other(kind, request).await,
    }
}

/// Answers a request to the federation endpoint with `kind`.
pub(super) async fn signin(kind: FaultKind, request: &HttpRequest) -> HttpResponse {
    match refusal(kind) {
        Some(refusal) => pages::signin_error(
            StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST),
            &refusal.message,
        ),
        None if kind == FaultKind::Garbage => {
            HttpResponse::Ok().content_type("application/json").body("{\"SigninToken\":\"br")
        }
        None => other(kind, request).await,
    }
}

/// The refusal that a fault is, where it is one.
pub(super) fn refusal(kind: FaultKind) -> Option<Refusal> {
    Some(match kind {
        FaultKind::AccessDenied => Refusal::denied("Access denied"),
        FaultKind::InvalidClientTokenId | FaultKind::NewKeyUnknown => Refusal::unknown_key(),
        FaultKind::Throttling => Refusal::new(400, "Throttling", "Rate exceeded"),
        FaultKind::InternalFailure => Refusal::new(
            500,
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        ),
        FaultKind::ServiceUnavailable => {
            Refusal::new(503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.")
        }
        FaultKind::ExpiredToken => Refusal::expired(),
        FaultKind::PackedPolicyTooLarge => Refusal::new(
            400,
            "PackedPolicyTooLarge",
            "Packed policy consumes 112% of allotted space, please use smaller policy.",
        ),
        FaultKind::RegionDisabled => {
            Refusal::new(403, "RegionDisabledException", "STS is not activated in this region for this account.")
        }
        FaultKind::BadRequest => Refusal::validation("Invalid credentials parameter"),
        FaultKind::Garbage | FaultKind::CaptivePortal | FaultKind::Hang | FaultKind::Reset | FaultKind::Latency => {
            return None;
        }
    })
}

/// What is no refusal and the same of every service.
pub(super) async fn other(kind: FaultKind, request: &HttpRequest) -> HttpResponse {
    match kind {
        FaultKind::CaptivePortal => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body("<!doctype html><html><head><title>Welcome</title></head><body><form>Guest network: please sign in</form></body></html>"),
        FaultKind::Hang => {
            tokio::time::sleep(HANG).await;
            reset(request)
        }
        _ => reset(request),
    }
}

/// Closes the connection without an answer; with no time to linger the other side sees a reset.
fn reset(request: &HttpRequest) -> HttpResponse {
    let descriptor = request.conn_data::<Connection>().and_then(|connection| connection.0.as_ref()?.try_clone().ok());
    if let Some(descriptor) = descriptor
        && let Ok(stream) = actix_web::rt::net::TcpStream::from_std(std::net::TcpStream::from(descriptor))
    {
        let _ = stream.set_zero_linger();
    }
    // A body that fails before its first byte makes the server drop the connection, head included.
    HttpResponse::Ok().body(BodyStream::new(stream::iter([Err::<actix_web::web::Bytes, _>(io::Error::other("reset"))])))
}
