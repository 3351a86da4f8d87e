//! Sessions in the database, found by the SHA-256 of their key: reading the database lets nobody in.

use std::collections::HashMap;
use std::sync::Arc;

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;
use chrono::TimeDelta;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::random;
use crate::store::sessions::{self, StoredSession};

/// How old the note of a session's last use may get before it is written again.
const SEEN: i64 = 60_000;

/// The sessions of [`App`]'s database.
pub struct DatabaseSessions(pub Arc<App>);

fn hash(key: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(key))
}

impl DatabaseSessions {
    fn now(&self) -> i64 {
        self.0.clock.now().timestamp_millis()
    }

    /// The session behind a key, unless it has been idle or alive for too long.
    async fn live(&self, key: &SessionKey) -> Result<Option<StoredSession>, anyhow::Error> {
        let id_hash = hash(key.as_ref());
        let found = self.0.database.read(move |connection| sessions::find(connection, &id_hash)).await?;
        let (limits, now) = (&self.0.config.session, self.now());
        let age = |at: i64| TimeDelta::milliseconds(now - at).to_std().unwrap_or_default();
        Ok(found.filter(|session| {
            age(session.seen_at) < limits.idle_timeout && age(session.created_at) < limits.absolute_timeout
        }))
    }

    /// Notes that a session is used, at most once a minute.
    fn note_use(&self, session: &StoredSession) {
        let (now, database, id_hash) = (self.now(), self.0.database.clone(), session.id_hash.clone());
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

impl SessionStore for DatabaseSessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let Some(session) = self.live(key).await.map_err(LoadError::Other)? else { return Ok(None) };
        self.note_use(&session);
        let state = serde_json::from_str(&session.state).map_err(|error| LoadError::Deserialization(error.into()))?;
        Ok(Some(state))
    }

    async fn save(&self, state: HashMap<String, String>, _ttl: &Duration) -> Result<SessionKey, SaveError> {
        let key = BASE64URL_NOPAD.encode(&random::bytes::<32>());
        let state = serde_json::to_string(&state).map_err(|error| SaveError::Serialization(error.into()))?;
        let now = self.now();
        let session = StoredSession { id_hash: hash(&key), state, created_at: now, seen_at: now };
        let limits = &self.0.config.session;
        let before = |limit: std::time::Duration| now - i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let (seen, created) = (before(limits.idle_timeout), before(limits.absolute_timeout));
        let write = self.0.database.write(move |connection| {
            // Sessions that have run out go as new ones come.
            sessions::delete_stale(connection, seen, created)?;
            sessions::insert(connection, &session)?;
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
            .0
            .database
            .write(move |connection| Ok((sessions::update(connection, &id_hash, &state, now)?, Vec::new())));
        match write.await {
            // It ended between this request's start and its end: signed out elsewhere. It does not come back.
            Ok(()) | Err(crate::store::StoreError::NotFound) => Ok(key),
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
        let write = self.0.database.write(move |connection| Ok((sessions::delete(connection, &id_hash)?, Vec::new())));
        Ok(write.await?)
    }
}
