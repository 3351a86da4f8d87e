//! Grants: which groups may use which connectors.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
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

/// Which grants; what is `None` narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of the connector with this id.
    pub connector_id: Option<String>,
    /// Of groups of this directory.
    pub directory: Option<String>,
    /// Of the group with this value, `directory:stable-id`, or of those that had this name when they were granted.
    pub group: Option<String>,
    /// Only those behind the one with this id.
    pub after: Option<String>,
}

/// The first `most` grants that fit, by id: in the order in which they were made.
///
/// # Errors
/// Where the database cannot be read.
pub fn page(connection: &mut DbConnection, filter: &Filter, most: i64) -> Result<Vec<Grant>, StoreError> {
    let mut query = grants::table.select(Row::as_select()).order(grants::id).limit(most).into_boxed();
    if let Some(id) = &filter.connector_id {
        query = query.filter(grants::connector_id.eq(id));
    }
    if let Some(directory) = &filter.directory {
        query = query.filter(grants::directory.eq(directory));
    }
    if let Some(group) = &filter.group {
        let (directory, id) = group.split_once(':').unwrap_or_default();
        let of_value = grants::directory.eq(directory).and(grants::group_id.eq(id));
        query = query.filter(of_value.or(grants::group_name.eq(group)));
    }
    if let Some(after) = &filter.after {
        query = query.filter(grants::id.gt(after));
    }
    Ok(load(query.load(connection)?))
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

/// Adds a grant where there is none of this group and connector; false: there is one already.
///
/// # Errors
/// [`StoreError::InUse`] where the connector was removed meanwhile.
pub fn insert_new(connection: &mut DbConnection, grant: &Grant) -> Result<bool, StoreError> {
    let row = (
        grants::id.eq(&grant.id),
        grants::connector_id.eq(&grant.connector_id),
        grants::directory.eq(&grant.group.directory),
        grants::group_id.eq(&grant.group.id),
        grants::group_name.eq(&grant.group_name),
        grants::group_detail.eq(&grant.group_detail),
        grants::created_by.eq(&grant.created_by),
        grants::created_at.eq(grant.created_at.timestamp_millis()),
    );
    let of_both = (grants::connector_id, grants::directory, grants::group_id);
    let added = directly!(connection, |database| diesel::insert_into(grants::table)
        .values(row)
        .on_conflict(of_both)
        .do_nothing()
        .execute(database))?;
    Ok(added > 0)
}

/// Removes a grant.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub fn delete(connection: &mut DbConnection, id: &str) -> Result<(), StoreError> {
    let removed = diesel::delete(grants::table.find(id)).execute(connection)?;
    if removed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// A group that may use connectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The group.
    pub group: GroupRef,
    /// Its name when it was granted one; where it was renamed since, the last of its names by letter.
    pub name: String,
    /// How many connectors it may use.
    pub connectors: i64,
    /// When the latest of its grants was made.
    pub latest: DateTime<Utc>,
}

/// Every group that may use connectors, by name. All grants are looked at.
///
/// # Errors
/// Where the database cannot be read.
pub fn groups(connection: &mut DbConnection) -> Result<Vec<Granted>, StoreError> {
    use diesel::dsl::{count_star, max};
    type Line = (String, String, Option<String>, i64, Option<i64>);
    let rows: Vec<Line> = grants::table
        .group_by((grants::directory, grants::group_id))
        .select((grants::directory, grants::group_id, max(grants::group_name), count_star(), max(grants::created_at)))
        .load(connection)?;
    let granted = |(directory, id, name, connectors, latest): Line| Granted {
        group: GroupRef { directory, id },
        name: name.unwrap_or_default(),
        connectors,
        latest: time::from(latest.unwrap_or_default()),
    };
    let mut all: Vec<Granted> = rows.into_iter().map(granted).collect();
    all.sort_by_cached_key(|granted| (granted.name.to_lowercase(), granted.group.clone()));
    Ok(all)
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
