//! `POST /api/v1/credentials` with name and password: the way of a build plug-in that knows user, password and role.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{challenges, header, password, sent, started};
use crate::support::{Page, TestApp, world};

fn request(app: &TestApp, authorization: &str, role: &str) -> RequestBuilder {
    let request = app.anybody().http.request(Method::POST, format!("{}/api/v1/credentials", app.url));
    request.header("authorization", authorization).json(&json!({"roleArn": world::role(role), "duration": 900}))
}

async fn of_role(app: &TestApp, authorization: &str, role: &str) -> Page {
    sent(request(app, authorization, role)).await
}

#[track_caller]
fn is_refused(page: &Page, status: u16, code: &str) {
    assert_eq!(page.is(status).header("content-type"), "application/problem+json");
    assert_eq!(page.json()["code"], code, "{}", page.body);
}

#[actix_web::test]
async fn a_plug_in_with_name_password_and_role_gets_credentials() {
    let app = started().await;
    let json = of_role(&app, &header("alice"), "ReadOnly").await.is(200).json();
    assert_eq!((&json["connector"]["slug"], &json["roleSessionName"]), (&"read-only".into(), &"alice".into()));
    let row = app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.outcome.as_str(), row.actor_name.as_str()),
        ("credentials.issue", "ok", "alice")
    );
    assert_eq!((&row.detail["via"], row.requested_seconds), (&"basic".into(), Some(900)));
}

#[actix_web::test]
async fn whoever_is_not_granted_the_role_or_not_who_they_say_gets_none() {
    let app = started().await;
    is_refused(&of_role(&app, &header("olaf"), "ReadOnly").await, 404, "not_found");
    is_refused(&of_role(&app, &header("alice"), "NoSuchRole").await, 404, "not_found");
    let wrong = of_role(&app, &password("alice", "fake wrong password"), "ReadOnly").await;
    is_refused(&wrong, 401, "unauthorized");
    assert!(challenges(&wrong).iter().any(|challenge| challenge.starts_with("Basic")));
    let elsewhere = request(&app, &header("alice"), "ReadOnly").header("sec-fetch-site", "cross-site");
    is_refused(&sent(elsewhere).await, 403, "cross_site");
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn names_and_passwords_are_refused_where_they_are_not_switched_on() {
    let app = TestApp::start().await;
    app.add_person("alice", &["ops"]).await;
    is_refused(&of_role(&app, &header("alice"), "ReadOnly").await, 401, "basic_off");
    assert_eq!(app.sandbox.counters().issuing, 0);
}
