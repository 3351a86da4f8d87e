//! `/access-keys`: kept, looked at, changed, removed, by programs that look after them.

use std::time::Duration;

use daypass::config::Config;
use daypass::model::api_token::Part;
use daypass::model::credentials::rfc3339;
use daypass::portal::tokens;
use daypass::sandbox::{Fault, FaultKind};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::accounts::edit;
use super::contract::is_refused;
use super::{Api, Token, personal, token};
use crate::support::{TestApp, world};

pub const LIST: &str = "/api/v1/access-keys";

/// The seed of an MFA device, and a secret and a session token that no key has.
pub const SEED: &str = "FAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE";
const STRANGE: &str = "fake-secret-of-somebody-else-not-a-real-1";
const SESSION_TOKEN: &str = "fake-session-token-of-the-tests";

/// A program that looks after access keys.
pub async fn keeper(api: &Api) -> String {
    token(&api.app, "keeper", Token { parts: &[Part::AccessKeys], ..Token::default() }).await
}

/// The address of a key that is there.
pub async fn address(api: &Api, name: &str) -> String {
    format!("{LIST}/{}", api.app.key_id(name).await)
}

/// The broker's pair under another name, with `more`.
fn body(more: Value) -> Value {
    let mut body = json!({"name": "Second broker", "keyId": world::KEY_ID, "secret": world::SECRET});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[actix_web::test]
async fn a_key_is_kept_looked_at_changed_and_removed() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let page = api.post(LIST, &keeper, body(json!({"note": "of the tests"}))).await;
    let made = page.is(201).json();
    let id = made["id"].as_str().unwrap();
    let path = format!("{LIST}/{id}");
    assert!(page.location().ends_with(&path) && page.header("etag") == "\"1\"", "{:?}", page.headers);
    for (field, value) in [
        ("name", json!("Second broker")),
        ("source", json!("long_term")),
        ("keyId", json!(world::KEY_ID)),
        ("partition", json!("aws")),
        ("accountId", json!(world::ACCOUNT)),
        ("arn", json!(format!("arn:aws:iam::{}:user/broker", world::ACCOUNT))),
        ("note", json!("of the tests")),
        ("state", json!("ok")),
        ("stateDetail", Value::Null),
        ("envelope", Value::Null),
        ("usedBy", json!(0)),
        ("version", json!(1)),
    ] {
        assert_eq!(made[field], value, "{field}: {made}");
    }
    assert_eq!(api.get(&path, &keeper).await.is(200).json(), made);
    let row = api.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.actor_name.as_str()), ("access_key.create", "keeper"));
    assert_eq!((row.detail["access_key"].as_str(), row.account_id.as_deref()), (Some(id), Some(world::ACCOUNT)));

    let envelope = json!({
        "principalTypes": ["assume_role", "federated_user"], "rolePatterns": [world::role("team/*")],
        "longestSeconds": 3600, "systemScope": true,
    });
    let about = json!({"name": "Renamed", "envelope": envelope, "mfaSerial": "arn:aws:iam::123456789012:mfa/broker", "mfaSeed": SEED});
    let page = edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), Some(about))).await;
    let changed = page.is(200).json();
    assert_eq!(page.header("etag"), "\"2\"");
    assert_eq!((&changed["name"], &changed["note"], &changed["envelope"]), (&json!("Renamed"), &json!(""), &envelope));
    assert_eq!((&changed["keyId"], &changed["state"]), (&made["keyId"], &made["state"]));
    let row = api.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), &row.detail["secret_changed"]), ("access_key.update", &json!(false)));
    // The seed stays while the device does, and goes with it; what is left out is empty.
    let about = json!({"name": "Renamed", "mfaSerial": "arn:aws:iam::123456789012:mfa/broker"});
    let kept = edit(&api, Method::PUT, &path, &keeper, (Some("\"2\""), Some(about))).await.is(200).json();
    assert_eq!((&kept["mfaSerial"], &kept["envelope"]), (&changed["mfaSerial"], &Value::Null));
    let bare = edit(&api, Method::PUT, &path, &keeper, (Some("\"3\""), Some(json!({"name": "Renamed"})))).await;
    assert_eq!(bare.is(200).json()["mfaSerial"], Value::Null);

    assert_eq!(edit(&api, Method::DELETE, &path, &keeper, (Some("\"4\""), None)).await.is(204).body, "");
    assert_eq!(api.app.last_row().await.0, "access_key.delete");
    is_refused(&api.get(&path, &keeper).await, 404, "not_found");
}

#[actix_web::test]
async fn a_plan_of_rotation_is_shown_and_stays_with_its_page() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let path = address(&api, "broker").await;
    api.app
        .sql("UPDATE access_keys SET rotation_plan = '{\"everyDays\":90,\"window\":null}' WHERE name = 'broker'")
        .await;
    let plan = json!({"everyDays": 90, "window": null});
    assert_eq!(api.get(&path, &keeper).await.json()["rotation"], plan);
    let page = edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), Some(json!({"name": "broker"})))).await;
    assert_eq!(page.is(200).json()["rotation"], plan);
    let sent = json!({"name": "broker", "rotation": {"everyDays": 1}});
    is_refused(&edit(&api, Method::PUT, &path, &keeper, (Some("\"2\""), Some(sent))).await, 422, "invalid");
}

#[actix_web::test]
async fn temporary_keys_and_the_surroundings_are_sources_too() {
    let on = |config: &mut Config| config.aws.surroundings.instance_profile = true;
    let app = TestApp::builder().config(on).start().await;
    world::fill(&app).await;
    let api = Api::of(app).await;
    let keeper = keeper(&api).await;
    let user = token(&api.app, "user", Token::default()).await;
    let issued = api.post("/api/v1/connectors/system/credentials", &user, json!({})).await.is(200).json();
    let end = rfc3339(api.app.app.clock.now() + chrono::TimeDelta::minutes(30));
    let temporary = json!({
        "name": "Fetched", "source": "temporary", "keyId": issued["accessKeyId"], "secret": issued["secretAccessKey"],
        "sessionToken": issued["sessionToken"], "expiresAt": end,
    });
    let page = api.post(LIST, &keeper, temporary).await;
    let made = page.is(201).json();
    assert_eq!((&made["source"], &made["expiresAt"], &made["state"]), (&json!("temporary"), &json!(end), &json!("ok")));
    assert!(!page.body.contains(issued["secretAccessKey"].as_str().unwrap()));
    assert!(!page.body.contains(issued["sessionToken"].as_str().unwrap()));
    let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
    // Its secret and session token stay; when it ends is what is said of it.
    let later = rfc3339(api.app.app.clock.now() + chrono::TimeDelta::minutes(40));
    let about = json!({"name": "Fetched", "expiresAt": later});
    let page = edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), Some(about))).await;
    assert_eq!((&page.is(200).json()["expiresAt"], &page.json()["state"]), (&json!(later), &json!("ok")));
    let past = json!({"name": "Fetched", "expiresAt": "2020-01-01T00:00:00Z"});
    let page = edit(&api, Method::PUT, &path, &keeper, (Some("\"2\""), Some(past))).await;
    assert!(is_refused(&page, 422, "invalid")["errors"]["expiresAt"].as_str().unwrap().contains("past"));

    let machine = json!({"name": "Machine", "source": "instance_profile", "validate": false});
    let made = api.post(LIST, &keeper, machine).await.is(201).json();
    assert_eq!((&made["keyId"], &made["state"], &made["arn"]), (&Value::Null, &json!("unverified"), &Value::Null));
    for (more, field) in [
        (json!({"name": "Container", "source": "container", "validate": false}), "source"),
        (json!({"name": "Two", "source": "instance_profile", "secret": STRANGE, "validate": false}), "secret"),
        (json!({"name": "Two", "source": "instance_profile", "keyId": world::KEY_ID, "validate": false}), "keyId"),
    ] {
        let problem = is_refused(&api.post(LIST, &keeper, more.clone()).await, 422, "invalid");
        assert!(problem["errors"][field].is_string(), "{more}: {problem}");
    }
}

#[actix_web::test]
async fn what_is_wrong_is_said_field_by_field() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let path = address(&api, "broker").await;
    let temporary = |more: Value| {
        let mut all = json!({"source": "temporary", "keyId": "ASIAFAKEFAKEFAKEFAKE"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let cases = [
        (json!({"name": ""}), "name"),
        (json!({"name": null}), "name"),
        (json!({"name": "broker"}), "name"),
        (json!({"name": 1}), "name"),
        (json!({"source": "root"}), "source"),
        (json!({"keyId": "short"}), "keyId"),
        (json!({"keyId": "FAKEBROKERKEY0000009"}), "keyId"),
        (json!({"keyId": world::ROOT_KEY_ID, "secret": world::ROOT_SECRET}), "keyId"),
        (json!({"secret": "short"}), "secret"),
        (json!({"secret": null}), "secret"),
        (json!({"secret": STRANGE}), "secret"),
        (json!({"secret": ["x"]}), "secret"),
        (json!({"partition": "moon"}), "partition"),
        (json!({"partition": ""}), "partition"),
        (json!({"expiresAt": "2099-01-01T00:00:00Z"}), "expiresAt"),
        (json!({"sessionToken": SESSION_TOKEN}), "sessionToken"),
        (temporary(json!({})), "sessionToken"),
        (temporary(json!({"sessionToken": SESSION_TOKEN, "expiresAt": "soon"})), "expiresAt"),
        (temporary(json!({"sessionToken": SESSION_TOKEN, "mfaSerial": "GAHT12345678"})), "mfaSerial"),
        (json!({"mfaSerial": "GAHT12345678"}), "mfaSeed"),
        (json!({"mfaSerial": "GAHT12345678", "mfaSeed": "not base 32!"}), "mfaSeed"),
        (json!({"mfaSeed": SEED}), "mfaSerial"),
        (json!({"validate": "no"}), "validate"),
        (json!({"envelope": []}), "envelope"),
        (json!({"envelope": {"systemScope": true}}), "envelope"),
        (json!({"envelope": {"principalTypes": ["provided"]}}), "envelope"),
        (json!({"envelope": {"principalTypes": ["everything"]}}), "envelope.principalTypes"),
        (json!({"envelope": {"principalTypes": ["assume_role"]}}), "envelope.rolePatterns"),
        (json!({"envelope": {"principalTypes": ["assume_role"], "rolePatterns": ["role/x"]}}), "envelope.rolePatterns"),
        (json!({"envelope": {"principalTypes": ["assume_role"], "rolePatterns": ["*\n*"]}}), "envelope.rolePatterns"),
        (json!({"envelope": {"principalTypes": ["assume_role"], "rolePatterns": [""]}}), "envelope.rolePatterns"),
        (json!({"envelope": {"principalTypes": ["iam_user"], "longestSeconds": "1h"}}), "envelope.longestSeconds"),
    ];
    for (more, field) in cases {
        let problem = is_refused(&api.post(LIST, &keeper, body(more.clone())).await, 422, "invalid");
        assert!(problem["errors"][field].is_string(), "{more}: {problem}");
        let text = problem.to_string();
        assert!(![STRANGE, SESSION_TOKEN, SEED, world::SECRET].iter().any(|secret| text.contains(secret)), "{text}");
    }
    for unknown in ["sessiontoken", "skip_validation", "version", "envelope.systemScope", "rotation"] {
        let problem = is_refused(&api.post(LIST, &keeper, body(json!({unknown: "x"}))).await, 422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(&format!("“{unknown}”")), "{problem}");
    }
    // What a PUT has no say in is no field of it.
    for unknown in ["secret", "sessionToken", "otherAccount"] {
        let sent = json!({"name": "broker", unknown: "x"});
        let problem =
            is_refused(&edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), Some(sent))).await, 422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(&format!("“{unknown}”")), "{problem}");
    }
    let expires = json!({"name": "broker", "expiresAt": "2099-01-01T00:00:00Z"});
    let problem =
        is_refused(&edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), Some(expires))).await, 422, "invalid");
    assert!(problem["errors"]["expiresAt"].is_string(), "{problem}");
    assert_eq!(api.get(LIST, &keeper).await.json()["accessKeys"].as_array().unwrap().len(), 2);
    assert_eq!(api.get(&path, &keeper).await.json()["version"], 1);
}

#[actix_web::test]
async fn each_limit_is_held_on_both_sides() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let path = address(&api, "broker").await;
    let envelope = |count: usize, seconds: u32| json!({"principalTypes": ["assume_role"], "rolePatterns": vec!["*"; count], "longestSeconds": seconds});
    let mut version = 1;
    for (about, field) in [
        (json!({"name": "n".repeat(100), "note": "ä".repeat(1000)}), ""),
        (json!({"name": "n".repeat(101)}), "name"),
        (json!({"name": "broker", "note": "ä".repeat(1001)}), "note"),
        (json!({"name": "broker", "envelope": envelope(50, 900)}), ""),
        (json!({"name": "broker", "envelope": envelope(50, 129_600)}), ""),
        (json!({"name": "broker", "envelope": envelope(51, 900)}), "envelope.rolePatterns"),
        (json!({"name": "broker", "envelope": envelope(1, 899)}), "envelope.longestSeconds"),
        (json!({"name": "broker", "envelope": envelope(1, 129_601)}), "envelope.longestSeconds"),
    ] {
        let tag = format!("\"{version}\"");
        let page = edit(&api, Method::PUT, &path, &keeper, (Some(&tag), Some(about))).await;
        if field.is_empty() {
            version += 1;
            assert_eq!(page.is(200).json()["version"], version);
        } else {
            assert!(is_refused(&page, 422, "invalid")["errors"][field].is_string(), "{}", page.body);
        }
    }
}

#[actix_web::test]
async fn an_edit_names_the_version_that_it_is_of() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let path = address(&api, "broker").await;
    let about = || Some(json!({"name": "broker", "note": "mine"}));
    for (tag, status, code) in [
        (None, 428, "if_match_missing"),
        (Some("\"2\""), 412, "stale"),
        (Some("\"0\""), 412, "stale"),
        (Some("*"), 412, "stale"),
        (Some("1"), 412, "stale"),
    ] {
        is_refused(&edit(&api, Method::PUT, &path, &keeper, (tag, about())).await, status, code);
        is_refused(&edit(&api, Method::DELETE, &path, &keeper, (tag, None)).await, status, code);
    }
    // Asking AWS about it makes no new version.
    api.send(Method::POST, &format!("{path}/check"), &keeper, None).await.is(200);
    edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), about())).await.is(200);
    is_refused(&edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), about())).await, 412, "stale");
    let missing = format!("{LIST}/0193f6a1-0000-7000-8000-000000000001");
    is_refused(&edit(&api, Method::PUT, &missing, &keeper, (Some("\"1\""), about())).await, 404, "not_found");
    is_refused(&edit(&api, Method::DELETE, &missing, &keeper, (Some("\"1\""), None)).await, 404, "not_found");
    is_refused(&api.send(Method::POST, &format!("{missing}/check"), &keeper, None).await, 404, "not_found");
}

#[actix_web::test]
async fn a_key_that_is_needed_stays_and_says_by_whom() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let path = address(&api, "broker").await;
    let problem = is_refused(&edit(&api, Method::DELETE, &path, &keeper, (Some("\"1\""), None)).await, 409, "in_use");
    for name in ["Federated", "Read only", "System"] {
        assert!(problem["detail"].as_str().unwrap().contains(name), "{problem}");
    }
    // AWS makes federated users for long-term keys only, so a connector's needs are named too.
    api.app.sql("DELETE FROM grants").await;
    api.app.sql("DELETE FROM connectors").await;
    let id = path.rsplit('/').next().unwrap();
    let rotation = format!(
        "INSERT INTO rotations (id, access_key_id, instance, step, old_key_id, seen_key_ids, taken, started_by, started_at, step_at, not_before) \
         VALUES ('r', '{id}', 'i', 'intended', '{}', '[]', '[]', 'ada', 0, 0, 0)",
        world::KEY_ID
    );
    api.app.sql(&rotation).await;
    assert_eq!(api.get(&path, &keeper).await.json()["state"], "rotating");
    is_refused(&edit(&api, Method::DELETE, &path, &keeper, (Some("\"1\""), None)).await, 409, "in_use");
    api.app.sql("UPDATE rotations SET ended_at = 1").await;
    edit(&api, Method::DELETE, &path, &keeper, (Some("\"1\""), None)).await.is(204);
}

#[actix_web::test]
async fn aws_may_refuse_hang_or_be_down() {
    let app = TestApp::builder().config(|config| config.aws.attempt_timeout = Duration::from_millis(300)).start().await;
    world::fill(&app).await;
    let api = Api::of(app).await;
    let keeper = keeper(&api).await;
    let path = address(&api, "broker").await;
    let about = |validate: bool| Some(json!({"name": "broker", "note": "changed", "validate": validate}));
    for (kind, status, check) in [
        (FaultKind::InvalidClientTokenId, 422, 502),
        (FaultKind::AccessDenied, 422, 502),
        (FaultKind::CaptivePortal, 502, 502),
        (FaultKind::ServiceUnavailable, 503, 503),
        (FaultKind::Throttling, 503, 503),
        (FaultKind::Reset, 503, 503),
        (FaultKind::Hang, 504, 504),
    ] {
        api.app.sandbox.fault(Fault::of("GetCallerIdentity", kind));
        let code = if status == 422 { "invalid" } else { "aws" };
        let pages = [
            api.post(LIST, &keeper, body(json!({}))).await,
            edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), about(true))).await,
        ];
        for page in pages {
            is_refused(&page, status, code);
            assert_eq!(page.header("retry-after").is_empty(), status < 502, "{kind:?}");
        }
        let page = api.send(Method::POST, &format!("{path}/check"), &keeper, None).await;
        is_refused(&page, check, "aws");
        let row = api.app.last_event().await.event;
        assert_eq!((row.kind.as_str(), row.actor_name.as_str()), ("access_key.check", "keeper"));
        assert!(row.reason.starts_with("aws:"), "{kind:?}: {row:?}");
        api.app.sandbox.clear_faults();
    }
    assert_eq!(api.get(&path, &keeper).await.json()["note"], "");
    // Without asking, it is saved whatever AWS does.
    api.app.sandbox.fault(Fault::of("*", FaultKind::Reset));
    let page = edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), about(false))).await;
    assert_eq!((&page.is(200).json()["note"], &page.json()["state"]), (&json!("changed"), &json!("unverified")));
    let made = api.post(LIST, &keeper, body(json!({"validate": false}))).await.is(201).json();
    assert_eq!((&made["state"], &made["arn"], &made["checkedAt"]), (&json!("unverified"), &Value::Null, &Value::Null));
}

#[actix_web::test]
async fn only_program_tokens_for_it_keep_access_keys() {
    let api = Api::start().await;
    let path = address(&api, "broker").await;
    let others: Vec<Part> =
        Part::ALL.into_iter().map(|(part, ..)| part).filter(|part| *part != Part::AccessKeys).collect();
    let other = token(&api.app, "other", Token { parts: &others, ..Token::default() }).await;
    let networks: &[&str] = &["192.0.2.0/24"];
    let parts: &[Part] = &[Part::AccessKeys];
    let elsewhere = token(&api.app, "elsewhere", Token { parts, networks, ..Token::default() }).await;
    let one_secret =
        tokens::create_for_access_key(&api.app.app, "job", "broker", Duration::from_secs(600)).await.unwrap();
    // A person's own token never carries keys, not even where somebody wrote that into the database.
    let ada = personal(&api.app, "ada", &["administrators"], parts).await;
    let rita = personal(&api.app, "rita", &["restricted-administrators"], parts).await;
    let rows = |table: &'static str| api.app.sandbox.counters().of(table).served;
    let asked = rows("GetCallerIdentity");
    for (token, status, code) in [
        ("", 401, "unauthorized"),
        (&other, 403, "token_scope"),
        (&elsewhere, 403, "token_network"),
        (one_secret.expose_secret(), 403, "token_scope"),
        (&ada, 403, "token_scope"),
        (&rita, 403, "token_scope"),
    ] {
        let about = || Some(json!({"name": "mine"}));
        is_refused(&api.get(LIST, token).await, status, code);
        is_refused(&api.get(&path, token).await, status, code);
        is_refused(&api.post(LIST, token, body(json!({}))).await, status, code);
        is_refused(&edit(&api, Method::PUT, &path, token, (Some("\"1\""), about())).await, status, code);
        is_refused(&edit(&api, Method::DELETE, &path, token, (Some("\"1\""), None)).await, status, code);
        is_refused(&api.send(Method::POST, &format!("{path}/check"), token, None).await, status, code);
    }
    assert_eq!(rows("GetCallerIdentity"), asked);
    let keeper = keeper(&api).await;
    assert_eq!(api.get(&path, &keeper).await.json()["version"], 1);
}
