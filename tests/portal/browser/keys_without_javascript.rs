//! The pages of access keys in a browser that runs no JavaScript.

use daypass::sandbox::{Fault, Key};
use fantoccini::Locator;

use super::hosts;
use crate::rotation::Scene;
use crate::support::{Browser, PASSWORD, TestApp, world};

async fn ada(app: &TestApp) -> Browser {
    app.add_person("ada", &["administrators"]).await;
    let browser = Browser::without_javascript().await;
    browser.open(&app.url).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.find("details.person").await;
    browser
}

async fn was_quiet(browser: &Browser, app: &TestApp) {
    let hosts = hosts(app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}

/// Which parts of the form are open.
async fn open_folds(browser: &Browser) -> Vec<String> {
    let mut ids = Vec::new();
    for fold in browser.client.find_all(Locator::Css("details.fold[open]")).await.unwrap() {
        ids.push(fold.attr("id").await.unwrap().unwrap());
    }
    ids
}

#[actix_web::test]
async fn a_key_is_added_and_changed() {
    let app = TestApp::builder().start().await;
    let browser = ada(&app).await;
    browser.open(&format!("{}/admin/access-keys/new", app.url)).await;
    assert_eq!(open_folds(&browser).await, Vec::<String>::new());
    browser.says("MFA").await.says("none").await.says("never by itself").await.says("nothing is open to them").await;
    browser.fill("#f-name", "broker").await;
    browser.fill("#f-key_id", world::KEY_ID).await;
    browser.fill("#f-secret", world::SECRET).await;
    browser.unfold("#fold-rotation").await;
    browser.fill("#f-rotate_days", "often").await;
    browser.press("Add access key").await;
    browser.find("#f-rotate_days-error").await;
    browser.expect_status(422).await;
    assert_eq!(open_folds(&browser).await, ["fold-rotation"], "where something is wrong, and nowhere else");
    browser.says("needs a change").await;
    // A secret is typed again, and shown with it is all that was typed beside it.
    browser.unfold("#fold-mfa").await;
    browser.fill("#f-mfa_serial", "arn:aws:iam::123456789012:mfa/broker").await;
    browser.fill("#f-rotate_days", "90").await;
    browser.fill("#f-secret", world::SECRET).await;
    browser.press("Add access key").await;
    browser.find("#f-mfa_seed-error").await;
    browser.expect_status(422).await;
    assert_eq!(open_folds(&browser).await, ["fold-mfa", "fold-rotation"]);
    browser.fill("#f-mfa_serial", "").await;
    browser.fill("#f-secret", world::SECRET).await;
    browser.press("Add access key").await;
    browser.says("is kept").await.says("every 90 days").await;
    assert_eq!(open_folds(&browser).await, Vec::<String>::new());

    browser.unfold("#fold-envelope").await;
    browser.click("input[name=envelope_assume_role]").await;
    browser.press("Save").await;
    browser.find("#f-envelope_roles-error").await;
    browser.expect_status(422).await;
    browser.fill("#f-envelope_roles", "arn:aws:iam::123456789012:role/team/*").await;
    browser.press("Save").await;
    browser.says("Saved. No connector uses this access key.").await.says("Assume role").await;
    was_quiet(&browser, &app).await;
}

#[actix_web::test]
async fn all_keys_are_checked() {
    let app = TestApp::start().await;
    for number in 0..20 {
        world::add_key(&app, &format!("spare {number}"), world::KEY_ID, world::SECRET).await;
    }
    let browser = ada(&app).await;
    browser.open(&format!("{}/admin/access-keys", app.url)).await;
    browser.press("Check all").await;
    browser.says("No check was started").await;
    app.sandbox.fault(Fault::latency(1500));
    browser.press("Check all now").await;
    browser.says("Asking AWS").await;
    browser.press("Stop").await;
    browser.says("Stopping").await;
    app.sandbox.clear_faults();
    // A page that nothing renews is asked for again by a link.
    let ended = async || {
        if browser.seen().await.contains("Ended") {
            return Some(());
        }
        let link = browser.client.find(Locator::LinkText("Show the progress now")).await.ok()?;
        link.click().await.ok()?;
        None
    };
    browser.until("the end of the check", ended).await;
    browser.says("Stopped").await;
    browser.press("Check all now").await;
    browser.until("the end of the second check", ended).await;
    browser.says("22 of 22 access keys").await.says("Done").await;
    browser.press("Show the keys by state").await;
    browser.says("22 access keys").await;
    was_quiet(&browser, &app).await;
}

#[actix_web::test]
async fn a_key_is_rotated() {
    let scene = Scene::new().await;
    let app = &scene.app;
    scene.add_at_aws(Key {
        active: false,
        ..Key::new("FAKELEFTOVERKEY00001", "fake-secret-of-the-leftover-not-a-real-0")
    });
    let browser = ada(app).await;
    let rotate = format!("{}/admin/access-keys/{}/rotate", app.url, scene.key);
    browser.open(&format!("{}/admin/access-keys/{}", app.url, scene.key)).await;
    browser.press("Rotate").await;
    browser.press("Start").await;
    browser.says("Delete FAKELEFTOVERKEY00001 at AWS").await;
    browser.expect_status(422).await;
    browser.click("input[name=delete_key]").await;
    browser.press("Start").await;
    browser.says("The rotation has begun").await.says("Asked for by ada").await;
    scene.step().await;
    let new = scene.newest().await.new_key_id.unwrap();
    browser.open(&rotate).await;
    browser.says(&new).await;
    browser.press("Abandon").await;
    browser.says("The rotation is given up").await;
    scene.to_the_end().await;
    app.sql("UPDATE settings SET value = 'another' WHERE name = 'jobs_instance'").await;
    // The clock went on, past the session's end.
    browser.open(&rotate).await;
    browser.says("Jobs are paused").await.says("Given up").await;
    browser.press("This is the live one").await;
    browser.says("Jobs run here from now on").await;
    scene.one_working_key().await;
    was_quiet(&browser, app).await;
}
