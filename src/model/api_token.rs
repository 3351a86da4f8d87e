//! API tokens: how programs prove who they are.
//!
//! A personal token is its person, at most as far as its [`Scope`] goes and never further than they themselves at that moment.
//! A program's token is nobody but itself: it uses connectors of system scope, and somebody answers for it.

pub mod life;
pub mod networks;
mod scope;
mod text;

use chrono::{DateTime, TimeDelta, Utc};

use super::identity::GroupRef;
pub use scope::{Connectors, Part, Scope};
pub use text::{ALPHABET, PERSON_PREFIX, PROGRAM_PREFIX, RANDOM_LENGTH, find_in, from_random, hash};

/// How long a program's token goes on once the person who answers for it is gone and nobody adopts it.
pub const ORPHAN_LIFE: TimeDelta = TimeDelta::days(30);

/// An API token, as kept: its text only as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Our id of it (UUIDv7).
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Readable name, unique; of a program it is part of the session name that AWS sees.
    pub slug: String,
    /// Whose it is.
    pub holder: Holder,
    /// What it is for.
    pub scope: Scope,
    /// From where it is taken, as `192.0.2.0/24`; none: from everywhere.
    pub networks: Vec<ipnet::IpNet>,
    /// Who made it, as the log has them.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// From then on it is refused.
    pub expires_at: DateTime<Utc>,
    /// Refused since then.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Its last use, at most a minute behind.
    pub last_use: Option<LastUse>,
}

/// Whose a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person's own, by our id of them.
    Person(String),
    /// A program's.
    Program(Owner),
}

/// Who answers for a program's token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The person, by our id of them; nobody where it was made on the command line.
    pub responsible: Option<String>,
    /// The group whose members may look after it too, and its name.
    pub group: Option<(GroupRef, String)>,
    /// Since when the person is gone.
    pub orphaned_at: Option<DateTime<Utc>>,
}

/// When and from where a token was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// When.
    pub at: DateTime<Utc>,
    /// The address.
    pub address: String,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// Somebody revoked it.
    Revoked,
    /// Its time is over.
    Expired,
    /// Nobody has answered for it for [`ORPHAN_LIFE`].
    Orphaned,
}

impl Dead {
    /// The reason's word in the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Revoked => "token_revoked",
            Self::Expired => "token_expired",
            Self::Orphaned => "token_orphaned",
        }
    }
}

impl ApiToken {
    /// Why it is refused at `now`; `None`: it is live.
    #[must_use]
    pub fn dead(&self, now: DateTime<Utc>) -> Option<Dead> {
        if self.revoked_at.is_some() {
            return Some(Dead::Revoked);
        }
        if now >= self.expires_at {
            return Some(Dead::Expired);
        }
        (now >= self.ends_at()).then_some(Dead::Orphaned)
    }

    /// When it ends by itself.
    #[must_use]
    pub fn ends_at(&self) -> DateTime<Utc> {
        let orphaned = match &self.holder {
            Holder::Program(owner) => owner.orphaned_at.map(|at| at + ORPHAN_LIFE),
            Holder::Person(_) => None,
        };
        orphaned.map_or(self.expires_at, |at| at.min(self.expires_at))
    }

    /// Whether it may be used at `now`.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.dead(now).is_none()
    }

    /// Whether a person may look after it: it is theirs; or it is a program's and they answer for it, or are in its group.
    #[must_use]
    pub fn is_looked_after_by(&self, person: &str, groups: &[GroupRef]) -> bool {
        match &self.holder {
            Holder::Person(id) => id == person,
            Holder::Program(owner) => owner.responsible.as_deref() == Some(person) || self.is_of_group(groups),
        }
    }

    /// Whether it is a program's and its group is one of these.
    #[must_use]
    pub fn is_of_group(&self, groups: &[GroupRef]) -> bool {
        let Holder::Program(Owner { group: Some((group, _)), .. }) = &self.holder else { return false };
        groups.contains(group)
    }

    /// Whether nobody answers for it, of a program's.
    #[must_use]
    pub const fn is_orphan(&self) -> bool {
        matches!(&self.holder, Holder::Program(Owner { orphaned_at: Some(_), .. }))
    }

    /// Whether it is taken from this address; an address that cannot be read is in no network.
    #[must_use]
    pub fn is_taken_from(&self, address: &str) -> bool {
        networks::take(&self.networks, address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap_or_default()
    }

    fn token() -> ApiToken {
        ApiToken {
            id: "t".to_owned(),
            name: "t".to_owned(),
            slug: "t".to_owned(),
            holder: Holder::Program(Owner::default()),
            scope: Scope::default(),
            networks: Vec::new(),
            created_by: String::new(),
            created_at: at(0),
            expires_at: at(100),
            revoked_at: None,
            last_use: None,
        }
    }

    #[test]
    fn a_token_ends_with_its_time_or_when_it_is_revoked() {
        assert_eq!(token().dead(at(99)), None);
        assert_eq!(token().dead(at(100)), Some(Dead::Expired));
        assert_eq!(ApiToken { revoked_at: Some(at(50)), ..token() }.dead(at(10)), Some(Dead::Revoked));
    }

    #[test]
    fn an_orphan_goes_on_for_thirty_days_at_most() {
        let owner = Owner { orphaned_at: Some(at(0)), ..Owner::default() };
        let orphan = ApiToken { holder: Holder::Program(owner), expires_at: at(10_000_000), ..token() };
        let end = ORPHAN_LIFE.num_seconds();
        assert_eq!((orphan.dead(at(end - 1)), orphan.dead(at(end))), (None, Some(Dead::Orphaned)));
        assert_eq!(ApiToken { expires_at: at(5), ..orphan }.ends_at(), at(5));
    }

    #[test]
    fn networks_hold_both_families_and_mapped_addresses() {
        let networks = ["192.0.2.0/24", "2001:db8::/32"].map(|text| text.parse().unwrap()).to_vec();
        let bound = ApiToken { networks, ..token() };
        for inside in ["192.0.2.0", "192.0.2.255", "2001:db8::1", "::ffff:192.0.2.7"] {
            assert!(bound.is_taken_from(inside), "{inside}");
        }
        for outside in ["192.0.1.255", "192.0.3.0", "2001:db9::1", "", "192.0.2.1:80", "unix"] {
            assert!(!bound.is_taken_from(outside), "{outside}");
        }
        assert!(token().is_taken_from("") && token().is_taken_from("203.0.113.1"));
    }
}
