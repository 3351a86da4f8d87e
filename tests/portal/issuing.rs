//! `use_connector` from inside: what is refused before AWS is asked, and which row stands for it.

mod at_aws;
mod in_time;

use std::time::Duration;

use daypass::model::access::Actor;
use daypass::model::event::{Event, Origin};
use daypass::portal::connectors::ConnectorForm;
use daypass::portal::use_connector::{Ask, Handed, Purpose, use_connector};
use daypass::portal::{PortalError, Who, identify, tokens};
use daypass::store::connectors;

use crate::support::{TestApp, world};

pub fn credentials(seconds: Option<u32>) -> Purpose {
    Purpose::Credentials { seconds }
}

pub fn console(destination: &str, region: Option<&str>) -> Purpose {
    Purpose::Console { destination: destination.to_owned(), region: region.map(str::to_owned) }
}

/// A person as of now, by the session that a sign-in gives.
pub async fn actor(app: &TestApp, name: &str) -> Actor {
    app.sign_in(name).await;
    let row = app.last_event().await.event;
    Actor::Person(identify::identify(&app.app, &row.actor_id.unwrap()).await.unwrap().unwrap())
}

pub async fn member(app: &TestApp) -> Actor {
    app.add_person("alice", &["ops"]).await;
    actor(app, "alice").await
}

/// Whoever asks, from nowhere in particular.
pub fn by(actor: &Actor) -> Who {
    Who { actor: actor.clone(), origin: Origin::default(), as_of: None }
}

pub async fn ask(app: &TestApp, actor: &Actor, connector: &str, purpose: Purpose) -> Result<Handed, PortalError> {
    let ask = Ask::by(by(actor), connector.to_owned(), purpose);
    use_connector(&app.app, ask).await
}

/// Asks, is refused without a call to AWS, and gives the one new row and the error.
pub async fn refused(app: &TestApp, actor: &Actor, connector: &str, purpose: Purpose) -> (Event, PortalError) {
    let (calls, rows) = (app.sandbox.counters().issuing, app.events().await.len());
    let error = ask(app, actor, connector, purpose).await.unwrap_err();
    assert_eq!(app.sandbox.counters().issuing, calls, "AWS was asked");
    let events = app.events().await;
    assert_eq!(events.len(), rows + 1);
    let row = events.into_iter().next().unwrap().event;
    assert_eq!(row.issued_key_id, None);
    assert_eq!(row.actor_name, actor.name());
    (row, error)
}

pub fn words(row: &Event) -> (&str, &str, &str) {
    (&row.kind, &row.outcome, &row.reason)
}

#[actix_web::test]
async fn what_is_not_granted_looks_unknown_and_the_row_knows_better() {
    let app = TestApp::start().await;
    app.add_person("bob", &["others"]).await;
    let bob = actor(&app, "bob").await;
    for purpose in [credentials(None), console("", None)] {
        let (row, error) = refused(&app, &bob, "read-only", purpose.clone()).await;
        assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "not_granted"));
        assert_eq!(row.connector_name.as_deref(), Some("Read only"));
        let (unknown, same) = refused(&app, &bob, "no-such", purpose).await;
        assert_eq!((unknown.outcome.as_str(), unknown.reason.as_str()), ("refused", "unknown_connector"));
        assert_eq!(unknown.detail["connector"], "no-such");
        assert_eq!(format!("{error:?}"), format!("{same:?}"), "the two look the same");
    }
    let (row, _) = refused(&app, &bob, &"x".repeat(500), credentials(None)).await;
    assert_eq!(row.detail["connector"].as_str().unwrap().len(), 100);
}

#[actix_web::test]
async fn what_is_switched_off_says_so_to_those_who_might() {
    let app = TestApp::start().await;
    let alice = member(&app).await;
    let broker = app.app.database.read(|c| Ok(connectors::resolve(c, "read-only")?.access_key_id)).await.unwrap();
    let off = ConnectorForm { enabled: false, ..world::form("Off", "off", &broker) };
    world::add_connector(&app, &off, &["ops"]).await;
    let (row, error) = refused(&app, &alice, "off", credentials(None)).await;
    assert_eq!(words(&row), ("credentials.issue", "refused", "connector_disabled"));
    assert!(matches!(error, PortalError::Disabled { name, .. } if name == "Off"));
}

#[actix_web::test]
async fn a_program_reaches_its_own_connector_of_system_scope_only() {
    let app = TestApp::start().await;
    let text = tokens::create_unchecked(&app.app, "build", "system", Duration::from_secs(600)).await.unwrap();
    let program = world::holder(&app, &text).await;
    let handed = ask(&app, &program, "system", credentials(None)).await.unwrap();
    assert_eq!(handed.session_name.as_deref(), Some("program-build"));
    let row = app.last_event().await.event;
    assert_eq!((row.actor_kind.as_str(), row.rule.as_deref()), ("program", Some("system_scope")));
    let (row, error) = refused(&app, &program, "read-only", credentials(None)).await;
    assert_eq!(words(&row), ("credentials.issue", "refused", "token_scope"));
    assert!(matches!(error, PortalError::Forbidden));
    let text = tokens::create_unchecked(&app.app, "other", "read-only", Duration::from_secs(600)).await.unwrap();
    let other = world::holder(&app, &text).await;
    let (row, _) = refused(&app, &other, "read-only", credentials(None)).await;
    assert_eq!(row.reason, "no_system_scope");
}

#[actix_web::test]
async fn callers_may_only_narrow() {
    let app = TestApp::start().await;
    let alice = member(&app).await;
    for seconds in [0, 899, 3_601, 43_201] {
        let (row, error) = refused(&app, &alice, "read-only", credentials(Some(seconds))).await;
        assert_eq!(words(&row), ("credentials.issue", "refused", "duration"), "{seconds}");
        assert!(matches!(error, PortalError::Invalid(_)));
    }
    for (seconds, granted) in [(Some(900), 900), (None, 3_600), (Some(3_600), 3_600)] {
        ask(&app, &alice, "read-only", credentials(seconds)).await.unwrap();
        let row = app.last_event().await.event;
        assert_eq!(row.requested_seconds, seconds);
        assert!((granted - 2..=granted).contains(&row.granted_seconds.unwrap()), "{row:?}");
    }
}

#[actix_web::test]
async fn the_console_opens_only_where_it_may_lead() {
    let app = TestApp::start().await;
    let alice = member(&app).await;
    let (row, error) = refused(&app, &alice, "session", console("", None)).await;
    assert_eq!(words(&row), ("console.open", "refused", "no_console"));
    assert!(matches!(error, PortalError::NoConsole(_)));
    for (destination, region) in [
        ("https://evil.example/", None),
        ("//evil.example", None),
        ("https://console.aws.amazon.com.evil.example/", None),
        ("", Some("cn-north-1")),
        ("", Some("no-such-region")),
    ] {
        let (row, error) = refused(&app, &alice, "read-only", console(destination, region)).await;
        assert_eq!(words(&row), ("console.open", "refused", "destination"), "{destination} {region:?}");
        assert!(matches!(error, PortalError::Invalid(_)));
    }
}

/// A root key that came in by a setting is refused once the setting is off.
#[actix_web::test]
async fn a_root_users_key_is_refused() {
    let app = TestApp::builder().config(|config| config.aws.allow_root_keys = true).start().await;
    app.add_person("alice", &["ops"]).await;
    let key = world::add_key(&app, "root", world::ROOT_KEY_ID, world::ROOT_SECRET).await;
    let form = ConnectorForm {
        principal_type: "iam_user".to_owned(),
        role_arn: String::new(),
        ..world::form("Root", "root", &key)
    };
    world::add_connector(&app, &form, &["ops"]).await;
    let alice = actor(&app, "alice").await;
    ask(&app, &alice, "root", credentials(None)).await.unwrap();

    let data = app.app.config.server.data_dir.clone();
    let database = app.app.config.database.url.clone();
    let sandbox = app.app.config.aws.partitions.clone();
    let change = move |config: &mut daypass::config::Config| {
        config.server.data_dir = data;
        config.database.url = database;
        config.aws.partitions = sandbox;
    };
    let strict = TestApp::builder().database(crate::support::Database::Sqlite).config(change).start().await;
    let issuing = app.sandbox.counters().issuing;
    let (row, error) = refused(&strict, &alice, "root", credentials(None)).await;
    assert_eq!(app.sandbox.counters().issuing, issuing);
    assert_eq!(words(&row), ("credentials.issue", "refused", "root_key"));
    assert!(matches!(error, PortalError::Invalid(_)));
}

#[actix_web::test]
async fn without_its_key_file_nothing_is_asked_of_aws() {
    let app = TestApp::start().await;
    let alice = member(&app).await;
    ask(&app, &alice, "read-only", credentials(None)).await.unwrap();
    let away = app.folder.path().join("away");
    std::fs::rename(app.keys(), &away).unwrap();
    let (row, error) = refused(&app, &alice, "read-only", credentials(None)).await;
    assert_eq!(words(&row), ("credentials.issue", "failed", "key_file"));
    assert_eq!(
        row.detail["sentence"],
        "Failed to retrieve temporary AWS credentials: Unable to read encryption key file"
    );
    assert!(matches!(error, PortalError::Sealed { connector: Some(_), .. }));
    std::fs::rename(&away, app.keys()).unwrap();
    ask(&app, &alice, "read-only", credentials(None)).await.unwrap();
}

#[actix_web::test]
async fn administrators_are_let_in_by_the_setting_alone() {
    let app = TestApp::start().await;
    app.add_person("ada", &["administrators"]).await;
    let ada = actor(&app, "ada").await;
    ask(&app, &ada, "read-only", credentials(None)).await.unwrap();
    let row = app.last_event().await.event;
    assert_eq!((row.rule.as_deref(), row.grant_id, row.group_path), (Some("administrator"), None, None));

    let app = TestApp::builder().config(|config| config.access.administrators_may_use_all = false).start().await;
    world::fill(&app).await;
    app.add_person("ada", &["administrators"]).await;
    let ada = actor(&app, "ada").await;
    assert_eq!(refused(&app, &ada, "read-only", credentials(None)).await.0.reason, "not_granted");
}
