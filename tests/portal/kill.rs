//! `kill -9` under load, again and again: what a client holds has its row, and the next start is quick and whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::chain::verify;
use crate::support::served::{Served, sandbox};
use crate::support::sql::{connect, lines};
use crate::support::{Database, PASSWORD, Person};

/// The key ids that clients hold, as far as they arrived whole, and what kind of client has each.
type Held = Arc<Mutex<BTreeMap<String, &'static str>>>;

/// Asks as a program, over and over.
async fn program(url: String, token: String, held: Held) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = format!("{url}/api/v1/connectors/system/container-credentials");
    loop {
        let Ok(response) = http.get(&address).header("authorization", &token).send().await else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let status = response.status();
        let Ok(body) = response.bytes().await else { continue };
        assert_eq!(status, 200, "{body:?}");
        let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
        held.lock().unwrap().insert(answer["AccessKeyId"].as_str().unwrap().to_owned(), "program");
    }
}

/// Asks on a page, over and over, with the session of the first sign-in and with new ones.
async fn person(url: String, held: Held) {
    let mut alice = Person::new(&url);
    for round in 0_u32.. {
        if round.is_multiple_of(8) {
            alice = Person::new(&url);
            let form = [("username", "alice"), ("password", PASSWORD)];
            let request = alice.request(reqwest::Method::POST, "/sign-in").form(&form);
            let Ok(response) = request.send().await else {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            };
            let cookies = response.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
            let pairs = cookies.filter_map(|cookie| cookie.split(';').next()?.split_once('='));
            alice.cookies.lock().unwrap().extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        let ask = alice.request(reqwest::Method::POST, "/connectors/system/credentials").form(&[("duration", "")]);
        let Ok(response) = ask.send().await else { continue };
        let Ok(body) = response.text().await else { continue };
        if let Some(at) = body.find("SBXT") {
            let id: String = body[at..].chars().take_while(char::is_ascii_alphanumeric).collect();
            held.lock().unwrap().insert(id, "person");
        }
    }
}

async fn killed(rounds: usize, database: Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let (aws, sandbox) = sandbox(folder.path());
    let served = Served::new(folder.path(), &sandbox, database, "");
    let token = served.prepare().await;
    let held = Held::default();
    let mut server = served.start();
    let mut load: Vec<JoinHandle<()>> =
        (0..6).map(|_| tokio::spawn(program(served.url.clone(), token.clone(), held.clone()))).collect();
    load.extend((0..2).map(|_| tokio::spawn(person(served.url.clone(), held.clone()))));
    for round in 0..rounds {
        // At another moment of the work each time.
        let (before, wanted) = (held.lock().unwrap().len(), 15 + 7 * round);
        let deadline = Instant::now() + Duration::from_secs(60);
        while held.lock().unwrap().len() < before + wanted
            || !held.lock().unwrap().values().any(|kind| *kind == "person")
        {
            assert!(Instant::now() < deadline, "round {round}: no load");
            assert!(load.iter().all(|client| !client.is_finished()), "round {round}: a client gave up");
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        server.signal("KILL");
        assert_eq!(server.end().status, -9);
        let start = Instant::now();
        server = served.start();
        assert!(start.elapsed() < Duration::from_secs(5), "the restart took {:?}", start.elapsed());
    }
    for client in &load {
        client.abort();
    }
    server.signal("KILL");
    server.end();
    drop(aws);

    let mut connection = connect(&served.config);
    let recorded: BTreeSet<String> =
        lines(&mut connection, "SELECT issued_key_id AS line FROM usage_log WHERE issued_key_id IS NOT NULL")
            .into_iter()
            .collect();
    let held = held.lock().unwrap();
    let missing: Vec<_> = held.iter().filter(|(id, _)| !recorded.contains(*id)).collect();
    assert!(missing.is_empty(), "handed out without a row: {missing:?}");
    assert!(held.len() >= 15 * rounds);
    verify(&mut connection).unwrap();
    // Each start opened a chain of its own: at least this many ended in the middle of the work.
    assert!(lines(&mut connection, "SELECT id AS line FROM usage_chains").len() > rounds);
    if served.config.database.url.is_none() {
        let check = "SELECT integrity_check AS line FROM pragma_integrity_check";
        assert_eq!(lines(&mut connection, check), ["ok"]);
        let check = "SELECT \"table\" AS line FROM pragma_foreign_key_check";
        assert_eq!(lines(&mut connection, check), Vec::<String>::new());
    }
}

#[actix_web::test]
async fn on_sqlite() {
    killed(10, None).await;
}

#[actix_web::test]
async fn on_postgres() {
    let database = Database::create_postgres();
    killed(1, database.url()).await;
}
