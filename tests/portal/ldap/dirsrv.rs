//! 389 Directory Server: `tests/peers/dirsrv.ldif` tells who is who.

use daypass::directory::SignInError;

use super::others::{DIRSRV, sorted};
use super::slapd::try_sign_in;

fn own_person(name: &str) -> String {
    let dn = format!("uid={name}-{},ou=people,{}", daypass::random::id(), DIRSRV.suffix);
    let uid = dn.split([',', '=']).nth(1).unwrap();
    DIRSRV.change(&format!(
        "dn: {dn}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {name}\nsn: {name}\n\
             userPassword: fake-password-own\n"
    ));
    dn
}

fn uid(dn: &str) -> &str {
    dn.split([',', '=']).nth(1).unwrap()
}

#[tokio::test]
async fn a_right_password_gives_the_person_and_their_groups() {
    let entry = DIRSRV.sign_in("alice", "fake-password-alice").await.unwrap();
    assert_eq!((entry.user_name.as_str(), entry.display_name.as_str()), ("alice", "Alice Archer"));
    assert_eq!(sorted(&entry.groups), ["developers"]);
    // nsUniqueId: four numbers of eight digits.
    assert_eq!(entry.external_id.split('-').map(str::len).collect::<Vec<_>>(), [8, 8, 8, 8]);
    assert_eq!(DIRSRV.directory(|_| {}).look_up(&entry.external_id).await, Ok(Some(entry)));
    let dana = DIRSRV.sign_in("dana", "fake-password-dana").await.unwrap();
    assert_eq!(sorted(&dana.groups), ["developers"], "a DN with parentheses and a comma");
    for (name, password, expected) in [
        ("alice", "fake-password-bob", SignInError::WrongPassword),
        ("alice", "", SignInError::WrongPassword),
        ("alice", "\0", SignInError::WrongPassword),
        ("nobody", "x", SignInError::Unknown),
        ("*", "x", SignInError::Unknown),
    ] {
        assert_eq!(DIRSRV.sign_in(name, password).await, Err(expected), "{name} {password:?}");
    }
}

#[tokio::test]
async fn nested_groups_are_walked_through_both_kinds_and_loops_end() {
    let nested = DIRSRV.directory(|settings| settings.nested_groups = true);
    let alice = nested.named("alice").await.unwrap();
    assert_eq!(sorted(&alice.groups), ["developers", "engineering", "everybody"]);
    let paths = nested.memberships(&alice.external_id).await.unwrap().unwrap();
    let deepest = paths.iter().find(|path| path.group.name == "everybody").unwrap();
    assert_eq!(deepest.via, ["developers", "engineering"]);
    let all = nested.all_groups().await.unwrap();
    assert_eq!(sorted(&all), ["developers", "engineering", "everybody"]);
}

#[tokio::test]
async fn an_account_that_is_locked_is_known_but_not_let_in() {
    let dn = own_person("lena");
    let id = DIRSRV.sign_in(uid(&dn), "fake-password-own").await.unwrap().external_id;
    DIRSRV.change(&format!("dn: {dn}\nchangetype: modify\nreplace: nsAccountLock\nnsAccountLock: true\n"));
    assert_eq!(DIRSRV.sign_in(uid(&dn), "fake-password-own").await, Err(SignInError::Inactive));
    let directory = DIRSRV.directory(|_| {});
    assert!(!directory.look_up(&id).await.unwrap().unwrap().active);
    DIRSRV.change(&format!("dn: {dn}\nchangetype: modify\ndelete: nsAccountLock\n"));
    assert!(directory.look_up(&id).await.unwrap().unwrap().active);
    // Locked by wrong passwords, and a password that has expired.
    for (attribute, value) in [("accountUnlockTime", "19700101000000Z"), ("passwordExpirationTime", "20260101000000Z")]
    {
        DIRSRV.change(&format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n"));
        assert!(!directory.look_up(&id).await.unwrap().unwrap().active, "{attribute}");
        DIRSRV.change(&format!("dn: {dn}\nchangetype: modify\ndelete: {attribute}\n"));
    }
    assert!(DIRSRV.sign_in(uid(&dn), "fake-password-own").await.is_ok());
}

#[tokio::test]
async fn a_renamed_person_stays_the_same() {
    let dn = own_person("ursula");
    let before = DIRSRV.sign_in(uid(&dn), "fake-password-own").await.unwrap();
    let renamed = uid(&dn).replace("ursula", "ulla");
    DIRSRV.change(&format!("dn: {dn}\nchangetype: modrdn\nnewrdn: uid={renamed}\ndeleteoldrdn: 1\n"));
    let after = DIRSRV.sign_in(&renamed, "fake-password-own").await.unwrap();
    assert_eq!((after.external_id, after.user_name), (before.external_id, renamed));
}

#[tokio::test]
async fn starttls_is_taken() {
    let directory = DIRSRV.directory(|settings| {
        settings.url = DIRSRV.variable("PLAIN_URL");
        settings.start_tls = true;
    });
    assert!(try_sign_in(&directory, "alice", "fake-password-alice").await.is_ok());
}
