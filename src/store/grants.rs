//! Grants: which groups may use which connectors.

use std::collections::HashMap;

use diesel::prelude::*;

use super::schema::grants;
use super::{DbConnection, StoreError, time};
use crate::model::grant::Grant;
use crate::model::identity::GroupRef;

#[derive(Queryable, Selectable)]
#[diesel(table_name = grants)]
struct Row {
    id: String,
    connector_id: String,
    directory: String,
    group_id: String,
    group_name: String,
    group_detail: String,
    created_by: String,
    created_at: i64,
}

impl From<Row> for Grant {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            connector_id: row.connector_id,
            group: GroupRef { directory: row.directory, id: row.group_id },
            group_name: row.group_name,
            group_detail: row.group_detail,
            created_by: row.created_by,
            created_at: time::from(row.created_at),
        }
    }
}

fn load(rows: Vec<Row>) -> Vec<Grant> {
    rows.into_iter().map(Grant::from).collect()
}

/// The grants of one connector, by group name.
///
/// # Errors
/// Where the database cannot be read.
pub fn of_connector(connection: &mut DbConnection, connector_id: &str) -> Result<Vec<Grant>, StoreError> {
    Ok(load(directly!(connection, |database| grants::table
        .filter(grants::connector_id.eq(connector_id))
        .order(grants::group_name)
        .select(Row::as_select())
        .load(database))?))
}

/// The grants of any of these groups.
///
/// # Errors
/// Where the database cannot be read.
pub fn of_groups(connection: &mut DbConnection, groups: &[GroupRef]) -> Result<Vec<Grant>, StoreError> {
    let ids: Vec<String> = groups.iter().map(|group| group.id.clone()).collect();
    let mut directories: Vec<String> = groups.iter().map(|group| group.directory.clone()).collect();
    directories.sort_unstable();
    directories.dedup();
    let rows: Vec<Row> = grants::table
        // The index begins with the directory: without it every grant there is would be looked at.
        .filter(grants::directory.eq_any(directories))
        .filter(grants::group_id.eq_any(ids))
        .select(Row::as_select())
        .load(connection)?;
    Ok(load(rows).into_iter().filter(|grant| groups.contains(&grant.group)).collect())
}

/// One grant.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Grant, StoreError> {
    Ok(grants::table.find(id).select(Row::as_select()).get_result::<Row>(connection)?.into())
}

/// Adds a grant.
///
/// # Errors
/// [`StoreError::Taken`] where the group may use the connector already.
pub fn insert(connection: &mut DbConnection, grant: &Grant) -> Result<(), StoreError> {
    diesel::insert_into(grants::table)
        .values((
            grants::id.eq(&grant.id),
            grants::connector_id.eq(&grant.connector_id),
            grants::directory.eq(&grant.group.directory),
            grants::group_id.eq(&grant.group.id),
            grants::group_name.eq(&grant.group_name),
            grants::group_detail.eq(&grant.group_detail),
            grants::created_by.eq(&grant.created_by),
            grants::created_at.eq(grant.created_at.timestamp_millis()),
        ))
        .execute(connection)?;
    Ok(())
}

/// Removes a grant.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub fn delete(connection: &mut DbConnection, id: &str) -> Result<(), StoreError> {
    let removed = diesel::delete(grants::table.find(id)).execute(connection)?;
    if removed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// How many groups may use each of these connectors, by connector id; none where no group may.
///
/// # Errors
/// Where the database cannot be read.
pub fn counts(connection: &mut DbConnection, connectors: &[String]) -> Result<HashMap<String, i64>, StoreError> {
    let counts: Vec<(String, i64)> = grants::table
        .filter(grants::connector_id.eq_any(connectors))
        .group_by(grants::connector_id)
        .select((grants::connector_id, diesel::dsl::count_star()))
        .load(connection)?;
    Ok(counts.into_iter().collect())
}
