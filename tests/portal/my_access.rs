//! The start page: it lists what one may use, and nothing else.

use daypass::portal::connectors::ConnectorForm;

use crate::support::sql::{connect, run};
use crate::support::{Person, TestApp, world};

const ALL: [&str; 5] = ["read-only", "federated", "session", "system", "off"];

/// The sample, and a connector that is switched off.
async fn started(everything: bool) -> TestApp {
    let app =
        TestApp::builder().config(move |config| config.access.administrators_may_use_all = everything).start().await;
    world::fill(&app).await;
    let off = ConnectorForm { enabled: false, ..world::form("Off", "off", &app.key_id("broker").await) };
    world::add_connector(&app, &off, &["ops"]).await;
    app
}

/// What the page lists, and what can be used: both have to be the same.
async fn usable(app: &TestApp, person: &Person) -> Vec<&'static str> {
    let page = person.get("/").await;
    let listed = |slug: &&str| page.body.contains(&format!("href=\"/connectors/{slug}/credentials\""));
    let listed: Vec<&str> = ALL.into_iter().filter(listed).collect();
    let mut used = Vec::new();
    for slug in ALL {
        let answer = person.post(&format!("/connectors/{slug}/credentials"), &[]).await;
        if answer.status == 200 {
            used.push(slug);
        }
        let shown = person.get(&format!("/connectors/{slug}/credentials")).await;
        assert_eq!(answer.status, shown.status, "{slug}: shown and used differ");
        let console = person.get(&format!("/console/{slug}")).await.status;
        let expected = if slug == "session" && shown.status == 200 { 422 } else { shown.status };
        assert_eq!(console, expected, "{slug}: console page");
    }
    assert_eq!(listed, used, "list and use differ");
    let row = app.last_event().await.event;
    assert_eq!(row.actor_kind, "person");
    listed
}

#[actix_web::test]
async fn the_list_is_what_can_be_used() {
    let app = started(true).await;
    let nobody = app.person("nobody-special", &[]).await;
    assert!(usable(&app, &nobody).await.is_empty());
    let auditor = app.auditor().await;
    assert!(usable(&app, &auditor).await.is_empty());
    let member = app.person("alice", &["ops"]).await;
    assert_eq!(usable(&app, &member).await, ["read-only", "federated", "session"]);
    let administrator = app.administrator().await;
    assert_eq!(usable(&app, &administrator).await, ["read-only", "federated", "session", "system"]);
}

#[actix_web::test]
async fn administrators_may_be_kept_to_their_grants() {
    let app = started(false).await;
    let administrator = app.administrator().await;
    assert!(usable(&app, &administrator).await.is_empty());
    let both = app.person("both", &["administrators", "ops"]).await;
    assert_eq!(usable(&app, &both).await, ["read-only", "federated", "session"]);
}

#[actix_web::test]
async fn why_somebody_may_stands_in_the_row() {
    let app = started(true).await;
    let both = app.person("both", &["administrators", "ops"]).await;
    both.post("/connectors/read-only/credentials", &[]).await.is(200);
    assert_eq!(app.last_event().await.event.rule.as_deref(), Some("grant"), "the narrowest reason");
    both.post("/connectors/system/credentials", &[]).await.is(200);
    let row = app.last_event().await.event;
    assert_eq!((row.rule.as_deref(), row.grant_id), (Some("administrator"), None));
}

#[actix_web::test]
async fn it_filters_and_shows_what_was_used_lately() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let bob = app.person("bob", &["ops"]).await;
    let page = alice.get("/?q=FEDER").await;
    page.says("Federated").does_not_say("Read only");
    assert!(page.body.contains("name=\"q\" value=\"FEDER\""));
    for account in [world::ACCOUNT, "1234-5678-9012"] {
        alice.get(&format!("/?q={account}")).await.says("Federated").says("Read only");
    }
    alice.get("/?q=nothing-like-it").await.says("No connector matches what you typed.");
    alice.get("/").await.says("AWS does not see the person").does_not_say("Recent");

    alice.console_link("read-only").await;
    alice.get("/").await.says("Recent").says("Read only opened the console").says("still valid");
    bob.get("/").await.does_not_say("Recent");
}

#[actix_web::test]
async fn an_empty_page_says_what_to_do() {
    let app = TestApp::builder().start().await;
    app.person("alice", &[]).await.get("/").await.says("Ask the people who run Daypass here");
    app.administrator().await.get("/").await.says("Create a connector");
}

/// Whether the start page lists a connector.
async fn lists(person: &Person, slug: &str) -> bool {
    person.get("/").await.body.contains(&format!("href=\"/connectors/{slug}/credentials\""))
}

/// A list is kept while nothing changes that it is made of, whoever changes it: here it is somebody beside the portal.
#[actix_web::test]
async fn whatever_changes_shows_at_once() {
    let app = TestApp::start().await;
    let (alice, administrator) = (app.person("alice", &["ops"]).await, app.administrator().await);
    let mut connection = connect(&app.app.config);
    let mut change = |statement: &str| run(&mut connection, statement);
    for _ in 0..2 {
        assert!(lists(&alice, "read-only").await && lists(&alice, "federated").await && !lists(&alice, "system").await);
        assert!(lists(&administrator, "read-only").await && lists(&administrator, "system").await);
    }
    change("UPDATE connectors SET enabled = FALSE WHERE slug = 'federated'");
    assert!(lists(&alice, "read-only").await && !lists(&alice, "federated").await);
    assert!(!lists(&administrator, "federated").await);
    change("UPDATE connectors SET enabled = TRUE, name = 'Renamed' WHERE slug = 'federated'");
    alice.get("/").await.says("Renamed");
    change("UPDATE accounts SET label = 'Payments of ours'");
    alice.get("/").await.says("Payments of ours");
    change("DELETE FROM accounts");
    alice.get("/").await.says("Account not known");
    let moved = "UPDATE grants SET group_id = 'others' WHERE connector_id IN (SELECT id FROM connectors WHERE slug = 'session')";
    change(moved);
    assert!(!lists(&alice, "session").await);
    change("DELETE FROM grants WHERE group_id = 'ops'");
    alice.get("/").await.says("Ask the people who run Daypass here");
    world::grant(&app, &app.connector_id("federated").await, "ops").await;
    assert!(lists(&alice, "federated").await);
    change("DELETE FROM connectors WHERE slug = 'federated'");
    assert!(!lists(&alice, "federated").await);
    // Who leaves a group sees no more what it may use, though nothing of the lists has changed.
    let carol = app.person("carol", &["others"]).await;
    assert!(lists(&carol, "session").await);
    change("DELETE FROM local_memberships WHERE group_id = 'others'");
    assert!(!lists(&carol, "session").await);
}

/// A row that somebody damaged is missing from the list; the others are there.
#[actix_web::test]
async fn a_damaged_connector_hides_no_other() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let mut connection = connect(&app.app.config);
    run(&mut connection, "UPDATE connectors SET principal_type = 'nonsense' WHERE slug = 'federated'");
    run(&mut connection, "UPDATE connectors SET policy = 'nonsense' WHERE slug = 'session'");
    alice.get("/").await.is(200).says("Read only").does_not_say("Federated");
}
