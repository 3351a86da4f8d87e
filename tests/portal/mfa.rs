//! Roles that demand MFA of the broker: its device's codes, each used once, and the session that saves them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE32_NOPAD;
use daypass::clock::Clock;
use daypass::portal::connectors::ConnectorForm;
use daypass::sandbox::{Mfa, Role, World};

use crate::support::{Person, TestApp, world};

const SERIAL: &str = "arn:aws:iam::123456789012:mfa/broker";
const SEED: &[u8] = b"a fake seed of an MFA device, 40 bytes..";

/// The sample world, in which the role `Guarded` (12 h) demands MFA and the broker has a device.
fn guarded() -> World {
    let mut world = world::sample();
    let account = &mut world.accounts[0];
    let broker = account.user_arn("broker");
    account.users[0].mfa = Some(Mfa { serial: SERIAL.to_owned(), seed: SEED.to_vec() });
    account.roles.push(Role { requires_mfa: true, ..Role::trusting("Guarded", &broker, 12) });
    account.roles.push(Role::trusting("Behind", &world::role("Guarded"), 12));
    world
}

/// The beginning of a half minute near now, so that signatures are fresh.
fn half_minute() -> DateTime<Utc> {
    let now = Clock::system().now().timestamp();
    DateTime::from_timestamp(now - now.rem_euclid(30), 0).unwrap()
}

/// A portal at second `second` of a half minute, with a connector of up to an hour and one of two.
async fn scene(clock: &Clock) -> (TestApp, Person) {
    let app = TestApp::builder().world(guarded()).clock(clock.clone()).start().await;
    world::fill(&app).await;
    let ada = app.administrator().await;
    let key = app.key_id("broker").await;
    for (name, slug, duration) in [("Short", "short", "1h"), ("Long", "long", "2h")] {
        let form = ConnectorForm {
            role_arn: world::role("Guarded"),
            duration: duration.to_owned(),
            ..world::form(name, slug, &key)
        };
        world::add_connector(&app, &form, &[]).await;
    }
    (app, ada)
}

async fn give_device(app: &TestApp, ada: &Person, seed: &str) {
    let address = format!("/admin/access-keys/{}", app.key_id("broker").await);
    let version = ada.get(&address).await.value_of("version").unwrap();
    let typed = [
        ("name", "broker"),
        ("key_id", world::KEY_ID),
        ("partition", "aws"),
        ("version", version.as_str()),
        ("mfa_serial", SERIAL),
        ("mfa_seed", seed),
    ];
    ada.post(&address, &typed).await.is(303);
}

fn seed() -> String {
    BASE32_NOPAD.encode(SEED)
}

#[actix_web::test]
async fn a_role_that_demands_mfa_is_assumed_by_the_brokers_device() {
    let clock = Clock::fixed(half_minute());
    let (app, ada) = scene(&clock).await;
    ada.post("/connectors/short/credentials", &[]).await.is(502).says("AccessDenied");
    give_device(&app, &ada, &seed()).await;
    // Any number of sessions by one code, through a session that carries MFA.
    for _ in 0..3 {
        ada.post("/connectors/short/credentials", &[]).await.is(200);
    }
    assert_eq!(app.sandbox.counters().of("GetSessionToken").served, 1);
    let row = app.last_event().await.event;
    assert_eq!((row.detail["mfa"].as_str(), row.granted_seconds), (Some("session"), Some(3600)));
    // A longer one needs a code of its own, and this one is used up: 29 s are more than a request may take here.
    clock.advance(TimeDelta::seconds(1));
    let page = ada.post("/connectors/long/credentials", &[]).await;
    page.is(503).says("was used already; the next one comes in 29 s. Try again then.");
    assert_eq!(app.last_row().await, ("credentials.issue".into(), "failed".into(), "aws:mfa_code_used".into()));
    clock.advance(TimeDelta::seconds(29));
    ada.post("/connectors/long/credentials", &[]).await.is(200);
    let row = app.last_event().await.event;
    assert_eq!((row.detail["mfa"].as_str(), row.granted_seconds), (Some("code"), Some(7200)));
    // Connectors that need no MFA go on without it, and federated users cannot have it.
    ada.post("/connectors/federated/credentials", &[]).await.is(200);
    assert!(app.last_event().await.event.detail.get("mfa").is_none());
}

#[actix_web::test]
async fn the_next_code_is_waited_for_where_that_is_short() {
    let clock = Clock::fixed(half_minute() + TimeDelta::seconds(28));
    let (app, ada) = scene(&clock).await;
    give_device(&app, &ada, &seed()).await;
    ada.post("/connectors/long/credentials", &[]).await.is(200);
    let before = tokio::time::Instant::now();
    let next = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        clock.advance(TimeDelta::seconds(2));
    };
    let ask = ada.post("/connectors/long/credentials", &[]);
    let (page, ()) = tokio::join!(ask, next);
    page.is(200);
    assert!(before.elapsed() >= Duration::from_secs(2), "nobody waited");
    // It waits once: with a clock that stands, the request ends with a sentence.
    clock.advance(TimeDelta::seconds(28));
    ada.post("/connectors/long/credentials", &[]).await.is(503).says("the next one comes in 2 s");
}

#[actix_web::test]
async fn a_code_counts_once_for_all_who_ask_at_the_same_time() {
    let clock = Clock::fixed(half_minute());
    let (app, ada) = scene(&clock).await;
    give_device(&app, &ada, &seed()).await;
    let ask = |_| ada.post("/connectors/long/credentials", &[]);
    let pages = futures_util::future::join_all((0..8).map(ask)).await;
    assert_eq!(pages.iter().filter(|page| page.status == 200).count(), 1);
    assert_eq!(pages.iter().filter(|page| page.status == 503).count(), 7);
    clock.advance(TimeDelta::seconds(30));
    let ask = |_| ada.post("/connectors/short/credentials", &[]);
    let pages = futures_util::future::join_all((0..8).map(ask)).await;
    assert!(pages.iter().all(|page| page.status == 200), "the session was not shared");
    assert_eq!(app.sandbox.counters().of("GetSessionToken").served, 1);
}

#[actix_web::test]
async fn the_session_is_made_anew_for_another_version_of_the_key() {
    let clock = Clock::fixed(half_minute());
    let (app, ada) = scene(&clock).await;
    give_device(&app, &ada, &seed()).await;
    ada.post("/connectors/short/credentials", &[]).await.is(200);
    clock.advance(TimeDelta::seconds(30));
    // Without the device there is no session either, though one is still in memory.
    let address = format!("/admin/access-keys/{}", app.key_id("broker").await);
    let version = ada.get(&address).await.value_of("version").unwrap();
    let typed = [("name", "broker"), ("key_id", world::KEY_ID), ("partition", "aws"), ("version", version.as_str())];
    ada.post(&address, &typed).await.is(303);
    ada.post("/connectors/short/credentials", &[]).await.is(502).says("AccessDenied");
    // A key file that is gone opens nothing, sessions in memory included.
    give_device(&app, &ada, &seed()).await;
    ada.post("/connectors/short/credentials", &[]).await.is(200);
    std::fs::rename(app.keys(), app.folder.path().join("away")).unwrap();
    ada.post("/connectors/short/credentials", &[]).await.is(503).says("Unable to read encryption key file");
}

#[actix_web::test]
async fn the_console_opens_with_mfa_too() {
    let clock = Clock::fixed(half_minute());
    let (app, ada) = scene(&clock).await;
    give_device(&app, &ada, &seed()).await;
    for slug in ["short", "long"] {
        let link = ada.console_link(slug).await;
        app.arrive(&link).await.is(200).says("assumed-role/Guarded/ada");
        clock.advance(TimeDelta::seconds(30));
    }
    assert_eq!(app.sandbox.counters().of("GetSessionToken").served, 1);
}

#[actix_web::test]
async fn the_first_role_of_a_chain_takes_the_code() {
    let clock = Clock::fixed(half_minute());
    let (app, ada) = scene(&clock).await;
    let form = ConnectorForm {
        through: world::role("Guarded"),
        role_arn: world::role("Behind"),
        ..world::form("Chain", "chain", &app.key_id("broker").await)
    };
    world::add_connector(&app, &form, &[]).await;
    ada.post("/connectors/chain/credentials", &[]).await.is(502).says("At role 1 of 2");
    give_device(&app, &ada, &seed()).await;
    for _ in 0..2 {
        ada.post("/connectors/chain/credentials", &[]).await.is(200).says("assumed-role/Behind/ada");
    }
    let row = app.last_event().await.event;
    assert_eq!((row.detail["mfa"].as_str(), row.granted_seconds), (Some("session"), Some(3600)));
    assert_eq!(app.sandbox.counters().of("GetSessionToken").served, 1);
    app.arrive(&ada.console_link("chain").await).await.is(200).says("assumed-role/Behind/ada");
    let page = ada.post(&format!("/admin/connectors/{}/test", app.connector_id("chain").await), &[]).await;
    page.is(200).says("It works").says("MFA device of the access key by a session that was made with a code");
}

#[actix_web::test]
async fn a_wrong_seed_is_explained_and_the_fields_are_checked() {
    let clock = Clock::fixed(half_minute());
    let (app, ada) = scene(&clock).await;
    give_device(&app, &ada, &BASE32_NOPAD.encode(b"another fake seed of nobody's device....")).await;
    let page = ada.post("/connectors/short/credentials", &[]).await;
    page.is(502).says("MultiFactorAuthentication failed").says("its serial number or seed is wrong");
    let address = format!("/admin/access-keys/{}", app.key_id("broker").await);
    let page = ada.get(&address).await;
    assert_eq!(page.value_of("mfa_serial").as_deref(), Some(SERIAL));
    assert_eq!(page.value_of("mfa_seed").as_deref(), Some(""), "the seed is shown");
    let version = page.value_of("version").unwrap();
    let seed = seed();
    let cases = [
        ("", seed.as_str(), "mfa_serial", "Enter which device this seed belongs to"),
        ("short", seed.as_str(), "mfa_serial", "Enter the device's ARN"),
        ("arn:aws:iam::123456789012:mfa/other", "", "mfa_seed", "Enter the seed of this device"),
        (SERIAL, "not base32 at all!", "mfa_seed", "This is no seed"),
    ];
    for (serial, seed, field, sentence) in cases {
        let typed = [
            ("name", "broker"),
            ("key_id", world::KEY_ID),
            ("partition", "aws"),
            ("version", version.as_str()),
            ("mfa_serial", serial),
            ("mfa_seed", seed),
        ];
        let page = ada.post(&address, &typed).await;
        let error = page.is(422).field_error(field);
        assert!(error.contains(sentence), "{serial}: {error}");
        assert_eq!(page.value_of("mfa_serial").as_deref(), Some(serial));
        assert!(seed.is_empty() || !page.body.contains(seed), "the seed comes back");
    }
}

/// A session of an IAM user with MFA, which that user's own rights may ask for: by a code of its device each time.
#[actix_web::test]
async fn an_iam_users_session_carries_mfa() {
    let clock = Clock::fixed(half_minute());
    let mut world = world::sample();
    let serial = "arn:aws:iam::123456789012:mfa/session";
    world.accounts[0].users[1].mfa = Some(Mfa { serial: serial.to_owned(), seed: SEED.to_vec() });
    let app = TestApp::builder().world(world).clock(clock.clone()).start().await;
    world::fill(&app).await;
    let ada = app.administrator().await;
    ada.post("/connectors/session/credentials", &[]).await.is(200);
    assert_eq!(app.last_event().await.event.detail.get("mfa"), None, "there is no device yet");
    let seed = seed();
    let typed = [
        ("name", "session user"),
        ("key_id", world::SESSION_KEY_ID),
        ("partition", "aws"),
        ("version", "1"),
        ("mfa_serial", serial),
        ("mfa_seed", seed.as_str()),
    ];
    ada.post(&format!("/admin/access-keys/{}", app.key_id("session user").await), &typed).await.is(303);
    app.sandbox.listen();
    ada.post("/connectors/session/credentials", &[]).await.is(200);
    let row = app.last_event().await.event;
    assert_eq!((row.detail["mfa"].as_str(), row.granted_seconds), (Some("code"), Some(43_200)));
    let heard = app.sandbox.heard();
    let call = heard.last().unwrap();
    assert_eq!((call["Action"].as_str(), call["SerialNumber"].as_str()), ("GetSessionToken", serial));
    // Each session takes a code of its own: in the same half minute there is none left.
    clock.advance(TimeDelta::seconds(1));
    let page = ada.post("/connectors/session/credentials", &[]).await;
    page.is(503).says("was used already; the next one comes in 29 s.");
    clock.advance(TimeDelta::seconds(29));
    ada.post("/connectors/session/credentials", &[]).await.is(200);
}
