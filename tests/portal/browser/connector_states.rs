//! States of a connector's page that come about behind somebody's back, and the page of one version, in a real browser.

use daypass::portal::connectors::{self, ConnectorForm};

use super::hosts;
use crate::support::{Browser, PASSWORD, TestApp, world};

async fn start() -> (TestApp, Browser) {
    let app = TestApp::start().await;
    app.add_person("ada", &["administrators"]).await;
    let browser = Browser::start().await;
    browser.open(&app.url).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.find("details.person").await;
    (app, browser)
}

#[actix_web::test]
async fn a_connector_that_is_deleted_meanwhile_is_created_anew() {
    let (app, browser) = start().await;
    let id = app.connector_id("read-only").await;
    browser.open(&format!("{}/admin/connectors/{id}", app.url)).await;
    browser.fill("#f-description", "Typed while it was deleted").await;
    connectors::delete(&app.app, &world::setter(), &id).await.unwrap();
    browser.press("Save").await;
    browser.says("This connector was deleted by setter at").await.says("New connector").await;
    browser.look("connector-deleted-meanwhile").await;
    browser.expect_status(404).await;
    assert_eq!(browser.value_of("#f-description").await, "Typed while it was deleted");
    browser.press("Create connector").await;
    browser.says("The connector “Read only” is there.").await;
    assert_ne!(app.connector_id("read-only-2").await, id);
    let hosts = hosts(&app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}

#[actix_web::test]
async fn a_version_and_a_way_past_a_chain() {
    let (app, browser) = start().await;
    let (id, key) = (app.connector_id("read-only").await, app.key_id("broker").await);
    let form = ConnectorForm {
        description: "Second".to_owned(),
        policy: world::POLICY.to_owned(),
        policy_arns: "arn:aws:iam::aws:policy/ReadOnlyAccess\narn:aws:iam::aws:policy/SecurityAudit".to_owned(),
        tags: "Team = payments".to_owned(),
        version: 1,
        ..world::form("Read only", "read-only", &key)
    };
    connectors::update(&app.app, &world::setter(), &id, &form).await.unwrap();
    let back = ConnectorForm { version: 2, ..world::form("Read only", "read-only", &key) };
    connectors::update(&app.app, &world::setter(), &id, &back).await.unwrap();
    browser.open(&format!("{}/admin/connectors/{id}/versions", app.url)).await;
    browser.click("table.versions tbody tr:nth-child(2) th a").await;
    browser.says("As it was saved").await;
    browser.look("connector-version").await;
    browser.press("Restore").await;
    browser.says("This is version 2 as it was saved.").await;

    let chain = ConnectorForm {
        through: world::role("ReadOnly"),
        role_arn: world::role("Operator"),
        ..world::form("Chain", "chain", &key)
    };
    let chain = world::add_connector(&app, &chain, &[]).await;
    browser.open(&format!("{}/admin/connectors/{chain}", app.url)).await;
    browser.says("can assume it too").await;
    browser.look("connector-shortcut").await;
    browser.press("Open “Read only”").await;
    browser.says("past the groups and limits of “Chain”").await;
    let hosts = hosts(&app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}
