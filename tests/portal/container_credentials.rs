//! The container credentials endpoint, as every AWS SDK asks it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use daypass::clock::Clock;
use daypass::model::api_token;
use daypass::portal::connectors::ConnectorForm;
use daypass::portal::tokens;
use reqwest::Method;
use secrecy::ExposeSecret;

use crate::native_api::contract::holds;
use crate::support::{Page, Person, TestApp, world};

pub fn path(connector: &str) -> String {
    format!("/api/v1/connectors/{connector}/container-credentials")
}

pub async fn ask(program: &Person, connector: &str, authorization: &str) -> Page {
    let page =
        program.send(program.request(Method::GET, &path(connector)).header("authorization", authorization)).await;
    let document = program.get("/api/v1/openapi.json").await.is(200).json();
    holds(&document, &Method::GET, &path(connector), &page);
    page
}

#[track_caller]
pub fn is_refused(page: &Page, status: u16, code: &str) {
    assert_eq!(page.is(status).header("content-type"), "application/json");
    let json = page.json();
    assert_eq!(json["code"], code);
    assert!(json["message"].as_str().unwrap().ends_with('.'), "{json}");
    assert_eq!(json["detail"], json["message"]);
    assert_eq!(json["requestId"], page.header("x-request-id"));
    // As the AWS SDK for JavaScript spells them.
    assert_eq!((&json["Code"], &json["Message"]), (&json["code"], &json["message"]));
}

#[actix_web::test]
async fn a_program_gets_credentials_with_the_token_bare_or_as_bearer() {
    let app = TestApp::start().await;
    let token = app.token("build", "system").await;
    let id = app.connector_id("system").await;
    for (connector, authorization) in [
        ("system", token.clone()),
        ("system", format!("Bearer {token}")),
        (&id, token.clone()),
        ("System", token.clone()),
    ] {
        let page = ask(&app.anybody(), connector, &authorization).await;
        let json = page.is(200).json();
        assert_eq!(page.header("content-type"), "application/json");
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(page.header("set-cookie").is_empty());
        let mut keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["AccessKeyId", "AccountId", "Expiration", "SecretAccessKey", "Token"]);
        assert_eq!(json["AccountId"], world::ACCOUNT);
        let expiration = json["Expiration"].as_str().unwrap();
        assert_eq!((expiration.len(), &expiration[19..]), (20, "Z"), "{expiration}");
        let left = DateTime::parse_from_rfc3339(expiration).unwrap().to_utc() - app.app.clock.now();
        assert!((3590..=3600).contains(&left.num_seconds()), "{left}");

        let row = app.last_event().await.event;
        assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("credentials.issue", "ok"));
        assert_eq!((row.actor_kind.as_str(), row.actor_name.as_str()), ("program", "build"));
        assert_eq!((row.rule.as_deref(), row.session_name.as_deref()), (Some("system_scope"), Some("program-build")));
        assert_eq!(row.issued_key_id.as_deref(), json["AccessKeyId"].as_str());
    }
}

#[actix_web::test]
async fn what_is_no_live_token_is_told_nothing() {
    let start = Clock::fixed(Clock::system().now());
    let app = TestApp::builder().clock(start.clone()).start().await;
    world::fill(&app).await;
    let token = app.token("build", "system").await;
    let short = tokens::create_unchecked(&app.app, "short", "system", Duration::from_secs(60)).await.unwrap();
    let revoked = app.token("revoked", "system").await;
    app.sql("UPDATE api_tokens SET revoked_at = 1 WHERE slug = 'revoked'").await;
    start.advance(TimeDelta::seconds(60));
    let half = &token[..token.len() / 2];
    let mut changed = token.clone();
    let last = changed.pop().unwrap();
    changed.push(if last == 'a' { 'b' } else { 'a' });
    let without_start = token.trim_start_matches("dpt_").to_owned();
    let basic = format!("Basic {token}");
    let mut texts = Vec::new();
    for wrong in ["", "Bearer ", half, &changed, &without_start, &basic, short.expose_secret(), &revoked] {
        for connector in ["system", "no-such-one"] {
            let page = ask(&app.anybody(), connector, wrong).await;
            is_refused(&page, 401, "unauthorized");
            assert!(!page.header("www-authenticate").contains("Basic"));
            texts.push(page.json()["message"].as_str().unwrap().to_owned());
        }
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
    ask(&app.anybody(), "system", &token).await.is(200);
    assert_eq!(app.sandbox.counters().issued, 1);
    // What was once a token of ours is known in the log, once a minute; what has not even the shape of one leaves nothing.
    let reasons: Vec<String> = app.events().await.into_iter().map(|row| row.event.reason).collect();
    assert_eq!(reasons[1..3], ["token_revoked", "token_expired"]);
    assert_eq!(reasons[3], "", "{reasons:?}");
}

/// A request with a token, from an address as the proxy tells it.
async fn ask_from(app: &TestApp, address: &str, token: &str) -> Page {
    let program = app.anybody();
    let request = program.request(Method::GET, &path("system")).header("x-forwarded-for", address);
    let page = program.send(request.header("authorization", token)).await;
    let document = app.get("/api/v1/openapi.json").await.is(200).json();
    holds(&document, &Method::GET, &path("system"), &page);
    page
}

#[actix_web::test]
async fn a_dead_token_that_goes_on_asking_neither_fills_the_log_nor_is_answered_for_ever() {
    let clock = Clock::fixed(Clock::system().now());
    let app = TestApp::builder()
        .clock(clock.clone())
        .config(|config| config.server.trusted_proxies = vec!["127.0.0.1".to_owned()])
        .start()
        .await;
    world::fill(&app).await;
    let live = app.token("build", "system").await;
    let dead = tokens::create_unchecked(&app.app, "dead", "system", Duration::ZERO).await.unwrap();
    let dead = dead.expose_secret();
    let unknown = api_token::from_random(api_token::PROGRAM_PREFIX, &"x".repeat(api_token::RANDOM_LENGTH));
    let rows = app.events().await.len();
    for _ in 0..25 {
        is_refused(&ask_from(&app, "198.51.100.1", dead).await, 401, "unauthorized");
        is_refused(&ask_from(&app, "198.51.100.1", unknown.expose_secret()).await, 401, "unauthorized");
    }
    let reasons: Vec<String> = app.events().await.into_iter().map(|row| row.event.reason).collect();
    assert_eq!(reasons.len(), rows + 2, "{reasons:?}");
    assert_eq!(reasons[..2], ["unknown_token", "token_expired"]);
    // Another address leaves a row of its own, and is not closed by this one.
    is_refused(&ask_from(&app, "198.51.100.2", dead).await, 401, "unauthorized");
    assert_eq!(app.events().await.len(), rows + 3);
    for wrong in [dead, unknown.expose_secret(), "", "nothing like a token"] {
        let page = ask_from(&app, "198.51.100.1", wrong).await;
        is_refused(&page, 429, "too_many");
        assert_eq!(page.header("retry-after"), "900");
    }
    // A live token is never in the way, and takes no try.
    for _ in 0..3 {
        ask_from(&app, "198.51.100.1", &live).await.is(200);
    }
    clock.advance(TimeDelta::minutes(15));
    is_refused(&ask_from(&app, "198.51.100.1", dead).await, 401, "unauthorized");
}

#[actix_web::test]
async fn a_cookie_is_no_token() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    is_refused(&ada.get(&path("system")).await, 401, "unauthorized");
    is_refused(&ada.get(&path("read-only")).await, 401, "unauthorized");
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn a_token_is_for_its_connector_and_only_while_that_is_for_programs() {
    let app = TestApp::start().await;
    let token = app.token("build", "system").await;
    let program = app.anybody();
    is_refused(&ask(&program, "read-only", &token).await, 403, "forbidden");
    assert_eq!(app.last_row().await, ("credentials.issue".into(), "refused".into(), "token_scope".into()));
    is_refused(&ask(&program, "no-such-one", &token).await, 404, "not_found");
    let row = app.last_event().await.event;
    assert_eq!((row.reason.as_str(), row.actor_name.as_str()), ("unknown_connector", "build"));
    assert_eq!(row.detail["connector"], "no-such-one");

    let id = app.connector_id("system").await;
    let form = |version, system_scope, enabled| ConnectorForm {
        version,
        system_scope,
        enabled,
        ..world::form("System", "system", "")
    };
    let key = app.key_id("broker").await;
    let save = async |form: ConnectorForm| {
        let form = ConnectorForm { access_key: key.clone(), ..form };
        daypass::portal::connectors::update(&app.app, &world::setter(), &id, &form).await.unwrap();
    };
    save(form(1, false, true)).await;
    is_refused(&ask(&program, "system", &token).await, 403, "forbidden");
    assert_eq!(app.last_row().await.2, "no_system_scope");
    save(form(2, true, false)).await;
    is_refused(&ask(&program, "system", &token).await, 409, "connector_disabled");
    assert_eq!(app.last_row().await.2, "connector_disabled");
    assert_eq!(app.sandbox.counters().issuing, 0);
    save(form(3, true, true)).await;
    ask(&program, "system", &token).await.is(200);
}

#[actix_web::test]
async fn other_methods_and_paths_issue_nothing() {
    let app = TestApp::start().await;
    let token = app.token("build", "system").await;
    let program = app.anybody();
    for method in [Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let request = program.request(method.clone(), &path("system")).header("authorization", &token);
        let page = program.send(request).await;
        assert_eq!((page.status, page.header("allow")), (405, "GET"), "{method}");
    }
    for path in ["/api/v1/connectors/system/nothing", "/api/v1/connectors/a/b/container-credentials", "/api"] {
        let page = program.send(program.request(Method::GET, path).header("authorization", &token)).await;
        page.is(404);
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
}
