//! Answers that are strange or hostile.

use daypass::directory::SignInError;
use secrecy::SecretString;
use tokio::io::AsyncWriteExt;

use super::stand_in::{
    BIND, SEARCH, Server, WHO_AM_I, directory, fails_in_time, friendly, parts, person, question, read_to_end, result,
    results, sign_in, unavailable, value,
};

#[tokio::test]
async fn a_server_that_lets_in_somebody_else_or_nobody_lets_in_nobody() {
    let alice = "uid=alice,dc=test";
    for (who, expected) in [
        ("dn:UID=Alice, DC=Test", Ok("alice")),
        ("u:TEST\\alice", Ok("alice")),
        ("", Err(SignInError::WrongPassword)),
        ("dn:", Err(SignInError::WrongPassword)),
        ("dn:uid=bob,dc=test", Err(unavailable("it signed in somebody else than the one who was found"))),
    ] {
        let server = Server::answering(move |id, operation, _| match operation {
            WHO_AM_I => value(0x30, &[value(0x02, &[id]), parts(0x78, 0, &value(0x8b, who.as_bytes()))].concat()),
            _ => friendly(id, operation, alice),
        });
        let entry = sign_in(&directory("ldap", &server.address)).await;
        assert_eq!(entry.as_ref().map(|entry| entry.user_name.as_str()).map_err(Clone::clone), expected, "{who}");
    }
    // One that does not know the question, as RFC 4511, 4.12 has it.
    let server = Server::answering(move |id, operation, _| match operation {
        WHO_AM_I => result(id, 0x78, 2),
        _ => friendly(id, operation, alice),
    });
    assert!(sign_in(&directory("ldap", &server.address)).await.is_ok());
    // A DN that would make the bind one of nobody.
    let server = Server::answering(|id, operation, _| friendly(id, operation, ""));
    let refused = sign_in(&directory("ldap", &server.address)).await;
    assert_eq!(refused, Err(unavailable("it sent an entry whose DN cannot be read")));
}

#[tokio::test]
async fn an_entry_with_another_id_is_not_the_one_that_was_asked_for() {
    let server = Server::answering(|id, operation, _| friendly(id, operation, "uid=alice,dc=test"));
    let directory = directory("ldap", &server.address);
    assert_eq!(directory.look_up("00000000-0000-1000-8000-000000000000").await, Ok(None));
    assert_eq!(directory.look_up("uid=bob,dc=test").await, Ok(None));
    assert!(directory.look_up("uid=alice,dc=test").await.unwrap().is_some());
}

#[tokio::test]
async fn an_empty_password_is_not_even_sent() {
    let server = Server::answering(|id, operation, _| friendly(id, operation, "uid=alice,dc=test"));
    for empty in ["", "\0", "\0\0"] {
        let refused =
            directory("ldap", &server.address).authenticate("alice", &SecretString::from(empty), &|_| true).await;
        assert_eq!(refused, Err(SignInError::WrongPassword));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn each_servers_no_is_understood() {
    for (code, text, expected) in [
        (49, "", SignInError::WrongPassword),
        (
            49,
            "80090308: LdapErr: DSID-0C09, comment: AcceptSecurityContext error, data 52e, v4563\0",
            SignInError::WrongPassword,
        ),
        (
            49,
            "80090308: LdapErr: DSID-0C09, comment: AcceptSecurityContext error, data 533, v4563\0",
            SignInError::Inactive,
        ),
        (
            49,
            "80090308: LdapErr: DSID-0C09, comment: AcceptSecurityContext error, data 775, v4563\0",
            SignInError::Inactive,
        ),
        (19, "Exceed password retry limit", SignInError::Inactive),
        (53, "Account inactivated", SignInError::Inactive),
        (51, "fake-password-alice", unavailable("bind of a person: it answers 51 (busy)")),
    ] {
        let server = Server::answering(move |id, operation, connection| match (operation, connection) {
            (BIND, 1) => value(0x30, &[value(0x02, &[id]), results(0x61, code, text)].concat()),
            _ => friendly(id, operation, "uid=alice,dc=test"),
        });
        let refused = sign_in(&directory("ldap", &server.address)).await;
        assert_eq!(refused, Err(expected), "{code} {text}");
    }
}

#[tokio::test]
async fn a_search_cut_off_by_the_servers_limit_gives_what_there_is_and_says_so() {
    let server = Server::answering(|id, operation, _| match operation {
        SEARCH => [person(id, "cn=b,dc=test", "b"), person(id, "cn=a,dc=test", "a"), result(id, 0x65, 4)].concat(),
        _ => friendly(id, operation, ""),
    });
    let directory = directory("ldap", &server.address);
    let found = directory.find_groups("x").await.unwrap();
    assert!(found.more);
    assert_eq!(found.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    // A person would silently lose rights.
    assert!(matches!(sign_in(&directory).await, Err(SignInError::Ambiguous)));
    let only_groups = Server::answering(|id, operation, connection| match (operation, connection, id) {
        (SEARCH, 0, 3..) => [person(id, "cn=a,dc=test", "a"), result(id, 0x65, 4)].concat(),
        _ => friendly(id, operation, "uid=alice,dc=test"),
    });
    let refused = sign_in(&self::directory("ldap", &only_groups.address)).await;
    let cause = "search below dc=test: its limit keeps back some of a person's groups";
    assert_eq!(refused, Err(unavailable(cause)));
    // An index without them would take them for deleted.
    let cause = "search below dc=test: its limit keeps back some of the groups; raise it for cn=daypass,dc=test";
    assert_eq!(directory.all_groups().await.unwrap_err().cause, cause);
}

#[tokio::test]
async fn references_to_other_servers_are_left_out() {
    let server = Server::answering(|id, operation, _| match operation {
        SEARCH => {
            let elsewhere = value(0x73, &value(0x04, b"ldap://127.0.0.1:1/dc=elsewhere"));
            let reference = value(0x30, &[value(0x02, &[id]), elsewhere].concat());
            [reference.clone(), person(id, "cn=a,dc=test", "a"), reference, result(id, 0x65, 0)].concat()
        }
        _ => friendly(id, operation, ""),
    });
    let found = directory("ldap", &server.address).find_groups("x").await.unwrap();
    assert_eq!(found.groups.len(), 1);
}

#[tokio::test]
async fn garbage_and_hostile_answers_are_refused_and_the_process_lives() {
    let nested = |open: &[u8]| [&[0x30, 0x83, 0x00, 0x9c, 0x40][..], &open.repeat(20_000 / open.len() * 2)].concat();
    let deep = {
        let mut values = Vec::new();
        for _ in 0..10_000 {
            values = value(0x30, &values);
        }
        values
    };
    let deep_in_bind = value(0x30, &[value(0x02, &[1]), value(0x61, &deep)].concat());
    let deep_in_controls = value(0x30, &[value(0x02, &[1]), parts(0x61, 0, b""), value(0xa0, &deep)].concat());
    for bytes in [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec(),
        vec![0; 1000],
        vec![0xff; 1000],
        nested(&[0x30, 0x80]),
        nested(&[0x30, 0x7f]),
        deep,
        deep_in_bind,
        deep_in_controls,
        vec![0x30, 0x84, 0x7f, 0xff, 0xff, 0xff],
        vec![0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        // An entry instead of the result of a bind; the result of something else; the end of the connection.
        person(1, "uid=alice,dc=test", "alice"),
        result(77, 0x61, 0),
        result(0, 0x78, 52),
        value(0x30, &[value(0x02, &[1]), value(0x61, &[])].concat()),
    ] {
        let answer = bytes.clone();
        let server = Server::raw(move |mut stream| {
            let answer = answer.clone();
            async move {
                question(&mut stream).await;
                drop(stream.write_all(&answer).await);
                drop(read_to_end(&mut stream).await);
            }
        });
        let directory = directory("ldap", &server.address);
        let error = fails_in_time(&directory).await;
        assert!(error.cause.starts_with("bind: it "), "{}: {:?}", error.cause, &bytes[..bytes.len().min(20)]);
    }
}
