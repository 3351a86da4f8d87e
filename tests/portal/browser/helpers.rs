//! What pages of the administration add for those who have JavaScript.

use daypass::model::partition::Partition;
use daypass::portal::access_keys::{self, AccessKeyForm};

use super::hosts;
use crate::support::{Browser, PASSWORD, TestApp, world};

async fn signed_in(app: &TestApp) -> Browser {
    app.add_person("ada", &["administrators"]).await;
    let browser = Browser::start().await;
    browser.open(&app.url).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.says("My access").await;
    browser
}

/// Nothing was loaded from elsewhere, and nothing broke the policy of the page.
async fn quiet(app: &TestApp, browser: &Browser) {
    let hosts = hosts(app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}

#[actix_web::test]
async fn the_preview_of_an_account_follows_the_fields() {
    let app = TestApp::start().await;
    let browser = signed_in(&app).await;
    browser.open(&format!("{}/admin/accounts", app.url)).await;
    browser.click("table.rows tbody .row-link").await;
    browser.fill("#f-label", "Payments <b>").await;
    browser.click("[name=colour][value='5']").await;
    let shown = "const chip = document.querySelector('[data-account-preview] .account');
        return chip.textContent.trim().replace(/\\s+/g, ' ') + ' ' + chip.className;";
    assert_eq!(browser.script(shown).await, "Payments <b> 1234-5678-9012 account account-5");
    browser.press("Save").await;
    browser.says("Saved.").await;
    assert_eq!(browser.script(shown).await, "Payments <b> 1234-5678-9012 account account-5");
    quiet(&app, &browser).await;
}

#[actix_web::test]
async fn a_chosen_file_fills_the_field_and_one_that_is_too_long_does_not() {
    let app = TestApp::builder().start().await;
    let browser = signed_in(&app).await;
    browser.open(&format!("{}/admin/policy-examples/import", app.url)).await;
    let (good, long) = (app.folder.path().join("good.json"), app.folder.path().join("long.json"));
    std::fs::write(&good, "{ \"some\": \"thing\" }").unwrap();
    std::fs::write(&long, " ".repeat(1024 * 1024 + 1)).unwrap();
    let picker = browser.find("#f-file").await;
    picker.send_keys(good.to_str().unwrap()).await.unwrap();
    let filled = async || {
        let text = browser.script("return document.getElementById('f-text').value;").await;
        (text == "{ \"some\": \"thing\" }").then_some(())
    };
    browser.until("the text of the file", filled).await;
    picker.send_keys(long.to_str().unwrap()).await.unwrap();
    browser.says("long.json is longer than 1,048,576 bytes.").await;
    browser.press("Show what would happen").await;
    browser.says("so it is none of policy examples").await;
    browser.expect_status(422).await;
    quiet(&app, &browser).await;
}

#[actix_web::test]
async fn what_a_click_inserts_follows_the_partition_of_the_key() {
    let app = TestApp::start().await;
    let china = AccessKeyForm {
        name: "a key in China".to_owned(),
        key_id: "FAKECHINAKEY00000001".to_owned(),
        secret: "fake-secret-of-the-china-user-not-a-real".to_owned().into(),
        partition: Partition::AwsCn.id().to_owned(),
        skip_validation: true,
        ..AccessKeyForm::default()
    };
    let china = access_keys::create(&app.app, &world::setter(), china).await.unwrap();
    let broker = app.key_id("broker").await;
    let browser = signed_in(&app).await;
    browser.open(&format!("{}/admin/connectors/new", app.url)).await;
    for (key, partition) in [(&china, "aws-cn"), (&broker, "aws"), (&china, "aws-cn")] {
        browser.choose_value("#f-access_key", key).await;
        let clear = "document.getElementById('f-policy_arns').value = '';
            document.querySelector('[data-insert=policy_arn] details').open = true;";
        browser.script(clear).await;
        browser.press("SecurityAudit").await;
        let text = browser.value_of("#f-policy_arns").await;
        assert_eq!(text, format!("arn:{partition}:iam::aws:policy/SecurityAudit"));
    }
    quiet(&app, &browser).await;
}
