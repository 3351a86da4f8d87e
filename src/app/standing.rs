//! What was read of the database, as long as it stands.

use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::model::access_key::AccessKey;
use crate::model::connector::Connector;
use crate::model::grant::Grant;
use crate::store::access_keys::SealedSecrets;
use crate::store::generations::{self, Generation};
use crate::store::{Database, DbConnection, StoreError};

/// How long what nobody asks for stays in memory.
const IDLE: Duration = Duration::from_secs(600);

/// For how long a request may go by a number that it has read itself: less than anybody takes to send its rest.
const FRESH: Duration = Duration::from_millis(50);

/// A number, and when it was read.
#[derive(Clone, Copy, Debug)]
pub struct AsOf {
    number: i64,
    at: Instant,
}

impl AsOf {
    /// What stands as of now.
    fn now(number: i64) -> Self {
        Self { number, at: Instant::now() }
    }
}

/// What was read, by what it follows from, each with the number of the generation of which it was read. Every use asks for
/// that number and for nothing else: what changed in between is read again, in this process and in every other.
pub struct Standing<K, V> {
    generation: Generation,
    values: Cache<K, (i64, Arc<V>)>,
    /// Whether a value may be long: it is read off the threads that answer.
    much: bool,
}

impl<K: Clone + Eq + Hash + Send + Sync + 'static, V: Send + Sync + 'static> Standing<K, V> {
    /// At most `capacity` values of a few rows each.
    #[must_use]
    pub fn few(generation: Generation, capacity: u64) -> Self {
        Self { generation, values: Cache::builder().max_capacity(capacity).time_to_idle(IDLE).build(), much: false }
    }

    /// Lists of together at most `capacity` things.
    #[must_use]
    pub fn lists(generation: Generation, capacity: u64, length: fn(&V) -> usize) -> Self {
        let weigher = move |_: &K, (_, value): &(i64, Arc<V>)| u32::try_from(length(value) + 1).unwrap_or(u32::MAX);
        let values = Cache::builder().weigher(weigher).max_capacity(capacity).time_to_idle(IDLE).build();
        Self { generation, values, much: true }
    }

    /// The value of `key`; `read` where it is not known, or no longer stands.
    ///
    /// # Errors
    /// What `read` gives, which is not kept, or where the database does not answer.
    pub async fn get(
        &self,
        database: &Database,
        key: K,
        read: impl FnOnce(&mut DbConnection) -> Result<V, StoreError> + Send + 'static,
    ) -> Result<Arc<V>, StoreError> {
        self.get_as_of(database, key, None, read).await.map(|(_, value)| value)
    }

    /// The same, and the number by which it stands. One that this very request has just read (`as_of`) is not asked for again: of
    /// one request everything may be as it was at one moment of it.
    ///
    /// # Errors
    /// Those of [`Standing::get`].
    pub async fn get_as_of(
        &self,
        database: &Database,
        key: K,
        as_of: Option<AsOf>,
        read: impl FnOnce(&mut DbConnection) -> Result<V, StoreError> + Send + 'static,
    ) -> Result<(AsOf, Arc<V>), StoreError> {
        let generation = self.generation;
        if let Some((number, value)) = self.values.get(&key) {
            let now = match as_of.filter(|as_of| as_of.at.elapsed() < FRESH) {
                Some(as_of) => as_of,
                None => AsOf::now(database.read(move |connection| generations::number(connection, generation)).await?),
            };
            if now.number == number {
                return Ok((now, value));
            }
        }
        let read = move |connection: &mut DbConnection| {
            // The number first: what is newer than it says is read once too often, never once too seldom.
            Ok((AsOf::now(generations::number(connection, generation)?), Arc::new(read(connection)?)))
        };
        let (now, value) = if self.much { database.read_much(read).await? } else { database.read(read).await? };
        self.values.insert(key, (now.number, value.clone()));
        Ok((now, value))
    }
}

/// Everything that the decision on a use and the call to AWS need, as it was read.
#[derive(Clone)]
pub struct Facts {
    /// What is used.
    pub connector: Connector,
    /// Whose groups may use it; none where a program asks.
    pub grants: Vec<Grant>,
    /// What signs.
    pub key: AccessKey,
    /// Its secrets.
    pub sealed: SealedSecrets,
}
