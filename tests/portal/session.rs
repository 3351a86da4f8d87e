//! Sessions: a new key at each sign-in, two time-outs, an end that is an end.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use data_encoding::HEXLOWER;
use daypass::clock::Clock;
use daypass::portal::users;
use daypass::store::schema::sessions;
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::support::{PASSWORD, Person, TestApp};

async fn stored(app: &TestApp) -> Vec<(String, String)> {
    let read = app
        .app
        .database
        .read(|connection| Ok(sessions::table.select((sessions::id_hash, sessions::state)).load(connection)?));
    read.await.unwrap()
}

fn session_cookie(person: &Person) -> (String, String) {
    let cookies = person.cookies.lock().unwrap();
    let cookie = cookies.iter().find(|(name, _)| !name.ends_with("-known")).unwrap();
    (cookie.0.clone(), cookie.1.clone())
}

/// Somebody else's browser with this one's session cookie in it.
fn thief(app: &TestApp, of: &Person) -> Person {
    let thief = app.anybody();
    let (name, value) = session_cookie(of);
    thief.cookies.lock().unwrap().insert(name, value);
    thief
}

#[actix_web::test]
async fn each_sign_in_has_a_key_of_its_own_and_ends_the_one_before() {
    let app = TestApp::builder().start().await;
    let victim = app.person("mallory", &[]).await;
    app.add_person("alice", &[]).await;
    // Mallory knows the key of the session in which Alice now signs in.
    let mallory = thief(&app, &victim);
    mallory.get("/").await.is(200);
    victim.post("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await.leads_to("/");
    victim.get("/").await.is(200).says("alice of the tests");
    mallory.get("/").await.leads_to("/sign-in");
    assert_eq!(stored(&app).await.len(), 1);
}

#[actix_web::test]
async fn a_key_that_we_did_not_give_is_not_taken_over() {
    let app = TestApp::builder().start().await;
    let alice = app.person("alice", &[]).await;
    let (name, value) = session_cookie(&alice);
    let mut cut = value.clone();
    cut.pop();
    let turned: String = value.chars().rev().collect();
    for planted in ["planted", &cut, &turned] {
        let browser = app.anybody();
        browser.cookies.lock().unwrap().insert(name.clone(), planted.to_owned());
        browser.get("/").await.leads_to("/sign-in");
        browser.post("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await.leads_to("/");
        assert_ne!(session_cookie(&browser).1, planted);
    }
}

#[actix_web::test]
async fn the_database_holds_the_sha256_of_the_key_and_not_the_key() {
    let app = TestApp::builder().start().await;
    let alice = app.person("alice", &[]).await;
    let value = session_cookie(&alice).1;
    // The cookie is a signature, 44 characters of base64, and the key.
    let value = value.replace("%3D", "=").replace("%2F", "/").replace("%2B", "+");
    let key = &value[44..];
    assert_eq!(key.len(), 43, "{value}");
    let sessions = stored(&app).await;
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].0, HEXLOWER.encode(&Sha256::digest(key)));
    assert!(!sessions[0].1.contains(key));
}

/// Opens a page and waits until that use is noted, which no page waits for.
async fn uses(app: &TestApp, person: &Person) {
    person.get("/").await.is(200);
    let (now, deadline) = (app.app.clock.now().timestamp_millis(), Instant::now() + Duration::from_secs(10));
    let seen =
        || app.app.database.read(|connection| Ok(sessions::table.select(sessions::seen_at).load::<i64>(connection)?));
    while seen().await.unwrap() != [now] {
        assert!(Instant::now() < deadline, "the use is not noted");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[actix_web::test]
async fn a_session_ends_after_half_an_hour_without_a_request() {
    let clock = Clock::fixed(Clock::system().now());
    let app = TestApp::builder().clock(clock.clone()).start().await;
    let alice = app.person("alice", &[]).await;
    for _ in 0..3 {
        clock.advance(TimeDelta::seconds(30 * 60 - 1));
        uses(&app, &alice).await;
    }
    clock.advance(TimeDelta::minutes(30));
    alice.get("/").await.leads_to("/sign-in");
}

#[actix_web::test]
async fn a_session_ends_after_twelve_hours_whatever_is_done_with_it() {
    let clock = Clock::fixed(Clock::system().now());
    let app = TestApp::builder().clock(clock.clone()).start().await;
    let alice = app.person("alice", &[]).await;
    for _ in 0..35 {
        clock.advance(TimeDelta::minutes(20));
        uses(&app, &alice).await;
    }
    clock.advance(TimeDelta::seconds(20 * 60 - 1));
    uses(&app, &alice).await;
    clock.advance(TimeDelta::seconds(1));
    alice.get("/").await.leads_to("/sign-in");
}

#[actix_web::test]
async fn signing_out_ends_the_session_in_the_database() {
    let app = TestApp::builder().start().await;
    let alice = app.person("alice", &[]).await;
    let thief = thief(&app, &alice);
    thief.get("/").await.is(200);
    let page = alice.post("/sign-out", &[]).await;
    page.leads_to("/sign-in");
    let clear = page.header("clear-site-data");
    assert_eq!(clear, "\"cache\", \"storage\"", "never “cookies”: that would sign the company out of everything else");
    let expired =
        page.headers.get_all("set-cookie").iter().any(|cookie| cookie.to_str().unwrap().contains("Max-Age=0"));
    assert!(expired, "{:?}", page.headers);
    assert!(stored(&app).await.is_empty());
    thief.get("/").await.leads_to("/sign-in");
    assert_eq!(app.last_row().await, ("session.end".into(), "ok".into(), String::new()));
}

#[actix_web::test]
async fn whoever_is_closed_out_loses_the_session_with_the_next_request() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    users::set_active(&app.app, "alice", false).await.unwrap();
    alice.post("/console/read-only", &[]).await.leads_to("/sign-in");
    assert_eq!(app.sandbox.counters().issuing, 0);
    assert!(stored(&app).await.is_empty());
}

#[actix_web::test]
async fn sessions_that_have_run_out_are_removed_once_a_minute_at_most() {
    let clock = Clock::fixed(Clock::system().now());
    let app = TestApp::builder().clock(clock.clone()).start().await;
    app.person("alice", &[]).await;
    let put = async |hash: &str| {
        let at = clock.now().timestamp_millis() - 13 * 60 * 60 * 1000;
        let values = format!("('{hash}', '{{}}', {at}, {at})");
        app.sql(&format!("INSERT INTO sessions (id_hash, state, created_at, seen_at) VALUES {values}")).await;
    };
    let is_there = async |hash: &str| stored(&app).await.iter().any(|(known, _)| known == hash);
    put("old").await;
    clock.advance(TimeDelta::seconds(59));
    app.sign_in("alice").await;
    assert!(is_there("old").await);
    clock.advance(TimeDelta::seconds(1));
    app.sign_in("alice").await;
    assert!(!is_there("old").await);
    assert_eq!(stored(&app).await.len(), 3);
}

#[actix_web::test]
async fn a_persons_sessions_end_and_nobody_elses() {
    let app = TestApp::builder().start().await;
    let (alice, bob) = (app.person("alice", &[]).await, app.person("bob", &[]).await);
    let again = app.sign_in("alice").await;
    users::set_password(&app.app, "alice", "another fake password".into()).await.unwrap();
    assert_eq!(stored(&app).await.len(), 1);
    alice.get("/").await.leads_to("/sign-in");
    again.get("/").await.leads_to("/sign-in");
    bob.get("/").await.is(200);
}

fn attributes(page: &crate::support::Page) -> Vec<String> {
    let all = page.headers.get_all("set-cookie").iter();
    all.map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn the_cookie_is_for_this_server_alone() {
    let app = TestApp::builder().start().await;
    app.add_person("alice", &[]).await;
    let form = [("username", "alice"), ("password", PASSWORD)];
    let cookies = attributes(&app.anybody().post("/sign-in", &form).await);
    let port = app.url.rsplit_once(':').unwrap().1;
    assert!(cookies.iter().any(|cookie| cookie.starts_with(&format!("daypass-{port}="))), "{cookies:?}");
    for cookie in &cookies {
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
            "{cookie}"
        );
        assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
    }

    let app = TestApp::builder()
        .config(|config| config.server.public_url = Some("https://daypass.example".to_owned()))
        .start()
        .await;
    app.add_person("alice", &[]).await;
    let listen = format!("http://{}", app.app.config.server.listen);
    let request = app.anybody().http.post(format!("{listen}/sign-in")).form(&form);
    let request = request.header("host", "daypass.example").header("origin", "https://daypass.example");
    let page = app.anybody().send(request).await;
    page.leads_to("/");
    let cookies = attributes(&page);
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    for cookie in &cookies {
        assert!(cookie.starts_with("__Host-daypass") && cookie.contains("Secure"), "{cookie}");
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
            "{cookie}"
        );
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000; includeSubDomains");
}
