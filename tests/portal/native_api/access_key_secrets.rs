//! What is secret of access keys goes in and never comes out; and what is sent twice is made once.

use daypass::model::api_token::Part;
use daypass::model::credentials::rfc3339;
use daypass::sandbox::Key;
use reqwest::Method;
use serde_json::{Value, json};

use super::access_keys::{LIST, SEED, address, keeper};
use super::accounts::edit;
use super::contract::is_refused;
use super::{Api, Token, token};
use crate::support::sql::{connect, lines};
use crate::support::{Page, world};

/// Makes a key, by a request with this name.
async fn make(api: &Api, token: &str, name: &str, body: &Value) -> Page {
    let program = api.app.anybody();
    let request = program.request(Method::POST, LIST).header("authorization", token);
    let page = program.send(request.header("idempotency-key", name).json(body)).await;
    api.check(&Method::POST, LIST, &page);
    page
}

#[actix_web::test]
async fn a_request_that_comes_again_makes_no_second_key() {
    let api = Api::start().await;
    let (keeper, other) = (keeper(&api).await, {
        token(&api.app, "other", Token { parts: &[Part::AccessKeys], ..Token::default() }).await
    });
    let body = json!({"name": "Once", "keyId": world::KEY_ID, "secret": world::SECRET});
    let asked = || api.app.sandbox.counters().of("GetCallerIdentity").served;
    let first = make(&api, &keeper, "one", &body).await;
    let (made, asked_then, rows) = (first.is(201).json(), asked(), api.app.events().await.len());
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = make(&api, &keeper, "one", &body).await;
    assert_eq!((again.is(201).json(), again.header("idempotency-replayed")), (made.clone(), "true"));
    assert_eq!((again.location(), again.header("etag")), (first.location(), first.header("etag")));
    assert_eq!((asked(), api.app.events().await.len()), (asked_then, rows), "nothing was done");
    // What it answers is as the key stands now.
    let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
    edit(&api, Method::PUT, &path, &keeper, (Some("\"1\""), Some(json!({"name": "Renamed"})))).await.is(200);
    let again = make(&api, &keeper, "one", &body).await;
    assert_eq!((&again.is(201).json()["name"], again.header("etag")), (&json!("Renamed"), "\"2\""));

    let changed = json!({"name": "Twice", "keyId": world::KEY_ID, "secret": world::SECRET});
    is_refused(&make(&api, &keeper, "one", &changed).await, 422, "idempotency_key_reused");
    is_refused(&make(&api, &keeper, "a b", &changed).await, 422, "invalid");
    // A name is its token's, and a refusal is judged anew.
    assert_eq!(make(&api, &other, "one", &changed).await.is(201).json()["name"], "Twice");
    is_refused(&make(&api, &keeper, "two", &changed).await, 422, "invalid");
    edit(&api, Method::DELETE, &path, &keeper, (Some("\"2\""), None)).await.is(204);
    is_refused(&make(&api, &keeper, "one", &body).await, 409, "made_and_gone");
    let names = api.get(LIST, &keeper).await.json()["accessKeys"].as_array().unwrap().len();
    assert_eq!(names, 3);
}

#[actix_web::test]
async fn a_secret_is_replaced_by_whoever_keeps_all_keys() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let path = format!("{}/secret", address(&api, "broker").await);
    let mut world = world::with_second_key();
    let mut elsewhere = world.accounts[0].clone();
    elsewhere.id = "999999999999".to_owned();
    for user in &mut elsewhere.users {
        user.keys = vec![Key::new("FAKEELSEWHERE0000001", "fake-secret-of-another-account-not-real1")];
    }
    elsewhere.users.truncate(1);
    elsewhere.root_keys.clear();
    world.accounts.push(elsewhere);
    api.app.sandbox.replace(world);
    let pair = json!({"keyId": world::SECOND_KEY_ID, "secret": world::SECOND_SECRET});
    let page = api.send(Method::PUT, &path, &keeper, Some(pair.clone())).await;
    assert_eq!(page.is(200).json()["keyId"], world::SECOND_KEY_ID);
    let row = api.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.actor_name.as_str()), ("access_key.replace", "keeper"));
    // To another account it does not move, whoever asks.
    let foreign = json!({"keyId": "FAKEELSEWHERE0000001", "secret": "fake-secret-of-another-account-not-real1"});
    let problem = is_refused(&api.send(Method::PUT, &path, &keeper, Some(foreign)).await, 422, "invalid");
    assert!(problem["errors"]["keyId"].as_str().unwrap().contains("A job does not move it"), "{problem}");
    let parts: Vec<Part> =
        Part::ALL.into_iter().map(|(part, ..)| part).filter(|part| *part != Part::AccessKeys).collect();
    let other = token(&api.app, "other", Token { parts: &parts, ..Token::default() }).await;
    is_refused(&api.send(Method::PUT, &path, &other, Some(pair.clone())).await, 403, "token_scope");
    let ada = super::personal(&api.app, "ada", &["administrators"], &[Part::AccessKeys]).await;
    is_refused(&api.send(Method::PUT, &path, &ada, Some(pair)).await, 403, "token_scope");
}

#[actix_web::test]
async fn no_answer_and_no_row_holds_a_secret() {
    let api = Api::start().await;
    let keeper = keeper(&api).await;
    let user = token(&api.app, "user", Token::default()).await;
    let issued = api.post("/api/v1/connectors/system/credentials", &user, json!({})).await.is(200).json();
    let part = |name: &str| issued[name].as_str().unwrap().to_owned();
    let strange = "fake-secret-of-somebody-else-not-a-real-1".to_owned();
    let secrets =
        [world::SECRET.to_owned(), strange.clone(), part("secretAccessKey"), part("sessionToken"), SEED.to_owned()];
    let broker = address(&api, "broker").await;
    let end = rfc3339(api.app.app.clock.now() + chrono::TimeDelta::minutes(30));
    let temporary = json!({
        "name": "Fetched", "source": "temporary", "keyId": part("accessKeyId"), "secret": part("secretAccessKey"),
        "sessionToken": part("sessionToken"), "expiresAt": end,
    });
    let serial = "arn:aws:iam::123456789012:mfa/broker";
    let long_term = json!({
        "name": "Second", "keyId": world::KEY_ID, "secret": world::SECRET, "mfaSerial": serial, "mfaSeed": SEED,
    });
    let wrong =
        json!({"name": "Third", "keyId": world::KEY_ID, "secret": strange, "mfaSerial": serial, "mfaSeed": SEED});
    let misplaced = json!({"name": part("secretAccessKey"), "source": "container", "keyId": part("sessionToken")});
    let mut pages = vec![
        make(&api, &keeper, "one", &temporary).await,
        make(&api, &keeper, "one", &temporary).await,
        make(&api, &keeper, "two", &long_term).await,
        make(&api, &keeper, "three", &wrong).await,
        make(&api, &keeper, "two", &wrong).await,
        edit(
            &api,
            Method::PUT,
            &broker,
            &keeper,
            (Some("\"1\""), Some(json!({"name": "broker", "mfaSerial": serial, "mfaSeed": SEED}))),
        )
        .await,
        edit(&api, Method::PUT, &broker, &keeper, (Some("\"2\""), Some(json!({"name": "broker", "mfaSeed": SEED}))))
            .await,
        api.send(Method::POST, &format!("{broker}/check"), &keeper, None).await,
        api.get(LIST, &keeper).await,
        api.get(&broker, &keeper).await,
    ];
    let statuses: Vec<u16> = pages.iter().map(|page| page.status).collect();
    assert_eq!(statuses, [201, 201, 201, 422, 422, 200, 422, 200, 200, 200]);
    // Where it was sent as something else, it is still not told back.
    let misplaced = api.post(LIST, &keeper, misplaced).await;
    assert_eq!(misplaced.status, 422);
    pages.push(misplaced);
    for page in &pages {
        for secret in &secrets {
            assert!(!page.body.contains(secret.as_str()), "{}", page.body);
            assert!(page.headers.values().all(|value| !value.to_str().unwrap_or_default().contains(secret.as_str())));
        }
    }
    let mut connection = connect(&api.app.app.config);
    for table in [
        "SELECT detail || reason || actor_name AS line FROM usage_log",
        "SELECT fingerprint || idempotency_key AS line FROM creations",
    ] {
        let rows = lines(&mut connection, table);
        assert!(!rows.is_empty());
        assert!(rows.iter().all(|row| secrets.iter().all(|secret| !row.contains(secret.as_str()))), "{rows:?}");
    }
}
