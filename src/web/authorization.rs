//! What a request says of who sends it: where that is looked for, and where it must not stand.

use actix_web::http::Uri;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use crate::model::api_token;

/// What the `Authorization` header holds.
#[derive(Debug)]
pub enum Sent<'a> {
    /// There is none.
    Nothing,
    /// A token, live or not: what stands after `Bearer`, or all of it, since SDKs send the variable as they find it.
    Token(SecretString),
    /// What stands after `Basic`: name and password, as they were encoded.
    Basic(&'a str),
    /// Nothing that we read: another scheme, no text, or more than one header. Which of two somebody on the way has read nobody
    /// knows.
    Other,
}

/// What the one `Authorization` header says. A scheme is written in any case, with any number of blanks after it (RFC 6750 §2.1,
/// RFC 9110 §11.1).
#[must_use]
pub fn read(headers: &HeaderMap) -> Sent<'_> {
    let mut all = headers.get_all(AUTHORIZATION);
    let text = match (all.next(), all.next()) {
        (None, _) => return Sent::Nothing,
        (Some(one), None) => one.to_str().unwrap_or_default().trim_matches(' '),
        (Some(_), Some(_)) => return Sent::Other,
    };
    match text.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => Sent::Token(rest.trim_matches(' ').into()),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => Sent::Basic(rest.trim_matches(' ')),
        None if text.eq_ignore_ascii_case("basic") => Sent::Basic(""),
        Some(_) => Sent::Other,
        None if text.is_empty() => Sent::Other,
        None => Sent::Token(text.into()),
    }
}

/// The token, empty where something else or nothing was sent.
#[must_use]
pub fn token(headers: &HeaderMap) -> SecretString {
    if let Sent::Token(text) = read(headers) { text } else { SecretString::default() }
}

/// An API token in an address, in its path or its query: there it would stay in histories and in the logs of proxies.
#[must_use]
pub fn in_address(address: &Uri) -> Option<SecretString> {
    let parts = address.query().into_iter().chain([address.path()]);
    parts.filter_map(|part| api_token::find_in(&percent_decode_str(part).decode_utf8_lossy())).next()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use secrecy::ExposeSecret;

    use super::*;

    fn of(values: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        token(&headers).expose_secret().to_owned()
    }

    #[test]
    fn the_scheme_is_bearer_in_any_case_or_none() {
        for good in ["dpt_x", "Bearer dpt_x", "bearer dpt_x", "BEARER   dpt_x", " Bearer dpt_x "] {
            assert_eq!(of(&[good]), "dpt_x", "{good:?}");
        }
        for other in ["", "Bearer", "Basic dpt_x", "Bearerdpt_x", "Bearer\tdpt_x", "Digest Bearer dpt_x"] {
            assert_ne!(of(&[other]), "dpt_x", "{other:?}");
        }
        assert_eq!(of(&["Bearer dpt_x dpt_y"]), "dpt_x dpt_y", "which is no token");
        assert_eq!(of(&[]), "");
    }

    fn word(values: &[&'static str]) -> &'static str {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        match read(&headers) {
            Sent::Nothing => "nothing",
            Sent::Token(_) => "token",
            Sent::Basic("YTpi") => "basic",
            Sent::Basic(_) => "basic and no pair",
            Sent::Other => "other",
        }
    }

    #[test]
    fn two_headers_are_none() {
        assert_eq!(of(&["Bearer dpt_x", "Bearer dpt_x"]), "");
        assert_eq!(of(&["dpt_x", ""]), "");
        for twice in [["Basic YTpi", "Basic YTpi"], ["Basic YTpi", "Bearer dpt_x"], ["Bearer dpt_x", "Basic YTpi"]] {
            assert_eq!(word(&twice), "other", "{twice:?}");
        }
    }

    #[test]
    fn each_scheme_is_told_from_the_others() {
        for basic in ["Basic YTpi", "basic YTpi", "BASIC   YTpi ", " Basic YTpi"] {
            assert_eq!(word(&[basic]), "basic", "{basic:?}");
        }
        assert_eq!((word(&["Basic"]), word(&["Basic !"])), ("basic and no pair", "basic and no pair"));
        assert_eq!((word(&[]), word(&["dpt_x"]), word(&["Bearer dpt_x"])), ("nothing", "token", "token"));
        for other in ["", "Digest YTpi", "BasicX YTpi", "Basic\tYTpi x"] {
            assert_eq!(word(&[other]), "other", "{other:?}");
        }
    }
}
