//! What exists at this "AWS": accounts with their users, roles and keys.

use chrono::{DateTime, Utc};

/// Everything the sandbox knows from its start. Names and ids are taken as they are; see [`World::sample`] for one
/// that is complete.
#[derive(Clone, Default)]
pub struct World {
    /// The accounts, in any order; of two with the same id and partition the first one counts.
    pub accounts: Vec<Account>,
}

/// One AWS account.
#[derive(Clone, Default)]
pub struct Account {
    /// 12 digits.
    pub id: String,
    /// `aws`, `aws-cn`, `aws-us-gov` or `aws-eusc`; keys and roles of one partition do not exist in another.
    pub partition: String,
    /// IAM users.
    pub users: Vec<User>,
    /// IAM roles.
    pub roles: Vec<Role>,
    /// Access keys of the account's root user.
    pub root_keys: Vec<Key>,
    /// Domains of CodeArtifact.
    pub domains: Vec<Domain>,
}

/// A domain of CodeArtifact; whoever is of its account may log in to it.
#[derive(Clone, Default)]
pub struct Domain {
    /// 2 to 50 characters.
    pub name: String,
    /// Where it is.
    pub region: String,
}

/// An IAM user with the permissions that matter to a broker.
#[derive(Clone, Default)]
pub struct User {
    /// With its path, where it has one: `broker` or `service/broker`.
    pub name: String,
    /// Access keys.
    pub keys: Vec<Key>,
    /// The user's policies allow `sts:AssumeRole`, `sts:TagSession` and `sts:SetSourceIdentity` on every role.
    pub may_assume: bool,
    /// The user's policies allow `sts:GetFederationToken` and `sts:TagSession`.
    pub may_federate: bool,
    /// The user's policies allow the calls that rotate its own access keys.
    pub may_rotate: bool,
    /// The user's virtual MFA device.
    pub mfa: Option<Mfa>,
}

/// A virtual MFA device.
#[derive(Clone, Default)]
pub struct Mfa {
    /// Its ARN.
    pub serial: String,
    /// What its codes follow from.
    pub seed: Vec<u8>,
}

/// A long-term access key.
#[derive(Clone, Default)]
pub struct Key {
    /// 16 to 128 characters `[A-Za-z0-9_]`.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// An inactive key is refused like an unknown one.
    pub active: bool,
    /// When it was made; long ago for the keys of the start.
    pub created_at: DateTime<Utc>,
}

/// An IAM role with the parts of its trust policy that AWS looks at in `AssumeRole`.
#[derive(Clone, Default)]
pub struct Role {
    /// With its path, where it has one: `ReadOnly` or `team/ReadOnly`.
    pub name: String,
    /// ARNs of users, roles, role sessions or account roots. A trusted account root admits whoever that account allows to
    /// assume roles.
    pub trusts: Vec<String>,
    /// What the trust policy wants as `sts:ExternalId`.
    pub external_id: Option<String>,
    /// `MaxSessionDuration`, 3600..=43200 seconds.
    pub max_session_seconds: u32,
    /// The trust policy allows `sts:TagSession`.
    pub permits_tagging: bool,
    /// The trust policy allows `sts:SetSourceIdentity`.
    pub permits_source_identity: bool,
    /// The trust policy wants `aws:MultiFactorAuthPresent`.
    pub requires_mfa: bool,
    /// The role's policies allow no log-in to ECR or CodeArtifact.
    pub no_registries: bool,
}

impl Account {
    /// `arn:aws:iam::123456789012:root`.
    #[must_use]
    pub fn root_arn(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.id)
    }

    /// `arn:aws:iam::123456789012:user/broker`.
    #[must_use]
    pub fn user_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:user/{name}", self.partition, self.id)
    }

    /// `arn:aws:iam::123456789012:role/ReadOnly`.
    #[must_use]
    pub fn role_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:role/{name}", self.partition, self.id)
    }
}

impl Key {
    /// An active key.
    #[must_use]
    pub fn new(id: &str, secret: &str) -> Self {
        Self { id: id.to_owned(), secret: secret.to_owned(), active: true, created_at: DateTime::default() }
    }
}

impl User {
    /// A user who may assume roles, make federated sessions and rotate its own keys, with one active key.
    #[must_use]
    pub fn broker(name: &str, key: Key) -> Self {
        Self {
            name: name.to_owned(),
            keys: vec![key],
            may_assume: true,
            may_federate: true,
            may_rotate: true,
            mfa: None,
        }
    }
}

impl Role {
    /// A role of up to `hours` (1..=12) that trusts `principal` and permits session tags and a source identity.
    #[must_use]
    pub fn trusting(name: &str, principal: &str, hours: u32) -> Self {
        Self {
            name: name.to_owned(),
            trusts: vec![principal.to_owned()],
            external_id: None,
            max_session_seconds: hours.clamp(1, 12) * 3600,
            permits_tagging: true,
            permits_source_identity: true,
            requires_mfa: false,
            no_registries: false,
        }
    }
}
