//! API tokens, in their first form: program tokens, each for one thing.

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// What program tokens begin with, so that secret scanners know them.
pub const PROGRAM_PREFIX: &str = "dpt_";
/// Characters of the random part: 43 of 62 carry more than 256 bits.
pub const RANDOM_LENGTH: usize = 43;
/// Characters of the checksum.
const CHECKSUM_LENGTH: usize = 6;
/// What the random part and the checksum are drawn from.
pub const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A program token, as kept: its secret only as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Our id of it (UUIDv7).
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Readable name, part of the session name that AWS sees.
    pub slug: String,
    /// The one thing it is for.
    pub scope: TokenScope,
    /// From then on it is refused.
    pub expires_at: DateTime<Utc>,
    /// Refused since then.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What a token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenScope {
    /// Using the connector with this id.
    Connector(String),
    /// Replacing the secret of the access key with this id, and nothing else.
    AccessKeySecret(String),
}

impl ApiToken {
    /// The connector it may use, if any.
    #[must_use]
    pub fn connector_id(&self) -> Option<&str> {
        match &self.scope {
            TokenScope::Connector(id) => Some(id),
            TokenScope::AccessKeySecret(_) => None,
        }
    }

    /// The access key whose secret it may replace, if any.
    #[must_use]
    pub fn access_key_id(&self) -> Option<&str> {
        match &self.scope {
            TokenScope::AccessKeySecret(id) => Some(id),
            TokenScope::Connector(_) => None,
        }
    }

    /// Whether it may be used at `now`.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// Makes a token's text from [`RANDOM_LENGTH`] random characters of [`ALPHABET`]. Shown once, kept only as [`hash`].
#[must_use]
pub fn from_random(random: &str) -> SecretString {
    let body = format!("{PROGRAM_PREFIX}{random}");
    format!("{body}{}", checksum(&body)).into()
}

/// The SHA-256 under which a token is found, where `text` has the shape and checksum of one.
#[must_use]
pub fn hash(text: &SecretString) -> Option<String> {
    let text = text.expose_secret();
    if !text.is_ascii()
        || text.len() != PROGRAM_PREFIX.len() + RANDOM_LENGTH + CHECKSUM_LENGTH
        || !text.starts_with(PROGRAM_PREFIX)
    {
        return None;
    }
    let (body, sum) = text.split_at(text.len() - CHECKSUM_LENGTH);
    (checksum(body) == sum).then(|| HEXLOWER.encode(&Sha256::digest(text)))
}

fn checksum(body: &str) -> String {
    let digest = Sha256::digest(body);
    digest.iter().take(CHECKSUM_LENGTH).map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_cut_or_changed_is_no_token() {
        let token = from_random(&"x".repeat(RANDOM_LENGTH));
        let text = token.expose_secret().to_owned();
        assert!(hash(&token).is_some());
        for wrong in
            [&text[1..], &text[..text.len() - 1], &text.replace("dpt_", "dpp_"), &text.replacen('x', "y", 1), ""]
        {
            assert_eq!(hash(&wrong.to_owned().into()), None);
        }
    }
}
