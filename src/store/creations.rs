//! What was made with an `Idempotency-Key`, so that the same request again does not make it twice.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::schema::creations;
use super::{DbConnection, StoreError};

/// How long a key is remembered at least. A program tries again within seconds, a job that starts over within hours.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// A request that makes something, as its sender named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The id of the token it came with.
    pub token: String,
    /// The `Idempotency-Key`.
    pub key: String,
    /// SHA-256 of all that was asked for, in hexadecimal: the same key with another one is a mistake of the sender's.
    pub fingerprint: String,
}

/// The fingerprint and the id of what was made, where this token made something with this key.
///
/// # Errors
/// Where the database cannot be read.
pub fn find(
    connection: &mut DbConnection,
    token: &str,
    key: &str,
    now: DateTime<Utc>,
) -> Result<Option<(String, String)>, StoreError> {
    let found = creations::table
        .filter(creations::token_id.eq(token))
        .filter(creations::idempotency_key.eq(key))
        .filter(creations::created_at.gt((now - KEPT).timestamp_millis()))
        .select((creations::fingerprint, creations::made_id))
        .get_result(connection);
    Ok(found.optional()?)
}

/// Remembers what a request made, in the transaction that makes it, and forgets those of more than a day ago.
///
/// # Errors
/// [`StoreError::Taken`] where another request of the same token and key made something meanwhile.
pub fn keep(
    connection: &mut DbConnection,
    request: &Request,
    made: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let oldest = (now - KEPT).timestamp_millis();
    diesel::delete(creations::table.filter(creations::created_at.le(oldest))).execute(connection)?;
    diesel::insert_into(creations::table)
        .values((
            creations::token_id.eq(&request.token),
            creations::idempotency_key.eq(&request.key),
            creations::fingerprint.eq(&request.fingerprint),
            creations::made_id.eq(made),
            creations::created_at.eq(now.timestamp_millis()),
        ))
        .execute(connection)?;
    Ok(())
}
