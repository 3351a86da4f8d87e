//! Half-filled forms of connectors, kept while their writer adds, changes or deletes an access key.

use super::ConnectorForm;
use crate::app::App;
use crate::portal::{PortalError, Who};
use crate::random;
use crate::store::drafts::{self, Draft};

/// Keeps what was typed for a connector, new or not, and gives the draft's id. Whoever typed it gets it back for a day.
///
/// # Errors
/// Where the database cannot be written, or the caller does not administer.
pub async fn keep(app: &App, who: &Who, connector: Option<&str>, form: &ConnectorForm) -> Result<String, PortalError> {
    who.administrator()?;
    let draft = Draft {
        id: random::id(),
        person_id: who.actor.id().to_owned(),
        connector_id: connector.map(str::to_owned),
        content: serde_json::to_string(form).map_err(|error| PortalError::Internal(error.to_string()))?,
    };
    let (id, now) = (draft.id.clone(), app.clock.now());
    app.database.write(move |connection| Ok((drafts::keep(connection, &draft, now)?, Vec::new()))).await?;
    Ok(id)
}

/// The connector that a draft of the caller is of, and what was typed.
///
/// # Errors
/// [`PortalError::NotFound`] where the caller has no such draft, or where they do not administer.
pub async fn find(app: &App, who: &Who, id: &str) -> Result<(Option<String>, ConnectorForm), PortalError> {
    who.administrator()?;
    let (id, person, now) = (id.to_owned(), who.actor.id().to_owned(), app.clock.now());
    let draft = app.database.read(move |connection| drafts::find(connection, &id, &person, now)).await?;
    let form = serde_json::from_str(&draft.content).map_err(|error| PortalError::Internal(error.to_string()))?;
    Ok((draft.connector_id, form))
}
