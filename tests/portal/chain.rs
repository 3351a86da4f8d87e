//! The chain of the usage log, checked by a second implementation that was written from the documentation of
//! `Event::row_hash` and `chain_start` alone: it reads the rows by SQL and shares no line with the portal.

use std::collections::BTreeMap;

use daypass::model::event::{Event, Kind, Origin};
use daypass::store::DbConnection;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::TestApp;
use crate::support::sql::{connect, either, lines, run};

/// In the order of the table, but `version` first, without `id` and `row_hash`.
const COLUMNS: &str = "version, chain, seq, at, kind, outcome, reason, actor_kind, actor_id, actor_name, directory, \
    connector_id, connector_name, account_id, arn, session_name, source_identity, issued_key_id, expires_at, \
    requested_seconds, granted_seconds, address, user_agent, request_id, detail, grant_id, group_path, rule, \
    connector_version, policy_hash";

struct Chain {
    id: String,
    predecessor: Value,
    predecessor_hash: String,
    opened_at: Value,
}

/// Checks every chain. Gives the number of rows, or what is wrong.
pub fn verify(connection: &mut DbConnection) -> Result<usize, String> {
    let chains: BTreeMap<String, Chain> = chains(connection).into_iter().map(|c| (c.id.clone(), c)).collect();
    // By chain: the hashes it went through, its start first.
    let mut hashes: BTreeMap<String, Vec<String>> =
        chains.values().map(|chain| (chain.id.clone(), vec![start(chain)])).collect();
    let (mut count, mut last_id) = (0, BTreeMap::new());
    for (id, row, row_hash) in rows(connection) {
        let (chain, seq) = (row[1].as_str().unwrap().to_owned(), row[2].as_i64().unwrap());
        let passed = hashes.get_mut(&chain).ok_or_else(|| format!("row {id}: no such chain"))?;
        if seq != i64::try_from(passed.len()).unwrap() {
            return Err(format!("row {id}: {seq} does not follow {} rows", passed.len() - 1));
        }
        if last_id.insert(chain, id).is_some_and(|last| last >= id) {
            return Err(format!("row {id}: out of order"));
        }
        if hash(passed.last().unwrap(), &row) != row_hash {
            return Err(format!("row {id}: the hash is another"));
        }
        passed.push(row_hash);
        count += 1;
    }
    for chain in chains.values() {
        match chain.predecessor.as_str() {
            None if chain.predecessor_hash.is_empty() => {}
            None => return Err(format!("chain {}: a hash of no chain", chain.id)),
            Some(before) if hashes.get(before).is_some_and(|passed| passed.contains(&chain.predecessor_hash)) => {}
            Some(_) => return Err(format!("chain {}: the chain before it did not pass through there", chain.id)),
        }
    }
    Ok(count)
}

fn start(chain: &Chain) -> String {
    hash(&chain.predecessor_hash, &[chain.id.clone().into(), chain.predecessor.clone(), chain.opened_at.clone()])
}

fn hash(previous: &str, fields: &[Value]) -> String {
    let previous = data_encoding::HEXLOWER.decode(previous.as_bytes()).unwrap();
    let mut bytes = (previous.len() as u64).to_be_bytes().to_vec();
    bytes.extend(previous);
    for field in fields {
        match field {
            Value::Null => bytes.push(0),
            Value::String(text) => {
                bytes.push(1);
                bytes.extend((text.len() as u64).to_be_bytes());
                bytes.extend(text.as_bytes());
            }
            Value::Number(number) => {
                bytes.push(2);
                bytes.extend(number.as_i64().unwrap().to_be_bytes());
            }
            other => panic!("{other} is no column"),
        }
    }
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

fn arrays(connection: &mut DbConnection, sqlite: &str, postgres: &str) -> Vec<Vec<Value>> {
    let query = either(connection, sqlite, postgres).to_owned();
    lines(connection, &query).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every row by chain and place: id, the hashed columns, the row's hash.
fn rows(connection: &mut DbConnection) -> Vec<(i64, Vec<Value>, String)> {
    let sqlite =
        format!("SELECT json_array(id, lower(hex(row_hash)), {COLUMNS}) AS line FROM usage_log ORDER BY chain, seq");
    let postgres = format!(
        "SELECT json_build_array(id, encode(row_hash, 'hex'), {COLUMNS})::text AS line FROM usage_log ORDER BY chain, seq"
    );
    let row = |mut row: Vec<Value>| {
        let fields = row.split_off(2);
        (row[0].as_i64().unwrap(), fields, row[1].as_str().unwrap().to_owned())
    };
    arrays(connection, &sqlite, &postgres).into_iter().map(row).collect()
}

fn chains(connection: &mut DbConnection) -> Vec<Chain> {
    let sqlite =
        "SELECT json_array(id, predecessor, lower(hex(predecessor_hash)), opened_at) AS line FROM usage_chains";
    let postgres = "SELECT json_build_array(id, predecessor, encode(predecessor_hash, 'hex'), opened_at)::text AS line FROM usage_chains";
    let chain = |row: Vec<Value>| Chain {
        id: row[0].as_str().unwrap().to_owned(),
        predecessor: row[1].clone(),
        predecessor_hash: row[2].as_str().unwrap().to_owned(),
        opened_at: row[3].clone(),
    };
    arrays(connection, sqlite, postgres).into_iter().map(chain).collect()
}

/// A portal whose log has rows with every column filled, in the chains of several processes: the first has rows, the
/// second none, the third one again.
async fn written() -> (TestApp, DbConnection) {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    alice.console_link("read-only").await;
    let full = Event {
        actor_id: Some("a".to_owned()),
        directory: Some("b".to_owned()),
        source_identity: Some("c".to_owned()),
        requested_seconds: Some(1),
        policy_hash: Some("ä\u{1f600}".to_owned()),
        ..app.last_event().await.event
    };
    app.app.database.record(full.with("umlaut", "ö \"\\ \u{1}")).await.unwrap();
    app.app.database.record(Event::new(app.app.clock.now(), Kind::SessionEnd, &Origin::default())).await.unwrap();
    let location = daypass::app::places(&app.app.config).unwrap().database;
    let open = || daypass::store::Database::open(&location, 1, &app.app.clock).unwrap();
    drop(open());
    let later = open();
    for _ in 0..3 {
        later.record(Event::new(app.app.clock.now(), Kind::SessionEnd, &Origin::default())).await.unwrap();
    }
    let mut connection = connect(&app.app.config);
    assert!(verify(&mut connection).is_ok());
    (app, connection)
}

/// Runs `statements`, checks that the chain no longer verifies, and takes them back.
fn breaks(connection: &mut DbConnection, statements: &str) {
    run(connection, "BEGIN");
    run(connection, statements);
    let verdict = verify(connection);
    run(connection, "ROLLBACK");
    assert!(verdict.is_err(), "not found: {statements}");
}

/// What changes a column of a row to something else.
fn changed(column: &str, connection: &DbConnection) -> String {
    let numbers =
        ["id", "version", "seq", "at", "expires_at", "requested_seconds", "granted_seconds", "connector_version"];
    match column {
        "row_hash" | "predecessor_hash" => either(connection, "x'00'", "'\\x00'").to_owned(),
        "seq" => "seq + 1000".to_owned(),
        "opened_at" => "opened_at + 1".to_owned(),
        _ if numbers.contains(&column) => format!("COALESCE({column}, 6) + 1"),
        _ => format!("COALESCE({column}, '') || 'x'"),
    }
}

#[actix_web::test]
async fn another_reader_finds_the_chain_whole() {
    let (app, mut connection) = written().await;
    let count: usize =
        lines(&mut connection, "SELECT CAST(count(*) AS TEXT) AS line FROM usage_log")[0].parse().unwrap();
    assert!(count > 10);
    assert_eq!(verify(&mut connection), Ok(count));
    assert_eq!(lines(&mut connection, "SELECT id AS line FROM usage_chains").len(), 3);
    drop(app);
}

#[actix_web::test]
async fn every_changed_column_is_found_in_every_row() {
    let (_app, mut connection) = written().await;
    let ids = lines(&mut connection, "SELECT CAST(id AS TEXT) AS line FROM usage_log ORDER BY id");
    let columns = COLUMNS.split(", ").map(str::trim).chain(["row_hash"]);
    // Another chain's name breaks the foreign key before it breaks the chain.
    for column in columns.filter(|column| *column != "chain") {
        for id in &ids {
            let value = changed(column, &connection);
            breaks(&mut connection, &format!("UPDATE usage_log SET {column} = {value} WHERE id = {id}"));
        }
    }
    for id in &ids {
        let elsewhere = format!(
            "UPDATE usage_log SET seq = 1000 + seq, chain = (SELECT id FROM usage_chains c WHERE c.id <> usage_log.chain LIMIT 1) WHERE id = {id}"
        );
        breaks(&mut connection, &elsewhere);
        // NULL is not the empty text.
        let emptied = format!("UPDATE usage_log SET arn = CASE WHEN arn IS NULL THEN '' ELSE NULL END WHERE id = {id}");
        breaks(&mut connection, &emptied);
    }
    for column in ["predecessor_hash", "opened_at"] {
        for chain in lines(&mut connection, "SELECT id AS line FROM usage_chains") {
            let value = changed(column, &connection);
            breaks(&mut connection, &format!("UPDATE usage_chains SET {column} = {value} WHERE id = '{chain}'"));
        }
    }
    let other = "(SELECT max(id) FROM usage_chains)";
    breaks(&mut connection, &format!("UPDATE usage_chains SET predecessor = {other} WHERE predecessor IS NULL"));
    breaks(&mut connection, "UPDATE usage_chains SET predecessor = NULL WHERE predecessor IS NOT NULL");
    assert!(verify(&mut connection).is_ok());
}

#[actix_web::test]
async fn removed_inserted_and_exchanged_rows_are_found() {
    let (_app, mut connection) = written().await;
    let chains = lines(&mut connection, "SELECT id AS line FROM usage_chains ORDER BY id");
    let last = chains.last().unwrap();
    let ids = lines(&mut connection, "SELECT CAST(id AS TEXT) AS line FROM usage_log ORDER BY chain, seq");
    // The very last row may go unseen until the next chain or a signed checkpoint names it.
    for id in &ids[..ids.len() - 1] {
        breaks(&mut connection, &format!("DELETE FROM usage_log WHERE id = {id}"));
    }
    let closed_up = format!(
        "DELETE FROM usage_log WHERE chain = '{last}' AND seq = 2; UPDATE usage_log SET seq = 2 WHERE chain = '{last}' AND seq = 3"
    );
    breaks(&mut connection, &closed_up);
    for chain in [&chains[0], last] {
        let exchanged = format!(
            "UPDATE usage_log SET seq = -1 WHERE chain = '{chain}' AND seq = 1; UPDATE usage_log SET seq = 1 WHERE chain = '{chain}' AND seq = 2; UPDATE usage_log SET seq = 2 WHERE chain = '{chain}' AND seq = -1"
        );
        breaks(&mut connection, &exchanged);
        let rest = COLUMNS.replace("version, chain, seq, ", "");
        let inserted = format!(
            "INSERT INTO usage_log (version, chain, seq, {rest}, row_hash) SELECT version, chain, (SELECT max(seq) + 1 FROM usage_log WHERE chain = '{chain}'), {rest}, row_hash FROM usage_log WHERE chain = '{chain}' AND seq = 1"
        );
        breaks(&mut connection, &inserted);
    }
    let first_id = format!(
        "UPDATE usage_log SET id = {} WHERE id = (SELECT min(id) FROM usage_log)",
        either(&connection, "100000", "DEFAULT")
    );
    breaks(&mut connection, &first_id);
}

/// A process that wrote nothing is a link too: else whoever cuts the tail of the chain before it could set it right.
#[actix_web::test]
async fn a_chain_without_rows_still_holds_the_one_before_it() {
    let (_app, mut connection) = written().await;
    let chains = lines(&mut connection, "SELECT id AS line FROM usage_chains ORDER BY id");
    let [first, empty, _] = chains.as_slice() else { panic!("{chains:?}") };
    let cut = format!(
        "DELETE FROM usage_log WHERE id = (SELECT max(id) FROM usage_log WHERE chain = '{first}');
        UPDATE usage_chains SET predecessor_hash = (SELECT row_hash FROM usage_log WHERE chain = '{first}' ORDER BY seq DESC LIMIT 1) WHERE id = '{empty}'"
    );
    breaks(&mut connection, &cut);
    breaks(&mut connection, &format!("DELETE FROM usage_chains WHERE id = '{empty}'"));
}
