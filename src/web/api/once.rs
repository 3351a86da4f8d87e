//! Requests that make something. A program that does not know whether one arrived sends it again with the same
//! `Idempotency-Key`, and is told what the first one made.

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::json::Json;
use zeroize::Zeroizing;

use crate::app::App;
use crate::model::FieldErrors;
use crate::portal::PortalError;
use crate::portal::once::{Made, Once};
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// The longest `Idempotency-Key`, in characters.
const LONGEST: usize = 255;

/// What is to be made, and the name of the request. It takes no parameters.
pub struct Creation {
    /// What was sent.
    pub body: Map<String, Value>,
    /// The request's name, if it has one.
    pub once: Once,
}

impl FromRequest for Creation {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), Json::from_request(request, payload));
        Box::pin(async move {
            Fields::of_query(request.query_string()).end().map_err(WebError)?;
            let body = body.await?.0;
            let Some(key) = key(&request).map_err(WebError)? else { return Ok(Self { body, once: Once::UNNAMED }) };
            let app = request.app_data::<web::Data<App>>().cloned();
            let app = app.ok_or_else(|| WebError(PortalError::Internal("a request without an app".to_owned())))?;
            let who = ApiCaller::extract(&request).await?.0;
            let mut sent = Value::Object(body.clone());
            // Whoever writes JSON from a map may send its fields in another order next time.
            sent.sort_all_objects();
            let sent = Zeroizing::new(serde_json::to_vec(&sent)?);
            Ok(Self { body, once: Once::named(&app, &who, &key, (request.path(), &sent)) })
        })
    }
}

/// The one `Idempotency-Key` of a request: visible characters of ASCII.
fn key(request: &HttpRequest) -> Result<Option<String>, PortalError> {
    let mut sent = request.headers().get_all("idempotency-key");
    let Some(key) = sent.next() else { return Ok(None) };
    let is_visible = |key: &&str| key.bytes().all(|byte| byte.is_ascii_graphic());
    let key = key.to_str().ok().filter(|key| (1..=LONGEST).contains(&key.len())).filter(is_visible);
    match (key, sent.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => {
            let sentence = format!("Send one Idempotency-Key of 1 to {LONGEST} visible ASCII characters, or none.");
            Err(FieldErrors::from(("Idempotency-Key", sentence)).into())
        }
    }
}

/// 201 for what was made, by this request or an earlier one; `place` is the path of all of its kind.
#[must_use]
pub fn created(app: &App, place: &str, made: &Made) -> HttpResponseBuilder {
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, app.address(&format!("{place}/{}", made.id))));
    if made.again {
        let header = HeaderName::from_static("idempotency-replayed");
        response.insert_header((header, HeaderValue::from_static("true")));
    }
    response
}

/// What is said where `error` came of looking at what was made: of something that an earlier request made, it was removed since.
#[must_use]
pub fn gone(made: &Made, error: PortalError) -> PortalError {
    match error {
        PortalError::NotFound(_) if made.again => {
            let sentence = "What this request made the first time was removed since. Send it with another Idempotency-Key to make it again.";
            PortalError::Conflict("made_and_gone", sentence.to_owned())
        }
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn of(keys: &[&str]) -> Result<Option<String>, PortalError> {
        let request =
            keys.iter().fold(TestRequest::default(), |request, key| request.append_header(("Idempotency-Key", *key)));
        key(&request.to_http_request())
    }

    #[test]
    fn a_key_is_one_word_of_visible_characters() {
        assert_eq!(of(&[]).expect("none is fine"), None);
        let longest = "k".repeat(LONGEST);
        for right in ["k", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &longest] {
            assert_eq!(of(&[right]).expect("a key").as_deref(), Some(right));
        }
        for wrong in [&[""][..], &["a b"], &["\u{fc}"], &[&"k".repeat(LONGEST + 1)], &["a", "a"]] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }
}
