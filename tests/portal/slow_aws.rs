//! What changes while AWS takes its time counts: the right is looked at once more, as it is then, and whatever comes of it
//! leaves a row.

use std::time::Duration;

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::model::access::Actor;
use daypass::model::event::Event;
use daypass::portal::{PortalError, tokens, users};
use daypass::sandbox::Fault;
use daypass::store::api_tokens;

use crate::issuing::{ask, console, credentials, member};
use crate::support::sql::{connect, run};
use crate::support::{TestApp, world};

/// Asks for the console, and lets `meanwhile` happen and three seconds pass after AWS has issued and before the federation
/// endpoint answers. Gives why nothing came of it, and the row.
async fn ask_slowly(
    app: &TestApp,
    clock: &Clock,
    actor: &Actor,
    meanwhile: impl AsyncFnOnce(),
) -> (PortalError, Event) {
    let connector = if matches!(actor, Actor::Program(_)) { "system" } else { "read-only" };
    app.sandbox.clear_faults();
    app.sandbox.fault(Fault { action: "getSigninToken".to_owned(), ..Fault::latency(500) });
    let (rows, issued) = (app.events().await.len(), app.sandbox.counters().issued);
    let (asked, ()) = tokio::join!(ask(app, actor, connector, console("", None)), async {
        while app.sandbox.counters().issued == issued {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        meanwhile().await;
        clock.advance(TimeDelta::seconds(3));
    });
    let mut events = app.events().await;
    events.truncate(events.len() - rows);
    events.retain(|row| row.event.kind == "console.open");
    assert_eq!(events.len(), 1, "one row");
    let row = events.remove(0).event;
    assert!(row.issued_key_id.is_some(), "{row:?}");
    (asked.map(drop).unwrap_err(), row)
}

async fn start() -> (TestApp, Clock) {
    let clock = Clock::fixed(Clock::system().now());
    let app = TestApp::builder().clock(clock.clone()).start().await;
    world::fill(&app).await;
    (app, clock)
}

fn outcome(row: &Event) -> (&str, &str) {
    (&row.outcome, &row.reason)
}

#[actix_web::test]
async fn a_person_who_was_disabled_meanwhile_gets_nothing() {
    let (app, clock) = start().await;
    let alice = member(&app).await;
    let disable = async || users::set_active(&app.app, "alice", false).await.unwrap();
    let (error, row) = ask_slowly(&app, &clock, &alice, disable).await;
    assert!(matches!(error, PortalError::NotFound(_)), "{error:?}");
    assert_eq!(outcome(&row), ("refused", "person_gone"));
}

#[actix_web::test]
async fn a_person_who_left_the_group_meanwhile_gets_nothing() {
    let (app, clock) = start().await;
    let alice = member(&app).await;
    let leave = async || run(&mut connect(&app.app.config), "DELETE FROM local_groups WHERE name = 'ops'");
    let (error, row) = ask_slowly(&app, &clock, &alice, leave).await;
    assert!(matches!(error, PortalError::NotFound(_)), "{error:?}");
    assert_eq!(outcome(&row), ("refused", "not_granted"));
}

#[actix_web::test]
async fn a_token_that_was_revoked_meanwhile_gets_nothing() {
    let (app, clock) = start().await;
    let text = tokens::create_unchecked(&app.app, "build", "system", Duration::from_secs(600)).await.unwrap();
    let program = world::holder(&app, &text).await;
    let (id, now) = (program.id().to_owned(), clock.now());
    let revoke = async || {
        let write = app.app.database.write(move |c| Ok((api_tokens::revoke(c, &id, "test", now)?, Vec::new())));
        write.await.unwrap();
    };
    let (error, row) = ask_slowly(&app, &clock, &program, revoke).await;
    assert!(matches!(error, PortalError::Forbidden), "{error:?}");
    assert_eq!(outcome(&row), ("refused", "token_revoked"));

    // One that ran out.
    let text = tokens::create_unchecked(&app.app, "short", "system", Duration::from_secs(2)).await.unwrap();
    let program = world::holder(&app, &text).await;
    let (_, row) = ask_slowly(&app, &clock, &program, async || {}).await;
    assert_eq!(outcome(&row), ("refused", "token_expired"));
}

/// AWS has issued, and then the entry cannot be read: nothing is handed out, and what was issued is in the log.
#[actix_web::test]
async fn what_was_issued_is_recorded_where_the_second_look_fails() {
    let (app, clock) = start().await;
    let alice = member(&app).await;
    let damage = async || run(&mut connect(&app.app.config), "UPDATE connectors SET role_arn = 'no role'");
    let (error, row) = ask_slowly(&app, &clock, &alice, damage).await;
    assert!(matches!(error, PortalError::Database(_)), "{error:?}");
    assert_eq!(outcome(&row), ("failed", "database"));

    // The same before AWS is asked.
    let rows = app.events().await.len();
    let error = ask(&app, &alice, "read-only", credentials(None)).await.unwrap_err();
    assert!(matches!(error, PortalError::Database(_)), "{error:?}");
    let events = app.events().await;
    assert_eq!(events.len(), rows + 1);
    let row = &events[0].event;
    assert_eq!((outcome(row), row.issued_key_id.as_deref()), (("failed", "database"), None));
    assert_eq!((row.actor_name.as_str(), &row.detail["connector"]), ("alice", &"read-only".into()));
}
