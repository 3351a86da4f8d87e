//! `GET /usage-log`.

use daypass::model::api_token::Part;
use serde_json::{Value, json};

use super::contract::is_refused;
use super::{Api, Token, personal, token};

const LOG: &str = "/api/v1/usage-log";

fn ids(page: &Value) -> Vec<i64> {
    page["events"].as_array().unwrap().iter().map(|event| event["id"].as_i64().unwrap()).collect()
}

#[actix_web::test]
async fn whoever_follows_the_pages_sees_every_row_once() {
    let api = Api::start().await;
    let auditor = personal(&api.app, "aria", &["auditors"], &[Part::UsageLog]).await;
    let build = token(&api.app, "build", Token::default()).await;
    for _ in 0..7 {
        api.post("/api/v1/connectors/system/credentials", &build, json!({})).await.is(200);
    }
    let all: Vec<i64> = api.app.events().await.iter().map(|row| row.id).collect();
    assert_eq!(ids(&api.get(LOG, &auditor).await.is(200).json()), all);
    let (mut seen, mut next) = (Vec::new(), format!("{LOG}?limit=3&kind=credentials.issue"));
    while !next.is_empty() {
        let page = api.get(&next, &auditor).await.is(200).json();
        assert!(ids(&page).len() <= 3);
        seen.extend(ids(&page));
        // A row that comes meanwhile moves nothing.
        if seen.len() == 3 {
            api.post("/api/v1/connectors/system/credentials", &build, json!({})).await.is(200);
        }
        next = page["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(seen, all[..7]);
}

#[actix_web::test]
async fn filters_are_those_of_the_page() {
    let api = Api::start().await;
    let auditor = personal(&api.app, "aria", &["auditors"], &[Part::UsageLog]).await;
    let build = token(&api.app, "build", Token::default()).await;
    let start = api.app.app.clock.now();
    api.post("/api/v1/connectors/system/credentials", &build, json!({})).await.is(200);
    api.post("/api/v1/connectors/none/credentials", &build, json!({})).await.is(404);
    let at = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let id = api.app.connector_id("system").await;
    for (query, rows) in [
        ("person=build".to_owned(), 2),
        ("person=buil".to_owned(), 0),
        ("connector=system&person=build".to_owned(), 1),
        (format!("connector={id}&outcome=ok&kind=credentials.issue"), 1),
        ("outcome=refused&person=build".to_owned(), 1),
        ("outcome=failed".to_owned(), 0),
        (format!("from={}&kind=credentials.issue", at(start)), 2),
        (format!("to={}&kind=credentials.issue", at(start)), 0),
    ] {
        let page = api.get(&format!("{LOG}?{query}"), &auditor).await.is(200).json();
        assert_eq!(page["events"].as_array().unwrap().len(), rows, "{query}");
    }
    for (query, field) in [
        ("kind=nothing", "kind"),
        ("outcome=good", "outcome"),
        ("from=yesterday", "from"),
        ("to=2026-11-20", "to"),
        ("cursor=1", "cursor"),
        ("cursor=%20", "cursor"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("connector=no-such-one", "connector"),
        ("person=%20", "person"),
    ] {
        let problem = is_refused(&api.get(&format!("{LOG}?{query}"), &auditor).await, 422, "invalid");
        assert!(problem["errors"][field].is_string(), "{query}: {problem}");
    }
    for unknown in ["persn=build", "before=1"] {
        is_refused(&api.get(&format!("{LOG}?{unknown}"), &auditor).await, 422, "invalid");
    }
    is_refused(&api.get(&format!("{LOG}?person=a%00b"), &auditor).await, 400, "bad_request");
}

#[actix_web::test]
async fn only_auditors_and_administrators_read_it() {
    let api = Api::start().await;
    let app = &api.app;
    let administrator = personal(app, "ada", &["administrators"], &[Part::UsageLog]).await;
    let program = token(app, "watcher", Token { parts: &[Part::UsageLog], ..Token::default() }).await;
    for token in [&administrator, &program] {
        api.get(LOG, token).await.is(200);
    }
    let member = personal(app, "alice", &["ops"], &[Part::UsageLog]).await;
    let restricted = personal(app, "rita", &["restricted-administrators"], &[Part::UsageLog]).await;
    let uses = personal(app, "aria", &["auditors"], &[Part::Use]).await;
    for token in [&member, &restricted, &uses] {
        is_refused(&api.get(LOG, token).await, 403, "token_scope");
    }
    let networks: &[&str] = &["192.0.2.0/24"];
    let elsewhere = token(app, "elsewhere", Token { parts: &[Part::UsageLog], networks, ..Token::default() }).await;
    is_refused(&api.get(LOG, &elsewhere).await, 403, "token_network");
    is_refused(&api.get(LOG, "").await, 401, "unauthorized");
}
