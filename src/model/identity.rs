//! Who somebody is: people, their groups, and the names AWS sees.

use std::collections::BTreeMap;
use std::fmt;

use super::api_token::ApiToken;

/// A group of a directory, by the id that stays the same when the group is renamed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupRef {
    /// The directory's name in the configuration.
    pub directory: String,
    /// LDAP: entryUUID or its like, else the normalised DN. Crowd and local: the lower-cased name.
    pub id: String,
}

impl fmt::Display for GroupRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.directory, self.id)
    }
}

/// A group as a directory tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Which group it is.
    pub group: GroupRef,
    /// What people call it.
    pub name: String,
    /// What tells it from another of the same name: its DN, or the directory.
    pub detail: String,
}

/// What a directory knows of a person beside their names, by the names that the configuration gives it; what it does not
/// know is not there.
pub type Attributes = BTreeMap<String, Attribute>;

/// The key under which [`Attributes`] say that the user name is one of several, or was tidied up to be shown: then nothing is
/// filled in for it. No name of the configuration has a full stop.
pub const NAME: &str = ".name";
/// The same of the mail address.
pub const MAIL: &str = ".mail";
/// The same of the name for people.
pub const DISPLAY_NAME: &str = ".display_name";

/// What a directory says of one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Its value, in the directory's own spelling.
    Value(String),
    /// There are several values: none of them counts, since directories promise no order.
    Several,
    /// The value is no text, or has control characters.
    NotText,
}

/// A person as a directory tells of them, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The directory's name in the configuration.
    pub directory: String,
    /// The id that stays the same when the person is renamed.
    pub external_id: String,
    /// The name they sign in with, as the directory writes it.
    pub user_name: String,
    /// Their name for people; the user name where there is none.
    pub display_name: String,
    /// E-mail address, may be empty.
    pub mail: String,
    /// Whether the directory lets them in.
    pub active: bool,
    /// The groups they are in.
    pub groups: Vec<Group>,
    /// What else it knows of them.
    pub attributes: Attributes,
    /// The version of a local person, which goes up with each change, a new password among them; `None` of other
    /// directories.
    pub local_version: Option<i32>,
}

/// A person as Daypass keeps them: the directory's entry bound to the names that AWS sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Our id of them (UUIDv7).
    pub id: String,
    /// The directory they come from.
    pub directory: String,
    /// Their id there.
    pub external_id: String,
    /// The name they sign in with.
    pub user_name: String,
    /// Their name for people.
    pub display_name: String,
    /// E-mail address, may be empty.
    pub mail: String,
    /// The RoleSessionName and SourceIdentity that belong to them alone.
    pub session_name: String,
    /// The Name for GetFederationToken (at most 32 characters) that belongs to them alone.
    pub federated_name: String,
}

/// What somebody may do in Daypass, apart from using connectors. An enum, never free text (CVE-2025-5999).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything under `/admin`, and the usage log.
    Administrator,
    /// Connectors, grants and policy examples, inside the envelopes of access keys.
    Restricted,
    /// The usage log, everything of it.
    Auditor,
}

/// How somebody showed who they are.
#[derive(Clone, Debug, Default)]
pub enum Via {
    /// They signed in with a browser.
    #[default]
    Session,
    /// With one of their API tokens, which limits what they may.
    Token(Box<ApiToken>),
    /// With user name and password in this very request.
    Basic,
}

/// The person who asks, as of this request: who they are, their groups and roles.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who.
    pub person: Person,
    /// Their groups, at most as old as the membership cache.
    pub groups: Vec<Group>,
    /// What else the directory knows of them, of the same age.
    pub attributes: Attributes,
    /// May administer.
    pub administrator: bool,
    /// May administer connectors inside the envelopes of access keys.
    pub restricted: bool,
    /// May read the usage log.
    pub auditor: bool,
    /// How they showed it.
    pub via: Via,
}

impl Identity {
    /// Whether they hold `role`. An administrator may also do what restricted administrators may, and read the usage log.
    #[must_use]
    pub const fn has(&self, role: Role) -> bool {
        match role {
            Role::Administrator => self.administrator,
            Role::Restricted => self.restricted || self.administrator,
            Role::Auditor => self.auditor || self.administrator,
        }
    }

    /// Their token, where they came with one.
    #[must_use]
    pub fn token(&self) -> Option<&ApiToken> {
        match &self.via {
            Via::Token(token) => Some(token),
            Via::Session | Via::Basic => None,
        }
    }
}
