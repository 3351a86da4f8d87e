//! Connectors, kept through the API.

mod bounds;
mod rights;

use daypass::model::api_token::Part;
use daypass::portal::connectors::versions;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::contract::is_refused;
use super::{Api, Token, token};
use crate::support::{Page, world};

pub const LIST: &str = "/api/v1/connectors";

/// A request with headers of its own.
pub async fn send(api: &Api, method: Method, path: &str, token: &str, sent: Sent<'_>) -> Page {
    let program = api.app.anybody();
    let mut request = program.request(method.clone(), path).header("authorization", token);
    for (name, value) in sent.0 {
        request = request.header(*name, *value);
    }
    if let Some(body) = &sent.1 {
        request = request.json(body);
    }
    let page = program.send(request).await;
    api.check(&method, path, &page);
    page
}

/// Headers and body.
pub type Sent<'a> = (&'a [(&'a str, &'a str)], Option<Value>);

async fn put(api: &Api, path: &str, token: &str, tag: &str, body: &Value) -> Page {
    send(api, Method::PUT, path, token, (&[("if-match", tag)], Some(body.clone()))).await
}

async fn delete(api: &Api, path: &str, token: &str, tag: &str) -> Page {
    send(api, Method::DELETE, path, token, (&[("if-match", tag)], None)).await
}

/// A token of a program for these parts.
pub async fn of(api: &Api, slug: &str, parts: &[Part]) -> String {
    token(&api.app, slug, Token { parts, ..Token::default() }).await
}

/// The least that makes a connector.
async fn body(api: &Api, name: &str) -> Value {
    let key = api.app.key_id("broker").await;
    json!({"name": name, "type": "assume_role", "accessKeyId": key, "roleArn": world::role("ReadOnly")})
}

fn with(body: &Value, field: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[field] = value;
    body
}

/// Everything that can be set.
async fn everything(api: &Api) -> Value {
    let key = api.app.key_id("broker").await;
    json!({
        "name": "Everything", "slug": "all-of-it", "description": "All at once.", "type": "assume_role", "accessKeyId": key,
        "through": [{"roleArn": world::role("Operator"), "externalId": null}, {"roleArn": world::role("External"), "externalId": "right-id"}],
        "roleArn": world::role("ReadOnly"), "externalId": "fake-external-id", "sourceIdentity": "on",
        "sessionTags": [{"key": "team", "value": "{{user.mail}}", "transitive": true}, {"key": "empty", "value": "", "transitive": false}],
        "policy": format!("{{ \"Version\" : {}", &world::POLICY[11..]),
        "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "omitPolicy": false, "duration": 900, "region": "eu-west-1", "consoleStart": "/s3/home", "systemScope": false,
        "enabled": false, "openWithoutAsking": true, "registryTokensOutlive": true,
    })
}

#[actix_web::test]
async fn a_connector_is_made_seen_changed_and_removed() {
    let api = Api::start().await;
    let keeper = of(&api, "keeper", &[Part::Connectors]).await;
    let sent = everything(&api).await;
    let made = api.post(LIST, &keeper, sent.clone()).await;
    let entry = made.is(201).json();
    let path = format!("{LIST}/{}", entry["id"].as_str().unwrap());
    assert_eq!((made.location(), made.header("etag")), (format!("{}{path}", api.app.url).as_str(), "\"1\""));
    for (field, value) in sent.as_object().unwrap() {
        assert_eq!(&entry[field], value, "{field}");
    }
    let follows = json!({
        "partition": "aws", "accountId": world::ACCOUNT, "console": true, "changeable": true, "version": 1,
    });
    for (field, value) in follows.as_object().unwrap() {
        assert_eq!(&entry[field], value, "{field}");
    }
    assert_eq!(entry["createdAt"], entry["updatedAt"]);
    let row = api.app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.actor_name.as_str(), row.connector_version),
        ("connector.create", "keeper", Some(1))
    );

    // By every name that it has.
    for name in [path.clone(), format!("{LIST}/all-of-it"), format!("{LIST}/Everything")] {
        let page = api.get(&name, &keeper).await;
        assert_eq!((page.is(200).json(), page.header("etag")), (entry.clone(), "\"1\""));
    }
    let renamed = put(&api, &path, &keeper, "\"1\"", &with(&sent, "slug", "whole".into())).await;
    assert_eq!((renamed.is(200).json()["slug"].as_str(), renamed.header("etag")), (Some("whole"), "\"2\""));
    let row = api.app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.connector_version, &row.detail["slug"]),
        ("connector.update", Some(2), &json!("whole"))
    );
    // The old slug goes on leading there.
    assert_eq!(api.get(&format!("{LIST}/all-of-it"), &keeper).await.is(200).json(), renamed.json());

    let gone = delete(&api, &format!("{LIST}/whole"), &keeper, "\"2\"").await;
    assert_eq!(gone.is(204).body, "");
    let row = api.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.connector_id.as_deref()), ("connector.delete", entry["id"].as_str()));
    is_refused(&api.get(&path, &keeper).await, 404, "not_found");
    is_refused(&put(&api, &path, &keeper, "\"2\"", &sent).await, 404, "not_found");
    is_refused(&delete(&api, &path, &keeper, "\"2\"").await, 404, "not_found");
}

#[actix_web::test]
async fn what_is_sent_back_as_it_came_changes_nothing_but_the_version() {
    let api = Api::start().await;
    let keeper = of(&api, "keeper", &[Part::Connectors]).await;
    api.post(LIST, &keeper, everything(&api).await).await.is(201);
    let bare = json!({"name": "Bare", "type": "federated_user", "accessKeyId": api.app.key_id("broker").await, "omitPolicy": true});
    api.post(LIST, &keeper, bare).await.is(201);
    let all = api.get(&format!("{LIST}?all=true"), &keeper).await.is(200).json();
    let entries = all["connectors"].as_array().unwrap();
    assert_eq!(entries.len(), 6);
    for entry in entries {
        let path = format!("{LIST}/{}", entry["id"].as_str().unwrap());
        let mut after = put(&api, &path, &keeper, "\"1\"", entry).await.is(200).json();
        assert_eq!(after["version"], 2, "{after}");
        after["version"] = 1.into();
        after["updatedAt"] = entry["updatedAt"].clone();
        assert_eq!(&after, entry);
    }
    // The versions say so too.
    let id = api.app.connector_id("all-of-it").await;
    let (_, versions, _) = versions::list(&api.app.app, &world::setter(), &id, None).await.unwrap();
    assert!(versions.len() == 2 && versions[0].changed.is_empty(), "{versions:?}");
}

#[actix_web::test]
async fn what_is_left_out_is_empty_from_then_on() {
    let api = Api::start().await;
    let keeper = of(&api, "keeper", &[Part::Connectors]).await;
    let made = api.post(LIST, &keeper, everything(&api).await).await.is(201).json();
    let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
    let least = with(&body(&api, "Everything").await, "enabled", true.into());
    let after = put(&api, &path, &keeper, "\"1\"", &least).await.is(200).json();
    let wanted = json!({
        "slug": "everything", "description": "", "through": [], "externalId": null, "sourceIdentity": "off", "sessionTags": [],
        "policy": null, "policyArns": [], "omitPolicy": false, "duration": null, "region": null, "consoleStart": "",
        "systemScope": false, "enabled": true, "openWithoutAsking": false, "registryTokensOutlive": false, "version": 2,
    });
    for (field, value) in wanted.as_object().unwrap() {
        assert_eq!(&after[field], value, "{field}");
    }
    // A new one begins switched on; a change has to say it.
    assert_eq!(api.post(LIST, &keeper, body(&api, "New").await).await.is(201).json()["enabled"], true);
    let problem = is_refused(&put(&api, &path, &keeper, "\"2\"", &body(&api, "Other").await).await, 422, "invalid");
    assert!(problem["errors"]["enabled"].is_string(), "{problem}");
    // A policy may be sent as it is; it is kept as text.
    let policy: Value = serde_json::from_str(world::POLICY).unwrap();
    let after = put(&api, &path, &keeper, "\"2\"", &with(&least, "policy", policy)).await.is(200).json();
    assert_eq!(after["policy"], world::POLICY);
}

#[actix_web::test]
async fn only_the_newest_version_is_changed_and_removed() {
    let api = Api::start().await;
    let keeper = of(&api, "keeper", &[Part::Connectors]).await;
    let whole = api.get(&format!("{LIST}/system"), &keeper).await.is(200).json();
    let path = format!("{LIST}/{}", whole["id"].as_str().unwrap());
    let off = with(&whole, "enabled", false.into());
    assert_eq!(put(&api, &path, &keeper, "\"1\"", &off).await.is(200).json()["enabled"], false);
    for tag in ["\"1\"", "\"3\"", "2", "*", "W/\"2\""] {
        is_refused(&put(&api, &path, &keeper, tag, &whole).await, 412, "stale");
        is_refused(&delete(&api, &path, &keeper, tag).await, 412, "stale");
    }
    is_refused(&send(&api, Method::PUT, &path, &keeper, (&[], Some(off))).await, 428, "if_match_missing");
    is_refused(&send(&api, Method::DELETE, &path, &keeper, (&[], None)).await, 428, "if_match_missing");
    assert_eq!(api.get(&path, &keeper).await.json()["version"], 2);

    // Of several at once one is first, and a removal is no exception.
    let bodies: Vec<Value> = (0..5).map(|number| with(&whole, "description", format!("{number}").into())).collect();
    let pages = join_all(bodies.iter().map(|body| put(&api, &path, &keeper, "\"2\"", body))).await;
    let mut statuses: Vec<u16> = pages.iter().map(|page| page.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412]);
    let (changed, removed) =
        futures_util::join!(put(&api, &path, &keeper, "\"3\"", &whole), delete(&api, &path, &keeper, "\"3\""));
    assert!(
        matches!((changed.status, removed.status), (200, 412) | (404 | 412, 204)),
        "{} {}",
        changed.status,
        removed.status
    );
}

#[actix_web::test]
async fn the_same_request_again_makes_nothing() {
    let api = Api::start().await;
    let keeper = of(&api, "keeper", &[Part::Connectors]).await;
    let sent = body(&api, "Once").await;
    let post = async |key: &str, body: &Value| {
        send(&api, Method::POST, LIST, &keeper, (&[("idempotency-key", key)], Some(body.clone()))).await
    };
    let first = post("one", &sent).await;
    assert_eq!((first.is(201).header("idempotency-replayed"), first.header("etag")), ("", "\"1\""));
    let rows = api.app.events().await.len();
    let again = post("one", &sent).await;
    assert_eq!((again.is(201).json(), again.header("idempotency-replayed")), (first.json(), "true"));
    assert_eq!((again.location(), again.header("etag")), (first.location(), "\"1\""));
    assert_eq!(api.app.events().await.len(), rows);
    is_refused(&post("one", &body(&api, "Another").await).await, 422, "idempotency_key_reused");
    let taken = is_refused(&post("two", &sent).await, 422, "invalid");
    assert!(taken["errors"]["name"].is_string(), "{taken}");
    is_refused(&post("not one word", &sent).await, 422, "invalid");
    // What it is now is told, not what it was.
    let path = format!("{LIST}/{}", first.json()["id"].as_str().unwrap());
    put(&api, &path, &keeper, "\"1\"", &with(&first.json(), "enabled", false.into())).await.is(200);
    let later = post("one", &sent).await;
    assert_eq!((&later.is(201).json()["enabled"], later.header("etag")), (&json!(false), "\"2\""));

    let at_once = body(&api, "At once").await;
    let pages = join_all((0..5).map(|_| post("many", &at_once))).await;
    let ids: Vec<Value> = pages.iter().map(|page| page.is(201).json()["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let first = pages.iter().filter(|page| page.header("idempotency-replayed").is_empty()).count();
    assert_eq!(first, 1);
    // One that is gone is not made again.
    delete(&api, &path, &keeper, "\"2\"").await.is(204);
    is_refused(&post("one", &sent).await, 409, "made_and_gone");
}

#[actix_web::test]
async fn all_connectors_are_found_and_turned_over() {
    let api = Api::start().await;
    let keeper = of(&api, "keeper", &[Part::Connectors]).await;
    let off = json!({"name": "Other account", "type": "assume_role", "enabled": false,
        "accessKeyId": api.app.key_id("broker").await, "roleArn": "arn:aws:iam::210987654321:role/Far"});
    api.post(LIST, &keeper, off).await.is(201);
    let slugs = |list: &Value| -> Vec<String> {
        list["connectors"].as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap().to_owned()).collect()
    };
    for (query, wanted) in [
        ("", &["federated", "other-account", "read-only", "session", "system"][..]),
        ("&q=FEDERAT", &["federated"]),
        ("&q=far", &["other-account"]),
        ("&q=%25", &[]),
        ("&type=federated_user", &["federated"]),
        ("&account=210987654321", &["other-account"]),
        ("&account=000000000000", &[]),
        ("&enabled=false", &["other-account"]),
        ("&enabled=true&type=assume_role", &["read-only", "system"]),
        ("&q=only&type=iam_user", &[]),
    ] {
        let list = api.get(&format!("{LIST}?all=true{query}"), &keeper).await.is(200).json();
        assert_eq!(
            (slugs(&list), &list["next"]),
            (wanted.iter().map(ToString::to_string).collect(), &Value::Null),
            "{query}"
        );
    }
    // What narrows the list down stays from page to page.
    let (mut next, mut seen) =
        (format!("{LIST}?all=true&account={}&enabled=true&q=e&limit=1", world::ACCOUNT), Vec::new());
    while !next.is_empty() {
        let list = api.get(&next, &keeper).await.is(200).json();
        seen.extend(slugs(&list));
        next = list["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(seen, ["federated", "read-only", "session", "system"]);
    // One whose row is damaged does not take the others along.
    api.app.sql("UPDATE connectors SET principal_type = 'none' WHERE slug = 'system'").await;
    let list = api.get(&format!("{LIST}?all=true"), &keeper).await.is(200).json();
    assert_eq!(slugs(&list), ["federated", "other-account", "read-only", "session"]);
    is_refused(&api.get(&format!("{LIST}/system"), &keeper).await, 503, "database_unavailable");
    let damaged = format!("{LIST}/system");
    is_refused(&delete(&api, &damaged, &keeper, "\"2\"").await, 412, "stale");
    delete(&api, &damaged, &keeper, "\"1\"").await.is(204);
}
