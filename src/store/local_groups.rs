//! Groups of the local directory. A group's id is its lower-cased name.

use diesel::prelude::*;

use super::schema::{local_groups, local_memberships};
use super::{DbConnection, StoreError};

/// Makes a group where there is none of this name, and gives its id.
///
/// # Errors
/// Where the database cannot be written.
pub fn ensure(connection: &mut DbConnection, name: &str) -> Result<String, StoreError> {
    let id = name.trim().to_lowercase();
    let known: Option<String> = local_groups::table.find(&id).select(local_groups::id).first(connection).optional()?;
    if known.is_none() {
        diesel::insert_into(local_groups::table)
            .values((local_groups::id.eq(&id), local_groups::name.eq(name.trim())))
            .execute(connection)?;
    }
    Ok(id)
}

/// Puts a person into a group.
///
/// # Errors
/// [`StoreError::Taken`] where they are in it already.
pub fn add_member(connection: &mut DbConnection, group_id: &str, user_id: &str) -> Result<(), StoreError> {
    diesel::insert_into(local_memberships::table)
        .values((local_memberships::group_id.eq(group_id), local_memberships::user_id.eq(user_id)))
        .execute(connection)?;
    Ok(())
}

/// Takes a person out of a group.
///
/// # Errors
/// [`StoreError::NotFound`] where they are not in it.
pub fn remove_member(connection: &mut DbConnection, group_id: &str, user_id: &str) -> Result<(), StoreError> {
    let removed = diesel::delete(local_memberships::table.find((group_id, user_id))).execute(connection)?;
    if removed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Groups whose id holds `part` (lower case), by name: at most `limit`, as (id, name).
///
/// # Errors
/// Where the database cannot be read.
pub fn search(connection: &mut DbConnection, part: &str, limit: i64) -> Result<Vec<(String, String)>, StoreError> {
    let groups = local_groups::table
        .filter(local_groups::id.like(super::like(part)).escape('\\'))
        .order(local_groups::id)
        .limit(limit)
        .select((local_groups::id, local_groups::name))
        .load(connection)?;
    Ok(groups)
}

/// The group with this id, as (id, name).
///
/// # Errors
/// Where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<(String, String)>, StoreError> {
    Ok(local_groups::table.find(id).select((local_groups::id, local_groups::name)).get_result(connection).optional()?)
}
