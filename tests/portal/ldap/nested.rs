//! Groups within groups of a real slapd, and groups of POSIX.

use std::collections::HashSet;

use daypass::clock::Clock;
use daypass::config::{GroupLookup, Ldap as Settings};
use daypass::directory::{Directory, Ldap};

use super::others::sorted;
use super::slapd::{Own, admin, try_sign_in};

fn nested(own: &Own, change: impl FnOnce(&mut Settings)) -> Directory {
    let mut settings = own.settings();
    settings.nested_groups = true;
    change(&mut settings);
    Directory::Ldap(Box::new(Ldap::new(settings, Clock::system()).unwrap()))
}

#[tokio::test]
async fn groups_are_followed_outwards_each_once_and_loops_end() {
    let own = Own::new("nested").await;
    let alice = own.person("nadia").await;
    let inner = own.group("inner (a*), b", &alice).await;
    let middle = own.group("middle", &inner).await;
    let outer = own.group("outer", &middle).await;
    let aside = own.group("aside", &inner).await;
    // Circles: of one, and of three.
    own.change(&inner, "member", &[&alice, &inner, &outer]).await;
    own.change(&outer, "member", &[&middle, &aside]).await;
    assert_eq!(sorted(&own.sign_in("nadia").await.unwrap().groups), ["inner (a*), b"], "off unless switched on");
    for lookup in [GroupLookup::Members, GroupLookup::MemberOf] {
        let directory = nested(&own, |settings| settings.group_lookup = lookup);
        let entry = try_sign_in(&directory, "nadia", "fake-password-nadia").await.unwrap();
        assert_eq!(sorted(&entry.groups), ["aside", "inner (a*), b", "middle", "outer"], "{lookup:?}");
        let mut paths = directory.memberships(&entry.external_id).await.unwrap().unwrap();
        paths.sort_by(|one, other| one.group.name.cmp(&other.group.name));
        let via: Vec<_> = paths.iter().map(|path| path.via.as_slice()).collect();
        let first = "inner (a*), b".to_owned();
        let second = via[3][1].clone();
        assert!(second == "middle" || second == "aside");
        let (direct, once, twice) = (vec![], vec![first.clone()], vec![first, second]);
        assert_eq!(via, [&once[..], &direct, &once, &twice], "{lookup:?}");
    }
}

#[tokio::test]
async fn a_group_far_out_is_reached_and_one_out_of_all_reason_refused() {
    let own = Own::new("deep").await;
    let mut member = own.person("derya").await;
    for depth in 0..31 {
        member = own.group(&format!("level {depth:02}"), &member).await;
    }
    let directory = nested(&own, |_| {});
    assert_eq!(directory.named("derya").await.unwrap().groups.len(), 31);
    for depth in 31..33 {
        member = own.group(&format!("level {depth:02}"), &member).await;
    }
    let error = directory.named("derya").await.unwrap_err().to_string();
    assert!(error.contains("groups are nested more than 32 levels deep"), "{error}");
}

#[tokio::test]
async fn a_member_of_a_group_of_fifty_thousand_is_in_it() {
    let own = Own::new("big").await;
    let dn = own.person("bianca").await;
    let base = dn.split_once(',').unwrap().1;
    let members: Vec<String> = (0..50_000).map(|number| format!("uid=person-{number},{base}")).collect();
    let mut attributes = vec![
        ("objectClass", HashSet::from(["groupOfNames"])),
        ("cn", HashSet::from(["everybody"])),
        ("member", members.iter().map(String::as_str).collect()),
    ];
    attributes[2].1.insert(&dn);
    let group = format!("cn=everybody,{base}");
    admin().await.add(&group, attributes).await.unwrap().success().unwrap();
    assert_eq!(sorted(&own.sign_in("bianca").await.unwrap().groups), ["everybody"]);
    assert_eq!(nested(&own, |_| {}).all_groups().await.unwrap()[0].detail, group);
}

#[tokio::test]
async fn members_by_name_and_the_first_group_by_number_count_in_posix_groups() {
    let own = Own::new("posix").await;
    let base = own.person("someone").await.split_once(',').unwrap().1.to_owned();
    let set = |values: &[&'static str]| values.iter().copied().collect::<HashSet<_>>();
    let mut admin = admin().await;
    let person = vec![
        ("objectClass", set(&["inetOrgPerson", "posixAccount"])),
        ("cn", set(&["Pia"])),
        ("sn", set(&["Pia"])),
        ("uid", set(&["pia"])),
        ("uidNumber", set(&["1000"])),
        ("gidNumber", set(&["2000"])),
        ("homeDirectory", set(&["/"])),
        ("userPassword", set(&["fake-password-pia"])),
    ];
    admin.add(&format!("uid=pia,{base}"), person).await.unwrap().success().unwrap();
    for (name, number, member) in [("first", "2000", "nobody"), ("second", "2001", "pia"), ("third", "2002", "pi*")] {
        let group = vec![
            ("objectClass", set(&["posixGroup"])),
            ("cn", set(&[name])),
            ("gidNumber", set(&[number])),
            ("memberUid", set(&[member])),
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
    let entry = try_sign_in(&directory, "pia", "fake-password-pia").await.unwrap();
    assert_eq!(sorted(&entry.groups), ["first", "second"]);
    assert_eq!(directory.look_up(&entry.external_id).await, Ok(Some(entry)));
}
