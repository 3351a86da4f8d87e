//! One connection type for both databases, chosen by the URL's scheme and nothing else.

use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::r2d2::ManageConnection;
use diesel::{Connection as _, ConnectionError, PgConnection, RunQueryDsl, SqliteConnection};

use super::StoreError;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    /// The embedded one.
    Sqlite(SqliteConnection),
    /// The one for several replicas.
    Postgres(PgConnection),
}

/// Where the data lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL URL, which may hold a password.
    Postgres(String),
}

impl Location {
    /// Reads `sqlite:PATH`, `postgres://…` or `postgresql://…`. diesel's own choice tries one after the other and would
    /// make a SQLite file named `postgres:…` out of a server that is down.
    ///
    /// # Errors
    /// A sentence that names the three forms.
    pub fn parse(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.contains(":memory:") {
                return Err("database.url: name a file, for example sqlite:data/daypass.db.".to_owned());
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err("database.url: write sqlite:FILE or postgres://USER@HOST/DATABASE.".to_owned())
    }

    /// Opens a connection that may write, durable at every commit.
    ///
    /// # Errors
    /// Where the database cannot be reached or opened.
    pub fn connect(&self) -> Result<DbConnection, ConnectionError> {
        self.establish(false)
    }

    /// Opens a connection that only reads, to a database that is there already.
    ///
    /// # Errors
    /// Where there is none, or it cannot be reached.
    pub fn look(&self) -> Result<DbConnection, StoreError> {
        if let Self::Sqlite(path) = self
            && !path.exists()
        {
            return Err(StoreError::Unavailable("there is no such file yet".to_owned()));
        }
        self.establish(true).map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// Lets SQLite look at how its tables are filled, where that has changed: it chooses indexes by that.
    pub(super) fn tune(connection: &mut DbConnection) {
        if let DbConnection::Sqlite(connection) = connection
            && let Err(error) = connection.batch_execute("PRAGMA optimize=0x10002")
        {
            tracing::warn!(%error, "SQLite could not look at its tables");
        }
    }

    fn establish(&self, read_only: bool) -> Result<DbConnection, ConnectionError> {
        match self {
            Self::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
                // busy_timeout first: switching to WAL takes a lock of its own. FULL, because a row counts as written
                // only once it survives a power cut. A checkpoint at 16 MB writes a page once that was changed many times.
                let pragmas = "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=4000;";
                connection.batch_execute(pragmas).map_err(ConnectionError::CouldntSetupConfiguration)?;
                if read_only {
                    connection
                        .batch_execute("PRAGMA query_only=ON")
                        .map_err(ConnectionError::CouldntSetupConfiguration)?;
                }
                Ok(DbConnection::Sqlite(connection))
            }
            Self::Postgres(url) => {
                let mut connection = PgConnection::establish(&with_limits(url))?;
                let limits = if read_only {
                    "SET statement_timeout = '15s'; SET default_transaction_read_only = on"
                } else {
                    // On, whatever the server's default: a row counts as written only once it survives a power cut.
                    "SET statement_timeout = '15s'; SET lock_timeout = '5s'; SET synchronous_commit = on"
                };
                connection.batch_execute(limits).map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(DbConnection::Postgres(connection))
            }
        }
    }
}

/// Where it is, without a password.
impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "SQLite file {}", path.display()),
            Self::Postgres(url) => {
                let url = url.split('?').next().unwrap_or_default();
                write!(f, "PostgreSQL {}", url.rsplit('@').next().unwrap_or_default().trim_start_matches("postgres://"))
            }
        }
    }
}

/// libpq waits for ever by default: for a server that takes no connection, and for one that vanished.
fn with_limits(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in [("connect_timeout", "5"), ("tcp_user_timeout", "15000"), ("keepalives_idle", "30")] {
        if !url.contains(&format!("{name}=")) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{name}={value}"));
        }
    }
    url
}

/// Makes read-only connections for the pool.
#[derive(Debug)]
pub struct Readers(pub Location);

impl ManageConnection for Readers {
    type Connection = DbConnection;
    type Error = StoreError;

    fn connect(&self) -> Result<DbConnection, StoreError> {
        self.0.establish(true).map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    fn is_valid(&self, connection: &mut DbConnection) -> Result<(), StoreError> {
        diesel::sql_query("SELECT 1").execute(connection)?;
        Ok(())
    }

    fn has_broken(&self, connection: &mut DbConnection) -> bool {
        match connection {
            DbConnection::Sqlite(_) => false,
            DbConnection::Postgres(connection) => diesel::r2d2::R2D2Connection::is_broken(connection),
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::Text;

    use super::*;

    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        compile_options: String,
    }

    /// Built otherwise it works as well, but each request costs more than twice as much.
    #[test]
    fn sqlite_is_built_as_the_settings_of_cargo_say() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let lines: Vec<Line> = diesel::sql_query("PRAGMA compile_options").load(&mut connection).unwrap();
        let options: Vec<&str> = lines.iter().map(|line| line.compile_options.as_str()).collect();
        for costly in ["ENABLE_STAT4", "ENABLE_MEMORY_MANAGEMENT", "ENABLE_LOAD_EXTENSION", "THREADSAFE=1"] {
            assert!(!options.contains(&costly), "{costly}: {options:?}");
        }
        for wanted in ["THREADSAFE=2", "DEFAULT_MEMSTATUS=0", "OMIT_LOAD_EXTENSION", "DQS=0"] {
            assert!(options.contains(&wanted), "{wanted}: {options:?}");
        }
    }
}
