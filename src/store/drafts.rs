//! Half-filled forms of connectors.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::schema::drafts;
use super::{DbConnection, StoreError};

/// How long a draft is kept.
pub const KEPT: TimeDelta = TimeDelta::hours(24);
/// How many drafts somebody may have; the oldest go first.
pub const MOST: i64 = 20;

/// A half-filled form.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = drafts)]
pub struct Draft {
    /// Our id of it.
    pub id: String,
    /// Whose it is; nobody else gets it.
    pub person_id: String,
    /// The connector that it is of; `None`: a new one.
    pub connector_id: Option<String>,
    /// What was typed, as JSON.
    pub content: String,
}

/// Keeps a draft, and drops what is too old or too much.
///
/// # Errors
/// Where the database cannot be written.
pub fn keep(connection: &mut DbConnection, draft: &Draft, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::delete(drafts::table.filter(drafts::created_at.le((now - KEPT).timestamp_millis()))).execute(connection)?;
    let ids: Vec<String> = drafts::table
        .filter(drafts::person_id.eq(&draft.person_id))
        .order(drafts::created_at.desc())
        .offset(MOST - 1)
        .select(drafts::id)
        .load(connection)?;
    diesel::delete(drafts::table.filter(drafts::id.eq_any(ids))).execute(connection)?;
    diesel::insert_into(drafts::table)
        .values((draft, drafts::created_at.eq(now.timestamp_millis())))
        .execute(connection)?;
    Ok(())
}

/// A draft of this person.
///
/// # Errors
/// [`StoreError::NotFound`] where they have none of this id or it is too old, or where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str, person_id: &str, now: DateTime<Utc>) -> Result<Draft, StoreError> {
    Ok(drafts::table
        .filter(drafts::id.eq(id))
        .filter(drafts::person_id.eq(person_id))
        .filter(drafts::created_at.gt((now - KEPT).timestamp_millis()))
        .select(Draft::as_select())
        .get_result(connection)?)
}

/// Makes the drafts of a connector those of a new one: it goes, what was typed stays.
///
/// # Errors
/// Where the database cannot be written.
pub fn let_go(connection: &mut DbConnection, connector_id: &str) -> Result<(), StoreError> {
    diesel::update(drafts::table.filter(drafts::connector_id.eq(connector_id)))
        .set(drafts::connector_id.eq(None::<String>))
        .execute(connection)?;
    Ok(())
}
