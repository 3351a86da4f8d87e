//! Answers that mean us harm, and names that would mean something on the way.

use daypass::directory::SignInError;

use super::server::{Fault, Server, cause, sign_in, try_sign_in};

/// What of anybody stands in an answer, as JSON.
fn user(name: &str, key: &str) -> String {
    serde_json::json!({"name": name, "key": key, "active": true}).to_string()
}

#[tokio::test]
async fn nobody_is_signed_in_as_somebody_else() {
    let server = Server::start().await;
    let directory = server.directory();
    assert!(sign_in(&directory, "bob").await.is_ok());
    // The look-up answers with another person: not the one who was asked for.
    server.fault("user", Fault::json(user("alice", "32769:id-of-alice")));
    assert_eq!(sign_in(&directory, "bob").await, Err(SignInError::Unknown));
    assert_eq!(directory.named("bob").await, Err(SignInError::Unknown));
    let error = directory.look_up("key:32769:id-of-bob").await.unwrap_err();
    assert_eq!(error.cause, "look-up of a person: it answers with somebody else than was asked for");
    server.heal();
    // The password's answer is about another person, or about another one of the same name.
    for (name, key) in [("alice", "32769:id-of-alice"), ("bob", "32769:another")] {
        server.fault("authentication", Fault::json(user(name, key)));
        let expected = "sign-in of a person: it signed in somebody else than the one who was found";
        assert_eq!(cause(sign_in(&directory, "bob").await), expected);
    }
    // In other letters it is the same one.
    server.fault("authentication", Fault::json(user("BOB", "32769:id-of-bob")));
    assert_eq!(sign_in(&directory, "bob").await.unwrap().user_name, "bob");
}

#[tokio::test]
async fn a_name_with_accents_is_not_the_one_without() {
    let server = Server::start().await;
    // A database that takes both for the same.
    server.fault("user", Fault::json(user("muller", "32769:muller")));
    server.fault("group", Fault::json(r#"{"name":"admins"}"#));
    let directory = server.directory();
    assert_eq!(try_sign_in(&directory, "m\u{fc}ller", "x").await, Err(SignInError::Unknown));
    assert_eq!(directory.groups_named("\u{e4}dmins").await, Ok(Vec::new()));
    assert_eq!(directory.groups_named("ADMINS").await.unwrap().len(), 1);
}

#[tokio::test]
async fn names_that_cannot_be_give_no_group_and_no_person() {
    let server = Server::start().await;
    let directory = server.directory();
    let names =
        ["crowd-admins\u{0}", "crowd\u{1b}[1m-admins", "\u{0}", "", " ", "\n", "crowd-admins\r", &"x".repeat(257)];
    let mut groups: Vec<_> = names.iter().map(|name| serde_json::json!({"name": name})).collect();
    groups.extend([serde_json::json!({"name": "Good"}), serde_json::json!({"name": "GOOD"})]);
    server.fault("user/group/nested", Fault::json(serde_json::json!({"groups": groups}).to_string()));
    let entry = sign_in(&directory, "alice").await.unwrap();
    let ids: Vec<_> = entry.groups.iter().map(|group| (group.group.id.as_str(), group.name.as_str())).collect();
    assert_eq!(ids, [("good", "Good")], "the same in other letters is the same");
    for name in ["bob\u{0}", "bob\u{1b}"] {
        server.fault("user", Fault::json(user(name, "32769:id-of-bob")));
        assert_eq!(sign_in(&directory, "bob").await, Err(SignInError::Unknown), "{name:?}");
        assert!(directory.look_up("key:32769:id-of-bob").await.is_err(), "{name:?}");
    }
    // A key that cannot be is none.
    server.fault("user", Fault::json(user("bob", "32769:\u{0}")));
    server.fault("authentication", Fault::json(user("bob", "32769:\u{0}")));
    assert_eq!(sign_in(&directory, "bob").await.unwrap().external_id, "name:bob");
    let shown = r#"{"name":"bob","active":true,"display-name":"\u0000\u001b[31mBob\r\n","email":"\u0007"}"#;
    server.fault("user", Fault::json(shown));
    server.fault("authentication", Fault::json(shown));
    let entry = sign_in(&directory, "bob").await.unwrap();
    assert_eq!((entry.display_name.as_str(), entry.mail.as_str()), ("[31mBob", ""));
}

#[tokio::test]
async fn wrong_types_are_no_answer() {
    let server = Server::start().await;
    let directory = server.directory();
    for body in [
        r#"{"name":"bob"}"#,
        r#"{"name":"bob","active":"yes"}"#,
        r#"{"name":["bob"],"active":true}"#,
        r#"{"active":true}"#,
        r#"{"name":"bob","active":true,"key":7}"#,
        r#"{"name":"bob","active":true,"active":true}"#,
        r#"{"name":"bob","active":true,"attributes":"x"}"#,
        "null",
        "true",
        "[]",
        &"[".repeat(100_000),
    ] {
        server.fault("user", Fault::json(body));
        let cause = cause(sign_in(&directory, "bob").await);
        let expected = ["look-up of a person: its answer cannot be read", "look-up of a person: its answer breaks off"];
        assert!(expected.iter().any(|expected| cause.starts_with(expected)), "{body:.60}: {cause}");
    }
    server.heal();
    for body in ["{}", r#"{"groups":null}"#, r#"{"groups":{}}"#, r#"{"groups":[{}]}"#, r#"{"groups":["staff"]}"#] {
        server.fault("user/group/nested", Fault::json(body));
        let cause = cause(sign_in(&directory, "bob").await);
        assert!(cause.starts_with("a person's groups: its answer cannot be read"), "{body}: {cause}");
    }
}

#[tokio::test]
async fn a_giant_list_is_read_or_refused_and_nothing_between() {
    let server = Server::start().await;
    let directory = server.directory_with(|settings| settings.timeout = std::time::Duration::from_secs(20));
    let list = |count: usize| {
        let groups: Vec<_> = (0..count).map(|number| format!(r#"{{"name":"group {number}"}}"#)).collect();
        format!(r#"{{"groups":[{}]}}"#, groups.join(","))
    };
    server.fault("user/group/nested", Fault::json(list(100_000)));
    assert_eq!(sign_in(&directory, "alice").await.unwrap().groups.len(), 100_000);
    server.fault("user/group/nested", Fault::json(list(1_000_000)));
    assert_eq!(cause(sign_in(&directory, "alice").await), "a person's groups: its answer is longer than 16 MiB");
}

#[tokio::test]
async fn whatever_somebody_is_called_the_question_is_about_exactly_that_name() {
    let server = Server::start().await;
    let names = [
        "a b",
        "a+b",
        "a%20b",
        "a&username=alice",
        "alice#",
        "alice?x",
        "../user",
        "a/b",
        "a=b",
        "a;b",
        "\u{fc}ber",
        "\u{1f511}",
        "\"quoted\"",
        "'",
        "a\\b",
        "<b>",
        "%",
        "%00",
        "{x}",
        "*",
        "a,b",
        "x@example.test",
    ];
    server.change(|world| {
        for name in names {
            world.user(name, &["developers"]);
            world.group(name, &[]);
        }
    });
    let directory = server.directory();
    for name in names {
        let entry = sign_in(&directory, name).await.unwrap();
        assert_eq!(entry.user_name, name);
        assert_eq!(directory.look_up(&entry.external_id).await.unwrap(), Some(entry), "{name}");
        let found = directory.groups_named(name).await.unwrap();
        assert_eq!(found.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), [name]);
    }
    let usual = ["username", "key", "groupname", "expand", "start-index", "max-results"];
    for heard in server.heard() {
        assert!(heard.parameters.keys().all(|name| usual.contains(&name.as_str())), "{}", heard.target);
    }
}
