//! The database from outside, by SQL of its own: what the portal says of itself is not asked.

use daypass::app;
use daypass::config::Config;
use daypass::store::DbConnection;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A connection of our own to the database that `config` names.
pub fn connect(config: &Config) -> DbConnection {
    app::places(config).unwrap().database.connect().unwrap()
}

/// The rows of a query whose one column is the text `line`.
pub fn lines(connection: &mut DbConnection, query: &str) -> Vec<String> {
    let rows: Vec<Line> = match connection {
        DbConnection::Sqlite(connection) => sql_query(query).load(connection),
        DbConnection::Postgres(connection) => sql_query(query).load(connection),
    }
    .unwrap_or_else(|error| panic!("{query}: {error}"));
    rows.into_iter().map(|row| row.line).collect()
}

/// Runs statements that give nothing.
pub fn run(connection: &mut DbConnection, statements: &str) {
    connection.batch_execute(statements).unwrap_or_else(|error| panic!("{statements}: {error}"));
}

/// The one of two texts that fits the database.
pub fn either<'a>(connection: &DbConnection, sqlite: &'a str, postgres: &'a str) -> &'a str {
    match connection {
        DbConnection::Sqlite(_) => sqlite,
        DbConnection::Postgres(_) => postgres,
    }
}
