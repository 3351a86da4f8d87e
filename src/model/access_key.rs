//! Access keys: what Daypass calls STS with and nobody is ever handed. Most are long-term keys that it keeps; see
//! [`Source`] for the others.

use chrono::{DateTime, Utc};

use super::envelope::Envelope;
use super::partition::Partition;
use super::rotation::Plan;
use super::source::Source;

/// An access key, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// Our id of it (UUIDv7).
    pub id: String,
    /// What people call it, unique without regard to case.
    pub name: String,
    /// Where it lies.
    pub partition: Partition,
    /// Where its credentials come from.
    pub source: Source,
    /// AWS's id of it (16 to 128 characters); empty where the surroundings have it.
    pub key_id: String,
    /// Free text for administrators.
    pub note: String,
    /// What AWS said of it last; `None`: never asked.
    pub validated: Option<Validated>,
    /// The account (12 digits) that it has to turn out to be of, where its key pair was changed without asking AWS; `None`: any.
    pub expected_account: Option<String>,
    /// How it stands.
    pub state: KeyState,
    /// What AWS said when it refused the key, in a sentence.
    pub trouble: Option<String>,
    /// When AWS was asked last, whatever it said.
    pub checked_at: Option<DateTime<Utc>>,
    /// Since when this very key pair is here.
    pub key_since: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The broker's own MFA device, for roles that demand one; its seed is sealed.
    pub mfa_serial: Option<String>,
    /// What restricted administrators may make of it; `None`: nothing.
    pub envelope: Option<Envelope>,
    /// When it is rotated by itself; `None`: never.
    pub rotation: Option<Plan>,
    /// Counts the saves: optimistic lock, and part of the key of every cache.
    pub version: i32,
    /// Last saved.
    pub updated_at: DateTime<Utc>,
}

impl AccessKey {
    /// Whether its credentials ran out by `now`.
    #[must_use]
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.source.expires_at().is_some_and(|end| end <= now)
    }

    /// The account that AWS said it is of, else the one that it is expected to be of.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.validated.as_ref().map(|validated| validated.account_id.as_str()).or(self.expected_account.as_deref())
    }

    /// Whether it may be of `account`.
    #[must_use]
    pub fn may_be_of(&self, account: &str) -> bool {
        self.account().is_none_or(|known| known == account)
    }
}

/// GetCallerIdentity's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validated {
    /// 12 digits.
    pub account_id: String,
    /// Whose key it is.
    pub arn: String,
    /// When it was asked.
    pub at: DateTime<Utc>,
}

/// What kind of principal an ARN names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// An IAM user.
    User,
    /// A role session (temporary credentials).
    Role,
    /// The account's root user.
    Root,
    /// Something else, a federated user for instance.
    Other,
}

impl KeyKind {
    /// Reads the kind off an ARN as GetCallerIdentity gives it.
    #[must_use]
    pub fn of(arn: &str) -> Self {
        match arn.splitn(6, ':').nth(5) {
            Some("root") => Self::Root,
            Some(resource) if resource.starts_with("user/") => Self::User,
            Some(resource) if resource.starts_with("assumed-role/") => Self::Role,
            _ => Self::Other,
        }
    }

    /// The word on pages and in the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Root => "root",
            Self::Other => "other",
        }
    }
}

/// How an access key stood when it was last tried at AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// AWS knows it.
    Good,
    /// AWS refused it.
    Refused,
    /// Saved without asking AWS.
    Unverified,
}

impl KeyState {
    /// The word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Refused => "refused",
            Self::Unverified => "unverified",
        }
    }

    /// The state with this word; an unknown word counts as never asked.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        [Self::Good, Self::Refused].into_iter().find(|state| state.word() == word).unwrap_or(Self::Unverified)
    }
}

/// Checks a key id: 16 to 128 of `[\w]` (STS model). Blanks, quotes and line ends around it are cut off.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_key_id(text: &str) -> Result<String, String> {
    let text = unquoted(text);
    if !(16..=128).contains(&text.chars().count()) {
        return Err("An access key id has 16 to 128 characters, usually 20.".to_owned());
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err("An access key id has letters and digits only.".to_owned());
    }
    Ok(text.to_owned())
}

/// Checks a secret: 16 to 256 printable characters; AWS's own have 40. What is wrong is said without repeating it.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_secret(text: &str) -> Result<String, String> {
    let text = unquoted(text);
    if !(16..=256).contains(&text.len()) {
        return Err("The secret is too short or too long; AWS's have 40 characters. Paste it again.".to_owned());
    }
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("The secret has characters that no AWS secret has. Paste it again.".to_owned());
    }
    Ok(text.to_owned())
}

/// Checks a session token: up to 4,096 printable characters (AWS gives no limit; its own tokens stay below). Blanks, quotes and
/// line ends around it are cut off.
///
/// # Errors
/// A sentence that says what is wrong, without repeating it.
pub fn parse_session_token(text: &str) -> Result<String, String> {
    let text = unquoted(text);
    if !(16..=4096).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(
            "This is no session token: AWS's have some hundred characters without blanks. Paste it again.".to_owned()
        );
    }
    Ok(text.to_owned())
}

/// Whether `key_id` belongs to a temporary key, which is worth nothing without its session token (IAM: ASIA prefix).
#[must_use]
pub fn is_temporary(key_id: &str) -> bool {
    key_id.starts_with("ASIA")
}

/// Checks the serial number of an MFA device, which for a virtual one is its ARN: 9 to 256 of `[\w+=/:,.@-]` (STS model).
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_mfa_serial(text: &str) -> Result<String, String> {
    let text = unquoted(text);
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"_+=/:,.@-".contains(&b);
    if (9..=256).contains(&text.len()) && text.bytes().all(fits) {
        return Ok(text.to_owned());
    }
    Err("Enter the device's ARN, for example arn:aws:iam::123456789012:mfa/broker, or its serial number.".to_owned())
}

/// Whether the checks above cut something off the ends of `text`, and what, in words for a notice.
#[must_use]
pub fn cut_off(text: &str) -> Option<&'static str> {
    let bare = text.trim();
    match (bare.len() < text.len(), unquoted(text).len() < bare.len()) {
        _ if bare.is_empty() => None,
        (true, true) => Some("blanks and quotes"),
        (true, false) => Some("blanks"),
        (false, true) => Some("quotes"),
        (false, false) => None,
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\'']).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_ids() {
        assert_eq!(parse_key_id(" \"AKIAIOSFODNN7EXAMPLE\"\n"), Ok("AKIAIOSFODNN7EXAMPLE".to_owned()));
        assert!(parse_key_id(&"A".repeat(15)).is_err());
        assert!(parse_key_id(&"A".repeat(16)).is_ok());
        assert!(parse_key_id(&"A".repeat(128)).is_ok());
        assert!(parse_key_id(&"A".repeat(129)).is_err());
        assert!(is_temporary(&parse_key_id("ASIAIOSFODNN7EXAMPLE").unwrap()));
        assert!(!is_temporary("AKIAIOSFODNN7EXAMPLE"));
        assert!(parse_key_id("AKIA IOSFODNN7EXAMPLE").is_err());
    }

    #[test]
    fn what_was_cut_off_is_known() {
        for (text, cut) in [
            ("x", None),
            (" x\n", Some("blanks")),
            ("'x'", Some("quotes")),
            (" \"x\"", Some("blanks and quotes")),
            ("  ", None),
            ("", None),
        ] {
            assert_eq!(cut_off(text), cut, "{text:?}");
        }
    }

    #[test]
    fn mfa_serials() {
        for right in ["arn:aws:iam::123456789012:mfa/a", " 'GAHT12345678'\n", &"x".repeat(9), &"x".repeat(256)] {
            assert!(parse_mfa_serial(right).is_ok(), "{right}");
        }
        for wrong in ["", &"x".repeat(8), &"x".repeat(257), "arn:aws:iam::1:mfa/a b", "GAHT12345678é"] {
            assert!(parse_mfa_serial(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn kinds() {
        assert_eq!(KeyKind::of("arn:aws:iam::123456789012:root"), KeyKind::Root);
        assert_eq!(KeyKind::of("arn:aws:iam::123456789012:user/a/b"), KeyKind::User);
        assert_eq!(KeyKind::of("arn:aws:sts::123456789012:assumed-role/A/b"), KeyKind::Role);
        assert_eq!(KeyKind::of("arn:aws:sts::123456789012:federated-user/b"), KeyKind::Other);
        assert_eq!(KeyKind::of("nonsense"), KeyKind::Other);
    }

    #[test]
    fn session_tokens() {
        assert!(parse_session_token(&"x".repeat(15)).is_err());
        assert_eq!(parse_session_token(&format!(" '{}'\n", "x".repeat(16))), Ok("x".repeat(16)));
        assert!(parse_session_token(&"x".repeat(4096)).is_ok());
        assert!(parse_session_token(&"x".repeat(4097)).is_err());
        assert!(parse_session_token("with a blank in the middle").is_err());
    }

    #[test]
    fn a_secret_is_never_repeated() {
        let error = parse_secret("short-secret").unwrap_err();
        assert!(!error.contains("short-secret"));
        assert!(parse_secret(&"x".repeat(40)).is_ok());
        assert!(parse_secret("with a blank in the middle of it").is_err());
    }
}
