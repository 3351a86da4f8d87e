//! What the portal does: checks the right, does it, writes it down. One file for each noun.
//!
//! Use cases have one shape: `async fn verb(app, who, …) -> Result<T, PortalError>`. Every change of state gives its
//! events to the writer, which commits both together. [`use_connector`] is the only way to credentials.

pub mod access_keys;
pub mod accounts;
pub mod basic;
pub mod connectors;
pub mod deleted;
pub mod directories;
pub mod doctor;
mod error;
pub mod identify;
pub mod instance;
pub mod keyring;
pub mod local_people;
pub mod my_access;
pub mod once;
pub mod paging;
pub mod people;
pub mod permissions;
pub mod policy_check;
pub mod policy_examples;
pub mod prove;
pub mod reach;
pub mod refusals;
pub mod role_groups;
pub mod rotation;
pub mod setup;
pub mod sign_in;
pub mod source;
pub mod sso;
pub mod system;
pub mod test_connector;
pub mod tokens;
pub mod usage_log;
pub mod use_connector;
pub mod users;

pub use error::PortalError;

use crate::app::standing::AsOf;
use crate::model::access::Actor;
use crate::model::api_token::Part;
use crate::model::event::Origin;
use crate::model::identity::{Identity, Role, Via};

/// Who does something, and from where.
#[derive(Clone, Debug)]
pub struct Who {
    /// The person or program, as of this request.
    pub actor: Actor,
    /// Where the request came from.
    pub origin: Origin,
    /// As of which number of [`crate::store::generations::Generation::Uses`] a token was found, for the decision of the same request
    /// alone.
    pub as_of: Option<AsOf>,
}

impl Who {
    /// A person.
    #[must_use]
    pub const fn person(identity: Identity, origin: Origin) -> Self {
        Self { actor: Actor::Person(identity), origin, as_of: None }
    }

    /// As the actor of a decision or an event.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.actor.clone()
    }

    /// Their name in the log.
    #[must_use]
    pub fn name(&self) -> &str {
        self.actor.name()
    }

    /// The person.
    ///
    /// # Errors
    /// [`PortalError::Forbidden`] where it is a program: what is for people alone.
    pub const fn identity(&self) -> Result<&Identity, PortalError> {
        match &self.actor {
            Actor::Person(identity) => Ok(identity),
            Actor::Program(_) => Err(PortalError::Forbidden),
        }
    }

    /// The person, where they signed in with a browser: what no token does, whatever its scope.
    ///
    /// # Errors
    /// [`PortalError::Forbidden`] where they came otherwise, or it is a program.
    pub const fn in_person(&self) -> Result<&Identity, PortalError> {
        match &self.actor {
            Actor::Person(identity) if matches!(identity.via, Via::Session) => Ok(identity),
            Actor::Person(_) | Actor::Program(_) => Err(PortalError::Forbidden),
        }
    }

    /// Whether a part of the API is theirs, with all that pages do of it.
    ///
    /// # Errors
    /// [`PortalError::Forbidden`] where it is not. The web layer has checked it already; this holds for every caller.
    pub fn may(&self, part: Part) -> Result<(), PortalError> {
        if self.actor.may(part) { Ok(()) } else { Err(PortalError::Forbidden) }
    }

    /// Whether they administer, with the rights of somebody who signed in: what no token gives.
    ///
    /// # Errors
    /// [`PortalError::Forbidden`] where they do not.
    pub const fn administrator(&self) -> Result<(), PortalError> {
        match &self.actor {
            Actor::Person(Identity { administrator: true, via: Via::Session, .. }) => Ok(()),
            Actor::Person(_) | Actor::Program(_) => Err(PortalError::Forbidden),
        }
    }

    /// Whether it is a person with a browser, who sees a form again where AWS is silent; programs are told that it is.
    #[must_use]
    pub const fn is_at_page(&self) -> bool {
        matches!(&self.actor, Actor::Person(Identity { via: Via::Session, .. }))
    }

    /// Whether it is a person who signed in and has the role.
    #[must_use]
    pub const fn has(&self, role: Role) -> bool {
        match &self.actor {
            Actor::Person(identity) => matches!(identity.via, Via::Session) && identity.has(role),
            Actor::Program(_) => false,
        }
    }
}
