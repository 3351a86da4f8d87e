//! What the usage log records, and how its rows are chained.

mod kind;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::access::{Actor, Allowed};
use super::connector::Connector;

pub use kind::Kind;

/// How it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    #[default]
    Ok,
    /// We said no.
    Refused,
    /// Somebody else (AWS, a directory, a key file) kept it from being done.
    Failed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Ok, Self::Refused, Self::Failed];

    /// The word in database, log and filter.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The caller's address.
    pub address: String,
    /// What the caller's program calls itself, cut to 256 characters.
    pub user_agent: String,
    /// Our id of the request.
    pub request_id: String,
}

/// One row of the usage log, before it is chained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// When, to the millisecond.
    pub at: DateTime<Utc>,
    /// [`Kind::word`].
    pub kind: String,
    /// [`Outcome::word`].
    pub outcome: String,
    /// Why not, or empty.
    pub reason: String,
    /// `person`, `program`, `anonymous` or `system`.
    pub actor_kind: String,
    /// Our id of the actor.
    pub actor_id: Option<String>,
    /// The actor's name, or the name that was typed.
    pub actor_name: String,
    /// The actor's directory.
    pub directory: Option<String>,
    /// The connector's id.
    pub connector_id: Option<String>,
    /// The connector's name at that time, or what was typed for one.
    pub connector_name: Option<String>,
    /// The account it leads into.
    pub account_id: Option<String>,
    /// The ARN that AWS gave the session.
    pub arn: Option<String>,
    /// RoleSessionName or federated name.
    pub session_name: Option<String>,
    /// SourceIdentity, where sent.
    pub source_identity: Option<String>,
    /// The id of the temporary credentials.
    pub issued_key_id: Option<String>,
    /// When they expire.
    pub expires_at: Option<DateTime<Utc>>,
    /// Seconds asked of AWS.
    pub requested_seconds: Option<u32>,
    /// Seconds that AWS gave.
    pub granted_seconds: Option<u32>,
    /// Where the request came from.
    pub origin: Origin,
    /// What else there is to know, as a JSON object; never a secret.
    pub detail: Map<String, Value>,
    /// The grant that allowed it.
    pub grant_id: Option<String>,
    /// The group through which it was allowed.
    pub group_path: Option<String>,
    /// [`Allowed::rule`].
    pub rule: Option<String>,
    /// The connector's version at that time.
    pub connector_version: Option<i32>,
    /// SHA-256 over the policies that were sent, hexadecimal.
    pub policy_hash: Option<String>,
}

impl Event {
    /// A row of this kind that went well, by nobody in particular yet.
    #[must_use]
    pub fn new(at: DateTime<Utc>, kind: Kind, origin: &Origin) -> Self {
        Self {
            at,
            kind: kind.word().to_owned(),
            outcome: Outcome::Ok.word().to_owned(),
            actor_kind: "anonymous".to_owned(),
            origin: origin.clone(),
            ..Self::default()
        }
    }

    /// Done by `actor`.
    #[must_use]
    pub fn by(mut self, actor: &Actor) -> Self {
        actor.kind().clone_into(&mut self.actor_kind);
        self.actor_id = Some(actor.id().to_owned());
        actor.name().clone_into(&mut self.actor_name);
        self.directory = actor.directory().map(str::to_owned);
        match (actor.via(), actor.token()) {
            (Some(via), Some(token)) => {
                self.with("via", via).with("token", token.id.as_str()).with("token_name", token.name.as_str())
            }
            (Some(via), None) => self.with("via", via),
            (None, _) => self,
        }
    }

    /// Done from the command line of the machine itself.
    #[must_use]
    pub fn by_system(mut self) -> Self {
        "system".clone_into(&mut self.actor_kind);
        "command line".clone_into(&mut self.actor_name);
        self
    }

    /// Done by Daypass itself, at its time.
    #[must_use]
    pub fn by_job(mut self) -> Self {
        "system".clone_into(&mut self.actor_kind);
        "schedule".clone_into(&mut self.actor_name);
        self
    }

    /// Tried under a name that is not proven.
    #[must_use]
    pub fn by_name(mut self, name: &str) -> Self {
        self.actor_name = name.chars().filter(|c| !c.is_control()).take(256).collect();
        self
    }

    /// About `connector`.
    #[must_use]
    pub fn about(mut self, connector: &Connector) -> Self {
        self.connector_id = Some(connector.id.clone());
        self.connector_name = Some(connector.name.clone());
        self.account_id.clone_from(&connector.account_id);
        self.connector_version = Some(connector.version);
        self
    }

    /// Allowed by `allowed`.
    #[must_use]
    pub fn because(mut self, allowed: &Allowed) -> Self {
        self.rule = Some(allowed.rule().to_owned());
        if let Allowed::Grant { id, path } = allowed {
            self.grant_id = Some(id.clone());
            self.group_path = Some(path.clone());
        }
        self
    }

    /// It did not go well.
    #[must_use]
    pub fn ended(mut self, outcome: Outcome, reason: &str) -> Self {
        outcome.word().clone_into(&mut self.outcome);
        reason.clone_into(&mut self.reason);
        self
    }

    /// What it reads like on pages: what was done, or what was tried.
    #[must_use]
    pub fn phrase(&self) -> &str {
        Kind::phrase(&self.kind, self.outcome == Outcome::Ok.word())
    }

    /// With a further detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }
}

/// The version of the order of fields below.
pub const ROW_VERSION: i32 = 1;

/// A field as it goes into a row's hash.
enum Field<'a> {
    Text(Option<&'a str>),
    Number(Option<i64>),
}

impl Event {
    /// The row's hash, so that anybody can check the log without this program. SHA-256 over: the hash before it (of the
    /// row before, or [`chain_start`] for the first), with its length first; then every column in the order of the
    /// table, but `version` first of all, without `id` (the database's own count) and `row_hash`.
    ///
    /// A column is hashed as byte 0 where it is NULL; text as byte 1, its length in bytes and itself in UTF-8; a number
    /// as byte 2 and itself. Lengths and numbers are 8 bytes, big-endian, two's complement; times are milliseconds
    /// since 1970. So nothing can move from one field into the next. Columns may be added in a later [`ROW_VERSION`];
    /// the order of this one never changes.
    #[must_use]
    pub fn row_hash(&self, previous: &[u8], chain: &str, seq: i64, detail: &str) -> [u8; 32] {
        use Field::{Number, Text};
        let fields = [
            Number(Some(ROW_VERSION.into())),
            Text(Some(chain)),
            Number(Some(seq)),
            Number(Some(self.at.timestamp_millis())),
            Text(Some(&self.kind)),
            Text(Some(&self.outcome)),
            Text(Some(&self.reason)),
            Text(Some(&self.actor_kind)),
            Text(self.actor_id.as_deref()),
            Text(Some(&self.actor_name)),
            Text(self.directory.as_deref()),
            Text(self.connector_id.as_deref()),
            Text(self.connector_name.as_deref()),
            Text(self.account_id.as_deref()),
            Text(self.arn.as_deref()),
            Text(self.session_name.as_deref()),
            Text(self.source_identity.as_deref()),
            Text(self.issued_key_id.as_deref()),
            Number(self.expires_at.map(|at| at.timestamp_millis())),
            Number(self.requested_seconds.map(i64::from)),
            Number(self.granted_seconds.map(i64::from)),
            Text(Some(&self.origin.address)),
            Text(Some(&self.origin.user_agent)),
            Text(Some(&self.origin.request_id)),
            Text(Some(detail)),
            Text(self.grant_id.as_deref()),
            Text(self.group_path.as_deref()),
            Text(self.rule.as_deref()),
            Number(self.connector_version.map(i64::from)),
            Text(self.policy_hash.as_deref()),
        ];
        hash(previous, &fields)
    }
}

/// What a chain's first row is chained to: SHA-256 over where the chain before it stood (the hash of its last row, or its
/// own start where it had none; empty for the very first chain), then the chain's id, the id of the chain before it and
/// the time of opening, all as in [`Event::row_hash`].
#[must_use]
pub fn chain_start(
    chain: &str,
    predecessor: Option<&str>,
    predecessor_hash: &[u8],
    opened_at: DateTime<Utc>,
) -> [u8; 32] {
    hash(
        predecessor_hash,
        &[Field::Text(Some(chain)), Field::Text(predecessor), Field::Number(Some(opened_at.timestamp_millis()))],
    )
}

fn hash(previous: &[u8], fields: &[Field<'_>]) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update((previous.len() as u64).to_be_bytes());
    sha.update(previous);
    for field in fields {
        match field {
            Field::Text(None) | Field::Number(None) => sha.update([0]),
            Field::Text(Some(text)) => {
                sha.update([1]);
                sha.update((text.len() as u64).to_be_bytes());
                sha.update(text);
            }
            Field::Number(Some(number)) => {
                sha.update([2]);
                sha.update(number.to_be_bytes());
            }
        }
    }
    sha.finalize().into()
}
