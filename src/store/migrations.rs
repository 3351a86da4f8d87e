//! The migrations of both databases, embedded, with the same names on both sides.

use diesel::connection::SimpleConnection;
use diesel::migration::Migration;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{DbConnection, StoreError};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Brings the database up to date; each migration in a transaction of its own.
///
/// # Errors
/// Where a migration cannot be run.
pub fn run(connection: &mut DbConnection) -> Result<(), StoreError> {
    let done = match connection {
        DbConnection::Sqlite(connection) => connection.run_pending_migrations(SQLITE).map(|_| ()),
        DbConnection::Postgres(connection) => {
            // One replica at a time, however long it takes. The lock goes with the connection at the latest.
            connection.batch_execute("SET statement_timeout = 0; SELECT pg_advisory_lock(7217000)")?;
            let done = connection.run_pending_migrations(POSTGRES).map(|_| ());
            connection.batch_execute("SELECT pg_advisory_unlock(7217000); SET statement_timeout = '15s'")?;
            done
        }
    };
    done.map_err(|error| StoreError::Unavailable(format!("migration: {error}")))
}

/// Takes every migration back, newest first. Everything is lost; tests use it.
///
/// # Errors
/// Where a migration cannot be taken back.
pub fn revert_all(connection: &mut DbConnection) -> Result<(), StoreError> {
    let done = match connection {
        DbConnection::Sqlite(connection) => connection.revert_all_migrations(SQLITE).map(|_| ()),
        DbConnection::Postgres(connection) => connection.revert_all_migrations(POSTGRES).map(|_| ()),
    };
    done.map_err(|error| StoreError::Unavailable(format!("migration: {error}")))
}

mod table {
    diesel::table! {
        __diesel_schema_migrations (version) {
            version -> Text,
        }
    }
}

/// The versions of the embedded migrations that were not run yet, and those that were run and are none of ours. Only reads.
///
/// # Errors
/// Where none was ever run, or the database cannot be read.
pub fn differences(connection: &mut DbConnection) -> Result<(Vec<String>, Vec<String>), StoreError> {
    use table::__diesel_schema_migrations::dsl;
    let run: Vec<String> = dsl::__diesel_schema_migrations.select(dsl::version).load(connection)?;
    let wrong =
        |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Unavailable(format!("migration: {error}"));
    let ours: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> = SQLITE.migrations().map_err(wrong)?;
    let ours: Vec<String> = ours.iter().map(|migration| migration.name().version().to_string()).collect();
    let missing = ours.iter().filter(|version| !run.contains(version)).cloned().collect();
    let foreign = run.into_iter().filter(|version| !ours.contains(version)).collect();
    Ok((missing, foreign))
}

/// The names of the embedded migrations: SQLite's, PostgreSQL's.
///
/// # Errors
/// Where they cannot be read.
pub fn names() -> Result<(Vec<String>, Vec<String>), StoreError> {
    let wrong =
        |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Unavailable(format!("migration: {error}"));
    let sqlite: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> = SQLITE.migrations().map_err(wrong)?;
    let postgres: Vec<Box<dyn Migration<diesel::pg::Pg>>> = POSTGRES.migrations().map_err(wrong)?;
    Ok((
        sqlite.iter().map(|migration| migration.name().to_string()).collect(),
        postgres.iter().map(|migration| migration.name().to_string()).collect(),
    ))
}
