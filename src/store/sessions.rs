//! Sessions of browsers, found by the SHA-256 of their key.

use diesel::prelude::*;

use super::schema::sessions;
use super::{DbConnection, StoreError};

/// A session as it is kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = sessions)]
pub struct StoredSession {
    /// SHA-256 of the session's key, hexadecimal.
    pub id_hash: String,
    /// What the session holds, as JSON.
    pub state: String,
    /// When it began, milliseconds since 1970.
    pub created_at: i64,
    /// When it was last used, to about a minute.
    pub seen_at: i64,
    /// Our id of the person who signed in, where somebody did.
    pub person_id: Option<String>,
}

/// The session with this hash.
///
/// # Errors
/// Where the database cannot be read.
pub fn find(connection: &mut DbConnection, id_hash: &str) -> Result<Option<StoredSession>, StoreError> {
    Ok(directly!(connection, |database| sessions::table
        .find(id_hash)
        .select(StoredSession::as_select())
        .get_result(database))
    .optional()?)
}

/// Begins a session.
///
/// # Errors
/// Where the database cannot be written.
pub fn insert(connection: &mut DbConnection, session: &StoredSession) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table).values(session).execute(connection)?;
    Ok(())
}

/// Changes what a session holds; its beginning and its person stay.
///
/// # Errors
/// [`StoreError::NotFound`] where it has ended.
pub fn update(connection: &mut DbConnection, id_hash: &str, state: &str, seen_at: i64) -> Result<(), StoreError> {
    let changed = diesel::update(sessions::table.find(id_hash))
        .set((sessions::state.eq(state), sessions::seen_at.eq(seen_at)))
        .execute(connection)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Notes that a session was used.
///
/// # Errors
/// Where the database cannot be written.
pub fn touch(connection: &mut DbConnection, id_hash: &str, seen_at: i64) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(id_hash)).set(sessions::seen_at.eq(seen_at)).execute(connection)?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// Where the database cannot be written.
pub fn delete(connection: &mut DbConnection, id_hash: &str) -> Result<(), StoreError> {
    diesel::delete(sessions::table.find(id_hash)).execute(connection)?;
    Ok(())
}

/// Ends every session of the person with this id.
///
/// # Errors
/// Where the database cannot be written.
pub fn delete_of(connection: &mut DbConnection, person_id: &str) -> Result<(), StoreError> {
    diesel::delete(sessions::table.filter(sessions::person_id.eq(person_id))).execute(connection)?;
    Ok(())
}

/// Removes sessions that were last used before `seen_before` or began before `created_before`.
///
/// # Errors
/// Where the database cannot be written.
pub fn delete_stale(connection: &mut DbConnection, seen_before: i64, created_before: i64) -> Result<usize, StoreError> {
    // One after the other, so that each walks its index.
    let unused = diesel::delete(sessions::table.filter(sessions::seen_at.lt(seen_before))).execute(connection)?;
    let old = diesel::delete(sessions::table.filter(sessions::created_at.lt(created_before))).execute(connection)?;
    Ok(unused + old)
}
