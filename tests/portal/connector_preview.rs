//! The preview of what a connector sends for somebody.

use daypass::portal::connectors::ConnectorForm;
use daypass::portal::users;

use crate::per_person::person;
use crate::support::{Browser, PASSWORD, Person, TestApp, world};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/{{user.name}}/*"}]}"#;

async fn started() -> (TestApp, Person, String) {
    let app = TestApp::builder().start().await;
    app.add_person("member-of-ops", &["ops"]).await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    let form = ConnectorForm {
        policy: POLICY.to_owned(),
        tags: "Team = {{user.attribute.team}}\nFixed = yes".to_owned(),
        transitive_tags: "Team".to_owned(),
        ..world::form("Home", "home", &key)
    };
    let id = world::add_connector(&app, &form, &["ops"]).await;
    let ada = app.administrator().await;
    (app, ada, format!("/admin/connectors/{id}/preview"))
}

#[actix_web::test]
async fn what_is_sent_is_shown_and_nothing_is_issued() {
    let (app, ada, address) = started().await;
    person(&app, "b*b<i>", &[("team", "Blue")]).await;
    person(&app, "alice", &[("team", "<b>Blue</b>")]).await;
    ada.get(&address).await.is(200).says("Nothing is issued.").says("User name");
    assert!(ada.get(&address).await.body.contains("<option value=\"alice\">"), "who signed in lately is offered");
    ada.get(&address.replace("/preview", "")).await.says("Preview for a person");
    let rows = app.events().await.len();

    let page = ada.post(&address, &[("user_name", "ALICE")]).await;
    page.is(200).says("For alice").says("{{user.name}}").says("{{user.attribute.team}} <b>Blue</b>");
    page.says("Nothing would be handed out: {{user.attribute.team}} has the character “<”").does_not_say("home/alice");
    assert!(!page.body.contains("<b>Blue"), "it is escaped");
    app.sql("UPDATE local_attributes SET value = 'Blue 7' WHERE value LIKE '<b>%'").await;
    let page = ada.post(&address, &[("user_name", "local\\alice")]).await;
    page.is(200)
        .says("arn:aws:s3:::home/alice/*")
        .says("of 2048 characters")
        .says("Blue 7")
        .says("Transitive")
        .says("Fixed")
        .does_not_say("Nothing would be handed out");

    let page = ada.post(&address, &[("user_name", "b*b<i>")]).await;
    page.is(200).says("home/b${*}b<i>/*");
    assert!(!page.body.contains("b<i>"), "it is escaped");
    assert_eq!(app.sandbox.counters().issuing, 0);
    // Whoever was looked at is in the log.
    let events = app.events().await;
    let written: Vec<_> = events[..events.len() - rows].iter().map(|row| &row.event).collect();
    assert!(written.iter().all(|event| event.kind.as_str() == "directory.look_up" && event.connector_id.is_some()));
    assert_eq!(written.iter().map(|event| &event.detail["user"]).collect::<Vec<_>>(), ["b*b<i>", "alice", "alice"]);
}

#[actix_web::test]
async fn who_is_not_there_or_lacks_something_is_said() {
    let (app, ada, address) = started().await;
    app.add_person("bob", &["ops"]).await;
    ada.post(&address, &[("user_name", "bob")])
        .await
        .is(200)
        .says("{{user.attribute.team}}")
        .says("It has no value for this person.")
        .says("Nothing would be handed out: {{user.attribute.team}} has no value for this person.");
    users::set_active(&app.app, "bob", false).await.unwrap();
    ada.post(&address, &[("user_name", "bob")]).await.is(200).says("closed this person's account");
    let page = ada.post(&address, &[("user_name", "nobody \"here\"")]).await;
    page.is(422);
    assert_eq!(page.field_error("user_name"), "Nobody in the directory “local” signs in as “nobody \"here\"”.");
    assert_eq!(page.value_of("user_name").as_deref(), Some("nobody \"here\""));
    assert!(!ada.post(&address, &[]).await.is(422).field_error("user_name").is_empty());
    let missing = address.replace(|c: char| c.is_ascii_digit(), "0");
    ada.get(&missing).await.is(404);
    ada.post(&missing, &[("user_name", "bob")]).await.is(404);
    let alice = app.person("alice", &["ops"]).await;
    alice.post(&address, &[("user_name", "bob")]).await.is(403);
    app.anybody().get(&address).await.is(303);
}

#[actix_web::test]
async fn a_connector_without_placeholders_is_the_same_for_everybody() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    for (slug, has_policy) in [("read-only", false), ("federated", true), ("session", false)] {
        let address = format!("/admin/connectors/{}/preview", app.connector_id(slug).await);
        let page = ada.post(&address, &[("user_name", "ada")]).await;
        page.is(200).says("everybody gets the same");
        assert_eq!(page.text().contains("Session policy"), has_policy, "{slug}");
    }
}

#[actix_web::test]
async fn the_preview_in_pictures() {
    let (app, _, address) = started().await;
    person(&app, "emil", &[("team", "Blue 7")]).await;
    person(&app, "bob", &[]).await;
    let browser = Browser::start().await;
    browser.open(&app.url).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.find("details.person").await;
    browser.open(&format!("{}{}", app.url, address.replace("/preview", ""))).await;
    browser.click("details.explain summary").await;
    browser.look("connector-explained").await;
    for (name, part) in [("emil", "Transitive"), ("bob", "No value")] {
        browser.open(&format!("{}{address}", app.url)).await;
        browser.fill("#f-user_name", name).await;
        browser.press("Preview").await;
        browser.says(part).await;
        browser.look(&format!("connector-preview-{name}")).await;
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// How long the policy gets at most, and what is assumed of an attribute that nobody was seen with.
#[actix_web::test]
async fn the_longest_case_is_said_with_what_was_assumed() {
    let app = TestApp::builder().start().await;
    app.add_person("member-of-ops", &["ops"]).await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    let policy = POLICY.replace("user.name", "user.attribute.team");
    let rest = policy.replace("{{user.attribute.team}}", "").len();
    let form = ConnectorForm { policy, ..world::form("Home", "home", &key) };
    let id = world::add_connector(&app, &form, &["ops"]).await;
    let (ada, address) = (app.administrator().await, format!("/admin/connectors/{id}/preview"));
    app.add_person("alice", &["ops"]).await;
    users::set_attribute(&app.app, "alice", "team", "Blue*").await.unwrap();
    let longest = |length: usize| format!("seen so far it has {} of 2048 characters.", rest + length);
    let page = ada.post(&address, &[("user_name", "alice")]).await;
    // ${*} takes four.
    page.is(200).says(&longest(8)).does_not_say("Nobody was seen");
    users::set_attribute(&app.app, "alice", "team", "").await.unwrap();
    app.add_person("bob", &["ops"]).await;
    users::set_attribute(&app.app, "bob", "team", "Green").await.unwrap();
    app.sign_in("bob").await;
    users::set_attribute(&app.app, "bob", "team", "Red").await.unwrap();
    // What somebody signed in with stays known, as far as its length goes.
    ada.post(&address, &[("user_name", "bob")]).await.says("home/Red/*").says(&longest(5));
    let changes: Vec<_> = app.events().await.into_iter().filter(|row| row.event.kind == "user.attribute").collect();
    assert_eq!(changes.len(), 4);
    let last = &changes[0].event.detail;
    assert_eq!((&last["user"], &last["before"], &last["after"]), (&"bob".into(), &"Green".into(), &"Red".into()));

    // One that nobody was seen with counts as long as AWS takes a tag's value; then the save is refused with the reason.
    let typed = |attribute: &str, sid: usize| {
        let policy = POLICY.replace("user.name", &format!("user.attribute.{attribute}"));
        let policy = policy.replace("\"Effect\"", &format!("\"Sid\":\"{}\",\"Effect\"", "x".repeat(sid)));
        ConnectorForm { policy, ..world::form("Other", "other", &key) }
    };
    let room = 2048 - rest - r#""Sid":"","#.len() - 256;
    let error = daypass::portal::connectors::create(&app.app, &world::setter(), &typed("cost", room + 1)).await;
    let daypass::portal::PortalError::Invalid(errors) = error.unwrap_err() else { panic!("it fits") };
    let sentence = errors.get("policy").unwrap();
    assert!(
        sentence.contains("2049 characters") && sentence.contains("Nobody was seen with the attribute cost yet"),
        "{sentence}"
    );
    let id = world::add_connector(&app, &typed("cost", room), &[]).await;
    users::set_attribute(&app.app, "alice", "team", "Blue").await.unwrap();
    users::set_attribute(&app.app, "bob", "cost", "7").await.unwrap();
    let page = ada.post(&format!("/admin/connectors/{id}/preview"), &[("user_name", "bob")]).await;
    page.says(&format!("it has {} of 2048 characters.", 2048 - 255)).does_not_say("Nobody was seen");
}
