//! Whether a rotation may begin, and the intent that is written down.

use chrono::TimeDelta;

use super::check::{Confirmed, Question, Refused, check, refused};
use super::{about, of_key};
use crate::app::App;
use crate::model::access_key::AccessKey;
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::model::rotation::{Rotation, Step};
use crate::portal::{PortalError, Who};
use crate::random;
use crate::store::{StoreError, access_keys, rotations};

/// What became of the wish to rotate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is written down, and goes on by itself.
    Started,
    /// Nothing was touched: a person has to answer first.
    Asks(Vec<Question>),
}

/// Starts the rotation of an access key, or says why not; the refusal is recorded.
///
/// # Errors
/// [`PortalError::Invalid`] with a sentence where it cannot begin; [`PortalError::NotFound`].
pub async fn start(app: &App, who: &Who, id: &str, confirmed: &Confirmed) -> Result<Begun, PortalError> {
    who.administrator()?;
    let event = Event::new(app.clock.now(), Kind::RotationStart, &who.origin).by(&who.actor());
    match begin(app, (event, who.name()), id, confirmed).await? {
        Ok(()) => Ok(Begun::Started),
        Err(refused) if refused.questions.is_empty() => Err(PortalError::Invalid(("", refused.sentence).into())),
        Err(refused) => Ok(Begun::Asks(refused.questions)),
    }
}

/// By whom a rotation is that its plan began.
const SCHEDULE: &str = "schedule";
/// How long a plan rests whose rotation could not begin or was given up: until the next day's window.
const REST: TimeDelta = TimeDelta::hours(23);

/// Starts the rotation of an access key whose plan says so; nobody is there to confirm anything. A refusal is kept beside
/// the key, so that it is seen and not repeated at once.
///
/// # Errors
/// Where the database cannot be used.
pub async fn start_due(app: &App, id: &str) -> Result<bool, PortalError> {
    let now = app.clock.now();
    let key_id = id.to_owned();
    let read = app.database.read(move |connection| {
        Ok((access_keys::find(connection, &key_id)?, rotations::of_access_key(connection, &key_id, 1)?))
    });
    let (key, last) = read.await?;
    let rests = last
        .first()
        .is_some_and(|last| last.ended_at.is_none_or(|ended| last.step == Step::Abandoned && now - ended < REST));
    if rests || !key.rotation.as_ref().is_some_and(|plan| plan.is_due(key.key_since, now)) {
        return Ok(false);
    }
    let mut event = Event::new(now, Kind::RotationStart, &Origin::default()).by_system();
    SCHEDULE.clone_into(&mut event.actor_name);
    let Err(refused) = begin(app, (event, SCHEDULE), id, &Confirmed::default()).await? else { return Ok(true) };
    let mut kept = rotation(&key, String::new(), SCHEDULE, app).took(Step::Abandoned, now, TimeDelta::zero());
    kept.trouble = Some(refused.sentence);
    let write = app.database.write(move |connection| Ok((rotations::insert(connection, &kept)?, Vec::new())));
    write.await?;
    Ok(false)
}

/// A rotation at its beginning, not yet kept.
fn rotation(key: &AccessKey, instance: String, by: &str, app: &App) -> Rotation {
    let now = app.clock.now();
    Rotation {
        id: random::id(),
        access_key: key.id.clone(),
        instance,
        step: Step::Intended,
        old_key_id: key.key_id.clone(),
        seen_key_ids: Vec::new(),
        new_key_id: None,
        orphan: None,
        trouble: None,
        failure: None,
        taken: Vec::new(),
        started_by: by.to_owned(),
        started_at: now,
        step_at: now,
        not_before: now,
        ended_at: None,
    }
}

/// Checks, and writes the intent down with the ids of all keys that the user has, before anything is made at AWS.
async fn begin(
    app: &App,
    (event, by): (Event, &str),
    id: &str,
    confirmed: &Confirmed,
) -> Result<Result<(), Refused>, PortalError> {
    let key_id = id.to_owned();
    let (key, sealed) = app.database.read(move |connection| access_keys::find_sealed(connection, &key_id)).await?;
    let event = of_key(event, &key).with("old_key_id", key.key_id.as_str());
    let checked = check(app, &key, &sealed, confirmed).await;
    let (instance, listed, deleted) = match checked {
        Ok(checked) => checked,
        Err(refused) => {
            let event = event.with("sentence", refused.sentence.as_str());
            app.database.record(event.ended(Outcome::Refused, &refused.reason)).await?;
            return Ok(Err(refused));
        }
    };
    let mut rotation = rotation(&key, instance, by, app).took(Step::Intended, app.clock.now(), TimeDelta::zero());
    rotation.seen_key_ids = listed.into_iter().map(|key| key.id).collect();
    let started = about(event.clone(), &key, &rotation).with("deleted_key_id", deleted);
    let write = app.database.write(move |connection| {
        // Somebody may have entered another key while AWS was asked.
        if access_keys::find(connection, &key.id)?.key_id != rotation.old_key_id {
            return Err(StoreError::Stale);
        }
        Ok((rotations::insert(connection, &rotation)?, vec![started]))
    });
    match write.await {
        Err(StoreError::Taken(_)) => {
            app.database.record(event.ended(Outcome::Refused, "rotating")).await?;
            Ok(Err(refused("rotating", "This access key is being rotated already.")))
        }
        written => {
            written?;
            app.wake.notify_one();
            Ok(Ok(()))
        }
    }
}
