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

impl FromRequest for Json {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        let is_json = essence.eq_ignore_ascii_case("application/json");
        let mut payload = payload.take();
        Box::pin(async move {
            let refuse = |status: StatusCode| InternalError::new("the body was not read", status);
            if !is_json {
                return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE).into());
            }
            let body = body::whole(&mut payload, LONGEST).await.map_err(refuse)?;
            let object = serde_json::from_slice(&body).map_err(|_| refuse(StatusCode::BAD_REQUEST))?;
            Ok(Self(object))
        })
    }
}
