//! The principal types: which STS call a connector makes, and what that call needs and allows.

use super::hop::Hop;
use super::partition::Partition;
use super::policy::{SessionPolicies, is_account};
use super::session_tag::SessionTag;

/// Which call a connector makes, with what only that call has. There are no fields "only valid when …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// AssumeRole: a role of this or another account.
    AssumeRole {
        /// The roles to assume first, in order, each with the session of the one before; most often none.
        through: Vec<Hop>,
        /// The role.
        role: RoleArn,
        /// What the role's trust policy may ask for (2 to 1,224 characters).
        external_id: Option<String>,
        /// Whether the person's name is also sent as SourceIdentity.
        source_identity: SourceIdentity,
        /// What narrows the session.
        policies: SessionPolicies,
        /// What the session carries.
        tags: Vec<SessionTag>,
    },
    /// GetFederationToken: the access key's user, narrowed.
    FederatedUser {
        /// What narrows the session; `None` only where an administrator ticked "omit policy": then the session has
        /// no permissions but those of resource policies that name it.
        policies: Option<SessionPolicies>,
        /// What the session carries.
        tags: Vec<SessionTag>,
    },
    /// GetSessionToken: the access key's user itself, for a while. AWS does not see the person.
    IamUser,
    /// No call: the surroundings' own credentials, handed on. AWS does not see the person.
    Provided,
}

/// Whether a session carries the person's name as SourceIdentity, which stays through further roles (needs
/// sts:SetSourceIdentity in the role's trust policy and in the caller's policy). Never left out silently: where AWS refuses
/// it, nothing is handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SourceIdentity {
    /// Not sent.
    #[default]
    Off,
    /// Sent: the person's session name, or that of the program.
    On,
    /// Sent, and it is a person's: programs get nothing.
    Required,
}

impl SourceIdentity {
    /// Every choice, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Off, Self::On, Self::Required];

    /// The word in database, JSON and forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Required => "required",
        }
    }

    /// Whether it is sent.
    #[must_use]
    pub const fn is_sent(self) -> bool {
        !matches!(self, Self::Off)
    }

    /// The choice with this word.
    ///
    /// # Errors
    /// A sentence that names the ones there are.
    pub fn parse(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|choice| choice.word() == word);
        found.ok_or_else(|| "Choose off, on or required.".to_owned())
    }
}

/// A principal type without its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalType {
    /// AssumeRole.
    AssumeRole,
    /// GetFederationToken.
    FederatedUser,
    /// GetSessionToken.
    IamUser,
    /// The surroundings' own credentials.
    Provided,
}

impl PrincipalType {
    /// Every type, in the order in which pages list them.
    pub const ALL: [Self; 4] = [Self::AssumeRole, Self::FederatedUser, Self::IamUser, Self::Provided];

    /// The word in database, JSON and forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AssumeRole => "assume_role",
            Self::FederatedUser => "federated_user",
            Self::IamUser => "iam_user",
            Self::Provided => "provided",
        }
    }

    /// The words on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::AssumeRole => "Assume role",
            Self::FederatedUser => "Federated user",
            Self::IamUser => "IAM user",
            Self::Provided => "Provided",
        }
    }

    /// Shortest, longest and AWS's default duration in seconds (STS model). A role's own maximum may be lower; root's
    /// is 3,600 for the sessions of a user. Provided credentials last as long as the surroundings gave them; nothing is
    /// asked for.
    #[must_use]
    pub const fn durations(self) -> Durations {
        match self {
            Self::AssumeRole => Durations { shortest: 900, longest: 43_200, default: 3_600 },
            Self::FederatedUser | Self::IamUser => Durations { shortest: 900, longest: 129_600, default: 43_200 },
            Self::Provided => Durations { shortest: 900, longest: 43_200, default: 43_200 },
        }
    }

    /// Whether the federation endpoint lets its credentials into the console (IAM User Guide: "SSO to console is not
    /// allowed" for GetSessionToken).
    #[must_use]
    pub const fn opens_console(self) -> bool {
        !matches!(self, Self::IamUser)
    }

    /// Whether CloudTrail shows a name that belongs to the person.
    #[must_use]
    pub const fn names_person(self) -> bool {
        !matches!(self, Self::IamUser | Self::Provided)
    }

    /// The type with this word.
    ///
    /// # Errors
    /// A sentence that names the ones there are.
    pub fn parse(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|t| t.word() == word).ok_or_else(|| "Choose a principal type.".to_owned())
    }
}

/// Limits of DurationSeconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Durations {
    /// The least, in seconds.
    pub shortest: u32,
    /// The most, in seconds.
    pub longest: u32,
    /// What AWS takes where none is sent, in seconds.
    pub default: u32,
}

impl Durations {
    /// Checks a duration against the limits.
    ///
    /// # Errors
    /// A sentence with both limits.
    pub fn check(self, seconds: u32) -> Result<u32, String> {
        if (self.shortest..=self.longest).contains(&seconds) {
            return Ok(seconds);
        }
        Err(format!(
            "{seconds} seconds are outside what AWS takes: {} to {} seconds ({} to {}).",
            self.shortest,
            self.longest,
            super::session::show_duration(self.shortest),
            super::session::show_duration(self.longest)
        ))
    }
}

impl Principal {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> PrincipalType {
        match self {
            Self::AssumeRole { .. } => PrincipalType::AssumeRole,
            Self::FederatedUser { .. } => PrincipalType::FederatedUser,
            Self::IamUser => PrincipalType::IamUser,
            Self::Provided => PrincipalType::Provided,
        }
    }

    /// What the session carries.
    #[must_use]
    pub fn tags(&self) -> &[SessionTag] {
        match self {
            Self::AssumeRole { tags, .. } | Self::FederatedUser { tags, .. } => tags,
            Self::IamUser | Self::Provided => &[],
        }
    }

    /// The roles to assume before the last one.
    #[must_use]
    pub fn through(&self) -> &[Hop] {
        match self {
            Self::AssumeRole { through, .. } => through,
            Self::FederatedUser { .. } | Self::IamUser | Self::Provided => &[],
        }
    }

    /// What narrows the session, if anything.
    #[must_use]
    pub const fn policies(&self) -> Option<&SessionPolicies> {
        match self {
            Self::AssumeRole { policies, .. } | Self::FederatedUser { policies: Some(policies), .. } => Some(policies),
            Self::FederatedUser { policies: None, .. } | Self::IamUser | Self::Provided => None,
        }
    }
}

/// The ARN of a role, checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoleArn {
    text: String,
    partition: Partition,
}

impl RoleArn {
    /// Checks `arn:<partition>:iam::<12 digits>:role/[path/]name`, 20 to 2,048 characters (STS model).
    ///
    /// # Errors
    /// A sentence with an example.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let help = || "Write the role's ARN, for example arn:aws:iam::123456789012:role/ReadOnly.".to_owned();
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else { return Err(help()) };
        let name = resource.strip_prefix("role/").ok_or_else(help)?;
        // IAM's pattern for role names and paths; STS itself only asks for printable characters.
        let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
        if !is_account(account)
            || name.is_empty()
            || name.ends_with('/')
            || !name.chars().all(fits)
            || text.len() > 2048
        {
            return Err(help());
        }
        Ok(Self { partition: Partition::parse(partition)?, text: text.to_owned() })
    }

    /// The ARN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its partition.
    #[must_use]
    pub const fn partition(&self) -> Partition {
        self.partition
    }

    /// Its account's 12 digits.
    #[must_use]
    pub fn account_id(&self) -> &str {
        self.text.split(':').nth(4).unwrap_or_default()
    }

    /// The role's name, without its path.
    #[must_use]
    pub fn role_name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }
}

/// Checks an external id: `[\w+=,.@:\/-]{2,1224}` (STS model).
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse_external_id(text: &str) -> Result<String, String> {
    let text = text.trim();
    if !(2..=1224).contains(&text.chars().count()) {
        return Err("Use 2 to 1,224 characters.".to_owned());
    }
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c)) {
        return Err("Use letters, digits and _ + = , . @ : / - only; AWS takes no blanks here.".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_on_both_sides_of_each_limit() {
        let role = PrincipalType::AssumeRole.durations();
        for (seconds, right) in [(899, false), (900, true), (43_200, true), (43_201, false)] {
            assert_eq!(role.check(seconds).is_ok(), right, "{seconds}");
        }
        for kind in [PrincipalType::FederatedUser, PrincipalType::IamUser] {
            for (seconds, right) in [(899, false), (900, true), (129_600, true), (129_601, false)] {
                assert_eq!(kind.durations().check(seconds).is_ok(), right, "{seconds}");
            }
        }
    }

    #[test]
    fn role_arns() {
        let arn = RoleArn::parse(" arn:aws-cn:iam::123456789012:role/team/Read+Only ").unwrap();
        assert_eq!(
            (arn.partition(), arn.account_id(), arn.role_name()),
            (Partition::AwsCn, "123456789012", "Read+Only")
        );
        for wrong in [
            "",
            "ReadOnly",
            "arn:aws:iam::123:role/X",
            "arn:aws:iam::123456789012:user/X",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/a b",
            "arn:aws:sts::123456789012:role/X",
            "arn:other:iam::123456789012:role/X",
        ] {
            assert!(RoleArn::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn external_ids() {
        assert!(parse_external_id("ab").is_ok());
        assert!(parse_external_id("a").is_err());
        assert!(parse_external_id(&"a".repeat(1224)).is_ok());
        assert!(parse_external_id(&"a".repeat(1225)).is_err());
        assert!(parse_external_id("two words").is_err());
    }

    #[test]
    fn iam_user_stays_out_of_the_console_and_what_is_not_made_for_a_person_hides_the_person() {
        for kind in PrincipalType::ALL {
            assert_eq!(kind.opens_console(), kind != PrincipalType::IamUser);
            let hides = matches!(kind, PrincipalType::IamUser | PrincipalType::Provided);
            assert_eq!(kind.names_person(), !hides);
            assert_eq!(PrincipalType::parse(kind.word()), Ok(kind));
        }
    }
}
