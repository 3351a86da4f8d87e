//! Accounts: named, coloured and described by administrators. Their rows come by themselves, with the first connector or
//! access key that names them.

use serde_json::{Map, Value};

use super::{PortalError, Who};
use crate::app::App;
use crate::model::account::{About, Account};
use crate::model::api_token::Part;
use crate::model::event::{Event, Kind};
use crate::store::accounts::{self, Uses};
use crate::store::{StoreError, connectors};

/// An account, and how many connectors and access keys name it.
#[derive(Clone, Debug)]
pub struct AccountStatus {
    /// The account.
    pub account: Account,
    /// How many connectors lead into it.
    pub connectors: i64,
    /// How many access keys belong to it.
    pub access_keys: i64,
}

/// Every account: by label without regard to case, those without one behind, by number.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn list(app: &App, who: &Who) -> Result<Vec<AccountStatus>, PortalError> {
    who.may(Part::Accounts)?;
    let read = app.database.read_much(|connection| Ok((accounts::all(connection)?, accounts::counts(connection)?)));
    let (all, counts) = read.await?;
    let status = |account: Account| {
        let of = (account.partition.id().to_owned(), account.account_id.clone());
        let (connectors, access_keys) = counts.get(&of).copied().unwrap_or_default();
        AccountStatus { account, connectors, access_keys }
    };
    let mut all: Vec<AccountStatus> = all.into_iter().map(status).collect();
    all.sort_by_cached_key(|status| {
        let label = &status.account.about.label;
        (label.is_empty(), label.to_lowercase(), status.account.account_id.clone(), status.account.partition)
    });
    Ok(all)
}

/// One account, and what uses it.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn show(app: &App, who: &Who, id: &str) -> Result<(Account, Uses), PortalError> {
    who.may(Part::Accounts)?;
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let account = accounts::find(connection, &id)?;
        let uses = accounts::uses(connection, &account)?;
        Ok((account, uses))
    });
    Ok(read.await?)
}

/// The account that a connector leads into, where it is known.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn of_connector(app: &App, who: &Who, id: &str) -> Result<Option<Account>, PortalError> {
    who.may(Part::Accounts)?;
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let connector = connectors::find(connection, &id)?;
        let Some(number) = connector.account_id else { return Ok(None) };
        match accounts::numbered(connection, connector.partition, &number) {
            Err(StoreError::NotFound) => Ok(None),
            account => account.map(Some),
        }
    });
    Ok(read.await?)
}

/// Saves what is said of an account. `version` is the one that the form was made of.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong; [`PortalError::Stale`] where somebody else saved it since;
/// [`PortalError::NotFound`].
pub async fn update(app: &App, who: &Who, id: &str, version: i32, about: &About) -> Result<(), PortalError> {
    who.may(Part::Accounts)?;
    let (about, id) = (about.check()?, id.to_owned());
    let base = Event::new(app.clock.now(), Kind::AccountUpdate, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        let account = accounts::find(connection, &id)?;
        accounts::describe(connection, &id, version, &about)?;
        let (before, after) = changes(&account.about, &about);
        Ok(((), vec![describe(base, &account).with("before", before).with("after", after)]))
    });
    Ok(write.await?)
}

/// Removes an account that nothing uses.
///
/// # Errors
/// [`PortalError::InUse`] with the names of what uses it; else as [`update`].
pub async fn delete(app: &App, who: &Who, id: &str, version: i32) -> Result<(), PortalError> {
    who.may(Part::Accounts)?;
    let id = id.to_owned();
    let base = Event::new(app.clock.now(), Kind::AccountDelete, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        let account = accounts::find(connection, &id)?;
        accounts::delete(connection, &id, version)?;
        let (before, _) = changes(&account.about, &About::default());
        Ok(((), vec![describe(base, &account).with("before", before)]))
    });
    Ok(write.await?)
}

fn describe(mut event: Event, account: &Account) -> Event {
    event.account_id = Some(account.account_id.clone());
    event.with("account", account.id.as_str()).with("partition", account.partition.id())
}

/// What differs, as it was and as it is.
fn changes(before: &About, after: &About) -> (Value, Value) {
    let fields = |about: &About| {
        [
            ("label", Value::from(about.label.as_str())),
            ("colour", Value::from(about.colour)),
            ("owner", Value::from(about.owner.as_str())),
            ("contact", Value::from(about.contact.as_str())),
            ("note", Value::from(about.note.as_str())),
        ]
    };
    let (mut was, mut is) = (Map::new(), Map::new());
    for ((field, old), (_, new)) in fields(before).into_iter().zip(fields(after)) {
        if old == new {
            continue;
        }
        // Administrators alone read the note; auditors read the log.
        let (old, new) = if field == "note" { ("not shown".into(), "changed".into()) } else { (old, new) };
        was.insert(field.to_owned(), old);
        is.insert(field.to_owned(), new);
    }
    (Value::Object(was), Value::Object(is))
}
