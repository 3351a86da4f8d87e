//! What a connector must not be, said field by field.

use daypass::model::api_token::Part;
use serde_json::{Value, json};

use super::{LIST, body, of, put, with};
use crate::native_api::Api;
use crate::native_api::contract::is_refused;
use crate::support::world;

#[actix_web::test]
async fn every_wrong_field_is_named_as_json_has_it() {
    let api = Api::start().await;
    let keeper = of(&api, "keeper", &[Part::Connectors]).await;
    let right = body(&api, "Right").await;
    let made = api.post(LIST, &keeper, right.clone()).await.is(201).json();
    let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
    let before = api.get(&path, &keeper).await.json();
    let tags = |count: usize| -> Value { (0..count).map(|number| json!({"key": format!("k{number}")})).collect() };
    let hops = |count: usize| -> Value { (0..count).map(|_| json!({"roleArn": world::role("Operator")})).collect() };
    let arns = |count: usize| -> Value { (0..count).map(|n| json!(format!("arn:aws:iam::aws:policy/P{n}"))).collect() };
    let text = |length: usize| Value::from("x".repeat(length));
    for (field, wrong, fits) in [
        ("name", text(101), Some(text(100))),
        ("name", json!(""), None),
        ("name", json!("a\nb"), None),
        ("name", json!("System"), None),
        ("slug", text(65), Some("y".repeat(64).into())),
        ("slug", json!("Not A Slug"), None),
        ("slug", json!("system"), None),
        ("description", text(201), Some(text(200))),
        ("type", json!("ASSUME_ROLE"), None),
        ("accessKeyId", json!("none"), None),
        ("accessKeyId", json!(world::KEY_ID), None),
        ("roleArn", json!("ReadOnly"), None),
        ("roleArn", json!("arn:aws-cn:iam::123456789012:role/ReadOnly"), None),
        ("externalId", text(1), Some(text(2))),
        ("externalId", text(1225), Some(text(1224))),
        ("sourceIdentity", json!("yes"), Some(json!("required"))),
        ("through", hops(5), Some(json!([{"roleArn": world::role("Operator")}]))),
        ("through", json!([{"roleArn": "Operator"}]), None),
        ("sessionTags", tags(51), Some(tags(50))),
        ("sessionTags", json!([{"key": "aws:team"}]), None),
        ("sessionTags", json!([{"key": "a"}, {"key": "A"}]), None),
        ("policy", json!("{"), None),
        ("policy", json!({"Statement": 1}), None),
        ("policyArns", arns(11), Some(arns(10))),
        ("policyArns", json!(["none"]), None),
        ("duration", json!(899), Some(json!(900))),
        ("duration", json!(43_201), Some(json!(43_200))),
        ("region", json!("mars-1"), Some(json!("us-west-2"))),
        ("consoleStart", json!("https://example.com/"), Some(json!("/ec2/home"))),
    ] {
        let page = api.post(LIST, &keeper, with(&with(&right, "name", "New".into()), field, wrong.clone())).await;
        let problem = is_refused(&page, 422, "invalid");
        assert!(problem["errors"][field].is_string(), "{field} {wrong}: {problem}");
        // In words that are right where nothing is chosen from a list.
        let is_said = problem["errors"][field].as_str().is_some_and(|said| said.contains("Daypass's own"));
        assert_eq!(is_said, field == "accessKeyId", "{problem}");
        let page = put(&api, &path, &keeper, "\"1\"", &with(&before, field, wrong.clone())).await;
        assert!(is_refused(&page, 422, "invalid")["errors"][field].is_string(), "{field} {wrong}: {}", page.body);
        if let Some(fits) = fits {
            let other =
                with(&with(&right, "name", format!("Fits {}", page.header("x-request-id")).into()), field, fits);
            let page = api.post(LIST, &keeper, other).await;
            assert_eq!(page.status, 201, "{field}: {}", page.body);
        }
    }
    assert_eq!(api.get(&path, &keeper).await.json(), before);
}

#[actix_web::test]
async fn what_no_connector_has_is_not_taken() {
    let api = Api::start().await;
    let keeper = of(&api, "keeper", &[Part::Connectors]).await;
    let right = body(&api, "Right").await;
    for field in ["groups", "durationSeconds", "role_arn", "principalType"] {
        let problem = is_refused(&api.post(LIST, &keeper, with(&right, field, json!("x"))).await, 422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(&format!("“{field}”")), "{problem}");
    }
    let given = with(&right, "id", "6f9619ff-8b86-4d01-b42d-00cf4fc964ff".into());
    assert!(is_refused(&api.post(LIST, &keeper, given).await, 422, "invalid")["errors"]["id"].is_string());
    let session = json!({"name": "S", "type": "iam_user", "accessKeyId": api.app.key_id("session user").await,
        "roleArn": world::role("ReadOnly")});
    assert!(is_refused(&api.post(LIST, &keeper, session).await, 422, "invalid")["errors"]["roleArn"].is_string());
    // What follows from the rest counts for nothing.
    let sent = with(&with(&right, "accountId", "999999999999".into()), "partition", "aws-cn".into());
    let made = api.post(LIST, &keeper, sent).await.is(201).json();
    assert_eq!((&made["accountId"], &made["partition"]), (&json!(world::ACCOUNT), &json!("aws")));
    let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
    let other = with(&made, "id", api.app.connector_id("system").await.into());
    assert!(is_refused(&put(&api, &path, &keeper, "\"1\"", &other).await, 422, "invalid")["errors"]["id"].is_string());
}

#[actix_web::test]
async fn a_list_of_all_is_asked_for_rightly() {
    let api = Api::start().await;
    let both = of(&api, "both", &[Part::Connectors, Part::Use]).await;
    for query in ["q=x", "account=123456789012", "type=iam_user", "enabled=true", "all=false&q=x"] {
        let problem = is_refused(&api.get(&format!("{LIST}?{query}"), &both).await, 422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains("all=true"), "{problem}");
    }
    for query in ["type=none", "account=12", "enabled=1", "q=", "colour=red", "limit=0", "cursor=x", "all=true"] {
        is_refused(&api.get(&format!("{LIST}?all=true&{query}"), &both).await, 422, "invalid");
    }
    is_refused(&api.get(&format!("{LIST}?all=yes"), &both).await, 422, "invalid");
    // For whoever may both, the short list stays what the token may use.
    let list = api.get(LIST, &both).await.is(200).json();
    assert_eq!(list["connectors"].as_array().unwrap().len(), 1);
    assert!(list["connectors"][0].get("roleArn").is_none());
}
