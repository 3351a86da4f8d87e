//! schemathesis, which reads the document and sends what it allows and what it forbids.

use daypass::model::api_token::Part;

use super::{Token, token};
use crate::support::program::{command, finish};
use crate::support::{TestApp, peer};

#[actix_web::test]
async fn schemathesis_finds_no_answer_that_the_document_does_not_promise() {
    let app = TestApp::start().await;
    let parts = &[Part::Use, Part::Console, Part::UsageLog, Part::Accounts];
    let token = token(&app, "fuzzer", Token { parts, ..Token::default() }).await;
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/schemathesis.toml");
    let mut schemathesis = command(peer("DAYPASS_TEST_SCHEMATHESIS"), app.folder.path());
    schemathesis.args(["--config-file", config, "run", &format!("{}/api/v1/openapi.json", app.url)]);
    schemathesis.args(["--header", &format!("Authorization:Bearer {token}")]);
    let ended = finish(schemathesis, "").await;
    let report = ended.ok();
    // It did reach what it was meant to try.
    assert!(report.contains("No issues found"), "{report}");
    assert!(app.sandbox.counters().issued > 5, "{report}");
    let events = app.events().await;
    assert!(events.len() > 50 && events.iter().all(|row| row.event.outcome != "failed"), "{report}");
}
