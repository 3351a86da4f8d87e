//! What ends what was kept: each change asks AWS anew, or refuses.

use daypass::portal::access_keys::{self, AccessKeyForm};
use daypass::portal::permissions;
use daypass::store::api_tokens;

use super::*;
use crate::issuing::member;

/// A portal that keeps what AWS issued for a program: its token, and the key id.
async fn kept() -> (TestApp, Clock, String, String) {
    let (app, clock) = started().await;
    let token = app.token("build", "system").await;
    let key = key_id(&ask(&app.anybody(), "system", &token).await);
    assert_eq!(key, key_id(&ask(&app.anybody(), "system", &token).await));
    assert_eq!(app.app.kept.count(), 1);
    (app, clock, token, key)
}

/// It is answered by 200, with what AWS issued for this request.
async fn is_fresh(app: &TestApp, token: &str, old: &str) {
    let calls = assumed(app);
    assert_ne!(key_id(&ask(&app.anybody(), "system", token).await), old);
    assert_eq!(assumed(app), calls + 1);
    assert!(!is_cached(&app.last_event().await.event));
}

/// It is refused, and the row says so.
async fn is_gone(app: &TestApp, token: &str, status: u16, code: &str) {
    let calls = assumed(app);
    let page = ask(&app.anybody(), "system", token).await;
    assert_eq!(page.is(status).json()["code"], code);
    assert_eq!(assumed(app), calls);
    let row = app.last_event().await.event;
    assert_ne!(row.outcome, "ok");
    assert_eq!(row.issued_key_id, None);
}

#[actix_web::test]
async fn a_revoked_token() {
    let (app, clock, token, _) = kept().await;
    let Actor::Program(found) = program(&app, &token).await else { panic!() };
    let now = clock.now();
    let write = app
        .app
        .database
        .write(move |connection| Ok((api_tokens::revoke(connection, &found.id, "test", now)?, Vec::new())));
    write.await.unwrap();
    is_gone(&app, &token, 401, "unauthorized").await;
}

#[actix_web::test]
async fn a_token_that_ran_out() {
    let (app, clock) = started().await;
    let text = tokens::create_unchecked(&app.app, "build", "system", Duration::from_secs(60)).await.unwrap();
    let token = secrecy::ExposeSecret::expose_secret(&text).to_owned();
    key_id(&ask(&app.anybody(), "system", &token).await);
    clock.advance(TimeDelta::seconds(60));
    is_gone(&app, &token, 401, "unauthorized").await;
}

#[actix_web::test]
async fn a_connector_that_was_changed() {
    let (app, _, token, key) = kept().await;
    change(&app, |form| form.description = "Nothing that AWS sees".to_owned()).await;
    is_fresh(&app, &token, &key).await;
    let key = key_id(&ask(&app.anybody(), "system", &token).await);
    change(&app, |form| form.region = "eu-west-1".to_owned()).await;
    is_fresh(&app, &token, &key).await;
}

#[actix_web::test]
async fn a_connector_that_was_switched_off() {
    let (app, _, token, _) = kept().await;
    let id = app.connector_id("system").await;
    connectors::switch(&app.app, &world::setter(), &id, false).await.unwrap();
    is_gone(&app, &token, 409, "connector_disabled").await;
}

#[actix_web::test]
async fn a_connector_that_is_no_longer_for_programs() {
    let (app, _, token, _) = kept().await;
    change(&app, |form| form.system_scope = false).await;
    is_gone(&app, &token, 403, "forbidden").await;
}

#[actix_web::test]
async fn an_access_key_with_another_secret() {
    let (app, _, token, key) = kept().await;
    app.sandbox.replace(world::with_second_key());
    let id = app.key_id("broker").await;
    let (status, _) = access_keys::show(&app.app, &world::setter(), &id).await.unwrap();
    let form = AccessKeyForm {
        version: status.key.version,
        name: "broker".to_owned(),
        key_id: world::SECOND_KEY_ID.to_owned(),
        secret: world::SECOND_SECRET.to_owned().into(),
        partition: "aws".to_owned(),
        ..AccessKeyForm::default()
    };
    access_keys::update(&app.app, &world::setter(), &id, form).await.unwrap();
    is_fresh(&app, &token, &key).await;
}

#[actix_web::test]
async fn an_access_key_that_aws_refused_meanwhile() {
    let (app, _, token, key) = kept().await;
    app.sql("UPDATE access_keys SET state = 'refused' WHERE name = 'broker'").await;
    is_fresh(&app, &token, &key).await;
    // AWS took it, so that it is good again; what was kept before is of the same key.
    let calls = assumed(&app);
    key_id(&ask(&app.anybody(), "system", &token).await);
    assert_eq!(assumed(&app), calls);
}

#[actix_web::test]
async fn a_key_file_that_was_taken_away() {
    let (app, _, token, key) = kept().await;
    let away = app.folder.path().join("away");
    std::fs::rename(app.keys(), &away).unwrap();
    is_gone(&app, &token, 503, "key_file").await;
    assert_eq!(ask(&app.anybody(), "system", &token).await.header("retry-after"), "30");
    std::fs::rename(&away, app.keys()).unwrap();
    assert_eq!(key_id(&ask(&app.anybody(), "system", &token).await), key);
}

#[actix_web::test]
async fn a_grant_that_was_revoked() {
    let (app, _) = started().await;
    let alice = member(&app).await;
    get(&app, &alice, "read-only").await.unwrap();
    let id = app.connector_id("read-only").await;
    let (_, grants) = connectors::show(&app.app, &world::setter(), &id).await.unwrap();
    permissions::revoke(&app.app, &world::setter(), &grants[0].id).await.unwrap();
    let error = get(&app, &alice, "read-only").await.unwrap_err();
    assert!(matches!(error, PortalError::NotFound(_)), "{error:?}");
    assert_eq!(outcome(rows(&app).await.last().unwrap()), ("refused", "not_granted"));
    // Granted again it is another grant; the session is the same.
    permissions::grant(&app.app, &world::setter(), &id, "ops").await.unwrap();
    get(&app, &alice, "read-only").await.unwrap();
    let rows = rows(&app).await;
    let row = rows.last().unwrap();
    assert!(is_cached(row));
    assert_ne!(row.grant_id, rows[0].grant_id, "the row names the grant of its own decision");
}

/// Two wait for one call, and the right goes meanwhile: neither gets what AWS issued.
#[actix_web::test]
async fn a_grant_that_was_revoked_while_others_wait_for_the_call() {
    let (app, clock) = started().await;
    let alice = member(&app).await;
    app.sandbox.fault(late(500));
    let ((first, second), ()) =
        tokio::join!(async { tokio::join!(get(&app, &alice, "read-only"), get(&app, &alice, "read-only")) }, async {
            while app.app.kept.under_way() == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            app.sql("DELETE FROM grants").await;
            clock.advance(TimeDelta::seconds(3));
        });
    for one in [first, second] {
        assert!(matches!(one, Err(PortalError::NotFound(_))), "{one:?}");
    }
    let rows = rows(&app).await;
    assert_eq!(rows.iter().map(outcome).collect::<Vec<_>>(), [("refused", "not_granted"); 2]);
    assert_eq!(rows.iter().filter(|row| row.issued_key_id.is_some()).count(), 1, "what AWS issued is recorded once");
    assert_eq!(app.app.kept.count(), 0);
}
