//! The pages of API tokens, looked at; and made without JavaScript.

use daypass::portal::tokens::{TokenForm, system};

use super::hosts;
use super::tour::Tour;
use crate::support::{Browser, PASSWORD, TestApp};

async fn make(app: &TestApp, name: &str, parts: &[&str], responsible: &str) -> String {
    let form = TokenForm {
        name: name.to_owned(),
        life: "200d".to_owned(),
        parts: parts.iter().map(|part| (*part).to_owned()).collect(),
        connectors: vec!["system".to_owned()],
        networks: "192.0.2.0/24 2001:db8:aaaa:bbbb::/64".to_owned(),
        responsible: responsible.to_owned(),
        group: "ops".to_owned(),
        ..TokenForm::default()
    };
    system::create_program(&app.app, &form).await.unwrap().token.id
}

#[actix_web::test]
async fn the_pages_of_tokens() {
    let app = TestApp::start().await;
    app.add_person("ada", &["administrators", "ops"]).await;
    app.person("emil", &["ops"]).await;
    let ada = Tour::of(&app.url, "ada", PASSWORD).await;
    ada.pages(&[("tokens-none", "/tokens"), ("tokens-all-none", "/admin/tokens"), ("tokens-new", "/tokens/new")]).await;
    let long = "Nightly build of the platform team of Frankfurt and Dublin, with everything that it needs";
    let id = make(&app, long, &["use", "console", "usage_log", "admin:connectors", "admin:grants"], "emil").await;
    make(&app, "Backup", &["use"], "ada").await;
    daypass::portal::users::set_active(&app.app, "emil", false).await.unwrap();
    daypass::portal::tokens::orphans::Watch::default().look(&app.app).await.unwrap();
    ada.pages(&[
        ("tokens-all", "/admin/tokens"),
        ("tokens-orphaned", "/admin/tokens?state=orphaned"),
        ("tokens-no-match", "/admin/tokens?q=nothing"),
        ("tokens-one", &format!("/admin/tokens/{id}")),
        ("tokens-revoke", &format!("/admin/tokens/{id}/revoke")),
        ("tokens-adopt", &format!("/admin/tokens/{id}/adopt")),
        ("tokens-new-program", "/admin/tokens/new"),
        ("tokens-looked-after", "/tokens"),
    ])
    .await;
    ada.browser.open(&format!("{}/tokens/new", ada.url)).await;
    ada.browser.fill("#f-name", "x").await;
    ada.browser.fill("#f-life", "91d").await;
    ada.browser.fill("#f-networks", "nowhere").await;
    ada.browser.press("Make token").await;
    ada.browser.find("#f-networks-error").await;
    ada.browser.look("tokens-wrong").await;
    ada.browser.expect_status(422).await;
    ada.browser.fill("#f-life", "30d").await;
    ada.browser.fill("#f-networks", "192.0.2.7/24").await;
    ada.browser.click("input[name=connectors][value=all]").await;
    ada.browser.press("Make token").await;
    ada.browser.find("#block-token").await;
    ada.browser.look("tokens-made").await;
    ada.page("tokens-own", "/tokens").await;
    ada.done().await;
}

#[actix_web::test]
async fn a_token_is_made_and_revoked_without_javascript() {
    let app = TestApp::start().await;
    app.add_person("alice", &["ops"]).await;
    let browser = Browser::without_javascript().await;
    browser.open(&app.url).await;
    browser.sign_in("alice", PASSWORD).await;
    browser.find("details.person").await;
    browser.open(&format!("{}/tokens", app.url)).await;
    browser.press("New token").await;
    browser.fill("#f-name", "Mine").await;
    browser.press("Make token").await;
    browser.find("#f-connectors-error").await;
    browser.expect_status(422).await;
    browser.click("input[name=connector]").await;
    browser.press("Make token").await;
    browser.says("Shown once").await;
    browser.press("Done").await;
    browser.says("Mine").await.says("Federated").await;
    browser.press("Revoke").await;
    browser.says("Revoke “Mine”?").await;
    browser.press("Revoke").await;
    browser.says("“Mine” is revoked.").await;
    let hosts = hosts(&app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}
