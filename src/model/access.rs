//! The one decision: may this actor use this connector, and why.
//!
//! The portal, the API, the console link and every list call [`decide`]; nothing else decides.

use super::api_token::ApiToken;
use super::connector::Connector;
use super::grant::Grant;
use super::identity::Identity;

/// Who asks.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A person, signed in.
    Person(Identity),
    /// A program, by its token.
    Program(ApiToken),
}

impl Actor {
    /// The word in the log.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Program(_) => "program",
        }
    }

    /// Our id of them.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Person(identity) => &identity.person.id,
            Self::Program(token) => &token.id,
        }
    }

    /// Their name in the log.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Person(identity) => &identity.person.user_name,
            Self::Program(token) => &token.slug,
        }
    }

    /// The directory they come from; programs come from none.
    #[must_use]
    pub fn directory(&self) -> Option<&str> {
        match self {
            Self::Person(identity) => Some(&identity.person.directory),
            Self::Program(_) => None,
        }
    }
}

/// Why somebody may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// A group of theirs is granted the connector.
    Grant {
        /// The grant.
        id: String,
        /// The way from the person to the granted group.
        path: String,
    },
    /// They administer, and administrators may use everything.
    Administrator,
    /// A program with a token for it, and the connector has system scope.
    SystemScope,
}

impl Allowed {
    /// The rule's word in the log.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Grant { .. } => "grant",
            Self::Administrator => "administrator",
            Self::SystemScope => "system_scope",
        }
    }
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Nothing grants it: looks like "unknown" to the caller.
    NotGranted,
    /// They may, but the connector is switched off.
    Disabled,
    /// The token is bound to another connector.
    TokenScope,
    /// The connector is not for programs.
    NoSystemScope,
}

impl Denied {
    /// The reason's word in the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotGranted => "not_granted",
            Self::Disabled => "connector_disabled",
            Self::TokenScope => "token_scope",
            Self::NoSystemScope => "no_system_scope",
        }
    }
}

/// Whether `actor` may use `connector`, given the connector's grants.
///
/// A grant is preferred to the administrator rule, so that the log names the narrowest reason. A disabled connector is
/// told as such only to those who may use it: to all others it looks unknown.
///
/// # Errors
/// Why not.
pub fn decide(
    actor: &Actor,
    connector: &Connector,
    grants: &[Grant],
    administrators_may_use_all: bool,
) -> Result<Allowed, Denied> {
    let allowed = match actor {
        Actor::Person(identity) => by_person(identity, connector, grants, administrators_may_use_all)?,
        Actor::Program(token) if token.connector_id != connector.id => return Err(Denied::TokenScope),
        Actor::Program(_) if !connector.system_scope => return Err(Denied::NoSystemScope),
        Actor::Program(_) => Allowed::SystemScope,
    };
    if connector.enabled { Ok(allowed) } else { Err(Denied::Disabled) }
}

fn by_person(
    identity: &Identity,
    connector: &Connector,
    grants: &[Grant],
    administrators_may_use_all: bool,
) -> Result<Allowed, Denied> {
    for grant in grants.iter().filter(|grant| grant.connector_id == connector.id) {
        if let Some(group) = identity.groups.iter().find(|group| group.group == grant.group) {
            return Ok(Allowed::Grant {
                id: grant.id.clone(),
                path: format!("{}:{}", group.group.directory, group.name),
            });
        }
    }
    if identity.administrator && administrators_may_use_all {
        Ok(Allowed::Administrator)
    } else {
        Err(Denied::NotGranted)
    }
}
