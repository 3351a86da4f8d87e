//! `GET /connectors` and `GET /connectors/{connector}`.

use daypass::model::api_token::{Connectors, Part};
use daypass::portal::connectors::ConnectorForm;
use serde_json::{Value, json};

use super::contract::is_refused;
use super::{Api, Token, personal, token};
use crate::support::world;

fn slugs(list: &Value) -> Vec<&str> {
    list["connectors"].as_array().unwrap().iter().map(|connector| connector["slug"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn everybody_sees_what_they_may_use() {
    let api = Api::start().await;
    let app = &api.app;
    let program = token(app, "build", Token::default()).await;
    let of_ops = personal(app, "alice", &["ops"], &[Part::Use]).await;
    let of_nobody = personal(app, "bob", &["others"], &[Part::Use]).await;
    let of_all = personal(app, "ada", &["administrators"], &[Part::Use]).await;
    for (token, wanted) in [
        (&program, vec!["system"]),
        (&of_ops, vec!["federated", "read-only", "session"]),
        (&of_nobody, vec![]),
        (&of_all, vec!["federated", "read-only", "session", "system"]),
    ] {
        let page = api.get("/api/v1/connectors", token).await;
        assert_eq!(slugs(&page.is(200).json()), wanted);
        assert_eq!(page.json()["next"], Value::Null);
    }
    let id = app.connector_id("system").await;
    let wanted = json!({
        "id": id, "slug": "system", "name": "System", "description": "", "type": "assume_role",
        "accountId": world::ACCOUNT, "partition": "aws", "systemScope": true, "console": true,
    });
    assert_eq!(api.get("/api/v1/connectors", &program).await.json()["connectors"][0], wanted);
    for name in ["system", "System", &id] {
        assert_eq!(api.get(&format!("/api/v1/connectors/{name}"), &program).await.is(200).json(), wanted);
    }
    // Looking leaves no row, and asks AWS nothing.
    assert_eq!(app.last_row().await.0, "session.start");
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn unknown_and_not_granted_look_the_same() {
    let api = Api::start().await;
    let app = &api.app;
    let alice = personal(app, "alice", &["ops"], &[Part::Use]).await;
    let ids = [app.connector_id("system").await, "0193f6a1-0000-7000-8000-000000000001".to_owned()];
    let mut bodies = Vec::new();
    for name in ["system", "no-such-one", &ids[0], &ids[1], "%20", "a%2Fb%0A"] {
        let page = api.get(&format!("/api/v1/connectors/{name}"), &alice).await;
        is_refused(&page, 404, "not_found");
        bodies.push(page.text_but_request_id());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");

    let id = app.connector_id("read-only").await;
    let key = app.key_id("broker").await;
    let off = ConnectorForm { enabled: false, version: 1, ..world::form("Read only", "read-only", &key) };
    daypass::portal::connectors::update(&app.app, &world::setter(), &id, &off).await.unwrap();
    is_refused(&api.get("/api/v1/connectors/read-only", &alice).await, 409, "connector_disabled");
    assert_eq!(slugs(&api.get("/api/v1/connectors", &alice).await.json()), ["federated", "session"]);
}

#[actix_web::test]
async fn a_token_shows_what_its_scope_covers_and_no_more() {
    let api = Api::start().await;
    let app = &api.app;
    let system = app.connector_id("system").await;
    let read_only = app.connector_id("read-only").await;
    let of = async |slug: &str, id: &str| {
        let connectors = Connectors::These(vec![id.to_owned()]);
        token(app, slug, Token { connectors, ..Token::default() }).await
    };
    let (own, foreign) = (of("own", &system).await, of("foreign", &read_only).await);
    assert_eq!(slugs(&api.get("/api/v1/connectors", &own).await.json()), ["system"]);
    // Not for programs, whatever the token says.
    assert!(slugs(&api.get("/api/v1/connectors", &foreign).await.json()).is_empty());
    is_refused(&api.get("/api/v1/connectors/read-only", &foreign).await, 403, "forbidden");
    is_refused(&api.get("/api/v1/connectors/system", &foreign).await, 403, "forbidden");
    let none = token(app, "none", Token { parts: &[Part::UsageLog], ..Token::default() }).await;
    let elsewhere = token(app, "elsewhere", Token { networks: &["192.0.2.0/24"], ..Token::default() }).await;
    for path in ["/api/v1/connectors", "/api/v1/connectors/system"] {
        is_refused(&api.get(path, "").await, 401, "unauthorized");
        is_refused(&api.get(path, &none).await, 403, "token_scope");
        is_refused(&api.get(path, &elsewhere).await, 403, "token_network");
    }
}

#[actix_web::test]
async fn pages_follow_one_another() {
    let api = Api::start().await;
    let ada = personal(&api.app, "ada", &["administrators"], &[Part::Use]).await;
    let mut next = "/api/v1/connectors?limit=3".to_owned();
    let mut seen = Vec::new();
    for rows in [3, 1] {
        let list = api.get(&next, &ada).await.is(200).json();
        assert_eq!(list["connectors"].as_array().unwrap().len(), rows);
        seen.extend(slugs(&list).into_iter().map(str::to_owned));
        next = list["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!((seen.len(), next.as_str()), (4, ""));
    for query in ["limit=0", "limit=1001", "limit=x", "limit=", "cursor=x", "cursor=", "limit=1&limit=2", "colour=red"]
    {
        let problem = is_refused(&api.get(&format!("/api/v1/connectors?{query}"), &ada).await, 422, "invalid");
        let name = query.split('=').next().unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(name), "{problem}");
    }
    api.get("/api/v1/connectors?limit=1000", &ada).await.is(200);
}
