//! The pages of permissions.

use daypass::model::envelope::Envelope;

use super::hosts;
use super::tour::Tour;
use crate::support::{Browser, PASSWORD, TestApp, world};

const PATH: &str = "/admin/permissions/by-group";

async fn started() -> TestApp {
    let app = TestApp::start().await;
    app.add_person("ada", &["administrators"]).await;
    app.add_person("bob", &["dev", "ops", "platform engineering of frankfurt and dublin"]).await;
    let key = app.key_id("broker").await;
    for number in 1..=7 {
        let name = format!("Payments in region {number}, read only and for a long while");
        world::add_connector(&app, &world::form(&name, &format!("payments-{number}"), &key), &["dev"]).await;
    }
    app
}

#[actix_web::test]
async fn the_pages_by_group_and_by_connector() {
    let app = started().await;
    app.sql("INSERT INTO local_groups (id, name) VALUES ('night shift', 'Night shift')").await;
    world::grant(&app, &app.connector_id("read-only").await, "night shift").await;
    app.sql("DELETE FROM local_groups WHERE id = 'night shift'").await;
    let ada = Tour::of(&app.url, "ada", PASSWORD).await;
    let read_only = app.connector_id("read-only").await;
    ada.pages(&[
        ("permissions-by-group", PATH),
        ("permissions-by-group-no-match", &format!("{PATH}?q=nothing")),
        ("permissions-by-group-found", &format!("{PATH}?find=platform")),
        ("permissions-group", &format!("{PATH}?group=local:dev")),
        ("permissions-group-gone", &format!("{PATH}?group=local:night+shift")),
        ("permissions-group-empty", &format!("{PATH}?group=local:platform+engineering+of+frankfurt+and+dublin")),
        ("permissions-by-connector", &format!("/admin/permissions?connector={read_only}")),
    ])
    .await;
    let browser = &ada.browser;
    browser.press("Count the people").await;
    browser.says("2 people").await;
    browser.look("permissions-people").await;
    ada.page("permissions-group-more", &format!("{PATH}?group=local:dev&show=others")).await;
    browser.click("thead .pick input").await;
    browser.says("4 ticked.").await;
    browser.look("permissions-group-ticked").await;
    browser.click("tbody tr:first-child .pick input").await;
    browser.says("3 ticked.").await;
    browser.press("Add what is ticked").await;
    browser.says("may use 3 connectors more from now on").await;
    browser.look("permissions-group-added").await;
    browser.press("Add what is ticked").await;
    browser.find("#f-connector-error").await;
    browser.look("permissions-group-wrong").await;
    browser.expect_status(422).await;
    ada.done().await;
}

#[actix_web::test]
async fn a_restricted_administrator_sees_what_is_closed() {
    let app = started().await;
    let envelope = Envelope {
        principal_types: vec!["assume_role".to_owned()],
        role_patterns: vec![world::role("ReadOnly")],
        longest_seconds: Some(3600),
        system_scope: false,
    };
    world::open(&app, &app.key_id("broker").await, &envelope).await;
    world::grant(&app, &app.connector_id("federated").await, "dev").await;
    app.add_person("rita", &["restricted-administrators", "leads"]).await;
    let rita = Tour::of(&app.url, "rita", PASSWORD).await;
    rita.pages(&[
        ("permissions-restricted-by-group", PATH),
        ("permissions-restricted-group", &format!("{PATH}?group=local:dev")),
        ("permissions-restricted-own", &format!("{PATH}?group=local:leads&show=others")),
    ])
    .await;
    rita.done().await;
}

#[actix_web::test]
async fn a_group_is_found_by_keyboard_letter_by_letter() {
    let app = started().await;
    let browser = Browser::start().await;
    browser.open(&app.url).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.says("My access").await;
    browser.open(&format!("{}{PATH}", app.url)).await;
    browser.type_into("#f-find", "platf").await;
    let one = async || {
        let options = browser.script("return document.querySelectorAll('#picker-options li').length;").await;
        (options == 1).then_some(())
    };
    browser.until("one group", one).await;
    let spoken = async || {
        let said = browser.script("return document.getElementById('spoken').textContent;").await;
        (said == "1 group").then_some(())
    };
    browser.until("the number of groups is spoken", spoken).await;
    // Down into the list, and open.
    browser.keys("\u{e015}").await;
    browser.keys("\u{e007}").await;
    browser.says("It may use no connector yet.").await;
    let hosts = hosts(&app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}

#[actix_web::test]
async fn many_are_added_and_people_counted_without_javascript() {
    let app = started().await;
    let browser = Browser::without_javascript().await;
    browser.open(&app.url).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.open(&format!("{}{PATH}", app.url)).await;
    browser.fill("#f-find", "platform").await;
    browser.press("Find").await;
    browser.press("platform engineering of frankfurt and dublin").await;
    browser.press("Add connectors").await;
    browser.tick("tbody tr:nth-child(1) .pick input").await;
    browser.tick("tbody tr:nth-child(2) .pick input").await;
    browser.press("Add what is ticked").await;
    browser.says("may use 2 connectors more from now on").await;
    browser.open(&format!("{}/admin/permissions?q=federated", app.url)).await;
    browser.press("Federated").await;
    browser.press("Count the people").await;
    browser.says("2 people").await.says("Revoke").await;
    let hosts = hosts(&app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}
