//! Rotation of an IAM user's own access key, so that a process that is killed anywhere ends with one working key.
//!
//! [`start`] checks and writes the intent down; [`step`] takes one step, each of which is kept before the next call to AWS
//! depends on it; [`jobs`] drives the steps and starts what is due. The order is that of `docs/architecture.md`.

mod begin;
mod check;
mod create;
mod halt;
pub mod jobs;
mod orphan;
mod retire;
mod step;
mod switch;

use chrono::TimeDelta;

pub use begin::{Begun, start, start_due};
pub use check::{Confirmed, Question};
pub use step::{Progress, step};

use super::instance::{self, Jobs};
use super::{PortalError, Who, source};
use crate::app::App;
use crate::aws::{AwsError, Iam, KeyPair, iam};
use crate::keyring::{OpenError, Place};
use crate::model::access_key::{AccessKey, KeyKind};
use crate::model::event::{Event, Kind};
use crate::model::rotation::{Rotation, Step};
use crate::model::source::Source;
use crate::store::access_keys::SealedSecrets;
use crate::store::{DbConnection, StoreError, access_keys, rotations};

/// How long a key at AWS that nobody wrote down is left alone between two looks before it is deleted.
const ORPHAN_REST: TimeDelta = TimeDelta::minutes(1);

/// An access key and its rotations.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The key.
    pub key: AccessKey,
    /// Why it cannot be rotated, in a sentence; what AWS says is asked only at the start.
    pub obstacle: Option<String>,
    /// Whether the steps are taken here.
    pub jobs: Jobs,
    /// The newest rotations, newest first; only the first may be open.
    pub rotations: Vec<Rotation>,
    /// The policy that lets the key's user rotate its own keys; none where nobody knows whose it is.
    pub policy: Option<String>,
}

/// How an access key stands and is rotated.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn show(app: &App, who: &Who, id: &str) -> Result<Overview, PortalError> {
    who.administrator()?;
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let (key, sealed) = access_keys::find_sealed(connection, &id)?;
        Ok((key, sealed, rotations::of_access_key(connection, &id, 5)?))
    });
    let (key, sealed, rotations) = read.await?;
    let obstacle = obstacle(app, &key, &sealed).await.map(|(_, sentence)| sentence);
    let policy = key.validated.as_ref().map(|validated| iam::own_key_policy(&validated.arn));
    Ok(Overview { obstacle, jobs: instance::jobs(app).await?, rotations, policy, key })
}

/// Why a key cannot be rotated at all, as a word for the log and a sentence.
async fn obstacle(app: &App, key: &AccessKey, sealed: &SealedSecrets) -> Option<(&'static str, String)> {
    if key.source != Source::LongTerm {
        let sentence = "Only long-term keys are rotated: this source has none.";
        return Some(("not_long_term", sentence.to_owned()));
    }
    let Some(validated) = &key.validated else {
        return Some(("unverified", "AWS was never asked whose key this is. Check it first.".to_owned()));
    };
    match KeyKind::of(&validated.arn) {
        KeyKind::User => {}
        KeyKind::Root => {
            return Some((
                "root_key",
                "Keys of a root user are not rotated. Make an IAM user and use its key.".to_owned(),
            ));
        }
        _ => return Some(("not_user", "Only an IAM user's own keys are rotated.".to_owned())),
    }
    let closed = source::closed(app, key, sealed).await?;
    Some(("closed", format!("{closed}. Put the key file back, or enter the secret again, and start then.")))
}

/// Refuses to change the secret of an access key, or to remove it, while it is rotated. To be asked in the write itself.
///
/// # Errors
/// [`StoreError::Refused`] with a sentence.
pub fn refuse_while_rotating(connection: &mut DbConnection, id: &str) -> Result<(), StoreError> {
    match rotations::open_of(connection, id)? {
        None => Ok(()),
        Some(_) => Err(StoreError::Refused(
            "",
            "This access key is being rotated, so its secret stays as it is. Wait for the end of the rotation, or abandon it."
                .to_owned(),
        )),
    }
}

/// Goes on with a rotation that stopped, after somebody has looked: the step is tried again. A key that nobody wrote down
/// is left alone where the rotation was given up.
///
/// # Errors
/// [`PortalError::NotFound`] where none is open, or where the caller does not administer.
pub async fn go_on(app: &App, who: &Who, id: &str) -> Result<(), PortalError> {
    let (now, id) = (app.clock.now(), id.to_owned());
    change(app, who, id, "go_on", move |before| {
        if before.trouble.is_none() {
            return Err(StoreError::Refused("", "The rotation goes on by itself.".to_owned()));
        }
        let mut after = before.clone();
        match (before.step, &before.orphan) {
            // Inactive once more: somebody made it active again in between.
            (Step::Deactivated, _) => after = after.took(Step::Switched, now, TimeDelta::zero()),
            (Step::Abandoning, Some((left, _))) => after.seen_key_ids.push(left.clone()),
            _ => {}
        }
        (after.trouble, after.failure, after.orphan, after.not_before) = (None, None, None, now);
        Ok(after)
    })
    .await
}

/// Gives a rotation up; what it has made at AWS is taken away there. One that stopped where there is no way back is ended
/// as it stands: the key in use stays in use, and what else is at AWS is left to a person.
///
/// # Errors
/// [`PortalError::Invalid`] once the new key is in use and nothing is wrong: there is only the way forward. [`PortalError::NotFound`] where none
/// is open.
pub async fn abandon(app: &App, who: &Who, id: &str) -> Result<(), PortalError> {
    let (now, id) = (app.clock.now(), id.to_owned());
    change(app, who, id, "abandon", move |before| {
        if before.may_be_abandoned() {
            return Ok(before.clone().took(Step::Abandoning, now, TimeDelta::zero()));
        }
        if before.trouble.is_some() {
            return Ok(before.clone().took(Step::Abandoned, now, TimeDelta::zero()));
        }
        let sentence = "The new key is in use already. The rotation can only go on to its end.";
        Err(StoreError::Refused("", sentence.to_owned()))
    })
    .await
}

/// Changes the open rotation of an access key by a person's word.
async fn change(
    app: &App,
    who: &Who,
    access_key: String,
    what: &'static str,
    work: impl FnOnce(&Rotation) -> Result<Rotation, StoreError> + Send + 'static,
) -> Result<(), PortalError> {
    who.administrator()?;
    let (now, origin, actor) = (app.clock.now(), who.origin.clone(), who.actor());
    let write = app.database.write(move |connection| {
        let before = rotations::open_of(connection, &access_key)?.ok_or(StoreError::NotFound)?;
        let key = access_keys::find(connection, &access_key)?;
        let after = work(&before)?;
        rotations::update(connection, &after)?;
        if after.step.is_last() {
            rotations::set_new_secret(connection, &after.id, None)?;
        }
        let kind = if after.step.is_last() { Kind::RotationEnd } else { Kind::RotationStep };
        let event = Event::new(now, kind, &origin).by(&actor);
        Ok(((), vec![about(event, &key, &after).with("asked", what)]))
    });
    write.await?;
    app.wake.notify_one();
    Ok(())
}

/// Which key and which rotation an event is about.
fn about(event: Event, key: &AccessKey, rotation: &Rotation) -> Event {
    let mut event = of_key(event, key).with("rotation", rotation.id.as_str()).with("step", rotation.step.word());
    event = event.with("old_key_id", rotation.old_key_id.as_str());
    event.with("new_key_id", rotation.new_key_id.clone())
}

fn of_key(event: Event, key: &AccessKey) -> Event {
    let mut event = event.with("access_key", key.id.as_str()).with("name", key.name.as_str());
    event.account_id = key.validated.as_ref().map(|validated| validated.account_id.clone());
    event
}

/// Where the new key's secret is sealed until the switch.
fn new_place<'a>(rotation: &'a Rotation, new_key_id: &'a str, key: &AccessKey) -> Place<'a> {
    source::new_secret_place(&rotation.id, new_key_id, key.partition.id())
}

/// IAM, signed for with the key as it is kept.
async fn iam_of(app: &App, key: &AccessKey, sealed: &SealedSecrets) -> Result<Iam, OpenError> {
    let secret = source::open(app, &source::place(key), &sealed.secret).await?;
    let pair = KeyPair { key_id: &key.key_id, secret, session_token: None };
    Ok(Iam::new(&app.sdk, &app.endpoints, &pair, key.partition, user_name(key)))
}

/// The name of the IAM user whose key it is, without its path.
fn user_name(key: &AccessKey) -> &str {
    key.validated.as_ref().and_then(|validated| validated.arn.rsplit('/').next()).unwrap_or_default()
}

/// What AWS said, and what to do about it.
fn explained(error: &AwsError) -> String {
    if is_denied(error) {
        return format!("{error}. The key's user lacks the permission. Add the policy on this page to it, then go on.");
    }
    let advice = match error.code() {
        "LimitExceeded" => "The user has two keys already. Look at them in IAM and delete the one that is not needed.",
        iam::NO_SUCH => "The user or its key is gone at AWS. Look at it in IAM.",
        _ => error.advice(),
    };
    format!("{error}. {advice}")
}

/// Whether a permission is missing.
fn is_denied(error: &AwsError) -> bool {
    matches!(error.code(), "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation")
}
