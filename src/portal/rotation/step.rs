//! One step of a rotation. Each may be taken again: what AWS has done already is no failure.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;

use super::orphan::{self, Found};
use super::switch::switch;
use super::{ORPHAN_REST, about, explained, iam_of, new_place};
use crate::app::App;
use crate::aws::iam::{ListedKey, NO_SUCH};
use crate::aws::{AwsError, Iam};
use crate::keyring::{KeyFileError, OpenError};
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
    sealed: SealedSecrets,
    pub(super) new_secret: Option<Vec<u8>>,
    /// The regions in which the key's connectors call STS.
    pub(super) regions: BTreeSet<String>,
}

/// Why a step was not taken.
pub(super) enum Halt {
    /// It is tried again by itself; a word for the log and a sentence.
    Later(String, String),
    /// A person has to look; the rotation as it is to be kept, where it changes.
    Stop(Option<Box<Rotation>>, String, String),
    /// The portal itself failed.
    Portal(PortalError),
}

impl Halt {
    pub(super) fn stop(reason: &str, sentence: impl Into<String>) -> Self {
        Self::Stop(None, reason.to_owned(), sentence.into())
    }

    pub(super) fn stop_at(rotation: Rotation, reason: &str, sentence: String) -> Self {
        Self::Stop(Some(Box::new(rotation)), reason.to_owned(), sentence)
    }
}

impl From<AwsError> for Halt {
    fn from(error: AwsError) -> Self {
        let reason = format!("aws:{}", error.code());
        // The list that was asked before had room: IAM answers from several places, and will agree with itself soon.
        if error.is_passing() || error.code() == "LimitExceeded" {
            Self::Later(reason, explained(&error))
        } else {
            Self::Stop(None, reason, explained(&error))
        }
    }
}

impl From<OpenError> for Halt {
    fn from(error: OpenError) -> Self {
        Self::Later("key_file".to_owned(), format!("{error}. Put the key file back."))
    }
}

impl From<KeyFileError> for Halt {
    fn from(error: KeyFileError) -> Self {
        Self::Later("key_file".to_owned(), format!("The new secret cannot be sealed: {error}."))
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Portal(error.into())
    }
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
async fn took(app: &App, scene: &Scene, step: Step, wait: TimeDelta) -> Result<Progress, Halt> {
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

/// Looks for what a process that died has left, makes the new key, and keeps it before anything else.
async fn create(app: &App, scene: &Scene) -> Result<Progress, Halt> {
    let iam = iam_of(app, &scene.key, &scene.sealed).await?;
    let listed = iam.list().await?;
    if let Some(progress) = clear_orphan(app, scene, &iam, &listed).await? {
        return Ok(progress);
    }
    if let Some(other) = listed.iter().find(|key| key.id != scene.rotation.old_key_id) {
        let sentence = format!(
            "The user has a second key, {}, and AWS allows two. Delete it in IAM, or abandon the rotation.",
            other.id
        );
        return Err(Halt::stop("two_keys", sentence));
    }
    // A keyring that cannot seal is found out before there is anything to seal.
    app.keyring.seal(&new_place(&scene.rotation, "trial", &scene.key), b"trial").await?;
    let made = iam.create().await?;
    let place = new_place(&scene.rotation, &made.id, &scene.key);
    let sealed = app.keyring.seal(&place, made.secret.expose_secret().as_bytes()).await?;
    keep_new(app, scene, made.id, sealed).await
}

/// Keeps the new key beside the old one; also where the rotation was given up while AWS made it, so that it is deleted.
async fn keep_new(app: &App, scene: &Scene, new_key_id: String, sealed: Vec<u8>) -> Result<Progress, Halt> {
    let (before, now, wait) = (scene.rotation.clone(), app.clock.now(), settle(app));
    let mut after = before.clone().took(Step::Created, now, wait);
    after.new_key_id = Some(new_key_id.clone());
    let event = event(app, scene, &after);
    let made = new_key_id.clone();
    let write = app.database.write(move |connection| {
        let mut found = rotations::find(connection, &before.id)?;
        if found == before {
            found = after;
        } else if found.step == Step::Abandoning && found.new_key_id.is_none() {
            found.new_key_id = Some(new_key_id);
        } else {
            return Err(StoreError::Stale);
        }
        rotations::update(connection, &found)?;
        rotations::set_new_secret(connection, &found.id, Some(&sealed))?;
        Ok((found.step, vec![event]))
    });
    let step = write.await.inspect_err(|error| {
        tracing::error!(key_id = made, %error, "a new access key was made at AWS and could not be kept");
    });
    Ok(Progress::Took(step?))
}

async fn clear_orphan(app: &App, scene: &Scene, iam: &Iam, listed: &[ListedKey]) -> Result<Option<Progress>, Halt> {
    let (after, id, what) = match orphan::look(scene, iam, listed, app.clock.now()).await? {
        Found::Nothing => return Ok(None),
        Found::Noted(after, id) => (after, id, "noted"),
        Found::Deleted(after, id) => (after, id, "deleted"),
    };
    let event = event(app, scene, &after).with("orphan_key_id", id).with("orphan", what);
    let progress =
        if what == "noted" { Progress::Waits(after.not_before) } else { Progress::Took(scene.rotation.step) };
    save(app, scene, after, event, |_| Ok(())).await?;
    Ok(Some(progress))
}

/// Makes the old key inactive, signed for with the new one.
async fn deactivate(app: &App, scene: &Scene) -> Result<Progress, Halt> {
    let (iam, old) = (iam_of(app, &scene.key, &scene.sealed).await?, &scene.rotation.old_key_id);
    match iam.set_active(old, false).await {
        Err(error) if error.code() != NO_SUCH => return Err(error.into()),
        _ => {}
    }
    // An empty answer may be anybody's: AWS's list says whether it is done.
    match iam.list().await?.iter().find(|key| key.id == *old) {
        Some(key) if key.active => Err(not_done("AWS still lists the old key as active.")),
        Some(_) => took(app, scene, Step::Deactivated, grace(app)).await,
        // Somebody has deleted it.
        None => took(app, scene, Step::Done, TimeDelta::zero()).await,
    }
}

fn not_done(sentence: &str) -> Halt {
    Halt::Later("not_done".to_owned(), sentence.to_owned())
}

/// Deletes the old key, unless somebody needed it and made it active again.
async fn delete(app: &App, scene: &Scene) -> Result<Progress, Halt> {
    let (iam, old) = (iam_of(app, &scene.key, &scene.sealed).await?, &scene.rotation.old_key_id);
    if iam.list().await?.iter().any(|key| key.id == *old && key.active) {
        let sentence = format!(
            "The old key {old} was made active again at AWS: somebody needs it. Find out who; then go on, and it is made inactive once more."
        );
        return Err(Halt::stop("active_again", sentence));
    }
    delete_for_sure(&iam, old).await?;
    took(app, scene, Step::Done, TimeDelta::zero()).await
}

/// Deletes a key, or finds that it is gone already.
pub(super) async fn delete_for_sure(iam: &Iam, key_id: &str) -> Result<(), Halt> {
    match iam.delete(key_id).await {
        Err(error) if error.code() != NO_SUCH => return Err(error.into()),
        _ => {}
    }
    if iam.list().await?.iter().any(|key| key.id == key_id) {
        return Err(not_done("AWS still lists the key that was deleted."));
    }
    Ok(())
}

/// Takes away what a rotation made at AWS that was given up.
async fn take_away(app: &App, scene: &Scene) -> Result<Progress, Halt> {
    let iam = iam_of(app, &scene.key, &scene.sealed).await?;
    let now = app.clock.now();
    match &scene.rotation.new_key_id {
        Some(new_key_id) if *new_key_id != scene.key.key_id => delete_for_sure(&iam, new_key_id).await?,
        Some(_) => {
            return Err(Halt::stop("in_use", "The new key was entered by hand and is in use. Nothing is deleted."));
        }
        None => {
            let listed = iam.list().await?;
            if let Some(progress) = clear_orphan(app, scene, &iam, &listed).await? {
                return Ok(progress);
            }
            // A key that was being made just then would show by now.
            let until = scene.rotation.step_at + ORPHAN_REST;
            if now < until {
                let mut after = scene.rotation.clone();
                after.not_before = until;
                let event = event(app, scene, &after);
                save(app, scene, after, event, |_| Ok(())).await?;
                return Ok(Progress::Waits(until));
            }
        }
    }
    let after = scene.rotation.clone().took(Step::Abandoned, now, TimeDelta::zero());
    let (event, id) = (event(app, scene, &after), after.id.clone());
    save(app, scene, after, event, move |connection| rotations::set_new_secret(connection, &id, None)).await?;
    Ok(Progress::Took(Step::Abandoned))
}
