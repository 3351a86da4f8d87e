//! Counting within a [`WINDOW`].

use std::collections::VecDeque;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use moka::sync::Cache;

use super::WINDOW;

/// Moments of what is counted, by whose they are.
pub type Counts = Cache<String, VecDeque<DateTime<Utc>>>;

/// Counts one, if fewer than `most` are counted. A try that began later but was counted earlier stays counted.
pub fn take(counts: &Counts, of: &str, now: DateTime<Utc>, most: usize) -> bool {
    let mut taken = false;
    counts.entry_by_ref(of).and_compute_with(|entry| {
        let mut times = entry.map(moka::Entry::into_value).unwrap_or_default();
        times.retain(|at| now - *at < WINDOW);
        taken = times.len() < most;
        if taken {
            times.push_back(now);
        }
        moka::ops::compute::Op::Put(times)
    });
    taken
}

/// How many are counted.
pub fn count(counts: &Counts, of: &str, now: DateTime<Utc>) -> usize {
    counts.get(of).map_or(0, |times| times.iter().filter(|at| now - **at < WINDOW).count())
}

/// Takes the last count back.
pub fn give_back(counts: &Counts, of: &str) {
    counts.entry_by_ref(of).and_compute_with(|entry| match entry {
        None => moka::ops::compute::Op::Nop,
        Some(entry) => {
            let mut times = entry.into_value();
            times.pop_back();
            moka::ops::compute::Op::Put(times)
        }
    });
}

/// What an address is counted as: itself; of an IPv6 address the first half, since whoever has one has all of that.
pub fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) => format!("{:x}/64", address.to_bits() >> 64),
        _ => address.to_owned(),
    }
}
