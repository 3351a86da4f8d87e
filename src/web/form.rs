//! Forms as they arrive.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, error::InternalError};
use serde::de::DeserializeOwned;

use super::body::Body;

/// A form, as the guard has read it (see [`super::body`]). Fields that are not there are empty.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(decode(request).map_err(|status| InternalError::new("the form was not read", status).into()))
    }
}

fn decode<T: DeserializeOwned>(request: &HttpRequest) -> Result<Form<T>, StatusCode> {
    let Some(Body(body)) = request.extensions_mut().remove::<Body>() else {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    };
    if body.windows(3).any(|window| window == b"%00") || body.contains(&0) {
        return Err(StatusCode::BAD_REQUEST);
    }
    serde_urlencoded::from_bytes(&body).map(Form).map_err(|_| StatusCode::BAD_REQUEST)
}
