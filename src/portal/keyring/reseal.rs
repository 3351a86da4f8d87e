//! Sealing everything anew under the newest key, while the portal serves.
//!
//! Each value is opened, sealed under the newest key, and put in the place of the old one only if that still stands there.
//! A value is never away and never half written, so that this may end at any moment and be started again.

mod work;

use std::collections::HashMap;
use std::sync::Arc;

use super::{KeyUse, Value, uses, values};
use crate::app::App;
use crate::keyring::{KeyName, Keyring, OpenError};
use crate::model::event::{Event, Kind, Origin};
use crate::portal::PortalError;
use work::Work;

/// How often everything is gone through: again only where something changed meanwhile.
const PASSES: usize = 20;

/// What is wished of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// Replace the cookie-signing key where it does not open.
    pub new_cookie_key: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// How many values were looked at in this pass.
    pub done: usize,
    /// How many there were at the beginning.
    pub total: usize,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The key that seals everything now.
    pub key: KeyName,
    /// How many values were sealed anew.
    pub sealed: usize,
    /// The values that do not open, which were left as they are: what, which key, why, what to do.
    pub closed: Vec<(String, OpenError, &'static str)>,
    /// Every key, with what still needs it.
    pub keys: Vec<KeyUse>,
}

impl Report {
    /// The key files that nothing needs any more.
    pub fn removable(&self) -> impl Iterator<Item = &KeyUse> {
        self.keys.iter().filter(|used| used.file.is_some() && used.needed_by.is_empty() && used.key != self.key)
    }
}

/// Seals every value anew that is not sealed under the newest key, and writes down that it was done.
///
/// # Errors
/// Where no new key can be had, or the database fails; what was done until then stands.
pub async fn reseal(app: &Arc<App>, wishes: Wishes, mut told: impl FnMut(Progress)) -> Result<Report, PortalError> {
    let all = app.database.read(values).await?;
    adopt(&app.keyring, &all).await?;
    let progress = Progress { done: 0, total: all.len() };
    let mut work = Work { app, wishes, progress, sealed: 0, closed: Vec::new() };
    drop(all);
    let mut key = app.keyring.sealing_key().await?;
    for _ in 0..PASSES {
        work.closed.clear();
        work.progress.done = 0;
        let missed = work.pass(&key, &mut told).await?;
        let now = app.keyring.sealing_key().await?;
        if missed == 0 && now == key {
            break;
        }
        key = now;
    }
    let all = app.database.read(values).await?;
    let keys = uses(&app.keyring, &all).await?;
    let report = Report { key, sealed: work.sealed, closed: work.closed, keys };
    let event = Event::new(app.clock.now(), Kind::KeyringReseal, &Origin::default()).by_system();
    let event = event.with("key", report.key.id.as_str()).with("by_kms", report.key.is_data_key);
    let event = event.with("sealed", report.sealed).with("not_opened", report.closed.len()).with("values", all.len());
    app.database.record(event).await?;
    Ok(report)
}

/// Under AWS KMS each process begins a data key of its own. To go on after having been killed, the one that seals most is
/// taken up again.
async fn adopt(keyring: &Keyring, values: &[Value]) -> Result<(), PortalError> {
    if !keyring.seals_by_kms() {
        return Ok(());
    }
    let mut counts: HashMap<String, (usize, &Value)> = HashMap::new();
    for value in values {
        if let Some(name) = Keyring::name_of(&value.blob).filter(|name| name.is_data_key) {
            counts.entry(name.id).or_insert((0, value)).0 += 1;
        }
    }
    let Some((_, most)) = counts.values().max_by_key(|(count, value)| (*count, &value.row)) else { return Ok(()) };
    Ok(keyring.adopt(&most.blob).await?)
}
