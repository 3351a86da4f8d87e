//! schemathesis, which reads the document and sends what it allows and what it forbids.

use daypass::config::Config;
use daypass::model::api_token::Part;
use daypass::portal::policy_examples::ExampleForm;
use daypass::portal::{accounts, policy_examples};

use super::{Token, token};
use crate::support::program::{command, finish};
use crate::support::{TestApp, peer, world};

#[actix_web::test]
async fn schemathesis_finds_no_answer_that_the_document_does_not_promise() {
    let set = |config: &mut Config| {
        config.api.token_requests_per_second = 1_000_000;
        config.server.trusted_proxies = vec!["127.0.0.1".to_owned()];
    };
    let app = TestApp::builder().config(set).start().await;
    world::fill(&app).await;
    let parts = &[Part::Use, Part::Console, Part::UsageLog, Part::Accounts, Part::AccessKeys, Part::PolicyExamples];
    let token = token(&app, "fuzzer", Token { parts, ..Token::default() }).await;
    let config = app.folder.path().join("schemathesis.toml");
    std::fs::write(&config, with_ids(&app).await).unwrap();
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

/// The settings, with the ids of what is there.
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
    let key = app.key_id("session user").await;
    let mut text = include_str!("../../peers/schemathesis.toml").to_owned();
    for (place, id) in [("ACCOUNT", account), ("ACCESS_KEY", key), ("SPARE_KEY", spare), ("POLICY_EXAMPLE", example)] {
        text = text.replace(&format!("\"{place}\""), &format!("{id:?}"));
    }
    text
}
