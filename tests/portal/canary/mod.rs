//! The canary: every secret of a full run is searched for everywhere that it must not be, and one planted on purpose in
//! each of these places is found.

mod keys;
mod search;
mod walk;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use search::{Search, Secret};
use walk::{Walk, database_files};

use crate::support::served::{Served, sandbox};
use crate::support::sql::{connect, lines, run};
use crate::support::{Database, peer, program};

/// Where the secret stands that is planted on purpose.
const PLANTED: &str = "planted-canary-of-this-test";

/// A place and what it holds.
struct Place {
    name: String,
    bytes: Vec<u8>,
    shows: &'static [&'static str],
}

impl Place {
    fn new(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), bytes: bytes.into(), shows: &[] }
    }
}

/// Every secret that stands where it must not.
fn leaks(places: &[Place], secrets: &[Secret]) -> Vec<String> {
    let search = Search::for_all(secrets);
    let mut leaks = Vec::new();
    for place in places {
        for (secret, how) in search.find(&place.bytes) {
            if !place.shows.contains(&secret.as_str()) {
                leaks.push(format!("{}: {secret}, as {how}", place.name));
            }
        }
    }
    leaks
}

#[allow(clippy::disallowed_methods, reason = "the dump is made by PostgreSQL's own program")]
fn pg_dump(url: &str) -> Vec<u8> {
    let folders = fs::read_dir("/usr/lib/postgresql").unwrap().map(|entry| entry.unwrap().path().join("bin/pg_dump"));
    let program = folders.filter(|program| program.exists()).max().unwrap();
    let dump = std::process::Command::new(program).args(["--inserts", url]).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    dump.stdout
}

/// What PostgreSQL logged of our database: every statement with its values.
fn statements(url: &str) -> String {
    let log = Path::new(&peer("DAYPASS_TEST_FOLDER")).join("postgres.log");
    let log = String::from_utf8_lossy(&fs::read(log).unwrap()).into_owned();
    let name = format!(" {} ", url.rsplit('/').next().unwrap());
    let mut ours = String::new();
    let mut is_ours = false;
    for line in log.lines() {
        // A statement of several lines goes on with tabs.
        is_ours = if line.starts_with('\t') { is_ours } else { line.contains(&name) };
        if is_ours {
            ours.push_str(line);
            ours.push('\n');
        }
    }
    assert!(ours.contains("INSERT INTO \"usage_log\""), "{ours}");
    ours
}

/// All that the database holds, as others can come by it.
fn of_database(served: &Served, url: Option<&str>) -> Vec<Place> {
    let mut places = Vec::new();
    match url {
        Some(url) => places.push(Place::new("pg_dump", pg_dump(url))),
        None => {
            for file in database_files(served) {
                // The log of changes goes when the last connection does.
                if let Ok(bytes) = fs::read(&file) {
                    places.push(Place::new(file.file_name().unwrap().to_str().unwrap(), bytes));
                }
            }
        }
    }
    let mut connection = connect(&served.config);
    let rows = lines(
        &mut connection,
        "SELECT detail || ' ' || user_agent || ' ' || actor_name || ' ' || reason AS line FROM usage_log",
    );
    assert!(rows.len() > 20);
    places.push(Place::new("rows of the usage log", rows.join("\n")));
    places
}

async fn walked(database: Option<(String, &'static str)>, format: &str) {
    let folder = tempfile::tempdir().unwrap();
    // Its path is logged once key files are missing: so the logs are known to be searched.
    let home = folder.path().join(PLANTED);
    fs::create_dir(&home).unwrap();
    let (_aws, sandbox) = sandbox(folder.path());
    let url = database.as_ref().map(|(url, _)| url.clone());
    let log = format!("[log]\nlevel = \"trace\"\nformat = {format:?}\n");
    let served = Served::new(&home, &sandbox, url.clone(), &log);
    let walk = Walk::default();
    if let Some((_, password)) = &database {
        walk.secret("database password", password);
    }
    let (server, said) = walk.run(&served, &sandbox).await;

    // While it runs, and once it has ended.
    let mut places = of_database(&served, url.as_deref());
    assert_eq!(places.iter().filter(|place| place.name.ends_with("-wal")).count(), usize::from(url.is_none()));
    server.signal("TERM");
    let ended = server.end();
    assert_eq!(ended.status, 0, "{}", ended.err);
    places.extend(of_database(&served, url.as_deref()));
    places.push(Place::new("daypass user add", said));
    places.push(Place::new("standard error", ended.err.clone()));
    places.push(Place { shows: &["set-up code", "set-up code, bare"], ..Place::new("standard output", ended.out) });
    if let Some(url) = &url {
        places.push(Place::new("PostgreSQL's log of statements", statements(url)));
    }
    let answers = walk.answers.into_inner().unwrap();
    assert!(answers.len() > 60);
    places.extend(answers.into_iter().map(|answer| Place {
        name: answer.name,
        bytes: answer.bytes,
        shows: answer.shows,
    }));

    let secrets = walk.secrets.into_inner().unwrap();
    let kinds: BTreeSet<&str> = secrets.iter().map(|secret| secret.name.as_str()).collect();
    assert!(kinds.len() >= 16 + usize::from(url.is_some()), "{kinds:?}");
    let found = leaks(&places, &secrets);
    assert!(
        found.is_empty(),
        "{}",
        found.into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("\n")
    );

    // What is handed out is found where it is.
    for place in places.iter_mut() {
        place.shows = &[];
    }
    let shown = leaks(&places, &secrets);
    for expected in [
        "POST /connectors/read-only/credentials: issued session token, as raw",
        "POST /connectors/federated/credentials: issued secret, as raw",
        "POST /console/read-only: SigninToken, as raw",
        "GET container-credentials: issued secret, as raw",
    ] {
        assert!(shown.iter().any(|line| line == expected), "{expected}: {shown:#?}");
    }
    planted(&served, url.as_deref(), &ended.err);
}

/// One planted on purpose in each place is found.
fn planted(served: &Served, url: Option<&str>, err: &str) {
    let planted = [Secret { name: "planted".to_owned(), value: PLANTED.into() }];
    assert!(!leaks(&[Place::new("standard error", err)], &planted).is_empty(), "{err}");
    let mut connection = connect(&served.config);
    assert!(leaks(&of_database(served, url), &planted).is_empty());
    let hex = data_encoding::HEXLOWER.encode(PLANTED.as_bytes());
    let bytes = crate::support::sql::either(&connection, "x'HEX'", "'\\xHEX'").replace("HEX", &hex);
    run(&mut connection, &format!("INSERT INTO settings VALUES ('planted', {bytes})"));
    let holders: Vec<String> = leaks(&of_database(served, url), &planted);
    assert_eq!(holders.len(), 1, "{holders:?}");
    run(&mut connection, "DELETE FROM settings WHERE name = 'planted'");
    run(&mut connection, &format!("UPDATE usage_log SET detail = '{{\"a\":\"{PLANTED}\"}}' WHERE seq = 1"));
    let holders: Vec<String> = leaks(&of_database(served, url), &planted);
    assert!(holders.iter().any(|place| place.starts_with("rows of the usage log")), "{holders:?}");
}

#[actix_web::test]
async fn on_sqlite_with_a_log_of_text() {
    walked(None, "text").await;
}

#[actix_web::test]
async fn on_postgres_with_a_log_of_json() {
    let database = Database::create_postgres();
    let password = "fake-canary-password-of-the-database";
    let url = database.url().unwrap().replacen("daypass@", &format!("daypass:{password}@"), 1);
    assert!(url.contains(password));
    walked(Some((url, password)), "json").await;
}

/// The same for what only a directory server has to do with: its passwords, right and wrong, and the service account's.
#[actix_web::test]
async fn with_a_directory_server() {
    let folder = tempfile::tempdir().unwrap();
    let (_aws, sandbox) = sandbox(folder.path());
    let bind_password = peer("DAYPASS_TEST_LDAP_BIND_PASSWORD");
    let directory = format!(
        "[log]\nlevel = \"trace\"\n[[directory]]\nkind = \"ldap\"\nname = \"corp\"\nurl = {:?}\nca_file = {:?}\nbind_dn = {:?}\nbind_password = {bind_password:?}\nuser_base = \"ou=people,dc=example,dc=test\"\ngroup_base = \"ou=groups,dc=example,dc=test\"\n",
        peer("DAYPASS_TEST_LDAP_URL"),
        peer("DAYPASS_TEST_LDAP_CA"),
        peer("DAYPASS_TEST_LDAP_BIND_DN"),
    );
    let served = Served::new(folder.path(), &sandbox, None, &directory);
    let walk = Walk::default();
    let right = "fake-password-alice";
    for (name, value) in
        [("bind password", bind_password.as_str()), ("password", right), ("wrong password", walk::WRONG)]
    {
        walk.secret(name, value);
    }
    let server = served.start();
    let alice = crate::support::Person::new(&served.url);
    walk.sign_in(&alice, "alice", right).await;
    assert_eq!(walk.get(&alice, "/").await.status, 200);
    server.signal("TERM");
    let ended = server.end();
    let checked = program::run(&served.folder, &["check-config"], "");
    let mut places = vec![
        Place::new("standard error", ended.err),
        Place::new("standard output", ended.out),
        Place::new("check-config", [checked.out, checked.err].concat()),
    ];
    for file in database_files(&served) {
        places.extend(fs::read(&file).ok().map(|bytes| Place::new("database", bytes)));
    }
    let answers = walk.answers.into_inner().unwrap();
    places.extend(answers.into_iter().map(|answer| Place::new(&answer.name, answer.bytes)));
    let secrets = walk.secrets.into_inner().unwrap();
    assert_eq!(leaks(&places, &secrets), Vec::<String>::new());
    places.push(Place::new("planted", format!("GET /?x={}", right.replace('-', "%2D"))));
    assert_eq!(leaks(&places, &secrets), ["planted: password, as percent"]);
}
