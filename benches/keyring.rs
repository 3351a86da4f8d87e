//! Measures the keyring: opening and sealing a secret, sealing 10,000 access keys anew, and what the banner of the
//! administration costs: `cargo bench --bench keyring`.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use daypass::app::App;
use daypass::clock::Clock;
use daypass::config::Config;
use daypass::keyring::{Keyring, Place};
use daypass::model::event::Origin;
use daypass::model::identity::{Identity, Person};
use daypass::portal::Who;
use daypass::portal::access_keys::{self, AccessKeyForm};
use daypass::portal::keyring::{Wishes, closed, reseal, values};
use futures_util::future::join_all;

const KEYS: usize = 10_000;
const TIMES: u32 = 20_000;
const PLACE: Place<'static> = Place { table: "access_keys", row: "r1", column: "secret", fixed: ["KEYID", "aws"] };

#[tokio::main]
async fn main() {
    // Run by `cargo test --benches` it only shows that it can be built.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    one(&Keyring::open(&folder.path().join("one"), &Clock::system()).unwrap()).await;

    let mut config = Config::default();
    config.server.data_dir = folder.path().join("data");
    let app = App::build(config, Clock::system(), false).await.unwrap();
    fill(&app).await;
    let found = app.database.read(values).await.unwrap();
    let mut known = HashSet::new();
    for what in ["first look at what does not open", "each further look"] {
        let start = Instant::now();
        let found = app.database.read(values).await.unwrap();
        assert!(closed(&app.keyring, &found, &mut known).await.is_empty());
        println!("{what}, {} secrets: {:.0} ms", found.len(), start.elapsed().as_secs_f64() * 1e3);
    }
    let mut rates = Vec::new();
    for _ in 0..3 {
        app.keyring.add_file().unwrap();
        let start = Instant::now();
        let report = reseal(&app, Wishes::default(), |_| ()).await.unwrap();
        assert_eq!((report.sealed, report.closed.len()), (found.len(), 0));
        rates.push(report.sealed as f64 / start.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    println!("sealed anew, a second: {:.0} ({:.0}–{:.0})", rates[1], rates[0], rates[2]);
}

async fn one(keyring: &Keyring) {
    let blob = keyring.seal(&PLACE, b"a fake secret of forty characters, or so").await.unwrap();
    let each = |start: Instant| start.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES);
    let start = Instant::now();
    for _ in 0..TIMES {
        keyring.open_sealed(&PLACE, &blob).await.unwrap();
    }
    println!("opening a secret: {:.1} µs", each(start));
    let start = Instant::now();
    for _ in 0..TIMES {
        keyring.seal(&PLACE, b"a fake secret of forty characters, or so").await.unwrap();
    }
    println!("sealing a secret: {:.1} µs", each(start));
}

async fn fill(app: &Arc<App>) {
    let text = str::to_owned;
    let person = Person {
        id: text("bench"),
        directory: text("local"),
        external_id: text("bench"),
        user_name: text("bench"),
        display_name: text("bench"),
        mail: String::new(),
        session_name: text("bench"),
        federated_name: text("bench"),
    };
    let identity = Identity {
        person,
        groups: Vec::new(),
        attributes: Default::default(),
        administrator: true,
        restricted: false,
        auditor: false,
        via: Default::default(),
    };
    let who = Who::person(identity, Origin::default());
    for begin in (0..KEYS).step_by(500) {
        let add = |number: usize| {
            let form = AccessKeyForm {
                name: format!("key {number}"),
                key_id: format!("FAKEMANYKEYS{number:08}"),
                secret: format!("fake-secret-number-{number:021}").into(),
                partition: text("aws"),
                skip_validation: true,
                ..AccessKeyForm::default()
            };
            access_keys::create(app, &who, form)
        };
        for done in join_all((begin..begin + 500).map(add)).await {
            done.unwrap();
        }
    }
}
