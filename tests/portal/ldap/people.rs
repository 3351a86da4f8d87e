//! People of a real slapd: `tests/peers/people.ldif` tells who is who.

use std::collections::HashSet;
use std::sync::Mutex;

use daypass::clock::Clock;
use daypass::directory::{Directory, Ldap, SignInError};
use ldap3::Mod;
use secrecy::SecretString;

use super::slapd::{LONG, Own, SUFFIX, admin, directory, group, names, person, sign_in, try_sign_in, uuid_of};

#[tokio::test]
async fn a_right_password_gives_the_person_and_their_groups_of_both_kinds() {
    let entry = sign_in("alice", "fake-password-alice").await.unwrap();
    assert_eq!((entry.directory.as_str(), entry.user_name.as_str()), ("corp", "alice"));
    assert_eq!((entry.display_name.as_str(), entry.mail.as_str()), ("Alice Archer", "alice@example.test"));
    assert!(entry.active);
    assert_eq!(entry.external_id, uuid_of(&person("alice")).await);
    assert_eq!(names(&entry.groups), ["aws-admins", "developers", "group with, comma", "release-managers"]);
    let admins = &entry.groups[0];
    assert_eq!(admins.group.directory, "corp");
    assert_eq!(admins.group.id, uuid_of(&group("aws-admins")).await);
    assert_eq!(admins.detail, "cn=aws-admins,ou=groups,dc=example,dc=test");
    assert_eq!(directory(|_| {}).look_up(&entry.external_id).await, Ok(Some(entry)));
}

#[tokio::test]
async fn a_wrong_or_empty_password_lets_nobody_in() {
    for wrong in ["fake-password-bob", "FAKE-PASSWORD-ALICE", "", "\0", "\0fake-password-alice", " ", "*"] {
        assert_eq!(sign_in("alice", wrong).await, Err(SignInError::WrongPassword), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_closed_gate_is_asked_with_the_stable_id_and_keeps_even_the_right_password_out() {
    let directory = directory(|_| {});
    let expected = uuid_of(&person("bob")).await;
    for (password, name) in [("fake-password-bob", "bob"), ("fake-password-bob", "BOB"), ("wrong", " bob ")] {
        let asked = Mutex::new(Vec::new());
        let gate = |id: Option<&str>| {
            asked.lock().unwrap().push(id.unwrap().to_owned());
            false
        };
        let refused = directory.authenticate(name, &SecretString::from(password), &gate).await;
        assert_eq!(refused, Err(SignInError::Throttled));
        assert_eq!(asked.into_inner().unwrap(), [expected.as_str()]);
    }
    for (open, refusal) in [(false, SignInError::Throttled), (true, SignInError::Unknown)] {
        let gate = |id: Option<&str>| {
            assert_eq!(id, None);
            open
        };
        assert_eq!(directory.authenticate("nobody", &SecretString::from("x"), &gate).await, Err(refusal));
    }
}

#[tokio::test]
async fn what_is_typed_never_becomes_part_of_the_filter() {
    for name in ["nobody", "", " ", "*", "*)(uid=*", "alice)(objectClass=*", "al*", "alice\0", "\\61lice", "(", ")"] {
        assert_eq!(sign_in(name, "fake-password-alice").await, Err(SignInError::Unknown), "{name:?}");
    }
    assert_eq!(sign_in(&"a".repeat(100_000), "fake-password-alice").await, Err(SignInError::Unknown));
}

#[tokio::test]
async fn a_name_of_two_people_lets_neither_in() {
    let both = directory(|settings| settings.user_base = SUFFIX.to_owned());
    assert_eq!(try_sign_in(&both, "twin", "fake-password-twin").await, Err(SignInError::Ambiguous));
    assert_eq!(sign_in("twin", "fake-password-twin").await.unwrap().display_name, "Tina Twin");
}

#[tokio::test]
async fn strange_names_work_and_their_groups_are_found() {
    let dana = ["developers", "payments-ops"];
    for (name, password, groups) in [
        ("mü\\ller", "fake-password-jörg", &["developers", "group with, comma"][..]),
        ("dana", "fake-password-dana", &dana),
        ("grace van dyk", "fake-password-grace", &["developers"]),
        (LONG, "fake-password-maximiliane", &["developers"]),
        ("a", "fake-password-a", &["developers"]),
        ("erin", "fake-password-erin", &[]),
        // A member by a DN in other letters.
        ("bob", "fake-password-bob", &["developers", "payments-ops", "release-managers"]),
    ] {
        let entry = sign_in(name, password).await.unwrap();
        assert_eq!(entry.user_name, name);
        assert_eq!(names(&entry.groups), groups, "{name}");
    }
    let henry = sign_in("henry", "fake-password-henry").await.unwrap();
    assert_eq!((henry.display_name.as_str(), henry.mail.as_str()), ("Henry Hall", ""));
}

#[tokio::test]
async fn however_a_name_is_typed_it_is_the_same_person_under_the_directorys_own_spelling() {
    let frank = sign_in("Frank.Miller", "fake-password-frank").await.unwrap();
    for name in ["frank.miller", "FRANK.MILLER", " frank.miller "] {
        assert_eq!(sign_in(name, "fake-password-frank").await.as_ref(), Ok(&frank), "{name}");
    }
    assert_eq!(frank.user_name, "Frank.Miller");
    assert_eq!(frank.groups.len(), 150);
}

#[tokio::test]
async fn a_renamed_person_stays_the_same_and_a_deleted_one_is_gone_for_good() {
    let own = Own::new("renamed").await;
    let dn = own.person("ursula").await;
    let before = own.sign_in("ursula").await.unwrap();
    let directory = own.directory();
    let mut admin = admin().await;
    admin.modifydn(&dn, "uid=ulla", true, None).await.unwrap().success().unwrap();
    let after = directory.look_up(&before.external_id).await.unwrap().unwrap();
    assert_eq!((after.external_id.as_str(), after.user_name.as_str()), (before.external_id.as_str(), "ulla"));
    admin.delete(&dn.replace("uid=ursula", "uid=ulla")).await.unwrap().success().unwrap();
    assert_eq!(directory.look_up(&before.external_id).await, Ok(None));
    own.person("ulla").await;
    assert_eq!(directory.look_up(&before.external_id).await, Ok(None));
    assert_ne!(own.sign_in("ulla").await.unwrap().external_id, before.external_id);
}

#[tokio::test]
async fn somebody_whose_account_is_closed_is_known_but_not_let_in() {
    let own = Own::new("closed").await;
    let directory = own.directory();
    for (name, attribute, closed) in [
        ("lena", "pwdAccountLockedTime", "000001010000Z"),
        ("rita", "pwdReset", "TRUE"),
        ("nora", "nsAccountLock", "true"),
        ("adam", "userAccountControl", "514"),
        ("emil", "accountExpires", "116444736000000000"),
    ] {
        let dn = own.person(name).await;
        let id = own.sign_in(name).await.unwrap().external_id;
        own.change(&dn, attribute, &[closed]).await;
        assert_eq!(own.sign_in(name).await, Err(SignInError::Inactive), "{name}");
        assert!(!directory.look_up(&id).await.unwrap().unwrap().active, "{name}");
        own.change(&dn, attribute, &[]).await;
        assert!(directory.look_up(&id).await.unwrap().unwrap().active, "{name}");
        assert!(own.sign_in(name).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn a_wrong_password_for_an_account_that_is_locked_for_a_while_is_a_wrong_password() {
    let own = Own::new("locked").await;
    let dn = own.person("lars").await;
    own.change(&dn, "pwdAccountLockedTime", &["20260101000000Z"]).await;
    let refused = try_sign_in(&own.directory(), "lars", "fake-wrong-password").await;
    assert_eq!(refused, Err(SignInError::WrongPassword));
    assert_eq!(own.sign_in("lars").await, Err(SignInError::Inactive));
}

#[tokio::test]
async fn a_binary_id_is_written_in_hexadecimal_and_searched_by_its_bytes() {
    let own = Own::new("guid").await;
    let dn = own.person("gina").await;
    let guid = [0x2a, 0x28, 0x29, 0x5c, 0, 0xff, 0x80, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    let change = Mod::Replace(b"objectGUID".to_vec(), HashSet::from([guid.to_vec()]));
    admin().await.modify(&dn, vec![change]).await.unwrap().success().unwrap();
    let mut settings = own.settings();
    settings.stable_id_attribute = "objectGUID".to_owned();
    let directory = Directory::Ldap(Box::new(Ldap::new(settings, Clock::system()).unwrap()));
    let entry = try_sign_in(&directory, "gina", "fake-password-gina").await.unwrap();
    assert_eq!(entry.external_id, "2a28295c00ff80070809 0a0b0c0d0e0f".replace(' ', ""));
    assert_eq!(directory.look_up(&entry.external_id).await, Ok(Some(entry)));
    assert_eq!(directory.look_up("2a28295c00ff800708090a0b0c0d0e0e").await, Ok(None));
    assert_eq!(directory.look_up("*").await, Ok(None));
}

#[tokio::test]
async fn without_a_stable_id_the_dn_is_the_id_in_one_way_of_writing() {
    let directory = directory(|settings| settings.stable_id_attribute = "nsUniqueId".to_owned());
    let entry = try_sign_in(&directory, "dana", "fake-password-dana").await.unwrap();
    assert_eq!(entry.external_id, "cn=dana (ops*) \\5c night\\2c shift\\2b1,ou=people,dc=example,dc=test");
    assert_eq!(names(&entry.groups), ["developers", "payments-ops"]);
    assert_eq!(directory.look_up(&entry.external_id).await, Ok(Some(entry)));
    let comma = &directory.groups_named("group with, comma").await.unwrap()[0];
    assert_eq!(comma.group.id, "cn=group with\\2c comma,ou=groups,dc=example,dc=test");
    assert_eq!(directory.group(&comma.group.id).await, Ok(Some(comma.clone())));
    // Neither outside of the base, nor what is no person.
    for id in [
        "uid=twin,ou=partners,dc=example,dc=test",
        "cn=daypass,ou=services,dc=example,dc=test",
        "ou=people,dc=example,dc=test",
        "uid=none,ou=people,dc=example,dc=test",
    ] {
        assert_eq!(directory.look_up(id).await, Ok(None), "{id}");
    }
}
