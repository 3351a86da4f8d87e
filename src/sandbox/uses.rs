//! When each long-term key was used last, and for what.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

/// One use of a key.
#[derive(Clone)]
pub(super) struct Use {
    pub(super) at: DateTime<Utc>,
    /// `sts`, `iam`, `s3` …
    pub(super) service: &'static str,
    pub(super) region: String,
}

/// The last use of each key. AWS is hours behind here; the sandbox tells at once.
#[derive(Default)]
pub(super) struct LastUses(Mutex<HashMap<String, Use>>);

impl LastUses {
    /// Notes a use.
    pub(super) fn note(&self, key_id: &str, service: &'static str, region: &str, at: DateTime<Utc>) {
        let mut uses = self.lock();
        match uses.get_mut(key_id) {
            // Nearly always: no new text for the map's key, and mostly none for the region.
            Some(last) => {
                (last.at, last.service) = (at, service);
                if last.region != region {
                    region.clone_into(&mut last.region);
                }
            }
            None => {
                uses.insert(key_id.to_owned(), Use { at, service, region: region.to_owned() });
            }
        }
    }

    /// The last use of a key; none where it was never used.
    pub(super) fn of(&self, key_id: &str) -> Option<Use> {
        self.lock().get(key_id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
