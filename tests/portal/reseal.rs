//! `daypass key`: which key seals what, a new one, and everything sealed anew while the portal serves, killed at any moment.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use daypass::app::{self, App};
use daypass::clock::Clock;
use daypass::config::Config;
use daypass::keyring::Keyring;
use daypass::portal::access_keys::AccessKeyForm;
use daypass::portal::keyring::{Value, Wishes, closed, reseal, values};
use daypass::portal::{access_keys, source};
use daypass::store::{self, DbConnection};
use futures_util::future::join_all;
use secrecy::ExposeSecret;
use serde_json::Value as Json;

use crate::support::program::{self, Program};
use crate::support::served::{Served, sandbox};
use crate::support::sql::{connect, lines};
use crate::support::{Database, Ended, PASSWORD, Person, TestApp, world};

fn run(folder: &Path, arguments: &[&str]) -> Ended {
    program::run(folder, arguments, "")
}

/// The same without blocking what else runs here.
async fn run_aside(folder: &Path, arguments: &[&str]) -> Ended {
    program::finish(program::daypass_with(folder, arguments, &[]), "").await
}

/// `key list --json`, parsed.
fn listed(folder: &Path) -> Vec<Json> {
    keys_of(&run(folder, &["key", "list", "--json"]))
}

/// The newest key file's name.
async fn newest(folder: &Path) -> String {
    let keys = keys_of(&run_aside(folder, &["key", "list", "--json"]).await);
    keys[0]["id"].as_str().unwrap().to_owned()
}

fn keys_of(ended: &Ended) -> Vec<Json> {
    ended.ok().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn needed_by(key: &Json) -> Vec<&str> {
    key["neededBy"].as_array().unwrap().iter().map(|what| what.as_str().unwrap()).collect()
}

pub async fn issues(served: &Served, token: &str) -> (u16, String) {
    let address = format!("{}/api/v1/connectors/system/container-credentials", served.url);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.get(address).header("authorization", token).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn administrator(served: &Served) -> Person {
    let ada = Person::new(&served.url);
    ada.post("/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.leads_to("/");
    ada
}

#[actix_web::test]
async fn a_new_key_takes_over_and_the_old_file_goes() {
    let folder = tempfile::tempdir().unwrap();
    let (_aws, sandbox) = sandbox(folder.path());
    let served = Served::new(folder.path(), &sandbox, None, "");
    let token = served.prepare().await;
    let server = served.start();
    let keys = folder.path().join("data/keys");
    let first = listed(folder.path());
    let [old] = first.as_slice() else { panic!("{first:?}") };
    assert_eq!((&old["kind"], &old["newest"], &old["readable"]), (&"file".into(), &true.into(), &true.into()));
    assert_eq!(needed_by(old), ["access key “broker”", "the key that signs cookies"]);
    let old = old["id"].as_str().unwrap().to_owned();

    let said = run(folder.path(), &["key", "add"]);
    let both = listed(folder.path());
    assert_eq!((both.len(), &both[0]["newest"], &both[1]["newest"]), (2, &true.into(), &false.into()));
    let new = both[0]["id"].as_str().unwrap().to_owned();
    assert!(said.ok().contains(&new) && needed_by(&both[0]).is_empty() && both[1]["id"] == old.as_str());
    // The server that was running all the time seals under it.
    let form = [
        ("name", "second"),
        ("key_id", world::SESSION_KEY_ID),
        ("secret", world::SESSION_SECRET),
        ("partition", "aws"),
        ("skip_validation", "true"),
    ];
    let ada = administrator(&served).await;
    let page = ada.post("/admin/access-keys/new", &form).await;
    assert_eq!(page.status, 303, "{}", page.text());
    assert_eq!(needed_by(&listed(folder.path())[0]), ["access key “second”"]);

    let done = run(folder.path(), &["key", "reseal"]);
    assert!(done.ok().contains("2 secrets were sealed anew") && done.ok().contains(&new), "{}", done.out);
    assert!(done.ok().contains(&format!("No secret needs the key file {old} any more")), "{}", done.out);
    std::fs::remove_file(keys.join(&old)).unwrap();
    let (status, body) = issues(&served, &token).await;
    assert_eq!(status, 200, "{body}");
    let after = listed(folder.path());
    assert_eq!((after.len(), needed_by(&after[0]).len()), (1, 3), "{after:?}");
    assert!(run(folder.path(), &["key", "reseal"]).ok().contains("0 secrets were sealed anew"));
    let text = run(folder.path(), &["key", "list"]);
    assert!(text.ok().contains("newest") && text.ok().contains("needed by 3: access key “broker”"), "{}", text.out);

    let mut connection = connect(&served.config);
    let query =
        "SELECT kind || ' ' || actor_kind || ' ' || detail AS line FROM usage_log WHERE kind LIKE 'key%' ORDER BY id";
    let rows = lines(&mut connection, query);
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("key_file.create system") && rows[0].contains(&new), "{rows:?}");
    assert!(rows[1].starts_with("keyring.reseal system") && rows[1].contains("\"sealed\":2"), "{rows:?}");
    server.signal("TERM");
    server.end();
}

#[actix_web::test]
async fn what_does_not_open_is_left_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let (_aws, sandbox) = sandbox(folder.path());
    let served = Served::new(folder.path(), &sandbox, None, "");
    served.prepare().await;
    let keys = folder.path().join("data/keys");
    let old = listed(folder.path())[0]["id"].as_str().unwrap().to_owned();
    run(folder.path(), &["key", "add"]).ok();
    let away = folder.path().join("away");
    std::fs::rename(keys.join(&old), &away).unwrap();
    let missing = listed(folder.path()).pop().unwrap();
    assert_eq!((&missing["id"], &missing["kind"]), (&old.as_str().into(), &"missing_file".into()));
    assert!(missing["trouble"].as_str().unwrap().contains("missing") && needed_by(&missing).len() == 2);
    let before = lines(&mut connect(&served.config), "SELECT hex(secret) AS line FROM access_keys");
    let done = run(folder.path(), &["key", "reseal"]);
    assert_eq!(done.refused(1), "daypass: 2 secrets do not open and were left as they are.");
    assert!(done.out.contains("access key “broker”: Unable to read encryption key file") && done.out.contains(&old));
    assert!(!done.out.contains("may be removed"), "{}", done.out);
    assert_eq!(lines(&mut connect(&served.config), "SELECT hex(secret) AS line FROM access_keys"), before);
    // A cookie key is replaced where that is asked for: nothing else is lost with it.
    let done = run(folder.path(), &["key", "reseal", "--new-cookie-key"]);
    assert_eq!(done.refused(1), "daypass: 1 secret does not open and was left as it is.");
    std::fs::rename(&away, keys.join(&old)).unwrap();
    run(folder.path(), &["key", "reseal"]).ok();
    run(folder.path(), &["doctor"]).ok();
}

/// Adds access keys that nobody uses.
async fn add_keys(app: &Arc<App>, count: usize) {
    for begin in (0..count).step_by(200) {
        let add = |number: usize| async move {
            let form = AccessKeyForm {
                name: format!("key {number}"),
                key_id: format!("FAKEMANYKEYS{number:08}"),
                secret: format!("fake-secret-number-{number:021}").into(),
                partition: "aws".to_owned(),
                skip_validation: true,
                ..AccessKeyForm::default()
            };
            access_keys::create(app, &world::setter(), form).await.unwrap();
        };
        join_all((begin..count.min(begin + 200)).map(add)).await;
    }
}

/// The keys that everything is sealed under, as it stands in the database.
fn names(found: &[Value]) -> BTreeSet<String> {
    found.iter().map(|value| Keyring::name_of(&value.blob).unwrap().id).collect()
}

fn look(connection: &mut DbConnection) -> Vec<Value> {
    values(connection).unwrap()
}

async fn all_open(config: &Config, found: &[Value]) {
    let places = app::places(config).unwrap();
    let keyring = Keyring::look(&places.keys, &Clock::system());
    let closed = closed(&keyring, found, &mut Default::default()).await;
    assert!(closed.is_empty(), "{} secrets do not open: {:?}", closed.len(), closed[0].1);
}

async fn killed(rounds: usize, keys: usize, database: Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let (_aws, sandbox) = sandbox(folder.path());
    let served = Served::new(folder.path(), &sandbox, database, "");
    let token = served.prepare().await;
    let app = App::build(served.config.clone(), Clock::system(), false).await.unwrap();
    add_keys(&app, keys).await;
    drop(app);
    let server = served.start();
    let issued = Arc::new(AtomicUsize::new(0));
    let load = tokio::spawn({
        let (url, token, issued) = (served.url.clone(), token.clone(), issued.clone());
        async move {
            let served = Served { folder: Default::default(), config: Config::default(), url };
            loop {
                let (status, body) = issues(&served, &token).await;
                assert_eq!(status, 200, "{body}");
                issued.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let mut connection = connect(&served.config);
    let mut halfway = 0;
    for round in 0..rounds {
        run_aside(folder.path(), &["key", "add"]).await.ok();
        let newest = newest(folder.path()).await;
        let work = Program::daypass(folder.path(), &["key", "reseal"]);
        let (start, before) = (Instant::now(), issued.load(Ordering::SeqCst));
        // At another moment each time: after so long, or once something was done.
        if round.is_multiple_of(2) {
            tokio::time::sleep(Duration::from_millis(40 * round as u64)).await;
        } else {
            while !names(&look(&mut connection)).contains(&newest) {
                assert!(start.elapsed() < Duration::from_secs(60), "nothing is sealed anew");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        work.signal("KILL");
        work.end();
        let found = look(&mut connection);
        assert_eq!(found.len(), keys + 2);
        let under = names(&found);
        halfway += usize::from(under.contains(&newest) && under.len() > 1);
        all_open(&served.config, &found).await;
        while issued.load(Ordering::SeqCst) < before + 2 {
            assert!(!load.is_finished(), "an issue failed in round {round}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert!(halfway > 0, "it was never killed in the middle");
    let done = run_aside(folder.path(), &["key", "reseal"]).await;
    done.ok();
    let newest = newest(folder.path()).await;
    let key_files = folder.path().join("data/keys");
    for file in std::fs::read_dir(&key_files).unwrap().map(|file| file.unwrap().file_name()) {
        let name = file.to_str().unwrap();
        assert_eq!(done.out.contains(&format!("No secret needs the key file {name} any more")), name != newest);
        if name != newest {
            std::fs::remove_file(key_files.join(&file)).unwrap();
        }
    }
    let found = look(&mut connection);
    assert_eq!((found.len(), names(&found)), (keys + 2, BTreeSet::from([newest])));
    all_open(&served.config, &found).await;
    let before = issued.load(Ordering::SeqCst);
    while issued.load(Ordering::SeqCst) < before + 3 {
        assert!(!load.is_finished(), "an issue failed without the old files");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    load.abort();
    server.signal("TERM");
    server.end();
    let again = served.start();
    assert_eq!(issues(&served, &token).await.0, 200);
    drop(again);
    run(folder.path(), &["doctor"]).ok();
    crate::chain::verify(&mut connection).unwrap();
}

#[actix_web::test]
async fn killed_at_any_moment_on_sqlite() {
    killed(8, 1500, None).await;
}

#[actix_web::test]
async fn killed_at_any_moment_on_postgres() {
    let database = Database::create_postgres();
    killed(4, 1500, database.url()).await;
}

/// Whoever saves a new secret meanwhile is not overwritten by the old one.
#[actix_web::test]
async fn what_changes_meanwhile_keeps_its_change() {
    let app = TestApp::builder().start().await;
    add_keys(&app.app, 600).await;
    let keys = app.app.database.read(store::access_keys::all).await.unwrap();
    let changed: Vec<_> = keys.iter().step_by(7).cloned().collect();
    app.app.keyring.add_file().unwrap();
    let edit = async {
        for key in &changed {
            let form = AccessKeyForm {
                name: key.name.clone(),
                key_id: key.key_id.clone(),
                secret: format!("fake-secret-changed-{:020}", 7).into(),
                partition: "aws".to_owned(),
                skip_validation: true,
                version: key.version,
                ..AccessKeyForm::default()
            };
            access_keys::update(&app.app, &world::setter(), &key.id, form).await.unwrap();
        }
    };
    let (report, ()) = tokio::join!(reseal(&app.app, Wishes::default(), |_| ()), edit);
    let report = report.unwrap();
    assert_eq!((report.closed.len(), report.removable().count()), (0, 1));
    for key in keys {
        let id = key.id.clone();
        let read = app.app.database.read(move |connection| store::access_keys::find_sealed(connection, &id));
        let (now, sealed) = read.await.unwrap();
        let secret = source::open(&app.app, &source::place(&now), &sealed.secret).await.unwrap();
        let is_changed = changed.iter().any(|other| other.id == key.id);
        assert_eq!(secret.expose_secret().starts_with("fake-secret-changed"), is_changed, "{}", key.name);
        // Sealing anew makes no new version.
        assert_eq!(now.version, key.version + i32::from(is_changed));
        assert_eq!(Keyring::name_of(&sealed.secret).unwrap(), report.key);
    }
}

/// A value that is replaced has to be the one that was read.
#[actix_web::test]
async fn a_value_is_replaced_only_where_the_old_one_stands() {
    use daypass::store::sealed::{Cell, replace};
    let app = TestApp::start().await;
    let id = app.key_id("broker").await;
    let write = app.app.database.write(move |connection| {
        let (_, before) = store::access_keys::find_sealed(connection, &id)?;
        assert!(!replace(connection, Cell::Secret, &id, (b"something else", b"new"))?);
        assert!(!replace(connection, Cell::MfaSeed, &id, (b"", b"new"))?);
        assert!(!replace(connection, Cell::Setting, "cookie_key", (&before.secret, b"new"))?);
        assert_eq!(store::access_keys::find_sealed(connection, &id)?.1, before);
        assert!(replace(connection, Cell::Secret, &id, (&before.secret, b"new"))?);
        assert_eq!(store::access_keys::find_sealed(connection, &id)?.1.secret, b"new");
        Ok(((), Vec::new()))
    });
    write.await.unwrap();
}
