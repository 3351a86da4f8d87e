//! Connectors and accounts, kept through the API.

use daypass::model::envelope::Envelope;
use daypass::portal::connectors::{self, ConnectorForm};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{get, header, is_refused, send, started, token_for};
use crate::support::{TestApp, world};

const GUID: &str = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

async fn body(app: &TestApp, name: &str) -> Value {
    let key = app.key_id("broker").await;
    json!({"name": name, "type": "ASSUME_ROLE", "accountId": key, "roleArn": world::role("ReadOnly")})
}

fn with(body: &Value, field: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[field] = value;
    body
}

async fn post(app: &TestApp, body: &Value) -> crate::support::Page {
    send(app, Method::POST, "/connectors", &header("ada"), body).await
}

async fn put(app: &TestApp, id: &str, body: &Value) -> crate::support::Page {
    send(app, Method::PUT, &format!("/connectors/{id}"), &header("ada"), body).await
}

#[actix_web::test]
async fn a_given_guid_is_kept_and_given_once() {
    let app = started().await;
    let one = body(&app, "One").await;
    let made = post(&app, &with(&one, "id", "{6F9619FF-8B86-4D01-B42D-00CF4FC964FF}".into())).await;
    assert_eq!(made.is(201).json()["id"], GUID);
    assert!(made.location().ends_with(&format!("/connectors/{GUID}")));
    let row = app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.connector_id.as_deref(), &row.detail["via"]),
        ("connector.create", Some(GUID), &json!("basic"))
    );
    let two = body(&app, "Two").await;
    let taken = post(&app, &with(&two, "id", GUID.into())).await;
    is_refused(&taken, 422, "invalid");
    assert!(taken.json()["errors"]["id"].as_str().unwrap().contains("once had"));
    for wrong in ["17", "x", "00000000-0000-0000-0000-000000000000"] {
        let page = post(&app, &with(&two, "id", wrong.into())).await;
        assert!(page.is(422).json()["errors"]["id"].is_string(), "{wrong}");
    }
    // Not even after it is gone: tokens and the log know it.
    send(&app, Method::DELETE, &format!("/connectors/{GUID}"), &header("ada"), &json!({})).await.is(204);
    is_refused(&get(&app, &format!("/connectors/{GUID}"), &header("ada")).await, 404, "not_found");
    post(&app, &with(&two, "id", GUID.into())).await.is(422);
    post(&app, &two).await.is(201);
    // The slug of the one that is gone stays its own.
    let again = post(&app, &one).await;
    let id = again.is(201).json()["id"].as_str().unwrap().to_owned();
    let read = app.app.database.read(move |connection| daypass::store::connectors::find(connection, &id));
    assert_ne!(read.await.unwrap().slug, "one");
}

#[actix_web::test]
async fn of_two_at_once_with_one_guid_one_is_made() {
    let app = started().await;
    let bodies: Vec<Value> =
        join_all((0..6).map(async |number| with(&body(&app, &format!("Name {number}")).await, "id", GUID.into())))
            .await;
    let pages = join_all(bodies.iter().map(|body| post(&app, body))).await;
    let mut statuses: Vec<u16> = pages.iter().map(|page| page.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422, 422, 422, 422, 422]);
    for page in pages.iter().filter(|page| page.status == 422) {
        assert!(page.json()["errors"]["id"].is_string(), "{}", page.body);
    }
}

#[actix_web::test]
async fn what_is_not_sent_stays_and_null_takes_away() {
    let app = started().await;
    app.add_person("member-of-dev", &["dev"]).await;
    let key = app.key_id("broker").await;
    let form = ConnectorForm {
        duration: "2h".to_owned(),
        description: "Kept.".to_owned(),
        external_id: "fake-id".to_owned(),
        system_scope: true,
        ..world::form("Whole", "whole", &key)
    };
    let id = world::add_connector(&app, &form, &["ops"]).await;
    let read = async || connectors::show(&app.app, &world::setter(), &id).await.unwrap();
    let before = read().await.0;
    let same = put(&app, &id, &json!({"unknown": {"deep": [1]}, "size": 3, "id": id})).await;
    assert_eq!(same.is(200).json()["externalId"], "fake-id");
    assert_eq!(read().await.0, before);
    let changed =
        put(&app, &id, &json!({"name": "Renamed", "externalId": null, "scope": null, "groups": ["dev"]})).await;
    let json = changed.is(200).json();
    assert_eq!((&json["name"], &json["groups"]), (&json!("Renamed"), &json!(["dev"])));
    assert!(json.get("externalId").is_none() && json.get("scope").is_none());
    let (after, grants) = read().await;
    assert_eq!((after.version, after.duration, after.description.as_str()), (2, Some(7200), "Kept."));
    assert_eq!((after.slug.as_str(), grants.len(), grants[0].group_name.as_str()), ("whole", 1, "dev"));
    let kinds: Vec<String> = app.events().await.into_iter().take(3).map(|row| row.event.kind).collect();
    assert_eq!(kinds, ["grant.delete", "grant.create", "connector.update"]);
    // A group that is gone from the directory stays while it is sent, and goes when it is not.
    app.sql("DELETE FROM local_memberships WHERE group_id = 'dev'").await;
    app.sql("DELETE FROM local_groups WHERE id = 'dev'").await;
    let kept = put(&app, &id, &json!({"groups": ["dev", "ops"]})).await;
    assert_eq!(kept.is(200).json()["groups"].as_array().unwrap().len(), 2);
    assert_eq!(put(&app, &id, &json!({"groups": []})).await.is(200).json()["groups"], json!([]));
    for (field, value) in [
        ("groups", json!(["nobody"])),
        ("type", json!("PROVIDED")),
        ("id", json!(GUID)),
        ("partition", json!("aws-cn")),
        ("partition", json!("mars")),
        ("accountId", json!("none")),
        ("accountId", json!(world::ACCOUNT)),
        ("roleArn", json!("none")),
        ("iamPolicy", json!("{")),
        ("name", json!("System")),
        ("name", Value::Null),
    ] {
        let page = put(&app, &id, &json!({field: value})).await;
        assert!(page.is(422).json()["errors"][field].is_string(), "{field}: {}", page.body);
    }
    assert_eq!(read().await.0.name, "Renamed");
}

#[actix_web::test]
async fn what_the_api_has_no_word_for_is_left_out() {
    let app = started().await;
    app.sql("UPDATE connectors SET principal_type = 'provided' WHERE slug = 'session'").await;
    let id = app.connector_id("session").await;
    let list = get(&app, "/connectors", &header("ada")).await;
    assert!(list.is(200).json()["size"] == 3 && !list.body.contains(&id));
    let path = format!("/connectors/{id}");
    for (name, method) in [("ada", Method::GET), ("alice", Method::GET), ("ada", Method::PUT), ("ada", Method::DELETE)]
    {
        is_refused(&send(&app, method, &path, &header(name), &json!({})).await, 404, "not_found");
    }
}

#[actix_web::test]
async fn a_user_sees_what_lists_have_and_an_administrator_all() {
    let app = started().await;
    let id = app.connector_id("read-only").await;
    let path = format!("/connectors/{id}");
    let short = json!({"id": id, "name": "Read only", "type": "ASSUME_ROLE"});
    assert_eq!(get(&app, &path, &header("alice")).await.is(200).json(), short);
    is_refused(&get(&app, &path, &header("olaf")).await, 404, "not_found");
    let whole = get(&app, &path, &header("ada")).await.is(200).json();
    assert_eq!((&whole["roleArn"], &whole["groups"]), (&json!(world::role("ReadOnly")), &json!(["ops"])));
    // One that is switched off is listed to those who can switch it on.
    app.sql("UPDATE connectors SET enabled = false WHERE slug = 'read-only'").await;
    is_refused(&get(&app, &path, &header("alice")).await, 409, "connector_disabled");
    assert!(!get(&app, "/connectors", &header("alice")).await.body.contains(&id));
    assert!(get(&app, "/connectors", &header("ada")).await.body.contains(&id));
}

#[actix_web::test]
async fn restricted_administrators_stay_inside_their_envelopes() {
    let app = started().await;
    app.add_person("rita", &["restricted-administrators", "leads"]).await;
    let rita = header("rita");
    let envelope = Envelope {
        principal_types: vec!["assume_role".to_owned()],
        role_patterns: vec![world::role("ReadOnly")],
        longest_seconds: Some(3600),
        system_scope: false,
    };
    world::open(&app, &app.key_id("broker").await, &envelope).await;
    let inside = with(&body(&app, "Inside").await, "groups", json!(["ops"]));
    let made = send(&app, Method::POST, "/connectors", &rita, &inside).await;
    let id = made.is(201).json()["id"].as_str().unwrap().to_owned();
    for (field, value) in [
        ("roleArn", json!(world::role("Operator"))),
        ("scope", json!("SYSTEM")),
        ("groups", json!(["leads"])),
        ("accountId", json!(app.key_id("session user").await)),
    ] {
        let outside = with(&with(&inside, "name", "Outside".into()), field, value.clone());
        let page = send(&app, Method::POST, "/connectors", &rita, &outside).await;
        assert!(page.is(422).json()["errors"][field].is_string(), "{field}: {}", page.body);
        let page = send(&app, Method::PUT, &format!("/connectors/{id}"), &rita, &json!({field: value})).await;
        assert!(page.is(422).json()["errors"][field].is_string(), "{field}: {}", page.body);
    }
    let system = format!("/connectors/{}", app.connector_id("session").await);
    assert_eq!(get(&app, &system, &rita).await.is(200).json()["name"], "Session");
    is_refused(&send(&app, Method::PUT, &system, &rita, &json!({"name": "x"})).await, 403, "forbidden");
    is_refused(&send(&app, Method::DELETE, &system, &rita, &json!({})).await, 403, "forbidden");
    let account = json!({"name": "x", "awsAccessKeyId": world::KEY_ID, "awsSecretKey": world::SECRET});
    is_refused(&send(&app, Method::POST, "/accounts", &rita, &account).await, 403, "forbidden");
    // And what they made is not theirs to use.
    is_refused(&get(&app, &format!("/connectors/{id}/credentials"), &rita).await, 404, "not_found");
    send(&app, Method::DELETE, &format!("/connectors/{id}"), &rita, &json!({})).await.is(204);
}

#[actix_web::test]
async fn tokens_go_as_far_as_their_scope() {
    let app = started().await;
    let keeper = token_for(&app, "keeper", "admin:connectors").await;
    let granter = token_for(&app, "granter", "admin:connectors admin:grants admin:access_keys").await;
    let reader = token_for(&app, "reader", "use").await;
    let one = body(&app, "One").await;
    let granted = with(&one, "groups", json!(["ops"]));
    is_refused(&send(&app, Method::POST, "/connectors", &keeper, &granted).await, 403, "token_scope");
    is_refused(&send(&app, Method::POST, "/connectors", &reader, &one).await, 403, "token_scope");
    let made = send(&app, Method::POST, "/connectors", &keeper, &one).await;
    let path = format!("/connectors/{}", made.is(201).json()["id"].as_str().unwrap());
    let changed = send(&app, Method::PUT, &path, &granter, &json!({"groups": ["ops"]})).await;
    assert_eq!(changed.is(200).json()["groups"], json!(["ops"]));
    // What a token is not for is not told either, and not to be found out by guessing.
    for groups in [json!(["ops"]), json!(["dev"]), json!([]), Value::Null] {
        let page = send(&app, Method::PUT, &path, &keeper, &json!({"groups": groups})).await;
        is_refused(&page, 403, "token_scope");
    }
    assert!(get(&app, &path, &keeper).await.is(200).json().get("groups").is_none());
    let renamed = send(&app, Method::PUT, &path, &keeper, &json!({"name": "Two"})).await;
    assert!(renamed.is(200).json().get("groups").is_none());
    // Nor taken away by deleting the connector.
    is_refused(&send(&app, Method::DELETE, &path, &keeper, &json!({})).await, 403, "token_scope");
    assert_eq!(get(&app, &path, &granter).await.is(200).json()["groups"], json!(["ops"]));
    send(&app, Method::DELETE, &path, &granter, &json!({})).await.is(204);
    let again = send(&app, Method::POST, "/connectors", &keeper, &one).await;
    let path = format!("/connectors/{}", again.is(201).json()["id"].as_str().unwrap());
    send(&app, Method::DELETE, &path, &keeper, &json!({})).await.is(204);
    let account = json!({"name": "x", "awsAccessKeyId": world::KEY_ID, "awsSecretKey": world::SECRET});
    is_refused(&send(&app, Method::POST, "/accounts", &keeper, &account).await, 403, "token_scope");
    send(&app, Method::POST, "/accounts?skipValidation=true", &granter, &account).await.is(201);
    // A program uses what has system scope, and lists the same.
    assert_eq!(get(&app, "/connectors", &reader).await.is(200).json()["size"], 1);
    get(&app, "/connectors/system/credentials", &reader).await.is(200);
    is_refused(&get(&app, "/connectors/read-only/credentials", &reader).await, 403, "forbidden");
    is_refused(&get(&app, "/connectors/system/console/url", &reader).await, 403, "token_scope");
    is_refused(&get(&app, "/connectors/system/credentials", &keeper).await, 403, "token_scope");
    let auditor = token_for(&app, "auditor", "usage_log").await;
    for path in ["/connectors".to_owned(), path] {
        is_refused(&get(&app, &path, &auditor).await, 403, "token_scope");
    }
}
