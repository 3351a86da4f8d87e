//! A server that is down, slow, broken, or that lets us not in: every call fails in time, in words, and goes on when the
//! server does.

use std::time::Instant;

use daypass::directory::{Directory, DirectoryError, SignInError};

use super::server::{Fault, LIMIT, SLACK, Server, cause, sign_in};

/// Every question that can be asked; each must fail with a cause that begins so, in time.
async fn all_fail(directory: &Directory, expected: &str) {
    let start = Instant::now();
    let (groups, group, named, person, entry) = tokio::join!(
        directory.find_groups("x"),
        directory.group("x"),
        directory.groups_named("x"),
        directory.look_up("key:32769:id-of-alice"),
        sign_in(directory, "alice"),
    );
    assert!(start.elapsed() < 2 * LIMIT + SLACK, "{expected}: {:?}", start.elapsed());
    let causes = [
        groups.map(drop).unwrap_err(),
        group.map(drop).unwrap_err(),
        named.map(drop).unwrap_err(),
        person.map(drop).unwrap_err(),
        DirectoryError { directory: "corp".to_owned(), cause: cause(entry) },
    ];
    for DirectoryError { directory, cause } in causes {
        assert_eq!(directory, "corp");
        let (_, after) = cause.split_once(": ").unwrap();
        assert!(after.starts_with(expected), "{cause} does not begin with {expected}");
        assert!(!cause.contains("fake-") && !cause.contains("alice"), "{cause}");
    }
}

#[tokio::test]
async fn every_fault_is_told_in_words_and_passes_with_its_cause() {
    let server = Server::start().await;
    let directory = server.directory();
    let json = "application/json";
    let said = |status, kind, body: &str| Fault::Say(status, kind, body.to_owned());
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"name\":\"al";
    let faults = [
        (Fault::Hang, "no answer within 1s"),
        (Fault::Drip, "no answer within 1s"),
        (Fault::Reset, "the connection ended before the answer did ("),
        (Fault::Raw(String::new()), "the connection ended before the answer did ("),
        (Fault::Raw("fake-garbage\r\n\r\n".to_owned()), "the connection ended before the answer did ("),
        (Fault::Raw(half.to_owned()), "the connection ended before the answer did ("),
        (Fault::Slow(5 * LIMIT), "no answer within 1s"),
        (said(200, json, "{\"name\":\"al"), "its answer breaks off"),
        (said(200, json, ""), "its answer breaks off"),
        (said(200, json, "\"fake-password\""), "its answer cannot be read (line 1, column "),
        (
            said(200, "text/html;charset=UTF-8", "<html>fake-page</html>"),
            "it answers 200 with something else than JSON",
        ),
        (said(200, "application/xml", "<user/>"), "it answers 200 with something else than JSON"),
        (said(404, "text/html", "<html/>"), "it answers 404 with something else than JSON; check url, with its path"),
        (said(500, "text/html", "<html/>"), "it answers 500 with something else than JSON"),
        (said(302, "text/html", ""), "it leads elsewhere (302)"),
        (
            said(401, "text/plain", "Application failed to authenticate"),
            "it does not take the name and password of the application daypass (401)",
        ),
        (
            said(403, "text/html", "The server understood the request but refuses to authorize it."),
            "it lets nobody in from this machine's address (403)",
        ),
        (
            said(403, json, r#"{"reason":"APPLICATION_PERMISSION_DENIED"}"#),
            "it answers 403 (APPLICATION_PERMISSION_DENIED)",
        ),
        (said(403, json, r#"{"reason":"APPLICATION_ACCESS_DENIED"}"#), "it answers what was not asked (Closed)"),
        (said(400, json, r#"{"reason":"ILLEGAL_ARGUMENT"}"#), "it answers 400 (ILLEGAL_ARGUMENT)"),
        (said(400, json, r#"{"reason":"OPERATION_FAILED"}"#), "it answers 400 (OPERATION_FAILED)"),
        (said(500, json, r#"{"reason":"USER_NOT_FOUND"}"#), "it answers 500 (USER_NOT_FOUND)"),
        (said(404, json, r#"{"reason":"FAKE_NEWS","message":"fake-password"}"#), "it answers 404 (FAKE_NEWS)"),
        (said(404, json, r#"{"message":"fake-password"}"#), "it answers 404, and its answer cannot be read"),
        (said(400, json, r#"{"reason":"fake-password"}"#), "it answers 400 (without a reason that can be read)"),
    ];
    for (fault, expected) in faults {
        server.fault("", fault);
        all_fail(&directory, expected).await;
        server.heal();
        assert!(sign_in(&directory, "alice").await.is_ok(), "after {expected}");
    }
    assert!(server.heard().iter().all(|heard| !heard.target.contains("elsewhere")), "a redirect was followed");
}

#[tokio::test]
async fn each_step_of_a_sign_in_may_fail_and_lets_nobody_in() {
    let server = Server::start().await;
    for (resource, what) in [
        ("user", "look-up of a person"),
        ("authentication", "sign-in of a person"),
        ("user/group/nested", "a person's groups"),
    ] {
        server.fault(resource, Fault::Hang);
        let start = Instant::now();
        let expected = format!("{what}: no answer within 1s");
        assert_eq!(cause(sign_in(&server.directory(), "alice").await), expected);
        assert!(start.elapsed() < LIMIT + SLACK, "{resource}: {:?}", start.elapsed());
        server.heal();
    }
    // Gone between the password and the groups.
    let gone = r#"{"reason":"USER_NOT_FOUND"}"#.to_owned();
    server.fault("user/group/nested", Fault::Say(404, "application/json", gone));
    assert_eq!(sign_in(&server.directory(), "alice").await, Err(SignInError::Unknown));
    assert_eq!(server.directory().look_up("key:32769:id-of-alice").await, Ok(None));
}

#[tokio::test]
async fn what_crowd_says_of_the_person_is_no_fault() {
    let server = Server::start().await;
    let directory = server.directory();
    for (reason, expected) in [
        ("INVALID_USER_AUTHENTICATION", SignInError::WrongPassword),
        ("INVALID_CREDENTIAL", SignInError::WrongPassword),
        ("USER_NOT_FOUND", SignInError::WrongPassword),
        ("INACTIVE_ACCOUNT", SignInError::Inactive),
        ("EXPIRED_CREDENTIAL", SignInError::Inactive),
        ("APPLICATION_ACCESS_DENIED", SignInError::Inactive),
    ] {
        for status in [400, 403, 404] {
            let body = format!(r#"{{"reason":"{reason}"}}"#);
            server.fault("authentication", Fault::Say(status, "application/json", body));
            assert_eq!(sign_in(&directory, "alice").await, Err(expected.clone()), "{reason}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_not_read_to_its_end() {
    let server = Server::start().await;
    // Enough for what is read of it, under load.
    let directory = server.directory_with(|settings| settings.timeout = 30 * LIMIT);
    server.fault("group", Fault::Endless);
    let error = directory.groups_named("x").await.unwrap_err();
    assert_eq!(error.cause, "a group: its answer is longer than 16 MiB");
}

#[tokio::test]
async fn a_slow_answer_within_the_time_is_an_answer() {
    let server = Server::start().await;
    let directory = server.directory_with(|settings| settings.timeout = 10 * LIMIT);
    server.fault("", Fault::Slow(LIMIT / 5));
    assert!(sign_in(&directory, "alice").await.is_ok());
}

#[tokio::test]
async fn a_closed_port_is_told_at_once_and_a_server_that_comes_back_is_used_again() {
    let mut server = Server::start().await;
    let directory = server.directory();
    assert!(sign_in(&directory, "alice").await.is_ok());
    server.stop().await;
    // The kept connection is found dead first.
    all_fail(&directory, "no connection: Connection refused").await;
    server.again().await;
    assert!(sign_in(&directory, "alice").await.is_ok(), "it goes on without a restart");
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_nothing_behind() {
    let server = Server::start().await;
    let directory = server.directory();
    server.fault("", Fault::Hang);
    for _ in 0..40 {
        // More often than calls may be under way at once.
        drop(tokio::time::timeout(std::time::Duration::from_millis(5), directory.look_up("name:alice")).await);
    }
    server.heal();
    assert!(sign_in(&directory, "alice").await.is_ok());
}
