//! Reading the usage log.

use super::{PortalError, Who};
use crate::app::App;
use crate::store::connectors;
use crate::store::usage_log::{self, Filter, Recorded};

/// Rows on one page.
pub const PAGE: usize = 50;

/// A page of the log, newest first, and whether there are older rows that fit.
///
/// # Errors
/// Where the database cannot be read, or the caller may not.
pub async fn page(app: &App, who: &Who, filter: Filter) -> Result<(Vec<Recorded>, bool), PortalError> {
    who.auditor()?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = app.database.read(move |connection| usage_log::page(connection, &filter, limit)).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    Ok((rows, more))
}

/// One row.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller may not.
pub async fn event(app: &App, who: &Who, id: i64) -> Result<Recorded, PortalError> {
    who.auditor()?;
    Ok(app.database.read(move |connection| usage_log::find(connection, id)).await?)
}

/// The connectors to filter by, as (id, name), by name.
///
/// # Errors
/// Where the database cannot be read, or the caller may not.
pub async fn connectors(app: &App, who: &Who) -> Result<Vec<(String, String)>, PortalError> {
    who.auditor()?;
    Ok(app.database.read(connectors::names).await?)
}
