//! Groups of the local directory. A group's id is its lower-cased name.

use std::collections::HashMap;

use diesel::prelude::*;

use super::schema::{grants, local_groups, local_memberships, local_users};
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

/// Puts a person into exactly the groups of these names, which are made where they are missing.
///
/// # Errors
/// Where the database cannot be written.
pub fn set_of(connection: &mut DbConnection, user_id: &str, names: &[String]) -> Result<(), StoreError> {
    let ids: Vec<String> = names.iter().map(|name| ensure(connection, name)).collect::<Result<_, _>>()?;
    let of_user = local_memberships::table.filter(local_memberships::user_id.eq(user_id));
    let known: Vec<String> = of_user.select(local_memberships::group_id).load(connection)?;
    for gone in known.iter().filter(|id| !ids.contains(id)) {
        remove_member(connection, gone, user_id)?;
    }
    for new in ids.iter().filter(|id| !known.contains(id)) {
        add_member(connection, new, user_id)?;
    }
    Ok(())
}

/// A group, and how much of it there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its id, the lower-cased name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many people are in it.
    pub members: i64,
    /// How many connectors it may use.
    pub connectors: i64,
}

/// Every group of the local directory called `directory`, by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn all(connection: &mut DbConnection, directory: &str) -> Result<Vec<Counted>, StoreError> {
    use diesel::dsl::count_star;
    let groups: Vec<(String, String)> =
        local_groups::table.order(local_groups::id).select((local_groups::id, local_groups::name)).load(connection)?;
    let members: HashMap<String, i64> = local_memberships::table
        .group_by(local_memberships::group_id)
        .select((local_memberships::group_id, count_star()))
        .load(connection)?
        .into_iter()
        .collect();
    let granted: HashMap<String, i64> = grants::table
        .filter(grants::directory.eq(directory))
        .group_by(grants::group_id)
        .select((grants::group_id, count_star()))
        .load(connection)?
        .into_iter()
        .collect();
    let count = |of: &HashMap<String, i64>, id: &str| of.get(id).copied().unwrap_or_default();
    let counted = |(id, name): (String, String)| {
        let (members, connectors) = (count(&members, &id), count(&granted, &id));
        Counted { id, name, members, connectors }
    };
    Ok(groups.into_iter().map(counted).collect())
}

/// Adds a group.
///
/// # Errors
/// [`StoreError::Taken`] where there is one of this name, without regard to case.
pub fn insert(connection: &mut DbConnection, name: &str) -> Result<(), StoreError> {
    diesel::insert_into(local_groups::table)
        .values((local_groups::id.eq(name.to_lowercase()), local_groups::name.eq(name)))
        .execute(connection)?;
    Ok(())
}

/// Removes a group; whoever is in it is no longer.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub fn delete(connection: &mut DbConnection, id: &str) -> Result<(), StoreError> {
    let removed = diesel::delete(local_groups::table.find(id)).execute(connection)?;
    if removed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
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

/// Those of these ids that are a group's.
///
/// # Errors
/// Where the database cannot be read.
pub fn existing(connection: &mut DbConnection, ids: &[String]) -> Result<Vec<String>, StoreError> {
    Ok(local_groups::table.filter(local_groups::id.eq_any(ids)).select(local_groups::id).load(connection)?)
}

/// How many different people who may sign in are in any of these groups.
///
/// # Errors
/// Where the database cannot be read.
pub fn active_members(connection: &mut DbConnection, ids: &[String]) -> Result<i64, StoreError> {
    let count = local_memberships::table
        .inner_join(local_users::table.on(local_users::id.eq(local_memberships::user_id)))
        .filter(local_memberships::group_id.eq_any(ids))
        .filter(local_users::active.eq(true))
        .select(diesel::dsl::count(local_users::id).aggregate_distinct())
        .get_result(connection)?;
    Ok(count)
}
