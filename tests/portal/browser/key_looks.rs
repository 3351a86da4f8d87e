//! The pages of access keys in every state that they have.

use chrono::TimeDelta;
use daypass::portal::instance;
use daypass::sandbox::{Fault, FaultKind};

use super::tour::Tour;
use crate::access_key_account::id_of;
use crate::rotation::Scene;
use crate::support::{PASSWORD, TestApp, world};

async fn ada(app: &TestApp) -> Tour {
    app.add_person("ada", &["administrators"]).await;
    Tour::of(&app.url, "ada", PASSWORD).await
}

/// Fifty keys: refused, closed, expired, rotating, old, never asked about, with long names.
async fn many() -> TestApp {
    let app = TestApp::start().await;
    instance::adopt(&app.app).await.unwrap();
    for number in 0..48 {
        world::add_key(&app, &format!("team {number:02}"), world::KEY_ID, world::SECRET).await;
    }
    let long = "payments-production-broker-of-the-platform-team-in-frankfurt-and-dublin";
    let day = 86_400_000_i64;
    let now = app.app.clock.now().timestamp_millis();
    for change in [
        "state = 'refused', trouble = 'AWS refused: The security token included in the request is invalid (InvalidClientTokenId)' WHERE name = 'team 01'".to_owned(),
        format!("source = 'temporary', expires_at = {} WHERE name = 'team 02'", now - day),
        "source = 'instance_profile', key_id = '', arn = NULL, account_id = NULL, state = 'unverified' WHERE name = 'team 04'".to_owned(),
        format!("key_since = {}, last_used_at = {} WHERE name = 'team 05'", now - 400 * day, now - day),
        format!("name = '{long}', name_folded = 'team 06', arn = 'arn:aws:iam::123456789012:user/platform/production/{long}' WHERE name = 'team 06'"),
    ] {
        app.sql(&format!("UPDATE access_keys SET {change}")).await;
    }
    app.put_secret(&app.key_id("team 04").await, Vec::new()).await;
    app.put_secret(&app.key_id("team 03").await, vec![1; 60]).await;
    app
}

#[actix_web::test]
async fn the_list_in_every_state() {
    let app = many().await;
    let ada = ada(&app).await;
    let broker = app.key_id("broker").await;
    ada.browser.open(&format!("{}/admin/access-keys/{broker}/rotate", app.url)).await;
    ada.browser.press("Start").await;
    ada.browser.find("ol.steps").await;
    ada.pages(&[
        ("keys-list", "/admin/access-keys"),
        ("keys-list-by-state", "/admin/access-keys?sort=state"),
        ("keys-system-closed", "/admin/system"),
    ])
    .await;
    ada.browser.says("has a secret that cannot be opened").await;
    let closed = app.key_id("team 03").await;
    ada.page("keys-closed", &format!("/admin/access-keys/{closed}")).await;
    ada.done().await;
}

#[actix_web::test]
async fn the_form_new_long_and_wrong() {
    let app = TestApp::start().await;
    let ada = ada(&app).await;
    ada.page("keys-form-new", "/admin/access-keys/new").await;
    let browser = &ada.browser;
    browser.fill("#f-name", "payments").await;
    browser.unfold("#fold-mfa").await;
    browser.fill("#f-mfa_serial", "short").await;
    browser.unfold("#fold-rotation").await;
    browser.fill("#f-rotate_days", "often").await;
    browser.look("keys-form-open").await;
    browser.press("Add access key").await;
    browser.find("#f-mfa_seed-error, #f-mfa_serial-error").await;
    browser.find("#f-rotate_days-error").await;
    browser.look("keys-form-wrong").await;
    browser.expect_status(422).await;

    let long = "payments-production-broker-of-the-platform-team-in-frankfurt-and-dublin";
    let note = "Belongs to the platform team. ".repeat(20);
    let plan = r#"{"everyDays":90,"window":["02:00:00","04:00:00"]}"#;
    let envelope = r#"{"principalTypes":["assume_role","federated_user"],"rolePatterns":["arn:aws:iam::123456789012:role/team/*"],"longestSeconds":3600,"systemScope":true}"#;
    app.sql(&format!(
        "UPDATE access_keys SET name = '{long}', arn = 'arn:aws:iam::123456789012:user/platform/production/{long}', note = '{note}', \
         mfa_serial = 'arn:aws:iam::123456789012:mfa/platform/production/{long}', rotation_plan = '{plan}', \
         envelope = '{envelope}' WHERE name = 'broker'"
    ))
    .await;
    let id = app.key_id(long).await;
    ada.page("keys-form-long", &format!("/admin/access-keys/{id}")).await;
    browser.says("every 90 days").await.says("up to 1h").await;
    // A key of another account, which nobody asked AWS about.
    browser.fill("#f-key_id", &id_of("210987654321")).await;
    browser.fill("#f-secret", "fake-secret-of-the-other-account-not-real").await;
    browser.tick("#f-skip_validation").await;
    browser.press("Save").await;
    browser.find("#f-other_account-error").await;
    browser.look("keys-form-moved").await;
    browser.expect_status(422).await;
    ada.done().await;
}

#[actix_web::test]
async fn a_check_of_all_under_way_and_at_its_end() {
    let app = TestApp::start().await;
    for number in 0..20 {
        world::add_key(&app, &format!("team {number:02}"), world::KEY_ID, world::SECRET).await;
    }
    let ada = ada(&app).await;
    ada.page("keys-check-never", "/admin/access-keys/check").await;
    app.sandbox.fault(Fault::latency(1500));
    ada.browser.press("Check all now").await;
    ada.browser.says("Asking AWS").await;
    ada.browser.look("keys-check-running").await;
    app.sandbox.clear_faults();
    ada.browser.says("Ended").await;
    ada.browser.look("keys-check-ended").await;
    ada.done().await;
}

#[actix_web::test]
async fn a_rotation_planned_refused_stopped_and_paused() {
    let scene = Scene::new().await;
    let ada = ada(&scene.app).await;
    let path = format!("/admin/access-keys/{}/rotate", scene.key);
    ada.page("keys-rotate-plan", &path).await;
    let world = scene.app.sandbox.world();
    let mut denied = world.clone();
    denied.accounts[0].users[0].may_rotate = false;
    scene.app.sandbox.replace(denied);
    ada.browser.press("Start").await;
    ada.browser.says("Add the policy on this page").await;
    ada.browser.look("keys-rotate-refused").await;
    ada.browser.expect_status(422).await;
    scene.app.sandbox.replace(world);

    scene.start().await;
    scene.app.sandbox.fault(Fault::of("CreateAccessKey", FaultKind::Reset).after().times(1));
    scene.step().await;
    ada.page("keys-rotate-running", &path).await;
    let orphan = scene.at_aws()[1].0.clone();
    scene.app.sandbox.use_key(&orphan, "s3", "us-east-1");
    // Within the life of the session.
    for _ in 0..4 {
        scene.next().await;
    }
    assert!(scene.newest().await.trouble.unwrap().contains("has been used"));
    ada.page("keys-rotate-stopped", &path).await;
    ada.browser.says("Go on").await;
    scene.clock.advance(TimeDelta::minutes(1));
    scene.app.sql("UPDATE settings SET value = 'another' WHERE name = 'jobs_instance'").await;
    ada.page("keys-rotate-paused", &path).await;
    ada.done().await;
}
