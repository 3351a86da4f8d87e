//! Connectors as programs that administer them see them: whole.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::model::access_key::AccessKey;
use crate::model::api_token::Part;
use crate::model::connector::Connector;
use crate::portal::reach::Reach;
use crate::portal::{PortalError, Who};
use crate::store::connector_list::{self, Narrowed};
use crate::store::connectors::Listed;
use crate::store::{DbConnection, StoreError, access_keys, connectors};

/// A connector, and what stands beside it. Of one that the caller may not change, external ids are left out.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The connector.
    pub connector: Connector,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Whether the caller may change it.
    pub changeable: bool,
}

/// Ids and names of all connectors that fit, in no order.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn names(
    app: &App,
    who: &Who,
    search: String,
    narrowed: Narrowed,
) -> Result<Vec<(String, String)>, PortalError> {
    who.reach(Part::Connectors)?;
    let read = app.database.read_much(move |connection| connector_list::names(connection, &search, &narrowed));
    Ok(read.await?)
}

/// The connectors of these ids, in their order. Those that are gone are left out, and damaged ones, which the server's log
/// tells of.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn of_ids(app: &App, who: &Who, ids: Vec<String>) -> Result<Vec<Whole>, PortalError> {
    let reach = who.reach(Part::Connectors)?;
    Ok(app.database.read(move |connection| read(connection, &reach, &ids)).await?)
}

/// The connector that `text` names: its GUID, its slug or its exact name.
///
/// # Errors
/// [`PortalError::NotFound`]; where its row is damaged, or the caller does not administer.
pub async fn named(app: &App, who: &Who, text: &str) -> Result<Whole, PortalError> {
    let (reach, text) = (who.reach(Part::Connectors)?, text.to_owned());
    let read = app.database.read(move |connection| {
        let id = connectors::resolve_id(connection, &text)?;
        // What is damaged is an error here.
        connectors::find(connection, &id)?;
        read(connection, &reach, &[id])?.pop().ok_or(StoreError::NotFound)
    });
    Ok(read.await?)
}

/// The id of the connector that `text` names; a damaged one too.
///
/// # Errors
/// [`PortalError::NotFound`]; where the caller administers neither connectors nor grants.
pub async fn id_of(app: &App, who: &Who, text: &str) -> Result<String, PortalError> {
    if !who.actor.may(Part::Grants) {
        who.may(Part::Connectors)?;
    }
    let text = text.to_owned();
    let read = app.database.read(move |connection| {
        let id = connectors::resolve_id(connection, &text)?;
        // A slug stays when its connector is gone.
        Ok(connectors::head(connection, &id)?.id)
    });
    Ok(read.await?)
}

fn read(connection: &mut DbConnection, reach: &Reach, ids: &[String]) -> Result<Vec<Whole>, StoreError> {
    let created = connectors::created(connection, ids)?;
    let keys: HashMap<String, AccessKey> = match reach.is_everywhere() {
        true => HashMap::new(),
        false => access_keys::all(connection)?.into_iter().map(|key| (key.id.clone(), key)).collect(),
    };
    let whole = |Listed { head, connector }: Listed| {
        let (connector, created_at) = (connector.ok()?, *created.get(&head.id)?);
        let key = keys.get(&connector.access_key_id);
        let changeable = key.map_or(reach.is_everywhere(), |key| reach.outside(key, &connector).is_empty());
        let connector = match key {
            Some(key) => reach.shown(key, connector),
            None if reach.is_everywhere() => connector,
            None => return None,
        };
        Some((head.id, Whole { connector, created_at, changeable }))
    };
    let mut by_id: HashMap<String, Whole> =
        connectors::listed_of(connection, ids)?.into_iter().filter_map(whole).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}
