//! What somebody may use.

use std::collections::HashMap;

use super::connectors::account_of;
use super::{PortalError, Who};
use crate::app::App;
use crate::model::access::{Actor, decide};
use crate::model::account::Account;
use crate::model::connector::Connector;
use crate::model::grant::Grant;
use crate::model::identity::GroupRef;
use crate::store::usage_log::{self, Recorded};
use crate::store::{accounts, connectors, grants};

/// A connector that somebody may use, and its account.
#[derive(Clone, Debug)]
pub struct MyConnector {
    /// The connector.
    pub connector: Connector,
    /// Where it leads, where that is known.
    pub account: Option<Account>,
}

/// Every connector that the actor may use, by name. Each went through [`decide`].
///
/// # Errors
/// Where the database cannot be read.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<MyConnector>, PortalError> {
    let all = app.config.access.administrators_may_use_all;
    let actor = actor.clone();
    let read = app.database.read(move |connection| {
        let (connectors, grants) = candidates(connection, &actor, all)?;
        let accounts = accounts::of_connectors(connection, &connectors)?;
        let mut by_connector: HashMap<&str, Vec<Grant>> = HashMap::new();
        for grant in &grants {
            by_connector.entry(&grant.connector_id).or_default().push(grant.clone());
        }
        let mine = |connector: Connector| {
            let grants = by_connector.get(connector.id.as_str()).map_or(&[][..], Vec::as_slice);
            decide(&actor, &connector, grants, all).ok()?;
            Some(MyConnector { account: account_of(&accounts, &connector), connector })
        };
        Ok(connectors.into_iter().filter_map(mine).collect())
    });
    Ok(read.await?)
}

type Candidates = (Vec<Connector>, Vec<Grant>);

/// The connectors to decide on: all for an administrator who may use all, else those that a group or token names.
fn candidates(
    connection: &mut crate::store::DbConnection,
    actor: &Actor,
    all: bool,
) -> Result<Candidates, crate::store::StoreError> {
    match actor {
        Actor::Person(identity) => {
            let groups: Vec<GroupRef> = identity.groups.iter().map(|group| group.group.clone()).collect();
            let grants = grants::of_groups(connection, &groups)?;
            if identity.administrator && all {
                let all = connectors::all(connection)?;
                return Ok((all.into_iter().filter_map(|listed| listed.connector.ok()).collect(), grants));
            }
            let mut ids: Vec<String> = grants.iter().map(|grant| grant.connector_id.clone()).collect();
            ids.sort_unstable();
            ids.dedup();
            Ok((connectors::of_ids(connection, &ids)?, grants))
        }
        Actor::Program(token) => {
            let ids: Vec<String> = token.connector_id().map(str::to_owned).into_iter().collect();
            Ok((connectors::of_ids(connection, &ids)?, Vec::new()))
        }
    }
}

/// The connector that `text` names, where the actor may use it.
///
/// # Errors
/// [`PortalError::NotFound`] where there is none or it is not granted: both look the same.
pub async fn find(app: &App, actor: &Actor, text: &str) -> Result<MyConnector, PortalError> {
    let all = app.config.access.administrators_may_use_all;
    let (actor, text) = (actor.clone(), text.to_owned());
    let read = app.database.read(move |connection| {
        let connector = connectors::resolve(connection, &text)?;
        let grants = grants::of_connector(connection, &connector.id)?;
        let accounts = accounts::of_connectors(connection, std::slice::from_ref(&connector))?;
        let decided = decide(&actor, &connector, &grants, all);
        Ok((MyConnector { account: account_of(&accounts, &connector), connector }, decided))
    });
    match read.await {
        Ok((mine, Ok(_))) => Ok(mine),
        Ok((mine, Err(crate::model::access::Denied::Disabled))) => Err(PortalError::Disabled(mine.connector.name)),
        Ok(_) | Err(crate::store::StoreError::NotFound) => Err(PortalError::NotFound("connector")),
        Err(error) => Err(error.into()),
    }
}

/// What the person used lately, newest first.
///
/// # Errors
/// Where the database cannot be read.
pub async fn recent(app: &App, who: &Who) -> Result<Vec<Recorded>, PortalError> {
    let id = who.identity.person.id.clone();
    Ok(app.database.read(move |connection| usage_log::recent_uses(connection, &id, 5)).await?)
}
