//! Calls of STS on bad days: regions that fail, retries and their bounds, and one account's trouble that stays its own.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use daypass::clock::Clock;
use daypass::config::Config;
use daypass::portal::connectors::ConnectorForm;
use daypass::sandbox::{Account, Fault, FaultKind, Key, Role, Sandbox, User, World};
use futures_util::future::join_all;

use crate::support::{Page, Person, TestApp, world};

const CREDENTIALS: &str = "/connectors/read-only/credentials";
/// What a machine under load may take on top.
const SLACK: Duration = Duration::from_secs(10);

async fn sandbox() -> Sandbox {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Sandbox::start(listener, world::sample(), Clock::system(), 1).await.unwrap()
}

/// How often a role was asked for.
fn requests(sandbox: &Sandbox) -> u64 {
    let count = sandbox.counters().of("AssumeRole");
    count.served + count.refused
}

/// Two regions, each a sandbox of its own.
struct Pair {
    first: Sandbox,
    second: Sandbox,
    app: TestApp,
    alice: Person,
}

impl Pair {
    async fn start(change: impl FnOnce(&mut Config) + 'static) -> Self {
        let (first, second) = (sandbox().await, sandbox().await);
        let at = [("eu-west-1", first.sts_url()), ("eu-central-1", second.sts_url())];
        let app = TestApp::builder()
            .config(move |config| {
                config.aws.sts_regions = at.iter().map(|(region, _)| (*region).to_owned()).collect();
                let endpoints = config.aws.partitions.get_mut("aws").unwrap();
                endpoints.sts_regional_endpoints = at.map(|(region, url)| (region.to_owned(), url)).into();
                config.aws.operation_timeout = Duration::from_secs(30);
                change(config);
            })
            .start()
            .await;
        world::fill(&app).await;
        let alice = app.person("alice", &["ops"]).await;
        Self { first, second, app, alice }
    }

    /// How often each was asked for a role.
    fn asked(&self) -> (u64, u64) {
        (requests(&self.first), requests(&self.second))
    }

    async fn served_by(&self, page: Page) -> String {
        page.is(200);
        let row = self.app.last_event().await.event;
        row.detail["served_by_region"].as_str().unwrap().to_owned()
    }
}

#[actix_web::test]
async fn where_a_region_fails_the_next_serves_and_the_row_says_so() {
    let faults = [
        FaultKind::Hang,
        FaultKind::Reset,
        FaultKind::InternalFailure,
        FaultKind::ServiceUnavailable,
        FaultKind::RegionDisabled,
    ];
    for kind in faults {
        let pair = Pair::start(|_| ()).await;
        let page = pair.alice.post(CREDENTIALS, &[]).await;
        assert_eq!(pair.served_by(page).await, "eu-west-1", "{kind:?}");
        pair.first.fault(Fault::of("*", kind));
        let page = pair.alice.post(CREDENTIALS, &[]).await;
        assert_eq!(pair.served_by(page).await, "eu-central-1", "{kind:?}");
        assert_eq!(pair.asked(), (2, 1), "{kind:?}");
        let page = pair.alice.post(CREDENTIALS, &[]).await;
        assert_eq!(pair.served_by(page).await, "eu-central-1", "{kind:?}");
        assert_eq!(pair.asked(), (2, 2), "{kind:?}: the region that failed is left alone for a while");
    }
}

#[actix_web::test]
async fn what_a_region_refuses_no_other_is_asked() {
    let pair = Pair::start(|_| ()).await;
    pair.first.fault(Fault::of("AssumeRole", FaultKind::AccessDenied));
    pair.alice.post(CREDENTIALS, &[]).await.is(502).says("AccessDenied");
    assert_eq!(pair.asked(), (1, 0));
    // Too many requests are the account's, not the region's.
    pair.first.clear_faults();
    pair.first.fault(Fault::of("AssumeRole", FaultKind::Throttling).times(1));
    let page = pair.alice.post(CREDENTIALS, &[]).await;
    assert_eq!(pair.served_by(page).await, "eu-west-1");
    assert_eq!(pair.asked(), (3, 0));
}

#[actix_web::test]
async fn a_connectors_own_region_comes_first_and_the_others_after_it() {
    let pair = Pair::start(|_| ()).await;
    pair.app.sql("UPDATE connectors SET region = 'eu-central-1'").await;
    let page = pair.alice.post(CREDENTIALS, &[]).await;
    assert_eq!(pair.served_by(page).await, "eu-central-1");
    pair.second.fault(Fault::of("*", FaultKind::ServiceUnavailable));
    let page = pair.alice.post(CREDENTIALS, &[]).await;
    assert_eq!(pair.served_by(page).await, "eu-west-1");
    assert_eq!(pair.asked(), (1, 2));
}

#[actix_web::test]
async fn all_regions_together_have_the_time_of_one_call() {
    let pair = Pair::start(|config| {
        config.aws.retries = 7;
        config.aws.attempt_timeout = Duration::from_secs(1);
        config.aws.operation_timeout = Duration::from_secs(4);
    })
    .await;
    pair.first.fault(Fault::of("*", FaultKind::Hang));
    pair.second.fault(Fault::of("*", FaultKind::Hang));
    let start = Instant::now();
    pair.alice.post(CREDENTIALS, &[]).await.is(504);
    assert!(start.elapsed() >= Duration::from_secs(4) && start.elapsed() < Duration::from_secs(4) + SLACK);
    let (first, second) = pair.asked();
    assert!(first >= 1 && second >= 1, "{first} {second}");
    assert_eq!(pair.app.last_row().await.2, "aws:timeout");
}

#[actix_web::test]
async fn a_call_is_tried_as_often_as_set_and_no_longer_than_its_time() {
    let app = TestApp::builder()
        .config(|config| {
            config.aws.retries = 3;
            config.aws.operation_timeout = Duration::from_secs(60);
        })
        .start()
        .await;
    world::fill(&app).await;
    let alice = app.person("alice", &["ops"]).await;
    app.sandbox.fault(Fault::of("AssumeRole", FaultKind::InternalFailure).times(3));
    alice.post(CREDENTIALS, &[]).await.is(200);
    assert_eq!(requests(&app.sandbox), 4);
    app.sandbox.fault(Fault::of("AssumeRole", FaultKind::Throttling));
    alice.post(CREDENTIALS, &[]).await.is(503).says("Throttling");
    assert_eq!(requests(&app.sandbox), 8);

    let app = TestApp::builder()
        .config(|config| {
            config.aws.retries = 20;
            config.aws.operation_timeout = Duration::from_secs(2);
        })
        .start()
        .await;
    world::fill(&app).await;
    let alice = app.person("alice", &["ops"]).await;
    app.sandbox.fault(Fault::of("AssumeRole", FaultKind::ServiceUnavailable));
    let start = Instant::now();
    alice.post(CREDENTIALS, &[]).await.is(504);
    assert!(start.elapsed() < Duration::from_secs(2) + SLACK, "the call's own time bounds the retries");
}

#[actix_web::test]
async fn fips_endpoints_or_none() {
    let app = TestApp::builder().config(|config| config.aws.fips = true).start().await;
    world::fill(&app).await;
    let alice = app.person("alice", &["ops"]).await;
    // An address of one's own is taken as it is.
    alice.post(CREDENTIALS, &[]).await.is(200);

    let app = TestApp::builder()
        .config(|config| {
            config.aws.fips = true;
            config.aws.partitions.clear();
        })
        .start()
        .await;
    world::fill_unverified(&app).await;
    let ada = app.administrator().await;
    let path = format!("/admin/connectors/{}", app.connector_id("read-only").await);
    let key = app.key_id("broker").await;
    let fields = [
        ("name", "Read only"),
        ("slug", "read-only"),
        ("principal_type", "assume_role"),
        ("access_key", &key),
        ("role_arn", "arn:aws:iam::123456789012:role/ReadOnly"),
        ("enabled", "true"),
        ("version", "1"),
        ("region", "eu-west-1"),
    ];
    let page = ada.post(&path, &fields).await;
    page.is(422);
    assert!(page.field_error("region").contains("no FIPS endpoint in eu-west-1"), "{}", page.text());
    app.sql("UPDATE connectors SET region = 'eu-west-1'").await;
    let alice = app.person("alice", &["ops"]).await;
    alice.post(CREDENTIALS, &[]).await.is(503).says("STS has no FIPS endpoint in eu-west-1").says("aws.fips");
    assert_eq!(app.last_row().await.2, "aws:fips");
}

const OTHER_ACCOUNT: &str = "210987654321";
const OTHER_KEY: &str = "FAKEOTHERKEY00000001";
const OTHER_SECRET: &str = "fake-secret-of-the-other-account-not-real";
const SECOND_KEY: &str = "FAKEBROKERKEY0000002";
const SECOND_SECRET: &str = "fake-secret-of-the-brokers-second-key-no";

/// `read-only` and `second` of one account, by two keys; `other` of another. `attempt` is how long each may take.
async fn two_accounts(attempt: Duration) -> (TestApp, Person) {
    let mut world = world::sample();
    world.accounts[0].users.push(User::broker("second", Key::new(SECOND_KEY, SECOND_SECRET)));
    let second = world.accounts[0].user_arn("second");
    world.accounts[0].roles.push(Role::trusting("Second", &second, 1));
    let mut other = Account { id: OTHER_ACCOUNT.to_owned(), users: vec![], roles: vec![], ..world.accounts[0].clone() };
    other.root_keys.clear();
    other.users.push(User::broker("broker", Key::new(OTHER_KEY, OTHER_SECRET)));
    other.roles.push(Role::trusting("ReadOnly", &other.user_arn("broker"), 1));
    world.accounts.push(other);
    let settings = move |config: &mut Config| {
        config.aws.attempt_timeout = attempt;
        config.aws.operation_timeout = Duration::from_secs(60);
    };
    let app = TestApp::builder().world(World { ..world }).config(settings).start().await;
    world::fill(&app).await;
    let second = world::add_key(&app, "second", SECOND_KEY, SECOND_SECRET).await;
    let form = ConnectorForm { role_arn: world::role("Second"), ..world::form("Second", "second", &second) };
    world::add_connector(&app, &form, &["ops"]).await;
    let other = world::add_key(&app, "other", OTHER_KEY, OTHER_SECRET).await;
    let role_arn = format!("arn:aws:iam::{OTHER_ACCOUNT}:role/ReadOnly");
    world::add_connector(&app, &ConnectorForm { role_arn, ..world::form("Other", "other", &other) }, &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    (app, alice)
}

#[actix_web::test]
async fn one_accounts_trouble_uses_up_no_other_accounts_retries() {
    // None runs out of time: that would cost more of the budget.
    let (app, alice) = two_accounts(Duration::from_secs(30)).await;
    for key in [world::KEY_ID, world::SESSION_KEY_ID] {
        app.sandbox.fault(Fault::of("AssumeRole", FaultKind::Throttling).for_key(key));
    }
    // A budget is 500, a retry costs 5.
    let pages = join_all((0..130).map(|_| alice.post(CREDENTIALS, &[]))).await;
    let statuses: Vec<u16> = pages.iter().map(|page| page.status).collect();
    assert_eq!(statuses, [503; 130]);
    let before = requests(&app.sandbox);
    assert!((130 + 95..=130 + 100).contains(&before), "{before}: the budget of the account bounds its retries");

    for key in [SECOND_KEY, OTHER_KEY] {
        app.sandbox.fault(Fault::of("AssumeRole", FaultKind::InternalFailure).for_key(key).times(1));
    }
    // Another key of the same account has the same budget, another account one of its own.
    alice.post("/connectors/second/credentials", &[]).await.is(503);
    alice.post("/connectors/other/credentials", &[]).await.is(200);
}

#[actix_web::test]
async fn calls_of_one_account_succeed_while_another_hangs() {
    let (app, alice) = two_accounts(Duration::from_secs(2)).await;
    calls(&alice).await;
    app.sandbox.fault(Fault::of("AssumeRole", FaultKind::Hang).for_key(world::KEY_ID));
    // Connections of their own, so that none is used again just as the server closes it.
    let (slow, other) = (app.sign_in("alice").await, app.sign_in("alice").await);
    let hung = join_all((0..40).map(|_| slow.post(CREDENTIALS, &[])));
    let (hung, ()) = tokio::join!(hung, calls(&other));
    assert!(hung.iter().all(|page| page.status == 504));
    app.sandbox.clear_faults();
    app.sandbox.fault(Fault::of("AssumeRole", FaultKind::Throttling).for_key(world::KEY_ID));
    let (slow, other) = (app.sign_in("alice").await, app.sign_in("alice").await);
    let throttled = join_all((0..40).map(|_| slow.post(CREDENTIALS, &[])));
    let (throttled, ()) = tokio::join!(throttled, calls(&other));
    assert!(throttled.iter().all(|page| page.status == 503));
}

/// Calls of the other account, two at a time, all of which succeed. What they take is measured by `cargo bench --bench issue`.
async fn calls(alice: &Person) {
    for _ in 0..60 {
        let call = async || {
            alice.post("/connectors/other/credentials", &[]).await.is(200);
        };
        tokio::join!(call(), call());
    }
}
