//! Who is let in, and who they are.

use std::sync::Mutex;

use daypass::directory::{Directory, SignInError};
use daypass::model::identity::{Attribute, MAIL};
use secrecy::SecretString;

use super::server::{Fault, Server, cause, sign_in, try_sign_in};

/// The names of somebody's groups.
fn groups(entry: &daypass::model::identity::Entry) -> Vec<&str> {
    entry.groups.iter().map(|group| group.name.as_str()).collect()
}

#[tokio::test]
async fn a_right_password_lets_in_and_tells_who_it_is() {
    let server = Server::start().await;
    let directory = server.directory();
    let entry = sign_in(&directory, "alice").await.unwrap();
    assert_eq!((entry.directory.as_str(), entry.external_id.as_str()), ("corp", "key:32769:id-of-alice"));
    assert_eq!((entry.user_name.as_str(), entry.display_name.as_str()), ("alice", "alice of Crowd"));
    assert_eq!((entry.mail.as_str(), entry.active), ("alice@example.test", true));
    assert_eq!(groups(&entry), ["developers", "staff"], "nested ones too");
    assert_eq!(directory.look_up(&entry.external_id).await.unwrap(), Some(entry.clone()));
    assert_eq!(directory.named(" ALICE ").await, Ok(entry.clone()));
    // However the name is written, it is the same person.
    assert_eq!(try_sign_in(&directory, "ALICE", "fake-password-alice").await, Ok(entry));
    let heard = server.heard();
    let tries: Vec<_> = heard.iter().filter(|heard| heard.resource == "authentication").collect();
    assert!(tries.iter().all(|heard| heard.parameters["username"] == "alice" && heard.method == "POST"));
    assert!(heard.iter().all(|heard| !heard.target.contains("fake-")), "a password in an address");
}

#[tokio::test]
async fn nobody_else_is_let_in() {
    let server = Server::start().await;
    server.change(|world| world.user("expired", &[]).expired = true);
    let directory = server.directory();
    for (name, password, expected) in [
        ("alice", "fake-password-bob", SignInError::WrongPassword),
        ("alice", "FAKE-PASSWORD-ALICE", SignInError::WrongPassword),
        ("alice", " fake-password-alice", SignInError::WrongPassword),
        ("carla", "fake-password-carla", SignInError::Inactive),
        ("carla", "wrong", SignInError::WrongPassword),
        ("expired", "fake-password-expired", SignInError::Inactive),
        ("nobody", "fake-password-nobody", SignInError::Unknown),
        ("*", "fake-password-alice", SignInError::Unknown),
        ("alice*", "fake-password-alice", SignInError::Unknown),
    ] {
        assert_eq!(try_sign_in(&directory, name, password).await, Err(expected), "{name}");
    }
    server.heard();
    for (name, password, expected) in [
        ("alice", "", SignInError::WrongPassword),
        ("alice", "\0fake-password-alice", SignInError::WrongPassword),
        ("", "x", SignInError::Unknown),
        (" ", "x", SignInError::Unknown),
        ("alice\0", "fake-password-alice", SignInError::Unknown),
        ("ali\nce", "fake-password-alice", SignInError::Unknown),
        (&"x".repeat(257), "x", SignInError::Unknown),
    ] {
        assert_eq!(try_sign_in(&directory, name, password).await, Err(expected), "{name}");
    }
    assert!(server.heard().is_empty(), "Crowd was asked what needs no question");
}

#[tokio::test]
async fn a_closed_account_is_refused_also_where_the_password_is_taken() {
    let server = Server::start().await;
    let directory = server.directory();
    let carla = r#"{"name":"carla","active":false,"key":"32769:id-of-carla"}"#;
    server.fault("authentication", Fault::json(carla));
    assert_eq!(sign_in(&directory, "carla").await, Err(SignInError::Inactive));
    // Closed between the look-up and the password.
    let alice = r#"{"name":"alice","active":false,"key":"32769:id-of-alice"}"#;
    server.fault("authentication", Fault::json(alice));
    assert_eq!(sign_in(&directory, "alice").await, Err(SignInError::Inactive));
    assert_eq!(directory.look_up("key:32769:id-of-carla").await.unwrap().map(|entry| entry.active), Some(false));
}

/// What the gate was asked, and how it answered.
async fn asked_of_the_gate(directory: &Directory, name: &str, may: bool) -> (Vec<Option<String>>, Option<SignInError>) {
    let asked = Mutex::new(Vec::new());
    let gate = |id: Option<&str>| {
        asked.lock().unwrap().push(id.map(str::to_owned));
        may
    };
    let result = directory.authenticate(name, &SecretString::from("fake-wrong"), &gate).await;
    (asked.into_inner().unwrap(), result.err())
}

#[tokio::test]
async fn the_gate_is_asked_before_the_password_is_tried_and_a_name_that_nobody_has_makes_the_same_questions() {
    let server = Server::start().await;
    let directory = server.directory();
    let alice = Some("key:32769:id-of-alice".to_owned());
    for (name, id) in [("alice", alice.clone()), ("ALICE", alice), ("nobody", None)] {
        server.heard();
        assert_eq!(asked_of_the_gate(&directory, name, false).await, (vec![id.clone()], Some(SignInError::Throttled)));
        let resources = |heard: Vec<super::server::Heard>| -> Vec<String> {
            heard.into_iter().map(|heard| heard.resource).collect()
        };
        assert_eq!(resources(server.heard()), ["user"], "{name}");
        let error = if id.is_some() { SignInError::WrongPassword } else { SignInError::Unknown };
        assert_eq!(asked_of_the_gate(&directory, name, true).await, (vec![id], Some(error)));
        assert_eq!(resources(server.heard()), ["user", "authentication"], "{name}");
    }
}

#[tokio::test]
async fn who_is_renamed_stays_who_they_are_where_crowd_gives_keys() {
    let server = Server::start().await;
    let directory = server.directory();
    let before = sign_in(&directory, "alice").await.unwrap();
    server.change(|world| {
        let alice = world.users.remove("alice").unwrap();
        world.users.insert("alicia".to_owned(), super::world::User { name: "alicia".to_owned(), ..alice });
        // Somebody new is given the old name.
        world.user("alice", &["crowd-admins"]).key = Some("32769:another".to_owned());
    });
    let after = directory.look_up(&before.external_id).await.unwrap().unwrap();
    assert_eq!((after.external_id.as_str(), after.user_name.as_str()), (before.external_id.as_str(), "alicia"));
    assert_eq!(groups(&after), ["developers", "staff"]);
    assert_eq!(sign_in(&directory, "alice").await.unwrap().external_id, "key:32769:another");
    server.change(|world| drop(world.users.remove("alicia")));
    assert_eq!(directory.look_up(&before.external_id).await, Ok(None));
}

#[tokio::test]
async fn without_keys_the_name_is_the_id_and_no_name_can_be_another_ones_key() {
    let server = Server::start().await;
    server.change(|world| {
        world.user("Dora", &[]).key = None;
        world.user("32769:id-of-alice", &[]).key = None;
        world.user("key:32769:id-of-alice", &[]).key = None;
    });
    let directory = server.directory();
    let dora = sign_in(&directory, "Dora").await.unwrap();
    assert_eq!((dora.external_id.as_str(), dora.user_name.as_str()), ("name:dora", "Dora"));
    assert_eq!(directory.look_up("name:dora").await.unwrap(), Some(dora));
    let sly = sign_in(&directory, "32769:id-of-alice").await.unwrap();
    assert_eq!(sly.external_id, "name:32769:id-of-alice");
    assert_eq!(directory.look_up(&sly.external_id).await.unwrap().unwrap().user_name, "32769:id-of-alice");
    let slyer = sign_in(&directory, "key:32769:id-of-alice").await.unwrap();
    assert_eq!(slyer.external_id, "name:key:32769:id-of-alice");
    // alice has a key, so nobody is `name:alice`; and an id that is none is nobody's.
    assert_eq!(directory.look_up("name:alice").await, Ok(None));
    assert_eq!(directory.look_up("alice").await, Ok(None));
    let by_name = server.directory_with(|settings| settings.stable_id = daypass::config::CrowdId::Name);
    assert_eq!(sign_in(&by_name, "alice").await.unwrap().external_id, "name:alice");
    assert_eq!(by_name.look_up("name:alice").await.unwrap().unwrap().user_name, "alice");
}

#[tokio::test]
async fn a_crowd_that_finds_nobody_by_key_is_told_of_at_the_first_sign_in() {
    let server = Server::start().await;
    server.change(|world| world.finds_by_key = false);
    assert_eq!(
        cause(sign_in(&server.directory(), "alice").await),
        "look-up of a person: it answers 400 (ILLEGAL_ARGUMENT); if it is an old Crowd that finds nobody by key, set \
         stable_id = \"name\""
    );
    let by_name = server.directory_with(|settings| settings.stable_id = daypass::config::CrowdId::Name);
    let entry = sign_in(&by_name, "alice").await.unwrap();
    assert_eq!(by_name.look_up(&entry.external_id).await.unwrap(), Some(entry));
}

#[tokio::test]
async fn an_empty_list_of_groups_is_no_proof_that_somebody_exists() {
    let server = Server::start().await;
    let directory = server.directory();
    assert!(sign_in(&directory, "bob").await.unwrap().groups.is_empty());
    // The server answers with an empty list for them too.
    assert_eq!(directory.named("nobody").await, Err(SignInError::Unknown));
    assert_eq!(directory.look_up("name:nobody").await, Ok(None));
    assert_eq!(directory.look_up("key:32769:nobody").await, Ok(None));
}

#[tokio::test]
async fn whoever_is_made_at_their_first_sign_in_gets_in() {
    let server = Server::start().await;
    let directory = server.directory();
    server.change(|world| drop(world.users.remove("bob")));
    // A directory that hands passwords on: the password is taken, although nobody had the name a moment before.
    let bob = r#"{"name":"bob","active":true,"key":"32769:id-of-bob"}"#;
    server.fault("authentication", Fault::json(bob));
    assert_eq!(sign_in(&directory, "bob").await, Err(SignInError::Unknown), "nobody is found even then");
    let made = Mutex::new(false);
    let gate = |id: Option<&str>| {
        assert_eq!(id, None);
        server.change(|world| _ = world.user("bob", &["developers"]));
        *made.lock().unwrap() = true;
        true
    };
    let entry = directory.authenticate("bob", &SecretString::from("fake-password-bob"), &gate).await.unwrap();
    assert_eq!((entry.external_id.as_str(), *made.lock().unwrap()), ("key:32769:id-of-bob", true));
}

#[tokio::test]
async fn attributes_come_with_the_person_where_they_have_one_value_that_is_text() {
    let server = Server::start().await;
    let several = vec!["a".to_owned(), "b".to_owned()];
    server.change(|world| {
        let alice = world.users.get_mut("alice").unwrap();
        alice.attributes.push(("department".to_owned(), vec!["Payments 7/B".to_owned()]));
        alice.attributes.push(("kinds".to_owned(), several));
        alice.attributes.push(("odd".to_owned(), vec!["a\u{7}b".to_owned()]));
        alice.mail = "alice@exa\u{0}mple.test".to_owned();
    });
    let pairs =
        [("team", "department"), ("kinds", "kinds"), ("odd", "odd"), ("given", "first-name"), ("none", "nothing")];
    let pairs = pairs.map(|(name, attribute)| (name.to_owned(), attribute.to_owned()));
    let directory = server.directory_with(|settings| settings.attributes = pairs.into());
    let entry = sign_in(&directory, "alice").await.unwrap();
    let text = |text: &str| Attribute::Value(text.to_owned());
    let expected = [
        (MAIL, Attribute::NotText),
        ("given", text("alice")),
        ("kinds", Attribute::Several),
        ("odd", Attribute::NotText),
        ("team", text("Payments 7/B")),
    ];
    assert_eq!(entry.attributes, expected.map(|(name, value)| (name.to_owned(), value)).into());
    assert_eq!(entry.mail, "alice@example.test", "what is shown has no control characters");
    assert_eq!(directory.look_up(&entry.external_id).await.unwrap(), Some(entry));
    server.change(|world| world.users.get_mut("alice").unwrap().mail = "alice@example.test".to_owned());
    assert!(sign_in(&server.directory(), "alice").await.unwrap().attributes.is_empty());
}
