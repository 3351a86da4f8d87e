//! The two databases: the same migrations, the same tables, the same constraints, and what `schema.rs` says of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use daypass::model::identity::GroupRef;
use daypass::store::generations::{Generation, number};
use daypass::store::usage_log::{self, Filter};
use daypass::store::{
    DbConnection, Location, access_keys, api_tokens, connectors, grants, local_users, migrations, people, sessions,
    summaries,
};
use diesel::Connection;
use diesel::connection::InstrumentationEvent;
use tempfile::TempDir;

use crate::support::Database;
use crate::support::sql::{either, lines, run};

/// An empty database of each kind, and what keeps them.
fn both() -> ([DbConnection; 2], TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create_postgres();
    let sqlite = Location::Sqlite(folder.path().join("daypass.db")).connect().unwrap();
    let postgres = Location::Postgres(database.url().unwrap()).connect().unwrap();
    ([sqlite, postgres], folder, database)
}

const TABLES: [&str; 2] = [
    "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY 1",
    "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' ORDER BY 1",
];

fn tables(connection: &mut DbConnection) -> Vec<String> {
    lines(connection, either(connection, TABLES[0], TABLES[1]))
}

/// `table.column type null|not null`, in the order of the table, with the databases' words for the types.
fn columns(connection: &mut DbConnection) -> Vec<String> {
    let sqlite = "SELECT m.name || '.' || c.name || ' ' || c.type || CASE c.\"notnull\" WHEN 1 THEN ' not null' ELSE ' null' END AS line
        FROM sqlite_master m, pragma_table_info(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY m.name, c.cid";
    let postgres = "SELECT table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE ' null' END AS line
        FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' ORDER BY table_name, ordinal_position";
    lines(connection, either(connection, sqlite, postgres))
}

/// `table: columns of the primary key, in its order`.
fn primary_keys(connection: &mut DbConnection) -> Vec<String> {
    let sqlite = "SELECT t || ': ' || group_concat(c, ', ') AS line FROM (
            SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c
            WHERE m.type = 'table' AND c.pk > 0 AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY m.name, c.pk)
        GROUP BY t ORDER BY t";
    let postgres = "SELECT c.relname || ': ' || string_agg(a.attname, ', ' ORDER BY array_position(i.indkey::int2[], a.attnum)) AS line
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE i.indisprimary AND n.nspname = 'public' AND c.relname NOT LIKE '\\_\\_%' GROUP BY c.relname ORDER BY c.relname";
    lines(connection, either(connection, sqlite, postgres))
}

/// Every index that is not a primary key: name where we gave one, table, columns, whether it is unique or partial.
fn indexes(connection: &mut DbConnection) -> Vec<String> {
    let sqlite = "SELECT t || ' (' || group_concat(c, ', ') || ')' || kind AS line FROM (
            SELECT m.name AS t, l.name AS i, COALESCE(x.name, 'expression') AS c,
                CASE l.\"unique\" WHEN 1 THEN ' unique' ELSE ' ' || l.name END || CASE l.partial WHEN 1 THEN ' partial' ELSE '' END AS kind
            FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) x
            WHERE m.type = 'table' AND l.origin <> 'pk' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY m.name, l.name, x.seqno)
        GROUP BY t, i ORDER BY 1";
    let postgres =
        "SELECT c.relname || ' (' || string_agg(COALESCE(a.attname, 'expression'), ', ' ORDER BY k.at) || ')'
            || CASE WHEN i.indisunique THEN ' unique' ELSE ' ' || x.relname END
            || CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END AS line
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, at)
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number AND k.number > 0
        WHERE NOT i.indisprimary AND n.nspname = 'public' AND c.relname NOT LIKE '\\_\\_%'
        GROUP BY c.relname, x.relname, i.indisunique, i.indpred ORDER BY 1";
    sorted(lines(connection, either(connection, sqlite, postgres)))
}

fn foreign_keys(connection: &mut DbConnection) -> Vec<String> {
    let sqlite =
        "SELECT m.name || '.' || f.\"from\" || ' -> ' || f.\"table\" || '.' || f.\"to\" || ' ' || f.on_delete AS line
        FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY 1";
    let postgres = "SELECT c.relname || '.' || a.attname || ' -> ' || r.relname || '.' || b.attname || ' '
            || CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'a' THEN 'NO ACTION' WHEN 'n' THEN 'SET NULL' ELSE k.confdeltype::text END AS line
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
        JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = k.confkey[1]
        WHERE k.contype = 'f' ORDER BY 1";
    sorted(lines(connection, either(connection, sqlite, postgres)))
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn both_databases_have_the_same_migrations() {
    let (sqlite, postgres) = migrations::names().unwrap();
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres);
}

#[test]
fn up_down_and_up_again_end_at_the_same_tables() {
    let (connections, _folder, _database) = both();
    for mut connection in connections {
        migrations::run(&mut connection).unwrap();
        let before = (columns(&mut connection), indexes(&mut connection), foreign_keys(&mut connection));
        assert!(before.0.len() > 50);
        migrations::run(&mut connection).unwrap();
        migrations::revert_all(&mut connection).unwrap();
        assert_eq!(tables(&mut connection), Vec::<String>::new());
        migrations::run(&mut connection).unwrap();
        assert_eq!((columns(&mut connection), indexes(&mut connection), foreign_keys(&mut connection)), before);
    }
}

/// What `schema.rs` says: per table its primary key, and its columns with their types.
fn described() -> BTreeMap<String, (String, Vec<(String, String)>)> {
    let text = include_str!("../../src/store/schema.rs");
    let mut tables = BTreeMap::new();
    for block in text.split("diesel::table! {").skip(1) {
        let (head, rest) = block.split_once('{').unwrap();
        let (name, key) = head.trim().split_once(" (").unwrap();
        let body = rest.split_once('}').unwrap().0;
        let column = |line: &str| {
            let (name, kind) = line.trim().trim_end_matches(',').split_once(" -> ")?;
            Some((name.to_owned(), kind.to_owned()))
        };
        let columns = body.lines().filter_map(column).collect();
        tables.insert(name.to_owned(), (key.trim().trim_end_matches(')').to_owned(), columns));
    }
    tables
}

#[test]
fn the_schema_is_true_of_both_databases() {
    let described = described();
    assert!(described.len() > 10);
    let (connections, _folder, _database) = both();
    for (side, mut connection) in connections.into_iter().enumerate() {
        migrations::run(&mut connection).unwrap();
        let word = |table: &str, column: &str, kind: &str| match (kind, side) {
            // SQLite numbers its rows only in a column of this very type.
            ("BigInt", 0) if (table, column) == ("usage_log", "id") => "INTEGER",
            ("Text", 0) => "TEXT",
            ("Text", _) => "text",
            ("Binary", 0) => "BLOB",
            ("Binary", _) => "bytea",
            ("BigInt", 0) => "BIGINT",
            ("BigInt", _) => "bigint",
            ("Integer", 0) => "INTEGER",
            ("Integer", _) => "integer",
            ("Bool", 0) => "BOOLEAN",
            ("Bool", _) => "boolean",
            _ => panic!("{table}.{column}: a type that is not shared: {kind}"),
        };
        let mut expected = Vec::new();
        let mut keys = Vec::new();
        for (table, (key, columns)) in &described {
            keys.push(format!("{table}: {key}"));
            for (column, kind) in columns {
                let bare = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
                let null = if bare.is_some() { "null" } else { "not null" };
                expected.push(format!("{table}.{column} {} {null}", word(table, column, bare.unwrap_or(kind))));
            }
        }
        assert_eq!(columns(&mut connection), expected);
        assert_eq!(primary_keys(&mut connection), keys);
        let names: Vec<String> = described.keys().cloned().collect();
        assert_eq!(tables(&mut connection), names);
    }
}

#[test]
fn both_databases_keep_the_same_constraints() {
    let ([mut sqlite, mut postgres], _folder, _database) = both();
    migrations::run(&mut sqlite).unwrap();
    migrations::run(&mut postgres).unwrap();
    let (ours, theirs) = (indexes(&mut sqlite), indexes(&mut postgres));
    assert!(ours.contains(&"usage_log (chain, seq) unique".to_owned()), "{ours:#?}");
    assert!(ours.contains(&"usage_log (outcome, id) usage_log_not_ok partial".to_owned()), "{ours:#?}");
    assert_eq!(ours, theirs);
    let (ours, theirs) = (foreign_keys(&mut sqlite), foreign_keys(&mut postgres));
    assert!(ours.contains(&"grants.connector_id -> connectors.id CASCADE".to_owned()), "{ours:#?}");
    assert_eq!(ours, theirs);
}

/// The statements that `work` sends.
fn statements(connection: &mut DbConnection, work: impl FnOnce(&mut DbConnection)) -> BTreeSet<String> {
    let sent: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = sent.clone();
    let DbConnection::Sqlite(sqlite) = connection else { panic!("SQLite only") };
    sqlite.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            kept.lock().unwrap().push(query.to_string());
        }
    });
    work(connection);
    let DbConnection::Sqlite(sqlite) = connection else { panic!("SQLite only") };
    sqlite.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    sent.lock().unwrap().iter().map(|query| query.split(" -- binds").next().unwrap().to_owned()).collect()
}

/// What SQLite would do for each statement.
fn plan(connection: &mut DbConnection, statement: &str) -> String {
    use diesel::sql_types::Text;
    use diesel::{QueryableByName, RunQueryDsl, sql_query};
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let DbConnection::Sqlite(sqlite) = connection else { panic!("SQLite only") };
    let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(sqlite).unwrap();
    steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_usage_log_is_read_by_its_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = Location::Sqlite(folder.path().join("daypass.db")).connect().unwrap();
    migrations::run(&mut connection).unwrap();
    // One row long before and one long after every bound of time below: so that there are bounds of ids as well.
    let rows = "INSERT INTO usage_chains VALUES ('c', NULL, x'', 1);
        INSERT INTO usage_log (chain, seq, version, at, kind, outcome, reason, actor_kind, actor_name, address, user_agent, request_id, detail, row_hash)
        VALUES ('c', 1, 1, 0, '', '', '', '', '', '', '', '', '{}', x''), ('c', 2, 1, 9000000000, '', '', '', '', '', '', '', '', '{}', x'')";
    run(&mut connection, rows);
    let some = || Some("x".to_owned());
    let filters = [
        ("actor", Filter { actor_name: some(), ..Filter::default() }, "usage_log_actor_name"),
        ("connector", Filter { connector_id: some(), ..Filter::default() }, "usage_log_connector_id"),
        ("kind", Filter { kind: some(), ..Filter::default() }, "usage_log_kind"),
        ("refused", Filter { outcome: Some("refused".to_owned()), ..Filter::default() }, "usage_log_not_ok"),
        ("failed", Filter { outcome: Some("failed".to_owned()), ..Filter::default() }, "usage_log_not_ok"),
        ("actor, older", Filter { actor_name: some(), before: Some(9), ..Filter::default() }, "usage_log_actor_name"),
        ("older", Filter { before: Some(9), ..Filter::default() }, "INTEGER PRIMARY KEY"),
        ("from", Filter { from: Some(4_000_000_000), ..Filter::default() }, "usage_log_at|INTEGER PRIMARY KEY"),
        ("to", Filter { to: Some(5_000_000_000), ..Filter::default() }, "usage_log_at|INTEGER PRIMARY KEY"),
    ];
    for (name, filter, index) in filters {
        let sent = statements(&mut connection, |connection| {
            usage_log::page(connection, &filter, 50).unwrap();
        });
        assert!(!sent.is_empty());
        for statement in sent {
            let plan = plan(&mut connection, &statement);
            let by_index = index.split('|').any(|index| plan.contains(index));
            assert!(plan.contains("SEARCH usage_log") && by_index, "{name}: {plan}\n{statement}");
            assert!(!plan.contains("SCAN"), "{name}: {plan}\n{statement}");
            assert!(!plan.contains("TEMP B-TREE"), "{name} is sorted anew: {plan}\n{statement}");
        }
    }
    // Without a filter the newest rows are read off the end of the table itself.
    let sent = statements(&mut connection, |connection| {
        usage_log::page(connection, &Filter::default(), 50).unwrap();
        usage_log::find(connection, 1).unwrap();
    });
    for statement in sent {
        assert!(statement.contains("LIMIT") && !plan(&mut connection, &statement).contains("TEMP B-TREE"));
    }
    // What everybody's start page reads: the LIMIT stands in the statement, because a bound one is planned anew each time.
    let sent = statements(&mut connection, |connection| {
        usage_log::recent_uses(connection, "x").unwrap();
    });
    assert_eq!(sent.len(), 1);
    for statement in sent {
        let plan = plan(&mut connection, &statement);
        assert_eq!(plan, "SEARCH usage_log USING INDEX usage_log_recent_uses (actor_id=?)", "{statement}");
        assert!(statement.ends_with(" LIMIT 5"), "{statement}");
    }
}

#[test]
fn sessions_are_ended_by_their_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = Location::Sqlite(folder.path().join("daypass.db")).connect().unwrap();
    migrations::run(&mut connection).unwrap();
    let sent = statements(&mut connection, |connection| {
        sessions::delete_of(connection, "x").unwrap();
        sessions::delete_stale(connection, 1, 1).unwrap();
    });
    assert_eq!(sent.len(), 3, "{sent:?}");
    for statement in sent {
        let plan = plan(&mut connection, &statement);
        assert!(plan.contains("SEARCH sessions USING") && !plan.contains("SCAN"), "{plan}\n{statement}");
    }
}

#[test]
fn what_every_request_reads_is_found_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = Location::Sqlite(folder.path().join("daypass.db")).connect().unwrap();
    migrations::run(&mut connection).unwrap();
    let (one, groups) = (["x".to_owned()], [GroupRef { directory: "d".to_owned(), id: "g".to_owned() }]);
    let sent = statements(&mut connection, |connection| {
        sessions::find(connection, "x").unwrap();
        people::find(connection, "x").unwrap();
        local_users::find(connection, "x").unwrap();
        local_users::groups_of(connection, "x").unwrap();
        number(connection, Generation::Uses).unwrap();
        grants::of_groups(connection, &groups).unwrap();
        summaries::of(connection, Some(&one)).unwrap();
        api_tokens::find_by_hash(connection, "x").unwrap();
        connectors::resolve(connection, "x").unwrap_err();
        access_keys::find_sealed(connection, "x").unwrap_err();
    });
    assert_eq!(sent.len(), 11);
    for statement in sent {
        let plan = plan(&mut connection, &statement);
        assert!(plan.contains("SEARCH") && !plan.contains("SCAN"), "{plan}\n{statement}");
    }
}

/// Whatever changes one of these tables changes its numbers, so that nothing stands that was read before. A migration that
/// makes such a table anew has to make its triggers anew as well.
#[test]
fn every_change_of_what_is_kept_in_memory_is_counted() {
    const BOTH: [bool; 2] = [true, true];
    const ACCESS: [bool; 2] = [true, false];
    const USES: [bool; 2] = [false, true];
    const NONE: [bool; 2] = [false, false];
    let changes = [
        (
            "INSERT INTO accounts (id, partition, account_id, label, colour, version) VALUES ('a', 'aws', '1', '', 0, 1), ('b', 'aws', '2', '', 0, 1)",
            ACCESS,
        ),
        ("UPDATE accounts SET label = 'x' WHERE id = 'a'", ACCESS),
        ("DELETE FROM accounts WHERE id = 'b'", ACCESS),
        (
            "INSERT INTO access_keys (id, name, name_folded, partition, key_id, secret, note, state, version, created_at, updated_at)
                SELECT 'k', 'k', 'k', 'aws', 'k', CAST('' AS BLOB), '', 'good', 1, 1, 1",
            USES,
        ),
        ("UPDATE access_keys SET last_used_at = 2", USES),
        (
            "INSERT INTO connectors (id, slug, name, name_folded, description, access_key_id, partition, principal_type, source_identity, policy_arns, omit_policy, system_scope, enabled, open_without_asking, version, created_at, updated_at)
                VALUES ('c', 'c', 'c', 'c', '', 'k', 'aws', 'iam_user', 'off', '', FALSE, FALSE, TRUE, FALSE, 1, 1, 1)",
            BOTH,
        ),
        ("UPDATE connectors SET name = 'd'", BOTH),
        ("INSERT INTO slugs VALUES ('s', 'c')", USES),
        ("UPDATE slugs SET connector_id = 'd'", USES),
        ("DELETE FROM slugs", USES),
        ("INSERT INTO grants VALUES ('g', 'c', 'd', 'g', 'g', '', 'b', 1)", BOTH),
        ("UPDATE grants SET group_id = 'h'", BOTH),
        ("DELETE FROM grants", BOTH),
        (
            "INSERT INTO api_tokens (id, kind, name, slug, hash, created_by, created_at, expires_at) VALUES ('t', 'program', 't', 't', 't', 'b', 1, 2)",
            USES,
        ),
        ("UPDATE api_tokens SET revoked_at = 1", USES),
        ("INSERT INTO api_token_connectors VALUES ('t', 'c')", USES),
        ("UPDATE api_token_connectors SET connector_id = 'c'", USES),
        ("DELETE FROM api_token_connectors", USES),
        ("DELETE FROM api_tokens", USES),
        ("DELETE FROM connectors", BOTH),
        ("DELETE FROM access_keys", USES),
        ("INSERT INTO people (id, directory, external_id, user_name, display_name, mail, session_name, federated_name, first_seen_at, last_seen_at) VALUES ('p', 'd', 'p', 'p', 'p', '', 'p', 'p', 1, 1)", NONE),
    ];
    let (connections, _folder, _database) = both();
    for mut connection in connections {
        migrations::run(&mut connection).unwrap();
        let numbers = |connection: &mut DbConnection| {
            [Generation::Access, Generation::Uses].map(|of| number(connection, of).unwrap())
        };
        let mut seen = vec![numbers(&mut connection)];
        for (change, counted) in changes {
            let change = either(&connection, change, &change.replace("CAST('' AS BLOB)", "''::bytea")).to_owned();
            run(&mut connection, &change);
            let now = numbers(&mut connection);
            for (at, counted) in counted.into_iter().enumerate() {
                let before: Vec<i64> = seen.iter().map(|numbers: &[i64; 2]| numbers[at]).collect();
                assert_eq!(!before.contains(&now[at]), counted, "{change}");
                assert!(counted || before.last() == Some(&now[at]), "{change}");
            }
            seen.push(now);
        }
    }
}
