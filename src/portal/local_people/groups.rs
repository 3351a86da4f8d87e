//! Groups of the local directory.

use super::rules;
use crate::app::App;
use crate::model::event::{Event, Kind};
use crate::portal::role_groups::{one_is_left, to_keep};
use crate::portal::{PortalError, Who};
use crate::store::local_groups::Counted;
use crate::store::{StoreError, local_groups};

/// Every local group, by name, with how many people and connectors it has.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn list(app: &App, who: &Who) -> Result<Vec<Counted>, PortalError> {
    who.administrator()?;
    let directory = super::directory(app).unwrap_or_default().to_owned();
    Ok(app.database.read(move |connection| local_groups::all(connection, &directory)).await?)
}

/// Adds a local group.
///
/// # Errors
/// [`PortalError::Invalid`] at `name`, or where the caller does not administer.
pub async fn create(app: &App, who: &Who, name: &str) -> Result<(), PortalError> {
    who.administrator()?;
    let wrong = |sentence: String| PortalError::Invalid(("name", sentence).into());
    let name = rules::group(name).map_err(wrong)?;
    let event = Event::new(app.clock.now(), Kind::GroupCreate, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        local_groups::insert(connection, &name)?;
        Ok(((), vec![event.with("group", name)]))
    });
    write.await.map_err(|error| match error {
        StoreError::Taken(_) => wrong("There is a group of this name already.".to_owned()),
        other => other.into(),
    })
}

/// Removes a local group to which nothing is granted; whoever is in it loses the role that it gives.
///
/// # Errors
/// [`PortalError::Invalid`] at `""` where connectors are granted to it, or nobody would be left who administers;
/// [`PortalError::NotFound`]; or where the caller does not administer.
pub async fn delete(app: &App, who: &Who, id: &str) -> Result<(), PortalError> {
    who.administrator()?;
    let (id, administrators) = (id.to_owned(), to_keep(app).await);
    let directory = super::directory(app).unwrap_or_default().to_owned();
    let base = Event::new(app.clock.now(), Kind::GroupDelete, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        let all = local_groups::all(connection, &directory)?;
        let group = all.into_iter().find(|group| group.id == id).ok_or(StoreError::NotFound)?;
        // A group's id is its name: one that is made anew would have these rights at once.
        if group.connectors > 0 {
            let sentence = "Connectors are granted to this group. Take them away on the permissions page first.";
            return Err(StoreError::Refused("", sentence.to_owned()));
        }
        local_groups::delete(connection, &id)?;
        one_is_left(connection, &administrators, "")?;
        Ok(((), vec![base.with("group", group.name).with("members", group.members)]))
    });
    write.await.map_err(|error| match error {
        StoreError::NotFound => PortalError::NotFound("group"),
        other => other.into(),
    })
}
