//! Access keys: the long-term keys that Daypass keeps and nobody is ever handed.

use chrono::{DateTime, Utc};

use super::partition::Partition;

/// A long-term AWS access key, without its secret half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// Our id of it (UUIDv7).
    pub id: String,
    /// What people call it, unique without regard to case.
    pub name: String,
    /// Where it lies.
    pub partition: Partition,
    /// AWS's id of it (16 to 128 characters).
    pub key_id: String,
    /// Free text for administrators.
    pub note: String,
    /// What AWS said of it last; `None`: never asked.
    pub validated: Option<Validated>,
    /// How it stands.
    pub state: KeyState,
    /// Counts the saves: optimistic lock, and part of the key of every cache.
    pub version: i32,
    /// Last saved.
    pub updated_at: DateTime<Utc>,
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

/// Checks a key id: 16 to 128 of `[\w]` (STS model), a long-term one. Blanks, quotes and line ends around it are cut off.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_key_id(text: &str) -> Result<String, String> {
    let text = unquoted(text);
    if text.starts_with("ASIA") {
        return Err("This is a temporary key (ASIA…), which would soon expire. Enter a long-term access key (AKIA…)."
            .to_owned());
    }
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
        assert!(parse_key_id("ASIAIOSFODNN7EXAMPLE").unwrap_err().contains("temporary"));
        assert!(parse_key_id("AKIA IOSFODNN7EXAMPLE").is_err());
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
    fn a_secret_is_never_repeated() {
        let error = parse_secret("short-secret").unwrap_err();
        assert!(!error.contains("short-secret"));
        assert!(parse_secret(&"x".repeat(40)).is_ok());
        assert!(parse_secret("with a blank in the middle of it").is_err());
    }
}
