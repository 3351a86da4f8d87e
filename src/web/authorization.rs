//! The token of a request: where it is looked for, and where it must not stand.

use actix_web::http::Uri;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use crate::model::api_token;

/// What the one `Authorization` header says after `Bearer`, in any case and with any number of blanks (RFC 6750 §2.1, RFC 9110
/// §11.1), or the header as it is: SDKs send the variable as they find it. Empty for another scheme, and where the header stands
/// there twice.
#[must_use]
pub fn token(headers: &HeaderMap) -> SecretString {
    let mut all = headers.get_all(AUTHORIZATION);
    let (first, second) = (all.next(), all.next());
    let text = first.filter(|_| second.is_none()).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = text.trim_matches(' ');
    let text = match text.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim_start_matches(' '),
        Some(_) => "",
        None => text,
    };
    text.into()
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

    #[test]
    fn two_headers_are_none() {
        assert_eq!(of(&["Bearer dpt_x", "Bearer dpt_x"]), "");
        assert_eq!(of(&["dpt_x", ""]), "");
    }
}
