//! Every page in pictures, at two widths, in light and dark: nothing too wide, and nothing serious for axe-core.

use serde_json::{Value, json};

use super::tour::Tour;
use crate::support::{Browser, Demo, PASSWORD, TestApp};

#[actix_web::test]
async fn the_pages_of_an_employee() {
    let demo = Demo::start();
    let browser = Browser::start().await;
    browser.open(demo.url()).await;
    browser.look("sign-in").await;
    browser.sign_in("emil", "wrong").await;
    browser.find(".notice.danger").await;
    browser.look("sign-in-wrong").await;
    browser.expect_status(401).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    drop(browser);

    let emil = Tour::of(demo.url(), "emil", demo.password("emil")).await;
    emil.pages(&[
        ("my-access", "/"),
        ("my-access-no-match", "/?q=nothing+like+it"),
        ("credentials", "/connectors/payments-read-only/credentials"),
        ("console", "/console/payments-operator?destination=/cloudwatch/home&region=eu-west-1"),
    ])
    .await;
    emil.wrong("console-none", "/console/legacy-build-session", 422).await;
    emil.wrong("console-elsewhere", "/console/developer?destination=https://evil.example/", 422).await;
    emil.wrong("not-found", "/nothing", 404).await;
    emil.wrong("forbidden", "/admin/connectors", 403).await;

    let browser = &emil.browser;
    browser.open(&format!("{}/connectors/developer/credentials", emil.url)).await;
    browser.fill("#f-duration", "2 days").await;
    browser.press("Get credentials").await;
    browser.find("#f-duration-error").await;
    browser.look("credentials-wrong").await;
    browser.expect_status(422).await;
    browser.fill("#f-duration", "30m").await;
    browser.press("Get credentials").await;
    browser.find("[data-issued]").await;
    browser.look("credentials-issued").await;
    // A refused destination comes back to be changed.
    browser.open(&format!("{}/console/developer", emil.url)).await;
    let change = "document.querySelector('[name=destination]').value = '//evil.example'";
    browser.script(change).await;
    browser.press("Open console").await;
    browser.find("#f-destination").await;
    browser.look("console-refused").await;
    browser.expect_status(422).await;
    browser.open(&emil.url).await;
    browser.find("aside.recent").await;
    browser.click("details.person summary").await;
    browser.look("my-access-menu").await;
    emil.done().await;
}

#[actix_web::test]
async fn the_pages_of_an_administrator() {
    let demo = Demo::start();
    let ada = Tour::of(demo.url(), "ada", demo.password("ada")).await;
    let browser = &ada.browser;
    ada.pages(&[
        ("my-access-administrator", "/"),
        ("access-key-new", "/admin/access-keys/new"),
        ("connector-new", "/admin/connectors/new"),
        ("permissions", "/admin/permissions"),
        ("directories", "/admin/directories"),
        ("system", "/admin/system"),
        ("access-keys", "/admin/access-keys"),
    ])
    .await;
    ada.follow("access-key", "table.rows tbody a").await;
    ada.follow("access-key-delete", "a.danger").await;
    ada.page("access-keys", "/admin/access-keys").await;
    ada.follow("access-key", "table.rows tbody a").await;
    ada.follow("rotate", "a[href$='/rotate']").await;
    browser.press("Start").await;
    browser.find("ol.steps").await;
    browser.says("in use; the old one stays active").await;
    // Without anybody reloading it.
    browser.says("New key").await;
    browser.look("rotate-open").await;
    ada.page("connectors", "/admin/connectors").await;
    ada.follow("connector", "table.rows tbody a").await;
    ada.follow("connector-preview", "a[href$='/preview']").await;
    browser.fill("#f-user_name", "emil").await;
    browser.press("Preview").await;
    browser.find("#sent").await;
    browser.look("connector-preview-shown").await;
    ada.page("connectors", "/admin/connectors").await;
    ada.follow("connector", "table.rows tbody a").await;
    browser.press("Disable").await;
    browser.says("Nobody can use it from now on").await;
    ada.follow("connector-versions", "a[href$='/versions']").await;
    ada.follow("connector-versions-compared", "a[href*='versions?from=1&to=2']").await;
    browser.press("Back to the connector").await;
    browser.press("Enable").await;
    browser.says("may use it again").await;
    ada.follow("connector-delete", "a.danger").await;
    browser.open(&format!("{}/admin/permissions", ada.url)).await;
    ada.follow("permissions-connector", "ul.choose li:nth-child(3) a").await;
    browser.fill("#f-group", "no such group").await;
    browser.press("Grant").await;
    browser.find("#f-group-error").await;
    browser.look("permissions-wrong").await;
    browser.expect_status(422).await;

    browser.open(&format!("{}/admin/access-keys/new", ada.url)).await;
    browser.fill("#f-name", "payments").await;
    browser.fill("#f-key_id", "SANDBOXUNKNOWNKEY001").await;
    browser.fill("#f-secret", "another-fake-secret-not-of-this-access-key").await;
    browser.press("Add access key").await;
    browser.find("#form-errors").await;
    browser.look("access-key-wrong").await;
    browser.expect_status(422).await;

    browser.open(&format!("{}/admin/connectors/new", ada.url)).await;
    browser.fill("#f-name", "payments operator").await;
    browser.fill("#f-role_arn", "arn:aws-cn:iam::123456789012:role/ReadOnly").await;
    browser.type_policy("{ “Version”: 1 }").await;
    browser.fill("#f-duration", "13h").await;
    browser.press("Create connector").await;
    browser.find("#form-errors").await;
    // Everything that is wrong at once, also what does not depend on the key that is missing.
    for field in ["access_key", "policy", "duration"] {
        browser.find(&format!("#f-{field}-error")).await;
    }
    browser.look("connector-wrong").await;
    browser.expect_status(422).await;
    ada.done().await;
}

#[actix_web::test]
async fn the_pages_of_accounts() {
    let demo = Demo::start();
    let ada = Tour::of(demo.url(), "ada", demo.password("ada")).await;
    let browser = &ada.browser;
    ada.pages(&[("accounts-no-match", "/admin/accounts?q=nothing"), ("accounts", "/admin/accounts")]).await;
    ada.follow("account", "table.rows tbody tr:last-child .row-link").await;
    browser.fill("#f-label", &"Long label ".repeat(6)).await;
    browser.press("Save").await;
    browser.find("#f-label-error").await;
    browser.look("account-wrong").await;
    browser.expect_status(422).await;
    let delete = browser.script("return location.pathname + '/delete';").await;
    ada.page("account-delete", delete.as_str().unwrap()).await;
    ada.done().await;
}

#[actix_web::test]
async fn the_pages_of_policy_examples() {
    let demo = Demo::start();
    let ada = Tour::of(demo.url(), "ada", demo.password("ada")).await;
    let browser = &ada.browser;
    ada.pages(&[
        ("policy-examples-no-match", "/admin/policy-examples?q=nothing"),
        ("policy-example-shipped", "/admin/policy-examples/own-folder"),
        ("policy-example-copy", "/admin/policy-examples/new?copy=arn-billing"),
        ("policy-example-new", "/admin/policy-examples/new"),
    ])
    .await;
    browser.fill("#f-name", "Billing, READ only").await;
    browser.type_policy_into("text", "{ }").await;
    browser.press("Add example").await;
    browser.find("#f-text-error").await;
    browser.look("policy-example-wrong").await;
    browser.expect_status(422).await;
    browser.open(&format!("{}/admin/policy-examples/own-folder", ada.url)).await;
    browser.press("Hide").await;
    browser.says("no longer offers it").await;
    browser.look("policy-example-hidden").await;
    ada.page("policy-examples", "/admin/policy-examples").await;
    ada.follow("policy-example", "table.rows tbody .row-link").await;
    ada.follow("policy-example-delete", "a.danger").await;

    let entry = |name: &str, text: &str| json!({ "kind": "policy_arn", "name": name, "description": "AWS's own.", "text": text });
    let arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    let file = |entries: [Value; 2]| json!({ "format": "daypass/policy-examples/1", "examples": entries }).to_string();
    ada.page("policy-examples-import", "/admin/policy-examples/import").await;
    browser.fill("#f-text", &file([entry("Look at IAM", "IAMReadOnlyAccess"), entry("", arn)])).await;
    browser.press("Show what would happen").await;
    browser.find("#problems").await;
    browser.look("policy-examples-import-wrong").await;
    browser.expect_status(422).await;
    browser.fill("#f-text", &file([entry("Look at IAM", arn), entry("Read S3", arn)])).await;
    browser.press("Look again").await;
    browser.find("table.plan").await;
    browser.look("policy-examples-import-plan").await;
    browser.press("Import 2 examples").await;
    browser.says("Imported: 2 added.").await;
    ada.done().await;
}

#[actix_web::test]
async fn the_pages_of_an_auditor() {
    let demo = Demo::start();
    let emil = demo.sign_in("emil").await;
    emil.console_link("payments-read-only").await;
    emil.post("/connectors/developer/credentials", &[]).await;
    emil.post("/console/developer", &[("destination", "https://evil.example/")]).await;
    emil.get("/console/unknown").await;
    demo.container_credentials().await;
    let aria = Tour::of(demo.url(), "aria", demo.password("aria")).await;
    aria.pages(&[
        ("usage-log-no-match", "/usage-log?person=nobody"),
        ("usage-log", "/usage-log"),
        ("usage-log-filtered", "/usage-log?person=emil&kind=console.open"),
    ])
    .await;
    aria.follow("usage-event", "table.log tbody tr:last-child .row-link").await;
    aria.done().await;
}

#[actix_web::test]
async fn pages_that_have_nothing_to_show_yet() {
    let app = TestApp::builder().start().await;
    daypass::portal::setup::open(&app.app).await.unwrap().unwrap();
    let browser = Browser::start().await;
    browser.open(&format!("{}/setup", app.url)).await;
    browser.look("setup").await;
    for (field, text) in
        [("code", "abc"), ("username", "a b"), ("display_name", "A"), ("password", "short"), ("repeat", "other")]
    {
        browser.fill(&format!("#f-{field}"), text).await;
    }
    browser.press("Create the administrator").await;
    browser.find("#form-errors").await;
    browser.look("setup-wrong").await;
    browser.expect_status(422).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    drop(browser);

    app.add_person("ada", &["administrators"]).await;
    app.add_person("dana", &[]).await;
    let ada = Tour::of(&app.url, "ada", PASSWORD).await;
    ada.pages(&[
        ("empty-my-access-administrator", "/"),
        ("empty-access-keys", "/admin/access-keys"),
        ("empty-connectors", "/admin/connectors"),
        ("empty-accounts", "/admin/accounts"),
        ("empty-connector-new", "/admin/connectors/new"),
        ("empty-permissions", "/admin/permissions"),
    ])
    .await;
    ada.done().await;
    let dana = Tour::of(&app.url, "dana", PASSWORD).await;
    dana.page("empty-my-access", "/").await;
    dana.done().await;
}
