//! schemathesis, which reads the document and sends what it allows and what it forbids.

use daypass::config::Config;
use daypass::model::api_token::Part;
use daypass::portal::accounts;
use daypass::portal::permissions::seen;
use daypass::store::grants::Filter;

use super::{Token, token};
use crate::support::program::{command, finish};
use crate::support::{TestApp, peer, world};

#[actix_web::test]
async fn schemathesis_finds_no_answer_that_the_document_does_not_promise() {
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
    schemathesis.args(["--header", &format!("Authorization:Bearer {token}")]);
    let ended = finish(schemathesis, "").await;
    let report = ended.ok();
    // It did reach what it was meant to try.
    let generated = report.lines().find_map(|line| line.trim().split_once(" generated, ")?.0.parse::<u32>().ok());
    assert!(generated.is_some_and(|generated| generated > 300), "{report}");
    assert!(app.sandbox.counters().issued > 5, "{report}");
    let events = app.events().await;
    assert!(events.len() > 50 && events.iter().all(|row| row.event.outcome != "failed"), "{report}");
}
