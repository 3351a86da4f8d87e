//! Credentials of the surroundings: by endpoints that others wrote (ministack) and by our own, handed on and as the base of a
//! role, also of another account.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use daypass::config::{Config, Environment};
use daypass::model::source::Surroundings;
use daypass::portal::PortalError;
use daypass::portal::connectors::{self, ConnectorForm};
use daypass::sandbox::{Account, Role};
use futures_util::future::join_all;
use serde_json::json;

use crate::support::program::{self, command};
use crate::support::{Page, Person, TestApp, peer, world};

const CREDENTIALS: &str = "/connectors/machine/credentials";
const MACHINE: &str = "arn:aws:sts::123456789012:assumed-role/Machine/i-0123456789";

fn variables(config: &mut Config, variables: &[(&str, String)]) {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    config.aws.environment = Environment::of(variables.collect::<Vec<_>>(), config.aws.surroundings);
}

fn all_on(config: &mut Config) {
    config.aws.surroundings.instance_profile = true;
    config.aws.surroundings.container = true;
    config.aws.surroundings.web_identity = true;
    // Python under load takes its time.
    config.aws.attempt_timeout = Duration::from_secs(20);
    config.aws.operation_timeout = Duration::from_secs(40);
}

/// A connector `machine` that hands on credentials of this kind.
async fn provided(app: &TestApp, kind: Surroundings) -> Person {
    app.add_person("member-of-ops", &["ops"]).await;
    let source = world::add_surroundings(app, "machine", kind, Some(MACHINE)).await;
    let form = ConnectorForm { principal_type: "provided".to_owned(), ..world::form("Machine", "machine", &source) };
    world::add_connector(app, &form, &["ops"]).await;
    app.person("alice", &["ops"]).await
}

fn key_id(page: &Page) -> String {
    page.is(200);
    let text = page.text();
    let after = text.split_once("AWS_ACCESS_KEY_ID=").unwrap().1;
    after.chars().skip_while(|c| !c.is_ascii_alphanumeric()).take_while(char::is_ascii_alphanumeric).collect()
}

#[actix_web::test]
async fn an_instance_profiles_credentials_are_handed_on_and_fetched_once() {
    let app = TestApp::builder()
        .config(|config| {
            all_on(config);
            config.aws.imds_endpoint = Some(peer("DAYPASS_TEST_MINISTACK"));
        })
        .start()
        .await;
    let alice = provided(&app, Surroundings::InstanceProfile).await;
    // ministack makes new ones for each request.
    let pages = join_all((0..10).map(|_| alice.post(CREDENTIALS, &[]))).await;
    let ids: BTreeSet<String> = pages.iter().map(key_id).collect();
    assert_eq!(ids.len(), 1, "everybody waits for one fetch: {ids:?}");
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("credentials.issue", "ok"));
    assert_eq!(row.issued_key_id.as_ref(), ids.first());
    assert_eq!((row.session_name, row.account_id.as_deref()), (None, Some("123456789012")));
    assert_eq!((&row.detail["principal_type"], &row.detail["names_person"]), (&json!("provided"), &json!(false)));
    assert!((3500..=3600).contains(&row.granted_seconds.unwrap()));
    assert_eq!(app.sandbox.counters().issuing, 0, "nothing is asked of STS");
    // What is handed on cannot be made shorter.
    alice.post(CREDENTIALS, &[("duration", "15m")]).await.is(422).says("as they are");
    pages[0].says("AWS does not see");
}

#[actix_web::test]
async fn provided_credentials_open_the_console_without_session_duration() {
    // The sandbox refuses SessionDuration with whatever it did not issue to a long-term key.
    let (lender, app) = borrower(|_| ()).await;
    let alice = provided(&app, Surroundings::Container).await;
    let page = alice.post("/console/machine", &[]).await;
    assert_eq!(page.status, 303, "{}", page.text());
    lender.arrive(page.location()).await.is(200);
    assert_eq!(app.last_event().await.event.detail["principal_type"], "provided");
    assert_eq!(lender.sandbox.counters().of("getSigninToken").served, 1);
}

/// A portal that gives credentials to containers, and one that runs as such a container: both at the sandbox of the first.
async fn borrower(change: impl FnOnce(&mut Config) + 'static) -> (TestApp, TestApp) {
    let mut sample = world::sample();
    let read_only = sample.accounts[0].role_arn("ReadOnly");
    let far = Account {
        id: "210987654321".to_owned(),
        users: vec![],
        roles: vec![Role::trusting("Far", &read_only, 12)],
        root_keys: vec![],
        ..sample.accounts[0].clone()
    };
    sample.accounts.push(far);
    let lender = TestApp::builder().world(sample).start().await;
    world::fill(&lender).await;
    let token = lender.token("borrower", "system").await;
    let url = format!("{}/api/v1/connectors/system/container-credentials", lender.url);
    let endpoints = lender.app.config.aws.partitions["aws"].clone();
    let app = TestApp::builder()
        .config(move |config| {
            all_on(config);
            config.aws.partitions.insert("aws".to_owned(), endpoints);
            variables(
                config,
                &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", url), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", token)],
            );
            change(config);
        })
        .start()
        .await;
    (lender, app)
}

#[actix_web::test]
async fn a_containers_role_assumes_a_role_of_another_account() {
    let (lender, app) = borrower(|_| ()).await;
    app.add_person("member-of-ops", &["ops"]).await;
    // AWS was never asked about it: the first use does.
    let source = world::add_surroundings(&app, "machine", Surroundings::Container, None).await;
    let role_arn = "arn:aws:iam::210987654321:role/Far".to_owned();
    let form = ConnectorForm { role_arn, ..world::form("Machine", "machine", &source) };
    world::add_connector(&app, &form, &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    for _ in 0..3 {
        alice.post(CREDENTIALS, &[]).await.is(200);
    }
    let row = app.last_event().await.event;
    assert_eq!(row.arn.as_deref(), Some("arn:aws:sts::210987654321:assumed-role/Far/alice"));
    let lent = lender.events().await.into_iter().filter(|row| row.event.kind == "credentials.issue").count();
    assert_eq!(lent, 1, "they are kept until shortly before their end");
    let keys = app.app.database.read(daypass::store::access_keys::all).await.unwrap();
    assert!(keys[0].validated.as_ref().unwrap().arn.ends_with("assumed-role/ReadOnly/program-borrower"));
    // The console: the endpoint takes such sessions without both durations alone.
    let page = alice.post("/console/machine", &[]).await;
    assert_eq!(page.status, 303, "{}", page.text());

    // Longer than AWS's hour for chains, as where the source was another before: asked once more, and said.
    app.sql("UPDATE connectors SET duration_seconds = 43200").await;
    let before = lender.sandbox.counters().of("AssumeRole");
    alice.post(CREDENTIALS, &[]).await.is(200);
    let after = lender.sandbox.counters().of("AssumeRole");
    assert_eq!((after.served, after.refused), (before.served + 1, before.refused + 1));
    let row = app.last_event().await.event;
    assert_eq!(row.detail["cut_by_role_chaining"], true);
    assert!((3500..=3600).contains(&row.granted_seconds.unwrap()), "{row:?}");
}

#[actix_web::test]
async fn a_task_roles_credentials_come_by_the_container_protocol() {
    let app = TestApp::builder()
        .config(|config| {
            all_on(config);
            let url = format!("{}/v2/credentials/task", peer("DAYPASS_TEST_MINISTACK"));
            variables(config, &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)]);
        })
        .start()
        .await;
    let alice = provided(&app, Surroundings::Container).await;
    let first = key_id(&alice.post(CREDENTIALS, &[]).await);
    assert_eq!(first, key_id(&alice.post(CREDENTIALS, &[]).await));
}

async fn script(folder: &Path, arguments: &[&str]) {
    let mut python = command(peer("DAYPASS_TEST_PYTHON"), folder);
    python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/aws_account.py")).args(arguments);
    program::finish(python, "").await.ok();
}

/// A token as a cluster writes it for a service account; ministack does not check its signature.
fn token(subject: &str) -> String {
    let claims = json!({ "iss": "https://oidc.example.test/cluster", "sub": subject, "aud": "sts.amazonaws.com" });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.ZmFrZQ", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(&claims))
}

#[actix_web::test]
async fn a_service_accounts_role_is_handed_on_and_assumes_a_role_of_another_account() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, token("system:serviceaccount:daypass:daypass")).unwrap();
    let account = daypass::random::text(b"123456789", 12);
    let other = daypass::random::text(b"123456789", 12);
    let ministack = peer("DAYPASS_TEST_MINISTACK");
    script(folder.path(), &["web", &ministack, &account, &other]).await;
    let (path, role) = (file.display().to_string(), format!("arn:aws:iam::{account}:role/Web"));
    let app = TestApp::builder()
        .config(move |config| {
            all_on(config);
            config.aws.partitions.get_mut("aws").unwrap().sts_endpoint = Some(ministack);
            variables(
                config,
                &[
                    ("AWS_WEB_IDENTITY_TOKEN_FILE", path),
                    ("AWS_ROLE_ARN", role),
                    ("AWS_ROLE_SESSION_NAME", "from-the-pod".to_owned()),
                ],
            );
        })
        .start()
        .await;
    // Somebody else's token first: AWS's refusal is told as what it is.
    std::fs::write(&file, token("system:serviceaccount:other:other")).unwrap();
    let alice = provided(&app, Surroundings::WebIdentity).await;
    let page = alice.post(CREDENTIALS, &[]).await;
    page.is(503).says("The web identity got no credentials").says("AccessDenied").says("trust policy");
    assert_eq!(app.last_row().await.2, "aws:surroundings");
    std::fs::write(&file, token("system:serviceaccount:daypass:daypass")).unwrap();
    alice.post(CREDENTIALS, &[]).await.is(200);

    let app_source = app.key_id("machine").await;
    app.sql("DELETE FROM grants").await;
    connectors::delete(&app.app, &world::setter(), &app.connector_id("machine").await).await.unwrap();
    let role_arn = format!("arn:aws:iam::{other}:role/Far");
    world::add_connector(&app, &ConnectorForm { role_arn, ..world::form("Far", "far", &app_source) }, &["ops"]).await;
    alice.post("/connectors/far/credentials", &[]).await.is(200);
    let row = app.last_event().await.event;
    assert_eq!(row.arn, Some(format!("arn:aws:sts::{other}:assumed-role/Far/alice")));
}

#[actix_web::test]
async fn what_is_not_switched_on_is_refused_on_save_and_on_use() {
    let app = TestApp::start().await;
    let source = world::add_surroundings(&app, "machine", Surroundings::InstanceProfile, Some(MACHINE)).await;
    let form = ConnectorForm { principal_type: "provided".to_owned(), ..world::form("Machine", "machine", &source) };
    let error = connectors::create(&app.app, &world::setter(), &form).await.unwrap_err();
    let PortalError::Invalid(errors) = error else { panic!("{error:?}") };
    assert!(errors.get("access_key").unwrap().contains("aws.surroundings.instance_profile = true"));
    // Switched off after it was saved.
    app.sql(&format!("UPDATE connectors SET access_key_id = '{source}'")).await;
    let alice = app.person("alice", &["ops"]).await;
    let page = alice.post("/connectors/read-only/credentials", &[]).await;
    page.is(503).says("not switched on").says("aws.surroundings.instance_profile = true");
    assert_eq!(page.header("retry-after"), "", "somebody has to switch it on");
    assert_eq!(app.last_row().await.2, "aws:surroundings_off");
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn what_is_missing_is_said() {
    // No other test is given this port.
    let nobody = "127.0.0.1:1";
    type Set = Vec<(&'static str, String)>;
    let cases: [(Surroundings, Set, &str); 7] = [
        (Surroundings::InstanceProfile, vec![], "give no token (no connection)"),
        (Surroundings::Container, vec![], "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set"),
        (
            Surroundings::Container,
            vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://credentials.example/".to_owned())],
            "has to be https, or http on this machine",
        ),
        (
            Surroundings::Container,
            vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{nobody}/"))],
            "gives no credentials (no connection)",
        ),
        (
            Surroundings::Container,
            vec![
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{nobody}/")),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "two\nlines".to_owned()),
            ],
            "no text of one line",
        ),
        (Surroundings::WebIdentity, vec![], "AWS_WEB_IDENTITY_TOKEN_FILE is not set"),
        (
            Surroundings::WebIdentity,
            vec![
                ("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/file".to_owned()),
                ("AWS_ROLE_ARN", world::role("ReadOnly")),
            ],
            "/no/such/file: No such file",
        ),
    ];
    for (kind, set, sentence) in cases {
        let app = TestApp::builder()
            .config(move |config| {
                all_on(config);
                config.aws.imds_endpoint = Some(format!("http://{nobody}"));
                variables(config, &set);
            })
            .start()
            .await;
        let alice = provided(&app, kind).await;
        alice.post(CREDENTIALS, &[]).await.is(503).says(sentence);
        assert_eq!(app.last_row().await.2, "aws:surroundings");
    }
}

#[actix_web::test]
async fn the_endpoints_own_refusal_is_shown() {
    let lender = TestApp::start().await;
    let url = format!("{}/api/v1/connectors/system/container-credentials", lender.url);
    let app = TestApp::builder()
        .config(move |config| {
            all_on(config);
            variables(
                config,
                &[
                    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url),
                    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "fake wrong token".to_owned()),
                ],
            );
        })
        .start()
        .await;
    let alice = provided(&app, Surroundings::Container).await;
    let page = alice.post(CREDENTIALS, &[]).await;
    page.is(503).says("gives no credentials (status 401");
    assert!(!page.body.contains("fake wrong token"));
}

#[actix_web::test]
async fn two_sources_of_one_kind_are_one_user() {
    let app = TestApp::builder().config(all_on).start().await;
    app.add_person("member-of-ops", &["ops"]).await;
    let one = world::add_surroundings(&app, "one", Surroundings::InstanceProfile, None).await;
    let two = world::add_surroundings(&app, "two", Surroundings::InstanceProfile, None).await;
    let else_where = world::add_surroundings(&app, "three", Surroundings::Container, None).await;
    let handed = |name: &str, source: &str| ConnectorForm {
        principal_type: "provided".to_owned(),
        ..world::form(name, name, source)
    };
    world::add_connector(&app, &handed("handed", &one), &[]).await;
    let error = connectors::create(&app.app, &world::setter(), &world::form("Role", "role", &two)).await.unwrap_err();
    let PortalError::Invalid(errors) = error else { panic!("{error:?}") };
    assert!(errors.get("access_key").unwrap().contains("“handed” (Provided) calls AWS as the same user"));
    // Another kind is somebody else.
    world::add_connector(&app, &world::form("Role", "role", &else_where), &[]).await;
    // A key cannot be handed on, and the surroundings make no sessions of a user.
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    for (kind, source) in [("provided", &key), ("iam_user", &one), ("federated_user", &one)] {
        let form = ConnectorForm {
            principal_type: kind.to_owned(),
            omit_policy: true,
            ..world::form("Wrong", "wrong", source)
        };
        let error = connectors::create(&app.app, &world::setter(), &form).await.unwrap_err();
        let PortalError::Invalid(errors) = error else { panic!("{error:?}") };
        assert!(errors.get("access_key").is_some(), "{kind}: {errors:?}");
    }
}

#[actix_web::test]
async fn the_form_has_the_fourth_type_and_its_panel() {
    let app = TestApp::builder().config(all_on).start().await;
    let source = world::add_surroundings(&app, "machine", Surroundings::InstanceProfile, Some(MACHINE)).await;
    let ada = app.administrator().await;
    app.add_person("member-of-ops", &["ops"]).await;
    let page = ada.get("/admin/connectors/new").await;
    page.says("Provided").says("AWS does not see the person").says("What provided credentials can do");
    page.says("EC2 instance profile");
    let fields = [
        ("name", "Machine"),
        ("principal_type", "provided"),
        ("access_key", &source),
        ("enabled", "true"),
        // Typed while another type was chosen.
        ("duration", "1h"),
        ("policy", "{"),
    ];
    let page = ada.post("/admin/connectors/new", &fields).await;
    assert_eq!(page.status, 303, "{}", page.text());
    ada.get("/admin/connectors").await.says("Machine").says("Provided");
    let id = app.connector_id("machine").await;
    let page = ada.get(&format!("/admin/connectors/{id}")).await;
    assert_eq!(page.value_of("duration").unwrap_or_default(), "");
    // With a role, the snippets name the machine's role.
    app.sql("DELETE FROM connectors").await;
    let form = world::form("Role", "role", &source);
    let id = world::add_connector(&app, &form, &[]).await;
    let page = ada.get(&format!("/admin/connectors/{id}")).await;
    page.says("Permission for the machine's role").says("arn:aws:iam::123456789012:role/Machine");
}
