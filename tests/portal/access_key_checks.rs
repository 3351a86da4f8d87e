//! Asking AWS again: about one key, about all, by the clock.

use std::time::Duration;

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::portal::access_keys::check;
use daypass::sandbox::{Fault, FaultKind, World};
use daypass::store::access_keys;

use crate::support::{Page, Person, TestApp, world};

const ALL: &str = "/admin/access-keys/check";

/// The sample world, in which the broker's key is inactive.
fn closed() -> World {
    let mut world = world::sample();
    world.accounts[0].users[0].keys[0].active = false;
    world
}

async fn check_one(app: &TestApp, person: &Person, name: &str) -> Page {
    let id = app.key_id(name).await;
    let page = person.post(&format!("/admin/access-keys/{id}/check"), &[]).await;
    person.get(page.is(303).location()).await
}

/// Waits until no check goes on.
async fn ended(person: &Person) -> Page {
    for _ in 0..500 {
        let page = person.get(ALL).await;
        if page.text().contains("Ended") {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the check does not end");
}

#[actix_web::test]
async fn one_key_is_asked_about_and_what_aws_says_is_kept() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    check_one(&app, &ada, "broker").await.says("AWS takes this access key.").says("Good");
    assert_eq!(app.last_row().await, ("access_key.check".into(), "ok".into(), String::new()));
    assert_eq!(app.last_event().await.event.actor_name, "ada");

    app.sandbox.replace(closed());
    let page = check_one(&app, &ada, "broker").await;
    page.says("Refused by AWS").says("InvalidClientTokenId");
    assert_eq!(app.last_row().await, ("access_key.check".into(), "refused".into(), "aws:InvalidClientTokenId".into()));
    app.sandbox.replace(world::sample());
    check_one(&app, &ada, "broker").await.says("Good").does_not_say("Refused by AWS");

    // What AWS does not answer says nothing about the key.
    app.sandbox.fault(Fault::of("GetCallerIdentity", FaultKind::ServiceUnavailable));
    check_one(&app, &ada, "broker").await.says("Nobody knows whether AWS takes it.").says("Good");
    assert_eq!(app.last_event().await.event.outcome, "failed");
    app.sandbox.clear_faults();
    std::fs::remove_dir_all(app.keys()).unwrap();
    check_one(&app, &ada, "broker").await.says("Unable to read encryption key file");
    assert_eq!(app.last_row().await, ("access_key.check".into(), "failed".into(), "key_file".into()));
    ada.post("/admin/access-keys/0193f6a1-0000-7000-8000-000000000001/check", &[]).await.is(404);
}

#[actix_web::test]
async fn a_key_that_turns_out_to_be_roots_is_marked_and_not_used() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    // In the new world the broker's key is the root user's.
    let mut world = world::sample();
    let key = world.accounts[0].users[0].keys.pop().unwrap();
    world.accounts[0].root_keys.push(key);
    app.sandbox.replace(world);
    check_one(&app, &ada, "broker").await.says("Root user's key").says("root");
    assert_eq!(app.last_row().await, ("access_key.check".into(), "refused".into(), "root_key".into()));
    ada.post("/connectors/read-only/credentials", &[]).await.is(422).says("belongs to the account's root user");
    assert_eq!(app.last_row().await.2, "root_key");
}

#[actix_web::test]
async fn all_keys_are_asked_about_with_progress() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    for number in 0..20 {
        world::add_key(&app, &format!("spare {number}"), world::KEY_ID, world::SECRET).await;
    }
    ada.get(ALL).await.is(200).says("No check was started since this server runs.").says("Check all now");
    let (asked, rows) = (app.sandbox.counters().of("GetCallerIdentity").served, app.events().await.len());
    app.sandbox.replace(closed());
    ada.post(ALL, &[("action", "start")]).await.leads_to(ALL);
    let page = ended(&ada).await;
    page.says("22 of 22 access keys").says("Good 1").says("Refused 21").says("Not known 0").says("Done");
    assert_eq!(app.sandbox.counters().of("GetCallerIdentity").served, asked + 1);
    // One row for each key whose state changed, and one for who asked.
    let events = app.events().await;
    assert_eq!(events.len(), rows + 22);
    let last = &events[0].event;
    assert_eq!(
        (last.actor_name.as_str(), &last.detail["keys"], &last.detail["refused"]),
        ("ada", &22.into(), &21.into())
    );
    // Nothing changes any more: one row.
    ada.post(ALL, &[("action", "start")]).await.leads_to(ALL);
    ended(&ada).await;
    assert_eq!(app.events().await.len(), rows + 23);
    // A part of the page, for htmx.
    let part = ada.send(ada.request(reqwest::Method::GET, ALL).header("hx-request-type", "partial")).await;
    assert!(part.body.contains(r#"id="progress""#) && !part.body.contains("<html"), "{}", part.body);
}

#[actix_web::test]
async fn a_check_of_all_stops_when_told_and_does_not_begin_twice() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    for number in 0..30 {
        world::add_key(&app, &format!("spare {number}"), world::KEY_ID, world::SECRET).await;
    }
    app.sandbox.fault(Fault::latency(300));
    ada.post(ALL, &[("action", "start")]).await.leads_to(ALL);
    let page = ada.get(ALL).await;
    page.says("Asking AWS").says("Stop").says("Show the progress now");
    assert!(page.body.contains("data-hx-trigger=\"every 1s\""));
    ada.post(ALL, &[("action", "start")]).await.leads_to(ALL);
    ada.get(ALL).await.says("A check goes on already.");
    ada.post(ALL, &[("action", "stop")]).await.leads_to(ALL);
    app.sandbox.clear_faults();
    let page = ended(&ada).await;
    page.says("Stopped");
    let run = app.app.key_checks.now().unwrap();
    assert!(run.done() < run.total, "{run:?}");
    assert_eq!(app.last_event().await.event.detail["stopped"], true);
}

#[actix_web::test]
async fn keys_are_asked_about_by_the_clock_once_for_all_replicas() {
    let clock = Clock::fixed(Clock::system().now());
    let minutely = |config: &mut daypass::config::Config| config.aws.check_keys_every = Duration::from_secs(60);
    let app = TestApp::builder().clock(clock.clone()).config(minutely).start().await;
    world::fill(&app).await;
    let due = async |holder: &str| check::due(&app.app, holder).await.unwrap();
    assert_eq!(due("one").await, 0, "AWS was asked on save");
    clock.advance(TimeDelta::seconds(60));
    assert_eq!(due("two").await, 0, "another has the lease");
    assert_eq!(due("one").await, 2);
    assert_eq!((due("one").await, due("two").await), (0, 0));
    let rows = app.events().await.len();
    app.sandbox.replace(closed());
    clock.advance(TimeDelta::seconds(60));
    assert_eq!(due("one").await, 2);
    let events = app.events().await;
    assert_eq!(events.len(), rows + 1, "a row only for the one that changed");
    let row = &events[0].event;
    assert_eq!(
        (row.actor_kind.as_str(), row.actor_name.as_str(), row.outcome.as_str()),
        ("system", "schedule", "refused")
    );
    assert_eq!(row.detail["name"], "broker");
    // While another holds the lease, nobody else asks.
    clock.advance(TimeDelta::seconds(60));
    app.sql(&format!("UPDATE leases SET holder = 'other', until = {}", app.app.clock.now().timestamp_millis() + 1000))
        .await;
    assert_eq!(due("one").await, 0);
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(due("one").await, 2);
}

#[actix_web::test]
async fn no_check_by_the_clock_where_the_settings_say_never() {
    let clock = Clock::fixed(Clock::system().now());
    let never = |config: &mut daypass::config::Config| config.aws.check_keys_every = Duration::ZERO;
    let app = TestApp::builder().clock(clock.clone()).config(never).start().await;
    world::fill(&app).await;
    clock.advance(TimeDelta::days(100));
    assert_eq!(check::due(&app.app, "one").await.unwrap(), 0);
}

#[actix_web::test]
async fn a_check_does_not_overwrite_what_was_saved_meanwhile() {
    let app = TestApp::start().await;
    let id = app.key_id("broker").await;
    let read = id.clone();
    let mut old = app.app.database.read(move |connection| access_keys::find(connection, &read)).await.unwrap();
    app.sql("UPDATE access_keys SET version = version + 1").await;
    old.state = daypass::model::access_key::KeyState::Refused;
    let write = app.app.database.write(move |connection| Ok((access_keys::set_state(connection, &old)?, Vec::new())));
    write.await.unwrap();
    let now = app.app.database.read(move |connection| access_keys::find(connection, &id)).await.unwrap();
    assert_eq!(now.state, daypass::model::access_key::KeyState::Good);
}
