//! Why a secret does not open.

/// Why a secret does not open. Failures that are never mixed: the key cannot be had, or it can and the secret does not open
/// with it. Each names the key.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum OpenError {
    /// The key file is missing, unreadable, or not the file its name says.
    #[error("Unable to read encryption key file")]
    KeyFile {
        /// The file's name: 40 hexadecimal digits.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
    /// AWS KMS does not give the data key, and it is not in memory any more.
    #[error("Unable to get the data key from AWS KMS")]
    Kms {
        /// The data key's id: 40 hexadecimal digits.
        data_key: String,
        /// The KMS key, as the configuration names it.
        kms_key: String,
        /// What AWS said, and what to do.
        cause: String,
    },
    /// The key is there, but the secret does not open: it was changed, or moved from another row.
    #[error("Unable to decrypt AWS Secret Key")]
    Decrypt {
        /// The key's name: 40 hexadecimal digits, or empty where the sealed value does not even name one.
        file: String,
    },
}

impl OpenError {
    /// The name of the key file, or the id of the data key.
    #[must_use]
    pub fn file(&self) -> &str {
        match self {
            Self::KeyFile { file, .. } | Self::Decrypt { file } => file,
            Self::Kms { data_key, .. } => data_key,
        }
    }

    /// The word for it in answers to programs and in the usage log.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::KeyFile { .. } => "key_file",
            Self::Kms { .. } => "kms",
            Self::Decrypt { .. } => "decrypt",
        }
    }

    /// The whole sentence, for whoever wanted credentials.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::KeyFile { .. } => format!("Failed to retrieve temporary AWS credentials: {self}"),
            Self::Kms { kms_key, cause, .. } => {
                let key = if kms_key.is_empty() { String::new() } else { format!(" key {kms_key}") };
                format!("Failed to retrieve temporary AWS credentials: {self}{key}: {}", cause.trim_end_matches('.'))
            }
            Self::Decrypt { .. } => self.to_string(),
        }
    }

    /// What is wrong with the key; empty where nothing is.
    #[must_use]
    pub fn cause(&self) -> &str {
        match self {
            Self::KeyFile { cause, .. } | Self::Kms { cause, .. } => cause,
            Self::Decrypt { .. } => "",
        }
    }

    /// What an administrator can do.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::KeyFile { .. } => "Put the file back, or enter the secret again.",
            Self::Kms { .. } => "See that AWS KMS can be reached and used, or enter the secret again.",
            Self::Decrypt { .. } => "Enter the secret again.",
        }
    }
}
