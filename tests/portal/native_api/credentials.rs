//! `POST /connectors/{connector}/credentials` and `POST /credentials`.

use daypass::model::api_token::{Connectors, Part};
use daypass::portal::connectors::ConnectorForm;
use daypass::sandbox::{Fault, FaultKind};
use reqwest::Method;
use serde_json::{Value, json};

use super::contract::is_refused;
use super::{Api, Token, personal, token};
use crate::support::world;

const READ_ONLY: &str = "/api/v1/connectors/read-only/credentials";
const SYSTEM: &str = "/api/v1/connectors/system/credentials";
const ROLE: &str = "/api/v1/credentials";

#[actix_web::test]
async fn a_person_gets_credentials_that_carry_their_name() {
    let api = Api::start().await;
    let alice = personal(&api.app, "alice", &["ops"], &[Part::Use]).await;
    let json = api.post(READ_ONLY, &alice, json!({"duration": 900})).await.is(200).json();
    assert_eq!(json["roleSessionName"], "alice");
    assert_eq!(json["arn"], format!("arn:aws:sts::{}:assumed-role/ReadOnly/alice", world::ACCOUNT));
    assert_eq!(
        (&json["connector"]["slug"], &json["connector"]["accountId"]),
        (&"read-only".into(), &world::ACCOUNT.into())
    );
    let row = api.app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.outcome.as_str(), row.rule.as_deref()),
        ("credentials.issue", "ok", Some("grant"))
    );
    assert_eq!((row.requested_seconds, row.issued_key_id.as_deref()), (Some(900), json["accessKeyId"].as_str()));
    assert_eq!(row.detail["via"], "token", "{:?}", row.detail);
}

#[actix_web::test]
async fn nothing_at_all_is_the_same_as_an_empty_object() {
    let api = Api::start().await;
    let build = token(&api.app, "build", Token::default()).await;
    let nothing = api.send(Method::POST, SYSTEM, &build, None).await.is(200).json();
    let nulls = json!({"duration": null, "region": null, "policy": null});
    for body in [json!({}), nulls] {
        let json = api.post(SYSTEM, &build, body).await.is(200).json();
        assert_eq!(json["roleSessionName"], nothing["roleSessionName"]);
    }
    assert_eq!(nothing["roleSessionName"], "program-build");
}

#[actix_web::test]
async fn a_region_and_a_policy_narrow_what_is_given() {
    let api = Api::start().await;
    let build = token(&api.app, "build", Token::default()).await;
    let body = json!({"region": "eu-central-1", "policy": world::POLICY});
    api.post(SYSTEM, &build, body).await.is(200);
    let row = api.app.last_event().await.event;
    assert_eq!((&row.detail["region"], &row.detail["policy_of_caller"]), (&"eu-central-1".into(), &true.into()));
    assert_eq!(row.policy_hash.as_deref().map(str::len), Some(64));
    api.post(SYSTEM, &build, json!({})).await.is(200);
    let row = api.app.last_event().await.event;
    assert_eq!((row.policy_hash, row.detail.get("policy_of_caller")), (None, None));
}

/// AWS adds session policies up, and a federated user without one may do nothing.
#[actix_web::test]
async fn a_policy_is_taken_only_where_it_takes_something_away() {
    let api = Api::start().await;
    let app = &api.app;
    let ada = personal(app, "ada", &["administrators"], &[Part::Use]).await;
    let key = app.key_id("broker").await;
    let own = ConnectorForm { policy: world::POLICY.to_owned(), ..world::form("Own", "own", &key) };
    let arns = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
    let managed = ConnectorForm { policy_arns: arns, ..world::form("Managed", "managed", &key) };
    let omits = ConnectorForm {
        principal_type: "federated_user".to_owned(),
        omit_policy: true,
        ..world::form("Omits", "omits", &key)
    };
    for form in [&own, &managed, &omits] {
        world::add_connector(app, form, &[]).await;
    }
    let issuing = app.sandbox.counters().issuing;
    for slug in ["own", "managed", "omits", "federated", "session"] {
        let path = format!("/api/v1/connectors/{slug}/credentials");
        let problem = is_refused(&api.post(&path, &ada, json!({"policy": world::POLICY})).await, 422, "invalid");
        assert!(problem["errors"]["policy"].is_string(), "{problem}");
        assert_eq!(app.last_row().await, ("credentials.issue".into(), "refused".into(), "policy".into()), "{slug}");
    }
    assert_eq!(app.sandbox.counters().issuing, issuing);
}

#[actix_web::test]
async fn what_would_widen_or_makes_no_sense_is_refused_at_its_field() {
    let api = Api::start().await;
    let build = token(&api.app, "build", Token::default()).await;
    let long = "x".repeat(3000);
    for (body, field) in [
        (json!({"duration": 899}), "duration"),
        (json!({"duration": 3601}), "duration"),
        (json!({"duration": 0}), "duration"),
        (json!({"duration": -900}), "duration"),
        (json!({"duration": 900.5}), "duration"),
        (json!({"duration": "1h"}), "duration"),
        (json!({"duration": [900]}), "duration"),
        (json!({"region": "moon-east-1"}), "region"),
        (json!({"region": "cn-north-1"}), "region"),
        (json!({"region": ""}), "region"),
        (json!({"region": long}), "region"),
        (json!({"policy": "{}"}), "policy"),
        (json!({"policy": "no json"}), "policy"),
        (json!({"policy": {"Version": "2012-10-17"}}), "policy"),
        (json!({"region": "a\u{0}b"}), "region"),
    ] {
        let problem = is_refused(&api.post(SYSTEM, &build, body.clone()).await, 422, "invalid");
        assert!(problem["errors"][field].is_string(), "{body}: {problem}");
    }
    let problem = is_refused(&api.post(SYSTEM, &build, json!({"durration": 900})).await, 422, "invalid");
    assert!(problem["detail"].as_str().unwrap().contains("“durration”"), "{problem}");
    assert_eq!(api.app.sandbox.counters().issuing, 0);
    api.post(SYSTEM, &build, json!({"duration": 3600})).await.is(200);
    api.post(SYSTEM, &build, json!({"duration": 900})).await.is(200);
}

#[actix_web::test]
async fn whoever_may_not_is_told_as_much_as_everywhere() {
    let api = Api::start().await;
    let app = &api.app;
    let bob = personal(app, "bob", &["others"], &[Part::Use]).await;
    let looks = personal(app, "alice", &["ops"], &[Part::UsageLog]).await;
    let elsewhere = token(app, "elsewhere", Token { networks: &["192.0.2.0/24"], ..Token::default() }).await;
    let unknown = api.post("/api/v1/connectors/none/credentials", &bob, json!({})).await;
    let denied = api.post(READ_ONLY, &bob, json!({})).await;
    assert_eq!(app.last_row().await, ("credentials.issue".into(), "refused".into(), "not_granted".into()));
    is_refused(&unknown, 404, "not_found");
    assert_eq!(unknown.text_but_request_id(), denied.text_but_request_id());
    is_refused(&api.post(READ_ONLY, "", json!({})).await, 401, "unauthorized");
    is_refused(&api.post(READ_ONLY, &looks, json!({})).await, 403, "token_scope");
    is_refused(&api.post(SYSTEM, &elsewhere, json!({})).await, 403, "token_network");
    // A cookie is no token.
    let ada = app.administrator().await;
    let page = ada.send(ada.request(Method::POST, READ_ONLY).json(&json!({}))).await;
    is_refused(&page, 401, "unauthorized");
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn what_aws_says_comes_with_its_code_and_when_to_come_back() {
    let api = Api::start().await;
    let build = token(&api.app, "build", Token::default()).await;
    for (kind, status, retry) in [
        (FaultKind::AccessDenied, 502, ""),
        (FaultKind::InvalidClientTokenId, 502, ""),
        (FaultKind::PackedPolicyTooLarge, 502, ""),
        (FaultKind::Garbage, 502, "30"),
        (FaultKind::Throttling, 503, "30"),
        (FaultKind::InternalFailure, 503, "30"),
        (FaultKind::ServiceUnavailable, 503, "30"),
        (FaultKind::Reset, 503, "30"),
        (FaultKind::Hang, 504, "30"),
    ] {
        api.app.sandbox.fault(Fault::of("AssumeRole", kind));
        for page in [
            api.post(SYSTEM, &build, json!({})).await,
            api.post(ROLE, &build, json!({"roleArn": world::role("ReadOnly")})).await,
            api.get("/api/v1/connectors/system/caller-identity", &build).await,
            api.post("/api/v1/connectors/system/console", &build, json!({})).await,
        ] {
            is_refused(&page, status, "aws");
            assert_eq!(page.header("retry-after"), retry, "{kind:?}");
            assert!(!page.body.contains("SBX"), "{}", page.body);
        }
        api.app.sandbox.clear_faults();
    }
    api.post(SYSTEM, &build, json!({})).await.is(200);
}

#[actix_web::test]
async fn a_role_stands_for_the_one_connector_that_leads_to_it() {
    let api = Api::start().await;
    let app = &api.app;
    let build = token(app, "build", Token::default()).await;
    let ask = |arn: &str| json!({"roleArn": arn, "duration": 900});
    let json = api.post(ROLE, &build, ask(&world::role("ReadOnly"))).await.is(200).json();
    assert_eq!((&json["connector"]["slug"], &json["roleSessionName"]), (&"system".into(), &"program-build".into()));
    let row = app.last_event().await.event;
    assert_eq!(
        (row.outcome.as_str(), row.requested_seconds, row.connector_name.as_deref()),
        ("ok", Some(900), Some("System"))
    );

    // Not a part of it, not another spelling, not one on the way, not one that is not theirs.
    let shorter = world::role("Read");
    for arn in [world::role("Operator"), world::role("readonly"), shorter, world::role("path/ReadOnly")] {
        is_refused(&api.post(ROLE, &build, ask(&arn)).await, 404, "not_found");
        let row = app.last_event().await.event;
        assert_eq!((row.reason.as_str(), &row.detail["connector"]), ("unknown_connector", &Value::from(arn)));
    }
    for wrong in ["", "ReadOnly", "arn:aws:iam::123456789012:user/x", "arn:aws:iam::1:role/x", "a\u{0}"] {
        let problem = is_refused(&api.post(ROLE, &build, ask(wrong)).await, 422, "invalid");
        assert!(problem["errors"]["roleArn"].is_string(), "{problem}");
    }
    is_refused(&api.post(ROLE, &build, json!({})).await, 422, "invalid");
    is_refused(&api.send(Method::POST, ROLE, &build, None).await, 415, "media_type");

    // Another that they may use, and it is no longer clear.
    let key = app.key_id("broker").await;
    let twin = ConnectorForm { system_scope: true, ..world::form("Twin", "twin", &key) };
    let twin = world::add_connector(app, &twin, &[]).await;
    let problem = is_refused(&api.post(ROLE, &build, ask(&world::role("ReadOnly"))).await, 409, "ambiguous");
    let detail = problem["detail"].as_str().unwrap();
    // What they may not use is not named.
    assert!(detail.contains("“System”, “Twin”") && !detail.contains("Read only"), "{detail}");
    assert_eq!(app.last_row().await, ("credentials.issue".into(), "refused".into(), "ambiguous".into()));
    // A token of one of them is clear.
    let one = Token { connectors: Connectors::These(vec![twin]), ..Token::default() };
    let one = token(app, "one", one).await;
    let json = api.post(ROLE, &one, ask(&world::role("ReadOnly"))).await.is(200).json();
    assert_eq!(json["connector"]["slug"], "twin");
}
