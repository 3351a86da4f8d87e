//! What does not open, as it was found last.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// How much of what is sealed does not open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// How many access keys.
    pub access_keys: usize,
    /// Whether the key that signs cookies is among it.
    pub cookie_key: bool,
}

/// The last look at what does not open.
#[derive(Default)]
pub struct LastLook {
    /// When it was, and what it found.
    pub last: Mutex<Option<(Instant, Closed)>>,
    /// The ids of the access keys that were found closed.
    pub ids: Mutex<Arc<HashSet<String>>>,
    /// Who looks holds this: marks of what has opened before.
    pub turn: tokio::sync::Mutex<HashSet<u64>>,
}

impl LastLook {
    /// When somebody looked last.
    #[must_use]
    pub fn looked_at(&self) -> Option<Instant> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).map(|(at, _)| at)
    }

    /// What was found last; nothing where nobody has looked.
    #[must_use]
    pub fn found(&self) -> Closed {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).map(|(_, found)| found).unwrap_or_default()
    }

    /// The ids of the access keys that were found closed last.
    #[must_use]
    pub fn ids(&self) -> Arc<HashSet<String>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something was changed: the next one who asks looks again.
    pub fn forget(&self) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = *last {
            // The old finding stands until then, for whoever does not wait.
            *last = Instant::now().checked_sub(std::time::Duration::from_secs(60)).map(|at| (at, found));
        }
    }
}
