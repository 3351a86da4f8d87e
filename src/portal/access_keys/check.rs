//! Asking AWS again whether it still takes the keys: one, all of them, or those whose turn it is.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use super::ask;
use crate::app::App;
use crate::app::progress::Came;
use crate::aws::{AwsError, Caller, issuer};
use crate::keyring::OpenError;
use crate::model::access_key::{AccessKey, KeyState};
use crate::model::event::{Event, Kind, Outcome};
use crate::portal::source::{self, source_rule_of_all};
use crate::portal::{PortalError, Who};
use crate::store::access_keys::SealedSecrets;
use crate::store::{StoreError, access_keys, key_list, leases};

/// How many keys are asked about at the same time.
const AT_ONCE: usize = 8;
/// The lease of whoever asks by itself, so that replicas do not ask twice.
const LEASE: &str = "check access keys";
/// How long a lease holds: prolonged before each handful of keys.
const LEASE_LIFE: Duration = Duration::from_secs(300);
/// How many keys are asked about between two looks at the lease.
const HANDFUL: usize = 200;

/// What came of asking about one key.
#[derive(Clone, Debug)]
pub enum Checked {
    /// AWS takes it.
    Good,
    /// AWS refused it, or it is not to be used; in a sentence.
    Refused(String),
    /// Nobody could say; in a sentence.
    Unknown(String),
}

/// Asks AWS about one key; what it says is kept, and that somebody asked.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer or the database cannot be used.
pub async fn one(app: &App, who: &Who, id: &str) -> Result<Checked, PortalError> {
    who.administrator()?;
    let event = Event::new(app.clock.now(), Kind::AccessKeyCheck, &who.origin).by(&who.actor());
    ask_about(app, id, event, true).await
}

/// Begins to ask AWS about every key, and goes on by itself; `false` where that goes on already.
///
/// # Errors
/// Where the caller does not administer, or the database cannot be read.
pub async fn start_all(app: &Arc<App>, who: &Who) -> Result<bool, PortalError> {
    who.administrator()?;
    let now = app.clock.now();
    let ids = app.database.read(move |connection| key_list::ids(connection, &key_list::Wanted::default(), now)).await?;
    if !app.key_checks.begin(ids.len(), &who.identity.person.display_name, now) {
        return Ok(false);
    }
    let (app, who) = (app.clone(), who.clone());
    tokio::spawn(async move { all(&app, &who, ids).await });
    Ok(true)
}

/// Has a run begin nothing more.
///
/// # Errors
/// Where the caller does not administer.
pub fn stop_all(app: &App, who: &Who) -> Result<(), PortalError> {
    who.administrator()?;
    app.key_checks.stop();
    Ok(())
}

/// Asks about each key; one row at the end says who asked and what came of it, and one for each key whose state changed.
async fn all(app: &App, who: &Who, ids: Vec<String>) {
    let event = || Event::new(app.clock.now(), Kind::AccessKeyCheck, &who.origin).by(&who.actor());
    let each = async |id: String| {
        if app.key_checks.is_stopped() {
            return;
        }
        app.key_checks.count(came(ask_about(app, &id, event(), false).await));
    };
    stream::iter(ids).for_each_concurrent(AT_ONCE, each).await;
    let run = app.key_checks.end(app.clock.now());
    let row = event().with("keys", run.total).with("good", run.good).with("refused", run.refused);
    let row = row.with("failed", run.failed).with("stopped", run.stopped);
    if let Err(error) = app.database.record(row).await {
        tracing::error!(%error, "the end of a check of all access keys could not be recorded");
    }
}

fn came(checked: Result<Checked, PortalError>) -> Came {
    match checked {
        Ok(Checked::Good) => Came::Good,
        Ok(Checked::Refused(_)) => Came::Refused,
        Ok(Checked::Unknown(_)) => Came::Failed,
        // Removed since the run began.
        Err(PortalError::NotFound(_)) => Came::Good,
        Err(error) => {
            tracing::error!(%error, "an access key could not be checked");
            Came::Failed
        }
    }
}

/// Asks AWS about the keys whose turn it is, where `holder` has or gets the lease; gives how many were asked about.
///
/// # Errors
/// Where the database cannot be used.
pub async fn due(app: &App, holder: &str) -> Result<usize, PortalError> {
    let Ok(every) = chrono::TimeDelta::from_std(app.config.aws.check_keys_every) else { return Ok(0) };
    if every.is_zero() || !holds(app, holder).await? {
        return Ok(0);
    }
    let before = app.clock.now() - every;
    let ids = app.database.read(move |connection| key_list::unchecked_since(connection, before)).await?;
    let mut asked = 0;
    for handful in ids.chunks(HANDFUL) {
        if !holds(app, holder).await? {
            break;
        }
        let event = || Event::new(app.clock.now(), Kind::AccessKeyCheck, &crate::model::event::Origin::default());
        let each = async |id: &String| {
            came(ask_about(app, id, event().by_job(), false).await);
        };
        stream::iter(handful).for_each_concurrent(AT_ONCE, each).await;
        asked += handful.len();
    }
    Ok(asked)
}

async fn holds(app: &App, holder: &str) -> Result<bool, PortalError> {
    let (holder, now) = (holder.to_owned(), app.clock.now());
    let taken = app
        .database
        .write(move |connection| Ok((leases::take(connection, LEASE, &holder, now, LEASE_LIFE)?, Vec::new())));
    Ok(taken.await?)
}

/// Asks about one key and keeps the answer. The row is written where the state changed, or where a person `asked`.
async fn ask_about(app: &App, id: &str, event: Event, asked: bool) -> Result<Checked, PortalError> {
    let owned = id.to_owned();
    let (key, sealed) = app.database.read(move |connection| access_keys::find_sealed(connection, &owned)).await?;
    let event =
        event.with("access_key", key.id.as_str()).with("name", key.name.as_str()).with("key_id", key.key_id.as_str());
    let checked_before = key.checked_at;
    let before = (key.state, key.validated.as_ref().map(|validated| validated.arn.clone()));
    let (after, checked, reason) = answer(app, key, &sealed).await;
    let changed = before != (after.state, after.validated.as_ref().map(|validated| validated.arn.clone()));
    let mut event = event.with("state", after.state.word());
    event.account_id = after.validated.as_ref().map(|validated| validated.account_id.clone());
    let event = match &checked {
        Checked::Good => event,
        Checked::Refused(sentence) => event.with("sentence", sentence.as_str()).ended(Outcome::Refused, &reason),
        Checked::Unknown(sentence) => event.with("sentence", sentence.as_str()).ended(Outcome::Failed, &reason),
    };
    if !changed && !asked && after.checked_at == checked_before {
        return Ok(checked);
    }
    let shared = app.config.aws.allow_shared_sources;
    let write = app.database.write(move |connection| {
        let is_new = after.validated.as_ref().is_some_and(|validated| Some(validated.at) == after.checked_at);
        match if is_new && !shared { source_rule_of_all(connection, &after) } else { Ok(()) } {
            // It stays unknown whose key it is, so that its first use is refused too.
            Err(StoreError::Refused(_, sentence)) => {
                let event = event.with("sentence", sentence.as_str()).ended(Outcome::Refused, "shared_source");
                let after = AccessKey { state: KeyState::Unverified, trouble: Some(sentence.clone()), ..after };
                access_keys::set_state(connection, &after)?;
                return Ok((Checked::Refused(sentence), vec![event]));
            }
            ruled => ruled?,
        }
        if is_new {
            access_keys::note_validated(connection, &after)?;
        }
        access_keys::set_state(connection, &after)?;
        Ok((checked, if changed || asked { vec![event] } else { Vec::new() }))
    });
    Ok(write.await?)
}

/// The key as it stands after asking, what came of it, and the reason in a word where it did not go well.
async fn answer(app: &App, mut key: AccessKey, sealed: &SealedSecrets) -> (AccessKey, Checked, String) {
    let now = app.clock.now();
    if key.is_expired(now) {
        let sentence = "Its session token has run out, so AWS was not asked.".to_owned();
        return (key, Checked::Refused(sentence), "expired".to_owned());
    }
    let asked = match source::signer(app, &key, sealed).await {
        Ok(signer) => issuer::caller_identity(&app.clients.once(&signer, key.partition)).await,
        Err(cause) => {
            let reason = if matches!(cause, OpenError::KeyFile { .. }) { "key_file" } else { "decrypt" };
            return (key, Checked::Unknown(format!("{cause} ({}).", cause.file())), reason.to_owned());
        }
    };
    key.checked_at = Some(now);
    match asked {
        Ok(Caller { account_id, arn }) => {
            let root = source::root_rule(app, &arn).is_err();
            ask::validated(app, &mut key, Caller { account_id, arn });
            if !root {
                return (key, Checked::Good, String::new());
            }
            key.state = KeyState::Refused;
            key.trouble = Some(source::ROOT_KEY.trim_end_matches('.').to_owned());
            (key, Checked::Refused(source::ROOT_KEY.to_owned()), "root_key".to_owned())
        }
        Err(error) => {
            let sentence = format!("{error}. {}", error.advice());
            let reason = format!("aws:{}", error.code());
            if matches!(error, AwsError::Refused { .. }) && !error.is_clock_skew() {
                key.state = KeyState::Refused;
                key.trouble = Some(error.to_string());
                return (key, Checked::Refused(sentence), reason);
            }
            (key, Checked::Unknown(sentence), reason)
        }
    }
}
