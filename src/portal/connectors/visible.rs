//! Connectors as programs see them.

use std::sync::Arc;

use crate::app::App;
use crate::model::api_token::Part;
use crate::model::summary::Summary;
use crate::portal::{PortalError, Who, my_access};
use crate::store::summaries;

/// The connectors that the caller may use, by name; of whoever administers connectors all there are.
///
/// # Errors
/// [`PortalError::TokenScope`] where their token is for neither; where the database cannot be read.
pub async fn visible(app: &App, who: &Who) -> Result<Arc<Vec<Summary>>, PortalError> {
    if who.actor.may(Part::Connectors) {
        return Ok(Arc::new(app.database.read_much(|connection| summaries::of(connection, None)).await?));
    }
    if !who.actor.may(Part::Use) {
        return Err(PortalError::TokenScope(Part::Use));
    }
    my_access::list(app, &who.actor).await
}
