//! Connectors: made, changed and removed by administrators, and by restricted ones as far as their [`Reach`] goes.

pub mod draft;
mod form;
pub mod list;
mod per_person;
pub mod preview;
pub mod shortcuts;
pub mod versions;
pub mod visible;

use std::collections::HashMap;

pub use form::ConnectorForm;

use super::once::Once;
use super::reach::{Reach, changeable};
use super::source::source_rule;
use super::{PortalError, Who, permissions};
use crate::app::App;
use crate::model::FieldErrors;
use crate::model::access_key::AccessKey;
use crate::model::account::Account;
use crate::model::api_token::Part;
use crate::model::connector::Connector;
use crate::model::event::{Event, Kind};
use crate::model::grant::Grant;
use crate::model::identity::Group;
use crate::random;
use crate::store::connectors::Head;
use crate::store::usage_log::{self, Recorded};
use crate::store::{DbConnection, StoreError, access_keys, accounts, connector_versions, connectors, drafts, grants};

/// The account that a connector leads into.
#[must_use]
pub fn account_of(accounts: &HashMap<(String, String), Account>, connector: &Connector) -> Option<Account> {
    let id = connector.account_id.clone()?;
    accounts.get(&(connector.partition.id().to_owned(), id)).cloned()
}

/// One connector, and the groups that may use it. Of one that the caller may not change, external ids are left out.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn show(app: &App, who: &Who, id: &str) -> Result<(Connector, Vec<Grant>), PortalError> {
    let (reach, id) = (who.reach(Part::Connectors)?, id.to_owned());
    let read = app.database.read(move |connection| {
        let connector = connectors::find(connection, &id)?;
        let key = access_keys::find(connection, &connector.access_key_id)?;
        let groups = grants::of_connector(connection, &id)?;
        Ok((reach.shown(&key, connector), groups))
    });
    Ok(read.await?)
}

/// One connector that the caller may change, and how far they reach.
///
/// # Errors
/// [`PortalError::NotFound`]; [`PortalError::Forbidden`] where the caller may not change it.
pub(super) async fn open(app: &App, who: &Who, id: &str) -> Result<(Reach, Connector), PortalError> {
    changeable(app, who, Part::Connectors, id).await?;
    Ok((who.reach(Part::Connectors)?, show(app, who, id).await?.0))
}

/// Switches a connector on or off, as its next version.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn switch(app: &App, who: &Who, id: &str, enabled: bool) -> Result<(), PortalError> {
    let (reach, before) = open(app, who, id).await?;
    if before.enabled == enabled {
        return Ok(());
    }
    let connector = Connector { enabled, updated_at: app.clock.now(), ..before };
    let after = Connector { version: connector.version.saturating_add(1), ..connector.clone() };
    let event = describe(app, who, Kind::ConnectorUpdate, &connector).about(&after);
    let (by, shared) = (who.name().to_owned(), app.config.aws.allow_shared_sources || !enabled);
    let write = app.database.write(move |connection| {
        obey_source_rule(connection, &connector, shared)?;
        reach.update(connection, &connector, &by)?;
        Ok(((), vec![event]))
    });
    Ok(write.await?)
}

/// How often and by whom a connector was used lately, newest first.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn recent_uses(app: &App, who: &Who, id: &str) -> Result<Vec<Recorded>, PortalError> {
    who.administrator()?;
    let id = id.to_owned();
    Ok(app.database.read(move |connection| usage_log::uses_of(connection, &id)).await?)
}

/// The access keys that the caller may make a connector of, by name.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn sources(app: &App, who: &Who) -> Result<Vec<AccessKey>, PortalError> {
    let reach = who.reach(Part::Connectors)?;
    let keys = app.database.read(access_keys::all).await?;
    Ok(keys.into_iter().filter(|key| reach.opens(key)).collect())
}

/// Adds a connector and gives its id. Nobody may use it until a group is granted.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong.
pub async fn create(app: &App, who: &Who, form: &ConnectorForm) -> Result<String, PortalError> {
    create_as(app, who, form, None, &Once::UNNAMED).await
}

/// [`create`], under an id that is given (what comes from elsewhere keeps the one that scripts know it by), or with a request
/// that has a name.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong; at `id` where a connector has it or once had it, since tokens and the usage
/// log still know that one.
pub async fn create_as(
    app: &App,
    who: &Who,
    form: &ConnectorForm,
    given: Option<String>,
    once: &Once,
) -> Result<String, PortalError> {
    let reach = who.reach(Part::Connectors)?;
    may_grant(who, form)?;
    let (connector, groups) = checked(app, &reach, form, None).await?;
    let is_given = given.is_some();
    let connector = Connector { version: 1, id: given.unwrap_or(connector.id), ..connector };
    let id = connector.id.clone();
    let event = describe(app, who, Kind::ConnectorCreate, &connector).about(&connector);
    let (by, shared, once) = (who.name().to_owned(), app.config.aws.allow_shared_sources, once.clone());
    let base = Event::new(app.clock.now(), Kind::GrantCreate, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        if is_given && connector_versions::has(connection, &connector.id, 1)? {
            return Err(StoreError::Taken("id"));
        }
        obey_source_rule(connection, &connector, shared)?;
        reach.insert(connection, &connector, &by).map_err(|error| match error {
            // Another replica was quicker.
            StoreError::Taken("") if is_given => StoreError::Taken("id"),
            error => error,
        })?;
        ensure_account(connection, &connector)?;
        once.keep(connection, &id)?;
        let head = connectors::head(connection, &id)?;
        let granted = permissions::add(connection, &head, &groups, (&reach, &by), &base)?;
        Ok((id, [vec![event], granted].concat()))
    });
    Ok(write.await?)
}

/// Groups are granted by whoever may grant, whatever else the form is about.
fn may_grant(who: &Who, form: &ConnectorForm) -> Result<(), PortalError> {
    match form.groups.trim().is_empty() || who.actor.may(Part::Grants) {
        true => Ok(()),
        false if who.actor.token().is_some() => Err(PortalError::TokenScope(Part::Grants)),
        false => Err(PortalError::Forbidden),
    }
}

/// The connector that a form makes, and the groups that it names; everything wrong is said at once.
async fn checked(
    app: &App,
    reach: &Reach,
    form: &ConnectorForm,
    before: Option<&Connector>,
) -> Result<(Connector, Vec<Group>), PortalError> {
    let connector = form.check(app, before).await;
    let outside = match &connector {
        Ok(connector) => outside(app, reach, &connector.access_key_id, |key| reach.outside(key, connector)).await?,
        Err(_) => outside(app, reach, &form.access_key, |key| reach.closed(key, &form.principal_type)).await?,
    };
    let groups = permissions::groups_of(app, &form.groups).await;
    let mut errors = outside;
    for invalid in [connector.as_ref().err(), groups.as_ref().err()].into_iter().flatten() {
        if let PortalError::Invalid(more) = invalid {
            more.iter().for_each(|(field, sentence)| errors.add(field, sentence));
        }
    }
    match (connector, groups) {
        (Ok(connector), Ok(groups)) if errors.is_empty() => Ok((connector, groups)),
        (Err(error), _) | (_, Err(error)) if !matches!(error, PortalError::Invalid(_)) => Err(error),
        _ => Err(errors.into()),
    }
}

/// What `judge` says of the access key, where it is there and something limits the reach. The write looks once more.
async fn outside(
    app: &App,
    reach: &Reach,
    key: &str,
    judge: impl FnOnce(&AccessKey) -> FieldErrors,
) -> Result<FieldErrors, PortalError> {
    if reach.is_everywhere() {
        return Ok(FieldErrors::default());
    }
    let id = key.to_owned();
    match app.database.read(move |connection| access_keys::find(connection, &id)).await {
        Ok(key) => Ok(judge(&key)),
        Err(StoreError::NotFound) => Ok(FieldErrors::default()),
        Err(error) => Err(error.into()),
    }
}

/// Saves a connector as its next version.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong; [`PortalError::Stale`] where somebody else saved it since.
pub async fn update(app: &App, who: &Who, id: &str, form: &ConnectorForm) -> Result<(), PortalError> {
    let (reach, before) = open(app, who, id).await?;
    may_grant(who, form)?;
    let (connector, groups) = checked(app, &reach, form, Some(&before)).await?;
    let after = Connector { version: connector.version.saturating_add(1), ..connector.clone() };
    let mut event = describe(app, who, Kind::ConnectorUpdate, &connector).about(&after);
    let restored = form.restored;
    let (by, shared) = (who.name().to_owned(), app.config.aws.allow_shared_sources);
    let base = Event::new(app.clock.now(), Kind::GrantCreate, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        obey_source_rule(connection, &connector, shared)?;
        // The form says which; the record takes only one that there is.
        if connector_versions::has(connection, &connector.id, restored)? {
            event = event.with("restored_version", restored);
        }
        reach.update(connection, &connector, &by)?;
        ensure_account(connection, &connector)?;
        let head = connectors::head(connection, &connector.id)?;
        let granted = permissions::add(connection, &head, &groups, (&reach, &by), &base)?;
        Ok(((), [vec![event], granted].concat()))
    });
    Ok(write.await?)
}

/// What is to be removed, read or not, and how many groups may use it.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn removable(app: &App, who: &Who, id: &str) -> Result<(Head, usize), PortalError> {
    changeable(app, who, Part::Connectors, id).await?;
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let head = connectors::head(connection, &id)?;
        let groups = grants::of_connector(connection, &id)?.len();
        Ok((head, groups))
    });
    Ok(read.await?)
}

/// `slug`, or one like it, that no connector has or had; empty where there is none.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn free_slug(app: &App, who: &Who, slug: &str) -> Result<String, PortalError> {
    who.reach(Part::Connectors)?;
    let slug = slug.to_owned();
    Ok(app.database.read(move |connection| connectors::free_slug(connection, &slug)).await?)
}

/// Removes a connector, its grants and its tokens; a damaged one too. Half-filled forms of it become those of a new one.
///
/// # Errors
/// [`PortalError::NotFound`]
pub async fn delete(app: &App, who: &Who, id: &str) -> Result<(), PortalError> {
    let ((head, _), reach) = (removable(app, who, id).await?, who.reach(Part::Connectors)?);
    let event = Event::new(app.clock.now(), Kind::ConnectorDelete, &who.origin).by(&who.actor());
    let event = about_head(event, &head)
        .with("slug", head.slug)
        .with("principal_type", head.principal_type)
        .with("access_key", head.access_key_id)
        .with("system_scope", head.system_scope)
        .with("enabled", head.enabled);
    let write = app.database.write(move |connection| {
        drafts::let_go(connection, &head.id)?;
        // Its grants go with it.
        let before = permissions::group_names(grants::of_connector(connection, &head.id)?.iter());
        reach.delete(connection, &head.id)?;
        Ok(((), vec![event.with("groups", before)]))
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
