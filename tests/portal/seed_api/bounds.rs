//! What is not as it should be: addresses, versions, methods, bodies, and AWS.

use daypass::sandbox::{Fault, FaultKind};
use reqwest::Method;
use serde_json::{Value, json};

use super::{get, header, is_refused, request, send, sent, started};
use crate::support::world;

#[actix_web::test]
async fn numbers_of_the_first_version_are_explained() {
    let app = started().await;
    for version in ["1.0", "2.2"] {
        for rest in ["", "/credentials", "/caller-identity", "/console/url"] {
            let path = format!("/rest/identity-federation-for-aws/{version}/connectors/17{rest}");
            let page = get(&app, &path, &header("ada")).await;
            assert!(is_refused(&page, 404, "numeric_id").contains("GUID"), "{path}");
        }
        let path = format!("/rest/identity-federation-for-aws/{version}/connectors/17");
        is_refused(&send(&app, Method::PUT, &path, &header("ada"), &json!({})).await, 404, "numeric_id");
        is_refused(&send(&app, Method::DELETE, &path, &header("ada"), &json!({})).await, 404, "numeric_id");
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn what_is_not_there_is_not_there() {
    let app = started().await;
    let ada = header("ada");
    for path in [
        "/rest/identity-federation-for-aws/2.3/connectors",
        "/rest/identity-federation-for-aws/1/connectors",
        "/rest/identity-federation-for-aws/2.1/status/info",
        "/rest/identity-federation-for-aws/2.2/accounts/1",
        "/rest/identity-federation-for-aws/2.2",
        "/rest/other/2.2/connectors",
        "/rest/identity-federation-for-aws/2.3/connectors/17",
    ] {
        is_refused(&get(&app, path, &ada).await, 404, "not_found");
    }
    let account = json!({"name": "x", "awsAccessKeyId": world::KEY_ID, "awsSecretKey": world::SECRET});
    let old = "/rest/identity-federation-for-aws/2.1/accounts?skipValidation=true";
    is_refused(&send(&app, Method::POST, old, &ada, &account).await, 404, "not_found");
}

#[actix_web::test]
async fn methods_are_those_of_the_table() {
    let app = started().await;
    let ada = header("ada");
    let id = app.connector_id("read-only").await;
    for (method, path, allow) in [
        (Method::HEAD, format!("/connectors/{id}/credentials"), "GET"),
        (Method::POST, format!("/connectors/{id}/credentials"), "GET"),
        (Method::HEAD, format!("/connectors/{id}"), "GET, PUT, DELETE"),
        (Method::PATCH, format!("/connectors/{id}"), "GET, PUT, DELETE"),
        (Method::OPTIONS, "/connectors".to_owned(), "GET, HEAD, POST"),
        (Method::GET, "/accounts".to_owned(), "POST"),
    ] {
        let asked = request(&app, method.clone(), &path, &ada).header("access-control-request-method", "GET");
        let page = sent(asked).await;
        assert_eq!((page.status, page.header("allow")), (405, allow), "{method} {path}");
        assert!(page.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn bodies_are_json_objects_of_some_size() {
    let app = started().await;
    let ada = header("ada");
    let deep = format!("{}1{}", "{\"a\":".repeat(20_000 / 5), "}".repeat(20_000 / 5));
    let huge = format!("{{\"name\":\"{}\"}}", "x".repeat(65 * 1024));
    for (method, path) in [(Method::POST, "/connectors"), (Method::POST, "/accounts"), (Method::PUT, "/connectors/x")] {
        for (kind, body, status) in [
            ("application/json", "", 400),
            ("application/json", "[]", 400),
            ("application/json", "{", 400),
            ("application/json", &deep, 400),
            ("application/json", &huge, 413),
            ("text/plain", "{}", 415),
            ("application/x-www-form-urlencoded", "name=x", 415),
            ("application/jsonp", "{}", 415),
            ("", "{}", 415),
        ] {
            let mut asked = request(&app, method.clone(), path, &ada).body(body.to_owned());
            if !kind.is_empty() {
                asked = asked.header("content-type", kind);
            }
            let page = sent(asked).await;
            assert_eq!(page.status, status, "{method} {path} {kind}: {}", page.body);
            assert_eq!(page.header("content-type"), "application/json");
            assert!(page.json()["message"].as_str().unwrap().ends_with('.'));
        }
        let charset =
            request(&app, method.clone(), path, &ada).header("content-type", "application/json; charset=utf-8");
        let page = sent(charset.body("{}")).await;
        assert!([404, 422].contains(&page.status), "{method} {path}: {}", page.body);
    }
}

#[actix_web::test]
async fn aws_on_a_bad_day_is_told_with_when_to_come_back() {
    let app = started().await;
    for rest in ["credentials", "caller-identity"] {
        let path = format!("/connectors/read-only/{rest}");
        for (kind, status) in [
            (FaultKind::AccessDenied, 502),
            (FaultKind::Throttling, 503),
            (FaultKind::ServiceUnavailable, 503),
            (FaultKind::Garbage, 502),
            (FaultKind::Reset, 503),
            (FaultKind::Hang, 504),
        ] {
            app.sandbox.fault(Fault::of("AssumeRole", kind));
            let page = get(&app, &path, &header("alice")).await;
            let message = is_refused(&page, status, "aws");
            assert!(message.contains("AWS"), "{message}");
            // What AWS refused it goes on to refuse.
            let retry = if matches!(kind, FaultKind::AccessDenied) { "" } else { "30" };
            assert_eq!(page.header("retry-after"), retry, "{kind:?}");
            assert!(!page.body.contains("SBX"));
            app.sandbox.clear_faults();
        }
    }
    // The credentials come, and the answer to the question whose they are does not.
    app.sandbox.fault(Fault::of("GetCallerIdentity", FaultKind::ServiceUnavailable));
    is_refused(&get(&app, "/connectors/read-only/caller-identity", &header("alice")).await, 503, "aws");
    let account: Value =
        json!({"name": "x", "awsAccessKeyId": world::SESSION_KEY_ID, "awsSecretKey": world::SESSION_SECRET});
    let silent = send(&app, Method::POST, "/accounts", &header("ada"), &account).await;
    is_refused(&silent, 503, "aws");
    assert_eq!(silent.header("retry-after"), "30");
    app.sandbox.clear_faults();
    let wrong = json!({"name": "x", "awsAccessKeyId": world::SESSION_KEY_ID, "awsSecretKey": world::SECRET});
    let refused = send(&app, Method::POST, "/accounts", &header("ada"), &wrong).await;
    is_refused(&refused, 422, "invalid");
    assert!(refused.json()["errors"]["awsSecretKey"].is_string() && !refused.body.contains(world::SECRET));
    let made = send(&app, Method::POST, "/accounts", &header("ada"), &account).await;
    assert_eq!(made.is(201).json().as_object().unwrap().len(), 1);
}
