//! How access keys stand: in lists, and when AWS is asked.

use daypass::model::api_token::Part;
use daypass::model::credentials::rfc3339;
use daypass::sandbox::World;
use reqwest::Method;
use serde_json::{Value, json};

use super::access_keys::{LIST, address, keeper};
use super::contract::is_refused;
use super::{Api, Token, token};
use crate::support::{Page, world};

fn names(list: &Value) -> Vec<&str> {
    list["accessKeys"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect()
}

async fn check(api: &Api, path: &str, keeper: &str) -> Page {
    api.send(Method::POST, &format!("{path}/check"), keeper, None).await
}

/// The sample world, in which the broker's key is inactive.
fn inactive() -> World {
    let mut world = world::sample();
    world.accounts[0].users[0].keys[0].active = false;
    world
}

#[actix_web::test]
async fn what_aws_says_when_it_is_asked_is_told_and_kept() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let path = address(&api, "broker").await;
    let page = check(&api, &path, &keeper).await;
    assert_eq!((&page.is(200).json()["state"], page.header("etag")), (&json!("ok"), "\"1\""));
    assert_eq!(api.app.last_row().await, ("access_key.check".into(), "ok".into(), String::new()));

    api.app.sandbox.replace(inactive());
    let problem = is_refused(&check(&api, &path, &keeper).await, 502, "aws");
    assert!(problem["detail"].as_str().unwrap().contains("InvalidClientTokenId"), "{problem}");
    let key = api.get(&path, &keeper).await.json();
    assert_eq!((&key["state"], &key["version"]), (&json!("refused"), &json!(1)));
    assert!(key["stateDetail"].as_str().unwrap().contains("InvalidClientTokenId"), "{key}");
    api.app.sandbox.replace(world::sample());
    assert_eq!(check(&api, &path, &keeper).await.is(200).json()["stateDetail"], Value::Null);

    // In this world the broker's key is the root user's.
    let mut world = world::sample();
    let key = world.accounts[0].users[0].keys.pop().unwrap();
    world.accounts[0].root_keys.push(key);
    api.app.sandbox.replace(world);
    let problem = is_refused(&check(&api, &path, &keeper).await, 409, "root_key");
    assert!(problem["detail"].as_str().unwrap().contains("root user"), "{problem}");
    assert_eq!(api.get(&path, &keeper).await.json()["state"], "root");

    std::fs::remove_dir_all(api.app.keys()).unwrap();
    let problem = is_refused(&check(&api, &path, &keeper).await, 503, "key_file");
    assert!(problem["detail"].as_str().unwrap().contains("Unable to read encryption key file"), "{problem}");
    assert_eq!(api.get(&path, &keeper).await.json()["state"], "closed");
}

#[actix_web::test]
async fn what_our_rules_forbid_is_told_by_its_code() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let broker = address(&api, "broker").await;
    // It was of another account, as far as anybody knew, and then its pair was changed without asking AWS.
    api.app
        .sql(
            "UPDATE access_keys SET account_id = '999999999999', arn = NULL, validated_at = NULL WHERE name = 'broker'",
        )
        .await;
    let problem = is_refused(&check(&api, &broker, &keeper).await, 409, "other_account");
    assert!(problem["detail"].as_str().unwrap().contains("9999-9999-9999"), "{problem}");
    let key = api.get(&broker, &keeper).await.json();
    assert_eq!((&key["state"], &key["accountId"]), (&json!("unusable"), &json!("999999999999")));
    // Nor does it move by an edit that asks AWS: connectors would go with it.
    let about = json!({"name": "broker"});
    let page = super::accounts::edit(&api, Method::PUT, &broker, &keeper, (Some("\"1\""), Some(about))).await;
    let problem = is_refused(&page, 422, "invalid");
    assert!(problem["detail"].as_str().unwrap().contains("A job does not move it"), "{problem}");
    assert_eq!(api.get(&broker, &keeper).await.json()["version"], 1);

    let session = address(&api, "session user").await;
    let past = api.app.app.clock.now().timestamp_millis() - 1000;
    api.app
        .sql(&format!("UPDATE access_keys SET source = 'temporary', expires_at = {past} WHERE name = 'session user'"))
        .await;
    is_refused(&check(&api, &session, &keeper).await, 409, "expired");
    let key = api.get(&session, &keeper).await.json();
    assert_eq!((&key["state"], &key["expiresAt"]), (&json!("expired"), &json!(rfc3339(at(past)))));
}

fn at(millis: i64) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(millis).unwrap()
}

#[actix_web::test]
async fn keys_are_listed_by_name_state_and_what_they_say() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    world::add_key_unverified(&api.app, "Another", "FAKEBROKERKEY0000007", world::SECRET).await;
    let list = api.get(LIST, &keeper).await.is(200).json();
    assert_eq!((names(&list), &list["next"]), (vec!["Another", "broker", "session user"], &Value::Null));
    assert_eq!((&list["accessKeys"][1]["usedBy"], &list["accessKeys"][0]["usedBy"]), (&json!(3), &json!(0)));
    let id = api.app.key_id("broker").await;
    for (query, wanted) in [
        ("q=BROK".to_owned(), vec!["Another", "broker"]),
        ("q=user%2Fsession".to_owned(), vec!["session user"]),
        ("q=1234-5678-9012".to_owned(), vec!["broker", "session user"]),
        (format!("q={id}"), vec!["broker"]),
        ("q=nothing".to_owned(), vec![]),
        ("state=ok".to_owned(), vec!["broker", "session user"]),
        ("state=unverified".to_owned(), vec!["Another"]),
        ("state=ok&q=broker".to_owned(), vec!["broker"]),
        ("state=closed".to_owned(), vec![]),
    ] {
        let list = api.get(&format!("{LIST}?{query}"), &keeper).await.is(200).json();
        assert_eq!(names(&list), wanted, "{query}");
    }
    // The pages that follow keep the filter.
    let (mut next, mut seen) = (format!("{LIST}?state=ok&limit=1"), Vec::new());
    while !next.is_empty() {
        let list = api.get(&next, &keeper).await.is(200).json();
        assert_eq!(names(&list).len(), 1);
        seen.extend(names(&list).into_iter().map(str::to_owned));
        next = list["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(seen, ["broker", "session user"]);
    for wrong in ["limit=0", "limit=1001", "state=fine", "state=", "q=", "q=%20", "sort=name", "cursor=x", "q=a&q=b"] {
        is_refused(&api.get(&format!("{LIST}?{wrong}"), &keeper).await, 422, "invalid");
    }
    api.get(&format!("{LIST}?limit=1000"), &keeper).await.is(200);
    for path in [address(&api, "broker").await, format!("{}/check", address(&api, "broker").await)] {
        let method = if path.ends_with("check") { Method::POST } else { Method::GET };
        is_refused(&api.send(method, &format!("{path}?x=1"), &keeper, None).await, 422, "invalid");
    }

    api.app.sandbox.replace(inactive());
    is_refused(&check(&api, &address(&api, "broker").await, &keeper).await, 502, "aws");
    assert_eq!(names(&api.get(&format!("{LIST}?state=refused"), &keeper).await.json()), ["broker"]);
    std::fs::remove_dir_all(api.app.keys()).unwrap();
    let closed = api.get(&format!("{LIST}?state=closed"), &keeper).await.is(200).json();
    assert_eq!(names(&closed), ["Another", "broker", "session user"]);
    assert!(closed["accessKeys"][0]["stateDetail"].as_str().unwrap().contains("encryption key file"), "{closed}");
}

#[actix_web::test]
async fn looking_asks_aws_nothing_and_leaves_no_row() {
    let api = Api::start().await;
    let parts: &[Part] = &[Part::AccessKeys];
    let keeper = token(&api.app, "keeper", Token { parts, ..Token::default() }).await;
    let path = address(&api, "broker").await;
    let (rows, asked) = (api.app.events().await.len(), api.app.sandbox.counters().actions);
    api.get(LIST, &keeper).await.is(200);
    api.get(&path, &keeper).await.is(200);
    assert_eq!((api.app.events().await.len(), api.app.sandbox.counters().actions), (rows, asked));
}
