//! Who keeps connectors: tokens for it, and restricted administrators inside their envelopes.

use daypass::model::api_token::{Connectors, Part};
use daypass::model::envelope::Envelope;
use daypass::portal::connectors::ConnectorForm;
use reqwest::Method;
use serde_json::{Value, json};

use super::{LIST, body, delete, of, put, send, with};
use crate::native_api::contract::is_refused;
use crate::native_api::{Api, Token, personal, token};
use crate::support::world;

#[actix_web::test]
async fn tokens_go_as_far_as_their_scope() {
    let api = Api::start().await;
    let keeper = of(&api, "keeper", &[Part::Connectors]).await;
    let user = of(&api, "user", &[Part::Use]).await;
    let granter = of(&api, "granter", &[Part::Grants]).await;
    let networks: &[&str] = &["192.0.2.0/24"];
    let elsewhere =
        token(&api.app, "elsewhere", Token { parts: &[Part::Connectors], networks, ..Token::default() }).await;
    let alice = personal(&api.app, "alice", &["ops"], &[Part::Connectors, Part::Use]).await;
    let (path, all) = (format!("{LIST}/system"), format!("{LIST}?all=true"));
    let sent = body(&api, "New").await;
    for (token, status, code) in [
        ("", 401, "unauthorized"),
        (&user, 403, "token_scope"),
        (&granter, 403, "token_scope"),
        (&alice, 403, "token_scope"),
        (&elsewhere, 403, "token_network"),
    ] {
        is_refused(&api.get(&all, token).await, status, code);
        is_refused(&api.post(LIST, token, sent.clone()).await, status, code);
        is_refused(&put(&api, &path, token, "\"1\"", &sent).await, status, code);
        is_refused(&delete(&api, &path, token, "\"1\"").await, status, code);
    }
    let refused = api.app.events().await.into_iter().find(|row| row.event.actor_name == "user").unwrap().event;
    assert_eq!((refused.outcome.as_str(), refused.reason.as_str()), ("refused", "token_scope"));
    // A token for neither is told so, of what there is and of what there is not.
    for name in ["system", "no-such-one"] {
        is_refused(&api.get(&format!("{LIST}/{name}"), &granter).await, 403, "token_scope");
    }
    is_refused(&api.get(LIST, &granter).await, 403, "token_scope");
    is_refused(&api.get(LIST, &keeper).await, 403, "token_scope");
    // What one sees who may use it is short, and has no version to be changed by.
    let short = api.get(&path, &user).await;
    assert!(short.is(200).json().get("roleArn").is_none() && short.header("etag").is_empty());
    // Without the role the scope alone gives what everybody may.
    let short = api.get(&format!("{LIST}/read-only"), &alice).await.is(200).json();
    assert!(short.get("roleArn").is_none() && short["slug"] == "read-only");
}

#[actix_web::test]
async fn administrators_keep_what_they_may_not_use() {
    let api = Api::start().await;
    let keeper = token(
        &api.app,
        "keeper",
        Token { parts: &[Part::Connectors], connectors: Connectors::These(vec![]), ..Token::default() },
    )
    .await;
    let sent = with(&body(&api, "New").await, "systemScope", true.into());
    let made = api.post(LIST, &keeper, sent).await.is(201).json();
    let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
    is_refused(&api.post(&format!("{path}/credentials"), &keeper, json!({})).await, 403, "token_scope");
    assert_eq!(api.app.sandbox.counters().issuing, 0);
    let off = put(&api, &path, &keeper, "\"1\"", &with(&made, "enabled", false.into())).await;
    off.is(200);
    // Whoever may use it is told that it is off; whoever administers it sees it.
    api.get(&path, &keeper).await.is(200);
    let user = of(&api, "user", &[Part::Use]).await;
    is_refused(&api.get(&path, &user).await, 409, "connector_disabled");
}

#[actix_web::test]
async fn grants_go_with_a_connector_only_by_tokens_that_are_for_grants() {
    let api = Api::start().await;
    let keeper = of(&api, "keeper", &[Part::Connectors]).await;
    let both = of(&api, "both", &[Part::Connectors, Part::Grants]).await;
    let path = format!("{LIST}/read-only");
    let problem = is_refused(&delete(&api, &path, &keeper, "\"1\"").await, 403, "token_scope");
    assert!(problem["detail"].as_str().unwrap().contains("admin:grants"), "{problem}");
    let whole = api.get(&path, &keeper).await.is(200).json();
    assert!(whole.get("groups").is_none());
    // The one without grants needs no more.
    delete(&api, &format!("{LIST}/system"), &keeper, "\"1\"").await.is(204);
    delete(&api, &path, &both, "\"1\"").await.is(204);
    let row = api.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), &row.detail["groups"]), ("connector.delete", &json!(["local:ops"])));
    let ada = personal(&api.app, "ada", &["administrators"], &[Part::Connectors]).await;
    is_refused(&delete(&api, &format!("{LIST}/session"), &ada, "\"1\"").await, 403, "token_scope");
}

#[actix_web::test]
async fn restricted_administrators_stay_inside_their_envelopes() {
    let api = Api::start().await;
    let key = api.app.key_id("broker").await;
    let envelope = Envelope {
        principal_types: vec!["assume_role".to_owned()],
        role_patterns: vec![world::role("ReadOnly")],
        longest_seconds: Some(3600),
        system_scope: false,
    };
    world::open(&api.app, &key, &envelope).await;
    let hidden = ConnectorForm {
        role_arn: world::role("External"),
        external_id: "right-id".to_owned(),
        through: format!("{} hop-id", world::role("Operator")),
        ..world::form("Outside", "outside", &key)
    };
    world::add_connector(&api.app, &hidden, &[]).await;
    let rita = personal(&api.app, "rita", &["restricted-administrators"], &[Part::Connectors, Part::Grants]).await;
    let inside = body(&api, "Inside").await;
    let made = api.post(LIST, &rita, with(&inside, "externalId", "own-id".into())).await.is(201).json();
    assert_eq!((&made["changeable"], &made["externalId"]), (&json!(true), &json!("own-id")));
    let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
    for (field, value) in [
        ("roleArn", json!(world::role("Operator"))),
        ("through", json!([{"roleArn": world::role("Operator")}])),
        ("systemScope", json!(true)),
        ("duration", json!(3601)),
        ("registryTokensOutlive", json!(true)),
        ("accessKeyId", json!(api.app.key_id("session user").await)),
    ] {
        let outside = with(&with(&inside, "name", "Other".into()), field, value.clone());
        let problem = is_refused(&api.post(LIST, &rita, outside).await, 422, "invalid");
        assert!(problem["errors"][field].is_string(), "{field}: {problem}");
        let page = put(&api, &path, &rita, "\"1\"", &with(&made, field, value)).await;
        assert!(is_refused(&page, 422, "invalid")["errors"][field].is_string(), "{field}: {}", page.body);
    }
    // What lies outside is looked at, without its external ids.
    let outside = format!("{LIST}/outside");
    let seen = api.get(&outside, &rita).await.is(200).json();
    assert_eq!(
        (&seen["changeable"], &seen["externalId"], &seen["through"][0]["externalId"]),
        (&json!(false), &Value::Null, &Value::Null)
    );
    let list = api.get(&format!("{LIST}?all=true"), &rita).await;
    assert!(list.is(200).json()["connectors"].as_array().unwrap().len() == 6, "{}", list.body);
    assert!(list.body.contains("own-id") && !list.body.contains("right-id") && !list.body.contains("hop-id"));
    is_refused(&put(&api, &outside, &rita, "\"1\"", &with(&seen, "name", "Mine".into())).await, 403, "forbidden");
    let row = api.app.last_event().await.event;
    assert_eq!((row.outcome.as_str(), row.reason.as_str(), row.actor_name.as_str()), ("refused", "envelope", "rita"));
    is_refused(&delete(&api, &outside, &rita, "\"1\"").await, 403, "forbidden");
    is_refused(&delete(&api, &format!("{LIST}/session"), &rita, "\"1\"").await, 403, "forbidden");
    put(&api, &path, &rita, "\"1\"", &with(&made, "description", "Mine.".into())).await.is(200);
    delete(&api, &path, &rita, "\"2\"").await.is(204);
    // The role counts at that moment, not when the token was made.
    api.app.sql("DELETE FROM local_memberships WHERE group_id = 'restricted-administrators'").await;
    is_refused(&api.get(&format!("{LIST}?all=true"), &rita).await, 403, "token_scope");
    is_refused(&send(&api, Method::POST, LIST, &rita, (&[], Some(inside))).await, 403, "token_scope");
}
