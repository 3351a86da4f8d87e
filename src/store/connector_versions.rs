//! The versions of connectors: each save is kept as it was, for ever.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::schema::connector_versions;
use super::{DbConnection, StoreError, time};

/// One save.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = connector_versions)]
pub struct Version {
    /// Which; counted from 1.
    pub version: i32,
    content: String,
    saved_at: i64,
    /// Who saved it, by user name.
    pub saved_by: String,
}

impl Version {
    /// What was saved, in the names of the native API; nothing where it cannot be read.
    #[must_use]
    pub fn content(&self) -> Value {
        serde_json::from_str(&self.content).unwrap_or_default()
    }

    /// When.
    #[must_use]
    pub fn saved_at(&self) -> DateTime<Utc> {
        time::from(self.saved_at)
    }
}

/// The versions of a connector up to the number `to`, newest first, at most `most`.
///
/// # Errors
/// Where the database cannot be read.
pub fn up_to(connection: &mut DbConnection, id: &str, to: i32, most: i64) -> Result<Vec<Version>, StoreError> {
    let versions = connector_versions::table
        .filter(connector_versions::connector_id.eq(id))
        .filter(connector_versions::version.le(to))
        .order(connector_versions::version.desc())
        .limit(most);
    Ok(versions.select(Version::as_select()).load(connection)?)
}

/// One version.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str, version: i32) -> Result<Version, StoreError> {
    Ok(connector_versions::table.find((id, version)).select(Version::as_select()).get_result(connection)?)
}

/// Whether a connector has this version.
///
/// # Errors
/// Where the database cannot be read.
pub fn has(connection: &mut DbConnection, id: &str, version: i32) -> Result<bool, StoreError> {
    let found = connector_versions::table.find((id, version)).select(connector_versions::version);
    Ok(found.get_result::<i32>(connection).optional()?.is_some())
}
