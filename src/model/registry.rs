//! Log-ins to registries: what ECR and CodeArtifact give in exchange for a session.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use url::Url;
use zeroize::Zeroizing;

/// How long a log-in to ECR lasts, in seconds; it cannot be chosen (ECR API Reference, GetAuthorizationToken: "valid for 12
/// hours").
pub const ECR_SECONDS: u32 = 43_200;

/// A log-in to the container registry of an account in a region. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct EcrLogin {
    /// `AWS`, as far as anybody knows.
    pub username: String,
    /// The password.
    pub password: SecretString,
    /// `https://<account>.dkr.ecr.<region>.amazonaws.com`: what one logs in to.
    pub endpoint: String,
    /// From then on the registry refuses it.
    pub expires_at: DateTime<Utc>,
}

/// A log-in to the repositories of a domain. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct CodeArtifactToken {
    /// The token.
    pub token: SecretString,
    /// From then on CodeArtifact refuses it.
    pub expires_at: DateTime<Utc>,
}

impl EcrLogin {
    /// Takes AWS's answer apart: base64 of `user:password`, and the registry's address.
    ///
    /// # Errors
    /// What is wrong with it, without any of it.
    pub fn read(token: &str, endpoint: &str, expires_at: DateTime<Utc>) -> Result<Self, &'static str> {
        let decoded = BASE64_STANDARD.decode(token).map(Zeroizing::new).map_err(|_| "a log-in that is not base64")?;
        let text = std::str::from_utf8(&decoded).map_err(|_| "a log-in that is no text")?;
        let (username, password) = text.split_once(':').ok_or("a log-in without a password")?;
        if !is_plain(username) || !is_plain(password) {
            return Err("a log-in with characters that have no place there");
        }
        Ok(Self {
            username: username.to_owned(),
            password: password.into(),
            endpoint: registry(endpoint).ok_or("a log-in without the registry's address")?,
            expires_at,
        })
    }
}

impl CodeArtifactToken {
    /// Checks AWS's answer.
    ///
    /// # Errors
    /// What is wrong with it, without any of it.
    pub fn read(token: &str, expires_at: DateTime<Utc>) -> Result<Self, &'static str> {
        if !is_plain(token) {
            return Err("a token that is empty or has characters that have no place there");
        }
        Ok(Self { token: token.into(), expires_at })
    }
}

/// Whether a value can go into a header, a file or a shell's word: not empty, visible ASCII, no quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b"\"'`$\\".contains(&b))
}

/// The address of a registry: https, a host, nothing else.
fn registry(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let named = url.domain().is_some() && url.username().is_empty() && url.password().is_none();
    (url.scheme() == "https" && bare && named).then(|| url.as_str().trim_end_matches('/').to_owned())
}

/// Reads a domain of CodeArtifact: 2 to 50 characters (service model, `[a-z][a-z0-9\-]{0,48}[a-z0-9]`).
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse_domain(text: &str) -> Result<String, String> {
    let (text, small) = (text.trim(), |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit());
    let right = (2..=50).contains(&text.len())
        && text.bytes().all(|b| small(b) || b == b'-')
        && text.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && text.bytes().last().is_some_and(small);
    right.then(|| text.to_owned()).ok_or_else(|| {
        "Name the domain of CodeArtifact: 2 to 50 small letters, digits and hyphens, beginning with a letter and not ending with a hyphen.".to_owned()
    })
}

/// Reads the account that owns a domain; empty: the session's own.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse_owner(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Some(text.to_owned()));
    }
    Err("The domain's owner is an account: 12 digits.".to_owned())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const ENDPOINT: &str = "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    fn read(text: &[u8], endpoint: &str) -> Result<EcrLogin, &'static str> {
        EcrLogin::read(&BASE64_STANDARD.encode(text), endpoint, DateTime::default())
    }

    #[test]
    fn a_log_in_is_taken_apart() {
        let login = read(b"AWS:fake:pass+word/==", ENDPOINT).unwrap();
        assert_eq!((login.username.as_str(), login.endpoint.as_str()), ("AWS", ENDPOINT));
        assert_eq!(login.password.expose_secret(), "fake:pass+word/==");
        assert!(!format!("{login:?}").contains("fake:pass"), "{login:?}");
        assert_eq!(read(b"AWS:x", &format!("{ENDPOINT}/")).unwrap().endpoint, ENDPOINT);
    }

    #[test]
    fn what_is_no_log_in_is_refused_and_not_told() {
        for wrong in [&b""[..], b"AWS", b"AWS:", b":x", b"AWS:a b", b"AWS:a\nb", b"AWS:\xff", b"AWS:$(x)", b"A\"WS:x"] {
            let said = read(wrong, ENDPOINT).unwrap_err();
            assert!(said.starts_with("a log-in"), "{said}");
        }
        for garbage in ["%%%", "QVdTOng", "QVdTOng=\n"] {
            assert!(EcrLogin::read(garbage, ENDPOINT, DateTime::default()).is_err(), "{garbage}");
        }
        for endpoint in ["", "ftp://x", "http://x.example", "https://u:p@x.example", "https://x.example/y", "https:///"]
        {
            assert!(read(b"AWS:x", endpoint).is_err(), "{endpoint}");
        }
        for token in ["", "a b", "a\r\nb", "é"] {
            assert!(CodeArtifactToken::read(token, DateTime::default()).is_err(), "{token}");
        }
        let token = CodeArtifactToken::read("fake.token_-=", DateTime::default()).unwrap();
        assert!(!format!("{token:?}").contains("fake"), "{token:?}");
    }

    #[test]
    fn domains_on_both_sides_of_each_limit() {
        let long = "a".repeat(50);
        for right in ["ab", "a1", "my-domain", " my-domain ", &long] {
            assert_eq!(parse_domain(right).as_deref(), Ok(right.trim()));
        }
        let longer = "a".repeat(51);
        for wrong in
            ["", "a", "1a", "-a", "a-", "My-domain", "a_b", "a.b", "a/b", "é1", "a&duration-seconds=1", &longer]
        {
            assert!(parse_domain(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_owner(" "), Ok(None));
        assert_eq!(parse_owner("123456789012"), Ok(Some("123456789012".to_owned())));
        for wrong in ["12345678901", "1234567890123", "12345678901a", "１２３４"] {
            assert!(parse_owner(wrong).is_err(), "{wrong}");
        }
    }
}
