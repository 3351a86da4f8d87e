//! `/accounts`: what is said of them, edited by version.

use daypass::model::api_token::Part;
use reqwest::Method;
use serde_json::{Value, json};

use super::contract::is_refused;
use super::{Api, Token, personal, token};
use crate::support::{Page, world};

const LIST: &str = "/api/v1/accounts";

/// An edit, with `If-Match` where there is one.
pub(super) async fn edit(
    api: &Api,
    method: Method,
    path: &str,
    token: &str,
    sent: (Option<&str>, Option<Value>),
) -> Page {
    let program = api.app.anybody();
    let mut request = program.request(method.clone(), path).header("authorization", token);
    if let Some(tag) = sent.0 {
        request = request.header("if-match", tag);
    }
    if let Some(body) = &sent.1 {
        request = request.json(body);
    }
    let page = program.send(request).await;
    api.check(&method, path, &page);
    page
}

async fn keeper(api: &Api) -> (String, String) {
    let token = token(&api.app, "keeper", Token { parts: &[Part::Accounts], ..Token::default() }).await;
    let list = api.get(LIST, &token).await.is(200).json();
    let id = list["accounts"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!((list["accounts"].as_array().unwrap().len(), &list["next"]), (1, &Value::Null));
    assert_eq!(list["accounts"][0]["accountId"], world::ACCOUNT);
    (token, format!("{LIST}/{id}"))
}

#[actix_web::test]
async fn an_account_is_named_by_whoever_saw_its_newest_version() {
    let api = Api::start().await;
    let (token, path) = keeper(&api).await;
    let page = api.get(&path, &token).await;
    let (first, tag) = (page.is(200).json(), page.header("etag").to_owned());
    assert_eq!((tag.as_str(), &first["label"]), ("\"1\"", &"".into()));
    let about = json!({"label": " Payments ", "colour": 2, "owner": "Team payments"});
    let page = edit(&api, Method::PUT, &path, &token, (Some(&tag), Some(about.clone()))).await;
    let saved = page.is(200).json();
    assert_eq!((&saved["label"], &saved["note"], &saved["version"]), (&"Payments".into(), &"".into(), &2.into()));
    assert_eq!(page.header("etag"), "\"2\"");
    assert_eq!(api.get(&path, &token).await.json(), saved);
    let row = api.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.actor_name.as_str()), ("account.update", "keeper"));

    for (tag, status, code) in [
        (None, 428, "if_match_missing"),
        (Some("\"1\""), 412, "stale"),
        (Some("\"3\""), 412, "stale"),
        (Some("2"), 412, "stale"),
        (Some("*"), 412, "stale"),
        (Some("W/\"2\""), 412, "stale"),
    ] {
        is_refused(&edit(&api, Method::PUT, &path, &token, (tag, Some(about.clone()))).await, status, code);
    }
    is_refused(&edit(&api, Method::DELETE, &path, &token, (None, None)).await, 428, "if_match_missing");
    is_refused(&edit(&api, Method::DELETE, &path, &token, (Some("*"), None)).await, 412, "stale");
    assert_eq!(api.get(&path, &token).await.json(), saved);
}

#[actix_web::test]
async fn an_account_that_is_used_stays() {
    let api = Api::start().await;
    let (token, path) = keeper(&api).await;
    is_refused(&edit(&api, Method::DELETE, &path, &token, (Some("\"1\""), None)).await, 409, "in_use");
    for table in ["grants", "connectors", "access_keys"] {
        api.app.sql(&format!("DELETE FROM {table}")).await;
    }
    is_refused(&edit(&api, Method::DELETE, &path, &token, (Some("\"2\""), None)).await, 412, "stale");
    let page = edit(&api, Method::DELETE, &path, &token, (Some("\"1\""), None)).await;
    assert_eq!((page.is(204).body.as_str(), api.app.last_row().await.0.as_str()), ("", "account.delete"));
    is_refused(&api.get(&path, &token).await, 404, "not_found");
    is_refused(&edit(&api, Method::DELETE, &path, &token, (Some("\"1\""), None)).await, 404, "not_found");
    assert!(api.get(LIST, &token).await.json()["accounts"].as_array().unwrap().is_empty());
}

#[actix_web::test]
async fn what_is_said_wrong_is_told_field_by_field() {
    let api = Api::start().await;
    let (token, path) = keeper(&api).await;
    let long = "x".repeat(3000);
    for (body, field) in [
        (json!({"label": long}), "label"),
        (json!({"colour": 200}), "colour"),
        (json!({"colour": 256}), "colour"),
        (json!({"colour": -1}), "colour"),
        (json!({"label": 1}), "label"),
        (json!({"note": [], "owner": {}}), "owner"),
    ] {
        let page = edit(&api, Method::PUT, &path, &token, (Some("\"1\""), Some(body.clone()))).await;
        let problem = is_refused(&page, 422, "invalid");
        assert!(problem["errors"][field].is_string(), "{body}: {problem}");
    }
    let unknown = json!({"labell": "x"});
    let page = edit(&api, Method::PUT, &path, &token, (Some("\"1\""), Some(unknown))).await;
    assert!(is_refused(&page, 422, "invalid")["detail"].as_str().unwrap().contains("“labell”"));
    is_refused(&edit(&api, Method::PUT, &path, &token, (Some("\"1\""), None)).await, 415, "media_type");
    let missing = format!("{LIST}/0193f6a1-0000-7000-8000-000000000001");
    is_refused(&edit(&api, Method::PUT, &missing, &token, (Some("\"1\""), Some(json!({})))).await, 404, "not_found");
    is_refused(&api.get(&format!("{LIST}?limit=0"), &token).await, 422, "invalid");
    assert_eq!(api.get(&path, &token).await.json()["version"], 1);
}

#[actix_web::test]
async fn only_administrators_and_tokens_for_it_keep_accounts() {
    let api = Api::start().await;
    let (_, path) = keeper(&api).await;
    let ada = personal(&api.app, "ada", &["administrators"], &[Part::Accounts]).await;
    api.get(&path, &ada).await.is(200);
    let restricted = personal(&api.app, "rita", &["restricted-administrators"], &[Part::Accounts]).await;
    let alice = personal(&api.app, "alice", &["ops"], &[Part::Accounts]).await;
    let other = token(&api.app, "other", Token::default()).await;
    let networks: &[&str] = &["192.0.2.0/24"];
    let elsewhere =
        token(&api.app, "elsewhere", Token { parts: &[Part::Accounts], networks, ..Token::default() }).await;
    for (token, status, code) in [
        ("", 401, "unauthorized"),
        (&restricted, 403, "token_scope"),
        (&alice, 403, "token_scope"),
        (&other, 403, "token_scope"),
        (&elsewhere, 403, "token_network"),
    ] {
        is_refused(&api.get(LIST, token).await, status, code);
        is_refused(&api.get(&path, token).await, status, code);
        for (method, body) in [(Method::PUT, Some(json!({"label": "Mine"}))), (Method::DELETE, None)] {
            is_refused(&edit(&api, method, &path, token, (Some("\"1\""), body)).await, status, code);
        }
    }
    assert_eq!(api.get(&path, &ada).await.json()["label"], "");
}
