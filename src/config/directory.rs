//! `[[directory]]`: where people and groups come from.

use serde::Deserialize;

use super::{Crowd, Ldap};

/// `[[directory]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Directory {
    /// People and groups kept in Daypass's own database.
    Local {
        /// Its permanent name. Renaming it makes other people.
        name: String,
    },
    /// An LDAP server.
    Ldap(Box<Ldap>),
    /// An Atlassian Crowd server.
    Crowd(Box<Crowd>),
}

impl Directory {
    /// Its permanent name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Local { name } => name,
            Self::Ldap(ldap) => &ldap.name,
            Self::Crowd(crowd) => &crowd.name,
        }
    }
}
