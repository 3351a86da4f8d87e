//! The versions of a connector: listed, compared, taken up again; copies; the switch.

use crate::support::{TestApp, world};

/// `read-only` in its second version: another description, eight hours, a policy.
async fn changed() -> (TestApp, crate::support::Person, String) {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let id = app.connector_id("read-only").await;
    let form = daypass::portal::connectors::ConnectorForm {
        description: "Now <with> a description".to_owned(),
        duration: "8h".to_owned(),
        policy: world::POLICY.to_owned(),
        version: 1,
        ..world::form("Read only", "read-only", &app.key_id("broker").await)
    };
    daypass::portal::connectors::update(&app.app, &world::setter(), &id, &form).await.unwrap();
    (app, ada, id)
}

#[actix_web::test]
async fn each_save_is_a_version_that_says_what_it_changed() {
    let (_app, ada, id) = changed().await;
    let path = format!("/admin/connectors/{id}/versions");
    let page = ada.get(&path).await;
    page.is(200).says("In force").says("Made").says("Description").says("Valid for").says("Session policy");
    let page = ada.get(&format!("{path}?from=1&to=2")).await;
    page.is(200).says("Version 1 and version 2").says("Now <with> a description").says("8h");
    assert!(page.body.contains("diff-new") && page.text().contains("s3:*"), "{}", page.body);
    ada.get(&format!("{path}?from=2&to=2")).await.says("They say the same.");
    for wrong in ["?from=1&to=9", "?from=-1&to=1"] {
        ada.get(&format!("{path}{wrong}")).await.is(404);
    }
    ada.get("/admin/connectors/0193f6a1-0000-7000-8000-000000000001/versions").await.is(404);
}

#[actix_web::test]
async fn an_earlier_version_is_taken_up_again_as_the_next_one() {
    let (app, ada, id) = changed().await;
    let path = format!("/admin/connectors/{id}");
    let page = ada.get(&format!("{path}?restore=1")).await;
    page.is(200).says("This is version 1 as it was saved.");
    assert_eq!(page.value_of("description").as_deref(), Some(""));
    assert_eq!(page.value_of("version").as_deref(), Some("2"));
    let fields = ["name", "slug", "description", "role_arn", "version", "restored", "duration"];
    let mut typed: Vec<(&str, String)> =
        fields.iter().map(|field| (*field, page.value_of(field).unwrap_or_default())).collect();
    typed.push(("principal_type", "assume_role".to_owned()));
    typed.push(("access_key", app.key_id("broker").await));
    typed.push(("enabled", "true".to_owned()));
    let pairs: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    ada.post(&path, &pairs).await.is(303);
    let event = app.last_event().await.event;
    assert_eq!((event.kind.as_str(), event.connector_version), ("connector.update", Some(3)));
    assert_eq!(event.detail["restored_version"], 1);
    ada.get(&format!("{path}/versions?from=1&to=3")).await.says("They say the same.");
    ada.get(&format!("{path}?restore=9")).await.is(404);
}

#[actix_web::test]
async fn the_log_leads_an_administrator_to_the_version_that_was_used() {
    let (app, ada, id) = changed().await;
    let alice = app.person("alice", &["ops"]).await;
    alice.post("/connectors/read-only/credentials", &[]).await.is(200);
    let row = app.last_event().await.id;
    let page = ada.get(&format!("/usage-log/{row}")).await;
    assert!(page.body.contains(&format!("href=\"/admin/connectors/{id}/versions/2\"")), "{}", page.body);
    let page = ada.get(&format!("/admin/connectors/{id}")).await;
    page.says("Last uses").says("alice");
    assert!(page.body.contains(&format!("/usage-log/{row}")));
    // An auditor may not go there.
    let page = app.auditor().await.get(&format!("/usage-log/{row}")).await;
    assert!(!page.is(200).body.contains("/admin/connectors"));
    alice.get(&format!("/admin/connectors/{id}/versions")).await.is(403);
}

#[actix_web::test]
async fn a_copy_begins_as_the_other_and_has_no_groups() {
    let (app, ada, id) = changed().await;
    let page = ada.get(&format!("/admin/connectors/new?copy={id}")).await;
    page.is(200);
    assert_eq!(page.value_of("name").as_deref(), Some("Copy of Read only"));
    assert_eq!(page.value_of("slug").as_deref(), Some(""));
    assert_eq!(page.value_of("duration").as_deref(), Some("8h"));
    assert_eq!(page.value_of("role_arn"), Some(world::role("ReadOnly")));
    ada.get("/admin/connectors/new?copy=0193f6a1-0000-7000-8000-000000000001").await.is(404);
    assert_eq!(app.last_event().await.event.kind, "connector.update", "something was saved");
}

#[actix_web::test]
async fn the_switch_makes_a_version_and_nothing_is_issued_meanwhile() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let id = app.connector_id("read-only").await;
    let alice = app.person("alice", &["ops"]).await;
    let path = format!("/admin/connectors/{id}/switch");
    ada.post(&path, &[("enabled", "false")]).await.leads_to(&format!("/admin/connectors/{id}"));
    let event = app.last_event().await.event;
    assert_eq!((event.kind.as_str(), event.connector_version), ("connector.update", Some(2)));
    assert_eq!(event.detail["enabled"], false);
    ada.get(&format!("/admin/connectors/{id}")).await.says("Enable").says("Disabled. Nobody can use it");
    let refused = alice.post("/connectors/read-only/credentials", &[]).await;
    assert!([403, 404, 409, 422].contains(&refused.status), "{}", refused.status);
    // Pressed twice it is one version.
    ada.post(&path, &[("enabled", "false")]).await.is(303);
    assert_eq!(app.last_event().await.event.kind, "credentials.issue");
    ada.post(&path, &[("enabled", "true")]).await.is(303);
    alice.post("/connectors/read-only/credentials", &[]).await.is(200);
    alice.post(&path, &[("enabled", "false")]).await.is(403);
}

#[actix_web::test]
async fn a_version_is_shown_whole_and_changes_nothing() {
    let (app, ada, id) = changed().await;
    let path = format!("/admin/connectors/{id}");
    let list = ada.get(&format!("{path}/versions")).await;
    assert!(list.body.contains(&format!("href=\"{path}/versions/1\"")), "{}", list.body);
    let page = ada.get(&format!("{path}/versions/1")).await;
    page.is(200)
        .says("Version 1")
        .says("Earlier version")
        .says("Saved by setter")
        .says("Type Assume role")
        .says("broker");
    page.does_not_say("Now <with>").says(&world::role("ReadOnly")).says("Description empty").says("Enabled yes");
    for href in [format!("{path}/versions?from=1&amp;to=2"), format!("{path}?restore=1")] {
        assert!(page.body.contains(&format!("href=\"{href}\"")), "no {href} in {}", page.body);
    }
    let page = ada.get(&format!("{path}/versions/2")).await;
    page.is(200).says("In force").says("Now <with> a description").says("8h").says("s3:*").does_not_say("Restore");
    assert!(!page.body.contains("<form method=\"post\" class=\"sheet\""), "it is to be read");
    for wrong in ["0", "3", "-1", "one", "99999999999"] {
        ada.get(&format!("{path}/versions/{wrong}")).await.is(404);
    }
    ada.get("/admin/connectors/0193f6a1-0000-7000-8000-000000000001/versions/1").await.is(404);
    app.person("alice", &["ops"]).await.get(&format!("{path}/versions/1")).await.is(403);
    app.anybody().get(&format!("{path}/versions/1")).await.is(303);
    // What a connector was stays readable for those who come from the usage log.
    daypass::portal::connectors::delete(&app.app, &world::setter(), &id).await.unwrap();
    let page = ada.get(&format!("{path}/versions/2")).await;
    page.is(200).says("The connector was deleted since").says("s3:*").does_not_say("Restore").does_not_say("Compare");
}

/// The record takes the number of a restored version only where this connector has it.
#[actix_web::test]
async fn a_version_that_there_is_not_is_not_recorded_as_restored() {
    let (app, ada, id) = changed().await;
    let key = app.key_id("broker").await;
    // Another connector has a third version.
    let other = app.connector_id("federated").await;
    for enabled in [false, true] {
        daypass::portal::connectors::switch(&app.app, &world::setter(), &other, enabled).await.unwrap();
    }
    for (version, restored, recorded) in [("2", "3", None), ("3", "-1", None), ("4", "0", None), ("5", "2", Some(2))] {
        let form = [
            ("name", "Read only"),
            ("slug", "read-only"),
            ("principal_type", "assume_role"),
            ("access_key", &key),
            ("role_arn", &world::role("ReadOnly")),
            ("enabled", "true"),
            ("version", version),
            ("restored", restored),
        ];
        ada.post(&format!("/admin/connectors/{id}"), &form).await.is(303);
        let event = app.last_event().await.event;
        assert_eq!(event.detail.get("restored_version").and_then(serde_json::Value::as_i64), recorded, "{restored}");
    }
}
