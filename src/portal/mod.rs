//! What the portal does: checks the right, does it, writes it down. One file for each noun.
//!
//! Use cases have one shape: `async fn verb(app, who, …) -> Result<T, PortalError>`. Every change of state gives its
//! events to the writer, which commits both together. [`use_connector`] is the only way to credentials.

pub mod access_keys;
pub mod accounts;
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
pub mod paging;
pub mod people;
pub mod permissions;
pub mod policy_check;
pub mod policy_examples;
pub mod reach;
pub mod refusals;
pub mod role_groups;
pub mod rotation;
pub mod setup;
pub mod sign_in;
pub mod source;
pub mod system;
pub mod test_connector;
pub mod tokens;
pub mod usage_log;
pub mod use_connector;
pub mod users;

pub use error::PortalError;

use crate::model::access::Actor;
use crate::model::event::Origin;
use crate::model::identity::Identity;

/// Who does something, and from where.
#[derive(Clone, Debug)]
pub struct Who {
    /// The person, as of this request.
    pub identity: Identity,
    /// Where the request came from.
    pub origin: Origin,
}

impl Who {
    /// As the actor of a decision or an event.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Person(self.identity.clone())
    }

    /// Whether they administer.
    ///
    /// # Errors
    /// [`PortalError::Forbidden`] where they do not. The web layer has checked it already; this holds for every caller.
    pub const fn administrator(&self) -> Result<(), PortalError> {
        if self.identity.administrator { Ok(()) } else { Err(PortalError::Forbidden) }
    }

    /// Whether they may read the usage log.
    ///
    /// # Errors
    /// [`PortalError::Forbidden`] where they may not.
    pub const fn auditor(&self) -> Result<(), PortalError> {
        if self.identity.auditor || self.identity.administrator { Ok(()) } else { Err(PortalError::Forbidden) }
    }
}
