//! Connections of the account that searches, kept for the next search.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use super::connection::{Connection, Found};
use super::failure::{Failure, code};
use super::record::Record;
use super::record::printable;
use super::search::Search;
use super::server::Server;
use crate::directory::trail::{self, Step};

/// The most connections that wait for work.
const MOST_IDLE: usize = 8;
/// How long one may wait: firewalls forget silent connections after minutes, and tell nobody.
const LONGEST_IDLE: Duration = Duration::from_mins(1);

/// The account that searches, and its connections.
pub struct Pool {
    server: Server,
    bind_dn: String,
    bind_password: SecretString,
    timeout: Duration,
    idle: Mutex<Vec<(Connection, Instant)>>,
}

impl Pool {
    /// Nothing is connected yet. `timeout` is for each answer.
    pub const fn new(server: Server, bind_dn: String, bind_password: SecretString, timeout: Duration) -> Self {
        Self { server, bind_dn, bind_password, timeout, idle: Mutex::new(Vec::new()) }
    }

    /// Searches on a connection that waits, else on a new one; once more on a new one where the old one turns out dead.
    ///
    /// # Errors
    /// Where the server does not answer.
    pub async fn search(&self, search: &Search) -> Result<Found, Failure> {
        let start = Instant::now();
        let found = self.found(search).await;
        trail::note(|| Step {
            directory: String::new(),
            what: "search",
            question: format!("{} below {}", search.filter, search.base),
            answer: match &found {
                Ok(found) => in_words(found),
                Err(_) => "no answer".to_owned(),
            },
            took: start.elapsed(),
        });
        found
    }

    async fn found(&self, search: &Search) -> Result<Found, Failure> {
        if let Some(mut connection) = self.take() {
            match connection.search(search).await {
                Err(Failure::Lost(_)) => {}
                Err(failure) => {
                    // The others are no younger, and would cost their time-out one after another.
                    self.lock().clear();
                    return Err(failure);
                }
                Ok(found) => {
                    self.put(connection);
                    return Ok(found);
                }
            }
        }
        let mut connection = self.connect().await?;
        let found = connection.search(search).await?;
        self.put(connection);
        Ok(found)
    }

    /// A search whose answer may be big, page by page, on a connection of its own; see [`Connection::each`].
    ///
    /// # Errors
    /// Where the server does not answer.
    pub async fn each(&self, search: &Search, take: impl FnMut(Vec<Record>)) -> Result<bool, Failure> {
        let mut connection = self.connect().await?;
        let more = connection.each(search, take).await?;
        self.put(connection);
        Ok(more)
    }

    /// A new connection that nobody is signed in on, for a person's own password.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn open(&self) -> Result<Connection, Failure> {
        Connection::open(&self.server, self.timeout).await
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let mut connection = self.open().await?;
        let result = connection.bind(&self.bind_dn, &self.bind_password).await?;
        if result.rc != 0 {
            let cause = format!("it refuses the account that searches ({}): {}", self.bind_dn, code(&result));
            return Err(Failure::Refused(cause));
        }
        Ok(connection)
    }

    fn take(&self) -> Option<Connection> {
        let mut idle = self.lock();
        idle.retain_mut(|(connection, since)| since.elapsed() < LONGEST_IDLE && !connection.has_ended());
        idle.pop().map(|(connection, _)| connection)
    }

    fn put(&self, connection: Connection) {
        let mut idle = self.lock();
        if idle.len() < MOST_IDLE {
            idle.push((connection, Instant::now()));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The DNs that were found, the first few of them.
fn in_words(found: &Found) -> String {
    let first: Vec<String> = found.records.iter().take(3).map(|record| printable(&record.dn)).collect();
    match (found.records.len(), found.more) {
        (0, _) => "nothing".to_owned(),
        (count, false) if count == first.len() => first.join("; "),
        (count, _) => format!("{count} entries: {}; …", first.join("; ")),
    }
}
