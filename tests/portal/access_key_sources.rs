//! Access keys that are not long-term keys, their rules, and what the form says about each.

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::model::credentials::rfc3339;
use daypass::portal::access_keys::AccessKeyForm;
use daypass::portal::connectors::ConnectorForm;
use daypass::sandbox::Role;
use daypass::store::access_keys;

use crate::support::{Page, Person, TestApp, world};

const NEW: &str = "/admin/access-keys/new";

/// A temporary key of the sandbox: id, secret, session token.
pub struct Temporary(pub String, pub String, pub String);

/// What the connector with this slug issues, for the shortest time that AWS gives.
pub async fn issued(person: &Person, slug: &str) -> Temporary {
    let page = person.post(&format!("/connectors/{slug}/credentials"), &[("duration", "15m")]).await;
    let json: serde_json::Value = serde_json::from_str(&page.is(200).block("json")).unwrap();
    let part = |name: &str| json[name].as_str().unwrap().to_owned();
    Temporary(part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken"))
}

fn form<'a>(key: &'a Temporary, expires_at: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("name", "fetched"),
        ("source", "temporary"),
        ("key_id", &key.0),
        ("secret", &key.1),
        ("session_token", &key.2),
        ("expires_at", expires_at),
        ("partition", "aws"),
    ]
}

/// A world in which a role may be assumed from a session of `ReadOnly`.
async fn chained(clock: Clock) -> TestApp {
    let mut world = world::sample();
    let read_only = world.accounts[0].role_arn("ReadOnly");
    world.accounts[0].roles.push(Role::trusting("Chained", &read_only, 12));
    let app = TestApp::builder().world(world).clock(clock).start().await;
    world::fill(&app).await;
    app
}

async fn id_of(page: &Page) -> String {
    page.location().rsplit('/').next().unwrap().to_owned()
}

#[actix_web::test]
async fn a_temporary_key_assumes_a_role_until_it_runs_out() {
    let clock = Clock::fixed(Clock::system().now());
    let app = chained(clock.clone()).await;
    let ada = app.administrator().await;
    let key = issued(&ada, "read-only").await;
    let end = rfc3339(app.app.clock.now() + TimeDelta::minutes(10));
    let page = ada.post(NEW, &form(&key, &end)).await;
    let id = id_of(page.is(303)).await;
    let page = ada.get(&format!("/admin/access-keys/{id}")).await;
    page.is(200).says("Good").says("assumed-role/ReadOnly/ada");
    assert_eq!(page.value_of("expires_at").as_deref(), Some(end.as_str()));
    assert!(!page.body.contains(&key.1) && !page.body.contains(&key.2), "a secret is shown");
    let row = app.last_event().await.event;
    assert_eq!(row.detail["source"], "temporary");

    let connector = ConnectorForm { role_arn: world::role("Chained"), ..world::form("Chained", "chained", &id) };
    world::add_connector(&app, &connector, &[]).await;
    ada.post("/connectors/chained/credentials", &[]).await.is(200);
    assert!(app.last_event().await.event.arn.unwrap().contains("assumed-role/Chained/ada"));

    clock.advance(TimeDelta::minutes(10));
    let page = ada.post("/connectors/chained/credentials", &[]).await;
    page.is(422).says("is a temporary one that has run out");
    assert_eq!(app.last_row().await, ("credentials.issue".into(), "refused".into(), "expired".into()));
    ada.get("/admin/access-keys").await.says("Expired").says("Its session token has run out.");
    // A note can be changed all the same, and the key stays as it is.
    let mut again = form(&key, &end);
    again.retain(|(name, _)| !["secret", "session_token"].contains(name));
    again.extend([("version", "1"), ("note", "it ran out"), ("skip_validation", "true")]);
    ada.post(&format!("/admin/access-keys/{id}"), &again).await.is(303);
}

#[actix_web::test]
async fn what_aws_ends_without_saying_when_is_marked() {
    // Requests are signed by the machine's clock, of which the sandbox takes no more than 15 minutes' difference.
    let clock = Clock::fixed(Clock::system().now() - TimeDelta::minutes(1));
    let app = chained(clock.clone()).await;
    let ada = app.administrator().await;
    let key = issued(&ada, "read-only").await;
    let id = id_of(ada.post(NEW, &form(&key, "")).await.is(303)).await;
    let connector = ConnectorForm { role_arn: world::role("Chained"), ..world::form("Chained", "chained", &id) };
    world::add_connector(&app, &connector, &[]).await;
    clock.advance(TimeDelta::minutes(15));
    ada.post("/connectors/chained/credentials", &[]).await.is(502).says("ExpiredToken");
    ada.get("/admin/access-keys").await.says("Refused by AWS");
    let page = ada.post(NEW, &form(&key, "")).await;
    assert!(page.is(422).field_error("session_token").contains("ExpiredToken"));
}

#[actix_web::test]
async fn each_field_of_a_temporary_key_is_checked() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let token = "fake-session-token-of-the-tests".to_owned();
    let key = |id: &str, token: &str| {
        Temporary(id.to_owned(), "fake-secret-of-a-temporary-key-not-real1".to_owned(), token.to_owned())
    };
    let cases = [
        (key("ASIAFAKEFAKEFAKEFAKE", ""), "", "session_token", "Enter the session token"),
        (key("ASIAFAKEFAKEFAKEFAKE", "tooshort"), "", "session_token", "This is no session token"),
        (key("AKIAFAKEFAKEFAKEFAKE", &token), "", "key_id", "has no session token"),
        (key("ASIAFAKEFAKEFAKEFAKE", &token), "soon", "expires_at", "Write it as"),
        (key("ASIAFAKEFAKEFAKEFAKE", &token), "2020-01-01 00:00", "expires_at", "This time is past"),
        (key("ASIAFAKEFAKEFAKEFAKE", &token), "", "key_id", "InvalidClientTokenId"),
    ];
    for (key, expires_at, field, sentence) in cases {
        let page = ada.post(NEW, &form(&key, expires_at)).await;
        let error = page.is(422).field_error(field);
        assert!(error.contains(sentence), "{field}: {error}");
        assert_eq!(page.value_of("expires_at").as_deref(), Some(expires_at));
        assert!(page.body.contains(r#"value="temporary" checked"#), "the source is lost");
        assert!(key.2.is_empty() || !page.body.contains(&key.2), "the token comes back");
    }
    let temporary = key("ASIAFAKEFAKEFAKEFAKE", &token);
    let mut wrong = form(&temporary, "");
    wrong[1].1 = "moon";
    assert!(!ada.post(NEW, &wrong).await.is(422).field_error("source").is_empty());
}

#[actix_web::test]
async fn a_key_of_the_surroundings_has_nothing_typed_and_nothing_kept() {
    let app = TestApp::builder().config(|config| config.aws.surroundings.instance_profile = true).start().await;
    let ada = app.administrator().await;
    // What does not go with the source counts for nothing.
    let typed = [
        ("name", "host"),
        ("source", "instance_profile"),
        ("key_id", "x"),
        ("secret", "x"),
        ("session_token", "x"),
        ("expires_at", "x"),
        ("mfa_serial", "x"),
        ("rotate_days", "x"),
        ("partition", "aws"),
        ("skip_validation", "true"),
    ];
    let mut off = typed;
    off[1].1 = "container";
    let error = ada.post(NEW, &off).await.is(422).field_error("source");
    assert!(error.contains("Set aws.surroundings.container = true"), "{error}");

    let page = ada.post(NEW, &typed).await;
    let id = id_of(page.is(303)).await;
    ada.get(page.location()).await.says("Nothing secret is kept of it.").says("Not validated");
    ada.get("/admin/access-keys").await.says("EC2 instance profile");
    let found = app.app.database.read(move |connection| access_keys::find_sealed(connection, &id)).await;
    let (key, sealed) = found.unwrap();
    assert_eq!(sealed, access_keys::SealedSecrets::default());
    assert!(key.key_id.is_empty() && key.mfa_serial.is_none() && key.rotation.is_none());
}

#[actix_web::test]
async fn another_source_keeps_the_rules_of_the_connectors() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let id = app.key_id("broker").await;
    let address = format!("/admin/access-keys/{id}");
    let temporary = Temporary(
        "ASIAFAKEFAKEFAKEFAKE".to_owned(),
        "fake-secret-of-a-temporary-key-not-real1".to_owned(),
        "fake-session-token-of-the-tests".to_owned(),
    );
    let mut typed = form(&temporary, "");
    typed.extend([("version", "1"), ("skip_validation", "true")]);
    let error = ada.post(&address, &typed).await.is(422).field_error("source");
    assert!(error.contains("“Federated” uses this access key.") && error.contains("long-term key"), "{error}");

    // Without the federated user it may, but not past the hour that AWS gives.
    let federated = app.connector_id("federated").await;
    ada.post(&format!("/admin/connectors/{federated}/delete"), &[]).await.is(303);
    app.sql("UPDATE connectors SET duration_seconds = 7200 WHERE slug = 'read-only'").await;
    let error = ada.post(&address, &typed).await.is(422).field_error("source");
    assert!(error.contains("“Read only”") && error.contains("more than an hour"), "{error}");
    app.sql("UPDATE connectors SET duration_seconds = 3600 WHERE slug = 'read-only'").await;
    ada.post(&address, &typed).await.is(303);
    // And back: the token goes with the source.
    let mut back = vec![("name", "broker"), ("key_id", world::KEY_ID), ("secret", world::SECRET), ("partition", "aws")];
    back.extend([("source", "long_term"), ("version", "2")]);
    ada.post(&address, &back).await.is(303);
    let found = app.app.database.read(move |connection| access_keys::find_sealed(connection, &id)).await;
    assert_eq!(found.unwrap().1.session_token, None);
    ada.post("/connectors/read-only/credentials", &[]).await.is(200);
}

#[actix_web::test]
async fn what_was_pasted_around_a_value_is_cut_off_and_said() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let (key_id, secret) = (format!("\"{}\"\n", world::KEY_ID), format!("  {}\r\n", world::SECRET));
    let typed = [("name", "key"), ("key_id", key_id.as_str()), ("secret", secret.as_str()), ("partition", "aws")];
    let page = ada.post(NEW, &typed).await;
    let page = ada.get(page.is(303).location()).await;
    page.says("The access key id had blanks and quotes around it, which were cut off.");
    page.says("The secret had blanks around it, which were cut off.").does_not_say("The same key of AWS");
    let typed = [("name", "again"), ("key_id", world::KEY_ID), ("secret", world::SECRET), ("partition", "aws")];
    let page = ada.post(NEW, &typed).await;
    let page = ada.get(page.is(303).location()).await;
    page.says("The same key of AWS is kept as “key” too.").does_not_say("cut off");
}

#[actix_web::test]
async fn a_clock_that_is_wrong_is_not_blamed_on_the_key() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let id = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    world::add_connector(&app, &world::form("Read only", "read-only", &id), &[]).await;
    // The sandbox goes by its own clock; AWS allows five minutes.
    let slow = daypass::sandbox::Sandbox::start(
        std::net::TcpListener::bind("127.0.0.1:0").unwrap(),
        world::sample(),
        Clock::fixed(Clock::system().now() + TimeDelta::minutes(20)),
        1,
    );
    let elsewhere = slow.await.unwrap();
    let url = elsewhere.sts_url();
    let skewed = TestApp::builder()
        .config(move |config| config.aws.partitions.get_mut("aws").unwrap().sts_endpoint = Some(url))
        .start()
        .await;
    let eve = skewed.administrator().await;
    let typed = [("name", "key"), ("key_id", world::KEY_ID), ("secret", world::SECRET), ("partition", "aws")];
    let page = eve.post(NEW, &typed).await;
    page.is(422).says("Signature expired").says("clock and AWS's differ").says("It was ").says("at AWS");
    page.does_not_say("The secret does not belong");
    assert!(!page.body.contains("f-secret-error"), "the secret is blamed");
    let form = AccessKeyForm {
        name: "kept".to_owned(),
        key_id: world::KEY_ID.to_owned(),
        secret: world::SECRET.into(),
        partition: "aws".to_owned(),
        skip_validation: true,
        ..AccessKeyForm::default()
    };
    let id = daypass::portal::access_keys::create(&skewed.app, &world::setter(), form).await.unwrap();
    eve.post(&format!("/admin/access-keys/{id}/check"), &[]).await.is(303);
    eve.get("/admin/access-keys").await.says("Not validated").does_not_say("Refused by AWS");
    ada.get("/admin/access-keys").await.says("Good");
    elsewhere.stop().await;
}

#[actix_web::test]
async fn the_envelope_is_kept_and_shown() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let id = app.key_id("broker").await;
    let address = format!("/admin/access-keys/{id}");
    let mut typed = vec![("name", "broker"), ("key_id", world::KEY_ID), ("partition", "aws"), ("version", "1")];
    typed.extend([("envelope_assume_role", "true"), ("envelope_longest", "1h")]);
    let error = ada.post(&address, &typed).await.is(422).field_error("envelope_roles");
    assert!(error.contains("Enter which roles they may use"), "{error}");
    typed.push(("envelope_roles", "arn:aws:iam::123456789012:role/team/*\n"));
    ada.post(&address, &typed).await.is(303);
    let page = ada.get(&address).await;
    page.says("role/team/*").says("Restricted administrators");
    assert!(page.body.contains(r#"name="envelope_assume_role" value="true" checked"#));
    assert_eq!(page.value_of("envelope_longest").as_deref(), Some("1h"));
    let key = app.app.database.read(move |connection| access_keys::find(connection, &id)).await.unwrap();
    let envelope = key.envelope.unwrap();
    assert_eq!((envelope.principal_types, envelope.longest_seconds), (vec!["assume_role".to_owned()], Some(3600)));
}

#[actix_web::test]
async fn the_plan_of_rotations_is_kept_and_shown() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let address = format!("/admin/access-keys/{}", app.key_id("broker").await);
    let mut typed = vec![("name", "broker"), ("key_id", world::KEY_ID), ("partition", "aws"), ("version", "1")];
    typed.extend([("rotate_days", "90"), ("rotate_window", "2 to 4")]);
    let page = ada.post(&address, &typed).await;
    assert!(page.is(422).field_error("rotate_window").contains("02:00-04:00"));
    assert_eq!(page.value_of("rotate_window").as_deref(), Some("2 to 4"));
    typed.last_mut().unwrap().1 = "02:00-04:00";
    ada.post(&address, &typed).await.is(303);
    let page = ada.get(&address).await;
    assert_eq!(page.value_of("rotate_days").as_deref(), Some("90"));
    assert_eq!(page.value_of("rotate_window").as_deref(), Some("02:00-04:00"));
}
