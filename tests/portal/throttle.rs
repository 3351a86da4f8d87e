//! How often somebody may be wrong, and that nobody is told anything by it.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use daypass::clock::Clock;
use futures_util::future::join_all;
use reqwest::header::HeaderValue;

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

fn set_marks(app: &TestApp, person: &Person, marks: &str) {
    let port = app.url.rsplit_once(':').unwrap().1;
    person.cookies.lock().unwrap().insert(format!("daypass-{port}-known"), marks.to_owned());
}

fn marks(person: &Person) -> String {
    let cookies = person.cookies.lock().unwrap();
    cookies.iter().find(|(name, _)| name.ends_with("-known")).unwrap().1.clone()
}

/// Marks that look like ours and are not.
async fn forged(app: &TestApp) -> Vec<String> {
    let mine = marks(&app.sign_in("alice").await);
    let (day, rest) = mine.split_once('-').unwrap();
    let later = format!("{}-{rest}", day.parse::<u32>().unwrap() + 1);
    vec!["0".repeat(32), "junk".to_owned(), "a.b.c".to_owned(), mine[..mine.len() - 1].to_owned(), later]
}

#[actix_web::test]
async fn a_mark_that_we_did_not_give_helps_nobody() {
    let app = started(Clock::system()).await;
    let marks = forged(&app).await;
    wrong(&app, "alice", 3).await;
    for (number, mark) in marks.iter().enumerate() {
        let forger = app.anybody();
        set_marks(&app, &forger, mark);
        try_from(&forger, &format!("203.0.113.{number}"), "alice", PASSWORD).await.is(401);
        assert_eq!(app.last_row().await.2, "throttled", "{mark}");
    }
}

#[actix_web::test]
async fn a_mark_that_we_did_not_give_does_not_lift_the_limit_of_an_address() {
    let app = started(Clock::system()).await;
    let marks = forged(&app).await;
    let tries = (0..60).map(async |number| {
        let forger = app.anybody();
        set_marks(&app, &forger, &marks[number % marks.len()]);
        try_from(&forger, "198.51.100.1", &format!("nobody-{number}"), "fake wrong password").await
    });
    let rows = app.events().await.len();
    for page in join_all(tries).await {
        page.is(401);
    }
    assert_eq!(app.events().await.len(), rows + 51, "fifty that were tried, and one row of the other ten");
    try_from(&app.anybody(), "198.51.100.1", "alice", PASSWORD).await.is(401);
    // The same wrong password is not passed on again for a mark that is none.
    let forger = app.anybody();
    set_marks(&app, &forger, &marks[0]);
    for _ in 0..5 {
        try_from(&forger, "198.51.100.3", "bob", "fake wrong password").await.is(401);
        assert_eq!(app.last_row().await.2, "wrong_password");
    }
    try_from(&app.anybody(), "198.51.100.3", "bob", PASSWORD).await.leads_to("/");
}

#[actix_web::test]
async fn a_known_browser_has_ten_tries_of_its_own_for_half_a_year() {
    // Marks hold their day: a quarter of an hour must not lead into the next.
    let noon = Clock::system().now().date_naive().and_hms_opt(12, 0, 0).unwrap().and_utc();
    let clock = Clock::fixed(noon);
    let app = started(clock.clone()).await;
    let known = app.sign_in("alice").await;
    let mark = marks(&known);
    wrong(&app, "alice", 3).await;
    for number in 0..10 {
        try_from(&known, &format!("203.0.113.{number}"), "alice", &format!("fake wrong {number}")).await.is(401);
        assert_eq!(app.last_row().await.2, "wrong_password", "{number}");
    }
    try_from(&known, "203.0.113.20", "alice", PASSWORD).await.is(401);
    assert_eq!(app.last_row().await.2, "throttled");
    clock.advance(TimeDelta::minutes(15));
    try_from(&known, "203.0.113.21", "alice", PASSWORD).await.leads_to("/");
    // Past the limit of its address it has ten as well, whatever the names.
    let strangers = (0..50).map(async |number| {
        try_from(&app.anybody(), "198.51.100.1", &format!("nobody-{number}"), "fake wrong password").await
    });
    join_all(strangers).await;
    let rows = app.events().await.len();
    let tries = (0..20).map(async |number| {
        try_from(&known, "198.51.100.1", &format!("somebody-{number}"), "fake wrong password").await
    });
    for page in join_all(tries).await {
        page.is(401);
    }
    let reasons: Vec<String> = app.events().await.into_iter().map(|row| row.event.reason).collect();
    // One a minute; on a slow machine the minute may end meanwhile.
    assert!((rows + 1..=rows + 2).contains(&reasons.len()), "{reasons:?}");
    assert_eq!(reasons[0], "throttled");
    // The mark of a day long ago is none any more; each sign-in gives a new one.
    for (days, reason) in [(179, "wrong_password"), (1, "throttled")] {
        clock.advance(TimeDelta::days(days));
        for number in 0..3 {
            let other = format!("fake wrong after {days} and {number}");
            try_from(&app.anybody(), "198.51.100.2", "alice", &other).await.is(401);
        }
        let browser = app.anybody();
        set_marks(&app, &browser, &mark);
        try_from(&browser, "203.0.113.22", "alice", &format!("fake wrong after {days}")).await.is(401);
        assert_eq!(app.last_row().await.2, reason, "{days}");
    }
}

#[actix_web::test]
async fn a_name_that_nobody_has_is_counted_like_one_that_somebody_has() {
    let app = started(Clock::system()).await;
    for (name, network) in [("alice", "198.51.100"), ("nobody", "203.0.113")] {
        let reason = if name == "alice" { "wrong_password" } else { "unknown_person" };
        let tries = [("1", reason), ("1", reason), ("2", reason), ("3", reason), ("4", "throttled"), ("1", reason)];
        for (number, (password, reason)) in tries.into_iter().enumerate() {
            let address = format!("{network}.{number}");
            try_from(&app.anybody(), &address, name, &format!("fake wrong {password}")).await.is(401);
            let row = app.last_event().await.event;
            assert_eq!((row.reason.as_str(), row.actor_name.as_str()), (reason, name), "{number}");
        }
    }
    // Somebody who comes to be is not kept out by what was tried before.
    try_from(&app.anybody(), "203.0.113.1", "carol", PASSWORD).await.is(401);
    app.add_person("carol", &[]).await;
    try_from(&app.anybody(), "203.0.113.1", "carol", PASSWORD).await.leads_to("/");
}

#[actix_web::test]
async fn half_an_ipv6_address_is_one_address_and_the_log_has_all_of_it() {
    let app = started(Clock::system()).await;
    let tries = (0..50).map(async |number| {
        let address = format!("2001:db8:0:1::{number:x}");
        try_from(&app.anybody(), &address, &format!("nobody-{number}"), "fake wrong password").await
    });
    for page in join_all(tries).await {
        page.is(401);
    }
    try_from(&app.anybody(), "2001:db8:0:1:ffff::1", "alice", PASSWORD).await.is(401);
    let row = app.last_event().await.event;
    assert_eq!((row.reason.as_str(), row.origin.address.as_str()), ("throttled", "2001:db8:0:1:ffff::1"));
    try_from(&app.anybody(), "2001:db8:0:2::1", "alice", PASSWORD).await.leads_to("/");
}

#[actix_web::test]
async fn what_a_client_writes_before_the_proxys_word_cannot_hide_it() {
    let app = started(Clock::system()).await;
    let lines: [&[&[u8]]; 4] = [
        &[b"\xff, 198.51.100.9"],
        &[b"\xff\xfe", b"198.51.100.9"],
        &[b"203.0.113.1, caf\xe9, 198.51.100.9, 127.0.0.1"],
        &[b"198.51.100.9", b"127.0.0.1"],
    ];
    for forwarded in lines {
        let person = app.anybody();
        let mut request = person.request(reqwest::Method::POST, "/sign-in");
        for line in forwarded {
            request = request.header("x-forwarded-for", HeaderValue::from_bytes(line).unwrap());
        }
        person.send(request.form(&[("username", "nobody"), ("password", "x")])).await.is(401);
        assert_eq!(app.last_event().await.event.origin.address, "198.51.100.9", "{forwarded:?}");
    }
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
