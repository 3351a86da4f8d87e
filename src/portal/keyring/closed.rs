//! What does not open, for the log at the start and for the banner of the administration.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::{Value, values};
use crate::app::{App, Closed};
use crate::keyring::{Keyring, OpenError};
use crate::portal::PortalError;
use crate::store::sealed::Cell;

/// How old the banner's knowledge may be.
const FRESH: Duration = Duration::from_secs(3);
/// How long a page waits for it: AWS KMS may be silent.
const PATIENCE: Duration = Duration::from_millis(500);
/// How many secrets the log names one by one.
const NAMED: usize = 100;

/// What a value and its place are known by, once it has opened.
fn mark(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    let place = value.place();
    (place.table, place.row, place.column, place.fixed, &value.blob).hash(&mut hasher);
    hasher.finish()
}

/// The values that do not open, and why. `known` are marks of values that have opened before, and gets those that do now:
/// they are not opened again, only their keys are looked at.
pub async fn closed<'a>(
    keyring: &Keyring,
    values: &'a [Value],
    known: &mut HashSet<u64>,
) -> Vec<(&'a Value, OpenError)> {
    let blobs: Vec<&[u8]> = values.iter().map(|value| value.blob.as_slice()).collect();
    let troubles = keyring.troubles(&blobs).await;
    let mut closed = Vec::new();
    let mut opened = HashSet::with_capacity(values.len());
    for value in values {
        let name = Keyring::name_of(&value.blob).map_or_else(String::new, |name| name.id);
        if let Some(trouble) = troubles.get(&name) {
            closed.push((value, trouble.clone()));
            continue;
        }
        let mark = mark(value);
        if known.contains(&mark) {
            opened.insert(mark);
            continue;
        }
        match keyring.open_prepared(&value.place(), &value.blob) {
            Ok(_) => drop(opened.insert(mark)),
            Err(cause) => closed.push((value, cause)),
        }
    }
    *known = opened;
    closed
}

/// Says in the log which secrets do not open, and why. The server serves all the same: only their connectors fail.
pub async fn log_closed(app: &Arc<App>) {
    let found = match app.database.read(values).await {
        Ok(found) => found,
        Err(error) => return tracing::error!(%error, "the sealed secrets cannot be looked at"),
    };
    let closed = closed(&app.keyring, &found, &mut HashSet::new()).await;
    for (value, cause) in closed.iter().take(NAMED) {
        let (what, key_file, detail) = (value.label(), cause.file(), cause.cause());
        tracing::error!(what, row = value.row, key_file, detail, advice = value.advice(cause), "{}", cause.sentence());
    }
    if closed.len() > NAMED {
        tracing::error!(more = closed.len() - NAMED, "more secrets cannot be opened; daypass doctor names them all");
    }
}

/// Sees to it that the banner's knowledge is fresh, within reason: it is looked up at most every few seconds, once at a
/// time, and a page does not wait for a silent AWS KMS.
pub async fn closed_lately(app: &Arc<App>) {
    let is_fresh = |at: Instant| at.elapsed() < FRESH;
    if app.closed.looked_at().is_some_and(is_fresh) {
        return;
    }
    let app = app.clone();
    let look = tokio::spawn(async move {
        let Ok(mut known) = app.closed.turn.try_lock() else { return };
        if let Err(error) = look(&app, &mut known).await {
            tracing::warn!(%error, "whether all secrets open is not known");
        }
    });
    let _ = tokio::time::timeout(PATIENCE, look).await;
}

async fn look(app: &App, known: &mut HashSet<u64>) -> Result<(), PortalError> {
    let begun = Instant::now();
    let found = app.database.read(values).await?;
    let closed = closed(&app.keyring, &found, known).await;
    let keys: HashSet<&str> =
        closed.iter().filter(|(value, _)| value.cell != Cell::Setting).map(|(value, _)| value.name.as_str()).collect();
    let cookie_key = closed.iter().any(|(value, _)| value.cell == Cell::Setting);
    let found = Closed { access_keys: keys.len(), cookie_key };
    let of_keys = |value: &Value| matches!(value.cell, Cell::Secret | Cell::SessionToken | Cell::MfaSeed);
    let ids: HashSet<String> =
        closed.iter().filter(|(value, _)| of_keys(value)).map(|(value, _)| value.row.clone()).collect();
    *app.closed.ids.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(ids);
    *app.closed.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((begun, found));
    Ok(())
}
