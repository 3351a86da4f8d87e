//! The one decision: may this actor use this connector, and why.
//!
//! The portal, the API, the console link and every list call [`decide`]; nothing else decides.

use super::api_token::{ApiToken, Part};
use super::connector::Connector;
use super::grant::Grant;
use super::identity::{Identity, Role, Via};
use super::summary::Summary;

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

    /// The token they came with, if they did.
    #[must_use]
    pub fn token(&self) -> Option<&ApiToken> {
        match self {
            Self::Person(identity) => identity.token(),
            Self::Program(token) => Some(token),
        }
    }

    /// What the log says of how they showed who they are, apart from people's sessions and programs' tokens.
    #[must_use]
    pub const fn via(&self) -> Option<&'static str> {
        match self {
            Self::Person(Identity { via: Via::Token(_), .. }) => Some("token"),
            Self::Person(Identity { via: Via::Basic, .. }) => Some("basic"),
            Self::Person(_) | Self::Program(_) => None,
        }
    }

    /// Whether a part of the API is theirs: a person's by role, and where they came with a token only as far as that goes; a
    /// program's by its token alone.
    #[must_use]
    pub fn may(&self, part: Part) -> bool {
        if self.token().is_some_and(|token| !token.scope.has(part)) {
            return false;
        }
        let Self::Person(identity) = self else { return true };
        // Whatever stands in its scope: somebody may have written it into the database.
        if identity.token().is_some() && !part.is_for_people() {
            return false;
        }
        match part {
            Part::Use | Part::Console => true,
            Part::UsageLog => identity.has(Role::Auditor),
            Part::Connectors | Part::Grants | Part::PolicyExamples => identity.has(Role::Restricted),
            Part::AccessKeys | Part::Accounts | Part::Tokens => identity.has(Role::Administrator),
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
    /// They are a restricted administrator, and the connector lies inside its access key's envelope: for trials alone.
    Envelope,
}

impl Allowed {
    /// The rule's word in the log.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Grant { .. } => "grant",
            Self::Administrator => "administrator",
            Self::SystemScope => "system_scope",
            Self::Envelope => "envelope",
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
    /// The token is not for this connector, or not for what was asked of it.
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

/// What the decision has to know of a connector.
pub trait Usable {
    /// Our id of it.
    fn id(&self) -> &str;
    /// Whether it issues anything.
    fn enabled(&self) -> bool;
    /// Whether a program's token may use it.
    fn system_scope(&self) -> bool;
}

impl Usable for Connector {
    fn id(&self) -> &str {
        &self.id
    }

    fn enabled(&self) -> bool {
        self.enabled
    }

    fn system_scope(&self) -> bool {
        self.system_scope
    }
}

impl Usable for Summary {
    fn id(&self) -> &str {
        &self.id
    }

    fn enabled(&self) -> bool {
        self.enabled
    }

    fn system_scope(&self) -> bool {
        self.system_scope
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
    connector: &impl Usable,
    grants: &[Grant],
    administrators_may_use_all: bool,
) -> Result<Allowed, Denied> {
    let allowed = match actor {
        Actor::Person(identity) => {
            let allowed = by_person(identity, connector, grants, administrators_may_use_all)?;
            if identity.token().is_some_and(|token| !token.scope.covers(connector.id())) {
                return Err(Denied::TokenScope);
            }
            allowed
        }
        Actor::Program(token) if !token.scope.covers(connector.id()) => return Err(Denied::TokenScope),
        Actor::Program(_) if !connector.system_scope() => return Err(Denied::NoSystemScope),
        Actor::Program(_) => Allowed::SystemScope,
    };
    if connector.enabled() { Ok(allowed) } else { Err(Denied::Disabled) }
}

fn by_person(
    identity: &Identity,
    connector: &impl Usable,
    grants: &[Grant],
    administrators_may_use_all: bool,
) -> Result<Allowed, Denied> {
    ways(identity, connector, grants, administrators_may_use_all).next().ok_or(Denied::NotGranted)
}

/// Every way in which a person may use `connector`, the one that counts first: each grant of a group of theirs, then the
/// administrator rule. [`decide`] takes the first; pages that explain show all.
pub fn ways<'a>(
    identity: &'a Identity,
    connector: &'a impl Usable,
    grants: &'a [Grant],
    administrators_may_use_all: bool,
) -> impl Iterator<Item = Allowed> + 'a {
    let of = |grant: &&Grant| grant.connector_id == connector.id();
    let way = |grant: &'a Grant| {
        let group = identity.groups.iter().find(|group| group.group == grant.group)?;
        Some(Allowed::Grant { id: grant.id.clone(), path: format!("{}:{}", group.group.directory, group.name) })
    };
    let administrator = identity.administrator && administrators_may_use_all;
    let granted = grants.iter().filter(move |grant| of(grant)).filter_map(way);
    granted.chain(administrator.then_some(Allowed::Administrator))
}

#[cfg(test)]
mod tests;
