//! What a text names: a connector's GUID, slug or name.

use diesel::prelude::*;

use super::{Row, find};
use crate::model::connector::{Connector, folded};
use crate::model::slug::guid;
use crate::store::schema::{connectors, slugs};
use crate::store::{DbConnection, StoreError};

/// The connector that `text` names: a GUID in any of its forms, else a slug (an old one too), else an exact name.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn resolve(connection: &mut DbConnection, text: &str) -> Result<Connector, StoreError> {
    if let Some(id) = guid(text) {
        match find(connection, &id) {
            // No slug is shaped like a GUID, but a name may be.
            Err(StoreError::NotFound) => {}
            found => return found,
        }
    }
    let row: Option<Option<Row>> = directly!(connection, |database| slugs::table
        .left_join(connectors::table.on(connectors::id.eq(slugs::connector_id)))
        .filter(slugs::slug.eq(text))
        .select(Option::<Row>::as_select())
        .get_result(database))
    .optional()?;
    let row = match row {
        // A slug that was used once never means another connector's name.
        Some(row) => row.ok_or(StoreError::NotFound)?,
        None => directly!(connection, |database| connectors::table
            .filter(connectors::name_folded.eq(folded(text)))
            .select(Row::as_select())
            .get_result(database))?,
    };
    row.try_into()
}

/// Whether another connector than `id` has this name, without regard to case.
///
/// # Errors
/// Where the database cannot be read.
pub fn is_called(connection: &mut DbConnection, name: &str, id: &str) -> Result<bool, StoreError> {
    let other: Option<String> = connectors::table
        .filter(connectors::name_folded.eq(folded(name)))
        .filter(connectors::id.ne(id))
        .select(connectors::id)
        .first(connection)
        .optional()?;
    Ok(other.is_some())
}

/// The id of the connector that [`resolve`] gives.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn resolve_id(connection: &mut DbConnection, text: &str) -> Result<String, StoreError> {
    if let Some(id) = guid(text) {
        // No slug is shaped like a GUID, but a name may be.
        let by_id = connectors::table.find(id).select(connectors::id).get_result(connection).optional()?;
        if let Some(id) = by_id {
            return Ok(id);
        }
    }
    let by_slug = slugs::table.find(text).select(slugs::connector_id).get_result(connection).optional()?;
    if let Some(id) = by_slug {
        return Ok(id);
    }
    Ok(connectors::table
        .filter(connectors::name_folded.eq(folded(text)))
        .select(connectors::id)
        .get_result(connection)?)
}
