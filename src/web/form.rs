//! Forms as they arrive.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpMessage, HttpRequest, error::InternalError};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::portal::Who;

/// The longest form before sign-in, in bytes.
const BEFORE_SIGN_IN: usize = 64 * 1024;
/// The longest form of somebody who signed in, in bytes.
const SIGNED_IN: usize = 256 * 1024;

/// A form, read up to the limit of its sender. Fields that are not there are empty.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = if request.extensions().get::<Who>().is_some() { SIGNED_IN } else { BEFORE_SIGN_IN };
        let is_form = request
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
        let mut payload = payload.take();
        Box::pin(async move {
            let refuse = |status: StatusCode| InternalError::new("the form was not read", status);
            if !is_form {
                return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE).into());
            }
            let mut body = Zeroizing::new(Vec::new());
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|_| refuse(StatusCode::BAD_REQUEST))?;
                if body.len() + chunk.len() > limit {
                    return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE).into());
                }
                body.extend_from_slice(&chunk);
            }
            if body.windows(3).any(|window| window == b"%00") || body.contains(&0) {
                return Err(refuse(StatusCode::BAD_REQUEST).into());
            }
            let form = serde_urlencoded::from_bytes(&body).map_err(|_| refuse(StatusCode::BAD_REQUEST))?;
            Ok(Self(form))
        })
    }
}
