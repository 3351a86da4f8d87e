//! Name and password with each request: where they are taken, how long they are remembered, and what browsers get with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use daypass::app::basic_auth;
use daypass::clock::Clock;
use daypass::config::Config;
use daypass::portal::users;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{challenges, get, header, is_refused, password, request, send, sent, started, started_with};
use crate::support::{Page, TestApp, world};

const CREDENTIALS: &str = "/connectors/read-only/credentials";
const BASIC: &str = "Basic realm=\"Daypass\", charset=\"UTF-8\"";

#[actix_web::test]
async fn it_is_off_unless_somebody_switches_it_on() {
    let app = TestApp::start().await;
    app.add_person("alice", &["ops"]).await;
    let rows = app.events().await.len();
    for path in ["/connectors", CREDENTIALS, "/status/info"] {
        let page = get(&app, path, &header("alice")).await;
        assert!(is_refused(&page, 401, "basic_off").contains("[seed_api]"));
        assert_eq!(challenges(&page), ["Bearer"]);
        let nobody = get(&app, path, "").await;
        is_refused(&nobody, 401, "unauthorized");
        assert_eq!(challenges(&nobody), ["Bearer"]);
    }
    assert_eq!((app.events().await.len(), app.sandbox.counters().issuing), (rows, 0));
    // What is for tokens alone stays so where it is on.
    let app = started().await;
    let native = app.anybody().http.get(format!("{}/api/v1/connectors/read-only/container-credentials", app.url));
    sent(native.header("authorization", header("alice"))).await.is(401);
}

#[actix_web::test]
async fn a_person_is_recorded_as_themselves_and_as_basic() {
    let app = started().await;
    get(&app, CREDENTIALS, &header("alice")).await.is(200);
    let rows = app.events().await;
    let issued = &rows[0].event;
    assert_eq!((issued.kind.as_str(), issued.outcome.as_str()), ("credentials.issue", "ok"));
    assert_eq!((issued.actor_kind.as_str(), issued.actor_name.as_str()), ("person", "alice"));
    assert_eq!((&issued.detail["via"], issued.session_name.as_deref()), (&json!("basic"), Some("alice")));
    assert_eq!(issued.rule.as_deref(), Some("grant"));
    let shown = &rows[1].event;
    assert_eq!(
        (shown.kind.as_str(), shown.outcome.as_str(), &shown.detail["via"]),
        ("session.start", "ok", &json!("basic"))
    );
    // Whoever may not is told the same as of what is not there.
    let olaf = get(&app, CREDENTIALS, &header("olaf")).await;
    is_refused(&olaf, 404, "not_found");
    let unknown = get(&app, "/connectors/none/credentials", &header("olaf")).await;
    assert_eq!(unknown.is(404).json()["message"], olaf.json()["message"]);
}

/// How often somebody was let in by their password.
async fn let_in(app: &TestApp) -> usize {
    app.events().await.iter().filter(|row| row.event.kind == "session.start" && row.event.outcome == "ok").count()
}

#[actix_web::test]
async fn a_right_password_is_remembered_for_a_minute_and_no_longer_than_it_is_right() {
    let clock = Clock::fixed(Clock::system().now());
    let app = started_with(clock.clone(), |_| {}).await;
    for _ in 0..5 {
        get(&app, "/connectors", &header("alice")).await.is(200);
    }
    assert_eq!(let_in(&app).await, 1);
    clock.advance(TimeDelta::seconds(59));
    get(&app, "/connectors", &header("alice")).await.is(200);
    assert_eq!(let_in(&app).await, 1);
    clock.advance(TimeDelta::seconds(1));
    get(&app, "/connectors", &header("alice")).await.is(200);
    assert_eq!(let_in(&app).await, 2);

    users::set_password(&app.app, "alice", "fake new password for tests".into()).await.unwrap();
    is_refused(&get(&app, CREDENTIALS, &header("alice")).await, 401, "unauthorized");
    let new = password("alice", "fake new password for tests");
    get(&app, CREDENTIALS, &new).await.is(200);
    assert_eq!(let_in(&app).await, 3);
    users::set_active(&app.app, "alice", false).await.unwrap();
    is_refused(&get(&app, CREDENTIALS, &new).await, 401, "unauthorized");
    assert_eq!(app.last_row().await.2, "inactive");
    assert_eq!(app.sandbox.counters().issued, 1);
}

#[actix_web::test]
async fn groups_are_looked_up_each_time() {
    let app = started().await;
    get(&app, CREDENTIALS, &header("alice")).await.is(200);
    app.sql("DELETE FROM local_memberships WHERE user_id IN (SELECT id FROM local_users WHERE user_name = 'alice')")
        .await;
    is_refused(&get(&app, CREDENTIALS, &header("alice")).await, 404, "not_found");
    assert_eq!(let_in(&app).await, 1);
}

#[actix_web::test]
async fn wrong_passwords_are_counted_with_those_of_the_sign_in_page_and_answered_alike() {
    let app = started().await;
    let mut texts = Vec::new();
    for (name, wrong, is_new) in
        [("alice", "fake one", true), ("nobody", "fake one", true), ("alice", "fake one", false), ("alice", "", true)]
    {
        let rows = app.events().await.len();
        let began = Instant::now();
        let page = get(&app, CREDENTIALS, &password(name, wrong)).await;
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(750), "{took:?}");
        texts.push(is_refused(&page, 401, "unauthorized"));
        assert_eq!(challenges(&page), ["Bearer", BASIC]);
        assert_eq!(app.events().await.len(), rows + usize::from(is_new));
        let row = app.last_event().await.event;
        let actor = if is_new { name } else { "nobody" };
        assert_eq!(
            (row.kind.as_str(), &row.detail["via"], row.actor_name.as_str()),
            ("session.start", &json!("basic"), actor)
        );
    }
    for wrong in ["fake two", "fake three"] {
        let form = [("username", "alice"), ("password", wrong)];
        app.anybody().post("/sign-in", &form).await.is(401);
    }
    // The fourth is not tried, though it is right.
    texts.push(is_refused(&get(&app, CREDENTIALS, &header("alice")).await, 401, "unauthorized"));
    assert_eq!(app.last_row().await.2, "throttled");
    texts.dedup();
    assert_eq!((texts.len(), app.sandbox.counters().issuing), (1, 0));
    get(&app, "/connectors", &header("olaf")).await.is(200);
    // What is no pair at all is answered the same.
    for header in ["Basic", "Basic ", "Basic !", "Basic YQ==", "basic YTpi"] {
        let page = get(&app, CREDENTIALS, header).await;
        assert_eq!(page.is(401).json()["code"], "unauthorized", "{header}");
    }
}

#[actix_web::test]
async fn what_another_site_makes_a_browser_send_is_refused_and_issues_nothing() {
    let app = started().await;
    let known = app.sign_in("ada").await;
    get(&app, "/connectors", &header("ada")).await.is(200);
    let before = app.sandbox.counters().actions;
    let rows = app.events().await.len();
    let key = app.key_id("broker").await;
    let body = json!({"name": "x", "type": "ASSUME_ROLE", "accountId": key, "roleArn": world::role("ReadOnly")});
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        for (method, path) in [
            (Method::GET, "/connectors"),
            (Method::GET, CREDENTIALS),
            (Method::GET, "/connectors/read-only/caller-identity"),
            (Method::POST, "/connectors"),
            (Method::POST, "/accounts?skipValidation=true"),
            (Method::DELETE, "/connectors/read-only"),
        ] {
            let from_there = request(&app, method.clone(), path, &header("ada")).header(name, value).json(&body);
            is_refused(&sent(from_there.header("x-atlassian-token", "no-check")).await, 403, "cross_site");
            // And nobody is asked for a password there.
            let page = sent(request(&app, method, path, "").header(name, value)).await;
            assert_eq!((page.status, challenges(&page)), (401, vec!["Bearer"]), "{name}: {value} {path}");
        }
        let path = "/rest/identity-federation-for-aws/2.2/connectors";
        known.send(known.request(Method::GET, path).header(name, value)).await.is(403);
    }
    let twice = request(&app, Method::GET, CREDENTIALS, &header("ada"));
    let twice = twice.header("sec-fetch-site", "same-origin").header("sec-fetch-site", "cross-site");
    is_refused(&sent(twice).await, 403, "cross_site");
    assert_eq!(app.sandbox.counters().actions, before);
    assert_eq!(app.events().await.len(), rows);
    let ours = request(&app, Method::GET, CREDENTIALS, &header("ada")).header("sec-fetch-site", "same-origin");
    sent(ours).await.is(200);
    // A form is not JSON, wherever it comes from.
    let form = request(&app, Method::POST, "/connectors", &header("ada")).form(&[("name", "x")]);
    is_refused(&sent(form).await, 415, "media_type");
}

#[actix_web::test]
async fn a_cookie_only_lists() {
    let app = started().await;
    let ada = app.sign_in("ada").await;
    let id = app.connector_id("read-only").await;
    let base = "/rest/identity-federation-for-aws/2.2";
    let list = ada.get(&format!("{base}/connectors")).await;
    assert_eq!(list.is(200).json()["size"], 4);
    ada.send(ada.request(Method::HEAD, &format!("{base}/connectors"))).await.is(200);
    for path in ["", "/credentials", "/caller-identity", "/console/url"] {
        let page = ada.get(&format!("{base}/connectors/{id}{path}")).await;
        is_refused(&page, 401, "unauthorized");
    }
    ada.get(&format!("{base}/status/info")).await.is(401);
    let post = ada.request(Method::POST, &format!("{base}/accounts")).json(&json!({"name": "x"}));
    is_refused(&ada.send(post).await, 401, "unauthorized");
    let delete = ada.request(Method::DELETE, &format!("{base}/connectors/{id}"));
    is_refused(&ada.send(delete).await, 401, "unauthorized");
    assert_eq!(app.connector_id("read-only").await, id);
    // Whoever is closed out lists nothing any more.
    users::set_active(&app.app, "ada", false).await.ok();
    let olaf = app.sign_in("olaf").await;
    assert_eq!(olaf.get(&format!("{base}/connectors")).await.is(200).json(), json!({"values": [], "size": 0}));
    users::set_active(&app.app, "olaf", false).await.unwrap();
    olaf.get(&format!("{base}/connectors")).await.is(401);
}

async fn from(app: &TestApp, address: &str) -> Page {
    sent(request(app, Method::GET, CREDENTIALS, &header("alice")).header("x-forwarded-for", address)).await
}

#[actix_web::test]
async fn networks_and_directories_are_those_of_the_settings() {
    let networks = || vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    let app = started_with(Clock::system(), move |config| config.seed_api.networks = networks()).await;
    for inside in ["192.0.2.1", "2001:db8::7"] {
        from(&app, inside).await.is(200);
    }
    let rows = app.events().await.len();
    for _ in 0..2 {
        let page = from(&app, "192.0.3.1").await;
        assert!(is_refused(&page, 403, "basic_network").contains("[seed_api]"));
    }
    assert_eq!(app.events().await.len(), rows + 1);
    assert_eq!(app.last_row().await, ("session.start".into(), "refused".into(), "basic_network".into()));
    let unasked = request(&app, Method::GET, CREDENTIALS, "").header("x-forwarded-for", "192.0.3.1");
    assert_eq!(challenges(&sent(unasked).await), ["Bearer"]);

    let app = started_with(Clock::system(), |config| config.seed_api.directories = vec!["corp".to_owned()]).await;
    let began = Instant::now();
    let right = get(&app, CREDENTIALS, &header("alice")).await;
    assert!(began.elapsed() >= Duration::from_millis(750));
    let wrong = get(&app, CREDENTIALS, &password("alice", "fake wrong password")).await;
    assert_eq!(is_refused(&right, 401, "unauthorized"), is_refused(&wrong, 401, "unauthorized"));
    assert_eq!(app.events().await[1].event.reason, "basic_directory");
    assert_eq!(app.sandbox.counters().issuing, 0);
    app.sign_in("alice").await;
}

#[actix_web::test]
async fn passwords_never_come_over_plain_http() {
    let https = |config: &mut Config| config.server.public_url = Some(format!("https://{}", config.server.listen));
    let app = started_with(Clock::system(), https).await;
    let url = app.url.replace("https://", "http://");
    let ask = async |proto: &[&str]| {
        let mut asked = app.anybody().http.get(format!("{url}{}{CREDENTIALS}", super::API));
        for value in proto {
            asked = asked.header("x-forwarded-proto", *value);
        }
        sent(asked.header("authorization", header("alice"))).await
    };
    for plain in [&["http"][..], &["https, http"], &["https", "http"], &[""]] {
        let page = ask(plain).await;
        assert!(is_refused(&page, 401, "basic_insecure").contains("https"));
        assert_eq!(challenges(&page), ["Bearer"]);
    }
    for fine in [&[][..], &["https"], &["HTTPS, https"]] {
        ask(fine).await.is(200);
    }
    // Nor does it start where that would be.
    let mut config = Config::default();
    for (url, starts) in [
        ("https://daypass.example.com", true),
        ("http://127.0.0.1:8080", true),
        ("http://[::1]:8080", true),
        ("http://daypass.example.com", false),
    ] {
        config.seed_api.basic_auth = true;
        assert_eq!(basic_auth(&config, &url.parse().unwrap()).is_ok(), starts, "{url}");
        config.seed_api.basic_auth = false;
        assert!(basic_auth(&config, &url.parse().unwrap()).is_ok(), "{url}");
    }
}

#[actix_web::test]
async fn somebody_who_asks_too_often_is_told_to_wait_and_nobody_else() {
    let app = started().await;
    get(&app, "/connectors", &header("alice")).await.is(200);
    let person = app.events().await.into_iter().find_map(|row| row.event.actor_id).unwrap();
    // Whatever comes back of their requests is taken at once, as by a program that never stops.
    let (portal, goes_on) = (app.app.clone(), Arc::new(AtomicBool::new(true)));
    let still = goes_on.clone();
    let of_alice = format!("person {person}");
    while portal.throttle.take_request(&of_alice).is_ok() {}
    let busy = std::thread::spawn(move || {
        while still.load(Ordering::Relaxed) {
            let _ = portal.throttle.take_request(&of_alice);
        }
    });
    let page = get(&app, "/connectors", &header("alice")).await;
    get(&app, "/connectors", &header("olaf")).await.is(200);
    goes_on.store(false, Ordering::Relaxed);
    busy.join().unwrap();
    is_refused(&page, 429, "token_busy");
    assert!(page.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(let_in(&app).await, 2);
}

#[actix_web::test]
async fn many_at_once_with_a_right_password_are_all_let_in() {
    let app = started().await;
    let alice = header("alice");
    for page in join_all((0..20).map(|_| get(&app, "/connectors", &alice))).await {
        page.is(200);
    }
    assert_eq!(let_in(&app).await, 1);
}

#[actix_web::test]
async fn whoever_lacks_the_role_is_told_so_and_leaves_a_row() {
    let app = started().await;
    let body = json!({"name": "x"});
    for name in ["alice", "olaf"] {
        let page = send(&app, Method::POST, "/connectors", &header(name), &body).await;
        is_refused(&page, 403, "forbidden");
        let row = app.last_event().await.event;
        assert_eq!(
            (row.outcome.as_str(), row.reason.as_str(), &row.detail["via"]),
            ("refused", "role", &json!("basic"))
        );
    }
}

#[actix_web::test]
async fn a_client_that_waits_to_be_asked_is_asked_each_time() {
    let app = started().await;
    for _ in 0..60 {
        let page = get(&app, "/status/info", "").await;
        assert_eq!((page.status, challenges(&page)), (401, vec!["Bearer", BASIC]));
    }
    get(&app, "/status/info", &header("alice")).await.is(200);
}

#[actix_web::test]
async fn two_headers_are_none_whatever_they_say() {
    let app = started().await;
    let token = app.token("build", "system").await;
    let (alice, bearer) = (header("alice"), format!("Bearer {token}"));
    get(&app, "/connectors", &alice).await.is(200);
    get(&app, "/connectors", &bearer).await.is(200);
    let rows = app.events().await.len();
    for (one, other) in [(&alice, &alice), (&alice, &bearer), (&bearer, &alice), (&bearer, &bearer)] {
        let native = app.anybody().http.post(format!("{}/api/v1/credentials", app.url));
        let native = native.json(&json!({"roleArn": world::role("ReadOnly")}));
        for asked in [request(&app, Method::GET, "/connectors", ""), native] {
            let page = sent(asked.header("authorization", one).header("authorization", other)).await;
            assert_eq!(page.is(401).json()["code"], "unauthorized", "{one} {other}");
        }
    }
    assert_eq!((app.events().await.len(), app.sandbox.counters().issuing), (rows, 0));
}
