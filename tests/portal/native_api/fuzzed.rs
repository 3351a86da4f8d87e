//! schemathesis, which reads the document and sends what it allows and what it forbids.

use daypass::config::Config;
use daypass::model::api_token::Part;
use daypass::portal::{accounts, tokens};

use super::{Token, token};
use crate::support::program::{command, finish};
use crate::support::{TestApp, peer, world};

#[actix_web::test]
async fn schemathesis_finds_no_answer_that_the_document_does_not_promise() {
    let often = |config: &mut Config| config.api.token_requests_per_second = 1_000_000;
    let app = TestApp::builder().config(often).start().await;
    world::fill(&app).await;
    let parts = &[Part::Use, Part::Console, Part::UsageLog, Part::Accounts, Part::Tokens];
    let fuzzer = token(&app, "fuzzer", Token { parts, ..Token::default() }).await;
    // One to look at and to revoke, again and again.
    token(&app, "victim", Token::default()).await;
    let tokens = tokens::system::list(&app.app).await.unwrap();
    let victim = tokens.into_iter().find(|status| status.token.slug == "victim").unwrap().token.id;
    let account = accounts::list(&app.app, &world::setter()).await.unwrap().remove(0).account.id;
    let settings = include_str!("../../peers/schemathesis.toml");
    let config = app.folder.path().join("schemathesis.toml");
    std::fs::write(&config, settings.replace("ACCOUNT", &account).replace("TOKEN", &victim)).unwrap();
    let mut schemathesis = command(peer("DAYPASS_TEST_SCHEMATHESIS"), app.folder.path());
    schemathesis.arg("--config-file").arg(config).args(["run", &format!("{}/api/v1/openapi.json", app.url)]);
    schemathesis.args(["--header", &format!("Authorization:Bearer {fuzzer}")]);
    let ended = finish(schemathesis, "").await;
    let report = ended.ok();
    // It did reach what it was meant to try.
    let generated = report.lines().find_map(|line| line.trim().split_once(" generated, ")?.0.parse::<u32>().ok());
    assert!(generated.is_some_and(|generated| generated > 300), "{report}");
    assert!(app.sandbox.counters().issued > 5, "{report}");
    let events = app.events().await;
    assert!(events.iter().any(|row| row.event.kind == "token.revoke" && row.event.outcome == "ok"), "{report}");
    assert!(events.len() > 50 && events.iter().all(|row| row.event.outcome != "failed"), "{report}");
}
