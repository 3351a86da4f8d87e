//! API tokens, found by the SHA-256 of their text.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::api_tokens;
use super::{DbConnection, StoreError, time};
use crate::model::api_token::{ApiToken, TokenScope};

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_tokens)]
struct Row {
    id: String,
    name: String,
    slug: String,
    connector_id: Option<String>,
    access_key_id: Option<String>,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl TryFrom<Row> for ApiToken {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let scope = match (row.connector_id, row.access_key_id) {
            (Some(connector), None) => TokenScope::Connector(connector),
            (None, Some(access_key)) => TokenScope::AccessKeySecret(access_key),
            _ => return Err(StoreError::Damaged(format!("the token {} is for nothing", row.slug))),
        };
        Ok(Self {
            id: row.id,
            name: row.name,
            slug: row.slug,
            scope,
            expires_at: time::from(row.expires_at),
            revoked_at: row.revoked_at.map(time::from),
        })
    }
}

/// The token with this hash.
///
/// # Errors
/// Where the database cannot be read.
pub fn find_by_hash(connection: &mut DbConnection, hash: &str) -> Result<Option<ApiToken>, StoreError> {
    let row: Option<Row> = directly!(connection, |database| api_tokens::table
        .filter(api_tokens::hash.eq(hash))
        .select(Row::as_select())
        .get_result(database))
    .optional()?;
    row.map(ApiToken::try_from).transpose()
}

/// The token with this id.
///
/// # Errors
/// Where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<ApiToken>, StoreError> {
    let row: Option<Row> = api_tokens::table.find(id).select(Row::as_select()).get_result(connection).optional()?;
    row.map(ApiToken::try_from).transpose()
}

/// Whether a token that was not revoked is good for a connector.
///
/// # Errors
/// Where the database cannot be read.
pub fn is_used(connection: &mut DbConnection, connector_id: &str) -> Result<bool, StoreError> {
    let token: Option<String> = api_tokens::table
        .filter(api_tokens::connector_id.eq(connector_id))
        .filter(api_tokens::revoked_at.is_null())
        .select(api_tokens::id)
        .first(connection)
        .optional()?;
    Ok(token.is_some())
}

/// Adds a program's token.
///
/// # Errors
/// [`StoreError::Taken`] where the slug is.
pub fn insert(
    connection: &mut DbConnection,
    token: &ApiToken,
    hash: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::id.eq(&token.id),
            api_tokens::kind.eq("program"),
            api_tokens::name.eq(&token.name),
            api_tokens::slug.eq(&token.slug),
            api_tokens::hash.eq(hash),
            api_tokens::connector_id.eq(token.connector_id()),
            api_tokens::access_key_id.eq(token.access_key_id()),
            api_tokens::created_by.eq(by),
            api_tokens::created_at.eq(now.timestamp_millis()),
            api_tokens::expires_at.eq(token.expires_at.timestamp_millis()),
            api_tokens::revoked_at.eq(token.revoked_at.map(|at| at.timestamp_millis())),
        ))
        .execute(connection)?;
    Ok(())
}

/// Refuses a token from `now` on.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub fn revoke(connection: &mut DbConnection, id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    let changed = diesel::update(api_tokens::table.find(id))
        .set(api_tokens::revoked_at.eq(Some(now.timestamp_millis())))
        .execute(connection)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}
