//! How many people are in groups, of a real slapd and a real Samba: the same people whom sign-in finds in them.

use std::collections::HashSet;

use daypass::clock::Clock;
use daypass::config::{GroupLookup, Ldap as Settings};
use daypass::directory::{Directory, Headcount, Ldap, MOST_PEOPLE};

use super::others::SAMBA;
use super::slapd::{Own, admin};

fn directory(own: &Own, change: impl FnOnce(&mut Settings)) -> Directory {
    let mut settings = own.settings();
    change(&mut settings);
    Directory::Ldap(Box::new(Ldap::new(settings, Clock::system()).unwrap()))
}

async fn count(directory: &Directory, groups: &[&str]) -> Headcount {
    let mut ids = Vec::new();
    for group in groups {
        ids.push(directory.groups_named(group).await.unwrap().remove(0).group.id);
    }
    directory.people_in(&ids).await.unwrap()
}

const fn people(people: usize) -> Headcount {
    Headcount { people, more: false }
}

#[tokio::test]
async fn people_of_groups_within_count_once_and_only_where_the_directory_nests() {
    let own = Own::new("heads").await;
    let (anna, ben, cleo, dan) =
        (own.person("anna").await, own.person("ben").await, own.person("cleo").await, own.person("dan").await);
    let inner = own.group("inner (a*), b", &anna).await;
    own.change(&inner, "member", &[&anna, &ben]).await;
    let outer = own.group("outer", &inner).await;
    own.change(&outer, "member", &[&inner, &cleo, &ben]).await;
    // A circle, a member that is gone, and one that is nobody.
    own.change(&inner, "member", &[&anna, &ben, &outer, "cn=nobody,dc=elsewhere"]).await;
    own.group("aside", &dan).await;
    own.change(&dan, "pwdAccountLockedTime", &["000001010000Z"]).await;
    for lookup in [GroupLookup::Members, GroupLookup::MemberOf] {
        let nested = directory(&own, |settings| (settings.group_lookup, settings.nested_groups) = (lookup, true));
        assert_eq!(count(&nested, &["outer"]).await, people(3), "{lookup:?}");
        assert_eq!(count(&nested, &["inner (a*), b"]).await, people(3), "{lookup:?}");
        assert_eq!(count(&nested, &["outer", "inner (a*), b", "aside"]).await, people(3), "{lookup:?}");
        assert_eq!(count(&nested, &["aside"]).await, people(0), "{lookup:?}: a closed account");
        // As sign-in sees it.
        for name in ["anna", "ben", "cleo"] {
            assert!(nested.named(name).await.unwrap().groups.iter().any(|group| group.name == "outer"), "{name}");
        }
        let flat = directory(&own, |settings| settings.group_lookup = lookup);
        assert_eq!(count(&flat, &["outer"]).await, people(2), "{lookup:?}");
        assert_eq!(count(&flat, &["outer", "inner (a*), b"]).await, people(3), "{lookup:?}");
    }
    let gone = directory(&own, |_| {}).people_in(&["00000000-0000-0000-0000-000000000000".to_owned()]).await;
    assert_eq!(gone, Ok(people(0)));
    assert_eq!(directory(&own, |_| {}).people_in(&[]).await, Ok(people(0)));
}

#[tokio::test]
async fn of_a_group_of_fifty_thousand_those_count_who_are_there() {
    let own = Own::new("heads-big").await;
    let dn = own.person("bianca").await;
    let base = dn.split_once(',').unwrap().1;
    let mut admin = admin().await;
    // More than are read one by one, and more than one page of the server's.
    for number in 0..600 {
        let name = format!("person-{number}");
        let set = |value: &str| HashSet::from([value.to_owned()]);
        let person = vec![
            ("objectClass".to_owned(), set("inetOrgPerson")),
            ("cn".to_owned(), set(&name)),
            ("sn".to_owned(), set(&name)),
        ];
        admin.add(&format!("uid={name},{base}"), person).await.unwrap().success().unwrap();
    }
    let members: Vec<String> = (0..50_000).map(|number| format!("uid=person-{number},{base}")).collect();
    let group = vec![
        ("objectClass", HashSet::from(["groupOfNames"])),
        ("cn", HashSet::from(["everybody"])),
        ("member", members.iter().map(String::as_str).collect()),
    ];
    admin.add(&format!("cn=everybody,{base}"), group).await.unwrap().success().unwrap();
    let small = own.group("small", &dn).await;
    own.change(&small, "member", &[&dn, &members[3]]).await;
    own.group("around", &format!("cn=everybody,{base}")).await;
    assert_eq!(count(&directory(&own, |_| {}), &["everybody"]).await, people(600));
    assert_eq!(count(&directory(&own, |_| {}), &["everybody", "small"]).await, people(601));
    // The members may be groups as well, among which one lists many.
    let nested = directory(&own, |settings| settings.nested_groups = true);
    assert_eq!(count(&nested, &["around"]).await, people(600));
}

#[tokio::test]
async fn beyond_ten_thousand_nobody_is_counted() {
    let own = Own::new("heads-many").await;
    let dn = own.person("marta").await;
    let base = dn.split_once(',').unwrap().1.to_owned();
    let most = MOST_PEOPLE + 1;
    let names: Vec<String> = (0..most).map(|number| format!("m-{number}")).collect();
    let members: Vec<String> = names.iter().map(|name| format!("uid={name},{base}")).collect();
    // Eight at a time, so that it does not take for ever.
    let add = |names: Vec<String>, base: String| async move {
        let mut admin = admin().await;
        for name in names {
            let set = |value: &str| HashSet::from([value.to_owned()]);
            let person = vec![
                ("objectClass".to_owned(), set("inetOrgPerson")),
                ("cn".to_owned(), set(&name)),
                ("sn".to_owned(), set(&name)),
            ];
            admin.add(&format!("uid={name},{base}"), person).await.unwrap().success().unwrap();
        }
    };
    let parts = names.chunks(most.div_ceil(8)).map(|part| add(part.to_vec(), base.clone()));
    futures_util::future::join_all(parts).await;
    let group = |name: &str, members: &[String]| {
        let set = |value: &str| HashSet::from([value.to_owned()]);
        vec![
            ("objectClass".to_owned(), set("groupOfNames")),
            ("cn".to_owned(), set(name)),
            ("member".to_owned(), members.iter().cloned().collect()),
        ]
    };
    for (name, some) in [("all", &members[..]), ("but one", &members[1..])] {
        admin().await.add(&format!("cn={name},{base}"), group(name, some)).await.unwrap().success().unwrap();
    }
    for lookup in [GroupLookup::Members, GroupLookup::MemberOf] {
        let directory = directory(&own, |settings| settings.group_lookup = lookup);
        assert_eq!(count(&directory, &["all"]).await, Headcount { people: MOST_PEOPLE, more: true }, "{lookup:?}");
        assert_eq!(count(&directory, &["but one"]).await, people(MOST_PEOPLE), "{lookup:?}");
    }
}

#[tokio::test]
async fn members_by_name_and_by_their_first_group_count() {
    let own = Own::new("heads-posix").await;
    let base = own.person("someone").await.split_once(',').unwrap().1.to_owned();
    let set = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<HashSet<String>>();
    let mut admin = admin().await;
    for (name, first) in [("pia", "2000"), ("paul", "2000"), ("petra", "2001")] {
        let person = vec![
            ("objectClass".to_owned(), set(&["inetOrgPerson", "posixAccount"])),
            ("cn".to_owned(), set(&[name])),
            ("sn".to_owned(), set(&[name])),
            ("uid".to_owned(), set(&[name])),
            ("uidNumber".to_owned(), set(&["1000"])),
            ("gidNumber".to_owned(), set(&[first])),
            ("homeDirectory".to_owned(), set(&["/"])),
        ];
        admin.add(&format!("uid={name},{base}"), person).await.unwrap().success().unwrap();
    }
    for (name, number, members) in
        [("first", "2000", &["nobody"][..]), ("second", "2001", &["pia", "nobody", "PAUL"]), ("third", "2002", &["p*"])]
    {
        let group = vec![
            ("objectClass".to_owned(), set(&["posixGroup"])),
            ("cn".to_owned(), set(&[name])),
            ("gidNumber".to_owned(), set(&[number])),
            ("memberUid".to_owned(), set(members)),
        ];
        admin.add(&format!("cn={name},{base}"), group).await.unwrap().success().unwrap();
    }
    let settings = own.settings();
    let text = format!(
        "name = 'corp'\nschema = 'rfc2307'\nurl = '{}'\nca_file = '{}'\nbind_dn = '{}'\nuser_base = '{base}'\n\
         group_base = '{base}'\n",
        settings.url,
        settings.ca_file.as_ref().unwrap().display(),
        settings.bind_dn,
    );
    let posix = Settings { bind_password: settings.bind_password, ..toml::from_str(&text).unwrap() };
    let directory = Directory::Ldap(Box::new(Ldap::new(posix, Clock::system()).unwrap()));
    assert_eq!(count(&directory, &["first"]).await, people(2));
    // petra by her first group, pia by name; names are told apart by capitals here (RFC 2307, memberUid).
    assert_eq!(count(&directory, &["second"]).await, people(2));
    assert_eq!(count(&directory, &["third"]).await, people(0));
    assert_eq!(count(&directory, &["first", "second"]).await, people(3));
    // Each as sign-in sees them.
    for (name, groups) in [("pia", 2), ("paul", 1), ("petra", 1)] {
        assert_eq!(directory.named(name).await.unwrap().groups.len(), groups, "{name}");
    }
}

#[tokio::test]
async fn active_directory_counts_by_each_way_of_looking() {
    for lookup in [GroupLookup::TokenGroups, GroupLookup::InChain, GroupLookup::Members, GroupLookup::MemberOf] {
        let directory = SAMBA.directory(|settings| settings.group_lookup = lookup);
        // developers, engineering and everybody lie in a circle.
        for group in ["developers", "engineering", "everybody"] {
            assert_eq!(count(&directory, &[group]).await, people(1), "{lookup:?} {group}");
        }
        assert_eq!(count(&directory, &["operations", "night shift"]).await, people(1), "{lookup:?}");
        assert_eq!(count(&directory, &["operations", "everybody"]).await, people(2), "{lookup:?}");
        // Everybody's first group, and the group that it lies in.
        let (first, around) = (count(&directory, &["Domain Users"]).await, count(&directory, &["Users"]).await);
        assert!(first.people >= 2 && around.people >= first.people, "{lookup:?} {first:?} {around:?}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_counts_nobody() {
    let own = Own::new("heads-silent").await;
    let silent = directory(&own, |settings| "ldaps://127.0.0.1:1".clone_into(&mut settings.url));
    let error = silent.people_in(&["x".to_owned()]).await.unwrap_err();
    assert!(error.cause.contains("Connection refused"), "{}", error.cause);
}
