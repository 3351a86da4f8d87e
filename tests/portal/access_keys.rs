//! Access keys: checked by AWS, kept sealed, never shown.

use std::time::Duration;

use daypass::sandbox::{Account, Fault, FaultKind, Key, User};
use daypass::store::schema::access_keys;
use diesel::prelude::*;

use crate::support::{TestApp, world};

const NEW: &str = "/admin/access-keys/new";

fn typed<'a>(name: &'a str, key_id: &'a str, secret: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("name", name), ("key_id", key_id), ("secret", secret), ("partition", "aws"), ("note", "a note")]
}

async fn sealed(app: &TestApp, id: &str) -> Vec<u8> {
    let id = id.to_owned();
    let read = app
        .app
        .database
        .read(move |connection| Ok(access_keys::table.find(id).select(access_keys::secret).first(connection)?));
    read.await.unwrap()
}

#[actix_web::test]
async fn aws_says_whose_key_it_is_and_the_secret_is_never_shown() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    ada.get("/admin/access-keys").await.is(200).says("Daypass has no access key yet");
    let page = ada.post(NEW, &typed(" payments ", &format!(" \"{}\"\n", world::KEY_ID), world::SECRET)).await;
    let address = page.location().to_owned();
    let id = address.rsplit('/').next().unwrap();
    page.leads_to(&format!("/admin/access-keys/{id}"));
    let page = ada.get(&address).await;
    page.is(200).says("Its secret is sealed and will not be shown again.").says("Good");
    page.says("arn:aws:iam::123456789012:user/broker").says("1234-5678-9012").says("user");
    assert_eq!(page.value_of("key_id").as_deref(), Some(world::KEY_ID));
    assert!(!page.body.contains(world::SECRET));
    ada.get("/admin/access-keys").await.says("payments").says("user in 1234-5678-9012");
    assert_eq!(app.sandbox.counters().of("GetCallerIdentity").served, 1);

    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("access_key.create", "ok"));
    assert_eq!((row.detail["key_id"].as_str(), row.account_id.as_deref()), (Some(world::KEY_ID), Some(world::ACCOUNT)));
    assert!(!format!("{row:?}").contains(world::SECRET));
    let blob = sealed(&app, id).await;
    let secret = world::SECRET.as_bytes();
    assert!(!blob.windows(secret.len()).any(|part| part == secret), "the secret lies open in the database");
}

#[actix_web::test]
async fn what_is_wrong_stands_at_its_field_and_what_was_typed_stays() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let right = (world::KEY_ID, world::SECRET);
    let long_name = "x".repeat(101);
    let cases = [
        ("", right.0, right.1, "name", "Enter a name."),
        (long_name.as_str(), right.0, right.1, "name", "Use at most 100 characters."),
        ("a\nb", right.0, right.1, "name", "Leave out line ends"),
        ("key", "", right.1, "key_id", "An access key id has 16 to 128 characters"),
        ("key", "FAKEBROKERKEY00", right.1, "key_id", "An access key id has 16 to 128 characters"),
        ("key", "FAKEBROKERKEY-0000001", right.1, "key_id", "letters and digits only"),
        ("key", "ASIAFAKEFAKEFAKE", right.1, "key_id", "This is a temporary key"),
        ("key", right.0, "", "secret", "Enter the secret"),
        ("key", right.0, "fake-too-short", "secret", "too short or too long"),
        ("key", right.0, "fake secret with blanks in it, and long enough", "secret", "no AWS secret has"),
        ("key", right.0, "fake-secret-of-somebody-else-not-a-real-1", "secret", "SignatureDoesNotMatch"),
        ("key", "FAKEBROKERKEY0000009", right.1, "key_id", "InvalidClientTokenId"),
    ];
    for (name, key_id, secret, field, sentence) in cases {
        let page = ada.post(NEW, &typed(name, key_id, secret)).await;
        let error = page.is(422).field_error(field);
        assert!(error.contains(sentence), "{name} {key_id}: {error}");
        if name != "a\nb" {
            assert_eq!(page.value_of("name").as_deref(), Some(name));
        }
        assert_eq!(page.value_of("key_id").as_deref(), Some(key_id));
        page.says("a note");
        assert!(secret.is_empty() || !page.body.contains(secret), "the secret comes back");
    }
    let mut form = typed("key", right.0, right.1);
    form[3].1 = "moon";
    assert!(!ada.post(NEW, &form).await.is(422).field_error("partition").is_empty());
    let note = "x".repeat(1001);
    let mut form = typed("key", right.0, right.1);
    form[4].1 = &note;
    assert_eq!(ada.post(NEW, &form).await.is(422).field_error("note"), "Use at most 1,000 characters.");
    form[4].1 = &note[..1000];
    ada.post(NEW, &form).await.is(303);
    let taken = ada.post(NEW, &typed("KEY", right.0, right.1)).await;
    assert!(taken.is(422).field_error("name").contains("has this name already"));
}

#[actix_web::test]
async fn an_edit_without_a_secret_keeps_it_and_with_one_seals_anew() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let id = app.key_id("broker").await;
    let address = format!("/admin/access-keys/{id}");
    let before = sealed(&app, &id).await;
    let save = async |name: &str, secret: &str, version: &str| {
        let mut form = typed(name, world::KEY_ID, secret);
        form.push(("version", version));
        ada.post(&address, &form).await.leads_to(&address);
    };
    save("renamed", "", "1").await;
    assert_eq!(sealed(&app, &id).await, before);
    assert_eq!(app.last_event().await.event.detail["secret_changed"], false);
    save("renamed", world::SECRET, "2").await;
    assert_ne!(sealed(&app, &id).await, before, "the same secret sealed twice must not look the same");
    let row = app.last_event().await.event;
    assert_eq!(row.detail["secret_changed"], true);
    assert_eq!(row.detail["connectors"], serde_json::json!(["Federated", "Read only", "System"]));
    ada.get(&address).await.says("Saved. These connectors use it as it is now: Federated, Read only, System.");
    ada.post("/connectors/read-only/credentials", &[]).await.is(200);
}

#[actix_web::test]
async fn another_key_id_needs_its_own_secret() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let address = format!("/admin/access-keys/{}", app.key_id("broker").await);
    let mut form = typed("broker", world::SESSION_KEY_ID, "");
    form.push(("version", "1"));
    let page = ada.post(&address, &form).await;
    assert_eq!(page.is(422).field_error("secret"), "Enter the secret that belongs to this access key id.");
    assert_eq!(page.value_of("key_id").as_deref(), Some(world::SESSION_KEY_ID));
}

#[actix_web::test]
async fn a_rotated_key_counts_from_the_next_use_on() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    ada.post("/connectors/read-only/credentials", &[]).await.is(200);
    let (key, secret) = ("FAKEROTATEDKEY000001", "fake-secret-after-the-rotation-not-real1");
    let mut world = world::sample();
    world.accounts[0].users[0].keys = vec![Key::new(key, secret)];
    app.sandbox.replace(world);
    ada.post("/connectors/read-only/credentials", &[]).await.is(502).says("InvalidClientTokenId");
    ada.get("/admin/access-keys").await.says("Refused by AWS");
    let id = app.key_id("broker").await;
    let version = ada.get(&format!("/admin/access-keys/{id}")).await.value_of("version").unwrap();
    let mut form = typed("broker", key, secret);
    form.push(("version", &version));
    ada.post(&format!("/admin/access-keys/{id}"), &form).await.is(303);
    ada.post("/connectors/read-only/credentials", &[]).await.is(200);
    ada.get("/admin/access-keys").await.does_not_say("Refused by AWS");
}

#[actix_web::test]
async fn a_root_users_key_is_refused() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let page = ada.post(NEW, &typed("root", world::ROOT_KEY_ID, world::ROOT_SECRET)).await;
    let error = page.is(422).field_error("key_id");
    assert!(error.starts_with("This key belongs to the account's root user"), "{error}");

    let app = TestApp::builder().config(|config| config.aws.allow_root_keys = true).start().await;
    let ada = app.administrator().await;
    ada.post(NEW, &typed("root", world::ROOT_KEY_ID, world::ROOT_SECRET)).await.is(303);
    ada.get("/admin/access-keys").await.says("root in 1234-5678-9012");
}

#[actix_web::test]
async fn aws_may_be_left_out() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    app.sandbox.fault(Fault::of("GetCallerIdentity", FaultKind::ServiceUnavailable));
    let page = ada.post(NEW, &typed("key", world::KEY_ID, world::SECRET)).await;
    page.is(422).says("You may also tick “Save without asking AWS”.");
    let asked = app.sandbox.counters().of("GetCallerIdentity");
    let mut form = typed("key", world::KEY_ID, world::SECRET);
    form.push(("skip_validation", "true"));
    ada.post(NEW, &form).await.is(303);
    assert_eq!(app.sandbox.counters().of("GetCallerIdentity"), asked);
    ada.get("/admin/access-keys").await.says("Not validated").says("aws, not asked yet");
}

/// Whatever keeps AWS from answering is said as that, and nothing that was typed is lost but the secret.
#[actix_web::test]
async fn aws_may_be_out_of_reach_while_a_key_is_validated() {
    let app = TestApp::builder().config(|config| config.aws.attempt_timeout = Duration::from_millis(300)).start().await;
    let ada = app.administrator().await;
    for kind in [FaultKind::Reset, FaultKind::Hang, FaultKind::ServiceUnavailable, FaultKind::CaptivePortal] {
        app.sandbox.clear_faults();
        app.sandbox.fault(Fault::of("GetCallerIdentity", kind));
        let page = ada.post(NEW, &typed("key", world::KEY_ID, world::SECRET)).await;
        page.is(422).does_not_say(world::SECRET);
        for (field, value) in [("name", "key"), ("key_id", world::KEY_ID)] {
            assert_eq!(page.value_of(field).as_deref(), Some(value), "{kind:?}");
        }
        page.says("a note");
    }
    app.sandbox.clear_faults();
    ada.post(NEW, &typed("key", world::KEY_ID, world::SECRET)).await.is(303);
}

/// The key exists, but in China: AWS does not know it in the partition that was chosen.
#[actix_web::test]
async fn a_key_of_another_partition_is_not_known_there() {
    let (id, secret) = ("FAKECHINAKEY00000001", "fake-secret-of-the-china-user-not-a-real");
    let mut world = world::sample();
    let mut china = Account { id: "345678901234".to_owned(), partition: "aws-cn".to_owned(), ..Account::default() };
    china.users.push(User::broker("broker", Key::new(id, secret)));
    world.accounts.push(china);
    let app = TestApp::builder().world(world).start().await;
    let ada = app.administrator().await;
    let page = ada.post(NEW, &typed("key", id, secret)).await;
    let error = page.is(422).field_error("key_id");
    assert!(error.contains("check the partition") || error.contains("partition"), "{error}");
}

/// Lengths on both sides of what AWS has, and a blank in the middle.
#[actix_web::test]
async fn key_ids_and_secrets_have_a_length() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let id = |length: usize| "F".repeat(length);
    let secret = |length: usize| "s".repeat(length);
    let cases = [
        (id(15), secret(40), "key_id", false),
        (id(16), secret(40), "key_id", true),
        (id(128), secret(40), "key_id", true),
        (id(129), secret(40), "key_id", false),
        ("FAKE BROKERKEY000001".to_owned(), secret(40), "key_id", false),
        (id(20), secret(15), "secret", false),
        (id(20), secret(16), "secret", true),
        (id(20), secret(256), "secret", true),
        (id(20), secret(257), "secret", false),
    ];
    for (number, (id, secret, field, fits)) in cases.into_iter().enumerate() {
        let name = format!("key {number}");
        let mut form = typed(&name, &id, &secret);
        form.push(("skip_validation", "true"));
        let page = ada.post(NEW, &form).await;
        if fits {
            page.is(303);
        } else {
            assert!(!page.is(422).field_error(field).is_empty(), "{} {}", id.len(), secret.len());
        }
    }
}

#[actix_web::test]
async fn a_key_in_use_is_not_deleted() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let id = app.key_id("broker").await;
    let address = format!("/admin/access-keys/{id}/delete");
    ada.get(&address).await.is(200).says("Connectors still use this access key.").says("Read only").says("Federated");
    let page = ada.post(&address, &[]).await;
    page.is(409).says("Connectors still use this access key.").says("Read only");
    ada.get(&format!("/admin/access-keys/{id}")).await.is(200).says("Read only");

    let spare = world::add_key(&app, "spare", world::KEY_ID, world::SECRET).await;
    let address = format!("/admin/access-keys/{spare}/delete");
    ada.get(&address).await.says("Delete access key “spare”?").says(world::KEY_ID);
    ada.post(&address, &[]).await.leads_to("/admin/access-keys");
    assert_eq!(app.last_row().await, ("access_key.delete".into(), "ok".into(), String::new()));
    ada.get(&format!("/admin/access-keys/{spare}")).await.is(404);
    ada.post(&address, &[]).await.is(404);
}

#[actix_web::test]
async fn of_two_who_save_the_second_is_told_and_loses_nothing() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let address = format!("/admin/access-keys/{}", app.key_id("broker").await);
    let mut form = typed("by the first", world::KEY_ID, "");
    form.push(("version", "1"));
    ada.post(&address, &form).await.is(303);
    form[0].1 = "by the second";
    let page = ada.post(&address, &form).await;
    page.is(409).says("Somebody else has saved this since you opened it.");
    assert_eq!(page.value_of("name").as_deref(), Some("by the second"), "what was typed is lost");
    assert_eq!(ada.get(&address).await.value_of("name").as_deref(), Some("by the first"));
    let version = page.value_of("version").unwrap();
    form.last_mut().unwrap().1 = &version;
    ada.post(&address, &form).await.is(303);
}

#[actix_web::test]
async fn the_partition_of_a_used_key_stays() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let address = format!("/admin/access-keys/{}", app.key_id("broker").await);
    let mut form = typed("broker", world::KEY_ID, world::SECRET);
    form[3].1 = "aws-cn";
    form.push(("version", "1"));
    form.push(("skip_validation", "true"));
    let error = ada.post(&address, &form).await.is(422).field_error("partition");
    assert!(error.contains("Read only") && error.ends_with("so its partition stays."), "{error}");
}

#[actix_web::test]
async fn the_account_follows_the_key() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let mut world = world::sample();
    let mut other = world.accounts[0].clone();
    other.id = "210987654321".to_owned();
    other.users.truncate(1);
    other.users[0].keys = vec![Key::new("FAKEOTHERKEY00000001", "fake-secret-of-the-other-account-not-real")];
    other.root_keys.clear();
    world.accounts.push(other);
    app.sandbox.replace(world);
    let address = format!("/admin/access-keys/{}", app.key_id("broker").await);
    let mut form = typed("broker", "FAKEOTHERKEY00000001", "fake-secret-of-the-other-account-not-real");
    form.push(("version", "1"));
    ada.post(&address, &form).await.is(303);
    let of = async |slug: &str| ada.get(&format!("/admin/connectors?q={slug}")).await.text();
    assert!(of("federated").await.contains("2109-8765-4321"), "a federated user's account is its key's");
    assert!(of("read-only").await.contains("1234-5678-9012"), "a role's account is in its ARN");
}

#[actix_web::test]
async fn the_list_finds_by_name_id_and_arn() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    for query in ["BROKER", "fakebrokerkey", "user/broker", &app.key_id("broker").await] {
        ada.get(&format!("/admin/access-keys?q={query}")).await.says("1 of 2");
    }
    ada.get("/admin/access-keys?q=nothing").await.says("No access key matches the search.");
}
