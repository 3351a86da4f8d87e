//! Attacks that worked once, or on others.

use std::sync::Arc;

use daypass::model::access_key::Validated;
use daypass::model::api_token::ApiToken;
use daypass::portal::connectors::ConnectorForm;
use daypass::portal::{PortalError, access_keys, connectors, tokens};
use daypass::store::{self, api_tokens};
use daypass::throttle::PER_PERSON;
use secrecy::ExposeSecret;

use crate::support::{TestApp, world};

/// The router decodes a path, the route table is asked with it as it came: what both could read differently stays out.
#[actix_web::test]
async fn an_encoded_letter_is_no_way_past_the_route_table() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    for path in [
        "/%61dmin/access-keys/new",
        "/%75sage-log",
        "/admin/access-keys/%6eew",
        "/console%2fread-only",
        "/admin%5caccess-keys",
    ] {
        assert_eq!(app.get(path).await.status, 404, "{path}");
        assert_eq!(alice.get(path).await.status, 404, "{path}");
    }
    let before = app.sandbox.counters().issuing;
    assert_eq!(app.get("/%61pi/v1/connectors/system/container-credentials").await.status, 404);
    assert_eq!(app.sandbox.counters().issuing, before);
    // What needs encoding is fine: connectors are found by name too.
    assert_eq!(alice.get("/console/Read%20only").await.status, 200);
}

/// Only what a trusted proxy wrote itself counts, whatever a client puts before it.
#[actix_web::test]
async fn a_forwarded_address_cannot_be_made_up() {
    let app =
        TestApp::builder().config(|config| config.server.trusted_proxies = vec!["127.0.0.1".to_owned()]).start().await;
    for (lines, address) in [
        (vec!["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
        (vec!["6.6.6.6, 203.0.113.9:53124"], "203.0.113.9"),
        (vec!["6.6.6.6, unknown"], "127.0.0.1"),
        (vec!["6.6.6.6, 203.0.113.9, 127.0.0.1"], "203.0.113.9"),
        (vec!["6.6.6.6, ::ffff:203.0.113.9"], "203.0.113.9"),
        (vec![], "127.0.0.1"),
    ] {
        let browser = app.anybody();
        // The same wrong one again would leave no row of its own.
        let password = format!("wrong {lines:?}");
        let form = [("username", "nobody"), ("password", &password)];
        let mut request = browser.request(reqwest::Method::POST, "/sign-in").form(&form);
        for line in &lines {
            request = request.header("x-forwarded-for", *line);
        }
        assert_eq!(browser.send(request).await.status, 401);
        assert_eq!(app.last_event().await.event.origin.address, address, "{lines:?}");
    }
    // A stranger's word counts for nothing.
    let app = TestApp::builder().start().await;
    let browser = app.anybody();
    let request =
        browser.request(reqwest::Method::POST, "/sign-in").form(&[("username", "nobody"), ("password", "wrong")]);
    browser.send(request.header("x-forwarded-for", "6.6.6.6")).await;
    assert_eq!(app.last_event().await.event.origin.address, "127.0.0.1");
}

/// Many at once get no more tries than one after the other.
#[actix_web::test]
async fn tries_at_once_are_counted_like_tries_in_turn() {
    let app = Arc::new(TestApp::start().await);
    app.add_person("alice", &[]).await;
    let tries = (0..20).map(|number| {
        let app = app.clone();
        async move {
            let password = format!("wrong {number}");
            app.anybody().post("/sign-in", &[("username", "alice"), ("password", &password)]).await.status
        }
    });
    let statuses = futures_util::future::join_all(tries).await;
    assert!(statuses.iter().all(|status| *status == 401), "{statuses:?}");
    let reasons: Vec<String> = app.events().await.into_iter().map(|row| row.event.reason).collect();
    let wrong = reasons.iter().filter(|reason| *reason == "wrong_password").count();
    assert_eq!(wrong, PER_PERSON);
    // Refusals for want of tries do not fill the log.
    assert_eq!(reasons.iter().filter(|reason| *reason == "throttled").count(), 1);
}

/// A try is recorded even where the caller is gone before it is answered.
#[actix_web::test]
async fn a_caller_who_goes_away_leaves_a_row() {
    let app = TestApp::start().await;
    app.add_person("alice", &[]).await;
    let browser = app.anybody();
    let request =
        browser.request(reqwest::Method::POST, "/sign-in").form(&[("username", "alice"), ("password", "wrong")]);
    let gone = tokio::time::timeout(std::time::Duration::from_millis(100), request.send()).await;
    assert!(gone.is_err(), "refusals are answered after 750 ms");
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while app.last_event().await.event.reason != "wrong_password" {
        assert!(tokio::time::Instant::now() < deadline, "no row");
        tokio::task::yield_now().await;
    }
}

/// An access key that was saved without asking AWS.
async fn unvalidated(app: &TestApp, name: &str, key_id: &str, secret: &str) -> String {
    let form = access_keys::AccessKeyForm {
        name: name.to_owned(),
        key_id: key_id.to_owned(),
        secret: secret.into(),
        partition: "aws".to_owned(),
        skip_validation: true,
        ..access_keys::AccessKeyForm::default()
    };
    access_keys::create(&app.app, &world::setter(), form).await.unwrap()
}

fn session_of(name: &str, slug: &str, key: &str) -> ConnectorForm {
    ConnectorForm { principal_type: "iam_user".to_owned(), ..world::form(name, slug, key) }
}

/// A second entry of the same key is the same user to AWS.
#[actix_web::test]
async fn a_twin_of_an_access_key_is_no_way_past_the_rule_on_sources() {
    let app = TestApp::start().await;
    let twin = unvalidated(&app, "twin", world::KEY_ID, world::SECRET).await;
    let session = session_of("Twin session", "twin", &twin);
    let error = connectors::create(&app.app, &world::setter(), &session).await.unwrap_err();
    let PortalError::Invalid(errors) = error else { panic!("{error}") };
    assert!(errors.get("access_key").unwrap().contains("same user"), "{errors:?}");
}

/// Whose a second key is shows at its first use, and then the rule holds: before anything is issued.
#[actix_web::test]
async fn a_second_key_of_the_same_user_is_no_way_past_the_rule_on_sources() {
    let app = TestApp::builder().world(world::with_second_key()).start().await;
    world::fill(&app).await;
    let alice = app.person("alice", &["ops"]).await;
    let second = unvalidated(&app, "second", world::SECOND_KEY_ID, world::SECOND_SECRET).await;
    world::add_connector(&app, &session_of("Second session", "second", &second), &["ops"]).await;
    for _ in 0..2 {
        let page = alice.post("/connectors/second/credentials", &[]).await;
        assert_eq!(page.status, 422);
        page.says("user of its own");
        assert!(!page.text().contains("Federated"), "other connectors are nobody's business here");
        let row = app.last_event().await.event;
        assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "shared_source"));
        assert!(row.detail["sentence"].as_str().unwrap().contains("same user"), "{row:?}");
        assert_eq!(app.sandbox.counters().of("GetSessionToken").served, 0);
    }
    let (status, _) = access_keys::show(&app.app, &world::setter(), &second).await.unwrap();
    assert_eq!(status.key.validated, None);
    // Roles may be assumed with it: that is what the others do too.
    let other = unvalidated(&app, "other", world::SECOND_KEY_ID, world::SECOND_SECRET).await;
    let error = connectors::create(&app.app, &world::setter(), &world::form("Role", "role", &other)).await.unwrap_err();
    assert!(matches!(error, PortalError::Invalid(_)), "the same key has a session connector: {error}");
}

/// The setting that allows it allows it here too.
#[actix_web::test]
async fn a_second_key_of_the_same_user_works_where_sources_may_be_shared() {
    let shared = |config: &mut daypass::config::Config| config.aws.allow_shared_sources = true;
    let app = TestApp::builder().world(world::with_second_key()).config(shared).start().await;
    world::fill(&app).await;
    let alice = app.person("alice", &["ops"]).await;
    let second = unvalidated(&app, "second", world::SECOND_KEY_ID, world::SECOND_SECRET).await;
    world::add_connector(&app, &session_of("Second session", "second", &second), &["ops"]).await;
    assert_eq!(alice.post("/connectors/second/credentials", &[]).await.status, 200);
}

/// What is learned of a key that was changed meanwhile says nothing of the one that is there now.
#[actix_web::test]
async fn nothing_is_noted_of_a_key_that_was_changed_meanwhile() {
    let app = TestApp::start().await;
    let key = unvalidated(&app, "changing", world::KEY_ID, world::SECRET).await;
    let id = key.clone();
    let noted = app.app.database.write(move |connection| {
        let mut stale = store::access_keys::find(connection, &id)?;
        stale.version += 1;
        let arn = "arn:aws:iam::111122223333:user/somebody".to_owned();
        stale.validated = Some(Validated { account_id: "111122223333".to_owned(), arn, at: stale.updated_at });
        store::access_keys::note_validated(connection, &stale)?;
        Ok(((), Vec::new()))
    });
    noted.await.unwrap();
    let (status, _) = access_keys::show(&app.app, &world::setter(), &key).await.unwrap();
    assert_eq!(status.key.validated, None);
    let mut connection = crate::support::sql::connect(&app.app.config);
    let accounts = crate::support::sql::lines(&mut connection, "SELECT account_id AS line FROM accounts");
    assert_eq!(accounts, [world::ACCOUNT]);
}

/// Saving without validation is no way to hand out a root user's sessions.
#[actix_web::test]
async fn a_root_users_key_that_was_not_validated_is_refused_at_its_first_use() {
    let app = TestApp::start().await;
    let key = unvalidated(&app, "root", world::ROOT_KEY_ID, world::ROOT_SECRET).await;
    world::add_connector(&app, &session_of("Root session", "root", &key), &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    let page = alice.post("/connectors/root/credentials", &[]).await;
    assert_eq!(page.status, 422);
    page.says("root user");
    let row = app.last_event().await.event;
    assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "root_key"));
    assert_eq!(app.sandbox.counters().of("GetSessionToken").served, 0);
}

/// A key that was saved without asking AWS is known after its first use.
#[actix_web::test]
async fn a_key_that_was_not_validated_is_at_its_first_use() {
    let app = TestApp::start().await;
    let key = unvalidated(&app, "unverified", world::KEY_ID, world::SECRET).await;
    world::add_connector(&app, &world::form("Unverified", "unverified", &key), &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    assert_eq!(alice.post("/connectors/unverified/credentials", &[]).await.status, 200);
    let (status, _) = access_keys::show(&app.app, &world::setter(), &key).await.unwrap();
    assert_eq!(status.key.validated.unwrap().account_id, world::ACCOUNT);
}

/// A token of ours that has run out or was revoked leaves a row; the answer is the same 401 as for any other text.
#[actix_web::test]
async fn a_dead_token_leaves_a_row() {
    let app = TestApp::start().await;
    let token = tokens::create_unchecked(&app.app, "old-job", "system", std::time::Duration::ZERO).await.unwrap();
    let browser = app.anybody();
    let request = browser.request(reqwest::Method::GET, "/api/v1/connectors/system/container-credentials");
    let page = browser.send(request.header("authorization", token.expose_secret())).await;
    assert_eq!(page.status, 401);
    let row = app.last_event().await.event;
    assert_eq!((row.actor_name.as_str(), row.reason.as_str()), ("old-job", "token_expired"));

    let token =
        tokens::create_unchecked(&app.app, "revoked-job", "system", std::time::Duration::from_secs(60)).await.unwrap();
    let hash = daypass::model::api_token::hash(&token).unwrap();
    let now = app.app.clock.now();
    let revoked = app.app.database.write(move |connection| {
        let ApiToken { id, .. } = api_tokens::find_by_hash(connection, &hash)?.unwrap();
        api_tokens::revoke(connection, &id, "test", now)?;
        Ok(((), Vec::new()))
    });
    revoked.await.unwrap();
    let request = browser.request(reqwest::Method::GET, "/api/v1/connectors/system/container-credentials");
    let page = browser.send(request.bearer_auth(token.expose_secret())).await;
    assert_eq!(page.status, 401);
    assert_eq!(app.last_event().await.event.reason, "token_revoked");
}

/// Whoever knows an old password, or sits in an old session, is out once there is a new one.
#[actix_web::test]
async fn a_new_password_ends_the_sessions() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    assert_eq!(alice.get("/").await.status, 200);
    daypass::portal::users::set_password(&app.app, "alice", "another fake password".into()).await.unwrap();
    let page = alice.get("/").await;
    assert_eq!((page.status, page.location()), (303, "/sign-in"));
}

/// PostgreSQL has no NUL in texts: it is refused before it gets there.
#[actix_web::test]
async fn a_nul_is_refused() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    assert_eq!(ada.get("/console/a%00").await.status, 404);
    assert_eq!(ada.get("/usage-log?person=%00").await.status, 400);
    assert_eq!(ada.post("/admin/access-keys/new", &[("name", "a\0b")]).await.status, 400);
}
