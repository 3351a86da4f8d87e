//! Connectors as lists need them: one damaged row does not take the others along.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::Row;
use crate::model::connector::Connector;
use crate::store::schema::connectors;
use crate::store::{DbConnection, StoreError, time};

/// A connector's row as it stands, nothing of it checked: what can be said even of a damaged one.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = connectors)]
pub struct Head {
    /// Our id of it.
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The access key that it uses.
    pub access_key_id: String,
    /// The account that it leads into, where that is known.
    pub account_id: Option<String>,
    /// [`crate::model::principal::PrincipalType::word`], or whatever stands there.
    pub principal_type: String,
    /// Whether programs may use it.
    pub system_scope: bool,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Counts the saves.
    pub version: i32,
    /// The region whose STS is called; `None`: the partition's home region.
    pub region: Option<String>,
    updated_at: i64,
    duration_seconds: Option<i32>,
}

impl Head {
    /// The seconds that it asks for; `None`: AWS's default.
    #[must_use]
    pub fn seconds(&self) -> Option<u32> {
        self.duration_seconds.and_then(|seconds| u32::try_from(seconds).ok())
    }

    /// Last saved.
    #[must_use]
    pub fn updated_at(&self) -> DateTime<Utc> {
        time::from(self.updated_at)
    }
}

/// A connector of a list: damaged ones do not take the others along.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The row as it stands.
    pub head: Head,
    /// The connector, or what is wrong with its row.
    pub connector: Result<Connector, String>,
}

/// Reads a row; what is wrong with it is said in the log.
pub(super) fn read_or_say(id: &str, row: Row) -> Result<Connector, String> {
    let read = Connector::try_from(row).map_err(|error| error.to_string());
    if let Err(problem) = &read {
        tracing::error!(connector = id, problem, "a connector's row is damaged, so it cannot be used");
    }
    read
}

/// Reads rows one by one.
pub(super) fn listed(rows: Vec<(Head, Row)>) -> Vec<Listed> {
    let read = |(head, row): (Head, Row)| Listed { connector: read_or_say(&head.id, row), head };
    rows.into_iter().map(read).collect()
}

/// When the connectors of these ids were made, by id.
///
/// # Errors
/// Where the database cannot be read.
pub fn created(connection: &mut DbConnection, ids: &[String]) -> Result<HashMap<String, DateTime<Utc>>, StoreError> {
    let rows: Vec<(String, i64)> = connectors::table
        .filter(connectors::id.eq_any(ids))
        .select((connectors::id, connectors::created_at))
        .load(connection)?;
    Ok(rows.into_iter().map(|(id, at)| (id, time::from(at))).collect())
}

/// Slug and name of the connectors of these ids, by id.
///
/// # Errors
/// Where the database cannot be read.
pub fn called(connection: &mut DbConnection, ids: &[String]) -> Result<HashMap<String, (String, String)>, StoreError> {
    let rows: Vec<(String, String, String)> = connectors::table
        .filter(connectors::id.eq_any(ids))
        .select((connectors::id, connectors::slug, connectors::name))
        .load(connection)?;
    Ok(rows.into_iter().map(|(id, slug, name)| (id, (slug, name))).collect())
}
