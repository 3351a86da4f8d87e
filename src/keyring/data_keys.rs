//! Data keys that a key management service wraps. Their wrapped form stands in each sealed value; unwrapped they are kept in
//! zeroizing memory, for a bounded time, so that the service is asked seldom and may be away for a while.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;

use super::key_file::KeyId;
use super::sealed::{self, Blob, Subkey};
use super::wrapper::{DataKey, Wrapper};
use crate::clock::Clock;

/// How long one data key seals what is new.
const SEALS_FOR: TimeDelta = TimeDelta::days(1);
/// How long after a failure the service is not asked again, so that those who wait are not one behind the other.
const RETRY_AFTER: TimeDelta = TimeDelta::seconds(2);
/// How many data keys are asked for at a time.
const AT_ONCE: usize = 8;

/// The data keys in memory.
pub(super) struct DataKeys {
    wrapper: Arc<dyn Wrapper>,
    kept_for: TimeDelta,
    clock: Clock,
    state: RwLock<State>,
    /// Who is asking for which data key: the others wait.
    asking: Mutex<HashMap<Option<KeyId>, Arc<tokio::sync::Mutex<()>>>>,
}

#[derive(Default)]
struct State {
    opened: HashMap<KeyId, Opened>,
    /// What seals, and since when.
    current: Option<(KeyId, DateTime<Utc>)>,
    /// What the service said last about a data key, `None` standing for a new one.
    troubles: HashMap<Option<KeyId>, (DateTime<Utc>, String)>,
}

#[derive(Clone)]
pub(super) struct Opened {
    pub(super) subkey: Subkey,
    pub(super) wrapped: Vec<u8>,
    wrapped_by: String,
    since: DateTime<Utc>,
}

impl DataKeys {
    pub(super) fn new(wrapper: Arc<dyn Wrapper>, kept_for: Duration, clock: &Clock) -> Arc<Self> {
        let kept_for = TimeDelta::from_std(kept_for).unwrap_or(TimeDelta::hours(1));
        let (state, asking) = (RwLock::default(), Mutex::default());
        Arc::new(Self { wrapper, kept_for, clock: clock.clone(), state, asking })
    }

    pub(super) fn name(&self) -> &str {
        self.wrapper.name()
    }

    /// The data key `id`, as long as it may be kept.
    pub(super) fn opened(&self, id: KeyId) -> Option<Opened> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.opened.get(&id).filter(|opened| self.age(opened.since, self.kept_for).is_some()).cloned()
    }

    /// How old something is, where that is less than `most`; a clock that went back makes it too old.
    fn age(&self, since: DateTime<Utc>, most: TimeDelta) -> Option<TimeDelta> {
        let age = self.clock.now() - since;
        (age >= TimeDelta::zero() && age < most).then_some(age)
    }

    /// Why the data key `id` is not in memory.
    pub(super) fn trouble(&self, id: Option<KeyId>) -> Option<String> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.troubles.get(&id).map(|(_, cause)| cause.clone())
    }

    /// The data keys of these sealed values that are not in memory, with their wrapped form; those whose time is half over
    /// are asked for beside.
    pub(super) fn missing<'a>(self: &Arc<Self>, blobs: impl Iterator<Item = Blob<'a>>) -> Vec<(KeyId, Vec<u8>)> {
        let mut seen = HashSet::new();
        let mut missing = Vec::new();
        for blob in blobs {
            let Some(wrapped) = blob.wrapped else { continue };
            if !seen.insert(blob.id) {
                continue;
            }
            match self.opened(blob.id) {
                None => missing.push((blob.id, wrapped.to_vec())),
                Some(opened) if self.age(opened.since, self.kept_for / 2).is_none() => {
                    self.renew(blob.id, opened.wrapped);
                }
                Some(_) => {}
            }
        }
        missing
    }

    /// Gets data keys into memory, as far as the service gives them.
    pub(super) async fn fetch_all(self: &Arc<Self>, missing: Vec<(KeyId, Vec<u8>)>) {
        let ask = |(id, wrapped): (KeyId, Vec<u8>)| {
            let keys = self.clone();
            async move { keys.fetch(id, &wrapped, false).await }
        };
        futures_util::stream::iter(missing.into_iter().map(ask)).buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    /// Asks anew for a data key whose time is half over, while it still serves: an outage then finds it young.
    fn renew(self: &Arc<Self>, id: KeyId, wrapped: Vec<u8>) {
        if self.failed_lately(Some(id)) {
            return;
        }
        let keys = self.clone();
        tokio::spawn(async move { keys.fetch(id, &wrapped, true).await });
    }

    fn failed_lately(&self, id: Option<KeyId>) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.troubles.get(&id).is_some_and(|(at, _)| self.age(*at, RETRY_AFTER).is_some())
    }

    fn turn(&self, id: Option<KeyId>) -> Arc<tokio::sync::Mutex<()>> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone()
    }

    async fn fetch(self: &Arc<Self>, id: KeyId, wrapped: &[u8], renewing: bool) {
        let turn = self.turn(Some(id));
        let guard = if renewing { turn.try_lock().ok() } else { Some(turn.lock().await) };
        if guard.is_none() || self.failed_lately(Some(id)) || (!renewing && self.opened(id).is_some()) {
            return;
        }
        let wrong = || "it gave another data key than the one that the secret names".to_owned();
        let unwrapped = self.wrapper.unwrap(wrapped).await;
        match unwrapped.and_then(|found| if KeyId::of(&found.key) == id { Ok(found) } else { Err(wrong()) }) {
            Ok(found) => self.keep(id, &found, wrapped),
            Err(cause) => self.note(Some(id), cause),
        }
        drop(guard);
        self.asking.lock().unwrap_or_else(PoisonError::into_inner).remove(&Some(id));
    }

    fn keep(self: &Arc<Self>, id: KeyId, found: &DataKey, wrapped: &[u8]) {
        let subkey = sealed::subkey(&found.key);
        let since = self.clock.now();
        let opened = Opened { subkey, wrapped: wrapped.to_vec(), wrapped_by: found.wrapped_by.clone(), since };
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.opened.insert(id, opened);
        if state.troubles.remove(&Some(id)).is_some() {
            tracing::info!(kms_key = self.name(), data_key = id.name(), "AWS KMS gives the data key again");
        }
        drop(state);
        let forget = forget(Arc::downgrade(self), self.kept_for.to_std().unwrap_or_default());
        tokio::spawn(forget);
    }

    fn note(&self, id: Option<KeyId>, cause: String) {
        let data_key = id.map(KeyId::name).unwrap_or_default();
        let until = id.and_then(|id| self.opened(id)).map(|opened| (opened.since + self.kept_for).to_rfc3339());
        match until {
            Some(until) => {
                tracing::warn!(
                    kms_key = self.name(),
                    data_key,
                    cause,
                    until,
                    "AWS KMS does not give the data key, which is still in memory until then"
                );
            }
            None => tracing::error!(kms_key = self.name(), data_key, cause, "AWS KMS gives no data key"),
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.troubles.insert(id, (self.clock.now(), cause));
    }

    /// The data key that seals: made where there is none yet, or where it has sealed for long enough.
    pub(super) async fn current(self: &Arc<Self>) -> Result<(KeyId, Opened), String> {
        let serving = || {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            state.current.filter(|(_, made)| self.age(*made, SEALS_FOR).is_some()).map(|(id, _)| id)
        };
        let turn = self.turn(None);
        let _guard = turn.lock().await;
        if let Some(id) = serving() {
            let wrapped = {
                let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
                state.opened.get(&id).map(|opened| opened.wrapped.clone())
            };
            if let (None, Some(wrapped)) = (self.opened(id), wrapped) {
                self.fetch(id, &wrapped, false).await;
            }
            if let Some(opened) = self.opened(id) {
                return Ok((id, opened));
            }
        }
        let made = match self.wrapper.generate().await {
            Ok(made) => made,
            Err(cause) => {
                self.note(None, cause.clone());
                return Err(cause);
            }
        };
        let id = KeyId::of(&made.key);
        self.keep(id, &made, &made.wrapped);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.current = Some((id, self.clock.now()));
        state.troubles.remove(&None);
        drop(state);
        self.opened(id).map(|opened| (id, opened)).ok_or_else(|| "the data key is gone already".to_owned())
    }

    /// Takes the data key of `blob` for what is sealed from now on, where the key that seals would be wrapped alike.
    pub(super) async fn adopt(self: &Arc<Self>, blob: Blob<'_>) -> Result<(), String> {
        let (_, current) = self.current().await?;
        self.fetch_all(self.missing(std::iter::once(blob))).await;
        let Some(opened) = self.opened(blob.id) else { return Ok(()) };
        if opened.wrapped_by == current.wrapped_by {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.current = Some((blob.id, self.clock.now()));
        }
        Ok(())
    }

    /// What the service said last, where it gave nothing and nothing of it is in memory.
    pub(super) fn check(&self) -> Result<(), String> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let trouble = state.troubles.values().max_by_key(|(at, _)| *at);
        let serves = state.opened.values().any(|opened| self.age(opened.since, self.kept_for).is_some());
        trouble.filter(|_| !serves).map_or(Ok(()), |(_, cause)| Err(cause.clone()))
    }
}

/// Takes data keys out of memory when their time is over, whether anybody asks for them or not.
async fn forget(keys: Weak<DataKeys>, after: Duration) {
    tokio::time::sleep(after + Duration::from_millis(1)).await;
    let Some(keys) = keys.upgrade() else { return };
    let mut state = keys.state.write().unwrap_or_else(PoisonError::into_inner);
    state.opened.retain(|_, opened| keys.age(opened.since, keys.kept_for).is_some());
}
