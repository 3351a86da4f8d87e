//! `POST /connectors/{connector}/ecr` and `/codeartifact`.

use daypass::model::api_token::Part;
use reqwest::Method;
use serde_json::json;

use super::contract::is_refused;
use super::{Api, personal};
use crate::registries::{CODEARTIFACT, ECR, add};
use crate::support::world;

const OF_ECR: &str = "/api/v1/connectors/day/ecr";
const OF_PACKAGES: &str = "/api/v1/connectors/day/codeartifact";

async fn day() -> (Api, String) {
    let api = Api::start().await;
    add(&api.app, "day", |_| {}).await;
    let alice = personal(&api.app, "alice", &["ops"], &[Part::Use]).await;
    (api, alice)
}

#[actix_web::test]
async fn a_session_is_exchanged_for_log_ins() {
    let (api, alice) = day().await;
    let page = api.send(Method::POST, OF_ECR, &alice, None).await;
    let json = page.is(200).json();
    let endpoint = format!("https://{}.dkr.ecr.us-east-1.amazonaws.com", world::ACCOUNT);
    assert_eq!((&json["username"], &json["proxyEndpoint"]), (&"AWS".into(), &endpoint.into()));
    let row = api.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("ecr.issue", "ok"));
    assert!(!format!("{row:?}").contains(json["password"].as_str().unwrap()));
    assert!(!page.body.contains(row.issued_key_id.as_deref().unwrap()), "the session is not handed out");
    let elsewhere = api.post(OF_ECR, &alice, json!({"region": "eu-west-1"})).await.is(200).json();
    assert!(elsewhere["proxyEndpoint"].as_str().unwrap().contains(".eu-west-1."), "{elsewhere}");

    let json = api.post(OF_PACKAGES, &alice, json!({"domain": "packages"})).await.is(200).json();
    assert!(json["authorizationToken"].as_str().is_some_and(|token| token.len() > 10), "{json}");
    assert_eq!(api.app.last_event().await.event.kind, "codeartifact.issue");
}

#[actix_web::test]
async fn what_is_wrong_is_said_at_its_field() {
    let (api, alice) = day().await;
    for (path, body, field) in [
        (OF_ECR, json!({"region": "nowhere"}), "region"),
        (OF_ECR, json!({"region": 1}), "region"),
        (OF_PACKAGES, json!({}), "domain"),
        (OF_PACKAGES, json!({"domain": "Not a domain"}), "domain"),
        (OF_PACKAGES, json!({"domain": "packages", "domainOwner": "12"}), "domainOwner"),
    ] {
        let problem = is_refused(&api.post(path, &alice, body).await, 422, "invalid");
        assert!(problem["errors"][field].is_string(), "{field}: {problem}");
    }
    is_refused(&api.post(OF_ECR, &alice, json!({"domain": "packages"})).await, 422, "invalid");
    // Sessions of an hour.
    is_refused(&api.post("/api/v1/connectors/read-only/ecr", &alice, json!({})).await, 422, "invalid");
    let counters = api.app.sandbox.counters();
    assert_eq!((counters.of(ECR).served, counters.of(CODEARTIFACT).served), (0, 0));
}

#[actix_web::test]
async fn whoever_may_not_gets_none_and_awss_refusal_is_shown() {
    let (api, alice) = day().await;
    let bob = personal(&api.app, "bob", &["others"], &[Part::Use]).await;
    let opens = personal(&api.app, "anna", &["ops"], &[Part::Console]).await;
    for (path, body) in [(OF_ECR, json!({})), (OF_PACKAGES, json!({"domain": "packages"}))] {
        is_refused(&api.post(path, &bob, body.clone()).await, 404, "not_found");
        is_refused(&api.post(path, &opens, body.clone()).await, 403, "token_scope");
        is_refused(&api.post(path, "", body).await, 401, "unauthorized");
    }
    let unknown = api.post(OF_PACKAGES, &alice, json!({"domain": "no-such-domain"})).await;
    let problem = is_refused(&unknown, 502, "aws");
    assert!(problem["detail"].as_str().unwrap().contains("ResourceNotFound"), "{problem}");
}
