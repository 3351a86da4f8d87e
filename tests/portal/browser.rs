//! The whole main job in a real browser.

mod connector_states;
mod helpers;
mod key_looks;
mod keys_without_javascript;
mod looks;
mod main_job;
mod people_looks;
mod permissions;
mod policy;
mod role_chain;
mod token_looks;
mod tour;
mod without_javascript;

use serde_json::json;

use crate::support::{Browser, TestApp};

/// The hosts that a browser may ask: ours, and the sandbox's two.
fn hosts(app: &TestApp) -> [String; 3] {
    let port = app.sandbox.sts_url().rsplit_once(':').unwrap().1.trim_end_matches('/').to_owned();
    let ours = app.url.trim_start_matches("http://").to_owned();
    [ours, format!("localhost:{port}"), format!("127.0.0.1:{port}")]
}

#[actix_web::test]
async fn what_is_planted_is_found() {
    let app = TestApp::builder().start().await;
    let browser = Browser::start().await;
    browser.open(&app.url).await;
    browser.script("document.querySelector('main').append(document.createElement('img'));").await;
    let opened = json!({ "expression": "window.open('about:blank') !== null", "userGesture": false });
    let opened = browser.devtools("Runtime.evaluate", opened).await;
    assert_eq!(opened["result"]["value"], false, "the pop-up blocker is off");
    let found = browser.axe().await;
    assert!(found.len() == 1 && found[0].starts_with("image-alt"), "{found:?}");
    browser.script("document.querySelector('main img').src = 'https://elsewhere.example/';").await;
    let told =
        async || browser.complaints().await.iter().any(|line| line.contains("policy violation: img-src")).then_some(());
    browser.until("a violation of the policy on the console", told).await;
}
