//! What changes while AWS takes its time.

use std::time::Instant;

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::portal::use_connector::Gift;
use daypass::sandbox::Fault;
use secrecy::ExposeSecret;

use super::*;

/// Whoever asked may have gone: what AWS issued is recorded all the same.
#[actix_web::test]
async fn what_was_issued_is_recorded_though_nobody_waits() {
    let app = TestApp::start().await;
    let alice = member(&app).await;
    let late: Fault =
        serde_json::from_value(serde_json::json!({ "action": "AssumeRole", "kind": "Latency", "latencyMs": 300 }))
            .unwrap();
    app.sandbox.fault(late);
    let before = app.events().await.len();
    let cut = tokio::time::timeout(Duration::from_millis(50), ask(&app, &alice, "read-only", credentials(None))).await;
    assert!(cut.is_err());
    let deadline = Instant::now() + Duration::from_secs(10);
    while app.events().await.len() == before {
        assert!(Instant::now() < deadline, "issued, and not recorded");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(app.last_event().await.event.issued_key_id.is_some());
}

/// A right that goes while AWS takes its time is gone: what was issued is recorded and not handed out.
#[actix_web::test]
async fn the_right_is_looked_at_again_after_a_long_wait() {
    let clock = Clock::fixed(Clock::system().now());
    let app = TestApp::builder().clock(clock.clone()).start().await;
    world::fill(&app).await;
    let alice = member(&app).await;
    let late: Fault =
        serde_json::from_value(serde_json::json!({ "action": "*", "kind": "Latency", "latencyMs": 300 })).unwrap();
    app.sandbox.fault(late);
    let calls = app.sandbox.counters().issuing;
    for purpose in [credentials(None), console("", None)] {
        let meanwhile = async {
            let mut connection = crate::support::sql::connect(&app.app.config);
            crate::support::sql::run(&mut connection, "DELETE FROM grants");
            clock.advance(TimeDelta::seconds(3));
        };
        let asked = ask(&app, &alice, "read-only", purpose);
        let (refused, ()) = tokio::join!(asked, async {
            // Once the right was looked at, and before AWS has answered.
            tokio::time::sleep(Duration::from_millis(100)).await;
            meanwhile.await;
        });
        assert!(matches!(refused, Err(PortalError::NotFound(_))), "{refused:?}");
        let row = app.last_event().await.event;
        assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "not_granted"));
        assert!(row.issued_key_id.is_some(), "{row:?}");
        let id = app.app.database.read(|c| Ok(connectors::resolve(c, "read-only")?.id)).await.unwrap();
        world::grant(&app, &id, "ops").await;
    }
    assert!(app.sandbox.counters().issuing > calls);
}

#[actix_web::test]
async fn a_row_has_the_time_of_its_beginning() {
    let start = Clock::system().now();
    let clock = Clock::fixed(start);
    let app = TestApp::builder().clock(clock.clone()).start().await;
    world::fill(&app).await;
    let alice = member(&app).await;
    clock.advance(TimeDelta::seconds(5));
    let handed = ask(&app, &alice, "read-only", console("", None)).await.unwrap();
    let Gift::ConsoleLink(link) = handed.gift else { panic!("a link was asked for") };
    assert!(link.expose_secret().contains("SigninToken="));
    let row = app.last_event().await.event;
    assert_eq!(row.at, start + TimeDelta::seconds(5));
    // AWS's times have whole seconds.
    assert!((3_599..=3_600).contains(&row.granted_seconds.unwrap()), "{row:?}");
}
