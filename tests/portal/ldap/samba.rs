//! Active Directory, as Samba has it: `tests/peers/samba.ldif` tells who is who.

use std::collections::BTreeMap;
use std::sync::Mutex;

use daypass::config::GroupLookup;
use daypass::directory::SignInError;
use daypass::model::identity::Attribute;
use secrecy::SecretString;

use super::others::{SAMBA, sorted};
use super::slapd::try_sign_in;

/// A person of one test alone: the DN and the name to sign in with; the password is `fake-password-own`.
fn own_person() -> (String, String) {
    let id = daypass::random::id();
    // Twenty characters are the most.
    let name = format!("own-{}", id.chars().filter(char::is_ascii_alphanumeric).rev().take(12).collect::<String>());
    let dn = format!("CN={name},OU=Accounts,{}", SAMBA.suffix);
    let password: Vec<u8> = "\"fake-password-own\"".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let password = data_encoding::BASE64.encode(&password);
    SAMBA.change(&format!(
        "dn: {dn}\nchangetype: add\nobjectClass: user\nsAMAccountName: {name}\nuserAccountControl: 512\n\
             unicodePwd:: {password}\n"
    ));
    (dn, name)
}

fn set(dn: &str, attribute: &str, value: &str) {
    SAMBA.change(&format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n"));
}

#[tokio::test]
async fn somebody_signs_in_by_either_name_and_is_one_person() {
    let attributes = BTreeMap::from([("department".to_owned(), "department".to_owned())]);
    let directory = SAMBA.directory(|settings| settings.attributes = attributes);
    let entry = try_sign_in(&directory, "alice", "fake-password-alice").await.unwrap();
    assert_eq!((entry.user_name.as_str(), entry.display_name.as_str()), ("alice", "Alice Archer"));
    assert_eq!((entry.mail.as_str(), entry.active), ("alice@example.test", true));
    assert_eq!(entry.attributes["department"], Attribute::Value("Payments".to_owned()));
    // The objectGUID.
    assert!(entry.external_id.len() == 32 && entry.external_id.chars().all(|c| c.is_ascii_hexdigit()));
    for name in ["alice.archer@example.test", "ALICE", "Alice.Archer@Example.Test"] {
        assert_eq!(try_sign_in(&directory, name, "fake-password-alice").await.as_ref(), Ok(&entry), "{name}");
        let asked = Mutex::new(Vec::new());
        let gate = |id: Option<&str>| {
            asked.lock().unwrap().push(id.map(str::to_owned));
            false
        };
        let refused = directory.authenticate(name, &SecretString::from("x"), &gate).await;
        assert_eq!(refused, Err(SignInError::Throttled));
        assert_eq!(asked.into_inner().unwrap(), [Some(entry.external_id.clone())], "wrong passwords count as one's");
    }
    assert_eq!(directory.look_up(&entry.external_id).await, Ok(Some(entry)));
    for (name, password, expected) in [
        ("alice", "fake-password-bob", SignInError::WrongPassword),
        ("alice", "", SignInError::WrongPassword),
        ("nobody", "x", SignInError::Unknown),
        ("al*", "fake-password-alice", SignInError::Unknown),
        // A machine is no person.
        ("DC1$", "x", SignInError::Unknown),
    ] {
        assert_eq!(try_sign_in(&directory, name, password).await, Err(expected), "{name} {password}");
    }
}

#[tokio::test]
async fn groups_nested_circular_and_primary_are_the_same_by_each_way_of_looking() {
    for lookup in [GroupLookup::TokenGroups, GroupLookup::InChain, GroupLookup::Members, GroupLookup::MemberOf] {
        let directory = SAMBA.directory(|settings| settings.group_lookup = lookup);
        let alice = directory.named("alice").await.unwrap();
        let expected = ["Domain Users", "Users", "developers", "engineering", "everybody"];
        assert_eq!(sorted(&alice.groups), expected, "{lookup:?}");
        // The comma and the parentheses of the DN, and a primary group of their own below.
        let bob = directory.named("bob").await.unwrap();
        assert_eq!(sorted(&bob.groups), ["Domain Users", "Users", "night shift", "operations"], "{lookup:?}");
    }
    let direct = SAMBA.directory(|settings| {
        settings.nested_groups = false;
        settings.group_lookup = GroupLookup::Members;
    });
    assert_eq!(sorted(&direct.named("alice").await.unwrap().groups), ["Domain Users", "developers"]);
}

#[tokio::test]
async fn a_primary_group_counts_although_it_lists_no_member() {
    let (dn, name) = own_person();
    let group = format!("CN={name}-first,OU=Teams,{}", SAMBA.suffix);
    SAMBA.change(&format!(
        "dn: {group}\nchangetype: add\nobjectClass: group\nsAMAccountName: {name}-first\nmember: {dn}\n\n\
             dn: CN={name}-around,OU=Teams,{}\nchangetype: add\nobjectClass: group\n\
             sAMAccountName: {name}-around\nmember: {group}\n",
        SAMBA.suffix
    ));
    let teams = |lookup| {
        SAMBA.directory(|settings| {
            settings.group_base = format!("OU=Teams,{}", SAMBA.suffix);
            settings.group_lookup = lookup;
        })
    };
    let found = teams(GroupLookup::TokenGroups);
    let first = found.groups_named(&format!("{name}-first")).await.unwrap().remove(0);
    set(&dn, "primaryGroupID", &relative_id(&first.detail));
    for lookup in [GroupLookup::TokenGroups, GroupLookup::InChain, GroupLookup::Members, GroupLookup::MemberOf] {
        let entry = teams(lookup).named(&name).await.unwrap();
        assert_eq!(sorted(&entry.groups), [format!("{name}-around"), format!("{name}-first")], "{lookup:?}");
    }
}

/// The last part of a group's SID, as `ldapsearch` prints it.
fn relative_id(dn: &str) -> String {
    let mut command = SAMBA.program("ldapsearch");
    let output = command.args(["-LLL", "-o", "ldif-wrap=no", "-s", "base", "-b", dn, "objectSid"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let sid = text.lines().find_map(|line| line.strip_prefix("objectSid:: ")).unwrap();
    let sid = data_encoding::BASE64.decode(sid.as_bytes()).unwrap();
    u32::from_le_bytes(sid[sid.len() - 4..].try_into().unwrap()).to_string()
}

#[tokio::test]
async fn the_way_to_each_group_is_known() {
    let directory = SAMBA.directory(|settings| settings.group_base = format!("OU=Teams,{}", SAMBA.suffix));
    let alice = directory.named("alice").await.unwrap();
    let paths = directory.memberships(&alice.external_id).await.unwrap().unwrap();
    let paths: Vec<_> = paths.iter().map(|path| (path.group.name.as_str(), path.via.join(" > "))).collect();
    let way = |text: &str| text.to_owned();
    assert_eq!(
        paths,
        [("developers", way("")), ("engineering", way("developers")), ("everybody", way("developers > engineering"))]
    );
    assert_eq!(directory.memberships("00").await, Ok(None));
}

#[tokio::test]
async fn accounts_that_are_disabled_expired_or_locked_are_known_but_not_let_in() {
    for (attribute, closed, open) in [
        ("userAccountControl", "514", "512"),
        ("accountExpires", "116444736000000000", "0"),
        // The password has to be changed.
        ("pwdLastSet", "0", "-1"),
    ] {
        let (dn, name) = own_person();
        let id = SAMBA.sign_in(&name, "fake-password-own").await.unwrap().external_id;
        set(&dn, attribute, closed);
        let refused = SAMBA.sign_in(&name, "fake-password-own").await;
        assert_eq!(refused, Err(SignInError::Inactive), "{attribute}");
        let directory = SAMBA.directory(|_| {});
        assert!(!directory.look_up(&id).await.unwrap().unwrap().active, "{attribute}");
        set(&dn, attribute, open);
        assert!(directory.look_up(&id).await.unwrap().unwrap().active, "{attribute}");
        assert!(SAMBA.sign_in(&name, "fake-password-own").await.is_ok(), "{attribute}");
    }
    let (dn, name) = own_person();
    let id = SAMBA.sign_in(&name, "fake-password-own").await.unwrap().external_id;
    for _ in 0..5 {
        assert_eq!(SAMBA.sign_in(&name, "fake-wrong-password").await, Err(SignInError::WrongPassword));
    }
    assert_eq!(SAMBA.sign_in(&name, "fake-password-own").await, Err(SignInError::Inactive));
    assert!(!SAMBA.directory(|_| {}).look_up(&id).await.unwrap().unwrap().active);
    set(&dn, "lockoutTime", "0");
    assert!(SAMBA.sign_in(&name, "fake-password-own").await.is_ok());
}

#[tokio::test]
async fn a_renamed_person_stays_the_same() {
    let (dn, name) = own_person();
    let before = SAMBA.sign_in(&name, "fake-password-own").await.unwrap();
    let renamed = format!("r{}", name.trim_start_matches("own"));
    SAMBA.change(&format!(
        "dn: {dn}\nchangetype: modrdn\nnewrdn: CN={renamed}\ndeleteoldrdn: 1\n\n\
             dn: CN={renamed},OU=Accounts,{}\nchangetype: modify\nreplace: sAMAccountName\nsAMAccountName: {renamed}\n",
        SAMBA.suffix
    ));
    let after = SAMBA.sign_in(&renamed, "fake-password-own").await.unwrap();
    assert_eq!((after.external_id, after.user_name), (before.external_id, renamed));
    assert_eq!(SAMBA.sign_in(&name, "fake-password-own").await, Err(SignInError::Unknown));
}

#[tokio::test]
async fn each_base_is_a_directory_of_its_own() {
    let of = |unit: &str| SAMBA.directory(|settings| settings.user_base = format!("{unit},{}", SAMBA.suffix));
    assert!(try_sign_in(&of("OU=Accounts"), "alice", "fake-password-alice").await.is_ok());
    assert_eq!(try_sign_in(&of("CN=Users"), "alice", "fake-password-alice").await, Err(SignInError::Unknown));
    let admins = SAMBA.directory(|_| {}).groups_named("Domain Admins").await.unwrap();
    assert_eq!(sorted(&admins), ["Domain Admins"]);
    let all = SAMBA.directory(|_| {}).all_groups().await.unwrap();
    assert!(all.contains(&admins[0]) && all.len() > 30);
    assert_eq!(SAMBA.directory(|_| {}).group(&admins[0].group.id).await, Ok(Some(admins[0].clone())));
}

#[tokio::test]
async fn plain_is_refused_by_the_server_and_starttls_taken() {
    let plain = |start_tls: bool| {
        SAMBA.directory(|settings| {
            settings.url = SAMBA.variable("PLAIN_URL");
            (settings.start_tls, settings.insecure_plain) = (start_tls, !start_tls);
        })
    };
    assert!(try_sign_in(&plain(true), "alice", "fake-password-alice").await.is_ok());
    let refused = plain(false).find_groups("x").await.unwrap_err();
    assert!(refused.cause.contains("8 (strongerAuthRequired)"), "{}", refused.cause);
}
