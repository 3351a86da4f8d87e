//! JSON bodies as programs send them.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, error::InternalError};
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};

use crate::web::body;

/// The longest body, in bytes.
const LONGEST: usize = 64 * 1024;

/// A JSON object. serde_json itself ends at a depth of 128.
pub struct Json(pub Map<String, Value>);

/// A JSON object, or nothing at all or `null`, which are the same as `{}`.
pub struct JsonOrNothing(pub Map<String, Value>);

impl FromRequest for Json {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = object(request, payload.take(), false);
        Box::pin(async move { Ok(Self(read.await?)) })
    }
}

impl FromRequest for JsonOrNothing {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = object(request, payload.take(), true);
        Box::pin(async move { Ok(Self(read.await?)) })
    }
}

fn object(
    request: &HttpRequest,
    mut payload: Payload,
    may_be_empty: bool,
) -> impl Future<Output = Result<Map<String, Value>, actix_web::Error>> + use<> {
    let kind = request.headers().get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default().to_owned());
    async move {
        let refuse = |status: StatusCode| InternalError::new("the body was not read", status);
        let essence = |kind: &String| kind.split(';').next().unwrap_or_default().trim().to_owned();
        let is_json = kind.as_ref().map(essence).is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
        // Whoever sends nothing need not say what it is.
        if !is_json && (kind.is_some() || !may_be_empty) {
            return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE).into());
        }
        let body = body::whole(&mut payload, LONGEST).await.map_err(refuse)?;
        if body.is_empty() && may_be_empty {
            return Ok(Map::new());
        }
        if !is_json {
            return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE).into());
        }
        let object: Option<Map<String, Value>> =
            serde_json::from_slice(&body).map_err(|_| refuse(StatusCode::BAD_REQUEST))?;
        match object {
            Some(object) => Ok(object),
            None if may_be_empty => Ok(Map::new()),
            None => Err(refuse(StatusCode::BAD_REQUEST).into()),
        }
    }
}
