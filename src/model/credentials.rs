//! Temporary credentials, and the shapes in which they are handed out.

use chrono::{DateTime, SecondsFormat, Utc};
use secrecy::{ExposeSecret, SecretString};

/// What STS issued. Its `Debug` shows no secret; nothing serializes it but [`Shape`].
#[derive(Clone, Debug)]
pub struct TemporaryCredentials {
    /// The id, which the usage log keeps.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: SecretString,
    /// The token that has to accompany them.
    pub session_token: SecretString,
    /// From then on AWS refuses them.
    pub expires_at: DateTime<Utc>,
}

/// A way to hand credentials to a person's tools (the formats of `aws configure export-credentials`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// bash, zsh and other POSIX shells.
    Bash,
    /// PowerShell.
    PowerShell,
    /// Windows' cmd.exe.
    Cmd,
    /// A profile of `~/.aws/credentials`.
    CredentialsFile,
    /// JSON as `credential_process` gives it.
    Json,
}

impl Shape {
    /// Every shape, in the order in which pages show them.
    pub const ALL: [Self; 5] = [Self::Bash, Self::PowerShell, Self::Cmd, Self::CredentialsFile, Self::Json];

    /// The word in ids of page elements.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::PowerShell => "powershell",
            Self::Cmd => "cmd",
            Self::CredentialsFile => "ini",
            Self::Json => "json",
        }
    }

    /// The words on the tab.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Bash => "bash, zsh",
            Self::PowerShell => "PowerShell",
            Self::Cmd => "Windows cmd",
            Self::CredentialsFile => "Credentials file",
            Self::Json => "JSON",
        }
    }

    /// `credentials` in this shape; `profile` names the profile of the credentials file. None of the values can break
    /// out of its line: AWS's ids, secrets and tokens are base64 and the like, and anything else is refused by
    /// [`TemporaryCredentials::is_plain`] before it gets here.
    #[must_use]
    pub fn write(self, credentials: &TemporaryCredentials, profile: &str) -> String {
        let id = &credentials.access_key_id;
        let secret = credentials.secret_access_key.expose_secret();
        let token = credentials.session_token.expose_secret();
        let expiry = rfc3339(credentials.expires_at);
        match self {
            Self::Bash => format!(
                "export AWS_ACCESS_KEY_ID=\"{id}\"\nexport AWS_SECRET_ACCESS_KEY=\"{secret}\"\nexport AWS_SESSION_TOKEN=\"{token}\"\nexport AWS_CREDENTIAL_EXPIRATION=\"{expiry}\"\n"
            ),
            Self::PowerShell => format!(
                "$Env:AWS_ACCESS_KEY_ID=\"{id}\"\n$Env:AWS_SECRET_ACCESS_KEY=\"{secret}\"\n$Env:AWS_SESSION_TOKEN=\"{token}\"\n$Env:AWS_CREDENTIAL_EXPIRATION=\"{expiry}\"\n"
            ),
            Self::Cmd => format!(
                "set AWS_ACCESS_KEY_ID={id}\nset AWS_SECRET_ACCESS_KEY={secret}\nset AWS_SESSION_TOKEN={token}\nset AWS_CREDENTIAL_EXPIRATION={expiry}\n"
            ),
            Self::CredentialsFile => format!(
                "[{profile}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\naws_session_token = {token}\n"
            ),
            Self::Json => format!(
                "{{\n  \"Version\": 1,\n  \"AccessKeyId\": \"{id}\",\n  \"SecretAccessKey\": \"{secret}\",\n  \"SessionToken\": \"{token}\",\n  \"Expiration\": \"{expiry}\"\n}}\n"
            ),
        }
    }
}

impl TemporaryCredentials {
    /// Whether every part has only the characters that AWS's have (base64 and a few signs), so that it can be pasted
    /// into a shell.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let plain =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/+=_.:-".contains(&b));
        plain(&self.access_key_id)
            && plain(self.secret_access_key.expose_secret())
            && plain(self.session_token.expose_secret())
    }
}

/// A moment as SDKs read it: RFC 3339, whole seconds, `Z`.
#[must_use]
pub fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
