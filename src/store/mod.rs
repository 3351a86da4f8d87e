//! Remembering: one database, SQLite or PostgreSQL, behind [`Database`].
//!
//! Reads go through a pool of read-only connections. Writes go through one writer thread, which owns the only write
//! connection, groups everything that waits into one commit and chains the usage log's rows.
//! One file for each table; each is a handful of functions that take a [`DbConnection`].
//!
//! A row that its key finds is read by `get_result`, not `first`: the LIMIT that `first` adds is a bound parameter, and
//! SQLite plans a statement anew each time that such a LIMIT is bound. What every request runs goes to its connection
//! `directly!`.

/// Runs a query on the connection of either database itself. Through the enum it also works, but there diesel writes the
/// statement's text out several times at each use, whether it was prepared before or not.
macro_rules! directly {
    ($connection:expr, |$database:ident| $query:expr) => {
        match $connection {
            $crate::store::DbConnection::Sqlite($database) => $query,
            $crate::store::DbConnection::Postgres($database) => $query,
        }
    };
}

pub mod access_keys;
pub mod accounts;
pub mod api_tokens;
mod chain;
mod connection;
pub mod connector_list;
pub mod connector_versions;
pub mod connectors;
pub mod creations;
pub mod drafts;
mod error;
mod few;
pub mod generations;
pub mod grants;
pub mod key_list;
pub mod leases;
pub mod local_groups;
pub mod local_users;
pub mod migrations;
pub mod people;
pub mod policy_examples;
pub mod rotations;
pub mod schema;
pub mod sealed;
pub mod seen_attributes;
pub mod sessions;
pub mod settings;
pub mod summaries;
mod time;
pub mod token_list;
pub mod usage_log;
mod writer;

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use diesel::r2d2::Pool;
use tokio::sync::Semaphore;

pub use connection::{DbConnection, Location};
pub use error::StoreError;

use crate::clock::Clock;
use crate::model::event::Event;
use connection::Readers;
use writer::Writer;

/// What a write gives back: its value, and the events that are chained and committed with it.
pub type Written<T> = (T, Vec<Event>);

/// How long a read waits for its turn and its connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The database. Cloning shares it.
#[derive(Clone)]
pub struct Database {
    readers: Pool<Readers>,
    /// For what may take long, so that it takes no connection from what answers at once.
    long_readers: Pool<Readers>,
    /// One for each connection of `long_readers`: who waits for one takes no thread meanwhile.
    turns: Arc<Semaphore>,
    writer: Arc<Writer>,
    /// Reads of SQLite are quicker than a trip through the blocking pool; those of PostgreSQL wait for a network.
    inline: bool,
}

impl Database {
    /// Opens the database, brings it up to date and opens this process's chain of the usage log.
    ///
    /// # Errors
    /// Where it cannot be reached, opened or brought up to date.
    pub fn open(location: &Location, pool_size: u32, clock: &Clock) -> Result<Self, StoreError> {
        let mut connection = location.connect().map_err(|error| StoreError::Unavailable(error.to_string()))?;
        migrations::run(&mut connection)?;
        Location::tune(&mut connection);
        let inline = matches!(location, Location::Sqlite(_));
        let pool = |size: u32, idle: u32| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(idle))
                .connection_timeout(PATIENCE)
                .test_on_check_out(!inline)
                .build(Readers(location.clone()))
                .map_err(|error| StoreError::Unavailable(error.to_string()))
        };
        let readers = pool(pool_size, 1)?;
        // All reads of PostgreSQL leave the threads that answer.
        let long = if inline { pool_size.div_ceil(2) } else { pool_size };
        let long_readers = if inline { pool(long, 0)? } else { readers.clone() };
        let turns = Arc::new(Semaphore::new(usize::try_from(long).unwrap_or(1)));
        let writer = Arc::new(Writer::start(location.clone(), connection, clock)?);
        Ok(Self { readers, long_readers, turns, writer, inline })
    }

    /// Reads a handful of rows by their keys, on a connection that cannot write. What may take longer is
    /// [`Database::read_much`]'s.
    ///
    /// # Errors
    /// What `work` gives, or [`StoreError::Unavailable`].
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, StoreError> + Send + 'static,
    {
        if self.inline { read_by(&self.readers, work) } else { self.read_much(work).await }
    }

    /// Reads what may be much, off the threads that answer: others would wait for it.
    ///
    /// # Errors
    /// What `work` gives, or [`StoreError::Unavailable`].
    pub async fn read_much<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, StoreError> + Send + 'static,
    {
        let busy = || StoreError::Unavailable("too many long reads wait".to_owned());
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        let readers = self.long_readers.clone();
        let read = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read_by(&readers, work)
        });
        read.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    /// Writes. `work` runs alone in a savepoint; its events are chained and committed with it; this returns once all of
    /// it is durable. `work` must not wait for anything but the database.
    ///
    /// # Errors
    /// What `work` gives (then nothing of it was written), or [`StoreError::Unavailable`].
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<Written<T>, StoreError> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// Writes down what happened, and nothing else.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], where it cannot be made durable.
    pub async fn record(&self, event: Event) -> Result<(), StoreError> {
        self.writer.record(event).await
    }
}

fn read_by<T>(
    readers: &Pool<Readers>,
    work: impl FnOnce(&mut DbConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut connection = readers.get().map_err(|error| StoreError::Unavailable(error.to_string()))?;
    work(&mut connection)
}

/// A LIKE pattern for "holds `part`", in lower case, with LIKE's own signs escaped by `\\`.
fn like(part: &str) -> String {
    let escaped = part.to_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

/// Keeps a second server off the same SQLite file, for as long as it lives.
#[derive(Debug)]
pub struct ServerLock(Option<File>);

impl ServerLock {
    /// Takes the lock beside the database file. PostgreSQL needs none: each process has a chain of its own.
    ///
    /// # Errors
    /// A sentence, where another server holds it or the file cannot be made.
    pub fn take(location: &Location) -> Result<Self, String> {
        let Location::Sqlite(path) = location else { return Ok(Self(None)) };
        let path = path.with_extension("lock");
        let file = File::create(&path).map_err(|error| format!("{} cannot be made: {error}.", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(Some(file))),
            Err(std::fs::TryLockError::WouldBlock) => {
                Err("Another daypass serves this database already. Stop it first, or choose another database.url."
                    .to_owned())
            }
            Err(std::fs::TryLockError::Error(error)) => Err(format!("{} cannot be locked: {error}.", path.display())),
        }
    }

    /// Whether a lock file is held (SQLite only).
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.0.is_some()
    }
}
