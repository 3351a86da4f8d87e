//! The REST API of Identity Federation for AWS, as programs that were written for it ask.

mod administration;
mod basic;
mod bounds;
mod by_role;
mod client;
mod directories;
mod golden;
mod registries;
mod repeats;

use data_encoding::BASE64;
use daypass::clock::Clock;
use daypass::config::Config;
use reqwest::header::AUTHORIZATION;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::support::{PASSWORD, Page, TestApp, world};

/// Its address in the newest version.
const API: &str = "/rest/identity-federation-for-aws/2.2";

/// A portal with [`world::fill`] and basic authentication; `alice` of ops, `olaf` of nothing, the administrator `ada`.
async fn started() -> TestApp {
    started_with(Clock::system(), |_| {}).await
}

async fn started_with(clock: Clock, change: impl FnOnce(&mut Config) + 'static) -> TestApp {
    let with = |config: &mut Config| {
        config.seed_api.basic_auth = true;
        config.server.trusted_proxies = vec!["127.0.0.1".to_owned()];
        change(config);
    };
    let app = TestApp::builder().clock(clock).config(with).start().await;
    world::fill(&app).await;
    app.add_person("alice", &["ops"]).await;
    app.add_person("olaf", &["others"]).await;
    app.add_person("ada", &["administrators"]).await;
    app
}

fn password(name: &str, password: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{name}:{password}").as_bytes()))
}

/// The header of somebody whom tests made.
fn header(name: &str) -> String {
    password(name, PASSWORD)
}

/// A request as a program sends it: no cookie, no `Origin`. `path` is within [`API`], or begins with `/rest`.
fn request(app: &TestApp, method: Method, path: &str, authorization: &str) -> RequestBuilder {
    let path = if path.starts_with("/rest") { path.to_owned() } else { format!("{API}{path}") };
    let request = app.anybody().http.request(method, format!("{}{path}", app.url));
    if authorization.is_empty() { request } else { request.header(AUTHORIZATION, authorization) }
}

async fn sent(request: RequestBuilder) -> Page {
    Page::read(request.send().await.unwrap()).await
}

async fn get(app: &TestApp, path: &str, authorization: &str) -> Page {
    sent(request(app, Method::GET, path, authorization)).await
}

async fn send(app: &TestApp, method: Method, path: &str, authorization: &str, body: &Value) -> Page {
    sent(request(app, method, path, authorization).json(body)).await
}

/// A token of a program for these parts of the API and every connector.
async fn token_for(app: &TestApp, slug: &str, parts: &str) -> String {
    let token = app.token(slug, "system").await;
    app.sql(&format!("UPDATE api_tokens SET parts = '{parts}', all_connectors = true WHERE slug = '{slug}'")).await;
    format!("Bearer {token}")
}

/// Whether it is an error in the API's shape, with this code; gives its sentence.
#[track_caller]
fn is_refused(page: &Page, status: u16, code: &str) -> String {
    assert_eq!(page.is(status).header("content-type"), "application/json");
    let json = page.json();
    assert_eq!(json["code"], code, "{json}");
    assert_eq!((&json["errorMessages"][0], json["status"].as_u64()), (&json["message"], Some(status.into())), "{json}");
    assert_eq!(json["requestId"], page.header("x-request-id"));
    assert!(page.header("www-authenticate").starts_with("Bearer") == (status == 401), "{:?}", page.headers);
    json["message"].as_str().unwrap().to_owned()
}

/// The challenges of an answer.
fn challenges(page: &Page) -> Vec<&str> {
    page.headers.get_all("www-authenticate").iter().map(|value| value.to_str().unwrap()).collect()
}
