//! What somebody may use.

use std::collections::HashMap;
use std::sync::Arc;

use super::connectors::account_of;
use super::{PortalError, Who};
use crate::app::App;
use crate::model::access::{Actor, Denied, decide};
use crate::model::account::Account;
use crate::model::api_token::Connectors;
use crate::model::connector::Connector;
use crate::model::grant::Grant;
use crate::model::identity::GroupRef;
use crate::model::summary::Summary;
use crate::store::usage_log::{self, RecentUse};
use crate::store::{DbConnection, StoreError, accounts, connectors, grants, summaries};

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
/// A list is read once for all who are in the same groups, and again when anything changed that it is made of.
///
/// # Errors
/// Where the database cannot be read.
pub async fn list(app: &App, actor: &Actor) -> Result<Arc<Vec<Summary>>, PortalError> {
    let all = app.config.access.administrators_may_use_all;
    let key = key(actor, all);
    let actor = actor.clone();
    let read = move |connection: &mut DbConnection| usable(connection, &actor, all);
    Ok(match key {
        Some(key) => app.lists.get(&app.database, key, read).await?,
        None => Arc::new(app.database.read_much(read).await?),
    })
}

/// What a person's list follows from, beside what the database holds.
fn key(actor: &Actor, all: bool) -> Option<(bool, Vec<GroupRef>)> {
    let Actor::Person(identity) = actor else { return None };
    // What a token leaves of a person's list is read anew: that is a program's, and rare.
    if identity.token().is_some() {
        return None;
    }
    let mut groups: Vec<GroupRef> = identity.groups.iter().map(|group| group.group.clone()).collect();
    groups.sort_unstable();
    Some((identity.administrator && all, groups))
}

fn usable(connection: &mut DbConnection, actor: &Actor, all: bool) -> Result<Vec<Summary>, StoreError> {
    let (connectors, grants) = candidates(connection, actor, all)?;
    let mut by_connector: HashMap<&str, Vec<Grant>> = HashMap::new();
    for grant in &grants {
        by_connector.entry(&grant.connector_id).or_default().push(grant.clone());
    }
    let may = |connector: &Summary| {
        let grants = by_connector.get(connector.id.as_str()).map_or(&[][..], Vec::as_slice);
        decide(actor, connector, grants, all).is_ok()
    };
    Ok(connectors.into_iter().filter(may).collect())
}

pub(super) type Candidates = (Vec<Summary>, Vec<Grant>);

/// The connectors to decide on: all for an administrator who may use all, else those that a group or token names.
pub(super) fn candidates(connection: &mut DbConnection, actor: &Actor, all: bool) -> Result<Candidates, StoreError> {
    match actor {
        Actor::Person(identity) => {
            let groups: Vec<GroupRef> = identity.groups.iter().map(|group| group.group.clone()).collect();
            let grants = grants::of_groups(connection, &groups)?;
            if identity.administrator && all {
                return Ok((summaries::of(connection, None)?, grants));
            }
            let mut ids: Vec<String> = grants.iter().map(|grant| grant.connector_id.clone()).collect();
            ids.sort_unstable();
            ids.dedup();
            Ok((summaries::of(connection, Some(&ids))?, grants))
        }
        Actor::Program(token) => {
            let ids = match &token.scope.connectors {
                Connectors::All => None,
                Connectors::These(ids) => Some(ids.as_slice()),
            };
            Ok((summaries::of(connection, ids)?, Vec::new()))
        }
    }
}

/// The connector that `text` names, where the actor may use it.
///
/// # Errors
/// [`PortalError::NotFound`] where there is none or it is not granted: both look the same. [`PortalError::Forbidden`] where
/// a token is for others.
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
        Ok((_, Err(Denied::TokenScope | Denied::NoSystemScope))) => Err(PortalError::Forbidden),
        Ok((mine, Err(Denied::Disabled))) => {
            let Connector { name, id, .. } = mine.connector;
            Err(PortalError::Disabled { name, id })
        }
        Ok(_) | Err(StoreError::NotFound) => Err(PortalError::NotFound("connector")),
        Err(error) => Err(error.into()),
    }
}

/// What the person used lately, newest first.
///
/// # Errors
/// Where the database cannot be read.
pub async fn recent(app: &App, who: &Who) -> Result<Vec<RecentUse>, PortalError> {
    let id = who.actor.id().to_owned();
    Ok(app.database.read(move |connection| usage_log::recent_uses(connection, &id)).await?)
}
