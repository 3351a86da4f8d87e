//! Testing a connector: every step shown, nothing handed out, and where AWS refuses, why and what to do.

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::portal::connectors::ConnectorForm;
use daypass::sandbox::{Fault, FaultKind, Role, World};

use crate::role_chains::{self, goal};
use crate::support::{Page, Person, TestApp, world};

/// The chain's world, with a role that takes neither tags nor a source identity.
fn strict() -> World {
    let mut world = role_chains::world();
    let broker = world.accounts[0].user_arn("broker");
    let strict =
        Role { permits_tagging: false, permits_source_identity: false, ..Role::trusting("Strict", &broker, 1) };
    world.accounts[0].roles.push(strict);
    world
}

async fn start() -> (TestApp, Person, String) {
    let app = TestApp::builder().world(strict()).start().await;
    world::fill(&app).await;
    let (ada, key) = (app.administrator().await, app.key_id("broker").await);
    (app, ada, key)
}

async fn test(app: &TestApp, ada: &Person, slug: &str) -> Page {
    ada.post(&format!("/admin/connectors/{}/test", app.connector_id(slug).await), &[]).await
}

#[actix_web::test]
async fn a_connector_that_works_shows_every_step_and_no_credentials() {
    let (app, ada, key) = start().await;
    let chain = ConnectorForm { policy: world::POLICY.to_owned(), ..role_chains::form("chain", &key, 2) };
    world::add_connector(&app, &chain, &[]).await;
    let page = test(&app, &ada, "chain").await;
    page.is(200).says("It works").says("Open the access key “broker” key file").says("Assume role 1 of 3");
    page.says("Assume role 3 of 3").says(&goal()).says("Who one is arn:aws:sts::210987654321:assumed-role/Goal/ada");
    page.says("Granted 1 h").says("%").says("Region us-east-1").does_not_say("✗").does_not_say("Not reached");
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("connector.test", "ok"));
    assert_eq!((row.rule.as_deref(), row.granted_seconds), (Some("administrator"), Some(3600)));
    assert_eq!(row.detail["hops"].as_array().unwrap().len(), 3);
    page.does_not_say(row.issued_key_id.as_deref().unwrap());
    assert_eq!(page.header("cache-control"), "no-store");
    for slug in ["read-only", "federated", "session"] {
        let page = test(&app, &ada, slug).await;
        page.is(200).says("It works").says("GetCallerIdentity");
    }
}

#[actix_web::test]
async fn the_page_itself_issues_nothing_and_offers_the_test() {
    let (app, ada, _) = start().await;
    let address = format!("/admin/connectors/{}/test", app.connector_id("read-only").await);
    let issued = app.sandbox.counters().issuing;
    ada.get(&address).await.is(200).does_not_say("Steps");
    assert_eq!(app.sandbox.counters().issuing, issued);
    let page = ada.get(&format!("/admin/connectors/{}", app.connector_id("read-only").await)).await;
    assert!(page.body.contains(&format!("action=\"{address}\"")));
    ada.post("/admin/connectors/0193f6a1-0000-7000-8000-000000000001/test", &[]).await.is(404);
}

#[actix_web::test]
async fn what_is_switched_off_can_be_tested_and_not_used() {
    let (app, ada, key) = start().await;
    let off = ConnectorForm { enabled: false, ..world::form("Off", "off", &key) };
    world::add_connector(&app, &off, &[]).await;
    test(&app, &ada, "off").await.is(200).says("It works").says("switched off");
    ada.post("/connectors/off/credentials", &[]).await.is(409);
}

#[actix_web::test]
async fn administrators_test_what_they_may_not_use_and_others_nothing() {
    let app = TestApp::builder().config(|config| config.access.administrators_may_use_all = false).start().await;
    world::fill(&app).await;
    let ada = app.administrator().await;
    ada.post("/connectors/read-only/credentials", &[]).await.is(404);
    test(&app, &ada, "read-only").await.is(200).says("It works");
    let alice = app.person("alice", &["ops"]).await;
    let issuing = app.sandbox.counters().issuing;
    test(&app, &alice, "read-only").await.is(403);
    test(&app, &app.anybody(), "read-only").await.is(303);
    assert_eq!(app.sandbox.counters().issuing, issuing);
}

#[actix_web::test]
async fn each_refusal_has_its_cause() {
    let (app, ada, key) = start().await;
    let role =
        |name: &str| ConnectorForm { role_arn: world::role(name), ..world::form(name, &name.to_lowercase(), &key) };
    let cases = [
        ("AccessDenied", "does not name the caller arn:aws:iam::123456789012:user/broker", role("Stranger")),
        ("AccessDenied", "the connector has none", role("External")),
        (
            "AccessDenied",
            "another external id than the connector's",
            ConnectorForm {
                external_id: "wrong-id".to_owned(),
                slug: "wrong".to_owned(),
                name: "W".to_owned(),
                ..role("External")
            },
        ),
        ("AccessDenied", "sts:TagSession is not allowed", ConnectorForm { tags: "a = b".to_owned(), ..role("Strict") }),
        (
            "AccessDenied",
            "sts:SetSourceIdentity is not allowed",
            ConnectorForm {
                source_identity: "on".to_owned(),
                slug: "identity".to_owned(),
                name: "I".to_owned(),
                ..role("Strict")
            },
        ),
        (
            "ValidationError",
            "asks for 2 h, which is longer than the role",
            ConnectorForm { duration: "2h".to_owned(), ..role("Operator") },
        ),
        (
            "AccessDenied",
            "role 2 of 2",
            ConnectorForm { external_id: "wrong-id".to_owned(), ..role_chains::form("middle", &key, 1) },
        ),
    ];
    for (code, cause, form) in cases {
        world::add_connector(&app, &form, &[]).await;
        let page = test(&app, &ada, &form.slug).await;
        page.is(200).says("It does not work").says("✗ Failed").says("Not reached").says(code).says(cause);
        page.says("What to do").says("AWS's request id");
        if code == "AccessDenied" {
            page.says("\"Version\": \"2012-10-17\"").says("sts:AssumeRole");
        }
        let row = app.last_event().await.event;
        assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("connector.test", "refused"), "{cause}");
        assert_eq!(row.reason, format!("aws:{code}"));
    }
}

#[actix_web::test]
async fn what_aws_says_on_a_bad_day_is_explained_too() {
    let (app, ada, _) = start().await;
    for (kind, says) in [
        (FaultKind::PackedPolicyTooLarge, "exceed AWS's packed size"),
        (FaultKind::RegionDisabled, "not active in region us-east-1"),
        (FaultKind::ExpiredToken, "have expired"),
        (FaultKind::InvalidClientTokenId, "AWS does not know this access key"),
        (FaultKind::BadRequest, "does not accept a value"),
        (FaultKind::Garbage, "The answer did not come from AWS"),
        (FaultKind::Reset, "AWS cannot be reached"),
        (FaultKind::ServiceUnavailable, "AWS is busy or out of order"),
    ] {
        app.sandbox.fault(Fault::of("AssumeRole", kind));
        let page = test(&app, &ada, "read-only").await;
        page.is(200).says("It does not work").says(says);
        let row = app.last_event().await.event;
        assert_eq!((row.kind.as_str(), row.reason.starts_with("aws:")), ("connector.test", true), "{kind:?}");
        app.sandbox.clear_faults();
    }
    // The last step fails alone: what was issued is in the row.
    app.sandbox.fault(Fault::of("GetCallerIdentity", FaultKind::AccessDenied));
    test(&app, &ada, "read-only").await.is(200).says("It does not work").says("✗ Failed Ask AWS who one is");
    assert!(app.last_event().await.event.issued_key_id.is_some());
    app.sandbox.clear_faults();
    test(&app, &ada, "read-only").await.is(200).says("It works");
}

#[actix_web::test]
async fn a_wrong_secret_and_a_wrong_clock_are_told_apart() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let key =
        world::add_key_unverified(&app, "wrong", world::KEY_ID, "fake-secret-that-is-another-one-than-that").await;
    world::add_connector(&app, &world::form("Wrong", "wrong", &key), &[]).await;
    test(&app, &ada, "wrong").await.is(200).says("The secret does not belong").says("✗ Failed Ask AWS whose key it is");
    let clock = Clock::fixed(Clock::system().now() + TimeDelta::hours(2));
    let app = TestApp::builder().aws_clock(clock).start().await;
    world::fill_unverified(&app).await;
    let ada = app.administrator().await;
    test(&app, &ada, "read-only").await.is(200).says("clock and AWS's differ");
}

#[actix_web::test]
async fn a_source_that_does_not_open_is_the_first_step() {
    let (app, ada, _) = start().await;
    std::fs::rename(app.keys(), app.folder.path().join("away")).unwrap();
    let page = test(&app, &ada, "read-only").await;
    page.is(200).says("✗ Failed Open the access key").says("Unable to read encryption key file");
    page.says("Not reached Assume the role");
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("connector.test", "failed"));
}

#[actix_web::test]
async fn aws_that_hangs_ends_the_test_in_time() {
    let app = TestApp::builder()
        .config(|config| {
            config.aws.retries = 0;
            config.aws.attempt_timeout = std::time::Duration::from_millis(300);
            config.aws.operation_timeout = std::time::Duration::from_millis(600);
        })
        .start()
        .await;
    world::fill(&app).await;
    let ada = app.administrator().await;
    app.sandbox.fault(Fault::of("AssumeRole", FaultKind::Hang));
    test(&app, &ada, "read-only").await.is(200).says("AWS did not answer in time").says("✗ Failed Assume the role");
}
