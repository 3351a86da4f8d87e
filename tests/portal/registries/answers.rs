//! Answers that no AWS gives and that something on the way might: nothing of them is handed out.

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::*;

/// Answers every request with what was put in last.
async fn stand_in(answer: Arc<Mutex<String>>) -> (String, actix_web::dev::ServerHandle) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = HttpServer::new(move || {
        let answer = answer.clone();
        App::new().default_service(web::to(move || {
            let body = answer.lock().unwrap().clone();
            async move { HttpResponse::Ok().content_type("application/json").body(body) }
        }))
    });
    let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (url, handle)
}

async fn scene() -> (TestApp, Actor, Arc<Mutex<String>>, actix_web::dev::ServerHandle) {
    let answer = Arc::new(Mutex::new(String::new()));
    let (url, handle) = stand_in(answer.clone()).await;
    let change = move |config: &mut daypass::config::Config| {
        let endpoints = config.aws.partitions.get_mut("aws").unwrap();
        endpoints.ecr_endpoint = Some(url.clone());
        endpoints.codeartifact_endpoint = Some(url);
    };
    let app = TestApp::builder().config(change).start().await;
    world::fill(&app).await;
    let alice = member(&app).await;
    add(&app, "day", |_| {}).await;
    (app, alice, answer, handle)
}

/// An answer of ECR with this log-in.
fn with(token: &str, endpoint: &str) -> Value {
    let expires = daypass::clock::Clock::system().now().timestamp() + 43_200;
    json!({ "authorizationData": [{ "authorizationToken": token, "expiresAt": expires, "proxyEndpoint": endpoint }] })
}

const ENDPOINT: &str = "https://123456789012.dkr.ecr.us-east-1.amazonaws.com";
const PASSWORD: &str = "fake-password-of-a-registry";

#[actix_web::test]
async fn log_ins_that_are_none_are_failures_and_nothing_of_them_is_told() {
    let (app, alice, answer, handle) = scene().await;
    let code = |text: &str| BASE64_STANDARD.encode(text);
    let whole = code(&format!("AWS:{PASSWORD}"));
    let two = json!({ "authorizationData": [with(&whole, ENDPOINT)["authorizationData"][0], with(&whole, ENDPOINT)["authorizationData"][0]] });
    for wrong in [
        with(PASSWORD, ENDPOINT),
        with(&code(PASSWORD), ENDPOINT),
        with(&code(&format!("AWS:{PASSWORD}\nmore")), ENDPOINT),
        with(&code("AWS:"), ENDPOINT),
        with(&whole, "http://evil.example"),
        with(&whole, ""),
        json!({ "authorizationData": [] }),
        two,
        json!({ "authorizationData": [{ "authorizationToken": whole, "proxyEndpoint": ENDPOINT }] }),
        json!({ "authorizationData": [{ "authorizationToken": whole, "expiresAt": 1e300, "proxyEndpoint": ENDPOINT }] }),
        json!([whole]),
    ] {
        *answer.lock().unwrap() = wrong.to_string();
        let (row, error) = failed(&app, &alice, "day", ecr(None)).await;
        assert_eq!(words(&row), ("ecr.issue", "failed", "aws:garbled_answer"), "{wrong}");
        let told = format!("{row:?} {error:?} {}", texts(&error));
        assert!(!told.contains(PASSWORD) && !told.contains(&whole), "{told}");
        assert_eq!(row.detail.get("registry"), None);
    }
    *answer.lock().unwrap() = with(&whole, ENDPOINT).to_string();
    let login = login(ask(&app, &alice, "day", ecr(None)).await.unwrap());
    assert_eq!((login.password.expose_secret(), login.endpoint.as_str()), (PASSWORD, ENDPOINT));
    handle.stop(false).await;
}

/// It was asked to end with the session; where it does not, the connector has to allow that.
#[actix_web::test]
async fn a_log_in_to_codeartifact_that_outlives_all_the_same_is_not_handed_out() {
    let (app, alice, answer, handle) = scene().await;
    add(&app, "outlives", |form| form.registry_tokens_outlive = true).await;
    let clock = daypass::clock::Clock::system();
    let ends = |more: i64| {
        let at = clock.now().timestamp() + 43_200 + more;
        *answer.lock().unwrap() = json!({ "authorizationToken": PASSWORD, "expiration": at }).to_string();
        at
    };
    ends(30);
    ask(&app, &alice, "day", packages()).await.unwrap();
    let at = ends(120);
    let (row, error) = failed(&app, &alice, "day", packages()).await;
    assert_eq!(words(&row), ("codeartifact.issue", "refused", "registry_outlives"));
    assert_eq!(row.expires_at.map(|at| at.timestamp()), Some(at), "it is out in the world");
    assert!(texts(&error).contains("nothing was handed out"), "{}", texts(&error));
    let given = token(ask(&app, &alice, "outlives", packages()).await.unwrap());
    assert_eq!(given.token.expose_secret(), PASSWORD);
    for wrong in ["{}", r#"{"authorizationToken":"","expiration":1}"#, r#"{"authorizationToken":"a b","expiration":1}"#]
    {
        wrong.clone_into(&mut answer.lock().unwrap());
        let (row, _) = failed(&app, &alice, "outlives", packages()).await;
        assert_eq!(words(&row), ("codeartifact.issue", "failed", "aws:garbled_answer"), "{wrong}");
    }
    handle.stop(false).await;
}
