//! Recomputes a request's signature and compares.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;

use data_encoding::HEXLOWER;
use hmac::Mac;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::authorization::{ALGORITHM, Authorization, Scope};
use super::error::Refusal;
use super::hash;
use super::incoming::Incoming;

/// What SigV4 leaves unescaped in a canonical query: RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Signing keys that one worker keeps; past that it starts again.
const MOST_KEYS: usize = 4096;

/// Signing keys of long-term credentials, by credential scope. One for each worker thread, so that nobody waits.
#[derive(Default)]
pub(super) struct SigningKeys(RefCell<HashMap<String, (u64, [u8; 32])>>);

impl SigningKeys {
    /// The signing key of a credential scope: four HMACs, done once a day for a key in use.
    pub(super) fn of(&self, claimed: &Authorization<'_>, scope: &Scope<'_>, secret: &str, generation: u64) -> [u8; 32] {
        let mut known = self.0.borrow_mut();
        match known.get(&*claimed.credential) {
            Some((of, key)) if *of == generation => return *key,
            _ => {}
        }
        if known.len() >= MOST_KEYS {
            known.clear();
        }
        let key = signing_key(scope, secret);
        known.insert(claimed.credential.clone().into_owned(), (generation, key));
        key
    }
}

/// Derives the signing key of `secret` for a scope.
pub(super) fn signing_key(scope: &Scope<'_>, secret: &str) -> [u8; 32] {
    let date = hash::hmac(format!("AWS4{secret}").as_bytes(), scope.date.as_bytes());
    let region = hash::hmac(&date, scope.region.as_bytes());
    let service = hash::hmac(&region, scope.service.as_bytes());
    hash::hmac(&service, scope.terminator.as_bytes())
}

/// Checks that the signature is the one that `key` makes over this very request.
///
/// # Errors
/// 403 `SignatureDoesNotMatch`.
pub(super) fn verify(request: &Incoming<'_>, claimed: &Authorization<'_>, key: &[u8; 32]) -> Result<(), Refusal> {
    must_be_signed(request, claimed)?;
    let scope = claimed.credential.split_once('/').map_or("", |(_, scope)| scope);
    let digest = hash::sha256_hex(canonical(request, claimed).as_bytes());
    let mut mac = hash::keyed(key);
    for part in [ALGORITHM, "\n", &claimed.time, "\n", scope, "\n", &digest] {
        mac.update(part.as_bytes());
    }
    let given = HEXLOWER.decode(claimed.signature.as_bytes()).unwrap_or_default();
    mac.verify_slice(&given).map_err(|_| {
        Refusal::signature(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
             Key and signing method. Consult the service documentation for details.",
        )
    })
}

/// `Host` and every `X-Amz-…` header that is there must be under the signature (AWS's SigV4 documentation, canonical
/// headers); else somebody on the way could have added them.
fn must_be_signed(request: &Incoming<'_>, claimed: &Authorization<'_>) -> Result<(), Refusal> {
    let signed = |name: &str| claimed.signed_headers.split(';').any(|candidate| candidate == name);
    let missing = if signed("host") {
        request.headers.keys().map(|name| name.as_str()).find(|name| name.starts_with("x-amz-") && !signed(name))
    } else {
        Some("Host")
    };
    match missing {
        Some(name) => Err(Refusal::signature(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization."))),
        None => Ok(()),
    }
}

/// The canonical request of SigV4. No path here has anything to escape: one that has is signed in another form and refused.
fn canonical(request: &Incoming<'_>, claimed: &Authorization<'_>) -> String {
    let mut text = String::with_capacity(512 + request.query.len() * 2);
    text.push_str(request.method);
    text.push('\n');
    text.push_str(request.path);
    text.push('\n');
    canonical_query(&mut text, request.query, claimed.presigned.is_some());
    text.push('\n');
    for name in claimed.signed_headers.split(';') {
        text.push_str(name);
        text.push(':');
        canonical_values(&mut text, request, name);
        text.push('\n');
    }
    let _ = write!(text, "\n{}\n{}", claimed.signed_headers, hash::sha256_hex(request.body));
    text
}

fn canonical_query(text: &mut String, query: &str, presigned: bool) {
    if query.is_empty() {
        return;
    }
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| !(presigned && name == "X-Amz-Signature"))
        .map(|(name, value)| (escape(&name), escape(&value)))
        .collect();
    pairs.sort_unstable();
    for (at, (name, value)) in pairs.iter().enumerate() {
        let separator = if at == 0 { "" } else { "&" };
        let _ = write!(text, "{separator}{name}={value}");
    }
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// A header's values, trimmed, runs of spaces made one, commas between several.
fn canonical_values(text: &mut String, request: &Incoming<'_>, name: &str) {
    for (at, value) in request.headers.get_all(name).enumerate() {
        if at > 0 {
            text.push(',');
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        for (at, word) in value.split(' ').filter(|word| !word.is_empty()).enumerate() {
            if at > 0 {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
}
