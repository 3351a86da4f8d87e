//! What was typed is not lost to what is nobody's mistake: a locked database, a missing key file, a refusal of AWS.

use daypass::sandbox::{Fault, FaultKind};

use crate::support::sql::{connect, either, run};
use crate::support::{PASSWORD, Page, TestApp, world};

const LOCKED: &str = "The database cannot be used right now";

/// The page of the form again, with these fields as they were typed and without these secrets.
#[track_caller]
fn kept(page: &Page, fields: &[(&str, &str)], secrets: &[&str]) {
    assert_eq!((page.status, page.header("retry-after")), (503, "30"), "{}", page.text());
    page.says(LOCKED).says("Request id");
    for (field, typed) in fields {
        assert_eq!(page.value_of(field).as_deref(), Some(*typed), "{field}");
    }
    for secret in secrets {
        assert!(!page.body.contains(secret), "{secret} came back");
    }
}

#[actix_web::test]
async fn while_the_database_is_locked() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let (key, connector) = (app.key_id("broker").await, app.connector_id("read-only").await);
    let secret = "fake-secret-that-must-not-come-back-0001";
    let access_key = [("name", "Typed key"), ("key_id", "FAKETYPEDKEY00000001"), ("secret", secret)];
    let access_key = [&access_key[..], &[("partition", "aws"), ("skip_validation", "true")]].concat();
    let fields = [("name", "Typed"), ("slug", "typed"), ("role_arn", "arn:aws:iam::123456789012:role/Typed")];
    let form = [&fields[..], &[("principal_type", "assume_role"), ("access_key", &key), ("version", "1")]].concat();
    let ungranted = app.connector_id("system").await;
    let mut other = connect(&app.app.config);
    let lock = either(&other, "BEGIN IMMEDIATE", "BEGIN; LOCK TABLE usage_log IN SHARE MODE");
    run(&mut other, lock);
    let (change, grant) = (format!("/admin/connectors/{connector}"), [("connector", ungranted.as_str()), ("q", "ops")]);
    let change_key = format!("/admin/access-keys/{key}");
    let changed_key = [("name", "Changed key"), ("key_id", world::KEY_ID), ("partition", "aws")];
    let changed_key = [&changed_key[..], &[("skip_validation", "true"), ("version", "1")]].concat();
    let (new_key, old_key, new, old, granted) = tokio::join!(
        ada.post("/admin/access-keys/new", &access_key),
        ada.post(&change_key, &changed_key),
        ada.post("/admin/connectors/new", &form),
        ada.post(&change, &form),
        ada.post("/admin/permissions/grant", &grant),
    );
    run(&mut other, "ROLLBACK");
    kept(&new_key, &access_key[..2], &[secret]);
    kept(&old_key, &changed_key[..2], &[]);
    kept(&new, &fields, &[]);
    kept(&old, &[&fields[..], &[("version", "1")]].concat(), &[]);
    kept(&granted, &[], &[]);
    assert!(granted.body.contains(r#"value="ops""#), "the group's name as typed: {}", granted.body);
    // What came back can be sent as it is.
    assert_eq!(ada.post("/admin/connectors/new", &form).await.status, 303);
}

#[actix_web::test]
async fn while_the_first_administrator_is_made() {
    let app = TestApp::builder().start().await;
    let code = daypass::portal::setup::open(&app.app).await.unwrap().unwrap();
    let code = secrecy::ExposeSecret::expose_secret(&code);
    let fields = [("code", code), ("username", "alice"), ("display_name", "Alice")];
    let form = [&fields[..], &[("password", PASSWORD), ("repeat", PASSWORD)]].concat();
    let mut other = connect(&app.app.config);
    let lock = either(&other, "BEGIN IMMEDIATE", "BEGIN; LOCK TABLE usage_log IN SHARE MODE");
    run(&mut other, lock);
    let page = app.anybody().post("/setup", &form).await;
    run(&mut other, "ROLLBACK");
    kept(&page, &fields, &[PASSWORD]);
}

#[actix_web::test]
async fn where_a_secret_cannot_be_sealed() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let away = app.folder.path().join("away");
    std::fs::rename(app.keys(), &away).unwrap();
    let form = [
        ("name", "Typed key"),
        ("key_id", "FAKETYPEDKEY00000001"),
        ("secret", "fake-secret-that-must-not-come-back-0001"),
        ("partition", "aws"),
        ("skip_validation", "true"),
    ];
    let page = ada.post("/admin/access-keys/new", &form).await;
    page.is(503).says("Not saved.").says("Nothing was saved");
    assert_eq!(page.value_of("name").as_deref(), Some("Typed key"));
    assert!(!page.body.contains("must-not-come-back"));
    std::fs::rename(&away, app.keys()).unwrap();
}

#[actix_web::test]
async fn where_aws_refuses() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    app.sandbox.fault(Fault::of("*", FaultKind::AccessDenied));
    let form = [("destination", "/s3/home?region=eu-west-1"), ("region", "eu-west-1")];
    let page = alice.post("/console/read-only", &form).await;
    page.is(502).says("The console does not open").says("AccessDenied").says("Try again");
    for (field, typed) in form {
        assert_eq!(page.value_of(field).as_deref(), Some(typed), "{field}");
    }
    let page = alice.post("/connectors/read-only/credentials", &[("duration", "45m")]).await;
    page.is(502).says("AccessDenied");
    assert_eq!(page.value_of("duration").as_deref(), Some("45m"));
    app.sandbox.clear_faults();
    assert_eq!(alice.post("/console/read-only", &form).await.status, 303);
}

/// An external id for the connector comes from a button; nothing is saved by it, and nothing else that was typed changes.
#[actix_web::test]
async fn an_external_id_is_generated_into_the_form() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let (key, connector) = (app.key_id("broker").await, app.connector_id("read-only").await);
    let form = [("name", "Typed"), ("external_id", "mine"), ("access_key", &key), ("principal_type", "assume_role")];
    let pressed = [&form[..], &[("generate", "true")]].concat();
    let rows = app.events().await.len();
    let mut seen = std::collections::BTreeSet::new();
    for path in ["/admin/connectors/new", &format!("/admin/connectors/{connector}")] {
        ada.get(path).await.says("Generate an external id");
        for _ in 0..2 {
            let page = ada.post(path, &pressed).await;
            page.is(200);
            assert_eq!(page.value_of("name").as_deref(), Some("Typed"));
            let id = page.value_of("external_id").unwrap();
            assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
            seen.insert(id);
        }
    }
    assert_eq!(seen.len(), 4, "each is another");
    assert_eq!(app.events().await.len(), rows);
}
