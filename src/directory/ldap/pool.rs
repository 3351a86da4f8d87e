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
    idle: Mutex<Vec<Idle>>,
}

/// A connection to one of the addresses that waits for work.
struct Idle {
    connection: Connection,
    index: usize,
    since: Instant,
}

impl Pool {
    /// Nothing is connected yet. `timeout` is for each answer.
    pub const fn new(server: Server, bind_dn: String, bind_password: SecretString, timeout: Duration) -> Self {
        Self { server, bind_dn, bind_password, timeout, idle: Mutex::new(Vec::new()) }
    }

    /// Searches on a connection that waits, else on a new one; once more on a new one where the old one turns out dead. Of
    /// several addresses the next is asked where one does not answer.
    ///
    /// # Errors
    /// Where no server answers.
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
        if let Some((mut connection, index)) = self.take() {
            match connection.search(search).await {
                Ok(found) => {
                    self.put(connection, index);
                    return Ok(found);
                }
                Err(Failure::Lost(_)) => {}
                Err(failure) => {
                    // The others are no younger, and would cost their time-out one after another.
                    self.lock().clear();
                    if failure.is_the_servers() {
                        self.server.note(index, false);
                    }
                    if !failure.is_the_servers() || !self.server.are_several() {
                        return Err(self.server.named(index, failure));
                    }
                }
            }
        }
        let mut tries = Tries::new(&self.server);
        for index in self.server.order() {
            match self.search_at(index, search).await {
                Ok(found) => return Ok(tries.answered(index, found)),
                Err(failure) => tries.failed(index, failure)?,
            }
        }
        Err(tries.end())
    }

    /// A search whose answer may be big, page by page, on a connection of its own; see [`Connection::each`].
    ///
    /// # Errors
    /// Where no server answers, or one breaks off in the middle.
    pub async fn each(&self, search: &Search, take: impl FnMut(Vec<Record>)) -> Result<bool, Failure> {
        let mut tries = Tries::new(&self.server);
        for index in self.server.order() {
            let mut connection = match self.connect(index).await {
                Ok(connection) => connection,
                Err(failure) => {
                    tries.failed(index, failure)?;
                    continue;
                }
            };
            let more = connection.each(search, take).await.map_err(|failure| self.server.named(index, failure))?;
            self.put(connection, index);
            return Ok(tries.answered(index, more));
        }
        Err(tries.end())
    }

    /// A new connection that nobody is signed in on, for a person's own password.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn open(&self) -> Result<Connection, Failure> {
        let mut tries = Tries::new(&self.server);
        for index in self.server.order() {
            match Connection::open(&self.server, index, self.timeout).await {
                // It has not answered a question yet.
                Ok(connection) => return Ok(connection),
                Err(failure) => tries.failed(index, failure)?,
            }
        }
        Err(tries.end())
    }

    /// A new connection of the account that searches, for reading the members of groups. That one cannot be had, or ends, is no
    /// sign against an address.
    ///
    /// # Errors
    /// Where no server answers.
    pub async fn for_members(&self) -> Result<Connection, Failure> {
        let mut last = Failure::Lost("there is no address".to_owned());
        for index in self.server.order() {
            let opened = match Connection::open_for_members(&self.server, index, self.timeout).await {
                Ok(connection) => self.signed_in(connection).await,
                Err(failure) => Err(failure),
            };
            match opened {
                Ok(connection) => return Ok(connection),
                Err(failure) => last = self.server.named(index, failure),
            }
        }
        Err(last)
    }

    async fn search_at(&self, index: usize, search: &Search) -> Result<Found, Failure> {
        let mut connection = self.connect(index).await?;
        let found = connection.search(search).await?;
        self.put(connection, index);
        Ok(found)
    }

    async fn connect(&self, index: usize) -> Result<Connection, Failure> {
        let connection = Connection::open(&self.server, index, self.timeout).await?;
        self.signed_in(connection).await
    }

    async fn signed_in(&self, mut connection: Connection) -> Result<Connection, Failure> {
        let result = connection.bind(&self.bind_dn, &self.bind_password).await?;
        if result.rc == 0 {
            return Ok(connection);
        }
        let cause = format!("it refuses the account that searches ({}): {}", self.bind_dn, code(&result));
        // busy, unavailable: another server may do better.
        Err(if matches!(result.rc, 51 | 52) { Failure::Lost(cause) } else { Failure::Refused(cause) })
    }

    fn take(&self) -> Option<(Connection, usize)> {
        let mut idle = self.lock();
        idle.retain_mut(|idle| idle.since.elapsed() < LONGEST_IDLE && !idle.connection.has_ended());
        idle.pop().map(|idle| (idle.connection, idle.index))
    }

    fn put(&self, connection: Connection, index: usize) {
        let mut idle = self.lock();
        if idle.len() < MOST_IDLE {
            idle.push(Idle { connection, index, since: Instant::now() });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One address after another.
struct Tries<'a> {
    server: &'a Server,
    failed: Vec<Failure>,
}

impl<'a> Tries<'a> {
    const fn new(server: &'a Server) -> Self {
        Self { server, failed: Vec::new() }
    }

    fn answered<T>(&self, index: usize, answer: T) -> T {
        self.server.note(index, true);
        answer
    }

    /// Notes a failure; gives it back where no other server would do better.
    fn failed(&mut self, index: usize, failure: Failure) -> Result<(), Failure> {
        let another_may = failure.is_the_servers();
        let failure = self.server.named(index, failure);
        if !another_may {
            return Err(failure);
        }
        self.server.note(index, false);
        self.failed.push(failure);
        Ok(())
    }

    /// What went wrong with all of them.
    fn end(mut self) -> Failure {
        match (self.failed.len(), self.failed.pop()) {
            (1, Some(failure)) => failure,
            (_, last) => {
                let causes = self.failed.into_iter().chain(last).map(Failure::into_cause);
                Failure::Lost(causes.collect::<Vec<_>>().join("; "))
            }
        }
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
