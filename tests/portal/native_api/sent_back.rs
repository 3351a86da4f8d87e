//! What a GET gave may be sent back whole. (Connectors have a test of their own for all their types.)

use daypass::model::api_token::Part;
use reqwest::Method;
use serde_json::{Value, json};

use super::accounts::edit;
use super::contract::is_refused;
use super::{Api, Token, token};
use crate::support::world;

/// The access key that has a plan of rotation, the account, and an example that somebody wrote.
async fn things(api: &Api) -> (String, [String; 3]) {
    let parts = &[Part::AccessKeys, Part::Accounts, Part::PolicyExamples];
    let token = token(&api.app, "keeper", Token { parts, ..Token::default() }).await;
    let plan = "UPDATE access_keys SET rotation_plan = '{\"everyDays\":90,\"window\":null}' WHERE name = 'broker'";
    api.app.sql(plan).await;
    let key = format!("/api/v1/access-keys/{}", api.app.key_id("broker").await);
    let accounts = api.get("/api/v1/accounts", &token).await.is(200).json();
    let account = format!("/api/v1/accounts/{}", accounts["accounts"][0]["id"].as_str().unwrap());
    let policy: Value = serde_json::from_str(world::POLICY).unwrap();
    let example = json!({"name": "Mine", "description": "It allows S3.", "policy": policy});
    let example = api.post("/api/v1/policy-examples", &token, example).await.is(201).json();
    (token, [key, account, format!("/api/v1/policy-examples/{}", example["id"].as_str().unwrap())])
}

#[actix_web::test]
async fn what_a_get_gave_may_be_sent_back_whole() {
    let api = Api::start().await;
    let (token, paths) = things(&api).await;
    for path in paths {
        let before = api.get(&path, &token).await;
        let (entry, tag) = (before.is(200).json(), before.header("etag").to_owned());
        let after = edit(&api, Method::PUT, &path, &token, (Some(&tag), Some(entry.clone()))).await;
        let mut after = after.is(200).json();
        assert_eq!(after["version"], 2, "{after}");
        // What a save and the question to AWS in it set anew.
        for field in ["version", "updatedAt", "checkedAt"].into_iter().filter(|field| entry.get(*field).is_some()) {
            after[field] = entry[field].clone();
        }
        assert_eq!(after, entry);
        // What follows from the rest counts for nothing, whatever it is; a name that no GET gives is still unknown.
        let odd = |field: &str| {
            let mut odd = entry.clone();
            odd[field] = json!("odd");
            odd
        };
        edit(&api, Method::PUT, &path, &token, (Some("\"2\""), Some(odd("version")))).await.is(200);
        is_refused(&edit(&api, Method::PUT, &path, &token, (Some("\"3\""), Some(odd("odd")))).await, 422, "invalid");
    }
}

#[actix_web::test]
async fn what_is_not_changed_there_is_not_dropped_in_silence() {
    let api = Api::start().await;
    let (token, [key, account, example]) = things(&api).await;
    for (path, field, value) in [
        (&key, "id", json!("0193f6a1-0000-7000-8000-000000000001")),
        (&key, "keyId", json!("FAKEACCESSKEY0000009")),
        (&key, "source", json!("temporary")),
        (&key, "partition", json!("aws-cn")),
        (&key, "rotation", json!({"everyDays": 30, "window": null})),
        (&key, "rotation", Value::Null),
        (&key, "secret", json!("fake-secret-of-somebody-else-not-a-real-1")),
        (&account, "accountId", json!("210987654321")),
        (&account, "partition", json!("aws-cn")),
        (&account, "id", json!("0193f6a1-0000-7000-8000-000000000001")),
        (&example, "kind", json!("policy_arn")),
        (&example, "hidden", json!(true)),
        (&example, "id", json!("0193f6a1-0000-7000-8000-000000000001")),
    ] {
        let mut sent = api.get(path, &token).await.is(200).json();
        sent[field] = value.clone();
        let problem =
            is_refused(&edit(&api, Method::PUT, path, &token, (Some("\"1\""), Some(sent))).await, 422, "invalid");
        // A secret is no field of this operation at all.
        let said = problem["errors"].get(field).is_some();
        assert_eq!(said, field != "secret", "{field} {value}: {problem}");
        assert_eq!(api.get(path, &token).await.json()["version"], 1);
    }
}
