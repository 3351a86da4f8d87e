//! `/policy-examples`: those that ship and those that administrators wrote.

use daypass::model::api_token::Part;
use daypass::model::policy_example::LONGEST_TEXT;
use daypass::portal::policy_examples::{self, SHIPPED};
use reqwest::Method;
use serde_json::{Value, json};

use super::accounts::edit;
use super::contract::is_refused;
use super::{Api, Token, personal, token};
use crate::support::world;

const LIST: &str = "/api/v1/policy-examples";
const ARN: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

async fn keeper(api: &Api) -> String {
    token(&api.app, "keeper", Token { parts: &[Part::PolicyExamples], ..Token::default() }).await
}

fn policy(actions: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
}

fn body(more: Value) -> Value {
    let mut body = json!({"name": "Mine", "description": "It allows S3.", "policy": policy(&["s3:*"])});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn names(list: &Value) -> Vec<&str> {
    list["policyExamples"].as_array().unwrap().iter().map(|example| example["name"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn an_example_is_made_looked_at_changed_and_removed() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let page = api.post(LIST, &keeper, body(json!({}))).await;
    let made = page.is(201).json();
    let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
    assert!(page.location().ends_with(&path) && page.header("etag") == "\"1\"", "{:?}", page.headers);
    assert_eq!(
        (&made["kind"], &made["policy"], &made["policyArn"]),
        (&json!("policy"), &policy(&["s3:*"]), &Value::Null)
    );
    assert_eq!((&made["shipped"], &made["hidden"], &made["version"]), (&json!(false), &json!(false), &json!(1)));
    assert_eq!(api.get(&path, &keeper).await.is(200).json(), made);
    let row = api.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.actor_name.as_str()), ("policy_example.create", "keeper"));
    // On pages it stands as somebody would have typed it.
    let ada = api.app.administrator().await;
    let page = ada.get(&format!("/admin/policy-examples/{}", made["id"].as_str().unwrap())).await;
    page.is(200).says("\"Statement\": [");

    let about = body(json!({"name": "Renamed", "policy": policy(&["s3:GetObject", "s3:PutObject"])}));
    let page = edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), Some(about.clone()))).await;
    let changed = page.is(200).json();
    assert_eq!(
        (&changed["name"], &changed["policy"], page.header("etag")),
        (&json!("Renamed"), &about["policy"], "\"2\"")
    );
    assert_eq!(api.app.last_row().await.0, "policy_example.update");
    for (tag, status, code) in
        [(None, 428, "if_match_missing"), (Some("\"1\""), 412, "stale"), (Some("2"), 412, "stale")]
    {
        is_refused(&edit(&api, Method::PUT, &path, &keeper, (tag, Some(about.clone()))).await, status, code);
        is_refused(&edit(&api, Method::DELETE, &path, &keeper, (tag, None)).await, status, code);
    }
    assert_eq!(edit(&api, Method::DELETE, &path, &keeper, (Some("\"2\""), None)).await.is(204).body, "");
    assert_eq!(api.app.last_row().await.0, "policy_example.delete");
    is_refused(&api.get(&path, &keeper).await, 404, "not_found");
    is_refused(&edit(&api, Method::PUT, &path, &keeper, (Some("\"2\""), Some(about))).await, 404, "not_found");
    is_refused(&edit(&api, Method::DELETE, &path, &keeper, (Some("\"2\""), None)).await, 404, "not_found");
}

#[actix_web::test]
async fn an_example_stays_of_its_kind() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let arn = json!({"name": "S3", "description": "AWS's own.", "policyArn": ARN});
    let made = api.post(LIST, &keeper, arn.clone()).await.is(201).json();
    assert_eq!((&made["kind"], &made["policy"], &made["policyArn"]), (&json!("policy_arn"), &Value::Null, &json!(ARN)));
    let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
    let put = async |body: Value| edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), Some(body))).await;
    let problem = is_refused(&put(body(json!({}))).await, 422, "invalid");
    assert!(problem["errors"]["policy"].as_str().unwrap().contains("Send policyArn"), "{problem}");
    let problem = is_refused(&put(json!({"name": "S3", "description": "AWS's own."})).await, 422, "invalid");
    assert!(problem["errors"]["policyArn"].is_string(), "{problem}");
    let both = json!({"name": "S3", "description": "x", "policyArn": ARN, "policy": policy(&["s3:*"])});
    is_refused(&put(both.clone()).await, 422, "invalid");
    is_refused(&api.post(LIST, &keeper, both).await, 422, "invalid");
    put(arn).await.is(200);
}

#[actix_web::test]
async fn shipped_ones_are_seen_and_copied_and_never_changed() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    for shipped in SHIPPED {
        let path = format!("{LIST}/{}", shipped.id);
        let page = api.get(&path, &keeper).await;
        let example = page.is(200).json();
        assert_eq!((&example["shipped"], page.header("etag")), (&json!(true), "\"0\""), "{example}");
        assert!(example["policy"].is_object() != example["policyArn"].is_string(), "{example}");
        let said = json!({"name": example["name"], "description": "mine", "policy": example["policy"], "policyArn": example["policyArn"]});
        let page = edit(&api, Method::PUT, &path, &keeper, (Some("\"0\""), Some(said.clone()))).await;
        assert!(is_refused(&page, 409, "shipped")["detail"].as_str().unwrap().contains(shipped.name), "{}", page.body);
        is_refused(&edit(&api, Method::DELETE, &path, &keeper, (Some("\"0\""), None)).await, 409, "shipped");
        // Its name is taken; by another one it is copied.
        assert!(is_refused(&api.post(LIST, &keeper, said.clone()).await, 422, "invalid")["errors"]["name"].is_string());
        let mut copy = said;
        copy["name"] = json!(format!("Copy of {}", shipped.id));
        let copy = api.post(LIST, &keeper, copy).await.is(201).json();
        assert_eq!((&copy["policy"], &copy["policyArn"]), (&example["policy"], &example["policyArn"]));
    }
}

#[actix_web::test]
async fn examples_are_listed_by_name_kind_and_what_they_say() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    api.post(LIST, &keeper, body(json!({"name": "0 Mine"}))).await.is(201);
    policy_examples::hide(&api.app.app, &world::setter(), SHIPPED[0].id, true).await.unwrap();
    let list = api.get(LIST, &keeper).await.is(200).json();
    assert_eq!((names(&list).len(), names(&list)[0], &list["next"]), (SHIPPED.len() + 1, "0 Mine", &Value::Null));
    let hidden: Vec<&Value> =
        list["policyExamples"].as_array().unwrap().iter().filter(|row| row["hidden"] == true).collect();
    assert_eq!((hidden.len(), &hidden[0]["id"]), (1, &json!(SHIPPED[0].id)));
    assert_eq!(names(&api.get(&format!("{LIST}?q=0%20mine"), &keeper).await.json()), ["0 Mine"]);
    assert_eq!(names(&api.get(&format!("{LIST}?q=ALLOWS%20s3&kind=policy"), &keeper).await.json()), ["0 Mine"]);
    assert!(names(&api.get(&format!("{LIST}?q=0%20mine&kind=policy_arn"), &keeper).await.json()).is_empty());
    let (mut next, mut seen) = (format!("{LIST}?kind=policy_arn&limit=4"), 0);
    while !next.is_empty() {
        let list = api.get(&next, &keeper).await.is(200).json();
        assert!(list["policyExamples"].as_array().unwrap().iter().all(|row| row["kind"] == "policy_arn"));
        seen += names(&list).len();
        next = list["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(seen, SHIPPED.iter().filter(|shipped| shipped.text.starts_with("arn:")).count());
    for wrong in ["limit=0", "limit=1001", "kind=other", "kind=", "q=", "hidden=true", "cursor=x"] {
        is_refused(&api.get(&format!("{LIST}?{wrong}"), &keeper).await, 422, "invalid");
    }
}

#[actix_web::test]
async fn what_is_wrong_is_said_field_by_field() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let long = |count: usize| "ä".repeat(count);
    for (more, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": long(61)}), "name"),
        (json!({"name": 1}), "name"),
        (json!({"name": SHIPPED[0].name}), "name"),
        (json!({"description": null}), "description"),
        (json!({"description": long(301)}), "description"),
        (json!({"policy": null}), "policy"),
        (json!({"policy": "{}"}), "policy"),
        (json!({"policy": {}}), "policy"),
        (json!({"policy": policy(&[])}), "policy"),
        (json!({"policy": policy(&[&"s3:GetObject".repeat(200)])}), "policy"),
        (json!({"policy": null, "policyArn": "ReadOnlyAccess"}), "policyArn"),
        (json!({"policy": null, "policyArn": [ARN]}), "policyArn"),
    ] {
        let problem = is_refused(&api.post(LIST, &keeper, body(more.clone())).await, 422, "invalid");
        assert!(problem["errors"][field].is_string(), "{more}: {problem}");
    }
    for unknown in ["kind", "text", "arn", "hidden", "version"] {
        let problem = is_refused(&api.post(LIST, &keeper, body(json!({unknown: "x"}))).await, 422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(&format!("“{unknown}”")), "{problem}");
    }
    let limits = body(json!({"name": long(60), "description": long(300)}));
    api.post(LIST, &keeper, limits.clone()).await.is(201);
    assert!(is_refused(&api.post(LIST, &keeper, limits).await, 422, "invalid")["errors"]["name"].is_string());
}

#[actix_web::test]
async fn a_policy_too_long_as_people_read_it_is_kept_as_sts_gets_it() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    // Many short values: few characters for STS, a line of its own each for people.
    let dense = |sid: usize| {
        let mut dense = policy(&["s3:*"]);
        dense["Statement"][0]["Condition"] = json!({"NumericEquals": {"s3:max-keys": vec![1; 610]}});
        dense["Statement"][0]["Sid"] = "x".repeat(sid).into();
        dense
    };
    let pretty = |policy: &Value| serde_json::to_string_pretty(policy).unwrap();
    let room = LONGEST_TEXT - pretty(&dense(0)).len();
    for (sid, kept) in [(room, pretty(&dense(room))), (room + 1, dense(room + 1).to_string())] {
        let made = api.post(LIST, &keeper, body(json!({"name": format!("Dense {sid}"), "policy": dense(sid)}))).await;
        let made = made.is(201).json();
        assert_eq!(made["policy"], dense(sid));
        let id = made["id"].as_str().unwrap();
        let example = policy_examples::find(&api.app.app, &world::setter(), id).await.unwrap();
        assert_eq!(example.example.text, kept);
    }
}

#[actix_web::test]
async fn a_request_that_comes_again_makes_no_second_example() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let make = async |body: Value| {
        let program = api.app.anybody();
        let request = program.request(Method::POST, LIST).header("authorization", &keeper);
        let page = program.send(request.header("idempotency-key", "one").json(&body)).await;
        api.check(&Method::POST, LIST, &page);
        page
    };
    let first = make(body(json!({}))).await;
    let (made, rows) = (first.is(201).json(), api.app.events().await.len());
    let again = make(body(json!({}))).await;
    assert_eq!((again.is(201).json(), again.header("idempotency-replayed")), (made, "true"));
    assert_eq!((again.location(), first.header("idempotency-replayed")), (first.location(), ""));
    assert_eq!(api.app.events().await.len(), rows);
    is_refused(&make(body(json!({"name": "Other"}))).await, 422, "idempotency_key_reused");
    // Without a name each request stands for itself.
    is_refused(&api.post(LIST, &keeper, body(json!({}))).await, 422, "invalid");
}

#[actix_web::test]
async fn whoever_administers_connectors_keeps_examples() {
    let api = Api::start().await;
    let parts: &[Part] = &[Part::PolicyExamples];
    let ada = personal(&api.app, "ada", &["administrators"], parts).await;
    let rita = personal(&api.app, "rita", &["restricted-administrators"], parts).await;
    let mut paths = Vec::new();
    for (token, name) in [(&ada, "Hers"), (&rita, "Theirs")] {
        let made = api.post(LIST, token, body(json!({"name": name}))).await.is(201).json();
        paths.push(format!("{LIST}/{}", made["id"].as_str().unwrap()));
    }
    edit(&api, Method::PUT, &paths[0], &rita, (Some("\"1\""), Some(body(json!({}))))).await.is(200);
    let alice = personal(&api.app, "alice", &["ops"], parts).await;
    let auditor = personal(&api.app, "aria", &["auditors"], parts).await;
    let others: Vec<Part> =
        Part::ALL.into_iter().map(|(part, ..)| part).filter(|part| *part != Part::PolicyExamples).collect();
    let other = token(&api.app, "other", Token { parts: &others, ..Token::default() }).await;
    let networks: &[&str] = &["192.0.2.0/24"];
    let elsewhere = token(&api.app, "elsewhere", Token { parts, networks, ..Token::default() }).await;
    for (token, status, code) in [
        ("", 401, "unauthorized"),
        (&alice, 403, "token_scope"),
        (&auditor, 403, "token_scope"),
        (&other, 403, "token_scope"),
        (&elsewhere, 403, "token_network"),
    ] {
        is_refused(&api.get(LIST, token).await, status, code);
        is_refused(&api.get(&paths[0], token).await, status, code);
        is_refused(&api.post(LIST, token, body(json!({"name": "Other"}))).await, status, code);
        for (method, sent) in [(Method::PUT, Some(body(json!({})))), (Method::DELETE, None)] {
            is_refused(&edit(&api, method, &paths[0], token, (Some("\"2\""), sent)).await, status, code);
        }
    }
    assert_eq!(api.get(&paths[0], &ada).await.json()["version"], 2);
}
