//! How often somebody may be wrong, and that nobody is told anything by it.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use daypass::clock::Clock;
use futures_util::future::join_all;

use crate::support::{PASSWORD, Page, Person, TestApp};

async fn started(clock: Clock) -> TestApp {
    let app = TestApp::builder()
        .clock(clock)
        .config(|config| config.server.trusted_proxies = vec!["127.0.0.1".to_owned()])
        .start()
        .await;
    app.add_person("alice", &[]).await;
    app.add_person("bob", &[]).await;
    app
}

/// A try from an address, as the proxy tells it.
async fn try_from(person: &Person, address: &str, name: &str, password: &str) -> Page {
    let request = person.request(reqwest::Method::POST, "/sign-in").header("x-forwarded-for", address);
    person.send(request.form(&[("username", name), ("password", password)])).await
}

/// Wrong passwords for a name, each another and each from another address, all at once.
async fn wrong(app: &TestApp, name: &str, times: usize) {
    let strangers: Vec<Person> = (0..times).map(|_| app.anybody()).collect();
    let tries = strangers.iter().enumerate().map(async |(number, stranger)| {
        try_from(stranger, &format!("198.51.100.{number}"), name, &format!("fake wrong password {number}")).await
    });
    for page in join_all(tries).await {
        page.is(401);
    }
}

#[actix_web::test]
async fn three_wrong_passwords_are_passed_on_over_all_addresses() {
    let clock = Clock::fixed(Clock::system().now());
    let app = started(clock.clone()).await;
    let known = app.sign_in("alice").await;
    wrong(&app, "alice", 5).await;
    let reasons: Vec<String> = app.events().await.into_iter().take(5).map(|row| row.event.reason).collect();
    assert_eq!(reasons.iter().filter(|reason| *reason == "wrong_password").count(), 3, "{reasons:?}");
    assert_eq!(reasons.iter().filter(|reason| *reason == "throttled").count(), 2, "{reasons:?}");

    // Neither another address nor another way to write the name helps; a browser that was let in before passes.
    for (number, name) in ["alice", "ALICE", " alice ", "local\\alice"].into_iter().enumerate() {
        let rows = app.events().await.len();
        try_from(&app.anybody(), &format!("203.0.113.{number}"), name, PASSWORD).await.is(401);
        assert_eq!(app.events().await.len(), rows + 1, "{name}");
        assert_eq!(app.last_row().await.2, "throttled", "{name}");
    }
    try_from(&known, "203.0.113.10", "alice", PASSWORD).await.leads_to("/");
    let somebody_elses = app.sign_in("bob").await;
    try_from(&somebody_elses, "203.0.113.11", "alice", PASSWORD).await.is(401);

    clock.advance(TimeDelta::seconds(15 * 60 - 1));
    try_from(&app.anybody(), "203.0.113.12", "alice", PASSWORD).await.is(401);
    clock.advance(TimeDelta::seconds(1));
    try_from(&app.anybody(), "203.0.113.12", "alice", PASSWORD).await.leads_to("/");
}

#[actix_web::test]
async fn a_mark_that_we_did_not_give_helps_nobody() {
    let app = started(Clock::system()).await;
    wrong(&app, "alice", 3).await;
    let port = app.url.rsplit_once(':').unwrap().1;
    let forged = app.anybody();
    forged.cookies.lock().unwrap().insert(format!("daypass-{port}-known"), "0".repeat(32));
    try_from(&forged, "203.0.113.1", "alice", PASSWORD).await.is(401);
    assert_eq!(app.last_row().await.2, "throttled");
}

#[actix_web::test]
async fn the_same_wrong_password_again_takes_no_further_try() {
    let app = started(Clock::system()).await;
    let stranger = app.anybody();
    for _ in 0..6 {
        try_from(&stranger, "198.51.100.7", "alice", "fake wrong password").await.is(401);
        assert_eq!(app.last_row().await.2, "wrong_password");
    }
    try_from(&stranger, "198.51.100.7", "alice", PASSWORD).await.leads_to("/");
}

#[actix_web::test]
async fn right_passwords_take_no_try() {
    let app = started(Clock::system()).await;
    for _ in 0..5 {
        app.sign_in("alice").await;
    }
}

#[actix_web::test]
async fn fifty_failures_close_an_address_for_a_while() {
    let clock = Clock::fixed(Clock::system().now());
    let app = started(clock.clone()).await;
    let (stranger, known) = (app.anybody(), app.sign_in("bob").await);
    let tries = (0..50).map(async |number| {
        try_from(&stranger, "198.51.100.1", &format!("nobody-{number}"), "fake wrong password").await
    });
    for page in join_all(tries).await {
        page.is(401);
    }
    assert!(app.events().await.iter().take(50).all(|row| row.event.origin.address == "198.51.100.1"));
    try_from(&app.anybody(), "198.51.100.1", "alice", PASSWORD).await.is(401);
    assert_eq!(app.last_row().await.2, "throttled");
    try_from(&app.anybody(), "198.51.100.2", "alice", PASSWORD).await.leads_to("/");
    // A row a minute is enough, and a browser that was let in before passes.
    let rows = app.events().await.len();
    try_from(&app.anybody(), "198.51.100.1", "alice", PASSWORD).await.is(401);
    assert_eq!(app.events().await.len(), rows);
    try_from(&known, "198.51.100.1", "bob", PASSWORD).await.leads_to("/");
    // What a client writes in front of the proxy's own word is not believed.
    try_from(&app.anybody(), "203.0.113.1, 198.51.100.1", "alice", PASSWORD).await.is(401);
    clock.advance(TimeDelta::minutes(15));
    try_from(&app.anybody(), "198.51.100.1", "alice", PASSWORD).await.leads_to("/");
}

#[actix_web::test]
async fn whoever_is_refused_is_told_the_same_and_not_before_750_ms() {
    let app = started(Clock::system()).await;
    wrong(&app, "bob", 3).await;
    let cases = [
        ("alice", "fake wrong password", "wrong_password"),
        ("alice", "fake wrong password", "wrong_password"),
        ("nobody", PASSWORD, "unknown_person"),
        ("bob", PASSWORD, "throttled"),
        ("", "", "unknown_person"),
    ];
    let mut texts = Vec::new();
    for (name, password, reason) in cases {
        let start = Instant::now();
        let page = try_from(&app.anybody(), "203.0.113.1", name, password).await;
        assert!(start.elapsed() >= Duration::from_millis(750), "{reason} after {:?}", start.elapsed());
        assert_eq!(app.last_row().await.2, reason);
        let shown = page.is(401).body.replace(&format!("name=\"username\" value=\"{name}\""), "");
        texts.push(shown.replace(" required autofocus", " required"));
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[actix_web::test]
async fn an_address_is_believed_from_a_trusted_proxy_only() {
    let app = TestApp::start().await;
    try_from(&app.anybody(), "198.51.100.1", "nobody", "x").await.is(401);
    assert_eq!(app.last_event().await.event.origin.address, "127.0.0.1");
}
