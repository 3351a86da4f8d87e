//! Whether this is the live installation: jobs that change things at AWS run only there. A copy of the database that is
//! started elsewhere stays quiet until an administrator says that it is the live one.

use super::{PortalError, Who};
use crate::app::App;
use crate::model::event::{Event, Kind};
use crate::store::{DbConnection, StoreError, rotations, settings};

/// Where the database says which instance does the jobs.
const SETTING: &str = "jobs_instance";

/// Whether jobs run here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jobs {
    /// They do; the id of this instance.
    Run(String),
    /// They wait; why, in a sentence.
    Paused(String),
}

const COPY: &str = "This database belongs to another instance of Daypass: it was restored, copied or moved. Jobs wait, so that two copies do not change the same keys at AWS. If this is the live one, say so; replicas of one installation need the same server.instance, and so does a data folder on a file system that numbers its files anew.";

/// Whether jobs run here.
///
/// # Errors
/// Where the database cannot be read.
pub async fn jobs(app: &App) -> Result<Jobs, PortalError> {
    let known = app.database.read(|connection| settings::get(connection, SETTING)).await?;
    Ok(match (&app.instance, known) {
        (Err(sentence), _) => Jobs::Paused(format!("This instance has no name, so no jobs run. {sentence}.")),
        (Ok(ours), Some(known)) if ours.as_bytes() == known => Jobs::Run(ours.clone()),
        (Ok(_), Some(_)) => Jobs::Paused(COPY.to_owned()),
        (Ok(_), None) => Jobs::Paused("No jobs run yet: the server has just started.".to_owned()),
    })
}

/// Makes this the instance that does the jobs, where there is none yet.
///
/// # Errors
/// Where the database cannot be written.
pub async fn adopt(app: &App) -> Result<(), PortalError> {
    let Ok(ours) = app.instance.clone() else { return Ok(()) };
    if app.database.read(|connection| settings::get(connection, SETTING)).await?.is_some() {
        return Ok(());
    }
    let adopted = app.database.write(move |connection| {
        if settings::get(connection, SETTING)?.is_none() {
            settings::add(connection, SETTING, ours.as_bytes())?;
        }
        Ok(((), Vec::new()))
    });
    match adopted.await {
        // Another replica was first.
        Err(StoreError::Taken(_)) => Ok(()),
        adopted => Ok(adopted?),
    }
}

/// Makes this the live instance, by an administrator's word. What another one began is gone on with here.
///
/// # Errors
/// [`PortalError::Invalid`] where this instance has no name of its own, or where the caller does not administer.
pub async fn claim(app: &App, who: &Who) -> Result<(), PortalError> {
    who.administrator()?;
    let ours = app.instance.clone().map_err(|sentence| PortalError::Invalid(("", format!("{sentence}.")).into()))?;
    let event = Event::new(app.clock.now(), Kind::InstanceClaim, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        let before = settings::get(connection, SETTING)?;
        let before = before.map(|name| String::from_utf8_lossy(&name).into_owned());
        settings::set(connection, SETTING, ours.as_bytes())?;
        take_over(connection, &ours)?;
        Ok(((), vec![event.with("instance", ours).with("before", before)]))
    });
    write.await?;
    app.wake.notify_one();
    Ok(())
}

fn take_over(connection: &mut DbConnection, ours: &str) -> Result<(), StoreError> {
    for mut rotation in rotations::open(connection)? {
        ours.clone_into(&mut rotation.instance);
        rotations::update(connection, &rotation)?;
    }
    Ok(())
}
