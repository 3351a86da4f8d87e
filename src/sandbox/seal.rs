//! Sealed texts: what the sandbox hands out and must recognise later, without remembering it.
//!
//! A sealed text carries its content in the open and an HMAC over it, so that a benchmark may issue millions of
//! sessions and the sandbox's memory stays flat. The key is random for each start: a restart ends every session.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::Mac;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::hash::{self, Keyed};

const MAC_BYTES: usize = 32;

/// What a sealed text is for. One made for one purpose does not open for another.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// The session token of temporary credentials.
    SessionToken = 1,
    /// The secret key that belongs to a temporary key id.
    SecretKey = 2,
    /// The federation endpoint's sign-in token.
    SigninToken = 3,
    /// The hand-over from the sign-in host to the console host.
    Arrival = 4,
    /// The console's cookie.
    Console = 5,
}

/// The sandbox's sealing key.
pub(super) struct Seal(Keyed);

impl Seal {
    /// A seal with a fresh random key.
    pub(super) fn new() -> Self {
        Self(hash::keyed(&crate::random::bytes::<32>()))
    }

    /// 32 bytes that only this seal derives from `data`.
    pub(super) fn derive(&self, purpose: Purpose, data: &[u8]) -> [u8; MAC_BYTES] {
        self.mac(purpose, data).finalize().into_bytes().into()
    }

    /// Seals `content` with characters that need no escape in a URL or a cookie.
    pub(super) fn url_safe<T: Serialize>(&self, purpose: Purpose, content: &T) -> String {
        URL_SAFE_NO_PAD.encode(self.sealed(purpose, content))
    }

    /// Opens a text of [`Seal::url_safe`]; `None` where a single bit of it is not ours.
    pub(super) fn open_url_safe<T: DeserializeOwned>(&self, purpose: Purpose, text: &str) -> Option<T> {
        self.opened(purpose, &URL_SAFE_NO_PAD.decode(text).ok()?)
    }

    /// Seals `content` in standard base64. Real session tokens hold `+`, `/` and `=` too, and clients that forget to
    /// escape them should notice here.
    pub(super) fn standard<T: Serialize>(&self, purpose: Purpose, content: &T) -> String {
        STANDARD.encode(self.sealed(purpose, content))
    }

    /// Opens a text of [`Seal::standard`].
    pub(super) fn open_standard<T: DeserializeOwned>(&self, purpose: Purpose, text: &str) -> Option<T> {
        self.opened(purpose, &STANDARD.decode(text).ok()?)
    }

    fn mac(&self, purpose: Purpose, data: &[u8]) -> Keyed {
        let mut mac = self.0.clone();
        mac.update(&[purpose as u8]);
        mac.update(data);
        mac
    }

    fn sealed<T: Serialize>(&self, purpose: Purpose, content: &T) -> Vec<u8> {
        // Our own structures of texts and numbers: there is nothing in them that JSON cannot say.
        let mut bytes = serde_json::to_vec(content).unwrap_or_default();
        let mac = self.derive(purpose, &bytes);
        bytes.extend_from_slice(&mac);
        bytes
    }

    fn opened<T: DeserializeOwned>(&self, purpose: Purpose, bytes: &[u8]) -> Option<T> {
        let (content, mac) = bytes.split_at(bytes.len().checked_sub(MAC_BYTES)?);
        self.mac(purpose, content).verify_slice(mac).ok()?;
        serde_json::from_slice(content).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_only_whole_for_its_purpose_and_under_its_key() {
        let seal = Seal::new();
        let text = seal.url_safe(Purpose::Console, &"alice");
        assert_eq!(seal.open_url_safe::<String>(Purpose::Console, &text).as_deref(), Some("alice"));
        assert_eq!(seal.open_url_safe::<String>(Purpose::Arrival, &text), None);
        assert_eq!(Seal::new().open_url_safe::<String>(Purpose::Console, &text), None);
        for at in 0..text.len() {
            let mut altered = text.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(seal.open_url_safe::<String>(Purpose::Console, &altered), None, "character {at} does not count");
        }
        assert_eq!(seal.open_url_safe::<String>(Purpose::Console, ""), None);
    }
}
