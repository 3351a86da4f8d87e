//! What the record knows of the end of something that somebody still had open.

use super::{PortalError, Who};
use crate::app::App;
use crate::model::api_token::Part;
use crate::model::event::Kind;
use crate::model::slug::guid;
use crate::store::usage_log::{self, Recorded};

/// The row that says who deleted the thing with this id, and when; `kind` is the kind of that row. `None` where the record
/// does not say it, or where it is not the caller's to read: what was deleted may have lain outside of their reach.
///
/// # Errors
/// Where the database cannot be read, or the caller administers nothing.
pub async fn row(app: &App, who: &Who, kind: Kind, id: &str) -> Result<Option<Recorded>, PortalError> {
    let Some(id) = guid(id).filter(|_| who.administrator().is_ok()) else {
        who.reach(Part::Connectors)?;
        return Ok(None);
    };
    Ok(app.database.read(move |connection| usage_log::end_of(connection, kind, &id)).await?)
}
