//! Settings that the server keeps for itself: sealed keys and marks, by name.

use diesel::prelude::*;

use super::schema::settings;
use super::{DbConnection, StoreError};

/// The value under `name`.
///
/// # Errors
/// Where the database cannot be read.
pub fn get(connection: &mut DbConnection, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(settings::table.find(name).select(settings::value).get_result(connection).optional()?)
}

/// Sets the value under a name that has none yet.
///
/// # Errors
/// [`StoreError::Taken`] where it has one.
pub fn add(connection: &mut DbConnection, name: &str, value: &[u8]) -> Result<(), StoreError> {
    diesel::insert_into(settings::table)
        .values((settings::name.eq(name), settings::value.eq(value)))
        .execute(connection)?;
    Ok(())
}

/// Sets the value under a name, whatever it was.
///
/// # Errors
/// Where the database cannot be written.
pub fn set(connection: &mut DbConnection, name: &str, value: &[u8]) -> Result<(), StoreError> {
    let changed = diesel::update(settings::table.find(name)).set(settings::value.eq(value)).execute(connection)?;
    if changed == 0 { add(connection, name, value) } else { Ok(()) }
}
