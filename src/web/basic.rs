//! Basic authentication: name and password in a request's `Authorization` header (RFC 7617).
//!
//! Browsers send cached names and passwords with whatever another site makes them send, so that requests of browsers are
//! never asked for a password, and those that another site may have caused are refused with one.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderValue, ORIGIN, WWW_AUTHENTICATE};
use data_encoding::{BASE64, BASE64_NOPAD};
use secrecy::SecretString;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::pages::sign_in::REFUSED_AFTER;
use crate::app::App;
use crate::aws::endpoints::is_loopback;
use crate::model::event::Origin;
use crate::portal::basic::{NotTaken, Sent, authenticate, is_open};
use crate::portal::{PortalError, Who};

/// What a client that waits to be asked is asked.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"Daypass\", charset=\"UTF-8\"");

/// Name and password; `None` where they cannot be read. What is no UTF-8 is ISO 8859-1, as older clients send it. Nobody's
/// name has control characters.
fn read(encoded: &str) -> Option<(String, SecretString)> {
    let bytes = BASE64.decode(encoded.as_bytes()).or_else(|_| BASE64_NOPAD.decode(encoded.as_bytes()));
    let bytes = Zeroizing::new(bytes.ok()?);
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => Zeroizing::new(text.to_owned()),
        Err(_) => Zeroizing::new(bytes.iter().map(|byte| char::from(*byte)).collect::<String>()),
    };
    let (name, password) = text.split_once(':')?;
    (!name.chars().any(char::is_control)).then(|| (name.to_owned(), SecretString::from(password)))
}

/// Who sent name and password, `encoded` as the header has them. Refusals are answered as late as those of the sign-in page.
///
/// # Errors
/// As [`authenticate`].
pub async fn who(app: &Arc<App>, request: &ServiceRequest, encoded: &str) -> Result<Who, PortalError> {
    let arrived = Instant::now();
    let origin = request.extensions().get::<Origin>().cloned().unwrap_or_default();
    let is_private = is_private(app, request);
    let Some((user_name, password)) = read(encoded) else {
        is_open(app, &origin.address, is_private)?;
        return Err(NotTaken::Wrong.into());
    };
    let answer = authenticate(app, Sent { user_name, password, is_private }, origin).await;
    match &answer {
        Err(PortalError::Basic(NotTaken::Wrong)) => tokio::time::sleep_until(arrived + REFUSED_AFTER).await,
        // On the full second, so that the time does not tell how much was done.
        Err(PortalError::Directory(_) | PortalError::Database(_)) => {
            tokio::time::sleep_until(arrived + Duration::from_secs(arrived.elapsed().as_secs() + 1)).await;
        }
        _ => {}
    }
    answer
}

/// Whether nobody on the way could read the request: it came over https, or from this machine. That it was https is a
/// proxy's word, which counts where it stands on this machine or in `server.trusted_proxies`.
fn is_private(app: &App, request: &ServiceRequest) -> bool {
    let Some(peer) = request.peer_addr().map(|address| address.ip().to_canonical()) else { return false };
    if !app.is_secure() {
        return peer.is_loopback() && is_loopback(&app.public_url);
    }
    let is_https = |value: &HeaderValue| {
        let value = value.to_str().unwrap_or_default();
        value.split(',').all(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
    };
    let said_so = request.headers().get_all("x-forwarded-proto").all(is_https);
    (peer.is_loopback() || app.is_trusted_proxy(peer)) && said_so
}

/// Whether another site may have made a browser send this.
#[must_use]
pub fn is_cross_site(app: &App, headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").peekable();
    if sites.peek().is_some() {
        return sites.any(|site| site != "same-origin");
    }
    let ours = app.public_url.origin().ascii_serialization();
    headers.get_all(ORIGIN).any(|origin| origin.as_bytes() != ours.as_bytes())
}

fn is_of_a_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.keys().any(|name| name.as_str().starts_with("sec-fetch-"))
}

/// Puts the question for name and password beside a refusal, where they would be taken and no browser asks.
pub fn ask(app: &App, request: &ServiceRequest, headers: &mut HeaderMap) {
    let address = request.extensions().get::<Origin>().map(|origin| origin.address.clone()).unwrap_or_default();
    let is_open = is_open(app, &address, is_private(app, request)).is_ok();
    if is_open && !is_of_a_browser(request.headers()) {
        headers.append(WWW_AUTHENTICATE, CHALLENGE);
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read_text(text: &[u8]) -> Option<(String, String)> {
        read(&BASE64.encode(text)).map(|(name, password)| (name, password.expose_secret().to_owned()))
    }

    #[test]
    fn name_and_password_are_read_as_clients_write_them() {
        let pair = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        assert_eq!(read_text(b"alice:fake"), pair("alice", "fake"));
        assert_eq!(read_text(b"alice:fa:ke"), pair("alice", "fa:ke"));
        assert_eq!(read_text(b"corp\\alice:"), pair("corp\\alice", ""));
        assert_eq!(read_text("zoë:fäke".as_bytes()), pair("zoë", "fäke"));
        assert_eq!(read_text(b"zo\xeb:f\xe4ke"), pair("zoë", "fäke"));
        assert_eq!(read("YTpi").map(|(name, _)| name).as_deref(), Some("a"));
        assert_eq!(read("YTpiYw").map(|(name, _)| name).as_deref(), Some("a"));
    }

    #[test]
    fn what_is_no_pair_is_none() {
        for text in [&b"alice"[..], b"", b"ali\0ce:fake", b"ali\nce:fake"] {
            assert_eq!(read_text(text), None, "{text:?}");
        }
        for text in ["YTpi!", "=", "Y", "YTpi YTpi"] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
