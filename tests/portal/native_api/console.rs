//! `POST /connectors/{connector}/console` and `GET /connectors/{connector}/caller-identity`.

use daypass::model::api_token::Part;
use reqwest::Method;
use serde_json::json;

use super::contract::is_refused;
use super::{Api, Token, personal, token};
use crate::support::world;

const CONSOLE: &str = "/api/v1/connectors/read-only/console";
const IDENTITY: &str = "/api/v1/connectors/read-only/caller-identity";

#[actix_web::test]
async fn the_link_signs_a_browser_in_where_it_was_asked_to() {
    let api = Api::start().await;
    let alice = personal(&api.app, "alice", &["ops"], &[Part::Console]).await;
    let body = json!({"destination": "/s3/home", "region": "eu-west-1"});
    let json = api.post(CONSOLE, &alice, body).await.is(200).json();
    let page = api.app.arrive(json["url"].as_str().unwrap()).await;
    page.is(200).says("alice").says("/s3/home").says("Region eu-west-1");
    let row = api.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("console.open", "ok"));
    assert!(row.issued_key_id.is_some() && row.detail["destination"].as_str().unwrap().contains("/s3/home"));
    // No row has the link.
    assert!(!format!("{row:?}").contains("SigninToken"));
    let json = api.send(Method::POST, CONSOLE, &alice, None).await.is(200).json();
    api.app.arrive(json["url"].as_str().unwrap()).await.is(200);
}

#[actix_web::test]
async fn destinations_elsewhere_and_types_without_console_are_refused() {
    let api = Api::start().await;
    let alice = personal(&api.app, "alice", &["ops"], &[Part::Console]).await;
    for destination in ["https://example.test/", "//example.test", "javascript:alert(1)"] {
        let problem = is_refused(&api.post(CONSOLE, &alice, json!({"destination": destination})).await, 422, "invalid");
        assert!(problem["errors"]["destination"].is_string(), "{problem}");
    }
    is_refused(&api.post(CONSOLE, &alice, json!({"region": "nowhere"})).await, 422, "invalid");
    is_refused(&api.post(CONSOLE, &alice, json!({"destination": 1})).await, 422, "invalid");
    is_refused(&api.post(CONSOLE, &alice, json!({"duration": 900})).await, 422, "invalid");
    is_refused(&api.post("/api/v1/connectors/session/console", &alice, json!({})).await, 422, "no_console");
    assert_eq!(api.app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn aws_says_whom_it_sees_and_nothing_is_handed_out() {
    let api = Api::start().await;
    let alice = personal(&api.app, "alice", &["ops"], &[Part::Use]).await;
    let page = api.get(IDENTITY, &alice).await;
    let json = page.is(200).json();
    let arn = format!("arn:aws:sts::{}:assumed-role/ReadOnly/alice", world::ACCOUNT);
    assert_eq!((&json["arn"], &json["accountId"]), (&arn.as_str().into(), &world::ACCOUNT.into()));
    assert!(json["userId"].as_str().unwrap().ends_with(":alice"), "{json}");
    assert_eq!(json["roleSessionName"], "alice");
    let row = api.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("identity.show", "ok"));
    assert!(!page.body.contains(row.issued_key_id.as_deref().unwrap()));
    let session = api.get("/api/v1/connectors/session/caller-identity", &alice).await.is(200).json();
    assert!(session["arn"].as_str().unwrap().ends_with(":user/session"), "{session}");
    assert_eq!(session["roleSessionName"], serde_json::Value::Null);
}

#[actix_web::test]
async fn a_part_of_its_own_opens_the_console() {
    let api = Api::start().await;
    let app = &api.app;
    let uses = personal(app, "alice", &["ops"], &[Part::Use]).await;
    let opens = personal(app, "anna", &["ops"], &[Part::Console]).await;
    let bob = personal(app, "bob", &["others"], &[Part::Use, Part::Console]).await;
    let elsewhere = token(app, "elsewhere", Token { networks: &["2001:db8::/32"], ..Token::default() }).await;
    is_refused(&api.post(CONSOLE, &uses, json!({})).await, 403, "token_scope");
    is_refused(&api.get(IDENTITY, &opens).await, 403, "token_scope");
    for (console, identity) in [(CONSOLE, IDENTITY)] {
        is_refused(&api.post(console, &bob, json!({})).await, 404, "not_found");
        is_refused(&api.get(identity, &bob).await, 404, "not_found");
        is_refused(&api.post(console, &elsewhere, json!({})).await, 403, "token_network");
        is_refused(&api.get(identity, &elsewhere).await, 403, "token_network");
        is_refused(&api.post(console, "", json!({})).await, 401, "unauthorized");
        is_refused(&api.get(identity, "").await, 401, "unauthorized");
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
    let kinds: Vec<String> = app.events().await.into_iter().map(|row| row.event.kind).collect();
    assert!(kinds.contains(&"identity.show".to_owned()), "{kinds:?}");
}
