//! Credentials of a role, for programs that know its ARN and no connector.

use super::{about_typed, begin};
use crate::app::App;
use crate::model::access::decide;
use crate::model::event::Outcome;
use crate::model::principal::RoleArn;
use crate::portal::PortalError;
use crate::portal::use_connector::Ask;
use crate::store::{connectors, grants};

/// How many connectors of one role are looked at.
const MOST: i64 = 1_000;

/// The id of the one connector whose last role is exactly the one that `ask` names in place of a connector, and that the
/// caller may use. Where there is none, or are several, that leaves a row, as every use that comes to nothing.
///
/// # Errors
/// [`PortalError::Invalid`] at `role_arn`, [`PortalError::NotFound`] where no such connector is theirs,
/// [`PortalError::Ambiguous`] with the names of several; where the database does not answer.
pub async fn connector_of(app: &App, ask: &Ask) -> Result<String, PortalError> {
    let refuse = async |reason: &str, error: PortalError| {
        let event = about_typed(begin(app, ask), ask).ended(Outcome::Refused, reason);
        app.database.record(event).await?;
        Err(error)
    };
    let role = match RoleArn::parse(&ask.connector) {
        Ok(role) => role.as_str().to_owned(),
        Err(sentence) => return refuse("role_arn", PortalError::Invalid(("role_arn", sentence).into())).await,
    };
    let (all, actor) = (app.config.access.administrators_may_use_all, ask.actor.clone());
    let read = app.database.read_much(move |connection| {
        let mut usable = Vec::new();
        for connector in connectors::routes::of_roles(connection, &[role], MOST)? {
            let granted = grants::of_connector(connection, &connector.id)?;
            if decide(&actor, &connector, &granted, all).is_ok() {
                usable.push((connector.id, connector.name));
            }
        }
        Ok(usable)
    });
    let mut usable = read.await?;
    match (usable.pop(), usable.is_empty()) {
        (Some((id, _)), true) => Ok(id),
        (Some(last), false) => {
            let names = usable.into_iter().chain([last]).map(|(_, name)| name).collect();
            refuse("ambiguous", PortalError::Ambiguous(names)).await
        }
        (None, _) => refuse("unknown_connector", PortalError::NotFound("connector")).await,
    }
}
