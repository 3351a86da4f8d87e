//! The core of it in a browser that runs no JavaScript.

use super::hosts;
use crate::support::{Browser, PASSWORD, TestApp, world};

#[actix_web::test]
async fn everything_works_without_javascript() {
    let app = TestApp::builder().start().await;
    app.add_person("ada", &["administrators"]).await;
    app.add_person("alice", &["ops"]).await;
    let browser = Browser::without_javascript().await;
    browser.open(&app.url).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.press("Administration").await;
    browser.press("Access keys").await;
    browser.press("Add access key").await;
    browser.fill("#f-name", "broker").await;
    browser.fill("#f-key_id", world::KEY_ID).await;
    browser.fill("#f-secret", world::SECRET).await;
    browser.press("Add access key").await;
    browser.press("Connectors").await;
    browser.press("New connector").await;
    browser.choose("#f-access_key", 1).await;
    browser.fill("#f-name", "Read only").await;
    browser.press("Insert example").await;
    browser.press("Everything but IAM").await;
    let policy = browser.text_of("#f-policy").await;
    assert!(policy.contains("ButNotWhoMayDoWhat"), "{policy}");
    // What was typed before is still there.
    assert_eq!(browser.value_of("#f-name").await, "Read only");
    browser.fill("#f-role_arn", &world::role("ReadOnly")).await;
    browser.press("Create connector").await;
    browser.press("Permissions").await;
    browser.press("Read only").await;
    browser.press("ops").await;
    browser.find(".grants").await;
    browser.sign_out().await;

    browser.open(&format!("{}/console/read-only?destination=/s3/home", app.url)).await;
    browser.sign_in("alice", PASSWORD).await;
    browser.says("Open the AWS console").await;
    browser.press("Open console").await;
    browser.says("assumed-role/ReadOnly/alice").await.says("/s3/home").await;
    browser.open(&app.url).await;
    browser.press("Credentials").await;
    browser.press("Get credentials").await;
    browser.says("AWS_SECRET_ACCESS_KEY").await.says("PowerShell").await;
    let hosts = hosts(&app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}
