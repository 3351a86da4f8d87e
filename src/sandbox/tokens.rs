//! Temporary credentials: key ids, secrets and session tokens.
//!
//! Nothing of them is remembered. The key id names its account, the secret is derived from the key id, and the session
//! token carries the session's [`Claims`] under a seal.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::seal::{Purpose, Seal};

/// How a temporary key id begins; no key of AWS does.
pub(super) const KEY_PREFIX: &str = "SBXT";
/// How a session token begins.
const TOKEN_PREFIX: &str = "SandboxToken/";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Any large odd number; this one spreads well.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
const FORTY_BITS: u64 = (1 << 40) - 1;

/// Which call made a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    /// `AssumeRole`.
    #[serde(rename = "r")]
    Role,
    /// `GetFederationToken`.
    #[serde(rename = "f")]
    Federated,
    /// `GetSessionToken`.
    #[serde(rename = "s")]
    Session,
}

/// What a session is; the content of its token. Names are short since each request carries them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    #[serde(rename = "k")]
    pub(super) kind: Kind,
    /// The access key id that this belongs to.
    #[serde(rename = "i")]
    pub(super) key_id: String,
    #[serde(rename = "p")]
    pub(super) partition: String,
    #[serde(rename = "a")]
    pub(super) account: String,
    /// The role's name with its path, or the user's name (empty for root).
    #[serde(rename = "n")]
    pub(super) principal: String,
    /// The role session name or the federated name.
    #[serde(rename = "s", default, skip_serializing_if = "String::is_empty")]
    pub(super) session: String,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub(super) source_identity: Option<String>,
    /// Keys and values that go on to roles assumed from this session.
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) transitive_tags: Vec<(String, String)>,
    /// The role was assumed with temporary credentials.
    #[serde(rename = "c", default)]
    pub(super) chained: bool,
    /// The call gave `DurationSeconds`.
    #[serde(rename = "d", default)]
    pub(super) duration_given: bool,
    /// The call came with MFA (`GetSessionToken`).
    #[serde(rename = "m", default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) mfa: bool,
    /// Seconds since 1970.
    #[serde(rename = "e")]
    pub(super) expires: i64,
}

impl Claims {
    /// The ARN that `GetCallerIdentity` and CloudTrail show.
    pub(super) fn arn(&self) -> String {
        let (partition, account) = (&self.partition, &self.account);
        match self.kind {
            Kind::Role => format!("arn:{partition}:sts::{account}:assumed-role/{}/{}", self.short_name(), self.session),
            Kind::Federated => format!("arn:{partition}:sts::{account}:federated-user/{}", self.session),
            Kind::Session if self.principal.is_empty() => format!("arn:{partition}:iam::{account}:root"),
            Kind::Session => format!("arn:{partition}:iam::{account}:user/{}", self.principal),
        }
    }

    /// `UserId` of `GetCallerIdentity`.
    pub(super) fn user_id(&self) -> String {
        match self.kind {
            Kind::Role => format!("{}:{}", principal_id("SBXR", &self.account, &self.principal), self.session),
            Kind::Federated => format!("{}:{}", self.account, self.session),
            Kind::Session if self.principal.is_empty() => self.account.clone(),
            Kind::Session => principal_id("SBXD", &self.account, &self.principal),
        }
    }

    /// When the session ends.
    pub(super) fn expires_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.expires, 0).unwrap_or_default()
    }

    /// The role's name without its path, as session ARNs have it.
    fn short_name(&self) -> &str {
        self.principal.rsplit('/').next().unwrap_or_default()
    }
}

/// The stable unique id of a user or role: 4 letters of prefix and 17 of a digest, like AWS's `AIDA…` and `AROA…`.
pub(super) fn principal_id(prefix: &str, account: &str, name: &str) -> String {
    let digest = super::hash::hmac(account.as_bytes(), name.as_bytes());
    let letters = digest.iter().take(17).map(|byte| char::from(BASE32[usize::from(byte % 32)]));
    prefix.chars().chain(letters).collect()
}

/// Issues temporary credentials and recognises them.
pub(super) struct Issuer {
    pub(super) seal: Seal,
    next: AtomicU64,
}

/// Access key id, secret access key and session token.
pub(super) struct Issued {
    pub(super) key_id: String,
    pub(super) secret: String,
    pub(super) token: String,
}

impl Issuer {
    /// An issuer with a fresh seal. It counts from a random start, so that no key id comes twice in a run.
    pub(super) fn new() -> Self {
        Self { seal: Seal::new(), next: AtomicU64::new(u64::from_le_bytes(crate::random::bytes())) }
    }

    /// A number that this sandbox gives once.
    pub(super) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// An id for an answer, in the form of a UUID.
    pub(super) fn request_id(&self) -> String {
        let number = self.number();
        let mixed = number.wrapping_mul(MIX);
        let (a, b, c) = (mixed >> 32, (mixed >> 16) & 0xffff, mixed & 0xfff);
        format!("{a:08x}-{b:04x}-4{c:03x}-8{:03x}-{:012x}", number >> 52, number & 0xffff_ffff_ffff)
    }

    /// Makes credentials for `claims`, whose key id it fills in.
    pub(super) fn issue(&self, claims: &mut Claims) -> Issued {
        // Multiplying by an odd number maps the counter one to one, and does not look like a counter.
        let unique = self.number().wrapping_mul(MIX) & FORTY_BITS;
        let account = claims.account.parse::<u64>().unwrap_or_default() & FORTY_BITS;
        let mut key_id = String::with_capacity(20);
        key_id.push_str(KEY_PREFIX);
        for number in [account, unique] {
            for shift in (0..40).step_by(5).rev() {
                key_id.push(char::from(BASE32[((number >> shift) & 31) as usize]));
            }
        }
        claims.key_id.clone_from(&key_id);
        let token = format!("{TOKEN_PREFIX}{}", self.seal.standard(Purpose::SessionToken, claims));
        Issued { secret: self.secret(&key_id), key_id, token }
    }

    /// The secret of a temporary key id: 40 characters, like AWS's.
    pub(super) fn secret(&self, key_id: &str) -> String {
        let derived = self.seal.derive(Purpose::SecretKey, key_id.as_bytes());
        let mut secret = String::with_capacity(40);
        secret.push_str("sandbox/");
        STANDARD.encode_string(&derived[..24], &mut secret);
        secret
    }

    /// The claims of a session token, if it is ours, whole, and belongs to `key_id`. It may have expired.
    pub(super) fn recognise(&self, key_id: &str, token: &str) -> Option<Claims> {
        let sealed = token.strip_prefix(TOKEN_PREFIX)?;
        let claims: Claims = self.seal.open_standard(Purpose::SessionToken, sealed)?;
        (claims.key_id == key_id).then_some(claims)
    }
}

/// The account that a temporary key id names (as with AWS, the id alone tells).
pub(super) fn account_of(key_id: &str) -> Option<String> {
    let letters = key_id.strip_prefix(KEY_PREFIX)?.as_bytes();
    if letters.len() != 16 {
        return None;
    }
    let mut number = 0_u64;
    for letter in &letters[..8] {
        number = number << 5 | BASE32.iter().position(|candidate| candidate == letter)? as u64;
    }
    Some(format!("{number:012}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            kind: Kind::Role,
            key_id: String::new(),
            partition: "aws".to_owned(),
            account: "123456789012".to_owned(),
            principal: "team/ReadOnly".to_owned(),
            session: "alice".to_owned(),
            source_identity: Some("alice".to_owned()),
            transitive_tags: vec![("team".to_owned(), "blue".to_owned())],
            chained: false,
            duration_given: true,
            mfa: false,
            expires: 1_800_000_000,
        }
    }

    #[test]
    fn a_session_comes_back_from_its_own_token_and_key_id_only() {
        let issuer = Issuer::new();
        let mut first = claims();
        let issued = issuer.issue(&mut first);
        assert_eq!(issuer.recognise(&issued.key_id, &issued.token), Some(first));
        let other = issuer.issue(&mut claims());
        assert_ne!(issued.key_id, other.key_id);
        assert_eq!(issuer.recognise(&other.key_id, &issued.token), None);
        assert_eq!(Issuer::new().recognise(&issued.key_id, &issued.token), None);
    }

    #[test]
    fn ids_have_the_lengths_of_aws_and_cannot_be_taken_for_its() {
        let issued = Issuer::new().issue(&mut claims());
        assert_eq!((issued.key_id.len(), issued.secret.len()), (20, 40));
        assert!(issued.key_id.starts_with("SBXT") && issued.secret.starts_with("sandbox/"));
        assert_eq!(account_of(&issued.key_id).as_deref(), Some("123456789012"));
        assert_eq!(account_of("SBXTshort"), None);
        assert_eq!(claims().arn(), "arn:aws:sts::123456789012:assumed-role/ReadOnly/alice");
        assert!(claims().user_id().starts_with("SBXR") && claims().user_id().ends_with(":alice"));
    }
}
