//! Creations that a program may send again, because the answer to the first time got lost.
//!
//! What is made is noted with the request's `Idempotency-Key` in the transaction that makes it, so that no crash comes between
//! the two. The same request again makes nothing and is told what the first one made.

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{PortalError, Who};
use crate::app::App;
use crate::store::creations::{self, Request};
use crate::store::{DbConnection, StoreError};

/// The name that a request's sender gave it, if they did.
#[derive(Clone, Debug)]
pub struct Once(Option<(Request, DateTime<Utc>)>);

/// What was made, and whether an earlier request made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// It was there already: this request made nothing.
    pub again: bool,
}

impl Once {
    /// A request without a name, which makes something each time.
    pub const UNNAMED: Self = Self(None);

    /// A request of this name for `asked`, the whole of what was asked for: the path and the body. Names count for each token
    /// by itself; who has none has no name either.
    #[must_use]
    pub fn named(app: &App, who: &Who, key: &str, asked: (&str, &[u8])) -> Self {
        let Some(token) = who.actor.token() else { return Self::UNNAMED };
        let (path, body) = asked;
        // No path has a line break in it.
        let digest = Sha256::new().chain_update(path).chain_update("\n").chain_update(body).finalize();
        let fingerprint = HEXLOWER.encode(&digest);
        Self(Some((Request { token: token.id.clone(), key: key.to_owned(), fingerprint }, app.clock.now())))
    }

    /// Notes what was made, in the transaction that makes it.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where the same request was quicker.
    pub(super) fn keep(&self, connection: &mut DbConnection, made: &str) -> Result<(), StoreError> {
        match &self.0 {
            Some((request, now)) => creations::keep(connection, request, made, *now),
            None => Ok(()),
        }
    }

    /// What this request made earlier.
    async fn made(&self, app: &App) -> Result<Option<Made>, PortalError> {
        let Some((Request { token, key, fingerprint }, now)) = self.0.clone() else { return Ok(None) };
        match app.database.read(move |connection| creations::find(connection, &token, &key, now)).await? {
            Some((kept, _)) if kept != fingerprint => Err(PortalError::KeyReused),
            found => Ok(found.map(|(_, id)| Made { id, again: true })),
        }
    }

    /// What this request made earlier, else what `make` makes now and notes in the transaction that makes it.
    ///
    /// # Errors
    /// [`PortalError::KeyReused`] where the name stands for something else; those of `make`.
    pub async fn run(
        &self,
        app: &App,
        make: impl Future<Output = Result<String, PortalError>>,
    ) -> Result<Made, PortalError> {
        if let Some(made) = self.made(app).await? {
            return Ok(made);
        }
        match make.await {
            Ok(id) => Ok(Made { id, again: false }),
            // The same request at the same time was quicker: then the name or the like is taken, by what it made.
            Err(error) => match self.made(app).await? {
                Some(made) => Ok(made),
                None => Err(error),
            },
        }
    }
}
