//! Reading the usage log.

use super::{PortalError, Who};
use crate::app::App;
use crate::model::api_token::Part;
use crate::model::slug::guid;
use crate::store::usage_log::{self, Filter, Recorded};
use crate::store::{StoreError, connectors};

/// Rows on one page.
pub const PAGE: usize = 50;

/// A page of the log, newest first, and whether there are older rows that fit.
///
/// # Errors
/// Where the database cannot be read, or the caller may not.
pub async fn page(app: &App, who: &Who, filter: Filter) -> Result<(Vec<Recorded>, bool), PortalError> {
    rows(app, who, filter, PAGE).await
}

/// [`page`] with at most `most` rows.
///
/// # Errors
/// Where the database cannot be read, or the caller may not.
pub async fn rows(app: &App, who: &Who, filter: Filter, most: usize) -> Result<(Vec<Recorded>, bool), PortalError> {
    who.may(Part::UsageLog)?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = app.database.read_much(move |connection| usage_log::page(connection, &filter, limit)).await?;
    let more = rows.len() > most;
    rows.truncate(most);
    Ok((rows, more))
}

/// One row.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller may not.
pub async fn event(app: &App, who: &Who, id: i64) -> Result<Recorded, PortalError> {
    who.may(Part::UsageLog)?;
    Ok(app.database.read(move |connection| usage_log::find(connection, id)).await?)
}

/// How many names [`connector_names`] gives at most.
const NAMES: i64 = 200;

/// Names of connectors to filter by, by name; the first of them where there are many.
///
/// # Errors
/// Where the database cannot be read, or the caller may not.
pub async fn connector_names(app: &App, who: &Who) -> Result<Vec<String>, PortalError> {
    who.may(Part::UsageLog)?;
    Ok(app.database.read(|connection| connectors::names(connection, NAMES)).await?)
}

/// The id of the connector that `typed` names: a GUID, also of one that is gone, a slug or an exact name.
///
/// # Errors
/// Where the database cannot be read, or the caller may not.
pub async fn connector(app: &App, who: &Who, typed: &str) -> Result<Option<String>, PortalError> {
    who.may(Part::UsageLog)?;
    if let Some(id) = guid(typed) {
        return Ok(Some(id));
    }
    let typed = typed.to_owned();
    match app.database.read(move |connection| connectors::resolve_id(connection, &typed)).await {
        Ok(id) => Ok(Some(id)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
