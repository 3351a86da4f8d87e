//! Programs' tokens whose responsible person goes.

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::model::api_token::ORPHAN_LIFE;
use daypass::portal::connectors::ConnectorForm;
use daypass::portal::tokens::orphans::Watch;
use daypass::portal::tokens::{self, TokenForm};
use daypass::portal::users;
use serde_json::json;

use super::{ask, by_system, form, send, who};
use crate::directories;
use crate::ldap::slapd::Own;
use crate::support::{TestApp, world};

/// A portal at a standing clock, with a token that alice answers for and ops look after: its text and id.
async fn scene() -> (TestApp, Clock, String, String) {
    let clock = Clock::fixed(Clock::system().now());
    // What AWS would say of requests that are signed weeks ago is no part of it: nothing here gets as far as AWS.
    let app = TestApp::builder().clock(clock.clone()).start().await;
    world::fill(&app).await;
    app.person("alice", &["ops"]).await;
    let form = TokenForm {
        responsible: "alice".to_owned(),
        group: "ops".to_owned(),
        life: "365d".to_owned(),
        ..form("Nightly", &["usage_log"], &[])
    };
    let (text, id) = by_system(&app, &form).await;
    (app, clock, text, id)
}

/// What a token's request is told that its scope lacks: 403 while it is live, 401 when it is not.
async fn status(app: &TestApp, token: &str) -> u16 {
    send(app, reqwest::Method::GET, "/api/v1/tokens", token).await.status
}

async fn rows(app: &TestApp) -> Vec<(bool, String)> {
    let orphan = |row: &daypass::store::usage_log::Recorded| row.event.kind == "token.orphan";
    let rows = app.events().await.into_iter().filter(orphan);
    rows.map(|row| (row.event.detail["orphaned"] == json!(true), row.event.actor_name)).collect()
}

#[actix_web::test]
async fn an_orphan_goes_on_for_thirty_days_and_not_a_second_more() {
    let (app, clock, text, _) = scene().await;
    let watch = Watch::default();
    watch.look(&app.app).await.unwrap();
    assert!(rows(&app).await.is_empty(), "alice is there");
    users::set_active(&app.app, "alice", false).await.unwrap();
    for _ in 0..3 {
        watch.look(&app.app).await.unwrap();
    }
    assert_eq!(rows(&app).await, [(true, "schedule".to_owned())]);
    let detail = app.last_event().await.event.detail;
    assert_eq!((&detail["token"], &detail["responsible"]), (&"nightly".into(), &"alice".into()));
    clock.advance(ORPHAN_LIFE - TimeDelta::seconds(1));
    assert_eq!(status(&app, &text).await, 403);
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(status(&app, &text).await, 401);
    assert_eq!(app.last_event().await.event.reason, "token_orphaned");
    // Too late: what has ended stays so.
    users::set_active(&app.app, "alice", true).await.unwrap();
    watch.look(&app.app).await.unwrap();
    assert_eq!(status(&app, &text).await, 401);
}

#[actix_web::test]
async fn whoever_comes_back_in_time_answers_for_it_again() {
    let (app, clock, text, _) = scene().await;
    let watch = Watch::default();
    users::set_active(&app.app, "alice", false).await.unwrap();
    watch.look(&app.app).await.unwrap();
    clock.advance(ORPHAN_LIFE - TimeDelta::seconds(1));
    users::set_active(&app.app, "alice", true).await.unwrap();
    watch.look(&app.app).await.unwrap();
    assert_eq!(rows(&app).await.iter().map(|(gone, _)| *gone).collect::<Vec<_>>(), [false, true]);
    clock.advance(TimeDelta::days(60));
    assert_eq!(status(&app, &text).await, 403);
}

#[actix_web::test]
async fn an_orphan_is_adopted_by_its_group() {
    let (app, clock, text, id) = scene().await;
    users::set_active(&app.app, "alice", false).await.unwrap();
    Watch::default().look(&app.app).await.unwrap();
    let bob = app.person("bob", &["ops"]).await;
    bob.get("/tokens").await.says("Nightly").says("Orphaned").says("Adopt");
    bob.post(&format!("/tokens/{id}/adopt"), &[]).await.leads_to("/tokens");
    let row = app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.actor_name.as_str(), &row.detail["responsible"]),
        ("token.adopt", "bob", &"bob".into())
    );
    bob.get("/tokens").await.says("You answer for “Nightly” from now on.").does_not_say("Orphaned");
    clock.advance(ORPHAN_LIFE);
    assert_eq!(status(&app, &text).await, 403);
    // The same through the administration, where all orphans stand.
    users::set_active(&app.app, "bob", false).await.unwrap();
    Watch::default().look(&app.app).await.unwrap();
    let ada = app.administrator().await;
    ada.get("/admin/tokens").await.says("Nobody answers for 1 program's token any more");
    ada.post(&format!("/admin/tokens/{id}/adopt"), &[]).await.leads_to(&format!("/admin/tokens/{id}"));
    ada.get("/admin/tokens").await.does_not_say("Nobody answers").says("ada");
}

#[actix_web::test]
async fn a_second_replica_looks_only_when_the_first_is_gone() {
    let (app, clock, ..) = scene().await;
    let (first, second) = (Watch::default(), Watch::default());
    first.look(&app.app).await.unwrap();
    users::set_active(&app.app, "alice", false).await.unwrap();
    second.look(&app.app).await.unwrap();
    assert!(rows(&app).await.is_empty(), "the first has the lease");
    clock.advance(TimeDelta::minutes(5));
    second.look(&app.app).await.unwrap();
    assert_eq!(rows(&app).await.len(), 1);
}

#[actix_web::test]
async fn a_person_who_is_deleted_in_ldap_leaves_orphans_and_a_silent_directory_leaves_all_as_it_is() {
    let own = Own::new("orphans").await;
    let bob = own.person("bob").await;
    let directories =
        vec![directories::ldap("corp", &own), directories::silent("partners", &own), directories::local()];
    let app =
        directories::start_with(directories, |config| config.access.membership_cache = std::time::Duration::ZERO).await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    let system = ConnectorForm { system_scope: true, ..world::form("System", "system", &key) };
    world::add_connector(&app, &system, &[]).await;
    let browser = app.anybody();
    browser.post("/sign-in", &[("username", "corp\\bob"), ("password", "fake-password-bob")]).await.leads_to("/");
    let of_bob = TokenForm { responsible: "corp\\bob".to_owned(), ..form("Nightly", &["use"], &["system"]) };
    let (text, _) = by_system(&app, &of_bob).await;
    let watch = Watch::default();
    // The directory that knows bob says nothing.
    app.sql("UPDATE people SET directory = 'partners' WHERE user_name = 'bob'").await;
    watch.look(&app.app).await.unwrap();
    assert!(rows(&app).await.is_empty());
    app.sql("UPDATE people SET directory = 'corp' WHERE user_name = 'bob'").await;
    watch.look(&app.app).await.unwrap();
    assert!(rows(&app).await.is_empty());
    own.remove(&bob).await;
    watch.look(&app.app).await.unwrap();
    assert_eq!(rows(&app).await.len(), 1);
    app.sql("UPDATE people SET directory = 'partners' WHERE user_name = 'bob'").await;
    watch.look(&app.app).await.unwrap();
    assert_eq!(rows(&app).await.len(), 1, "silence does not bring anybody back");
    // A program's token needs no directory.
    ask(&app, "system", &text).await.is(200);
}

#[actix_web::test]
async fn whoever_answers_for_a_token_sees_it_among_theirs() {
    let (app, ..) = scene().await;
    let alice = who(&app, "alice").await;
    let mine = tokens::list_own(&app.app, &alice).await.unwrap();
    assert_eq!((mine.own.len(), mine.looked_after.len()), (0, 1));
    assert_eq!(mine.looked_after[0].person, "alice");
}
