//! Whether a rotation may begin, and the intent that is written down.

use chrono::TimeDelta;

use super::{about, explained, iam_of, obstacle, of_key};
use crate::app::App;
use crate::aws::iam::{LastUse, ListedKey, NO_SUCH};
use crate::aws::{AwsError, Iam};
use crate::model::access_key::AccessKey;
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::model::rotation::{Rotation, Step};
use crate::portal::instance::{self, Jobs};
use crate::portal::{PortalError, Who};
use crate::random;
use crate::store::access_keys::SealedSecrets;
use crate::store::{StoreError, access_keys, rotations};

/// What a person has confirmed after being told.
#[derive(Clone, Debug, Default)]
pub struct Confirmed {
    /// Somebody else may use the key: they have to take the new one over by themselves.
    pub other_use: bool,
    /// The user's other key, which is inactive, may be deleted.
    pub delete_key: Option<String>,
}

/// What has to be confirmed first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Somebody else seems to use the key; a sentence.
    OtherUse(String),
    /// The user has a second key, an inactive one; its id and a sentence.
    Leftover(String, String),
}

/// What became of the wish to rotate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is written down, and goes on by itself.
    Started,
    /// Nothing was touched: a person has to answer first.
    Asks(Vec<Question>),
}

/// Why it does not begin.
struct Refused {
    reason: String,
    sentence: String,
    questions: Vec<Question>,
}

fn refused(reason: &str, sentence: impl Into<String>) -> Refused {
    Refused { reason: reason.to_owned(), sentence: sentence.into(), questions: Vec::new() }
}

fn by_aws(error: &AwsError) -> Refused {
    refused(&format!("aws:{}", error.code()), explained(error))
}

/// Starts the rotation of an access key, or says why not; the refusal is recorded.
///
/// # Errors
/// [`PortalError::Invalid`] with a sentence where it cannot begin; [`PortalError::NotFound`].
pub async fn start(app: &App, who: &Who, id: &str, confirmed: &Confirmed) -> Result<Begun, PortalError> {
    who.administrator()?;
    let event = Event::new(app.clock.now(), Kind::RotationStart, &who.origin).by(&who.actor());
    match begin(app, (event, &who.identity.person.user_name), id, confirmed).await? {
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

/// What was found: this instance, the user's keys, and the one that was deleted because a person said so.
type Checked = (String, Vec<ListedKey>, Option<String>);

/// Everything that has to hold before anything is touched.
async fn check(app: &App, key: &AccessKey, sealed: &SealedSecrets, confirmed: &Confirmed) -> Result<Checked, Refused> {
    if let Some((reason, sentence)) = obstacle(app, key, sealed).await {
        return Err(refused(reason, sentence));
    }
    let instance = match instance::jobs(app).await {
        Ok(Jobs::Run(instance)) => instance,
        Ok(Jobs::Paused(sentence)) => return Err(refused("paused", sentence)),
        Err(error) => return Err(refused("database", error.to_string())),
    };
    let iam = iam_of(app, key, sealed).await.map_err(|closed| refused("closed", closed.to_string()))?;
    // First: every other call of ours is a use too.
    let last = iam.last_use(&key.key_id).await.map_err(|error| by_aws(&error))?;
    let listed = iam.list().await.map_err(|error| by_aws(&error))?;
    if !listed.iter().any(|listed| listed.id == key.key_id) {
        return Err(refused("not_listed", "AWS does not list this key among its user's. Check the key first."));
    }
    let questions = questions(key, &listed, last.as_ref(), confirmed)?;
    if let Some(first) = questions.first() {
        let reason = match first {
            Question::OtherUse(_) => "other_use",
            Question::Leftover(..) => "two_keys",
        };
        let sentences: Vec<&str> = questions
            .iter()
            .map(|question| match question {
                Question::OtherUse(sentence) | Question::Leftover(_, sentence) => sentence.as_str(),
            })
            .collect();
        return Err(Refused { questions: questions.clone(), ..refused(reason, sentences.join(" ")) });
    }
    let deleted = delete_leftover(&iam, key, &listed).await?;
    Ok((instance, listed, deleted))
}

/// What a person has to confirm first.
fn questions(
    key: &AccessKey,
    listed: &[ListedKey],
    last: Option<&LastUse>,
    confirmed: &Confirmed,
) -> Result<Vec<Question>, Refused> {
    let mut questions = Vec::new();
    let elsewhere = match last {
        None => {
            Some("AWS knows of no use of this key yet, so it cannot be told whether only Daypass uses it.".to_owned())
        }
        Some(last) if !["sts", "iam"].contains(&last.service.as_str()) => Some(format!(
            "Somebody else uses this key: it was used last for {} at {} UTC, and Daypass calls only sts and iam. Whoever it is stops working with the rotation.",
            last.service,
            last.at.format("%Y-%m-%d %H:%M")
        )),
        Some(_) => None,
    };
    questions.extend(elsewhere.filter(|_| !confirmed.other_use).map(Question::OtherUse));
    for other in listed.iter().filter(|listed| listed.id != key.key_id) {
        if other.active {
            let sentence = format!(
                "The user has a second active key, {}, and AWS allows two. Find out who uses it; then delete it in IAM, or make it inactive and start again.",
                other.id
            );
            return Err(refused("two_keys", sentence));
        }
        if confirmed.delete_key.as_ref() != Some(&other.id) {
            let sentence = format!(
                "The user has a second key, {}, made on {}, which is inactive. It has to be deleted first: AWS allows two keys.",
                other.id,
                other.created_at.format("%Y-%m-%d")
            );
            questions.push(Question::Leftover(other.id.clone(), sentence));
        }
    }
    Ok(questions)
}

/// Deletes the inactive key that a person has confirmed by its id.
async fn delete_leftover(iam: &Iam, key: &AccessKey, listed: &[ListedKey]) -> Result<Option<String>, Refused> {
    let Some(other) = listed.iter().find(|listed| listed.id != key.key_id && !listed.active) else { return Ok(None) };
    match iam.delete(&other.id).await {
        Err(error) if error.code() != NO_SUCH => Err(by_aws(&error)),
        _ => Ok(Some(other.id.clone())),
    }
}
