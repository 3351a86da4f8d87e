//! Sessions in the database, found by the SHA-256 of their key: reading the database lets nobody in.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;
use chrono::TimeDelta;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

use super::session::{LOCAL_VERSION, PERSON};
use crate::app::App;
use crate::random;
use crate::store::sessions::{self, StoredSession};
use crate::store::{DbConnection, StoreError, local_users, people};

/// How old the note of a session's last use may get before it is written again.
const SEEN: i64 = 60_000;

/// How often, at most, sessions that have run out are removed, in milliseconds.
const SWEEP: i64 = 60_000;

/// The sessions of [`App`]'s database.
pub struct DatabaseSessions {
    app: Arc<App>,
    /// When sessions that have run out were last removed, milliseconds since 1970; shared by all workers.
    swept: Arc<AtomicI64>,
}

fn hash(key: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(key))
}

impl DatabaseSessions {
    /// The sessions of `app`; `swept` is shared by all that are made.
    #[must_use]
    pub fn new(app: &Arc<App>, swept: &Arc<AtomicI64>) -> Self {
        Self { app: app.clone(), swept: swept.clone() }
    }

    /// Whether it is time to remove sessions that have run out, for whoever asks first.
    fn sweeps(&self, now: i64) -> bool {
        let swept = self.swept.load(Ordering::Relaxed);
        let is_time = (now - swept).abs() >= SWEEP;
        is_time && self.swept.compare_exchange(swept, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn now(&self) -> i64 {
        self.app.clock.now().timestamp_millis()
    }

    /// Notes that a session is used, at most once a minute.
    fn note_use(&self, session: &StoredSession) {
        let (now, database, id_hash) = (self.now(), self.app.database.clone(), session.id_hash.clone());
        if now - session.seen_at < SEEN {
            return;
        }
        // Not waited for: a page is not kept from its reader because the database is locked or full.
        tokio::spawn(async move {
            let touched =
                database.write(move |connection| Ok((sessions::touch(connection, &id_hash, now)?, Vec::new())));
            if let Err(error) = touched.await {
                tracing::warn!(%error, "the last use of a session could not be noted");
            }
        });
    }
}

/// The session behind a key, unless it has been idle or alive for too long.
pub(super) async fn live(app: &App, key: &SessionKey) -> Result<Option<StoredSession>, StoreError> {
    let id_hash = hash(key.as_ref());
    let found = app.database.read(move |connection| sessions::find(connection, &id_hash)).await?;
    let (limits, now) = (&app.config.session, app.clock.now().timestamp_millis());
    let age = |at: i64| TimeDelta::milliseconds(now - at).to_std().unwrap_or_default();
    Ok(found.filter(|session| {
        age(session.seen_at) < limits.idle_timeout && age(session.created_at) < limits.absolute_timeout
    }))
}

/// Whether a session may begin: not where a local person was given another password since theirs was right.
fn is_still(connection: &mut DbConnection, person: Option<&str>, version: Option<i32>) -> Result<bool, StoreError> {
    let (Some(person), Some(version)) = (person, version) else { return Ok(true) };
    match people::find(connection, person)? {
        Some(person) => local_users::is_still(connection, &person.external_id, version),
        None => Ok(false),
    }
}

impl SessionStore for DatabaseSessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let Some(session) = live(&self.app, key).await.map_err(|error| LoadError::Other(error.into()))? else {
            return Ok(None);
        };
        self.note_use(&session);
        let state = serde_json::from_str(&session.state).map_err(|error| LoadError::Deserialization(error.into()))?;
        Ok(Some(state))
    }

    async fn save(&self, mut state: HashMap<String, String>, _ttl: &Duration) -> Result<SessionKey, SaveError> {
        let key = BASE64URL_NOPAD.encode(&random::bytes::<32>());
        // The session keeps each value as JSON.
        let person_id = state.get(PERSON).and_then(|id| serde_json::from_str(id).ok());
        let version = state.remove(LOCAL_VERSION).and_then(|version| version.parse().ok());
        let state = serde_json::to_string(&state).map_err(|error| SaveError::Serialization(error.into()))?;
        let now = self.now();
        let session = StoredSession { id_hash: hash(&key), state, created_at: now, seen_at: now, person_id };
        let limits = &self.app.config.session;
        let before = |limit: std::time::Duration| now - i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let (seen, created) = (before(limits.idle_timeout), before(limits.absolute_timeout));
        let sweeps = self.sweeps(now);
        let write = self.app.database.write(move |connection| {
            // Sessions that have run out go as new ones come.
            if sweeps {
                sessions::delete_stale(connection, seen, created)?;
            }
            // Else it is one that has ended: its cookie leads to the sign-in page.
            if is_still(connection, session.person_id.as_deref(), version)? {
                sessions::insert(connection, &session)?;
            }
            Ok(((), Vec::new()))
        });
        write.await.map_err(|error| SaveError::Other(error.into()))?;
        key.try_into().map_err(|_| SaveError::Other(anyhow::anyhow!("a session key that is too long")))
    }

    async fn update(
        &self,
        key: SessionKey,
        state: HashMap<String, String>,
        _ttl: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        let state = serde_json::to_string(&state).map_err(|error| UpdateError::Serialization(error.into()))?;
        let (id_hash, now) = (hash(key.as_ref()), self.now());
        let write = self
            .app
            .database
            .write(move |connection| Ok((sessions::update(connection, &id_hash, &state, now)?, Vec::new())));
        match write.await {
            // It ended between this request's start and its end: signed out elsewhere. It does not come back.
            Ok(()) | Err(StoreError::NotFound) => Ok(key),
            // What is kept here beyond the person is a notice at most: pages stay readable while nothing can be written.
            Err(error) => {
                tracing::warn!(%error, "a session could not be written");
                Ok(key)
            }
        }
    }

    /// Nothing: the use was noted when the session was read, at the request's beginning.
    async fn update_ttl(&self, _key: &SessionKey, _ttl: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let id_hash = hash(key.as_ref());
        let write =
            self.app.database.write(move |connection| Ok((sessions::delete(connection, &id_hash)?, Vec::new())));
        Ok(write.await?)
    }
}
