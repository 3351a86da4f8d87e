//! The one decision: may this actor use this connector, and why.
//!
//! The portal, the API, the console link and every list call [`decide`]; nothing else decides.

use super::api_token::ApiToken;
use super::connector::Connector;
use super::grant::Grant;
use super::identity::Identity;
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
        Actor::Person(identity) => by_person(identity, connector, grants, administrators_may_use_all)?,
        Actor::Program(token) if token.connector_id() != Some(connector.id()) => return Err(Denied::TokenScope),
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
mod tests {
    use super::*;
    use crate::model::api_token::TokenScope;
    use crate::model::identity::{Group, GroupRef, Person};
    use crate::model::partition::Partition;
    use crate::model::principal::Principal;

    const OURS: &str = "connector-1";

    fn connector(enabled: bool, system_scope: bool) -> Connector {
        let text = |text: &str| text.to_owned();
        Connector {
            id: text(OURS),
            slug: text("one"),
            name: text("One"),
            description: String::new(),
            access_key_id: text("key"),
            partition: Partition::ALL[0],
            account_id: None,
            principal: Principal::IamUser,
            duration: None,
            region: None,
            console_start: String::new(),
            system_scope,
            enabled,
            open_without_asking: false,
            registry_tokens_outlive: false,
            version: 1,
            updated_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn group(directory: &str, id: &str, name: &str) -> Group {
        let group = GroupRef { directory: directory.to_owned(), id: id.to_owned() };
        Group { group, name: name.to_owned(), detail: String::new() }
    }

    fn grant(id: &str, connector: &str, group: &Group) -> Grant {
        Grant {
            id: id.to_owned(),
            connector_id: connector.to_owned(),
            group: group.group.clone(),
            group_name: group.name.clone(),
            group_detail: String::new(),
            created_by: String::new(),
            created_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn person(groups: &[Group], administrator: bool, auditor: bool) -> Actor {
        let text = |text: &str| text.to_owned();
        let person = Person {
            id: text("p"),
            directory: text("corp"),
            external_id: text("p"),
            user_name: text("p"),
            display_name: text("p"),
            mail: String::new(),
            session_name: text("p"),
            federated_name: text("p"),
        };
        Actor::Person(Identity {
            person,
            groups: groups.to_vec(),
            attributes: Default::default(),
            administrator,
            restricted: false,
            auditor,
        })
    }

    fn program(connector: &str) -> Actor {
        Actor::Program(ApiToken {
            id: "t".to_owned(),
            name: "t".to_owned(),
            slug: "t".to_owned(),
            scope: TokenScope::Connector(connector.to_owned()),
            expires_at: chrono::DateTime::UNIX_EPOCH,
            revoked_at: None,
        })
    }

    /// Every subset of `all`.
    fn subsets<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
        let chosen = |bits: usize| (0..all.len()).filter(move |at| bits >> at & 1 == 1).map(|at| all[at].clone());
        (0..1 << all.len()).map(|bits| chosen(bits).collect()).collect()
    }

    const FLAGS: [bool; 2] = [false, true];

    #[test]
    fn people_over_all_combinations() {
        // The granted group; others that only look like it: same name and id elsewhere, same name, same directory.
        let ops = group("corp", "id-ops", "ops");
        let groups =
            [ops.clone(), group("local", "id-ops", "ops"), group("corp", "id-2", "ops"), group("corp", "ops", "x")];
        // Grants of the group, of one nobody is in, and of the same group to another connector.
        let nobodys = group("corp", "id-nobody", "nobody");
        let grants = [grant("g0", "connector-2", &ops), grant("g1", OURS, &nobodys), grant("g2", OURS, &ops)];
        let mut counted = [0; 4];
        for groups in subsets(&groups) {
            for grants in subsets(&grants) {
                for bits in 0..16 {
                    let flag = |bit: u32| bits >> bit & 1 == 1;
                    let (administrator, auditor, all, enabled) = (flag(0), flag(1), flag(2), flag(3));
                    let granted = groups.contains(&ops) && grants.iter().any(|grant| grant.id == "g2");
                    let (at, expected) = match (granted, administrator && all, enabled) {
                        (false, false, _) => (0, Err(Denied::NotGranted)),
                        (_, _, false) => (1, Err(Denied::Disabled)),
                        (true, _, true) => (2, Ok(Allowed::Grant { id: "g2".to_owned(), path: "corp:ops".to_owned() })),
                        (false, true, true) => (3, Ok(Allowed::Administrator)),
                    };
                    counted[at] += 1;
                    // Whether programs may use it means nothing for people.
                    for system_scope in FLAGS {
                        let actor = person(&groups, administrator, auditor);
                        let decided = decide(&actor, &connector(enabled, system_scope), &grants, all);
                        assert_eq!(decided, expected, "{groups:?} {grants:?} {bits:04b}");
                    }
                }
            }
        }
        assert!(counted.iter().all(|count| *count > 100), "{counted:?}");
    }

    #[test]
    fn programs_over_all_combinations() {
        let grants = [grant("g", OURS, &group("corp", "id-ops", "ops"))];
        for bits in 0..16 {
            let [bound, system_scope, enabled, all] = [0, 1, 2, 3].map(|bit| bits >> bit & 1 == 1);
            let expected = match (bound, system_scope, enabled) {
                (false, _, _) => Err(Denied::TokenScope),
                (true, false, _) => Err(Denied::NoSystemScope),
                (true, true, false) => Err(Denied::Disabled),
                (true, true, true) => Ok(Allowed::SystemScope),
            };
            let actor = program(if bound { OURS } else { "connector-2" });
            for grants in [&[][..], &grants] {
                assert_eq!(decide(&actor, &connector(enabled, system_scope), grants, all), expected);
            }
        }
    }

    #[test]
    fn every_reason_has_a_word_of_its_own() {
        let grant = Allowed::Grant { id: String::new(), path: String::new() };
        let allowed = [grant, Allowed::Administrator, Allowed::SystemScope].map(|allowed| allowed.rule());
        assert_eq!(allowed, ["grant", "administrator", "system_scope"]);
        let denied =
            [Denied::NotGranted, Denied::Disabled, Denied::TokenScope, Denied::NoSystemScope].map(Denied::word);
        assert_eq!(denied, ["not_granted", "connector_disabled", "token_scope", "no_system_scope"]);
    }
}
