//! What the record knows of the end of something that somebody still had open.

use super::{PortalError, Who};
use crate::app::App;
use crate::model::event::Kind;
use crate::model::slug::guid;
use crate::store::usage_log::{self, Recorded};

/// The row that says who deleted the thing with this id, and when; `kind` is the kind of that row. `None` where the record
/// does not say it.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn row(app: &App, who: &Who, kind: Kind, id: &str) -> Result<Option<Recorded>, PortalError> {
    who.administrator()?;
    let Some(id) = guid(id) else { return Ok(None) };
    Ok(app.database.read(move |connection| usage_log::end_of(connection, kind, &id)).await?)
}
