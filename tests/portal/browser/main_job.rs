//! From the first access key to the row in the usage log, as three people do it.

use fantoccini::key::Key;

use super::hosts;
use crate::support::{Browser, PASSWORD, TestApp, world};

fn key(key: Key) -> String {
    char::from(key).to_string()
}

#[actix_web::test]
async fn an_administrator_gives_and_an_employee_uses() {
    let app = TestApp::builder().start().await;
    app.add_person("ada", &["administrators"]).await;
    app.add_person("alice", &["ops", "payments-team"]).await;
    app.add_person("aria", &["auditors"]).await;
    let browser = Browser::start().await;

    browser.open(&app.url).await;
    let size = "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .map(entry => entry.transferSize).reduce((sum, size) => sum + size, 0);";
    let bytes = browser.script(size).await.as_u64().unwrap();
    assert!((1_000..=120 * 1024).contains(&bytes), "the first load takes {bytes} bytes");

    administrator(&browser).await;
    employee(&app, &browser).await;
    auditor(&app, &browser).await;
    let hosts = hosts(&app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}

async fn administrator(browser: &Browser) {
    browser.sign_in("ada", "not her password").await;
    browser.find(".notice.danger").await;
    browser.expect_status(401).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.says("My access").await;

    browser.press("Administration").await;
    browser.press("Access keys").await;
    browser.press("Add access key").await;
    browser.fill("#f-name", "broker").await;
    browser.fill("#f-key_id", world::KEY_ID).await;
    browser.fill("#f-secret", "another-fake-secret-not-of-this-access-key").await;
    browser.press("Add access key").await;
    browser.says("SignatureDoesNotMatch").await;
    browser.expect_status(422).await;
    // A secret is never sent back, so it is typed again.
    browser.fill("#f-secret", world::SECRET).await;
    browser.press("Add access key").await;
    browser.says(world::ACCOUNT).await;

    browser.press("Connectors").await;
    browser.press("New connector").await;
    browser.find("#f-role_arn").await;
    browser.choose("#f-access_key", 1).await;
    browser.fill("#f-role_arn", &world::role("ReadOnly")).await;
    browser.fill("#f-name", "Read only").await;
    browser.fill("#f-description", "Look, change nothing").await;
    browser.press("Insert example").await;
    browser.press("Everything but IAM").await;
    let policy = browser.script("return document.getElementById('f-policy').value;").await;
    assert!(policy.as_str().unwrap().contains("ButNotWhoMayDoWhat"));
    browser.says("Nothing wrong was found.").await;
    browser.press("Create connector").await;
    browser.press("Permissions").await;

    // The picker, by keyboard alone.
    browser.press("Read only").await;
    browser.type_into("#f-group", "op").await;
    let narrowed = async || {
        let shown = browser.client.find_all(fantoccini::Locator::Css(".picker-options button")).await.ok()?;
        (shown.len() == 1).then_some(())
    };
    browser.until("one group", narrowed).await;
    browser.keys(&key(Key::Down)).await;
    let focused = browser.client.active_element().await.unwrap().text().await.unwrap();
    assert!(focused.starts_with("ops"), "{focused}");
    browser.keys(&key(Key::Enter)).await;
    browser.press("Revoke").await;
    browser.says("No group may use it yet").await;
    browser.fill("#f-group", "ops").await;
    browser.keys(&key(Key::Enter)).await;
    browser.find(".grants").await;
    browser.sign_out().await;
}

async fn employee(app: &TestApp, browser: &Browser) {
    browser.sign_in("alice", PASSWORD).await;
    browser.says("Look, change nothing").await;
    browser.press("Open console").await;
    let first = browser.to_new_tab().await;
    let arn = format!("arn:aws:sts::{}:assumed-role/ReadOnly/alice", world::ACCOUNT);
    browser.says(&arn).await;
    // The console is told nothing of where its link came from.
    assert_eq!(browser.script("return [document.referrer, window.opener];").await, serde_json::json!(["", null]));
    browser.back_to(first).await;

    browser.press("Credentials").await;
    browser.press("Get credentials").await;
    browser.says("left").await;
    let bash = browser.text_of("pre").await;
    assert!(bash.contains("AWS_SECRET_ACCESS_KEY="), "{bash}");
    browser.press("PowerShell").await;
    browser.says("$Env:AWS_SECRET_ACCESS_KEY").await;
    let secret = bash.split("AWS_SECRET_ACCESS_KEY=").nth(1).unwrap().lines().next().unwrap().trim_matches('\'');
    assert!(secret.len() > 20, "{secret}");
    let stored = browser.script("return JSON.stringify([{ ...localStorage }, { ...sessionStorage }]);").await;
    for hidden in [secret.trim_matches('"'), PASSWORD, world::SECRET] {
        assert!(!stored.as_str().unwrap().contains(hidden), "{stored}");
    }
    browser.sign_out().await;
    // The way back shows nothing of what was there: the browser kept no copy, and asks whether to send the form again.
    browser.client.back().await.unwrap();
    browser.says("Confirm Form Resubmission").await;
    assert!(!browser.client.source().await.unwrap().contains("AWS_SECRET_ACCESS_KEY"));

    // A deep link to somebody who is not signed in: sign-in, who opens what, Enter.
    browser.open(&format!("{}/console/read-only?destination=/ec2/v2/home&region=eu-west-1", app.url)).await;
    browser.sign_in("alice", PASSWORD).await;
    browser.says("Open the AWS console").await.says("eu-west-1").await;
    let before = app.events().await.len();
    browser.keys(&key(Key::Enter)).await;
    browser.says(&arn).await.says("/ec2/v2/home").await.says("eu-west-1").await;
    assert_eq!(app.events().await.len(), before + 1, "one click is one row");
    browser.open(&app.url).await;
    browser.sign_out().await;
}

async fn auditor(app: &TestApp, browser: &Browser) {
    browser.sign_in("aria", PASSWORD).await;
    browser.press("Usage log").await;
    browser.fill("#f-person", "alice").await;
    browser.choose_value("#f-kind", "console.open").await;
    browser.press("Apply").await;
    let unused = "return ['connector', 'outcome', 'from', 'to'].map(name => new URLSearchParams(location.search).get(name)).join('');";
    let applied = async || browser.address().await.contains("kind=console.open").then_some(());
    browser.until("the filter in the address", applied).await;
    assert_eq!(browser.script(unused).await, "", "a filter nobody chose");
    let rows = async || {
        let shown = browser.client.find_all(fantoccini::Locator::Css("table.log tbody tr")).await.ok()?;
        (shown.len() == 2).then_some(())
    };
    browser.until("two rows", rows).await;
    browser.click("table.log tbody tr:first-child .row-link").await;
    browser.says(&world::role("ReadOnly").replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")).await;
    browser.says("/ec2/v2/home").await;
    assert!(browser.address().await.contains("/usage-log/"));
    browser.open(&format!("{}/admin/connectors", app.url)).await;
    browser.expect_status(403).await;
}

#[actix_web::test]
async fn a_link_opens_by_itself_only_where_that_is_allowed() {
    let app = TestApp::start().await;
    let broker = world::add_key(&app, "opener", world::KEY_ID, world::SECRET).await;
    let form = daypass::portal::connectors::ConnectorForm {
        open_without_asking: true,
        ..world::form("Opens", "opens", &broker)
    };
    world::add_connector(&app, &form, &["ops"]).await;
    app.add_person("alice", &["ops"]).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/console/opens?destination=/ec2/v2/home", app.url)).await;
    browser.sign_in("alice", PASSWORD).await;
    browser.says("assumed-role/ReadOnly/alice").await.says("/ec2/v2/home").await;
    // The way back does not open it again.
    browser.client.back().await.unwrap();
    browser.says("Open the AWS console").await;
    // A page that acts on its query asks, also here.
    browser.open(&format!("{}/console/opens?destination=/cloudformation/home%23/stacks/quickcreate", app.url)).await;
    browser.says("Open the AWS console").await.says("quickcreate").await;
    let hosts = hosts(&app);
    browser.was_quiet(&hosts.each_ref().map(String::as_str)).await;
}
