//! People's own tokens.

use daypass::portal::PortalError;
use daypass::portal::connectors::{self, ConnectorForm};
use daypass::portal::tokens::{self, MOST_OF_PERSON};
use daypass::throttle::{PER_KNOWN_BROWSER, PER_PERSON};
use secrecy::SecretString;

use super::{OWN, ask, fields, form, id_of, personal, proof, text_of, who};
use crate::directories;
use crate::ldap::slapd::Own;
use crate::support::{PASSWORD, TestApp, world};

#[actix_web::test]
async fn a_token_is_made_shown_once_used_and_revoked() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    alice.get("/tokens").await.says("You have no API token").says("New token");
    alice.get("/").await.says("API tokens");
    let page = alice.get(OWN).await;
    page.is(200).says("Read only").says("Federated").does_not_say("Administration");
    assert!(!page.body.contains(&app.connector_id("system").await), "a connector that is not theirs");

    let id = app.connector_id("read-only").await;
    let page = alice.post(OWN, &fields(&[("more", ""), ("connector", &id), ("networks", "127.0.0.9/8")])).await;
    let text = text_of(&page);
    assert!(text.starts_with("dpp_"));
    assert_eq!((page.header("cache-control"), page.location()), ("no-store", ""));
    page.says("Shown once").says("“127.0.0.9/8” is kept as 127.0.0.0/8.");
    let lines = page.block("sdk");
    assert!(lines.contains(&format!("AWS_CONTAINER_AUTHORIZATION_TOKEN='{text}'")), "{lines}");
    let address = format!("AWS_CONTAINER_CREDENTIALS_FULL_URI='{}/api/v1/connectors/read-only/", app.url);
    assert!(lines.contains(&address) && page.block("daypass").contains(&format!("DAYPASS_TOKEN='{text}'")), "{lines}");

    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str(), row.actor_name.as_str()), ("token.create", "ok", "alice"));
    let detail = serde_json::to_string(&row.detail).unwrap();
    assert!(detail.contains("Build server") && !detail.contains(&text), "{detail}");

    ask(&app, "read-only", &text).await.is(200);
    let row = app.last_event().await.event;
    assert_eq!((row.actor_kind.as_str(), row.actor_name.as_str()), ("person", "alice"));
    assert_eq!((&row.detail["via"], &row.detail["token_name"]), (&"token".into(), &"Build server".into()));
    // Granted, and not in the token's scope.
    ask(&app, "federated", &text).await.is(403);
    assert_eq!(app.last_row().await.2, "token_scope");

    let list = alice.get("/tokens").await;
    list.says("Build server").says("Read only").says("127.0.0.0/8").says("127.0.0.1").says("Live");
    assert!(!list.body.contains(&text[..20]), "the text stands on a page");
    let address = format!("/tokens/{}/revoke", id_of(&app, "Build server").await);
    alice.get(&address).await.says("Revoke “Build server”?").says("cannot be undone");
    alice.post(&address, &[]).await.leads_to("/tokens");
    assert_eq!(app.last_row().await, ("token.revoke".into(), "ok".into(), String::new()));
    ask(&app, "read-only", &text).await.is(401);
    alice.get("/tokens").await.says("“Build server” is revoked.").says("Revoked");
    alice.get(&address).await.says("Nothing to revoke");
}

#[actix_web::test]
async fn what_is_wrong_stands_at_its_field_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let long = "n".repeat(101);
    let many = (0..21).map(|last| format!("192.0.2.{last}\n")).collect::<String>();
    for (field, value, at, sentence) in [
        ("name", "", "name", "Enter a name"),
        ("name", &long, "name", "at most 100"),
        ("life", "91d", "life", "1 min to 90 days"),
        ("life", "59s", "life", "1 min to 90 days"),
        ("life", "", "life", "Write how long"),
        ("part", "admin", "parts", "no part “admin”"),
        ("part", "admin:tokens", "parts", "programs alone"),
        ("part", "admin:access_keys", "parts", "programs alone"),
        ("part", "usage_log", "parts", "a role that you do not have"),
        ("part", "admin:connectors", "parts", "a role that you do not have"),
        ("more", "", "connectors", "at least one connector, or all"),
        ("networks", "192.0.2.0/33", "networks", "“192.0.2.0/33” is no network"),
        ("networks", &many, "networks", "At most 20"),
    ] {
        let page = alice.post(OWN, &fields(&[("networks", "2001:db8::/32"), (field, value)])).await;
        assert!(page.is(422).field_error(at).contains(sentence), "{field}: {}", page.field_error(at));
        let typed = if field == "name" { value } else { "Build server" };
        assert_eq!(page.value_of("name").as_deref(), Some(typed), "{field}");
    }
    // What there is and what there is not look the same.
    let refused = async |text: &str| {
        let page = alice.post(OWN, &fields(&[("more", text)])).await;
        page.is(422).field_error("connectors").replace(text, "X")
    };
    let foreign = refused("system").await;
    assert_eq!(foreign, "You may use no connector “X”.");
    assert_eq!(refused("no-such-one").await, foreign);
    assert_eq!(refused(&app.connector_id("system").await).await, foreign);
    assert_eq!(refused("0193f6a1-0000-7000-8000-000000000001").await, foreign);
    alice.get("/tokens").await.says("You have no API token");
    // The ends themselves are taken.
    let name = "ü".repeat(100);
    personal(&alice, &[("name", &name), ("life", "90d"), ("networks", &many[..many.len() - 11])]).await;
    personal(&alice, &[("life", "1m"), ("connectors", "all"), ("more", "")]).await;
}

#[actix_web::test]
async fn twenty_live_tokens_and_no_more() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.person("alice", &["ops"]).await, app.person("bob", &["ops"]).await);
    let of_alice = who(&app, "alice").await;
    for at in 1..MOST_OF_PERSON {
        let form = form(&format!("token {at}"), &["use"], &["read-only"]);
        tokens::create_personal(&app.app, &of_alice, &form, proof()).await.unwrap();
    }
    personal(&alice, &[("name", "the last")]).await;
    alice.post(OWN, &fields(&[])).await.is(422).says("You have 20 live tokens");
    personal(&bob, &[]).await;
    let address = format!("/tokens/{}/revoke", id_of(&app, "the last").await);
    alice.post(&address, &[]).await.is(303);
    personal(&alice, &[]).await;
}

fn with<'a>(life: &'a str, password: &'a str) -> Vec<(&'a str, &'a str)> {
    fields(&[("part", "admin:connectors"), ("life", life), ("password", password)])
}

#[actix_web::test]
async fn administration_takes_the_password_and_lives_an_hour() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    ada.get(OWN).await.says("Administration").says("admin:connectors").does_not_say("admin:tokens");
    let page = ada.post(OWN, &with("61m", PASSWORD)).await;
    assert!(page.is(422).field_error("life").contains("lives 1 h at most"), "{}", page.field_error("life"));
    assert!(!page.body.contains(PASSWORD), "a password comes back");
    for password in ["", "fake wrong password"] {
        let page = ada.post(OWN, &with("1h", password)).await;
        assert_eq!(page.is(422).field_error("password"), "This is not your password.");
        assert_eq!(app.last_row().await, ("token.create".into(), "refused".into(), "wrong_password".into()));
    }
    text_of(&ada.post(OWN, &with("1h", PASSWORD)).await);
    // For use alone nobody is asked.
    personal(&ada, &[]).await;
    // A session that was left open is no way to guess it.
    let rita = app.person("rita", &["restricted-administrators"]).await;
    rita.get(OWN).await.says("admin:grants").does_not_say("admin:accounts");
    for at in 0..PER_KNOWN_BROWSER + PER_PERSON {
        let wrong = format!("fake wrong password {at}");
        rita.post(OWN, &with("1h", &wrong)).await.is(422);
    }
    let page = rita.post(OWN, &with("1h", PASSWORD)).await;
    assert!(page.is(422).field_error("password").starts_with("Too many wrong passwords"));
}

#[actix_web::test]
async fn a_restricted_administrators_token_stays_inside_the_envelopes() {
    let app = TestApp::start().await;
    app.person("rita", &["restricted-administrators"]).await;
    let key = app.key_id("broker").await;
    let envelope = daypass::model::envelope::Envelope {
        principal_types: vec!["assume_role".to_owned()],
        role_patterns: vec![world::role("team/*")],
        ..Default::default()
    };
    world::open(&app, &key, &envelope).await;
    let rita = who(&app, "rita").await;
    let made = tokens::create_personal(&app.app, &rita, &form("r", &["admin:connectors"], &[]), proof()).await.unwrap();
    let by_token =
        async |text: &SecretString| tokens::authenticate(&app.app, text, rita.origin.clone()).await.unwrap().unwrap();
    let holder = by_token(&made.text).await;
    let inside =
        ConnectorForm { role_arn: world::role("team/One"), duration: "1h".to_owned(), ..world::form("In", "in", &key) };
    connectors::create(&app.app, &holder, &inside).await.unwrap();
    let outside = ConnectorForm {
        slug: "out".to_owned(),
        name: "Out".to_owned(),
        role_arn: world::role("Operator"),
        ..inside.clone()
    };
    let refused = connectors::create(&app.app, &holder, &outside).await;
    assert!(matches!(&refused, Err(PortalError::Invalid(errors)) if errors.get("role_arn").is_some()), "{refused:?}");
    // Of another part, nothing at all; and a token makes no token.
    let beyond = tokens::create_personal(&app.app, &rita, &form("u", &["usage_log"], &[]), proof()).await;
    assert!(matches!(&beyond, Err(PortalError::Invalid(_))));
    for made in [
        tokens::create_personal(&app.app, &holder, &form("x", &["use"], &["read-only"]), proof()).await.err(),
        tokens::create_program(&app.app, &holder, &form("x", &["use"], &["system"]), proof()).await.err(),
    ] {
        assert!(matches!(made, Some(PortalError::Forbidden)), "{made:?}");
    }
    assert!(matches!(tokens::list_own(&app.app, &holder).await, Err(PortalError::Forbidden)));
    let (none, other) = (
        tokens::show(&app.app, &holder, &made.token.id).await,
        tokens::revoke(&app.app, &holder, &made.token.id).await,
    );
    assert!(matches!(none, Err(PortalError::NotFound(_))) && matches!(other, Err(PortalError::NotFound(_))));
}

#[actix_web::test]
async fn a_connector_for_programs_is_none_for_a_person_who_is_not_granted_it() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let text = personal(&alice, &[("connectors", "all"), ("more", "")]).await;
    ask(&app, "read-only", &text).await.is(200);
    let (system, none) = (ask(&app, "system", &text).await, ask(&app, "no-such-one", &text).await);
    system.is(404);
    none.is(404);
    assert_eq!(system.json()["code"], none.json()["code"]);
    let of_use = text_of(&alice.post(OWN, &fields(&[("part", "console")])).await);
    let page = ask(&app, "read-only", &of_use).await;
    page.is(403);
    assert_eq!(page.json()["code"], "token_scope");
}

/// The password is tried where the person comes from, a namesake elsewhere or not.
#[actix_web::test]
async fn an_administrator_of_ldap_types_the_password_of_ldap() {
    let own = Own::new("administrators").await;
    let bob = own.person("bob").await;
    own.group("ops", &bob).await;
    let directories = vec![directories::local(), directories::ldap("corp", &own)];
    let app = directories::start_with(directories, |config| {
        config.access.administrators = vec!["corp:ops".to_owned()];
    })
    .await;
    app.add_person("bob", &[]).await;
    let browser = app.anybody();
    browser.post("/sign-in", &[("username", "corp\\bob"), ("password", "fake-password-bob")]).await.leads_to("/");
    // The local bob's password is somebody else's.
    let page = browser.post(OWN, &with("1h", PASSWORD)).await;
    assert_eq!(page.is(422).field_error("password"), "This is not your password.");
    text_of(&browser.post(OWN, &with("1h", "fake-password-bob")).await);
    own.change(&bob, "userPassword", &["fake-password-of-today"]).await;
    browser.post(OWN, &with("60m", "fake-password-bob")).await.is(422);
    text_of(&browser.post(OWN, &with("60m", "fake-password-of-today")).await);
}
