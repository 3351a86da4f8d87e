//! Connectors by the roles that they assume.

use diesel::prelude::*;

use super::{Row, read_or_say};
use crate::model::connector::Connector;
use crate::store::schema::connectors;
use crate::store::{DbConnection, StoreError};

/// The connectors that hand out sessions of one of these roles, the first `most` by name, damaged ones left out.
///
/// # Errors
/// Where the database cannot be read.
pub fn of_roles(connection: &mut DbConnection, roles: &[String], most: i64) -> Result<Vec<Connector>, StoreError> {
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = connectors::role_arn.eq_any(roles.to_vec()).assume_not_null();
    let rows = connectors::table.filter(wanted).select(Row::as_select()).order(connectors::name_folded);
    Ok(whole(rows.limit(most).load(connection)?))
}

/// The connectors with roles on the way, damaged ones left out; with `role` only those that may have it among them.
///
/// # Errors
/// Where the database cannot be read.
pub fn chains(connection: &mut DbConnection, role: Option<&str>) -> Result<Vec<Connector>, StoreError> {
    let rows = connectors::table.filter(connectors::through.ne("")).order(connectors::name_folded);
    let rows = rows.select(Row::as_select()).into_boxed();
    let rows = match role {
        Some(role) => rows.filter(connectors::through.like(format!("%\"{role}\"%"))),
        None => rows,
    };
    Ok(whole(rows.load(connection)?))
}

fn whole(rows: Vec<Row>) -> Vec<Connector> {
    let read = |row: Row| {
        let id = row.id.clone();
        read_or_say(&id, row).ok()
    };
    rows.into_iter().filter_map(read).collect()
}
