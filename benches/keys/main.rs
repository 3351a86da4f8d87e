//! Measures the pages of access keys and connectors with 10,000 of each: `cargo bench --bench keys`.
//!
//! Portal and caller share one process; a time is from the request's first byte to the answer's last, over loopback.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use daypass::app::App;
use daypass::clock::Clock;
use daypass::config::Config;
use daypass::model::access_key::{AccessKey, KeyState, Validated};
use daypass::model::connector::Connector;
use daypass::model::event::{Kind, Origin};
use daypass::model::partition::Partition;
use daypass::model::policy::SessionPolicies;
use daypass::model::principal::{Principal, RoleArn, SourceIdentity};
use daypass::model::source::Source;
use daypass::portal::source::place;
use daypass::portal::users::{self, NewUser};
use daypass::random;
use daypass::store::access_keys::{self, SealedSecrets};
use daypass::store::connectors;
use daypass::web;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};

const KEYS: usize = 10_000;
const TIMES: usize = 100;
const PASSWORD: &str = "not a real password";
const PAGES: [(&str, &str); 14] = [
    ("access keys", "access-keys"),
    ("access keys by state", "access-keys?sort=state"),
    ("access keys by last use, turned", "access-keys?sort=-used"),
    ("access keys by connectors", "access-keys?sort=connectors"),
    ("access keys, one found", "access-keys?q=key-09999"),
    ("access keys, all found", "access-keys?q=user%2Fbroker"),
    ("connectors", "connectors"),
    ("connectors by account", "connectors?sort=account"),
    ("connectors by access key, turned", "connectors?sort=-key"),
    ("connectors, last changed first", "connectors?sort=-changed"),
    ("connectors, one found", "connectors?q=connector-9999"),
    ("connectors, all found", "connectors?q=role%2Freadonly"),
    ("permissions", "permissions"),
    ("a connector", "connectors/CONNECTOR"),
];

#[actix_web::main]
async fn main() {
    // Run by `cargo test --benches` it only shows that it can be built.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = Config::default();
    config.server.listen = listener.local_addr().unwrap().to_string();
    config.server.data_dir = folder.path().join("data");
    let app = App::build(config, Clock::system(), false).await.unwrap();
    let (connector, key) = fill(&app).await;
    let server = web::server::start(&app, listener).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let cookie = sign_in(&app).await;
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    println!("{KEYS} access keys, {KEYS} connectors, {TIMES} requests each, ms");
    println!("| page | p50 | p99 | most |\n|---|---|---|---|");
    for (name, query) in PAGES {
        let address = app.address(&format!("/admin/{}", query.replace("CONNECTOR", &connector)));
        let mut times: BTreeMap<Duration, ()> = BTreeMap::new();
        for _ in 0..TIMES {
            let begun = Instant::now();
            let answer = client.get(&address).header(COOKIE, &cookie).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let body = answer.bytes().await.unwrap();
            times.insert(begun.elapsed(), ());
            assert!(body.len() > 2_000, "no list");
        }
        print(name, &times);
    }
    let mut times: BTreeMap<Duration, ()> = BTreeMap::new();
    for version in 1..=TIMES {
        let form = [
            ("name", "Connector 5000"),
            ("slug", "connector-5000"),
            ("principal_type", "assume_role"),
            ("access_key", &key),
            ("role_arn", "arn:aws:iam::123456789012:role/ReadOnly"),
            ("enabled", "true"),
            ("version", &version.to_string()),
        ];
        let address = app.address(&format!("/admin/connectors/{connector}"));
        let origin = app.public_url.origin().ascii_serialization();
        let post = client.post(address).header(COOKIE, &cookie).header(ORIGIN, origin).form(&form);
        let begun = Instant::now();
        let answer = post.send().await.unwrap();
        times.insert(begun.elapsed(), ());
        assert_eq!(answer.status(), 303);
    }
    print("saving a connector", &times);
    handle.stop(false).await;
}

fn print(name: &str, times: &BTreeMap<Duration, ()>) {
    let times: Vec<f64> = times.keys().map(|time| time.as_secs_f64() * 1000.0).collect();
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    println!("| {name} | {:.1} | {:.1} | {:.1} |", at(50), at(99), at(100));
}

async fn sign_in(app: &Arc<App>) -> String {
    let new = NewUser {
        user_name: "ada".to_owned(),
        display_name: "Ada Fisher".to_owned(),
        mail: String::new(),
        password: PASSWORD.into(),
        groups: vec!["administrators".to_owned()],
        attributes: Default::default(),
    };
    users::add(app, new, Kind::UserCreate, &Origin::default()).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let form = [("username", "ada"), ("password", PASSWORD)];
    let origin = app.public_url.origin().ascii_serialization();
    let answer = client.post(app.address("/sign-in")).header(ORIGIN, origin).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let cookies = answer.headers().get_all(SET_COOKIE).iter();
    let bare = |cookie: &reqwest::header::HeaderValue| cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    cookies.map(bare).collect::<Vec<_>>().join("; ")
}

/// Gives the id of connector 5000 and of its access key.
async fn fill(app: &Arc<App>) -> (String, String) {
    let mut all: Vec<(AccessKey, SealedSecrets, Connector)> = Vec::with_capacity(KEYS);
    for number in 0..KEYS {
        all.push(entry(app, number).await);
    }
    let (_, _, middle) = &all[KEYS / 2];
    let ids = (middle.id.clone(), middle.access_key_id.clone());
    let write = app.database.write(move |connection| {
        for (key, sealed, connector) in &all {
            access_keys::insert(connection, key, sealed)?;
            connectors::insert(connection, connector, "bench")?;
        }
        Ok(((), Vec::new()))
    });
    write.await.unwrap();
    ids
}

async fn entry(app: &App, number: usize) -> (AccessKey, SealedSecrets, Connector) {
    let (now, account) = (app.clock.now(), format!("{:012}", 100_000_000_000 + number % 200));
    let key = AccessKey {
        id: random::id(),
        name: format!("key-{number:05}"),
        partition: Partition::Aws,
        source: Source::LongTerm,
        key_id: format!("FAKEBENCHKEY{number:08}"),
        note: String::new(),
        validated: Some(Validated {
            arn: format!("arn:aws:iam::{account}:user/broker-{number}"),
            account_id: account,
            at: now,
        }),
        expected_account: None,
        state: KeyState::Good,
        trouble: None,
        checked_at: Some(now),
        key_since: now,
        last_used_at: None,
        mfa_serial: None,
        envelope: None,
        rotation: None,
        version: 1,
        updated_at: now,
    };
    let secret = app.keyring.seal(&place(&key), b"fake-secret-of-the-benchmark-not-real-01").await.unwrap();
    let role = RoleArn::parse("arn:aws:iam::123456789012:role/ReadOnly").unwrap();
    let connector = Connector {
        id: random::id(),
        slug: format!("connector-{number}"),
        name: format!("Connector {number}"),
        description: String::new(),
        access_key_id: key.id.clone(),
        partition: Partition::Aws,
        account_id: Some("123456789012".to_owned()),
        principal: Principal::AssumeRole {
            role,
            external_id: None,
            source_identity: SourceIdentity::Off,
            through: Vec::new(),
            tags: Vec::new(),
            policies: SessionPolicies::default(),
        },
        duration: Some(3600),
        region: None,
        console_start: String::new(),
        system_scope: false,
        enabled: true,
        open_without_asking: false,
        registry_tokens_outlive: false,
        version: 1,
        updated_at: now,
    };
    (key, SealedSecrets { secret, ..SealedSecrets::default() }, connector)
}
