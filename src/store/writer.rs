//! The one writer: a thread that owns the only write connection of the process.
//!
//! Everything that waits is put into one transaction, each write in a savepoint of its own (a row of the usage log
//! alone needs none), and committed once: at 64
//! callers that is many times what one commit for each would give. A write that fails for a reason of its own (a name
//! that is taken) is rolled back alone. Where the database itself fails, or the commit does, all of the group fail.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use diesel::Connection as _;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use tokio::sync::oneshot;

use super::chain::Chain;
use super::{DbConnection, Location, StoreError, Written};
use crate::clock::Clock;
use crate::model::event::Event;

/// The most writes that share one commit.
const GROUP: usize = 512;

/// After a group of so many writes the next one waits for more…
const SEVERAL: usize = 3;
/// …for so long, as PostgreSQL does with `commit_delay`: a commit costs nearly the same for one and for ten.
const GATHER: Duration = Duration::from_micros(600);

type Queue = mpsc::Sender<Box<dyn Job>>;

pub(super) struct Writer {
    queue: Option<Queue>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(location: Location, mut connection: DbConnection, clock: &Clock) -> Result<Self, StoreError> {
        let mut chain = None;
        in_transaction(&mut connection, |connection| {
            chain = Some(Chain::open(connection, clock.now())?);
            Ok(())
        })?;
        let (Some(chain), (queue, jobs)) = (chain, mpsc::channel()) else {
            return Err(StoreError::Unavailable("the usage log's chain could not be opened".to_owned()));
        };
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || State { location, connection: Some(connection), chain }.serve(&jobs))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<Written<T>, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.queue(Box::new(Write { work: Some(work), done: None, reply }), answer).await
    }

    pub(super) async fn record(&self, event: Event) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.queue(Box::new(Note { event, done: None, reply }), answer).await
    }

    async fn queue<T>(
        &self,
        job: Box<dyn Job>,
        answer: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.queue.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the writer has stopped".to_owned())
}

impl Drop for Writer {
    /// Lets the writer finish what is queued, so that nothing that was promised is lost when the server stops.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

trait Job: Send {
    fn run(&mut self, connection: &mut DbConnection, chain: &mut Chain) -> Result<(), StoreError>;
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Write<T, F> {
    work: Option<F>,
    done: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnOnce(&mut DbConnection) -> Result<Written<T>, StoreError> + Send,
{
    /// Gives an error only where the whole group has to be given up.
    fn run(&mut self, connection: &mut DbConnection, chain: &mut Chain) -> Result<(), StoreError> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let before = chain.clone();
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            connection.transaction(|connection| {
                let (value, events) = work(connection)?;
                for event in &events {
                    chain.append(connection, event)?;
                }
                Ok(value)
            })
        }));
        let done = attempt.unwrap_or_else(|_| Err(StoreError::Unavailable("a write panicked".to_owned())));
        if done.is_err() {
            *chain = before;
        }
        // SQLite may have rolled back everything by itself (disk full), so the rest of the group cannot go on either.
        let broken = match &done {
            Err(error @ StoreError::Unavailable(_)) => Err(error.clone()),
            _ => Ok(()),
        };
        self.done = Some(done);
        broken
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        // Nobody waits any more where the caller's connection was cut: the write stands all the same.
        let _ = self.reply.send(ended(self.done, committed));
    }
}

/// One row of the usage log and nothing else: where it cannot be written, the log cannot, and all of the group fail. That
/// saves it a savepoint.
struct Note {
    event: Event,
    done: Option<Result<(), StoreError>>,
    reply: oneshot::Sender<Result<(), StoreError>>,
}

impl Job for Note {
    fn run(&mut self, connection: &mut DbConnection, chain: &mut Chain) -> Result<(), StoreError> {
        let attempt = catch_unwind(AssertUnwindSafe(|| chain.append(connection, &self.event)));
        let done = attempt.unwrap_or_else(|_| Err(StoreError::Unavailable("a write panicked".to_owned())));
        self.done = Some(done.clone());
        // Without a savepoint PostgreSQL would turn the whole group's commit into a rollback, and not say so.
        done
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let _ = self.reply.send(ended(self.done, committed));
    }
}

/// What its caller is told of a write.
fn ended<T>(done: Option<Result<T, StoreError>>, committed: Result<(), StoreError>) -> Result<T, StoreError> {
    match (done, committed) {
        (Some(Ok(_)) | None, Err(error)) => Err(error),
        (Some(done), _) => done,
        (None, Ok(())) => Err(StoreError::Unavailable("the write was not run".to_owned())),
    }
}

struct State {
    location: Location,
    connection: Option<DbConnection>,
    chain: Chain,
}

impl State {
    fn serve(mut self, jobs: &mpsc::Receiver<Box<dyn Job>>) {
        let mut last = 1;
        while let Ok(first) = jobs.recv() {
            // Who comes alone does not wait.
            if last >= SEVERAL {
                thread::sleep(GATHER);
            }
            let mut group = vec![first];
            group.extend(jobs.try_iter().take(GROUP - 1));
            last = group.len();
            let before = self.chain.clone();
            // Whatever a commit fails of, none of the writes that were in it is to blame for sure.
            let committed = self.commit(&mut group).map_err(|error| match error {
                StoreError::Unavailable(_) => error,
                other => StoreError::Unavailable(other.to_string()),
            });
            if let Err(error) = &committed {
                tracing::error!(error = %error, writes = group.len(), "a group of writes failed");
                // Whether a commit that was cut short counts is known only to the database: ask it anew.
                self.connection = None;
                self.chain = before;
            }
            for job in group {
                job.finish(committed.clone());
            }
        }
    }

    fn commit(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection =
                    self.location.connect().map_err(|error| StoreError::Unavailable(error.to_string()))?;
                self.chain.resume(&mut connection)?;
                connection
            }
        };
        in_transaction(&mut connection, |connection| {
            group.iter_mut().try_for_each(|job| job.run(connection, &mut self.chain))
        })?;
        self.connection = Some(connection);
        Ok(())
    }
}

/// Runs `work` in a transaction that takes SQLite's write lock at once: a plain one that turns from reading to writing
/// fails under load with "database is locked".
fn in_transaction(
    connection: &mut DbConnection,
    work: impl FnOnce(&mut DbConnection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    match connection {
        DbConnection::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?,
        DbConnection::Postgres(postgres) => AnsiTransactionManager::begin_transaction_sql(postgres, "BEGIN")?,
    }
    let done = work(connection);
    match (connection, &done) {
        (DbConnection::Sqlite(sqlite), Ok(())) => AnsiTransactionManager::commit_transaction(sqlite)?,
        (DbConnection::Postgres(postgres), Ok(())) => AnsiTransactionManager::commit_transaction(postgres)?,
        (DbConnection::Sqlite(sqlite), Err(_)) => drop(AnsiTransactionManager::rollback_transaction(sqlite)),
        (DbConnection::Postgres(postgres), Err(_)) => drop(AnsiTransactionManager::rollback_transaction(postgres)),
    }
    done
}
