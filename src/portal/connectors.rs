//! Connectors: made, changed and removed by administrators.

mod form;
mod per_person;
pub mod preview;

use std::collections::HashMap;

pub use form::ConnectorForm;

use super::source::source_rule;
use super::{PortalError, Who};
use crate::app::App;
use crate::model::access_key::AccessKey;
use crate::model::account::Account;
use crate::model::connector::Connector;
use crate::model::event::{Event, Kind};
use crate::random;
use crate::store::connectors::{Head, Listed};
use crate::store::{DbConnection, StoreError, access_keys, accounts, connectors, grants};

/// A connector with what its list shows beside it.
#[derive(Clone, Debug)]
pub struct ConnectorStatus {
    /// The connector's row.
    pub head: Head,
    /// What is wrong with the row, so that it cannot be used; `None`: nothing.
    pub problem: Option<String>,
    /// The name of its access key.
    pub source: String,
    /// How many groups may use it.
    pub groups: i64,
    /// Its account, where it is known.
    pub account: Option<Account>,
}

/// Every connector, by name.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn list(app: &App, who: &Who) -> Result<Vec<ConnectorStatus>, PortalError> {
    who.administrator()?;
    let read = app.database.read(|connection| {
        let keys: HashMap<String, String> =
            access_keys::all(connection)?.into_iter().map(|key| (key.id, key.name)).collect();
        let groups: HashMap<String, i64> = grants::counts(connection)?.into_iter().collect();
        let listed = connectors::all(connection)?;
        let whole: Vec<Connector> = listed.iter().filter_map(|listed| listed.connector.clone().ok()).collect();
        let accounts = accounts::of_connectors(connection, &whole)?;
        let status = |Listed { head, connector }: Listed| ConnectorStatus {
            source: keys.get(&head.access_key_id).cloned().unwrap_or_default(),
            groups: groups.get(&head.id).copied().unwrap_or(0),
            account: connector.as_ref().ok().and_then(|connector| account_of(&accounts, connector)),
            problem: connector.err(),
            head,
        };
        Ok(listed.into_iter().map(status).collect())
    });
    Ok(read.await?)
}

/// The account that a connector leads into.
#[must_use]
pub fn account_of(accounts: &HashMap<(String, String), Account>, connector: &Connector) -> Option<Account> {
    let id = connector.account_id.clone()?;
    accounts.get(&(connector.partition.id().to_owned(), id)).cloned()
}

/// One connector, and how many groups may use it.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn show(app: &App, who: &Who, id: &str) -> Result<(Connector, usize), PortalError> {
    who.administrator()?;
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let connector = connectors::find(connection, &id)?;
        let groups = grants::of_connector(connection, &id)?.len();
        Ok((connector, groups))
    });
    Ok(read.await?)
}

/// The access keys that a connector may be made of, by name.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn sources(app: &App, who: &Who) -> Result<Vec<AccessKey>, PortalError> {
    who.administrator()?;
    Ok(app.database.read(access_keys::all).await?)
}

/// Adds a connector and gives its id. Nobody may use it until a group is granted.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong.
pub async fn create(app: &App, who: &Who, form: &ConnectorForm) -> Result<String, PortalError> {
    who.administrator()?;
    let connector = Connector { version: 1, ..form.check(app, None).await? };
    let id = connector.id.clone();
    let event = describe(app, who, Kind::ConnectorCreate, &connector).about(&connector);
    let (by, shared) = (who.identity.person.user_name.clone(), app.config.aws.allow_shared_sources);
    let write = app.database.write(move |connection| {
        obey_source_rule(connection, &connector, shared)?;
        connectors::insert(connection, &connector, &by)?;
        ensure_account(connection, &connector)?;
        Ok((id, vec![event]))
    });
    Ok(write.await?)
}

/// Saves a connector as its next version.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong; [`PortalError::Stale`] where somebody else saved it since.
pub async fn update(app: &App, who: &Who, id: &str, form: &ConnectorForm) -> Result<(), PortalError> {
    who.administrator()?;
    let (before, _) = show(app, who, id).await?;
    let connector = form.check(app, Some(&before)).await?;
    let after = Connector { version: connector.version.saturating_add(1), ..connector.clone() };
    let event = describe(app, who, Kind::ConnectorUpdate, &connector).about(&after);
    let (by, shared) = (who.identity.person.user_name.clone(), app.config.aws.allow_shared_sources);
    let write = app.database.write(move |connection| {
        obey_source_rule(connection, &connector, shared)?;
        connectors::update(connection, &connector, &by)?;
        ensure_account(connection, &connector)?;
        Ok(((), vec![event]))
    });
    Ok(write.await?)
}

/// What is to be removed, read or not, and how many groups may use it.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn removable(app: &App, who: &Who, id: &str) -> Result<(Head, usize), PortalError> {
    who.administrator()?;
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let head = connectors::head(connection, &id)?;
        let groups = grants::of_connector(connection, &id)?.len();
        Ok((head, groups))
    });
    Ok(read.await?)
}

/// Removes a connector, its grants and its tokens; a damaged one too.
///
/// # Errors
/// [`PortalError::NotFound`]
pub async fn delete(app: &App, who: &Who, id: &str) -> Result<(), PortalError> {
    let (head, _) = removable(app, who, id).await?;
    let event = Event::new(app.clock.now(), Kind::ConnectorDelete, &who.origin).by(&who.actor());
    let event = about_head(event, &head)
        .with("slug", head.slug)
        .with("principal_type", head.principal_type)
        .with("access_key", head.access_key_id)
        .with("system_scope", head.system_scope)
        .with("enabled", head.enabled);
    let write = app.database.write(move |connection| {
        connectors::delete(connection, &head.id)?;
        Ok(((), vec![event]))
    });
    Ok(write.await?)
}

/// [`Event::about`], of a row that may be damaged.
pub(super) fn about_head(mut event: Event, head: &Head) -> Event {
    event.connector_id = Some(head.id.clone());
    event.connector_name = Some(head.name.clone());
    event.account_id.clone_from(&head.account_id);
    event.connector_version = Some(head.version);
    event
}

/// A new external id, which nobody guesses: 32 small letters and digits, about 165 bits.
#[must_use]
pub fn new_external_id() -> String {
    random::text(b"abcdefghijklmnopqrstuvwxyz0123456789", 32)
}

/// The rule on shared sources, in the transaction that saves.
fn obey_source_rule(connection: &mut DbConnection, connector: &Connector, shared: bool) -> Result<(), StoreError> {
    if shared {
        return Ok(());
    }
    let key = access_keys::find(connection, &connector.access_key_id)?;
    source_rule(connection, &key, &connector.id, connector.principal.kind())
}

fn ensure_account(connection: &mut DbConnection, connector: &Connector) -> Result<(), StoreError> {
    match &connector.account_id {
        Some(account_id) => accounts::ensure(connection, connector.partition, account_id),
        None => Ok(()),
    }
}

fn describe(app: &App, who: &Who, kind: Kind, connector: &Connector) -> Event {
    Event::new(app.clock.now(), kind, &who.origin)
        .by(&who.actor())
        .with("slug", connector.slug.as_str())
        .with("principal_type", connector.principal.kind().word())
        .with("access_key", connector.access_key_id.as_str())
        .with("system_scope", connector.system_scope)
        .with("enabled", connector.enabled)
}
