//! Grants, made and taken away through the API.

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::model::api_token::Part;
use daypass::model::envelope::Envelope;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::connectors::{of, send};
use super::contract::is_refused;
use super::{Api, Token, personal, token};
use crate::support::{Page, TestApp, world};

const LIST: &str = "/api/v1/grants";

async fn delete(api: &Api, path: &str, token: &str) -> Page {
    send(api, Method::DELETE, path, token, (&[], None)).await
}

async fn started() -> (Api, String) {
    let api = Api::start().await;
    api.app.add_person("member-of-dev", &["dev", "leads"]).await;
    let granter = of(&api, "granter", &[Part::Grants]).await;
    (api, granter)
}

#[actix_web::test]
async fn a_group_is_let_in_and_out() {
    let (api, granter) = started().await;
    let system = api.app.connector_id("system").await;
    let made = api.post(LIST, &granter, json!({"connector": "system", "group": "dev"})).await;
    let grant = made.is(201).json();
    let path = format!("{LIST}/{}", grant["id"].as_str().unwrap());
    assert_eq!(made.location(), format!("{}{path}", api.app.url));
    let mut wanted = json!({
        "connector": {"id": system, "slug": "system", "name": "System"}, "group": "local:dev", "directory": "local",
        "groupName": "dev", "groupDetail": "local group", "gone": false, "createdBy": "granter",
    });
    wanted["id"] = grant["id"].clone();
    wanted["createdAt"] = grant["createdAt"].clone();
    assert_eq!(grant, wanted);
    let row = api.app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.actor_name.as_str(), row.grant_id.as_deref()),
        ("grant.create", "granter", grant["id"].as_str())
    );
    assert_eq!((&row.detail["before"], &row.detail["after"]), (&json!([]), &json!(["local:dev"])));
    assert_eq!(api.get(&path, &granter).await.is(200).json(), grant);

    assert_eq!(delete(&api, &path, &granter).await.is(204).body, "");
    let row = api.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.connector_id.as_deref()), ("grant.delete", Some(system.as_str())));
    assert_eq!((&row.detail["before"], &row.detail["after"]), (&json!(["local:dev"]), &json!([])));
    is_refused(&api.get(&path, &granter).await, 404, "not_found");
    is_refused(&delete(&api, &path, &granter).await, 404, "not_found");
}

#[actix_web::test]
async fn a_group_is_named_in_several_ways_and_let_in_once() {
    let (api, granter) = started().await;
    let system = api.app.connector_id("system").await;
    for (connector, group) in [
        (json!("System"), json!({"group": "dev"})),
        (json!("system"), json!({"group": "local:dev"})),
        (json!(system), json!({"group": "dev", "directory": "local"})),
        (json!(system.to_uppercase()), json!({"group": "local:dev", "directory": "local"})),
    ] {
        let mut body = group;
        body["connector"] = connector;
        let made = api.post(LIST, &granter, body.clone()).await.is(201).json();
        assert_eq!(made["group"], "local:dev", "{body}");
        let problem = is_refused(&api.post(LIST, &granter, body).await, 422, "invalid");
        assert!(problem["errors"]["group"].as_str().unwrap().contains("already"), "{problem}");
        delete(&api, &format!("{LIST}/{}", made["id"].as_str().unwrap()), &granter).await.is(204);
    }
    // Of several at once one is made.
    let body = json!({"connector": "system", "group": "dev"});
    let pages = join_all((0..5).map(|_| api.post(LIST, &granter, body.clone()))).await;
    let mut statuses: Vec<u16> = pages.iter().map(|page| page.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422, 422, 422, 422]);
}

#[actix_web::test]
async fn the_same_request_again_grants_nothing() {
    let (api, granter) = started().await;
    let post = async |key: &str, group: &str| {
        let body = json!({"connector": "system", "group": group});
        send(&api, Method::POST, LIST, &granter, (&[("idempotency-key", key)], Some(body))).await
    };
    let first = post("one", "dev").await;
    let rows = api.app.events().await.len();
    let again = post("one", "dev").await;
    assert_eq!((again.is(201).json(), again.header("idempotency-replayed")), (first.is(201).json(), "true"));
    assert_eq!((again.location(), api.app.events().await.len()), (first.location(), rows));
    is_refused(&post("one", "leads").await, 422, "idempotency_key_reused");
    is_refused(&post("two", "dev").await, 422, "invalid");
    let pages = join_all((0..5).map(|_| post("many", "leads"))).await;
    assert!(pages.iter().all(|page| page.is(201).json() == pages[0].json()));
    assert_eq!(pages.iter().filter(|page| page.header("idempotency-replayed").is_empty()).count(), 1);
    // What was taken away again stays so.
    delete(&api, &format!("{LIST}/{}", first.json()["id"].as_str().unwrap()), &granter).await.is(204);
    is_refused(&post("one", "dev").await, 409, "made_and_gone");
}

#[actix_web::test]
async fn the_name_of_a_request_is_known_for_a_day_and_for_its_token() {
    let clock = Clock::fixed(Clock::system().now());
    let app = TestApp::builder().clock(clock.clone()).start().await;
    world::fill(&app).await;
    app.add_person("member-of-dev", &["dev"]).await;
    let api = Api::of(app).await;
    let (granter, other) = (of(&api, "granter", &[Part::Grants]).await, of(&api, "other", &[Part::Grants]).await);
    let post = async |token: &str, body: Value| {
        send(&api, Method::POST, LIST, token, (&[("idempotency-key", "one")], Some(body))).await
    };
    let body = json!({"connector": "system", "group": "dev"});
    let made = post(&granter, body.clone()).await.is(201).json();
    is_refused(&post(&other, body.clone()).await, 422, "invalid");
    clock.advance(TimeDelta::hours(24) - TimeDelta::milliseconds(1));
    // In whatever order its fields come.
    let page = post(&granter, json!({"group": "dev", "connector": "system"})).await;
    assert_eq!((page.is(201).json(), page.header("idempotency-replayed")), (made, "true"));
    clock.advance(TimeDelta::milliseconds(1));
    is_refused(&post(&granter, body).await, 422, "invalid");
    let page = post(&granter, json!({"connector": "read-only", "group": "dev"})).await;
    assert_eq!((page.is(201).status, page.header("idempotency-replayed")), (201, ""));
}

#[actix_web::test]
async fn grants_are_found_and_turned_over() {
    let (api, granter) = started().await;
    for connector in ["system", "read-only"] {
        api.post(LIST, &granter, json!({"connector": connector, "group": "dev"})).await.is(201);
    }
    let names = |list: &Value| -> Vec<String> {
        let name = |grant: &Value| {
            format!("{} {}", grant["connector"]["slug"].as_str().unwrap(), grant["group"].as_str().unwrap())
        };
        list["grants"].as_array().unwrap().iter().map(name).collect()
    };
    let all =
        ["read-only local:ops", "federated local:ops", "session local:ops", "system local:dev", "read-only local:dev"];
    for (query, wanted) in [
        ("", &all[..]),
        ("?directory=local", &all),
        ("?directory=corp", &[]),
        ("?group=ops", &all[..3]),
        ("?group=local:dev", &all[3..]),
        ("?group=corp:dev", &[]),
        ("?group=op", &[]),
        ("?connector=read-only", &["read-only local:ops", "read-only local:dev"]),
        ("?connector=Read%20only&group=dev&directory=local", &["read-only local:dev"]),
    ] {
        let list = api.get(&format!("{LIST}{query}"), &granter).await.is(200).json();
        assert_eq!(
            (names(&list), &list["next"]),
            (wanted.iter().map(ToString::to_string).collect(), &Value::Null),
            "{query}"
        );
    }
    for (mut next, wanted) in
        [(format!("{LIST}?limit=2"), &all[..]), (format!("{LIST}?limit=1&group=ops&directory=local"), &all[..3])]
    {
        let mut seen = Vec::new();
        while !next.is_empty() {
            let list = api.get(&next, &granter).await.is(200).json();
            seen.extend(names(&list));
            next = list["next"].as_str().unwrap_or_default().to_owned();
        }
        assert_eq!(seen, wanted);
    }
    for query in
        ["connector=none", "connector=", "group=", "directory=", "limit=0", "limit=1001", "cursor=x", "colour=red"]
    {
        is_refused(&api.get(&format!("{LIST}?{query}"), &granter).await, 422, "invalid");
    }
    // A cursor is of its list.
    let page =
        api.get("/api/v1/connectors?all=true&limit=1", &of(&api, "keeper", &[Part::Connectors]).await).await.json();
    let cursor = page["next"].as_str().unwrap().split("cursor=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    is_refused(&api.get(&format!("{LIST}?cursor={cursor}"), &granter).await, 422, "invalid");
    // A group that is gone from its directory is told as such.
    api.app.sql("DELETE FROM local_memberships WHERE group_id = 'dev'").await;
    api.app.sql("DELETE FROM local_groups WHERE id = 'dev'").await;
    let list = api.get(&format!("{LIST}?connector=read-only"), &granter).await.is(200).json();
    let gone: Vec<&Value> = list["grants"].as_array().unwrap().iter().map(|grant| &grant["gone"]).collect();
    assert_eq!(gone, [false, true]);
    let path = format!("{LIST}/{}", list["grants"][1]["id"].as_str().unwrap());
    assert_eq!(api.get(&path, &granter).await.is(200).json()["gone"], true);
}

#[actix_web::test]
async fn what_is_no_grant_is_said_field_by_field() {
    let (api, granter) = started().await;
    for (body, field) in [
        (json!({"group": "dev"}), "connector"),
        (json!({"connector": "system"}), "group"),
        (json!({"connector": "none", "group": "dev"}), "connector"),
        (json!({"connector": "system", "group": "nobody"}), "group"),
        (json!({"connector": "system", "group": "local:nobody"}), "group"),
        (json!({"connector": "system", "group": " "}), "group"),
        (json!({"connector": "system", "group": 7}), "group"),
        (json!({"connector": ["system"], "group": "dev"}), "connector"),
        (json!({"connector": "system", "group": "dev", "directory": "corp"}), "directory"),
        (json!({"connector": "system", "group": "nobody", "directory": "local"}), "group"),
    ] {
        let problem = is_refused(&api.post(LIST, &granter, body.clone()).await, 422, "invalid");
        assert!(problem["errors"][field].is_string(), "{body}: {problem}");
    }
    let unknown = json!({"connector": "system", "group": "dev", "groups": []});
    let problem = is_refused(&api.post(LIST, &granter, unknown).await, 422, "invalid");
    assert!(problem["detail"].as_str().unwrap().contains("“groups”"), "{problem}");
    is_refused(&send(&api, Method::POST, LIST, &granter, (&[], None)).await, 415, "media_type");
    for id in ["none", "0193f6a1-0000-7000-8000-000000000001"] {
        is_refused(&api.get(&format!("{LIST}/{id}"), &granter).await, 404, "not_found");
        is_refused(&delete(&api, &format!("{LIST}/{id}"), &granter).await, 404, "not_found");
    }
    let first = api.get(LIST, &granter).await.json()["grants"][0]["id"].as_str().unwrap().to_owned();
    is_refused(&api.get(&format!("{LIST}/{first}?x=1"), &granter).await, 422, "invalid");
    is_refused(&delete(&api, &format!("{LIST}/{first}?x=1"), &granter).await, 422, "invalid");
    assert_eq!(api.get(LIST, &granter).await.json()["grants"].as_array().unwrap().len(), 3);
}

#[actix_web::test]
async fn only_tokens_for_it_grant_and_restricted_administrators_inside_their_envelopes() {
    let (api, granter) = started().await;
    let keeper = of(&api, "keeper", &[Part::Connectors, Part::Use]).await;
    let networks: &[&str] = &["192.0.2.0/24"];
    let elsewhere = token(&api.app, "elsewhere", Token { parts: &[Part::Grants], networks, ..Token::default() }).await;
    let alice = personal(&api.app, "alice", &["ops"], &[Part::Grants]).await;
    let first = api.get(&format!("{LIST}?connector=read-only"), &granter).await.json()["grants"][0]["id"].clone();
    let path = format!("{LIST}/{}", first.as_str().unwrap());
    let body = json!({"connector": "read-only", "group": "dev"});
    for (token, status, code) in [
        ("", 401, "unauthorized"),
        (&keeper, 403, "token_scope"),
        (&alice, 403, "token_scope"),
        (&elsewhere, 403, "token_network"),
    ] {
        for path in [LIST, &path] {
            is_refused(&api.get(path, token).await, status, code);
        }
        is_refused(&api.post(LIST, token, body.clone()).await, status, code);
        is_refused(&delete(&api, &path, token).await, status, code);
    }
    let envelope = Envelope {
        principal_types: vec!["assume_role".to_owned()],
        role_patterns: vec![world::role("*")],
        ..Envelope::default()
    };
    world::open(&api.app, &api.app.key_id("broker").await, &envelope).await;
    let rita = personal(&api.app, "rita", &["restricted-administrators", "leads"], &[Part::Grants]).await;
    assert_eq!(api.get(LIST, &rita).await.is(200).json(), api.get(LIST, &granter).await.json());
    let made = api.post(LIST, &rita, body).await.is(201).json();
    assert_eq!(made["createdBy"], "rita");
    delete(&api, &format!("{LIST}/{}", made["id"].as_str().unwrap()), &rita).await.is(204);
    let own = json!({"connector": "read-only", "group": "leads"});
    let problem = is_refused(&api.post(LIST, &rita, own).await, 422, "invalid");
    assert!(problem["errors"]["group"].as_str().unwrap().contains("You are in this group"), "{problem}");
    is_refused(&api.post(LIST, &rita, json!({"connector": "session", "group": "dev"})).await, 403, "forbidden");
    let row = api.app.last_event().await.event;
    assert_eq!((row.outcome.as_str(), row.reason.as_str(), row.actor_name.as_str()), ("refused", "envelope", "rita"));
    let outside = api.get(&format!("{LIST}?connector=session"), &rita).await.json()["grants"][0]["id"].clone();
    is_refused(&delete(&api, &format!("{LIST}/{}", outside.as_str().unwrap()), &rita).await, 403, "forbidden");
    // Only an administrator's own token grants a group of theirs.
    let ada = personal(&api.app, "ada", &["administrators", "leads"], &[Part::Grants]).await;
    api.post(LIST, &ada, json!({"connector": "session", "group": "leads"})).await.is(201);
}
