//! The editor of session policies.

use daypass::portal::access_keys::{self, AccessKeyForm};
use fantoccini::key::Key;

use super::hosts;
use crate::support::{Browser, PASSWORD, TestApp, world};

async fn value(browser: &Browser) -> String {
    browser.script("return document.getElementById('f-policy').value;").await.as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_policy_is_checked_while_it_is_typed() {
    let app = TestApp::start().await;
    app.add_person("ada", &["administrators"]).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/admin/connectors/new", app.url)).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.choose("#f-access_key", 1).await;
    browser.fill("#f-name", "Typed").await;
    browser.fill("#f-role_arn", &world::role("ReadOnly")).await;
    // Pasted rather than typed: the editor closes brackets by itself.
    let wrong = r#"{ "Statement": { "Effect": "Allow", "Action": "s3:Get*", "Resouce": "*" } }"#;
    browser.find(".policy-editor .ace_content").await;
    let put =
        "document.getElementById('f-policy').dispatchEvent(new CustomEvent('policy:put', { detail: arguments[0] }));";
    browser.client.execute(put, vec![wrong.into()]).await.unwrap();
    browser.says("“Resouce” is no part of a statement; did you mean “Resource”?").await.says("1 error").await;
    browser.find(".policy-editor .policy-mark.error").await;
    browser.find(".policy-editor .ace_gutter-cell.ace_error").await;
    browser.look("connector-policy").await;
    browser.press("line 1, column 58").await;
    browser.keys("x").await;
    assert!(value(&browser).await.contains(r#"x"Resouce""#), "{}", value(&browser).await);
    browser.keys(&char::from(Key::Backspace).to_string()).await;

    browser.press("Insert example").await;
    browser.press("Billing").await;
    browser.says("Nothing wrong was found.").await;
    browser.keys(&format!("{}z{}", char::from(Key::Control), char::from(Key::Null))).await;
    assert!(value(&browser).await.contains("Resouce"), "undone");

    let right = wrong.replace("Resouce", "Resource").replace("s3:Get*", "s3:*");
    browser.client.execute(put, vec![right.into()]).await.unwrap();
    browser.press("Format").await;
    let formatted =
        "{\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Action\": \"s3:*\",\n    \"Resource\": \"*\"\n  }\n}";
    assert_eq!(value(&browser).await, formatted);
    browser.says("Nothing wrong was found.").await;
    browser.click("#f-policy-label").await;
    browser.keys(&char::from(Key::Tab).to_string()).await;
    let inside = "return document.activeElement.closest('.policy-editor') !== null;";
    assert_eq!(browser.script(inside).await, false, "Tab leaves the editor");
    browser.press("Create connector").await;
    browser.says("The connector “Typed” is there.").await;
    let ada = app.sign_in("ada").await;
    let page = ada.get(&format!("/admin/connectors/{}", app.connector_id("typed").await)).await;
    page.says("\"Resource\": \"*\"");
    let hosts = hosts(&app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}

#[actix_web::test]
async fn without_javascript_the_findings_come_with_the_page() {
    let app = TestApp::start().await;
    app.add_person("ada", &["administrators"]).await;
    let browser = Browser::without_javascript().await;
    browser.open(&format!("{}/admin/connectors/new", app.url)).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.choose("#f-access_key", 1).await;
    browser.fill("#f-name", "Plain").await;
    browser.fill("#f-role_arn", &world::role("ReadOnly")).await;
    browser.fill("#f-policy", &world::POLICY.replace("Resource", "Resouce")).await;
    browser.press("Create connector").await;
    browser.says("did you mean “Resource”?").await.says("Error line 1, column").await;
    browser.fill("#f-policy", world::POLICY).await;
    browser.press("Create connector").await;
    browser.says("The connector “Plain” is there.").await;
}

#[actix_web::test]
async fn the_partition_follows_the_chosen_key_and_what_is_too_long_is_said() {
    let app = TestApp::start().await;
    app.add_person("ada", &["administrators"]).await;
    let china = AccessKeyForm {
        name: "a key in China".to_owned(),
        key_id: "FAKECHINAKEY00000001".to_owned(),
        secret: "fake-secret-of-the-china-user-not-a-real".to_owned().into(),
        partition: "aws-cn".to_owned(),
        skip_validation: true,
        ..AccessKeyForm::default()
    };
    let china = access_keys::create(&app.app, &world::setter(), china).await.unwrap();
    let broker = app.key_id("broker").await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/admin/connectors/new", app.url)).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.find(".policy-editor .ace_content").await;
    let put =
        "document.getElementById('f-policy').dispatchEvent(new CustomEvent('policy:put', { detail: arguments[0] }));";
    let policy = world::POLICY.replace(r#""Resource":"*""#, r#""Resource":"arn:aws-cn:s3:::bucket/*""#);
    browser.client.execute(put, vec![policy.into()]).await.unwrap();
    for (key, verdict) in [(&broker, "1 warning"), (&china, "Nothing wrong was found."), (&broker, "1 warning")] {
        browser.choose_value("#f-access_key", key).await;
        browser.says(verdict).await;
    }
    browser.says("lies in partition aws-cn, the connector in aws").await;
    browser.client.execute(put, vec!["x".repeat(300_000).into()]).await.unwrap();
    browser.says("This is too long to be checked. STS takes 2,048 characters after minifying.").await;
    browser.client.execute(put, vec![world::POLICY.into()]).await.unwrap();
    browser.says("Nothing wrong was found.").await;
}
