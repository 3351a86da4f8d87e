//! Signing in with a session of Crowd's single sign-on.

mod around;

use std::time::Duration;

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::config::{self, Config};
use daypass::store::schema::sessions;
use diesel::prelude::*;
use futures_util::future::join_all;
use reqwest::Method;

use super::server::{Fault, Server};
use super::sessions::COOKIE;
use crate::support::{Page, Person, TestApp, world};

const TOKEN: &str = "fakeTokenOfAlice-_0";
const LOCAL: &str = "127.0.0.1";
const CONSOLE: &str = "/console/read-only";
const BUTTON: &str = "Continue with corp";

/// A Crowd server with a session of alice, begun on this machine.
async fn crowd() -> Server {
    let server = Server::start().await;
    server.change(|world| _ = world.session(TOKEN, "alice", LOCAL));
    server
}

/// What makes it the directory of a portal, with single sign-on.
fn configure(server: &Server) -> impl FnOnce(&mut Config) + 'static + use<> {
    let settings = config::Crowd { sso: true, ..server.settings() };
    move |config| {
        config.directory = vec![config::Directory::Crowd(Box::new(settings))];
        config.access.administrators = vec!["corp:crowd-admins".to_owned()];
        config.access.membership_cache = Duration::ZERO;
    }
}

/// A portal whose `read-only` is for `developers`, and its clock.
async fn started(server: &Server) -> (TestApp, Clock) {
    let clock = Clock::fixed(Clock::system().now());
    let app = TestApp::builder().clock(clock.clone()).config(configure(server)).start().await;
    granted(&app).await;
    (app, clock)
}

async fn granted(app: &TestApp) {
    let key = world::add_key(app, "broker", world::KEY_ID, world::SECRET).await;
    world::add_connector(app, &world::form("Read only", "read-only", &key), &["Developers"]).await;
}

/// A browser that brings this token.
fn bringing(app: &TestApp, token: &str) -> Person {
    let person = app.anybody();
    bring(&person, token);
    person
}

fn bring(person: &Person, token: &str) {
    person.cookies.lock().unwrap().insert(COOKIE.to_owned(), token.to_owned());
}

async fn press(person: &Person) -> Page {
    person.post("/sign-in/sso", &[("directory", "corp"), ("next", CONSOLE)]).await
}

/// alice, who signed in so.
async fn alice(app: &TestApp) -> Person {
    let alice = bringing(app, TOKEN);
    press(&alice).await.leads_to(CONSOLE);
    alice
}

/// What Crowd was asked of sessions since the last time: method, resource and body.
fn asked(server: &Server) -> Vec<(String, String, String)> {
    let heard = server.heard().into_iter().filter(|heard| heard.resource.starts_with("session"));
    heard.map(|heard| (heard.method, heard.resource, heard.body)).collect()
}

async fn refused(app: &TestApp, reason: &str) {
    assert_eq!(app.last_row().await, ("session.start".into(), "refused".into(), reason.into()));
}

#[actix_web::test]
async fn a_browser_with_a_session_of_crowd_signs_in_without_a_password() {
    let server = crowd().await;
    let (app, _) = started(&server).await;
    let alice = bringing(&app, TOKEN);
    alice.get("/").await.leads_to("/sign-in");
    alice.get("/sign-in").await.is(200).says(BUTTON);
    assert_eq!(asked(&server), [], "nothing is asked of a session before the button is pressed");
    press(&alice).await.leads_to(CONSOLE);
    let body = r#"{"validationFactors":[{"name":"remote_address","value":"127.0.0.1"}]}"#;
    assert_eq!(asked(&server), [("POST".to_owned(), format!("session/{TOKEN}"), body.to_owned())]);
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str(), row.actor_name.as_str()), ("session.start", "ok", "alice"));
    assert_eq!((row.directory.as_deref(), &row.detail["via"]), (Some("corp"), &"sso".into()));
    alice.get("/").await.is(200).says("Read only").says("alice of Crowd");
    alice.post(CONSOLE, &[]).await.is(303);
    alice.get("/sign-in").await.leads_to("/");
    alice.get("/admin/connectors").await.is(403);
    // Whoever reads the database cannot be alice at Crowd.
    let rows = app.events().await.into_iter().map(|row| format!("{:?}", row.event)).collect::<String>();
    assert!(!rows.contains(TOKEN), "the usage log has the token");
    let select = |connection: &mut _| Ok(sessions::table.select(sessions::state).load::<String>(connection)?);
    let states = app.app.database.read(select).await.unwrap();
    assert!(states.len() == 1 && !states[0].contains(TOKEN), "{states:?}");
}

#[actix_web::test]
async fn it_is_off_until_it_is_switched_on() {
    let server = crowd().await;
    let app = TestApp::builder().config(server.configure()).start().await;
    let alice = bringing(&app, TOKEN);
    alice.get("/sign-in").await.is(200).does_not_say("Continue with");
    press(&alice).await.is(404);
    assert_eq!(server.heard().iter().map(|heard| heard.resource.as_str()).collect::<Vec<_>>(), Vec::<&str>::new());
    // Nor of a directory that there is not, or that has none.
    let (app, _) = started(&server).await;
    for name in ["", "local", "CORP", "corp\\"] {
        bringing(&app, TOKEN).post("/sign-in/sso", &[("directory", name)]).await.is(404);
    }
    assert_eq!(asked(&server), []);
}

#[actix_web::test]
async fn a_session_ends_within_a_minute_of_crowds_and_not_before() {
    type Change = fn(&mut super::world::World);
    let ends: [Change; 4] = [
        |world| drop(world.sessions.remove(TOKEN)),
        |world| world.sessions.get_mut(TOKEN).unwrap().expired = true,
        |world| "192.0.2.1".clone_into(&mut world.sessions.get_mut(TOKEN).unwrap().address),
        |world| drop(world.users.remove("alice")),
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let server = crowd().await;
        let (app, clock) = started(&server).await;
        let alice = alice(&app).await;
        // As long as it is good there, it is good here.
        for _ in 0..3 {
            asked(&server);
            clock.advance(TimeDelta::milliseconds(59_999));
            alice.get("/").await.is(200);
            assert_eq!(asked(&server), [], "it is asked once a minute");
            clock.advance(TimeDelta::milliseconds(1));
            alice.get("/").await.is(200);
            assert_eq!(asked(&server).len(), 1);
        }
        // The last is not told by the session, but by the directory at once.
        if number == 3 {
            server.change(end);
            alice.get("/").await.leads_to("/sign-in");
            continue;
        }
        server.change(end);
        clock.advance(TimeDelta::milliseconds(59_999));
        alice.post(CONSOLE, &[]).await.is(303);
        clock.advance(TimeDelta::milliseconds(1));
        alice.post(CONSOLE, &[]).await.leads_to("/sign-in");
        let row = app.last_event().await.event;
        assert_eq!((row.kind.as_str(), row.actor_name.as_str()), ("session.end", "alice"));
        assert_eq!(row.detail["via"], "sso");
        // And stays ended, whatever comes back.
        server.change(|world| _ = world.session(TOKEN, "alice", LOCAL));
        alice.get("/").await.leads_to("/sign-in");
    }
}

#[actix_web::test]
async fn a_session_needs_the_cookie_that_it_began_with() {
    let server = crowd().await;
    server.change(|world| _ = world.session("fakeTokenOfBob", "bob", LOCAL));
    let (app, _) = started(&server).await;
    for other in [None, Some("fakeTokenOfBob"), Some("fakeTokenOfNobody"), Some("no token")] {
        let alice = alice(&app).await;
        alice.cookies.lock().unwrap().remove(COOKIE);
        other.inspect(|other| bring(&alice, other));
        alice.get("/").await.leads_to("/sign-in");
        bring(&alice, TOKEN);
        alice.get("/").await.leads_to("/sign-in");
    }
    // One beside it, which a neighbour of the domain has put there, takes nothing away.
    let alice = alice(&app).await;
    let own = alice.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    let cookies = format!("{COOKIE}=fakeTokenOfBob; {}", own.join("; "));
    let page = app.anybody();
    page.send(page.request(Method::GET, "/").header("cookie", cookies)).await.is(200).says("alice of Crowd");
}

#[actix_web::test]
async fn what_is_no_session_of_crowd_signs_nobody_in() {
    let server = crowd().await;
    let (app, _) = started(&server).await;
    let long = "x".repeat(513);
    // What cannot be a token is not shown to Crowd, nor offered.
    for value in ["", "..", "a/../b", "%2e%2e", "a%0d%0aX-Fake:%20y", "a%2Fb", "\"", long.as_str()] {
        let person = bringing(&app, value);
        person.get("/sign-in").await.is(200).does_not_say(BUTTON);
        press(&person).await.is(401).says("corp does not take the session that this browser brings");
        refused(&app, "sso_session").await;
    }
    press(&app.anybody()).await.is(401);
    assert_eq!(asked(&server), []);
    // Two that differ: nobody can tell which is the browser's own.
    let two = |other: &str| format!("{COOKIE}={TOKEN}; {COOKIE}={other}");
    let person = app.anybody();
    let page = person.send(person.request(Method::GET, "/sign-in").header("cookie", two("fakeTokenOfBob"))).await;
    page.is(200).does_not_say(BUTTON);
    let form = [("directory", "corp")];
    let request = person.request(Method::POST, "/sign-in/sso").header("cookie", two("fakeTokenOfBob")).form(&form);
    person.send(request).await.is(401);
    assert_eq!(asked(&server), []);
    let request = person.request(Method::POST, "/sign-in/sso").header("cookie", two(TOKEN)).form(&form);
    person.send(request).await.leads_to("/");
    // What looks like one is offered, and refused by Crowd.
    let person = bringing(&app, "fakeTokenOfNobody");
    person.get("/sign-in").await.says(BUTTON);
    let page = press(&person).await;
    assert_eq!(page.is(401).does_not_say(BUTTON).value_of("next").as_deref(), Some(CONSOLE));
    refused(&app, "sso_session").await;
}

#[actix_web::test]
async fn whoever_may_not_sign_in_by_password_may_not_so() {
    let server = crowd().await;
    let (app, _) = started(&server).await;
    let token = "fakeTokenOfCarla";
    server.change(|world| _ = world.session(token, "carla", LOCAL));
    press(&bringing(&app, token)).await.is(401);
    refused(&app, "inactive").await;
    let faults = [
        ("session/fakeTokenOfCarla", "APPLICATION_ACCESS_DENIED", "inactive"),
        ("session/fakeTokenOfCarla", "INACTIVE_ACCOUNT", "inactive"),
        ("session/fakeTokenOfCarla", "INVALID_USER_AUTHENTICATION", "sso_session"),
        ("session/fakeTokenOfCarla", "USER_NOT_FOUND", "sso_session"),
        ("user", "USER_NOT_FOUND", "unknown_person"),
    ];
    for (resource, reason, expected) in faults {
        server.heal();
        let body = serde_json::json!({"reason": reason, "message": "no"}).to_string();
        server.fault(resource, Fault::Say(400, "application/json", body));
        press(&bringing(&app, token)).await.is(401).does_not_say(reason);
        refused(&app, expected).await;
    }
    // Crowd answers with somebody else than it was asked for.
    server.heal();
    server.fault("session/fakeTokenOfCarla", Fault::json(r#"{"user":{"name":"\u0000"}}"#));
    press(&bringing(&app, token)).await.is(503);
}

#[actix_web::test]
async fn while_crowd_is_silent_nobody_gets_in_or_on() {
    let mut server = crowd().await;
    let (app, clock) = started(&server).await;
    let alice = alice(&app).await;
    let faults = [Fault::Hang, Fault::Reset, Fault::Say(500, "text/html", String::new()), Fault::json("{}")];
    for (number, fault) in faults.into_iter().enumerate() {
        server.fault(&format!("session/{TOKEN}"), fault.clone());
        alice.get("/").await.is(200);
        clock.advance(TimeDelta::seconds(60));
        alice.get("/").await.is(503).says("The directory “corp” does not answer");
        alice.post(CONSOLE, &[]).await.is(503);
        assert_eq!(app.last_row().await, ("console.open".into(), "failed".into(), "directory".into()), "{fault:?}");
        press(&bringing(&app, TOKEN)).await.is(503).says("The directory “corp” does not answer");
        // A row a minute, by the machine's own clock.
        if number == 0 {
            assert_eq!(app.last_row().await, ("session.start".into(), "failed".into(), "directory".into()));
        }
        // The session was not lost over it.
        server.heal();
        alice.get("/").await.is(200);
    }
    server.stop().await;
    clock.advance(TimeDelta::minutes(10));
    // The name of the cookie that was known is good enough for the button.
    bringing(&app, TOKEN).get("/sign-in").await.is(200).says(BUTTON);
    press(&bringing(&app, TOKEN)).await.is(503);
    server.again().await;
    alice.get("/").await.is(200);
}
