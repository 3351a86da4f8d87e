//! Log-ins to ECR and CodeArtifact: what a session is exchanged for, what is refused before that, and which row stands for it.

mod answers;
mod at_peers;
mod lives;

use chrono::TimeDelta;
use daypass::model::access::Actor;
use daypass::model::access_key::KeyState;
use daypass::model::credentials::rfc3339;
use daypass::model::event::Event;
use daypass::model::registry::{CodeArtifactToken, EcrLogin};
use daypass::portal::connectors::ConnectorForm;
use daypass::portal::use_connector::{Gift, Handed, Purpose};
use daypass::portal::{PortalError, users};
use daypass::sandbox::{Fault, FaultKind, Role};
use daypass::store::access_keys;
use secrecy::ExposeSecret;

use crate::issuing::{ask, member, refused, words};
use crate::support::{TestApp, world};

pub const ECR: &str = "ecr:GetAuthorizationToken";
pub const CODEARTIFACT: &str = "codeartifact:GetAuthorizationToken";

pub fn ecr(region: Option<&str>) -> Purpose {
    Purpose::Ecr { region: region.map(str::to_owned) }
}

pub fn codeartifact(region: Option<&str>, domain: &str, owner: Option<&str>) -> Purpose {
    let (region, domain_owner) = (region.map(str::to_owned), owner.map(str::to_owned));
    Purpose::CodeArtifact { region, domain: domain.to_owned(), domain_owner }
}

pub fn packages() -> Purpose {
    codeartifact(None, "packages", None)
}

pub fn login(handed: Handed) -> EcrLogin {
    let Gift::Ecr(given) = handed.gift else { panic!("a log-in to ECR was asked for") };
    given.0
}

pub fn token(handed: Handed) -> CodeArtifactToken {
    let Gift::CodeArtifact(given) = handed.gift else { panic!("a log-in to CodeArtifact was asked for") };
    given.0
}

/// The broker's key in a portal of [`TestApp::start`].
pub async fn broker(app: &TestApp) -> String {
    app.key_id("broker").await
}

/// A connector to `ReadOnly` whose sessions last 12 h, and what else `change` makes of it.
pub async fn add(app: &TestApp, slug: &str, change: impl FnOnce(&mut ConnectorForm)) {
    let mut form = ConnectorForm { duration: "12h".to_owned(), ..world::form(slug, slug, &broker(app).await) };
    change(&mut form);
    world::add_connector(app, &form, &["ops"]).await;
}

pub async fn day() -> (TestApp, Actor) {
    let app = TestApp::start().await;
    let alice = member(&app).await;
    add(&app, "day", |_| {}).await;
    (app, alice)
}

/// The newest row and why nothing was handed out.
pub async fn failed(app: &TestApp, actor: &Actor, connector: &str, purpose: Purpose) -> (Event, PortalError) {
    let error = ask(app, actor, connector, purpose).await.map(drop).unwrap_err();
    (app.last_event().await.event, error)
}

fn texts(error: &PortalError) -> String {
    match error {
        PortalError::Invalid(errors) => errors.iter().map(|(field, said)| format!("{field}: {said}")).collect(),
        PortalError::Aws(error) => format!("{error}. {}", error.advice()),
        other => panic!("{other:?}"),
    }
}

#[actix_web::test]
async fn a_session_is_exchanged_for_a_log_in_to_ecr() {
    let (app, alice) = day().await;
    let before = app.events().await.len();
    for (asked, region) in [(None, "us-east-1"), (Some("eu-west-1"), "eu-west-1"), (Some(" "), "us-east-1")] {
        let handed = ask(&app, &alice, "day", ecr(asked)).await.unwrap();
        let shown = format!("{handed:?}");
        assert_eq!(handed.session_name.as_deref(), Some("alice"));
        let Gift::Ecr(given) = handed.gift else { panic!("a log-in was asked for") };
        let (login, session) = *given;
        assert_eq!(login.username, "AWS");
        assert_eq!(login.endpoint, format!("https://{}.dkr.ecr.{region}.amazonaws.com", world::ACCOUNT));
        assert!(login.password.expose_secret().starts_with("sandbox-ecr-"));
        let row = app.last_event().await.event;
        assert_eq!(words(&row), ("ecr.issue", "ok", ""));
        assert_eq!(row.expires_at, Some(login.expires_at));
        assert!((43_190..=43_200).contains(&row.granted_seconds.unwrap()), "{row:?}");
        assert_eq!(row.detail["session_expires_at"], rfc3339(session.expires_at));
        assert_eq!((&row.detail["registry"], &row.detail["region"]), (&login.endpoint.as_str().into(), &region.into()));
        assert_eq!(row.issued_key_id.as_deref(), Some(session.access_key_id.as_str()));
        assert_eq!(row.detail.get("may_outlive_session"), None);
        let told = format!("{shown} {row:?}");
        let secrets = [&login.password, &session.secret_access_key, &session.session_token];
        assert!(secrets.iter().all(|secret| !told.contains(secret.expose_secret())), "{told}");
    }
    assert_eq!(app.events().await.len(), before + 3, "a row for each");
    assert_eq!(app.sandbox.counters().of(ECR).served, 3);
}

#[actix_web::test]
async fn a_session_is_exchanged_for_a_log_in_to_codeartifact_that_ends_with_it() {
    let (app, alice) = day().await;
    app.sandbox.listen();
    // However short the sessions are.
    for connector in ["read-only", "day"] {
        for owner in [None, Some(world::ACCOUNT), Some(" ")] {
            let handed = ask(&app, &alice, connector, codeartifact(None, " packages ", owner)).await.unwrap();
            let Gift::CodeArtifact(given) = handed.gift else { panic!("a log-in was asked for") };
            let (token, session) = *given;
            assert_eq!(token.expires_at, session.expires_at);
            let row = app.last_event().await.event;
            assert_eq!(words(&row), ("codeartifact.issue", "ok", ""));
            assert_eq!(row.expires_at, Some(token.expires_at));
            assert_eq!(row.detail["session_expires_at"], rfc3339(session.expires_at));
            assert_eq!((&row.detail["domain"], &row.detail["region"]), (&"packages".into(), &"us-east-1".into()));
            let owner = owner.filter(|owner| !owner.trim().is_empty());
            assert_eq!(row.detail.get("domain_owner").and_then(|owner| owner.as_str()), owner);
            assert!(!format!("{row:?}").contains(token.token.expose_secret()));
            let asked = app.sandbox.heard().into_iter().rfind(|call| call.contains_key("domain")).unwrap();
            assert_eq!((asked["domain"].as_str(), asked["duration"].as_str()), ("packages", "0"));
            assert_eq!(asked.get("domain-owner").map(String::as_str), owner);
        }
    }
}

#[actix_web::test]
async fn what_cannot_be_is_refused_before_anything_is_issued() {
    let (app, alice) = day().await;
    for region in ["cn-north-1", "eu-nowhere", "us-east-1.evil.example", "us-east-1/"] {
        for purpose in [ecr(Some(region)), codeartifact(Some(region), "packages", None)] {
            let (row, error) = refused(&app, &alice, "day", purpose).await;
            assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "region"));
            assert_eq!(texts(&error), format!("region: “{region}” is no region of aws."));
        }
    }
    for domain in ["", "p", "Packages", "packages&duration=43200", "1packages", "packages-"] {
        let (row, error) = refused(&app, &alice, "day", codeartifact(None, domain, None)).await;
        assert_eq!(words(&row), ("codeartifact.issue", "refused", "domain"), "{domain}");
        assert!(texts(&error).starts_with("domain: Name the domain"));
    }
    let (row, error) = refused(&app, &alice, "day", codeartifact(None, "packages", Some("12345"))).await;
    assert_eq!(words(&row), ("codeartifact.issue", "refused", "domain"));
    assert!(texts(&error).starts_with("domain_owner: "));
}

#[actix_web::test]
async fn who_may_not_use_the_connector_gets_no_log_in() {
    let (app, alice) = day().await;
    app.add_person("bob", &["others"]).await;
    let bob = crate::issuing::actor(&app, "bob").await;
    add(&app, "off", |form| form.enabled = false).await;
    for purpose in [ecr(None), packages()] {
        let (row, error) = refused(&app, &bob, "day", purpose.clone()).await;
        assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "not_granted"));
        assert!(matches!(error, PortalError::NotFound(_)));
        let (row, _) = refused(&app, &alice, "no-such", purpose.clone()).await;
        assert_eq!((row.reason.as_str(), &row.detail["connector"]), ("unknown_connector", &"no-such".into()));
        let (row, error) = refused(&app, &alice, "off", purpose).await;
        assert_eq!(row.reason, "connector_disabled");
        assert!(matches!(error, PortalError::Disabled { .. }));
    }
}

#[actix_web::test]
async fn aws_refusals_are_shown_and_are_not_the_keys_fault() {
    let mut there = world::sample();
    let broker = there.accounts[0].user_arn("broker");
    there.accounts[0].roles.push(Role { no_registries: true, ..Role::trusting("Bare", &broker, 12) });
    let app = TestApp::builder().world(there).start().await;
    world::fill(&app).await;
    let alice = member(&app).await;
    add(&app, "day", |_| {}).await;
    add(&app, "bare", |form| form.role_arn = world::role("Bare")).await;
    for (connector, purpose, code, says) in [
        ("day", codeartifact(None, "unknown", None), "ResourceNotFoundException", "Domain 'unknown' owned by account"),
        (
            "day",
            codeartifact(Some("eu-west-1"), "packages", None),
            "ResourceNotFoundException",
            "no such domain in this",
        ),
        (
            "day",
            codeartifact(None, "packages", Some("210987654321")),
            "AccessDeniedException",
            "no resource-based policy",
        ),
        ("bare", packages(), "AccessDeniedException", "not authorized to perform: codeartifact:GetAuthorizationToken"),
        ("bare", ecr(None), "AccessDeniedException", "ECR in us-east-1: AWS refused: User: arn:aws:sts::123456789012"),
    ] {
        let (row, error) = failed(&app, &alice, connector, purpose).await;
        assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", format!("aws:{code}").as_str()));
        assert!(row.issued_key_id.is_some() && row.expires_at.is_some(), "the session was issued: {row:?}");
        assert_eq!(row.detail["aws_code"], code);
        assert!(row.detail["aws_request_id"].as_str().is_some_and(|id| id.len() == 36), "{row:?}");
        assert!(texts(&error).contains(says), "{}", texts(&error));
    }
    // A refusal of the session says nothing of the key that it was got with.
    for action in [ECR, CODEARTIFACT] {
        app.sandbox.fault(Fault::of(action, FaultKind::InvalidClientTokenId).times(1));
        let purpose = if action == ECR { ecr(None) } else { packages() };
        let (row, error) = failed(&app, &alice, "day", purpose).await;
        assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "aws:UnrecognizedClientException"));
        assert!(texts(&error).contains("may not be active"), "{}", texts(&error));
    }
    let keys = app.app.database.read(access_keys::all).await.unwrap();
    assert!(keys.iter().all(|key| key.state == KeyState::Good));
}

#[actix_web::test]
async fn silences_and_broken_answers_hand_out_nothing() {
    let (app, alice) = day().await;
    for (kind, outcome, reason) in [
        (FaultKind::InternalFailure, "failed", ["aws:ServerException", "aws:InternalServerException"]),
        (FaultKind::Throttling, "failed", ["aws:ThrottlingException"; 2]),
        (FaultKind::Hang, "failed", ["aws:timeout"; 2]),
        (FaultKind::Reset, "failed", ["aws:unreachable"; 2]),
        (FaultKind::Garbage, "failed", ["aws:garbled_answer"; 2]),
        (FaultKind::CaptivePortal, "failed", ["aws:garbled_answer"; 2]),
    ] {
        for (action, purpose, reason) in [(ECR, ecr(None), reason[0]), (CODEARTIFACT, packages(), reason[1])] {
            app.sandbox.fault(Fault::of(action, kind));
            let before = app.sandbox.counters().of(action).refused;
            let (row, _) = failed(&app, &alice, "day", purpose).await;
            assert_eq!((row.outcome.as_str(), row.reason.as_str()), (outcome, reason), "{kind:?}");
            assert!(row.issued_key_id.is_some(), "{row:?}");
            let tries = app.sandbox.counters().of(action).refused - before;
            // One retry is set; what came whole is not asked for again.
            let whole = matches!(kind, FaultKind::Garbage | FaultKind::CaptivePortal);
            assert_eq!(tries, if whole { 1 } else { 2 }, "{kind:?} {action}");
            app.sandbox.clear_faults();
        }
    }
    // What passes is tried again, and comes.
    for (action, purpose) in [(ECR, ecr(None)), (CODEARTIFACT, packages())] {
        for kind in [FaultKind::InternalFailure, FaultKind::Throttling, FaultKind::Reset] {
            app.sandbox.fault(Fault::of(action, kind).times(1));
            ask(&app, &alice, "day", purpose.clone()).await.unwrap();
        }
    }
}

#[actix_web::test]
async fn a_person_who_was_disabled_while_the_registry_was_slow_gets_nothing() {
    let clock = daypass::clock::Clock::fixed(daypass::clock::Clock::system().now());
    let app = TestApp::builder().clock(clock.clone()).start().await;
    world::fill(&app).await;
    let alice = member(&app).await;
    add(&app, "day", |_| {}).await;
    app.sandbox.fault(Fault { action: ECR.to_owned(), ..Fault::latency(500) });
    let issued = app.sandbox.counters().issued;
    let (asked, ()) = tokio::join!(ask(&app, &alice, "day", ecr(None)), async {
        while app.sandbox.counters().issued == issued {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        users::set_active(&app.app, "alice", false).await.unwrap();
        clock.advance(TimeDelta::seconds(3));
    });
    assert!(matches!(asked.unwrap_err(), PortalError::NotFound(_)));
    let row = app.events().await.into_iter().find(|row| row.event.kind == "ecr.issue").unwrap().event;
    assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "person_gone"));
    // ECR's log-in is out in the world: the row says until when.
    assert!(row.expires_at.is_some_and(|at| at > app.app.clock.now() + TimeDelta::hours(11)), "{row:?}");
    assert!(row.detail["registry"].is_string());
}
