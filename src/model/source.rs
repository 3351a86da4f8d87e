//! Where the credentials come from that call STS.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};

use super::principal::PrincipalType;

/// Where an access key's credentials come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A long-term key pair (AKIA…) that Daypass keeps sealed.
    LongTerm,
    /// A temporary key pair (ASIA…) with its session token, kept sealed and replaced by somebody before it expires.
    Temporary {
        /// When AWS stops taking it; `None` where nobody said.
        expires_at: Option<DateTime<Utc>>,
    },
    /// Nothing is kept: the machine, container or service account that Daypass runs as has credentials of its own.
    Surroundings(Surroundings),
}

/// Surroundings that hold credentials: the links of the SDK's default chain that need no stored key. Each has to be
/// switched on in `[aws.surroundings]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Surroundings {
    /// The role of the EC2 instance, by IMDSv2.
    InstanceProfile,
    /// The role of the ECS task or EKS pod, by `AWS_CONTAINER_CREDENTIALS_*`.
    Container,
    /// The role of the EKS service account, by `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`.
    WebIdentity,
}

impl Surroundings {
    /// Every kind, in the order in which pages list them.
    pub const ALL: [Self; 3] = [Self::InstanceProfile, Self::Container, Self::WebIdentity];

    /// The word in database, settings and forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::InstanceProfile => "instance_profile",
            Self::Container => "container",
            Self::WebIdentity => "web_identity",
        }
    }

    /// The words on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::InstanceProfile => "EC2 instance profile",
            Self::Container => "ECS task or EKS pod role",
            Self::WebIdentity => "EKS service account (web identity)",
        }
    }
}

impl Source {
    /// The word in database and forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::LongTerm => "long_term",
            Self::Temporary { .. } => "temporary",
            Self::Surroundings(surroundings) => surroundings.word(),
        }
    }

    /// The source with this word; `expires_at` counts for a temporary one alone.
    ///
    /// # Errors
    /// A sentence, where there is none.
    pub fn parse(word: &str, expires_at: Option<DateTime<Utc>>) -> Result<Self, String> {
        match word {
            "long_term" => Ok(Self::LongTerm),
            "temporary" => Ok(Self::Temporary { expires_at }),
            _ => Surroundings::ALL
                .into_iter()
                .find(|surroundings| surroundings.word() == word)
                .map(Self::Surroundings)
                .ok_or_else(|| "Choose where the credentials come from.".to_owned()),
        }
    }

    /// The surroundings, where nothing is kept.
    #[must_use]
    pub const fn surroundings(self) -> Option<Surroundings> {
        match self {
            Self::Surroundings(surroundings) => Some(surroundings),
            Self::LongTerm | Self::Temporary { .. } => None,
        }
    }

    /// Whether it is a long-term key: then AssumeRole is no chaining and may last as long as the role allows.
    #[must_use]
    pub const fn is_long_term(self) -> bool {
        matches!(self, Self::LongTerm)
    }

    /// When the credentials end; `None`: never, or nobody said.
    #[must_use]
    pub const fn expires_at(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Temporary { expires_at } => expires_at,
            Self::LongTerm | Self::Surroundings(_) => None,
        }
    }

    /// The longest that AssumeRole may last from here, in seconds: with temporary credentials it is role chaining, which AWS
    /// ends after one hour ("exceeds the 1 hour session limit for roles assumed by role chaining").
    #[must_use]
    pub const fn longest_role_session(self) -> u32 {
        if self.is_long_term() { 43_200 } else { super::cap::CHAINED }
    }

    /// Whether this principal type works with it.
    ///
    /// # Errors
    /// A sentence that says which type or source to take instead.
    pub fn allows(self, kind: PrincipalType) -> Result<(), String> {
        match (kind, self) {
            (PrincipalType::AssumeRole, _)
            | (PrincipalType::FederatedUser | PrincipalType::IamUser, Self::LongTerm)
            | (PrincipalType::Provided, Self::Surroundings(_)) => Ok(()),
            (PrincipalType::FederatedUser | PrincipalType::IamUser, _) => Err(
                "AWS makes these sessions for a long-term key of an IAM user only. Choose such an access key, or assume a role."
                    .to_owned(),
            ),
            (PrincipalType::Provided, _) => Err(
                "Only credentials of the surroundings can be handed on as they are; a kept key never is. Choose such a source, or another principal type."
                    .to_owned(),
            ),
        }
    }
}

/// Reads when temporary credentials end: RFC 3339, or `YYYY-MM-DD HH:MM` in UTC; empty: nobody said. Whole seconds.
///
/// # Errors
/// A sentence that says how to write it.
pub fn parse_expiry(text: &str) -> Result<Option<DateTime<Utc>>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
    let plain = || forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let parsed =
        DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()).or_else(|| plain().map(|at| at.and_utc()));
    let seconds = parsed.and_then(|at| DateTime::from_timestamp(at.timestamp(), 0));
    // PostgreSQL and JavaScript take years of four digits only.
    let seconds = seconds.filter(|at| (1970..=9999).contains(&at.year()));
    seconds.map(Some).ok_or_else(|| "Write it as 2026-11-21T14:30:00Z, or as 2026-11-21 14:30 in UTC.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_read_in_both_forms_and_in_utc() {
        let at = |text| parse_expiry(text).unwrap().unwrap().to_rfc3339();
        assert_eq!(parse_expiry("  "), Ok(None));
        assert_eq!(at("2026-11-21T14:30:05Z"), "2026-11-21T14:30:05+00:00");
        assert_eq!(at("2026-11-21T14:30:05.999+01:00"), "2026-11-21T13:30:05+00:00");
        assert_eq!(at(" 2026-11-21 14:30 "), "2026-11-21T14:30:00+00:00");
        for wrong in
            ["tomorrow", "2026-11-21", "2026-13-01 00:00", "21.11.2026 14:30", "1764599999", "-0001-01-01 00:00"]
        {
            assert!(parse_expiry(wrong).is_err(), "{wrong}");
        }
    }

    fn every() -> Vec<Source> {
        let mut all = vec![Source::LongTerm, Source::Temporary { expires_at: None }];
        all.extend(Surroundings::ALL.map(Source::Surroundings));
        all
    }

    #[test]
    fn words_lead_back() {
        for source in every() {
            assert_eq!(Source::parse(source.word(), None), Ok(source));
        }
        assert!(Source::parse("nothing", None).is_err());
    }

    #[test]
    fn only_long_term_keys_make_user_sessions_and_only_surroundings_are_handed_on() {
        for source in every() {
            assert!(source.allows(PrincipalType::AssumeRole).is_ok());
            for kind in [PrincipalType::FederatedUser, PrincipalType::IamUser] {
                assert_eq!(source.allows(kind).is_ok(), source.is_long_term(), "{source:?}");
            }
            assert_eq!(source.allows(PrincipalType::Provided).is_ok(), source.surroundings().is_some(), "{source:?}");
            assert_eq!(source.longest_role_session() == 43_200, source.is_long_term());
        }
    }
}
