//! What AWS issued and an SDK may get once more: in this process's memory alone, for a bounded time and number.
//!
//! This is only the store. Whether somebody may have what is in it is decided anew at each hand-out
//! ([`crate::portal::use_connector`]); the key holds everything on which two of them could differ, so that a connector or
//! an access key that was changed never finds what was issued before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::aws::AwsError;
use crate::aws::issuer::Request;
use crate::model::credentials::TemporaryCredentials;

/// Nothing is handed out of memory with less than this left. botocore asks again from then on (`_DEFAULT_ADVISORY_REFRESH_TIMEOUT`),
/// so that what is handed out keeps a client quiet.
pub const LEFT: TimeDelta = TimeDelta::minutes(15);

/// How many are kept at once: a few kilobytes each.
const MOST: u64 = 4_000;

/// Everything on which two hand-outs could differ.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The connector's id and version.
    pub connector: (String, i32),
    /// The access key's id, AWS's id of it, and its version.
    pub source: (String, String, i32),
    /// Who it is for: the word and our id of them.
    pub subject: (&'static str, String),
    /// The token that they came with; `None`: without one.
    pub token: Option<String>,
    /// The region whose STS is asked first.
    pub region: String,
    /// What is sent, filled in for this subject: policy, tags, names, duration.
    pub request: Request,
}

/// What is kept. Its secrets are wiped when the last holder lets go.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The credentials.
    pub credentials: TemporaryCredentials,
    /// The session's ARN, where AWS gave one.
    pub arn: Option<String>,
}

impl Kept {
    /// Whether it may still be handed out at `now`, as far as its time goes.
    #[must_use]
    pub fn lasts(&self, now: DateTime<Utc>) -> bool {
        self.credentials.expires_at - now >= LEFT
    }
}

/// How a call to AWS ended that others waited for.
#[derive(Clone, Debug)]
pub enum Landed {
    /// It is kept, or something else came in between: look again.
    LookAgain,
    /// AWS gave nothing.
    Refused(AwsError),
}

/// What there is for a slot.
pub enum Found {
    /// Something that lasts.
    Kept(Arc<Kept>),
    /// Somebody asks AWS for it right now.
    UnderWay(watch::Receiver<Option<Landed>>),
    /// Nothing: whoever holds this asks AWS, and everybody else waits for it.
    Nothing(Box<Flight>),
}

type Flights = Arc<Mutex<HashMap<Slot, watch::Receiver<Option<Landed>>>>>;

/// The store.
pub struct KeptCredentials {
    kept: moka::sync::Cache<Slot, Timed>,
    flights: Flights,
}

#[derive(Clone)]
struct Timed {
    kept: Arc<Kept>,
    life: Duration,
}

/// Forgets each when it is no longer of use.
struct ByLife;

impl moka::Expiry<Slot, Timed> for ByLife {
    fn expire_after_create(&self, _: &Slot, timed: &Timed, _: Instant) -> Option<Duration> {
        Some(timed.life)
    }

    fn expire_after_update(&self, _: &Slot, timed: &Timed, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Some(timed.life)
    }
}

impl Default for KeptCredentials {
    fn default() -> Self {
        let kept = moka::sync::Cache::builder().max_capacity(MOST).expire_after(ByLife).build();
        Self { kept, flights: Flights::default() }
    }
}

impl KeptCredentials {
    /// What there is for `slot` at `now`.
    #[must_use]
    pub fn find(&self, slot: &Slot, now: DateTime<Utc>) -> Found {
        let kept = || self.kept.get(slot).map(|timed| timed.kept).filter(|kept| kept.lasts(now));
        if let Some(kept) = kept() {
            return Found::Kept(kept);
        }
        let mut flights = lock(&self.flights);
        // It may have landed between the two looks.
        if let Some(kept) = kept() {
            return Found::Kept(kept);
        }
        if let Some(under_way) = flights.get(slot) {
            return Found::UnderWay(under_way.clone());
        }
        let (tell, told) = watch::channel(None);
        flights.insert(slot.clone(), told);
        let (slot, kept, flights) = (slot.clone(), self.kept.clone(), self.flights.clone());
        Found::Nothing(Box::new(Flight { slot, kept, flights, tell }))
    }

    /// How many are being asked for right now.
    #[must_use]
    pub fn under_way(&self) -> usize {
        lock(&self.flights).len()
    }

    /// How many are kept.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.kept.run_pending_tasks();
        self.kept.entry_count()
    }
}

fn lock(flights: &Flights) -> MutexGuard<'_, HashMap<Slot, watch::Receiver<Option<Landed>>>> {
    flights.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call to AWS that others wait for. Dropped in the middle it sends them to look again.
pub struct Flight {
    slot: Slot,
    kept: moka::sync::Cache<Slot, Timed>,
    flights: Flights,
    tell: watch::Sender<Option<Landed>>,
}

impl Flight {
    /// Keeps what came of it, for as long as it is of use. To be called once its row is durable.
    pub fn keep(self, kept: Kept, now: DateTime<Utc>) {
        let Ok(life) = (kept.credentials.expires_at - now - LEFT).to_std() else { return };
        self.kept.insert(self.slot.clone(), Timed { kept: Arc::new(kept), life });
        // The cache wipes what has run out only when somebody uses it.
        let cache = self.kept.clone();
        tokio::spawn(async move {
            tokio::time::sleep(life).await;
            cache.run_pending_tasks();
        });
    }

    /// Tells whoever waits that AWS gave nothing.
    pub fn refused(self, error: AwsError) {
        self.tell.send_replace(Some(Landed::Refused(error)));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        lock(&self.flights).remove(&self.slot);
        self.tell.send_if_modified(|landed| {
            let silent = landed.is_none();
            if silent {
                *landed = Some(Landed::LookAgain);
            }
            silent
        });
    }
}
