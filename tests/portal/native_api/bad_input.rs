//! What no document describes.

use daypass::model::api_token::Part;
use reqwest::Method;
use serde_json::json;

use super::contract::is_refused;
use super::{Api, Token, token};

const CREDENTIALS: &str = "/api/v1/connectors/system/credentials";

#[actix_web::test]
async fn bodies_that_are_no_json_object_are_refused() {
    let api = Api::start().await;
    let build = token(&api.app, "build", Token::default()).await;
    let deep = format!("{}{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let deep_list = format!("{{\"duration\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let long = format!("{{\"policy\":\"{}\"}}", "x".repeat(64 * 1024));
    let json = "application/json";
    let cases: [(&str, &str, u16, &str); 13] = [
        ("{}", "text/plain", 415, "media_type"),
        ("{}", "application/x-www-form-urlencoded", 415, "media_type"),
        ("", "text/plain", 415, "media_type"),
        ("{}", "application/jsonp", 415, "media_type"),
        ("{", json, 400, "bad_request"),
        ("[]", json, 400, "bad_request"),
        ("\"{}\"", json, 400, "bad_request"),
        ("{} {}", json, 400, "bad_request"),
        ("{\"duration\":1e999}", json, 400, "bad_request"),
        (&deep, json, 400, "bad_request"),
        (&deep_list, json, 400, "bad_request"),
        (&long, json, 413, "too_large"),
        ("\u{feff}{}", json, 400, "bad_request"),
    ];
    for path in [CREDENTIALS, "/api/v1/connectors/system/console", "/api/v1/credentials"] {
        for (body, kind, status, code) in cases {
            let program = api.app.anybody();
            let request = program.request(Method::POST, path).header("authorization", &build);
            let page = program.send(request.header("content-type", kind).body(body.to_owned())).await;
            is_refused(&page, status, code);
            api.check(&Method::POST, path, &page);
        }
    }
    assert_eq!(api.app.sandbox.counters().issuing, 0);
    let program = api.app.anybody();
    let request = program.request(Method::POST, CREDENTIALS).header("authorization", &build);
    program.send(request.header("content-type", "application/json; charset=utf-8").body("{}")).await.is(200);
    api.post(CREDENTIALS, &build, json!(null)).await.is(200);
    is_refused(&api.post("/api/v1/credentials", &build, json!(null)).await, 400, "bad_request");
}

#[actix_web::test]
async fn unknown_fields_are_named_and_the_rest_is_not_done() {
    let api = Api::start().await;
    let build = token(&api.app, "build", Token::default()).await;
    for (path, body, name) in [
        (CREDENTIALS, json!({"Duration": 900}), "Duration"),
        (CREDENTIALS, json!({"duration": 900, "roleArn": "x"}), "roleArn"),
        ("/api/v1/connectors/system/console", json!({"": 1}), "“”"),
        ("/api/v1/credentials", json!({"roleArn": "x", "region": "eu-west-1"}), "region"),
    ] {
        let problem = is_refused(&api.post(path, &build, body).await, 422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(name), "{problem}");
    }
    assert_eq!(api.app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn other_methods_are_told_which_there_are() {
    let api = Api::start().await;
    let parts = &[
        Part::Use,
        Part::Console,
        Part::UsageLog,
        Part::Accounts,
        Part::AccessKeys,
        Part::PolicyExamples,
        Part::Connectors,
        Part::Grants,
    ];
    let build = token(&api.app, "build", Token { parts, ..Token::default() }).await;
    for (path, allow) in [
        ("/api/v1/accounts", "GET"),
        ("/api/v1/accounts/1", "GET, PUT, DELETE"),
        ("/api/v1/connectors", "GET, POST"),
        ("/api/v1/connectors/system", "GET, PUT, DELETE"),
        ("/api/v1/grants", "GET, POST"),
        ("/api/v1/grants/1", "GET, DELETE"),
        ("/api/v1/access-keys", "GET, POST"),
        ("/api/v1/access-keys/1", "GET, PUT, DELETE"),
        ("/api/v1/access-keys/1/check", "POST"),
        ("/api/v1/access-keys/1/secret", "PUT"),
        ("/api/v1/policy-examples", "GET, POST"),
        ("/api/v1/policy-examples/1", "GET, PUT, DELETE"),
        (CREDENTIALS, "POST"),
        ("/api/v1/connectors/system/console", "POST"),
        ("/api/v1/connectors/system/caller-identity", "GET"),
        ("/api/v1/credentials", "POST"),
        ("/api/v1/usage-log", "GET"),
        ("/api/v1/openapi.json", "GET, HEAD"),
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"] {
            if allow.split(", ").any(|allowed| allowed == method) {
                continue;
            }
            let program = api.app.anybody();
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let page = program.send(program.request(method.clone(), path).header("authorization", &build)).await;
            assert_eq!((page.status, page.header("allow")), (405, allow), "{method} {path}");
        }
    }
    assert_eq!(api.app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn a_token_in_the_address_is_none() {
    let api = Api::start().await;
    let build = token(&api.app, "build", Token::default()).await;
    for path in ["/api/v1/connectors", "/api/v1/connectors/system/caller-identity"] {
        for name in ["token", "access_token", "authorization"] {
            let page = api.get(&format!("{path}?{name}={build}"), "").await;
            is_refused(&page, 400, "token_in_address");
        }
        // Nor is it taken where it comes beside a right one: it would stand in logs.
        let page = api.get(&format!("{path}?access_token={build}"), &build).await;
        is_refused(&page, 400, "token_in_address");
        assert!(!page.body.contains(&build), "{}", page.body);
    }
}
