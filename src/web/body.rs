//! Bodies of forms, read whole before anybody is asked who sent them.
//!
//! The body of a request may come long after its head. Whoever was looked up at the head could have been closed out since,
//! so the guard reads the body first and looks then.

use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::http::{Method, StatusCode};
use futures_util::StreamExt;
use zeroize::Zeroizing;

/// The longest form before sign-in, in bytes.
pub const BEFORE_SIGN_IN: usize = 64 * 1024;
/// The longest form of somebody who signed in, in bytes.
pub const SIGNED_IN: usize = 256 * 1024;
/// The longest form with a file to import, in bytes: 1 MiB grows to thrice its length on its way.
pub const IMPORT: usize = 4 * 1024 * 1024;
/// How long a whole body may take, from its head on.
const WITHIN: Duration = Duration::from_secs(10);

/// A form's bytes, among the request's extensions until [`super::form::Form`] takes them.
pub struct Body(pub Zeroizing<Vec<u8>>);

/// Whether the request posts a form.
#[must_use]
pub fn is_form(request: &ServiceRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    request.method() == Method::POST
        && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}

/// Reads a form's body into the request's extensions; whatever is no form stays as it is.
///
/// # Errors
/// 408 where it does not come in time, 413 where it is longer than `limit` bytes, 400 where it breaks off.
pub async fn read(request: &mut ServiceRequest, limit: usize) -> Result<(), StatusCode> {
    if !is_form(request) {
        return Ok(());
    }
    let body = whole(&mut request.take_payload(), limit).await?;
    request.extensions_mut().insert(Body(body));
    Ok(())
}

/// All of a body.
///
/// # Errors
/// 408 where it takes longer than ten seconds, 413 where it is longer than `limit` bytes, 400 where it breaks off.
pub async fn whole(payload: &mut Payload, limit: usize) -> Result<Zeroizing<Vec<u8>>, StatusCode> {
    let read = async {
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| StatusCode::BAD_REQUEST)?;
            if body.len() + chunk.len() > limit {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    tokio::time::timeout(WITHIN, read).await.map_err(|_| StatusCode::REQUEST_TIMEOUT)?
}
