//! What passes from the federation endpoint to the console, each piece sealed and the tokens good for one use.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::tokens::Claims;

/// The content of a sign-in token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Grant {
    pub(super) number: u64,
    pub(super) claims: Claims,
    /// `SessionDuration`; without it the console session ends with the credentials.
    pub(super) seconds: Option<i64>,
    /// When the token itself stops working, seconds since 1970.
    pub(super) until: i64,
}

/// The hand-over from the sign-in host to the console host, in a URL.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Arrival {
    pub(super) number: u64,
    pub(super) visit: Visit,
    pub(super) until: i64,
}

/// A console session; the content of the console's cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Visit {
    /// The role session name, the federated name.
    pub(super) session: String,
    pub(super) arn: String,
    pub(super) account: String,
    pub(super) source_identity: Option<String>,
    /// The `Issuer` that was named at sign-in, as it was given.
    pub(super) issuer: String,
    /// Seconds since 1970.
    pub(super) expires: i64,
}

/// Most numbers remembered. Past that the oldest are forgotten and could be used again; tests come nowhere near it.
const MOST: usize = 100_000;

/// The numbers of the tokens used so far; those that have run out anyway are forgotten.
#[derive(Default)]
pub(super) struct Used(Mutex<Numbers>);

#[derive(Default)]
struct Numbers {
    used: HashSet<u64>,
    /// In the order of use, with the moment when each token runs out.
    ends: VecDeque<(i64, u64)>,
}

impl Used {
    /// Marks a token that works until `until` as used; `false` where it was used before.
    pub(super) fn first_use(&self, number: u64, until: i64, now: i64) -> bool {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((end, old)) = numbers.ends.front().copied()
            && (end <= now || numbers.ends.len() >= MOST)
        {
            numbers.ends.pop_front();
            numbers.used.remove(&old);
        }
        if !numbers.used.insert(number) {
            return false;
        }
        numbers.ends.push_back((until, number));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_counts_once_and_memory_is_bounded() {
        let used = Used::default();
        assert!(used.first_use(1, 900, 0));
        assert!(!used.first_use(1, 900, 10));
        for number in 2..=200_000 {
            assert!(used.first_use(number, 900, 20));
        }
        assert!(used.0.lock().unwrap().used.len() <= MOST);
        assert!(used.first_use(200_001, 2_000, 901));
        assert_eq!(used.0.lock().unwrap().used.len(), 1);
    }
}
