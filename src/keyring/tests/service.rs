//! A key management service of our own, that can be switched off.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::DateTime;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::*;
use crate::random;

/// Wraps by adding a byte to each byte.
#[derive(Default)]
pub(super) struct Service {
    is_down: AtomicBool,
    asked: AtomicUsize,
    /// Makes another of its keys wrap.
    pub(super) other: AtomicBool,
}

impl Service {
    fn answer(&self, data_key: DataKey) -> BoxFuture<'_, Result<DataKey, String>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let down = self.is_down.load(Ordering::SeqCst);
        async move {
            tokio::task::yield_now().await;
            if down { Err("it is switched off".to_owned()) } else { Ok(data_key) }
        }
        .boxed()
    }

    fn by(&self) -> String {
        format!("key {}", self.other.load(Ordering::SeqCst))
    }
}

impl Wrapper for Service {
    fn name(&self) -> &str {
        "alias/fake"
    }

    fn generate(&self) -> BoxFuture<'_, Result<DataKey, String>> {
        let key = Zeroizing::new(random::bytes::<32>());
        let wrapped = key.iter().map(|byte| byte.wrapping_add(1)).collect();
        self.answer(DataKey { key, wrapped, wrapped_by: self.by() })
    }

    fn unwrap<'a>(&'a self, wrapped: &'a [u8]) -> BoxFuture<'a, Result<DataKey, String>> {
        let key: Vec<u8> = wrapped.iter().map(|byte| byte.wrapping_sub(1)).collect();
        let Ok(key) = <[u8; 32]>::try_from(key) else { return std::future::ready(Err("garbled".to_owned())).boxed() };
        self.answer(DataKey { key: Zeroizing::new(key), wrapped: wrapped.to_vec(), wrapped_by: "key false".to_owned() })
    }
}

pub(super) const HOUR: Duration = Duration::from_secs(3600);

pub(super) struct Scene {
    pub(super) folder: tempfile::TempDir,
    pub(super) service: Arc<Service>,
    pub(super) clock: Clock,
}

impl Scene {
    pub(super) fn new() -> Self {
        let clock = Clock::fixed(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        Self { folder: tempfile::tempdir().unwrap(), service: Arc::default(), clock }
    }

    /// A process of its own, with nothing in memory.
    pub(super) fn keyring(&self, seals: bool) -> Keyring {
        let folder = Keyring::look(&self.folder.path().join("keys"), &self.clock);
        folder.with_kms(self.service.clone(), HOUR, seals, &self.clock)
    }

    pub(super) fn asked(&self) -> usize {
        self.service.asked.load(Ordering::SeqCst)
    }

    pub(super) fn switch(&self, off: bool) {
        self.service.is_down.store(off, Ordering::SeqCst);
    }
}
