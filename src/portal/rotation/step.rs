//! One step of a rotation. Each may be taken again: what AWS has done already is no failure.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::about;
use super::create::create;
use super::halt::Halt;
use super::retire::{deactivate, delete, take_away};
use super::switch::switch;
use crate::app::App;
use crate::model::access_key::AccessKey;
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::model::rotation::{Rotation, Step};
use crate::portal::PortalError;
use crate::portal::instance::{self, Jobs};
use crate::store::access_keys::SealedSecrets;
use crate::store::{DbConnection, StoreError, access_keys, connectors, rotations};

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Something was done and kept; the next may follow.
    Took(Step),
    /// Nothing is to be done before this time.
    Waits(DateTime<Utc>),
    /// It waits for a person.
    Stopped,
    /// It is at its end.
    Ended,
    /// Another instance's, or jobs are paused, or somebody else took the step at the same time.
    NotOurs,
}

/// Everything that a step needs.
pub(super) struct Scene {
    pub(super) rotation: Rotation,
    pub(super) key: AccessKey,
    pub(super) sealed: SealedSecrets,
    pub(super) new_secret: Option<Vec<u8>>,
    /// The regions in which the key's connectors call STS.
    pub(super) regions: BTreeSet<String>,
}

/// Takes the next step of a rotation, if it is time.
///
/// # Errors
/// Where the database cannot be used. What AWS refuses is kept with the rotation.
pub async fn step(app: &App, id: &str) -> Result<Progress, PortalError> {
    let scene = read(app, id).await?;
    let (rotation, now) = (&scene.rotation, app.clock.now());
    if rotation.ended_at.is_some() {
        return Ok(Progress::Ended);
    }
    if instance::jobs(app).await? != Jobs::Run(rotation.instance.clone()) {
        return Ok(Progress::NotOurs);
    }
    if rotation.trouble.is_some() {
        return Ok(Progress::Stopped);
    }
    if rotation.not_before > now {
        return Ok(Progress::Waits(rotation.not_before));
    }
    let taken = match rotation.step {
        Step::Intended => create(app, &scene).await,
        Step::Created => switch(app, &scene).await,
        Step::Switched => deactivate(app, &scene).await,
        Step::Deactivated => delete(app, &scene).await,
        Step::Abandoning => take_away(app, &scene).await,
        Step::Done | Step::Abandoned => return Ok(Progress::Ended),
    };
    match taken {
        Ok(progress) => Ok(progress),
        Err(Halt::Portal(PortalError::Stale)) => Ok(Progress::NotOurs),
        Err(Halt::Portal(error)) => Err(error),
        Err(Halt::Later(reason, sentence)) => later(app, &scene, &reason, sentence).await,
        Err(Halt::Stop(changed, reason, sentence)) => {
            let mut after = changed.map_or_else(|| rotation.clone(), |changed| *changed);
            (after.trouble, after.failure) = (Some(sentence.clone()), None);
            let event = event(app, &scene, &after).with("sentence", sentence).ended(Outcome::Refused, &reason);
            kept(save(app, &scene, after, event, |_| Ok(())).await, Progress::Stopped)
        }
    }
}

/// A step that somebody else took at the same time is not ours.
fn kept(saved: Result<(), Halt>, progress: Progress) -> Result<Progress, PortalError> {
    match saved {
        Err(Halt::Portal(PortalError::Stale)) => Ok(Progress::NotOurs),
        Err(Halt::Portal(error)) => Err(error),
        _ => Ok(progress),
    }
}

/// Keeps why a step failed, and tries again: soon at first, at most a quarter of an hour later.
async fn later(app: &App, scene: &Scene, reason: &str, sentence: String) -> Result<Progress, PortalError> {
    let (now, mut after) = (app.clock.now(), scene.rotation.clone());
    let wait = (now - after.step_at).clamp(TimeDelta::seconds(15), TimeDelta::minutes(15));
    after.not_before = now + wait;
    after.failure = Some(sentence.clone());
    let event = event(app, scene, &after).with("sentence", sentence).ended(Outcome::Failed, reason);
    let waits = Progress::Waits(after.not_before);
    kept(save(app, scene, after, event, |_| Ok(())).await, waits)
}

async fn read(app: &App, id: &str) -> Result<Scene, PortalError> {
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let rotation = rotations::find(connection, &id)?;
        let (key, sealed) = access_keys::find_sealed(connection, &rotation.access_key)?;
        let new_secret = rotations::new_secret(connection, &id)?;
        let mut regions = BTreeSet::from([key.partition.home_region().to_owned()]);
        for connector in connectors::of_access_key(connection, &key.id)? {
            regions.extend(connector.region);
        }
        Ok(Scene { rotation, key, sealed, new_secret, regions })
    });
    Ok(read.await?)
}

pub(super) fn event(app: &App, scene: &Scene, after: &Rotation) -> Event {
    let kind = if after.step.is_last() { Kind::RotationEnd } else { Kind::RotationStep };
    let mut event = Event::new(app.clock.now(), kind, &Origin::default()).by_system();
    "rotation".clone_into(&mut event.actor_name);
    about(event, &scene.key, after)
}

/// Keeps what was done, if the rotation is still as it was read; `also` is done in the same transaction.
pub(super) async fn save(
    app: &App,
    scene: &Scene,
    after: Rotation,
    event: Event,
    also: impl FnOnce(&mut DbConnection) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), Halt> {
    let before = scene.rotation.clone();
    let write = app.database.write(move |connection| {
        if rotations::find(connection, &before.id)? != before {
            return Err(StoreError::Stale);
        }
        rotations::update(connection, &after)?;
        also(connection)?;
        Ok(((), vec![event]))
    });
    Ok(write.await?)
}

/// `scene` with `step` taken.
pub(super) async fn took(app: &App, scene: &Scene, step: Step, wait: TimeDelta) -> Result<Progress, Halt> {
    let after = scene.rotation.clone().took(step, app.clock.now(), wait);
    let event = event(app, scene, &after);
    save(app, scene, after, event, |_| Ok(())).await?;
    Ok(Progress::Took(step))
}

pub(super) fn grace(app: &App) -> TimeDelta {
    TimeDelta::from_std(app.config.aws.rotation_grace).unwrap_or(TimeDelta::hours(1))
}

/// How long a new key is left to become known everywhere before it is tried, and between tries.
pub(super) fn settle(app: &App) -> TimeDelta {
    grace(app).min(TimeDelta::seconds(10))
}
