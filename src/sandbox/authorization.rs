//! Reads what a request says of its own signature: the `Authorization` header or the presigned query.
//!
//! The rules are those of AWS's Signature Version 4 documentation; the sentences are the ones that clients quote.

use std::borrow::Cow;

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use super::error::Refusal;
use super::incoming::Incoming;

/// The only algorithm there is.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How long a signature counts, in seconds, in both directions; presigned requests may say otherwise.
pub(super) const WINDOW: i64 = 15 * 60;

/// A claimed signature, nothing of it checked but its form.
pub(super) struct Authorization<'r> {
    /// `keyid/date/region/service/aws4_request`.
    pub(super) credential: Cow<'r, str>,
    /// Lower-case names with semicolons between.
    pub(super) signed_headers: Cow<'r, str>,
    /// 64 hexadecimal characters, if it is well made.
    pub(super) signature: Cow<'r, str>,
    /// `20260102T030405Z`.
    pub(super) time: Cow<'r, str>,
    /// The session token, where there is one.
    pub(super) token: Option<Cow<'r, str>>,
    /// Seconds that a presigned request counts; `None` for the header form.
    pub(super) presigned: Option<i64>,
}

/// `key_id`, `date`, `region`, `service`, `terminator` of a credential.
pub(super) struct Scope<'a> {
    pub(super) key_id: &'a str,
    pub(super) date: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) terminator: &'a str,
}

/// Reads the claimed signature.
///
/// # Errors
/// 403 `MissingAuthenticationToken` where there is none at all, 400 `IncompleteSignature` where it is not well formed.
pub(super) fn read<'r>(request: &Incoming<'r>) -> Result<Authorization<'r>, Refusal> {
    if let Some(header) = request.header("authorization") {
        return from_header(request, header);
    }
    if request.query.contains("X-Amz-Algorithm=") {
        return from_query(request);
    }
    Err(Refusal::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token"))
}

fn from_header<'r>(request: &Incoming<'r>, header: &'r str) -> Result<Authorization<'r>, Refusal> {
    let (algorithm, rest) = header.split_once(' ').unwrap_or((header, ""));
    if algorithm != ALGORITHM {
        return Err(Refusal::incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'.")));
    }
    let part = |name: &str| {
        rest.split(',')
            .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
            .filter(|part| !part.is_empty())
    };
    let parts = [part("Credential"), part("Signature"), part("SignedHeaders")];
    let date = request.header("x-amz-date").or_else(|| request.header("date"));
    let ([Some(credential), Some(signature), Some(signed_headers)], Some(date)) = (parts, date) else {
        return Err(Refusal::incomplete(missing_parts(parts, date.is_some(), header)));
    };
    Ok(Authorization {
        credential: credential.into(),
        signed_headers: signed_headers.into(),
        signature: signature.into(),
        time: basic_time(date),
        token: request.header("x-amz-security-token").map(Cow::from),
        presigned: None,
    })
}

fn missing_parts(parts: [Option<&str>; 3], dated: bool, header: &str) -> String {
    let mut text = String::new();
    for (name, part) in ["Credential", "Signature", "SignedHeaders"].iter().zip(parts) {
        if part.is_none() {
            text.push_str(&format!("Authorization header requires '{name}' parameter. "));
        }
    }
    if !dated {
        text.push_str("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
    }
    let digest = BASE64.encode(&Sha256::digest(header.as_bytes()));
    text.push_str(&format!("(Hashed with SHA-256 and encoded with Base64) Authorization={digest}"));
    text
}

/// A `Date` header may be in RFC 1123 form; everything else stays for the scope check to judge.
fn basic_time(date: &str) -> Cow<'_, str> {
    match chrono::DateTime::parse_from_rfc2822(date) {
        Ok(date) if date.timezone().local_minus_utc() == 0 => date.format("%Y%m%dT%H%M%SZ").to_string().into(),
        _ => date.into(),
    }
}

fn from_query<'r>(request: &Incoming<'r>) -> Result<Authorization<'r>, Refusal> {
    let part = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(request.query.as_bytes());
        pairs.find_map(|(key, value)| (key == name && !value.is_empty()).then_some(value))
    };
    let required = |name: &str| {
        part(name).ok_or_else(|| Refusal::incomplete(format!("AWS query-string parameters must include '{name}'. ")))
    };
    if let Some(other) = part("X-Amz-Algorithm").filter(|algorithm| algorithm != ALGORITHM) {
        return Err(Refusal::incomplete(format!("Unsupported AWS 'algorithm': '{other}'.")));
    }
    let seconds = match part("X-Amz-Expires").map(|text| text.parse()) {
        None => WINDOW,
        Some(Ok(seconds @ 1..=604_800)) => seconds,
        Some(_) => {
            return Err(Refusal::incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800".to_owned()));
        }
    };
    Ok(Authorization {
        credential: required("X-Amz-Credential")?,
        signed_headers: required("X-Amz-SignedHeaders")?,
        signature: required("X-Amz-Signature")?,
        time: required("X-Amz-Date")?,
        token: part("X-Amz-Security-Token"),
        presigned: Some(seconds),
    })
}

impl Authorization<'_> {
    /// Takes the credential apart.
    ///
    /// # Errors
    /// 400 `IncompleteSignature` unless it has five parts.
    pub(super) fn scope(&self) -> Result<Scope<'_>, Refusal> {
        let mut parts = self.credential.split('/');
        let scope = (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
        let (Some(key_id), Some(date), Some(region), Some(service), Some(terminator), None) = scope else {
            return Err(Refusal::incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{}'",
                self.credential
            )));
        };
        Ok(Scope { key_id, date, region, service, terminator })
    }
}
