//! The roles on the way in a real browser: typed row by row, with the cap of the duration beside, tested and explained.

use super::hosts;
use crate::role_chains::{self, goal};
use crate::support::{Browser, PASSWORD, TestApp, world};

async fn cap(browser: &Browser) -> String {
    browser.text_of("#f-duration-help").await
}

async fn value(browser: &Browser, css: &str) -> String {
    browser.find(css).await.prop("value").await.unwrap().unwrap()
}

async fn start(browser: &Browser) -> TestApp {
    let app = TestApp::builder().world(role_chains::world()).start().await;
    world::fill(&app).await;
    app.add_person("ada", &["administrators"]).await;
    browser.open(&app.url).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.find("details.person").await;
    app
}

#[actix_web::test]
async fn a_chain_is_typed_row_by_row_and_tested() {
    let browser = Browser::start().await;
    let app = start(&browser).await;
    let address = format!("{}/admin/connectors/{}", app.url, app.connector_id("read-only").await);
    browser.open(&address).await;
    assert!(cap(&browser).await.contains("15 min to 12 h"));
    browser.press("Add a role on the way").await;
    browser.fill("#f-hop1_role", &world::role("Step2")).await;
    browser.fill("#f-hop1_external_id", "second-id").await;
    assert!(cap(&browser).await.contains("role chaining"), "the cap does not follow");
    browser.press("Add a role on the way").await;
    browser.fill("#f-hop2_role", &world::role("Step1")).await;
    // The first row goes below the other, with its external id.
    browser.click("[value=down-1]").await;
    assert_eq!(value(&browser, "#f-hop1_role").await, world::role("Step1"));
    assert_eq!(value(&browser, "#f-hop2_external_id").await, "second-id");
    browser.press("Add a role on the way").await;
    browser.press("Add a role on the way").await;
    assert!(!browser.find("[value=add]").await.is_enabled().await.unwrap(), "a fifth may be added");
    browser.click("[value=remove-4]").await;
    browser.click("[value=remove-3]").await;
    browser.fill("#f-role_arn", &goal()).await;
    browser.fill("#f-external_id", "wrong-id").await;
    browser.look("connector-chain").await;
    browser.press("Save").await;
    browser.says("Saved. It counts from the next use on.").await;
    assert_eq!(value(&browser, "#f-hop2_role").await, world::role("Step2"));
    browser.press("Test").await;
    browser.says("It does not work").await.says("role 3 of 3").await;
    browser.look("connector-test-refused").await;
    browser.press("Back to the connector").await;
    browser.fill("#f-external_id", "goal-id").await;
    browser.press("Save").await;
    browser.says("Saved. It counts from the next use on.").await;
    browser.press("Test").await;
    browser.says("It works").await.says("assumed-role/Goal/ada").await;
    browser.look("connector-test").await;
    let hosts = hosts(&app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}

#[actix_web::test]
async fn the_rows_work_without_javascript() {
    let browser = Browser::without_javascript().await;
    let app = start(&browser).await;
    browser.open(&format!("{}/admin/connectors/new", app.url)).await;
    browser.fill("#f-name", "Typed before").await;
    browser.press("Add a role on the way").await;
    browser.fill("#f-hop1_role", "no ARN at all").await;
    browser.fill("#f-hop1_external_id", "an-id").await;
    browser.press("Add a role on the way").await;
    browser.fill("#f-hop2_role", &world::role("Step1")).await;
    browser.click("[value=up-2]").await;
    assert_eq!(value(&browser, "#f-hop1_role").await, world::role("Step1"));
    assert_eq!(value(&browser, "#f-hop2_role").await, "no ARN at all");
    assert_eq!(value(&browser, "#f-hop2_external_id").await, "an-id");
    assert_eq!(value(&browser, "#f-name").await, "Typed before");
    assert!(cap(&browser).await.contains("role chaining"), "the server does not say the cap");
    browser.press("Create connector").await;
    browser.says("Role 2: Write the role's ARN").await;
    assert_eq!(value(&browser, "#f-hop2_role").await, "no ARN at all");
    browser.click("[value=remove-2]").await;
    browser.click("[value=remove-1]").await;
    assert!(cap(&browser).await.contains("15 min to 12 h"));
}
