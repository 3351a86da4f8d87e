use super::*;
use crate::model::api_token::{Connectors, Holder, Owner, Scope};
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
        via: Via::Session,
    })
}

fn program(connector: &str) -> Actor {
    Actor::Program(token(Scope::of_connector(connector.to_owned())))
}

fn token(scope: Scope) -> ApiToken {
    let text = || "t".to_owned();
    ApiToken {
        id: text(),
        name: text(),
        slug: text(),
        holder: Holder::Program(Owner::default()),
        scope,
        networks: Vec::new(),
        created_by: String::new(),
        created_at: chrono::DateTime::UNIX_EPOCH,
        expires_at: chrono::DateTime::UNIX_EPOCH,
        revoked_at: None,
        last_use: None,
    }
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
fn a_person_by_a_token_may_no_more_than_both() {
    let ops = group("corp", "id-ops", "ops");
    let grants = [grant("g", OURS, &ops)];
    for bits in 0..8 {
        let [granted, covered, enabled] = [0, 1, 2].map(|bit| bits >> bit & 1 == 1);
        let groups = if granted { vec![ops.clone()] } else { Vec::new() };
        let Actor::Person(mut identity) = person(&groups, false, false) else { panic!("a person") };
        let id = if covered { OURS } else { "connector-2" };
        identity.via = Via::Token(Box::new(token(Scope::of_connector(id.to_owned()))));
        let decided = decide(&Actor::Person(identity), &connector(enabled, true), &grants, true);
        let expected = match (granted, covered, enabled) {
            // Whether a connector exists that is not theirs, the token's scope does not tell either.
            (false, _, _) => Err(Denied::NotGranted),
            (true, false, _) => Err(Denied::TokenScope),
            (true, true, false) => Err(Denied::Disabled),
            (true, true, true) => Ok(Allowed::Grant { id: "g".to_owned(), path: "corp:ops".to_owned() }),
        };
        assert_eq!(decided, expected);
    }
}

#[test]
fn every_part_over_roles_and_scopes() {
    for (part, ..) in Part::ALL {
        for bits in 0..8 {
            let [administrator, restricted, auditor] = [0, 1, 2].map(|bit| bits >> bit & 1 == 1);
            let Actor::Person(mut identity) = person(&[], administrator, auditor) else { panic!("a person") };
            identity.restricted = restricted;
            let by_role = match part.word() {
                "use" | "console" => true,
                "usage_log" => administrator || auditor,
                "admin:connectors" | "admin:grants" | "admin:policy_examples" => administrator || restricted,
                _ => administrator,
            };
            assert_eq!(Actor::Person(identity.clone()).may(part), by_role, "{part:?} {bits:03b}");
            for has in FLAGS {
                let parts = if has { [part].into() } else { Default::default() };
                let scope = Scope { parts, connectors: Connectors::All, access_key_id: None };
                identity.via = Via::Token(Box::new(token(scope.clone())));
                // A person's own token never carries keys and tokens, even where its scope says so.
                let own = by_role && has && !["admin:access_keys", "admin:tokens"].contains(&part.word());
                assert_eq!(Actor::Person(identity.clone()).may(part), own, "{part:?} {bits:03b}");
                assert_eq!(Actor::Program(token(scope)).may(part), has);
            }
        }
    }
}

#[test]
fn every_reason_has_a_word_of_its_own() {
    let grant = Allowed::Grant { id: String::new(), path: String::new() };
    let allowed = [grant, Allowed::Administrator, Allowed::SystemScope].map(|allowed| allowed.rule());
    assert_eq!(allowed, ["grant", "administrator", "system_scope"]);
    let denied = [Denied::NotGranted, Denied::Disabled, Denied::TokenScope, Denied::NoSystemScope].map(Denied::word);
    assert_eq!(denied, ["not_granted", "connector_disabled", "token_scope", "no_system_scope"]);
}
