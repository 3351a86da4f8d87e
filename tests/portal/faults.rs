//! What people and programs are told when AWS, the directory, the database or a key file does not play along.

use std::time::{Duration, Instant};

use daypass::config::{Config, Directory};
use daypass::portal::source::place;
use daypass::sandbox::{Fault, FaultKind};
use daypass::store::schema::access_keys;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use reqwest::Method;
use tokio::net::TcpListener;

use super::ldap::slapd;
use super::ldap::stand_in::Server;
use crate::support::{Database, PASSWORD, Page, TestApp, world};

const CREDENTIALS: &str = "/connectors/read-only/credentials";
const CONSOLE: &str = "/console/read-only";
const PROGRAM: &str = "/api/v1/connectors/system/container-credentials";

#[track_caller]
fn gives_nothing(page: &Page) {
    for part in ["SBX", "SigninToken", "SandboxToken", "sandbox/"] {
        assert!(!page.body.contains(part) && !page.location().contains(part), "{part} is handed out");
    }
}

#[actix_web::test]
async fn what_aws_says_is_explained_with_its_code_and_request_id() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let token = app.token("build", "system").await;
    let cases = [
        (FaultKind::AccessDenied, 502, "refused", "AccessDenied", "Either the role does not trust this access key"),
        (FaultKind::InvalidClientTokenId, 502, "refused", "InvalidClientTokenId", "AWS does not know this access key"),
        (FaultKind::ExpiredToken, 502, "refused", "ExpiredToken", "have expired"),
        (FaultKind::PackedPolicyTooLarge, 502, "refused", "PackedPolicyTooLarge", "shorten the connector's policy"),
        (FaultKind::RegionDisabled, 502, "refused", "RegionDisabledException", "STS is not active in this region"),
        (FaultKind::BadRequest, 502, "refused", "ValidationError", "AWS"),
        (FaultKind::Throttling, 503, "failed", "Throttling", "Try again in a minute."),
        (FaultKind::InternalFailure, 503, "failed", "InternalFailure", "Try again in a minute."),
        (FaultKind::ServiceUnavailable, 503, "failed", "ServiceUnavailable", "Try again in a minute."),
        (FaultKind::Garbage, 502, "failed", "garbled_answer", "A proxy or a captive portal"),
        (FaultKind::CaptivePortal, 502, "failed", "garbled_answer", "A proxy or a captive portal"),
        (FaultKind::Reset, 503, "failed", "unreachable", "check this server's network"),
    ];
    for (kind, status, outcome, code, advice) in cases {
        app.sandbox.fault(Fault::of("AssumeRole", kind));
        for (path, event) in [(CREDENTIALS, "credentials.issue"), (CONSOLE, "console.open")] {
            let page = alice.post(path, &[]).await;
            assert_eq!(page.status, status, "{kind:?} {path}: {}", page.text());
            page.says(advice).says(code);
            gives_nothing(&page);
            assert_eq!(app.last_row().await, (event.into(), outcome.into(), format!("aws:{code}")), "{kind:?}");
            let row = app.last_event().await.event;
            assert_eq!((row.actor_name.as_str(), row.connector_version, row.issued_key_id), ("alice", Some(1), None));
            if let Some(id) = row.detail.get("aws_request_id").and_then(|id| id.as_str()) {
                page.says(id);
            } else {
                assert!(["garbled_answer", "unreachable"].contains(&code), "{kind:?} without AWS's request id");
            }
        }
        let program = app.anybody();
        let page = program.send(program.request(Method::GET, PROGRAM).header("authorization", &token)).await;
        let json = page.is(status).json();
        assert_eq!(json["code"], "aws", "{kind:?}");
        assert!(json["message"].as_str().unwrap().contains(advice), "{json}");
        assert!(json["detail"].as_str().unwrap().contains(code), "{json}");
        gives_nothing(&page);
        app.sandbox.clear_faults();
        alice.post(CREDENTIALS, &[]).await.is(200);
    }
}

#[actix_web::test]
async fn an_aws_that_hangs_is_given_up() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    app.sandbox.fault(Fault::of("AssumeRole", FaultKind::Hang));
    let start = Instant::now();
    let page = alice.post(CONSOLE, &[]).await;
    page.is(504).says("AWS did not answer in time");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(app.last_row().await, ("console.open".into(), "failed".into(), "aws:timeout".into()));
    app.sandbox.clear_faults();
    alice.post(CONSOLE, &[]).await.is(303);
}

#[actix_web::test]
async fn the_federation_endpoint_may_fail_too_and_what_was_issued_is_not_handed_out() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    for (kind, status, outcome, code) in [
        (FaultKind::Hang, 504, "failed", "timeout"),
        (FaultKind::Garbage, 502, "failed", "garbled_answer"),
        (FaultKind::CaptivePortal, 502, "failed", "garbled_answer"),
        (FaultKind::Reset, 503, "failed", "unreachable"),
        (FaultKind::ServiceUnavailable, 503, "failed", "503"),
        (FaultKind::BadRequest, 502, "refused", "BadRequest"),
    ] {
        app.sandbox.fault(Fault::of("getSigninToken", kind));
        let page = alice.post(CONSOLE, &[]).await;
        assert_eq!(page.status, status, "{kind:?}: {}", page.text());
        gives_nothing(&page);
        assert_eq!(app.last_row().await, ("console.open".into(), outcome.into(), format!("aws:{code}")), "{kind:?}");
        app.sandbox.clear_faults();
    }
}

fn ldap_at(address: &str) -> impl FnOnce(&mut Config) + 'static {
    let mut settings = slapd::settings();
    settings.url = format!("ldaps://{address}");
    move |config| {
        config.directory = vec![Directory::Ldap(Box::new(settings))];
        config.access.administrators = vec!["aws-admins".to_owned()];
        config.access.membership_cache = Duration::ZERO;
    }
}

#[actix_web::test]
async fn a_directory_that_is_down_is_no_wrong_password() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let app = TestApp::builder().config(ldap_at(&format!("127.0.0.1:{port}"))).start().await;
    let page = app.anybody().post("/sign-in", &[("username", "bob"), ("password", "fake-password-bob")]).await;
    page.is(503).says("The directory “corp” does not answer");
    assert_eq!(page.value_of("username").as_deref(), Some("bob"), "the name is lost");
    assert_eq!(page.header("retry-after"), "30");
    assert!(!page.body.contains("fake-password-bob"));
    assert_eq!(app.last_row().await, ("session.start".into(), "failed".into(), "directory".into()));
}

#[actix_web::test]
async fn without_the_directory_people_get_nothing_and_programs_go_on() {
    let real = slapd::variable("DAYPASS_TEST_LDAP_URL").replace("ldaps://", "");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let up = Server::passing_on(listener, real.clone());
    let app = TestApp::builder().config(ldap_at(&address)).start().await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    world::add_connector(&app, &world::form("Read only", "read-only", &key), &["developers"]).await;
    let system =
        daypass::portal::connectors::ConnectorForm { system_scope: true, ..world::form("System", "system", &key) };
    world::add_connector(&app, &system, &[]).await;
    let token = app.token("build", "system").await;
    let (bob, alice) = (app.anybody(), app.anybody());
    bob.post("/sign-in", &[("username", "bob"), ("password", "fake-password-bob")]).await.leads_to("/");
    alice.post("/sign-in", &[("username", "alice"), ("password", "fake-password-alice")]).await.leads_to("/");
    bob.post(CONSOLE, &[]).await.is(303);
    let issued = app.sandbox.counters().issued;
    up.stop().await;
    for path in [CONSOLE, CREDENTIALS] {
        bob.post(path, &[]).await.is(503).says("The directory “corp” does not answer");
        let row = app.last_event().await.event;
        assert_eq!(
            (row.outcome.as_str(), row.reason.as_str(), row.actor_name.as_str()),
            ("failed", "directory", "bob")
        );
        assert!(["console.open", "credentials.issue"].contains(&row.kind.as_str()));
        assert_eq!(row.detail["connector"], "read-only");
    }
    alice.get("/admin/connectors").await.is(503);
    assert_eq!(app.sandbox.counters().issued, issued);
    let program = app.anybody();
    program.send(program.request(Method::GET, PROGRAM).header("authorization", &token)).await.is(200);
    let up = Server::passing_on(TcpListener::bind(&address).await.unwrap(), real);
    bob.post(CONSOLE, &[]).await.is(303);
    up.stop().await;
}

/// Locks and disks are SQLite's own matter, whatever the other tests run on.
async fn on_sqlite() -> TestApp {
    let app = TestApp::builder().database(Database::Sqlite).start().await;
    world::fill(&app).await;
    app
}

#[actix_web::test]
async fn a_database_that_is_locked_hands_nothing_out_and_loses_nothing() {
    let app = on_sqlite().await;
    let alice = app.person("alice", &["ops"]).await;
    let mut other = SqliteConnection::establish(app.folder.path().join("data/daypass.db").to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let (console, credentials) = tokio::join!(alice.post(CONSOLE, &[]), alice.post(CREDENTIALS, &[("duration", "1h")]));
    for page in [&console, &credentials] {
        page.is(503).says("The database cannot be used right now, so nothing was handed out and nothing was changed.");
        assert_eq!(page.header("retry-after"), "30");
        gives_nothing(page);
    }
    alice.get("/").await.is(200).says("Read only");
    let rows = app.events().await.len();
    other.batch_execute("ROLLBACK").unwrap();
    alice.post(CONSOLE, &[]).await.is(303);
    assert_eq!(app.events().await.len(), rows + 1);
}

#[actix_web::test]
async fn a_full_disk_hands_nothing_out_and_pages_stay_readable() {
    let app = on_sqlite().await;
    let alice = app.person("alice", &["ops"]).await;
    // SQLite's own way to a full disk: no page more than there are.
    let limit = app.app.database.write(|connection| {
        connection.batch_execute("PRAGMA max_page_count = 1")?;
        Ok(((), Vec::new()))
    });
    limit.await.unwrap();
    let mut handed = Vec::new();
    let refused = loop {
        let page = alice.post(CREDENTIALS, &[]).await;
        if page.status != 200 {
            break page;
        }
        handed.push(page.text());
        assert!(handed.len() < 200, "the disk never gets full");
        alice.get("/").await.is(200);
    };
    refused.is(503).says("nothing was handed out");
    gives_nothing(&refused);
    alice.get("/").await.is(200).says("Read only");
    // There is room again with the next connection.
    alice.post(CREDENTIALS, &[]).await.is(200);
    let keys = app.events().await.into_iter().filter_map(|row| row.event.issued_key_id);
    let keys: Vec<String> = keys.skip(1).collect();
    assert_eq!(keys.len(), handed.len());
    assert!(handed.iter().rev().zip(&keys).all(|(page, key)| page.contains(key)), "a key without its row");
}

#[actix_web::test]
async fn whoever_goes_away_in_the_middle_leaves_a_row() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    app.sandbox.fault(Fault::latency(500));
    let request = alice.request(Method::POST, CREDENTIALS).form(&[("duration", "")]);
    assert!(request.timeout(Duration::from_millis(150)).send().await.unwrap_err().is_timeout());
    let deadline = Instant::now() + Duration::from_secs(10);
    while app.last_row().await.0 != "credentials.issue" {
        assert!(Instant::now() < deadline, "what AWS issued is not recorded");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(app.last_event().await.event.issued_key_id.is_some());
    assert_eq!(app.sandbox.counters().issued, 1);
}

#[actix_web::test]
async fn the_picker_says_that_the_directory_is_down() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let up = Server::passing_on(listener, slapd::variable("DAYPASS_TEST_LDAP_URL").replace("ldaps://", ""));
    let settings = ldap_at(&address);
    let app = TestApp::builder()
        .config(|config| {
            settings(config);
            config.access.membership_cache = Duration::from_secs(60);
        })
        .start()
        .await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    let id = world::add_connector(&app, &world::form("Read only", "read-only", &key), &["developers"]).await;
    let alice = app.anybody();
    alice.post("/sign-in", &[("username", "alice"), ("password", "fake-password-alice")]).await.leads_to("/");
    let address = format!("/admin/permissions?connector={id}");
    // By name: there are more groups than one list shows.
    let search = format!("/admin/permissions/groups?connector={id}&q=payments");
    alice.get(&search).await.is(200).says("payments-ops");
    up.stop().await;
    let page = alice.get(&address).await;
    page.is(200).says("The directory “corp” does not answer, so its groups cannot be listed.");
    page.says("developers").does_not_say("Gone from the directory");
    let form = [("connector", id.as_str()), ("q", "payments-ops")];
    alice.post("/admin/permissions/grant", &form).await.is(503).says("The directory “corp” does not answer");
}

/// The one key file's name.
fn key_file(app: &TestApp) -> String {
    let mut files = std::fs::read_dir(app.keys()).unwrap();
    files.next().unwrap().unwrap().file_name().into_string().unwrap()
}

async fn seeds_sentences(app: &TestApp, file: &str, sentence: &str, reason: &str) {
    let alice = app.person("alice", &["ops"]).await;
    let token = app.token("build", "system").await;
    for (path, kind, slug) in [(CREDENTIALS, "credentials.issue", "read-only"), (CONSOLE, "console.open", "read-only")]
    {
        let page = alice.post(path, &[]).await;
        page.is(503).says(sentence).says(&app.connector_id(slug).await).says(file);
        assert_eq!(app.last_row().await, (kind.into(), "failed".into(), reason.into()));
        let row = app.last_event().await.event;
        assert_eq!(row.detail["sentence"].as_str(), Some(sentence));
        assert_eq!(row.detail["key_file"].as_str(), Some(file));
        assert_eq!(row.connector_id, Some(app.connector_id(slug).await));
    }
    let program = app.anybody();
    let page = program.send(program.request(Method::GET, PROGRAM).header("authorization", &token)).await;
    let json = page.is(503).json();
    assert_eq!(json["code"], reason);
    for text in [&json["message"], &json["detail"]] {
        let text = text.as_str().unwrap();
        assert!(text.contains(sentence), "{text}");
        assert!(text.contains(&app.connector_id("system").await) && text.contains(file), "{text}");
    }
    assert_eq!(app.last_row().await, ("credentials.issue".into(), "failed".into(), reason.into()));
    assert_eq!(app.sandbox.counters().issuing, 0);
    let ada = app.administrator().await;
    ada.get("/admin/access-keys").await.says("Cannot be opened").says(file);
}

const NO_FILE: &str = "Failed to retrieve temporary AWS credentials: Unable to read encryption key file";

#[actix_web::test]
async fn a_missing_key_file_is_named_to_page_program_and_row() {
    let app = TestApp::start().await;
    let file = key_file(&app);
    let path = app.keys().join(&file);
    let away = app.folder.path().join("away");
    std::fs::rename(&path, &away).unwrap();
    seeds_sentences(&app, &file, NO_FILE, "key_file").await;
    app.get("/readyz").await.is(503);
    std::fs::rename(&away, &path).unwrap();
    app.sign_in("alice").await.post(CREDENTIALS, &[]).await.is(200);
}

#[actix_web::test]
async fn a_key_file_with_anothers_content_is_no_decryption_error() {
    let app = TestApp::start().await;
    // Secrets under a key that this server has not read yet.
    let other = tempfile::tempdir().unwrap();
    let keyring = daypass::keyring::Keyring::open(&other.path().join("keys"), &app.app.clock).unwrap();
    let file = std::fs::read_dir(other.path().join("keys")).unwrap().next().unwrap().unwrap().file_name();
    let ours = key_file(&app);
    std::fs::copy(app.keys().join(&ours), app.keys().join(&file)).unwrap();
    let read = app.app.database.read(daypass::store::access_keys::all);
    for key in read.await.unwrap() {
        let sealed = keyring.seal(&place(&key), world::SECRET.as_bytes()).await.unwrap();
        app.put_secret(&key.id, sealed).await;
    }
    seeds_sentences(&app, file.to_str().unwrap(), NO_FILE, "key_file").await;
}

#[actix_web::test]
async fn a_secret_that_was_moved_to_another_row_does_not_open() {
    let app = TestApp::start().await;
    let read = app
        .app
        .database
        .read(|connection| Ok(access_keys::table.select((access_keys::id, access_keys::secret)).load(connection)?));
    let rows: Vec<(String, Vec<u8>)> = read.await.unwrap();
    let [(first, one), (second, two)] = rows.try_into().unwrap();
    app.put_secret(&first, two).await;
    app.put_secret(&second, one).await;
    seeds_sentences(&app, &key_file(&app), "Unable to decrypt AWS Secret Key", "decrypt").await;
}

#[actix_web::test]
async fn without_a_database_nobody_gets_anything_and_everybody_is_told() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    app.sql("ALTER TABLE usage_log RENAME TO usage_log_away").await;
    let page = alice.post(CONSOLE, &[]).await;
    page.is(503).says("nothing was handed out");
    gives_nothing(&page);
    let page = app.anybody().post("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await;
    page.is(503).says("The database cannot be used right now");
    assert_eq!(page.value_of("username").as_deref(), Some("alice"));
    app.get("/healthz").await.is(200);
}
