//! The portal with people of Crowd.

use std::time::Instant;

use super::server::{Fault, LIMIT, SLACK, Server};
use crate::support::{Page, Person, TestApp, world};

const CONSOLE: &str = "/console/read-only";

/// A portal whose `read-only` is for `developers`.
async fn started(server: &Server) -> TestApp {
    let app = TestApp::builder().config(server.configure()).start().await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    world::add_connector(&app, &world::form("Read only", "read-only", &key), &["Developers"]).await;
    app
}

async fn sign_in(person: &Person, name: &str) -> Page {
    let password = format!("fake-password-{}", name.trim().trim_start_matches("corp\\").to_lowercase());
    person.post("/sign-in", &[("username", name), ("password", &password)]).await
}

async fn signed_in(app: &TestApp, name: &str) -> Person {
    let person = app.anybody();
    sign_in(&person, name).await.leads_to("/");
    person
}

#[actix_web::test]
async fn people_of_crowd_use_what_their_groups_may() {
    let server = Server::start().await;
    let app = started(&server).await;
    for name in ["alice", " ALICE ", "corp\\alice"] {
        let alice = signed_in(&app, name).await;
        alice.get("/").await.is(200).says("Read only").says("alice of Crowd");
        alice.post(CONSOLE, &[]).await.is(303);
        let row = app.last_event().await.event;
        assert_eq!((row.kind.as_str(), row.actor_name.as_str()), ("console.open", "alice"));
        assert_eq!((row.directory.as_deref(), row.group_path.as_deref()), (Some("corp"), Some("corp:developers")));
        assert!(row.arn.unwrap().ends_with("/alice"), "the same person each time");
        alice.get("/admin/connectors").await.is(403);
    }
    let bob = signed_in(&app, "bob").await;
    bob.get("/").await.is(200).does_not_say("Read only");
    bob.post(CONSOLE, &[]).await.is(404);
    assert_eq!(app.last_row().await, ("console.open".into(), "refused".into(), "not_granted".into()));
    app.anybody().post(CONSOLE, &[]).await.leads_to("/sign-in");
    let ada = signed_in(&app, "ada").await;
    ada.get("/admin/connectors").await.is(200);
    ada.get("/admin/system").await.is(200).says(&format!("Crowd at {}", server.url));
}

#[actix_web::test]
async fn what_is_wrong_is_not_told_at_the_door_and_written_down() {
    let server = Server::start().await;
    let app = started(&server).await;
    for (name, password, reason) in [
        ("alice", "fake-wrong", "wrong_password"),
        ("alice", "", "wrong_password"),
        ("carla", "fake-password-carla", "inactive"),
        ("nobody", "fake-password-nobody", "unknown_person"),
        ("alice\" or name = \"*", "fake-password-alice", "unknown_person"),
        ("alice&username=bob", "fake-password-bob", "unknown_person"),
    ] {
        let page = app.anybody().post("/sign-in", &[("username", name), ("password", password)]).await;
        assert_eq!(page.is(401).value_of("username").as_deref(), Some(name));
        assert_eq!(app.last_row().await, ("session.start".into(), "refused".into(), reason.into()), "{name}");
    }
}

#[actix_web::test]
async fn three_wrong_passwords_are_passed_on_to_crowd_and_no_more() {
    let server = Server::start().await;
    let app = started(&server).await;
    for (number, name) in ["alice", "ALICE", "corp\\Alice", "alice ", "alice"].into_iter().enumerate() {
        let password = format!("fake-wrong-{number}");
        app.anybody().post("/sign-in", &[("username", name), ("password", &password)]).await.is(401);
    }
    let tries = server.heard().into_iter().filter(|heard| heard.resource == "authentication").count();
    assert_eq!(tries, 3);
    assert_eq!(app.last_row().await.2, "throttled");
}

#[actix_web::test]
async fn whoever_is_taken_out_closed_or_deleted_is_out() {
    let server = Server::start().await;
    let app = started(&server).await;
    let alice = signed_in(&app, "alice").await;
    alice.post(CONSOLE, &[]).await.is(303);
    server.change(|world| world.users.get_mut("alice").unwrap().groups.clear());
    alice.post(CONSOLE, &[]).await.is(404);
    server.change(|world| _ = world.user("alice", &["developers"]));
    alice.post(CONSOLE, &[]).await.is(303);
    server.change(|world| world.users.get_mut("alice").unwrap().active = false);
    let page = alice.post(CONSOLE, &[]).await;
    page.leads_to("/sign-in");
    server.change(|world| world.users.get_mut("alice").unwrap().active = true);
    let alice = signed_in(&app, "alice").await;
    // A renamed person is who they were, with their name at AWS.
    server.change(|world| {
        let renamed = super::world::User { name: "alicia".to_owned(), ..world.users.remove("alice").unwrap() };
        world.users.insert("alicia".to_owned(), renamed);
    });
    alice.post(CONSOLE, &[]).await.is(303);
    let row = app.last_event().await.event;
    assert_eq!((row.actor_name.as_str(), row.session_name.as_deref()), ("alicia", Some("alice")));
    server.change(|world| drop(world.users.remove("alicia")));
    assert_eq!(alice.get("/").await.status, 303);
}

#[actix_web::test]
async fn without_crowd_nobody_gets_anything_until_it_comes_back() {
    let mut server = Server::start().await;
    let app = started(&server).await;
    let alice = signed_in(&app, "alice").await;
    let issued = app.sandbox.counters().issued;
    let faults = [
        Fault::Hang,
        Fault::Reset,
        Fault::Say(500, "text/html", "<html>fake-page</html>".to_owned()),
        Fault::Say(401, "text/plain", "Application failed to authenticate".to_owned()),
        Fault::Say(403, "text/html", String::new()),
        Fault::Say(200, "text/html", "<html>fake-page</html>".to_owned()),
        Fault::json("{\"name\":"),
    ];
    for fault in faults {
        server.fault("", fault.clone());
        let start = Instant::now();
        let page = alice.post(CONSOLE, &[]).await;
        page.is(503).says("The directory “corp” does not answer").does_not_say("fake-");
        assert!(start.elapsed() < 2 * LIMIT + SLACK, "{fault:?}");
        assert_eq!(app.last_row().await, ("console.open".into(), "failed".into(), "directory".into()));
        let page = sign_in(&app.anybody(), "bob").await;
        page.is(503).says("The directory “corp” does not answer");
        assert_eq!(page.value_of("username").as_deref(), Some("bob"), "the name is lost");
        assert_eq!(app.last_row().await, ("session.start".into(), "failed".into(), "directory".into()));
        server.heal();
        alice.get("/").await.is(200).says("Read only");
    }
    server.stop().await;
    alice.post(CONSOLE, &[]).await.is(503);
    assert_eq!(app.sandbox.counters().issued, issued);
    server.again().await;
    alice.post(CONSOLE, &[]).await.is(303);
}

#[actix_web::test]
async fn groups_of_crowd_are_picked_granted_and_gone() {
    let server = Server::start().await;
    let app = started(&server).await;
    let (ada, bob) = (signed_in(&app, "ada").await, signed_in(&app, "bob").await);
    let id = app.connector_id("read-only").await;
    let picker = ada.get(&format!("/admin/permissions/groups?connector={id}&q=PAY")).await;
    picker.is(200).says("1 group").says("Payments Ops");
    let (_, rest) = picker.body.split_once("name=\"group\" value=\"").unwrap();
    let value = rest.split('"').next().unwrap();
    let granted = [("connector", id.as_str()), ("group", value), ("q", "")];
    ada.post("/admin/permissions/grant", &granted).await.is(303);
    bob.post(CONSOLE, &[]).await.is(404);
    server.change(|world| _ = world.user("bob", &["PAYMENTS OPS"]));
    bob.post(CONSOLE, &[]).await.is(303);
    server.change(|world| drop(world.groups.remove("payments ops")));
    bob.post(CONSOLE, &[]).await.is(404);
}
