//! What the policy editor asks while somebody types.

use serde_json::json;

use crate::support::{TestApp, world};

const CHECK: &str = "/admin/policy-check";

#[actix_web::test]
async fn an_administrator_is_told_what_is_wrong_and_nothing_is_written_down() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let before = app.events().await.len();
    let page = ada.post(CHECK, &[("policy", "{\n  \"Statement\": [{}],\n  \"Vesion\": 1\n}")]).await;
    assert_eq!((page.is(200).header("cache-control"), page.header("content-type")), ("no-store", "application/json"));
    let told = page.json();
    assert_eq!(
        (told["size"].as_u64(), told["limit"].as_u64(), told["errors"].as_u64()),
        (Some(29), Some(2048), Some(4))
    );
    assert_eq!(
        told["findings"][3],
        json!({ "severity": "error", "line": 3, "column": 3, "length": 8,
            "sentence": "“Vesion” is no part of a policy; did you mean “Version”?" })
    );
    let fine = ada.post(CHECK, &[("policy", world::POLICY)]).await.json();
    assert_eq!((fine["errors"].as_u64(), fine["findings"].clone()), (Some(0), json!([])));
    let china = world::POLICY.replace("\"*\"", "\"arn:aws-cn:s3:::x\"");
    for (partition, count) in [("aws", 1), ("aws-cn", 0), ("", 0), ("moon", 0)] {
        let told = ada.post(CHECK, &[("policy", &china), ("partition", partition)]).await.json();
        assert_eq!(told["findings"].as_array().unwrap().len(), count, "{partition}");
    }
    let empty = ada.post(CHECK, &[]).await;
    assert_eq!(empty.is(200).json()["errors"], 1);
    assert_eq!(app.events().await.len(), before);
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn a_text_may_have_64_kib() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let text = |length: usize| "[".repeat(length);
    let told = ada.post(CHECK, &[("policy", &text(64 * 1024))]).await;
    assert_eq!(told.is(200).json()["size"], 64 * 1024);
    ada.post(CHECK, &[("policy", &text(64 * 1024 + 1))]).await.is(413);
}

#[actix_web::test]
async fn nobody_else_is_told_anything() {
    let app = TestApp::start().await;
    let typed = [("policy", world::POLICY)];
    app.person("alice", &["ops"]).await.post(CHECK, &typed).await.is(403);
    let outside = app.anybody().post(CHECK, &typed).await;
    assert_eq!((outside.status, outside.location()), (303, "/sign-in"));
    app.administrator().await.get(CHECK).await.is(405);
}

#[actix_web::test]
async fn findings_stand_under_the_field_also_where_they_are_only_warnings() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let key = app.key_id("broker").await;
    let everything = world::POLICY.replace("s3:*", "*");
    let form = |policy: &str| {
        [
            ("name", "Typed".to_owned()),
            ("principal_type", "assume_role".to_owned()),
            ("access_key", key.clone()),
            ("role_arn", world::role("ReadOnly")),
            ("policy", policy.to_owned()),
        ]
    };
    let save = async |policy: &str| {
        let form = form(policy);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ada.post("/admin/connectors/new", &form).await
    };
    let wrong =
        save("{\n \"Statement\": [{ \"Effect\": \"allow\", \"Action\": \"s3\", \"Resource\": \"*\" }]\n}").await;
    wrong.is(422).says("Error line 2, column 28: “allow” is no effect; write “Allow”.");
    wrong.says("Error line 2, column 47: “s3” is no action").says("There is one more error.");
    save(&everything).await.is(303);
    let page = ada.get(&format!("/admin/connectors/{}", app.connector_id("typed").await)).await;
    page.is(200).says("Warning line 1, column").says("narrows nothing");
}
