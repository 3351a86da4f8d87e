//! Edits of what others may edit too: a GET gives the version as `ETag`, a PUT or DELETE names it in `If-Match`.

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, HeaderName, IF_MATCH};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;

use super::fields::Fields;
use crate::portal::PortalError;
use crate::web::error::WebError;

/// The version that `If-Match` names. Without the header the answer is 428; what is no `ETag` of ours matches nothing: 412.
/// Edits take no parameters: 422.
pub struct IfMatch(pub i32);

impl FromRequest for IfMatch {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = match request.headers().get(IF_MATCH) {
            None => Err(refuse(StatusCode::PRECONDITION_REQUIRED)),
            Some(tag) => {
                let version = tag.to_str().ok().and_then(version_of);
                version.map(Self).ok_or_else(|| refuse(StatusCode::PRECONDITION_FAILED))
            }
        };
        std::future::ready(read.and_then(|version| {
            Fields::of_query(request.query_string()).end().map_err(WebError)?;
            Ok(version)
        }))
    }
}

/// The version of a strong `ETag`: `"7"`.
fn version_of(tag: &str) -> Option<i32> {
    let digits = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn refuse(status: StatusCode) -> actix_web::Error {
    InternalError::new("the version was not taken", status).into()
}

/// What is said where something was not saved: of a version that is not the newest, 412.
#[must_use]
pub fn unsaved(error: PortalError) -> actix_web::Error {
    match error {
        PortalError::Stale => refuse(StatusCode::PRECONDITION_FAILED),
        error => WebError(error).into(),
    }
}

/// A thing and its version.
#[must_use]
pub fn tagged(version: i32, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header(tag(version)).json(body)
}

/// The `ETag` of a version.
#[must_use]
pub fn tag(version: i32) -> (HeaderName, String) {
    (ETAG, format!("\"{version}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_tags_name_a_version() {
        assert_eq!((version_of("\"7\""), version_of(" \"12\" ")), (Some(7), Some(12)));
        for wrong in ["7", "W/\"7\"", "\"\"", "\"-7\"", "\"+7\"", "*", "\"7\", \"8\"", "\"99999999999\"", "\""] {
            assert_eq!(version_of(wrong), None, "{wrong}");
        }
    }
}
