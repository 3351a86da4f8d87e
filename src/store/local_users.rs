//! People of the local directory.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::{local_attributes, local_groups, local_memberships, local_users};
use super::{DbConnection, StoreError};
use crate::random;

/// A local person.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = local_users)]
pub struct LocalUser {
    /// Our id of them (UUIDv7); their external id.
    pub id: String,
    /// The name they sign in with.
    pub user_name: String,
    /// Their name for people.
    pub display_name: String,
    /// E-mail address, may be empty.
    pub mail: String,
    /// argon2id, in PHC form.
    pub password_hash: String,
    /// May sign in.
    pub active: bool,
    /// Goes up with each change.
    pub version: i32,
    /// When their password was set, milliseconds since 1970.
    pub password_changed_at: i64,
}

/// What a new local person is made of.
#[derive(Clone, Debug)]
pub struct NewLocalUser {
    /// The name they sign in with, unique without regard to case.
    pub user_name: String,
    /// Their name for people.
    pub display_name: String,
    /// E-mail address, may be empty.
    pub mail: String,
    /// argon2id, in PHC form.
    pub password_hash: String,
}

/// A name as it is compared.
#[must_use]
pub fn folded(user_name: &str) -> String {
    user_name.trim().to_lowercase()
}

/// The person who signs in with this name, without regard to case.
///
/// # Errors
/// Where the database cannot be read.
pub fn find_by_name(connection: &mut DbConnection, user_name: &str) -> Result<Option<LocalUser>, StoreError> {
    let user = local_users::table
        .filter(local_users::name_folded.eq(folded(user_name)))
        .select(LocalUser::as_select())
        .first(connection)
        .optional()?;
    Ok(user)
}

/// The person with this id.
///
/// # Errors
/// Where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<LocalUser>, StoreError> {
    Ok(directly!(connection, |database| local_users::table
        .find(id)
        .select(LocalUser::as_select())
        .get_result(database))
    .optional()?)
}

/// Everybody, by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn all(connection: &mut DbConnection) -> Result<Vec<LocalUser>, StoreError> {
    Ok(local_users::table.order(local_users::name_folded).select(LocalUser::as_select()).load(connection)?)
}

/// Adds a person.
///
/// # Errors
/// [`StoreError::Taken`] where the name is.
pub fn insert(connection: &mut DbConnection, new: &NewLocalUser, now: DateTime<Utc>) -> Result<String, StoreError> {
    let id = random::id();
    diesel::insert_into(local_users::table)
        .values((
            local_users::id.eq(&id),
            local_users::user_name.eq(new.user_name.trim()),
            local_users::name_folded.eq(folded(&new.user_name)),
            local_users::display_name.eq(&new.display_name),
            local_users::mail.eq(&new.mail),
            local_users::password_hash.eq(&new.password_hash),
            local_users::active.eq(true),
            local_users::version.eq(1),
            local_users::created_at.eq(now.timestamp_millis()),
            local_users::password_changed_at.eq(now.timestamp_millis()),
        ))
        .execute(connection)?;
    Ok(id)
}

/// What can be changed of a local person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The name they sign in with, unique without regard to case.
    pub user_name: String,
    /// Their name for people.
    pub display_name: String,
    /// E-mail address, may be empty.
    pub mail: String,
    /// May sign in.
    pub active: bool,
}

/// Changes a person. `version` is the one that was looked at.
///
/// # Errors
/// [`StoreError::Taken`] where the name is; [`StoreError::Stale`] where somebody else changed them since;
/// [`StoreError::NotFound`].
pub fn update(connection: &mut DbConnection, id: &str, version: i32, changed: &Changed) -> Result<(), StoreError> {
    let rows = diesel::update(local_users::table.find(id).filter(local_users::version.eq(version)))
        .set((
            local_users::user_name.eq(&changed.user_name),
            local_users::name_folded.eq(folded(&changed.user_name)),
            local_users::display_name.eq(&changed.display_name),
            local_users::mail.eq(&changed.mail),
            local_users::active.eq(changed.active),
            local_users::version.eq(version + 1),
        ))
        .execute(connection)?;
    missing_or_stale(connection, id, rows)
}

/// Removes a person, with what is known of them. `version` is the one that was looked at.
///
/// # Errors
/// As [`update`].
pub fn delete(connection: &mut DbConnection, id: &str, version: i32) -> Result<(), StoreError> {
    let person = local_users::table.find(id).filter(local_users::version.eq(version));
    let rows = diesel::delete(person).execute(connection)?;
    missing_or_stale(connection, id, rows)
}

fn missing_or_stale(connection: &mut DbConnection, id: &str, rows: usize) -> Result<(), StoreError> {
    match (rows, find(connection, id)?) {
        (1.., _) => Ok(()),
        (_, Some(_)) => Err(StoreError::Stale),
        (_, None) => Err(StoreError::NotFound),
    }
}

/// Whether a person is still as they were in this version. Until the end of the transaction they stay so: whoever would
/// change them waits, on both databases.
///
/// # Errors
/// Where the database cannot be written.
pub fn is_still(connection: &mut DbConnection, id: &str, version: i32) -> Result<bool, StoreError> {
    let person = local_users::table.find(id).filter(local_users::version.eq(version));
    Ok(diesel::update(person).set(local_users::version.eq(version)).execute(connection)? > 0)
}

/// Sets a person's password.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such person.
pub fn set_password(connection: &mut DbConnection, id: &str, hash: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    let changed = diesel::update(local_users::table.find(id))
        .set((
            local_users::password_hash.eq(hash),
            local_users::password_changed_at.eq(now.timestamp_millis()),
            local_users::version.eq(local_users::version + 1),
        ))
        .execute(connection)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Lets a person in, or keeps them out.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such person.
pub fn set_active(connection: &mut DbConnection, id: &str, active: bool) -> Result<(), StoreError> {
    let changed = diesel::update(local_users::table.find(id))
        .set((local_users::active.eq(active), local_users::version.eq(local_users::version + 1)))
        .execute(connection)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// The groups a person is in: (id, name), by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn groups_of(connection: &mut DbConnection, user_id: &str) -> Result<Vec<(String, String)>, StoreError> {
    Ok(directly!(connection, |database| local_memberships::table
        .inner_join(local_groups::table)
        .filter(local_memberships::user_id.eq(user_id))
        .order(local_groups::name)
        .select((local_groups::id, local_groups::name))
        .load(database))?)
}

/// What is known of a person beside their names: (name, value), by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn attributes_of(connection: &mut DbConnection, user_id: &str) -> Result<Vec<(String, String)>, StoreError> {
    Ok(directly!(connection, |database| local_attributes::table
        .filter(local_attributes::user_id.eq(user_id))
        .order(local_attributes::name)
        .select((local_attributes::name, local_attributes::value))
        .load(database))?)
}

/// What is known of everybody beside their names: (person's id, name, value).
///
/// # Errors
/// Where the database cannot be read.
pub fn attributes(connection: &mut DbConnection) -> Result<Vec<(String, String, String)>, StoreError> {
    let columns = (local_attributes::user_id, local_attributes::name, local_attributes::value);
    Ok(local_attributes::table.select(columns).load(connection)?)
}

/// Sets what is known of a person under `name`; an empty value takes it away.
///
/// # Errors
/// Where the database cannot be written.
pub fn set_attribute(connection: &mut DbConnection, user_id: &str, name: &str, value: &str) -> Result<(), StoreError> {
    diesel::delete(local_attributes::table.find((user_id, name))).execute(connection)?;
    if !value.is_empty() {
        diesel::insert_into(local_attributes::table)
            .values((
                local_attributes::user_id.eq(user_id),
                local_attributes::name.eq(name),
                local_attributes::value.eq(value),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// Every membership as (person's id, name of the group), by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn memberships(connection: &mut DbConnection) -> Result<Vec<(String, String)>, StoreError> {
    Ok(local_memberships::table
        .inner_join(local_groups::table)
        .order(local_groups::id)
        .select((local_memberships::user_id, local_groups::name))
        .load(connection)?)
}

/// Whether anybody but `except` is in one of these groups and may sign in.
///
/// # Errors
/// Where the database cannot be read.
pub fn active_in(connection: &mut DbConnection, groups: &[String], except: &str) -> Result<bool, StoreError> {
    let member: Option<String> = local_memberships::table
        .inner_join(local_users::table)
        .filter(local_memberships::group_id.eq_any(groups))
        .filter(local_users::active.eq(true))
        .filter(local_users::id.ne(except))
        .select(local_users::id)
        .first(connection)
        .optional()?;
    Ok(member.is_some())
}

/// Whether anybody is in a group, whether they may sign in or not.
///
/// # Errors
/// Where the database cannot be read.
pub fn anybody_in(connection: &mut DbConnection, group_id: &str) -> Result<bool, StoreError> {
    let member: Option<String> = local_memberships::table
        .filter(local_memberships::group_id.eq(group_id))
        .select(local_memberships::user_id)
        .first(connection)
        .optional()?;
    Ok(member.is_some())
}
