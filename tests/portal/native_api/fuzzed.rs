//! schemathesis, which reads the document and sends what it allows and what it forbids.
//!
//! A part of the API at a time, each to a server of its own: an address may send fifty requests without a live token, and
//! schemathesis sends two or three of every operation.

use daypass::config::Config;
use daypass::model::api_token::Part;
use daypass::portal::permissions::seen;
use daypass::portal::policy_examples::ExampleForm;
use daypass::portal::{accounts, policy_examples, tokens};
use daypass::store::grants::Filter;
use daypass::store::usage_log::Recorded;

use super::{Token, token};
use crate::support::program::{command, finish};
use crate::support::{TestApp, peer, world};

const CONNECTORS: &str = "^/api/v1/connectors";
const KEYS: &str = "^/api/v1/access-keys";
const LISTS: &str = "^/api/v1/(policy-examples|grants|tokens)";

/// Tries the operations whose paths `chosen` lets through, and gives the server, how many requests were made, and what is said
/// of them. Nothing may be found.
async fn tried(chosen: &[&str]) -> (TestApp, u32, String) {
    let often = |config: &mut Config| config.api.token_requests_per_second = 1_000_000;
    let app = TestApp::builder().config(often).start().await;
    world::fill(&app).await;
    let parts = Part::ALL.map(|(part, ..)| part);
    let token = token(&app, "fuzzer", Token { parts: &parts, ..Token::default() }).await;
    let config = app.folder.path().join("schemathesis.toml");
    std::fs::write(&config, with_ids(&app).await).unwrap();
    let mut schemathesis = command(peer("DAYPASS_TEST_SCHEMATHESIS"), app.folder.path());
    schemathesis.arg("--config-file").arg(config).args(["run", &format!("{}/api/v1/openapi.json", app.url)]);
    schemathesis.args(["--header", &format!("Authorization:Bearer {token}")]).args(chosen);
    let report = finish(schemathesis, "").await.ok().to_owned();
    let generated = report.lines().find_map(|line| line.trim().split_once(" generated, ")?.0.parse().ok());
    let events = app.events().await;
    assert!(events.iter().all(|row| row.event.outcome != "failed"), "{report}");
    (app, generated.unwrap_or_default(), report)
}

#[actix_web::test]
async fn schemathesis_finds_no_answer_of_connectors_that_the_document_does_not_promise() {
    let (app, generated, report) = tried(&["--include-path-regex", CONNECTORS]).await;
    // It did reach what it was meant to try.
    assert!(generated > 300, "{report}");
    assert!(app.sandbox.counters().issued > 5 && app.events().await.len() > 50, "{report}");
}

#[actix_web::test]
async fn schemathesis_finds_no_answer_of_access_keys_that_the_document_does_not_promise() {
    let (_, generated, report) = tried(&["--include-path-regex", KEYS]).await;
    assert!(generated > 100, "{report}");
}

#[actix_web::test]
async fn schemathesis_finds_no_answer_of_lists_that_the_document_does_not_promise() {
    let (app, generated, report) = tried(&["--include-path-regex", LISTS]).await;
    assert!(generated > 100, "{report}");
    let is_revoked = |row: &Recorded| row.event.kind == "token.revoke" && row.event.outcome == "ok";
    assert!(app.events().await.iter().any(is_revoked), "{report}");
}

#[actix_web::test]
async fn schemathesis_finds_no_other_answer_that_the_document_does_not_promise() {
    let but = format!("{CONNECTORS}|{KEYS}|{LISTS}");
    let (_, generated, report) = tried(&["--exclude-path-regex", &but]).await;
    assert!(generated > 100, "{report}");
}

/// The settings, with the ids of what is there. What may be changed and taken away is not what the other requests are about.
async fn with_ids(app: &TestApp) -> String {
    let account = accounts::list(&app.app, &world::setter()).await.unwrap().remove(0).account.id;
    let spare = world::add_key(app, "spare", world::KEY_ID, world::SECRET).await;
    let example = ExampleForm {
        kind: "policy".to_owned(),
        name: "Mine".to_owned(),
        description: "It allows S3.".to_owned(),
        text: world::POLICY.to_owned(),
        version: 0,
    };
    let example = policy_examples::create(&app.app, &world::setter(), &example).await.unwrap();
    let kept = world::add_connector(app, &world::form("Fuzzed", "fuzzed", &app.key_id("broker").await), &["ops"]).await;
    let filter = Filter { connector_id: Some(kept), ..Filter::default() };
    let grant = seen::page(&app.app, &world::setter(), filter, 1).await.unwrap().0.remove(0).grant.id;
    // One to look at and to revoke, again and again.
    token(app, "victim", Token::default()).await;
    let tokens = tokens::system::list(&app.app).await.unwrap();
    let victim = tokens.into_iter().find(|status| status.token.slug == "victim").unwrap().token.id;
    let key = app.key_id("session user").await;
    let mut text = include_str!("../../peers/schemathesis.toml").to_owned();
    for (place, id) in [
        ("ACCOUNT", account),
        ("GRANT", grant),
        ("ACCESS_KEY", key),
        ("SPARE_KEY", spare),
        ("POLICY_EXAMPLE", example),
        ("TOKEN", victim),
    ] {
        text = text.replace(&format!("\"{place}\""), &format!("{id:?}"));
    }
    text
}
