//! schemathesis, which reads the document and sends what it allows and what it forbids.
//!
//! A part of the API at a time, each to a server of its own: an address may send fifty requests without a live token, and
//! schemathesis sends two or three of every operation.

use daypass::config::Config;
use daypass::model::api_token::Part;
use daypass::portal::accounts;
use daypass::portal::permissions::seen;
use daypass::store::grants::Filter;

use super::{Token, token};
use crate::support::program::{command, finish};
use crate::support::{TestApp, peer, world};

const CONNECTORS: &str = "^/api/v1/connectors";
const KEYS: &str = "^/api/v1/(access-keys|policy-examples|tokens)";

/// Tries the operations whose paths `chosen` lets through, and gives the server, how many requests were made, and what is said
/// of them. Nothing may be found.
async fn tried(chosen: &[&str]) -> (TestApp, u32, String) {
    let often = |config: &mut Config| config.api.token_requests_per_second = 1_000_000;
    let app = TestApp::builder().config(often).start().await;
    world::fill(&app).await;
    let parts = &[Part::Use, Part::Console, Part::UsageLog, Part::Accounts, Part::Connectors, Part::Grants];
    let token = token(&app, "fuzzer", Token { parts, ..Token::default() }).await;
    let account = accounts::list(&app.app, &world::setter()).await.unwrap().remove(0).account.id;
    // What may be changed and taken away is not what the other requests are about.
    let key = app.key_id("broker").await;
    let kept = world::add_connector(&app, &world::form("Fuzzed", "fuzzed", &key), &["ops"]).await;
    let filter = Filter { connector_id: Some(kept), ..Filter::default() };
    let grant = seen::page(&app.app, &world::setter(), filter, 1).await.unwrap().0.remove(0).grant.id;
    let config = app.folder.path().join("schemathesis.toml");
    let text = include_str!("../../peers/schemathesis.toml").replace("ACCOUNT", &account).replace("GRANT", &grant);
    std::fs::write(&config, text).unwrap();
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
async fn schemathesis_finds_no_answer_of_keys_that_the_document_does_not_promise() {
    let (_, generated, report) = tried(&["--include-path-regex", KEYS]).await;
    assert!(generated > 50, "{report}");
}

#[actix_web::test]
async fn schemathesis_finds_no_other_answer_that_the_document_does_not_promise() {
    let but = format!("{CONNECTORS}|{KEYS}");
    let (_, generated, report) = tried(&["--exclude-path-regex", &but]).await;
    assert!(generated > 200, "{report}");
}
