//! Asking AWS again whether it still takes the keys: one, all of them, or those whose turn it is.

mod about;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use crate::app::App;
use crate::app::progress::Came;
use crate::model::api_token::Part;
use crate::model::event::{Event, Kind};
use crate::portal::{PortalError, Who};
use crate::store::{key_list, leases};
use about::ask_about;

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
    /// AWS refused it, or it is not to be used.
    Refused(Why),
    /// Nobody could say.
    Unknown(Why),
}

/// Why a key was not found good.
#[derive(Clone, Debug)]
pub struct Why {
    /// In a sentence, or two.
    pub sentence: String,
    /// The same for whoever is not at a page.
    pub error: PortalError,
}

impl Why {
    /// By a rule of ours, whose word is `code`.
    fn rule(code: &'static str, sentence: String) -> Self {
        Self { error: PortalError::Conflict(code, sentence.clone()), sentence }
    }
}

/// Asks AWS about one key; what it says is kept, and that somebody asked.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer or the database cannot be used.
pub async fn one(app: &App, who: &Who, id: &str) -> Result<Checked, PortalError> {
    who.may(Part::AccessKeys)?;
    let event = Event::new(app.clock.now(), Kind::AccessKeyCheck, &who.origin).by(&who.actor());
    ask_about(app, id, event, true).await
}

/// Begins to ask AWS about every key, and goes on by itself; `false` where that goes on already.
///
/// # Errors
/// Where the caller does not administer, or the database cannot be read.
pub async fn start_all(app: &Arc<App>, who: &Who) -> Result<bool, PortalError> {
    who.may(Part::AccessKeys)?;
    let now = app.clock.now();
    let ids =
        app.database.read_much(move |connection| key_list::ids(connection, &key_list::Wanted::default(), now)).await?;
    if !app.key_checks.begin(ids.len(), who.name(), now) {
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
    who.may(Part::AccessKeys)?;
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
    let run = app.key_checks.now().unwrap_or_default();
    let row = event().with("keys", run.total).with("good", run.good).with("refused", run.refused);
    let row = row.with("failed", run.failed).with("stopped", run.stopped);
    if let Err(error) = app.database.record(row).await {
        tracing::error!(%error, "the end of a check of all access keys could not be recorded");
    }
    // Whoever sees that it has ended finds the row.
    app.key_checks.end(app.clock.now());
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
    let ids = app.database.read_much(move |connection| key_list::unchecked_since(connection, before)).await?;
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
