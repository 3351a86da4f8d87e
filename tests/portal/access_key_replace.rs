//! `PUT /api/v1/access-keys/{id}/secret`: a job puts the key here that it fetched elsewhere.

use std::time::Duration;

use chrono::TimeDelta;
use daypass::model::credentials::rfc3339;
use daypass::portal::tokens;
use daypass::sandbox::{Fault, FaultKind, Key};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::access_key_sources::issued;
use crate::native_api::contract::holds;
use crate::support::{Page, TestApp, world};

struct Scene {
    app: TestApp,
    document: Value,
    id: String,
    token: String,
}

impl Scene {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let id = app.key_id("broker").await;
        let text = tokens::create_for_access_key(&app.app, "fetcher", "BROKER", Duration::from_secs(3600)).await;
        let document = app.get("/api/v1/openapi.json").await.is(200).json();
        Self { app, document, id, token: text.unwrap().expose_secret().to_owned() }
    }

    async fn send(&self, id: &str, token: &str, kind: &str, body: impl Into<reqwest::Body>) -> Page {
        let program = self.app.anybody();
        let path = format!("/api/v1/access-keys/{id}/secret");
        let request = program.request(Method::PUT, &path);
        let page = program.send(request.bearer_auth(token).header("content-type", kind).body(body)).await;
        holds(&self.document, &Method::PUT, &path, &page);
        page
    }

    async fn put(&self, body: Value) -> Page {
        self.send(&self.id, &self.token, "application/json", body.to_string()).await
    }
}

/// A problem as RFC 9457 has it, with a code of ours and the fields that are wrong.
fn problem(page: &Page, status: u16, code: &str) -> Value {
    assert_eq!(page.header("content-type"), "application/problem+json", "{}", page.body);
    let json = page.is(status).json();
    assert_eq!((&json["status"], &json["code"]), (&status.into(), &code.into()), "{json}");
    assert!(!json["title"].as_str().unwrap().is_empty() && !json["detail"].as_str().unwrap().is_empty());
    assert_eq!(json["requestId"].as_str().unwrap(), page.header("x-request-id"));
    json
}

fn pair() -> Value {
    json!({"keyId": world::KEY_ID, "secret": world::SECRET})
}

#[actix_web::test]
async fn everything_is_replaced_at_once() {
    let scene = Scene::new().await;
    let ada = scene.app.administrator().await;
    let (key, secret) = ("FAKEROTATEDKEY000001", "fake-secret-after-the-rotation-not-real1");
    let mut world = world::sample();
    world.accounts[0].users[0].keys = vec![Key::new(key, secret)];
    scene.app.sandbox.replace(world);
    ada.post("/connectors/read-only/credentials", &[]).await.is(502);
    let page = scene.put(json!({"keyId": key, "secret": secret})).await;
    let json = page.is(200).json();
    assert_eq!(
        (&json["keyId"], &json["version"], &json["validated"]),
        (&key.into(), &2.into(), &true.into()),
        "{json}"
    );
    assert!(!page.body.contains(secret));
    let row = scene.app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.actor_name.as_str(), row.outcome.as_str()),
        ("access_key.replace", "fetcher", "ok")
    );
    assert_eq!(row.detail["key_id"], key);
    assert!(!format!("{row:?}").contains(secret));
    ada.post("/connectors/read-only/credentials", &[]).await.is(200);
    ada.get("/admin/access-keys?q=broker").await.says("Good").says("0 days");
}

#[actix_web::test]
async fn a_temporary_key_comes_with_its_token_and_end() {
    let scene = Scene::new().await;
    let ada = scene.app.administrator().await;
    let key = issued(&ada, "read-only").await;
    let end = rfc3339(scene.app.app.clock.now() + TimeDelta::minutes(50));
    let body = json!({"keyId": key.0, "secret": key.1, "sessionToken": key.2, "expiresAt": end});
    // Its federated users need a long-term key.
    let json = problem(&scene.put(body.clone()).await, 422, "invalid");
    assert!(json["errors"]["source"].as_str().unwrap().contains("“Federated”"), "{json}");
    let federated = scene.app.connector_id("federated").await;
    ada.post(&format!("/admin/connectors/{federated}/delete"), &[]).await.is(303);
    let json = scene.put(body).await.is(200).json();
    assert_eq!((&json["source"], &json["expiresAt"]), (&"temporary".into(), &end.as_str().into()), "{json}");
    let page = ada.get(&format!("/admin/access-keys/{}", scene.id)).await;
    assert_eq!(page.value_of("expires_at").as_deref(), Some(end.as_str()));
    page.says("Replace it by a job");
    // Back to a long-term key: token and end go with it.
    assert_eq!(scene.put(pair()).await.is(200).json()["expiresAt"], Value::Null);
    ada.post("/connectors/read-only/credentials", &[]).await.is(200);
}

#[actix_web::test]
async fn who_may_not_is_told_nothing_of_what_they_sent() {
    let scene = Scene::new().await;
    let other = scene.app.key_id("session user").await;
    let connector = scene.app.token("build", "system").await;
    problem(&scene.send(&scene.id, "no token", "application/json", "{}").await, 401, "unauthorized");
    problem(&scene.send(&scene.id, &connector, "text/plain", "nonsense").await, 403, "token_scope");
    assert_eq!(scene.app.last_row().await, ("access_key.replace".into(), "refused".into(), "token_scope".into()));
    problem(&scene.send(&other, &scene.token, "application/json", pair().to_string()).await, 403, "token_scope");
    let missing = "0193f6a1-0000-7000-8000-000000000001";
    problem(&scene.send(missing, &scene.token, "application/json", pair().to_string()).await, 404, "not_found");
    assert_eq!(scene.app.last_row().await.2, "unknown_access_key");
    // The token is for this alone.
    let program = scene.app.anybody();
    let path = "/api/v1/connectors/system/container-credentials";
    program.send(program.request(Method::GET, path).bearer_auth(&scene.token)).await.is(403);
    // A cookie counts for nothing.
    let ada = scene.app.administrator().await;
    let request = ada.request(Method::PUT, &format!("/api/v1/access-keys/{}/secret", scene.id)).body("{}");
    problem(&ada.send(request).await, 401, "unauthorized");
    for method in [Method::GET, Method::POST, Method::DELETE] {
        let request = program.request(method.clone(), &format!("/api/v1/access-keys/{}/secret", scene.id));
        let page = program.send(request.bearer_auth(&scene.token)).await;
        assert_eq!((page.status, page.header("allow")), (405, "PUT"), "{method}");
    }
    let key = scene.app.app.database.read(move |connection| daypass::store::access_keys::find(connection, &scene.id));
    assert_eq!(key.await.unwrap().version, 1);
}

#[actix_web::test]
async fn what_is_wrong_is_said_by_field() {
    let scene = Scene::new().await;
    let with = |name: &str, value: Value| {
        let mut body = pair();
        body[name] = value;
        body
    };
    let cases = [
        (json!({"secret": world::SECRET}), "keyId", "Send keyId"),
        (json!({"keyId": world::KEY_ID}), "secret", "Send secret"),
        (with("keyId", "short".into()), "keyId", "16 to 128"),
        (with("keyId", 7.into()), "keyId", "has to be a text"),
        (with("keyId", "ASIAFAKEFAKEFAKEFAKE".into()), "keyId", "temporary key"),
        (with("secret", "short".into()), "secret", "too short"),
        (with("secret", "".into()), "secret", "Enter the secret"),
        (with("secret", "fake-secret-of-somebody-else-not-a-real-1".into()), "secret", "SignatureDoesNotMatch"),
        (with("keyId", "FAKEBROKERKEY0000009".into()), "keyId", "InvalidClientTokenId"),
        (with("sessionToken", "short".into()), "sessionToken", "no session token"),
        (with("expiresAt", "2099-01-01T00:00:00Z".into()), "expiresAt", "Only a temporary key"),
        (with("validate", "no".into()), "validate", "true or false"),
    ];
    for (body, field, sentence) in cases {
        let json = problem(&scene.put(body.clone()).await, 422, "invalid");
        assert!(json["errors"][field].as_str().is_some_and(|said| said.contains(sentence)), "{body}: {json}");
    }
    let json = problem(&scene.put(with("session_token", "x".into())).await, 422, "invalid");
    assert!(json["detail"].as_str().unwrap().contains("There is no field “session_token”"), "{json}");
    problem(&scene.send(&scene.id, &scene.token, "application/json", "{\"keyId\":").await, 400, "bad_request");
    problem(&scene.send(&scene.id, &scene.token, "application/json", "[]").await, 400, "bad_request");
    problem(&scene.send(&scene.id, &scene.token, "application/x-www-form-urlencoded", "a=b").await, 415, "media_type");
    let long = with("secret", "x".repeat(70_000).into()).to_string();
    problem(&scene.send(&scene.id, &scene.token, "application/json", long).await, 413, "too_large");
    // A root user's key is refused, and AWS's silence is no mistake of the job.
    let root = json!({"keyId": world::ROOT_KEY_ID, "secret": world::ROOT_SECRET});
    let json = problem(&scene.put(root).await, 422, "invalid");
    assert!(json["errors"]["keyId"].as_str().unwrap().contains("root user"));
    scene.app.sandbox.fault(Fault::of("GetCallerIdentity", FaultKind::ServiceUnavailable));
    problem(&scene.put(pair()).await, 503, "aws");
    assert_eq!(scene.app.last_row().await.1, "failed");
    let json = scene.put(with("validate", false.into())).await.is(200).json();
    assert_eq!((&json["validated"], &json["version"]), (&false.into(), &2.into()));
}

#[actix_web::test]
async fn a_key_that_is_being_rotated_is_not_replaced() {
    let scene = Scene::new().await;
    scene
        .app
        .sql(&format!(
            "INSERT INTO rotations (id, access_key_id, instance, step, old_key_id, seen_key_ids, taken, started_by, started_at, step_at, not_before) \
             VALUES ('r', '{}', 'i', 'intended', '{}', '[]', '[]', 'ada', 0, 0, 0)",
            scene.id,
            world::KEY_ID
        ))
        .await;
    problem(&scene.put(pair()).await, 409, "in_use");
    let ada = scene.app.administrator().await;
    ada.get("/admin/access-keys").await.says("Rotating");
    scene.app.sql("UPDATE rotations SET ended_at = 1").await;
    scene.put(pair()).await.is(200);
    ada.get("/admin/access-keys").await.does_not_say("Rotating");
}

/// What is cut off around values is said in the answer; inside of them it is refused.
#[actix_web::test]
async fn what_stands_around_a_value_is_cut_off_and_said() {
    let scene = Scene::new().await;
    let answer = scene.put(pair()).await.is(200).json();
    assert_eq!(answer["cutOff"], json!([]));
    let body = json!({"keyId": format!(" {}\n", world::KEY_ID), "secret": format!("\"{}\"\r\n", world::SECRET)});
    let page = scene.put(body).await;
    let answer = page.is(200).json();
    assert_eq!(answer["keyId"], world::KEY_ID);
    let said: Vec<&str> = answer["cutOff"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("access key id") && said[1].contains("secret"), "{said:?}");
    assert!(!page.body.contains(world::SECRET));
    let (head, tail) = world::SECRET.split_at(20);
    let body = json!({"keyId": world::KEY_ID, "secret": format!("{head}\n{tail}")});
    let json = problem(&scene.put(body).await, 422, "invalid");
    assert!(json["errors"]["secret"].as_str().unwrap().contains("characters that no AWS secret has"), "{json}");
}
