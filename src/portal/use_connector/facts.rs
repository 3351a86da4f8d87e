//! What is read before the decision, and the row that is written after it.

use std::sync::Arc;

use chrono::TimeDelta;

use super::Ask;
use crate::app::App;
use crate::app::standing::{AsOf, Facts};
use crate::model::access::Actor;
use crate::model::access_key::{AccessKey, KeyState};
use crate::model::event::Event;
use crate::portal::PortalError;
use crate::store::{StoreError, access_keys, connectors, grants};

/// How far the time of a key's last use may lie behind: noting it at each use would cost a write of its own.
const USE_NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Makes the row durable. A key that AWS refused before and takes again is good again.
pub(super) async fn record(app: &App, key: &AccessKey, event: Event) -> Result<(), PortalError> {
    let healed = key.state == KeyState::Refused;
    let noted = key.last_used_at.is_some_and(|at| event.at - at < USE_NOTED_EVERY);
    if !healed && noted {
        return Ok(app.database.record(event).await?);
    }
    let mut key = key.clone();
    let write = app.database.write(move |connection| {
        if healed {
            key.state = KeyState::Good;
            key.trouble = None;
            key.checked_at = Some(event.at);
            access_keys::set_state(connection, &key)?;
        }
        access_keys::note_used(connection, &key.id, event.at)?;
        Ok(((), vec![event]))
    });
    Ok(write.await?)
}

/// What is known of the connector that was asked for, as it is now or as of what this request has just read; `None`: there is
/// none.
pub(super) async fn read(app: &App, ask: &Ask, as_of: Option<AsOf>) -> Result<Option<Arc<Facts>>, PortalError> {
    let connector = ask.connector.clone();
    // Grants say nothing about programs.
    let is_person = matches!(ask.actor, Actor::Person(_));
    let facts = app.facts.get_as_of(&app.database, (connector.clone(), is_person), as_of, move |connection| {
        let connector = connectors::resolve(connection, &connector)?;
        let grants = if is_person { grants::of_connector(connection, &connector.id)? } else { Vec::new() };
        let (key, sealed) = access_keys::find_sealed(connection, &connector.access_key_id)?;
        Ok(Facts { connector, grants, key, sealed })
    });
    match facts.await {
        Ok((_, facts)) => Ok(Some(ask.purpose.placed(facts))),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
