//! Wrong passwords that a client sends again and again: a script that nobody told of the new one.
//!
//! Nothing can be guessed by sending the same again, so that it counts once. Directories do the same: Active Directory does not
//! count the last two passwords.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::counts::network;
use super::remembered::Whence;
use super::{WINDOW, mac};
use crate::random;

/// How many wrong passwords of a name and a network are known again.
pub const KEPT: usize = 2;
/// For how long a wrong password is answered from memory where nobody waits at a page.
pub const FROM_MEMORY: TimeDelta = TimeDelta::seconds(60);

/// Kept under a keyed hash whose key dies with the process: neither password nor name can be read from it.
pub struct Repeats {
    last: Cache<[u8; 32], Vec<Wrong>>,
    turns: Cache<[u8; 32], Arc<Mutex<()>>>,
    key: [u8; 32],
}

/// A password that was wrong, and when it was tried last.
#[derive(Clone)]
struct Wrong {
    password: [u8; 32],
    at: DateTime<Utc>,
}

impl Default for Repeats {
    fn default() -> Self {
        let window = WINDOW.to_std().unwrap_or_default();
        Self {
            last: Cache::builder().max_capacity(100_000).time_to_live(window).build(),
            turns: Cache::builder().max_capacity(10_000).time_to_idle(Duration::from_secs(60)).build(),
            key: random::bytes(),
        }
    }
}

impl Repeats {
    /// Notes that a password was wrong at `now`; the last [`KEPT`] of a name and network are known.
    pub fn note(&self, whence: &Whence<'_>, password: &SecretString, now: DateTime<Utc>) {
        let password = self.fingerprint(whence, password);
        self.last.entry(self.under(whence)).and_upsert_with(|entry| {
            let mut wrong = entry.map(moka::Entry::into_value).unwrap_or_default();
            wrong.retain(|known| known.password != password);
            wrong.insert(0, Wrong { password, at: now });
            wrong.truncate(KEPT);
            wrong
        });
    }

    /// Whether this password came from there for this name lately, and was wrong.
    #[must_use]
    pub fn is_one(&self, whence: &Whence<'_>, password: &SecretString, now: DateTime<Utc>) -> bool {
        self.age(whence, password, now).is_some_and(|age| age < WINDOW)
    }

    /// Whether it was tried so short a time ago that it is not looked at again.
    #[must_use]
    pub fn was_just_tried(&self, whence: &Whence<'_>, password: &SecretString, now: DateTime<Utc>) -> bool {
        self.age(whence, password, now).is_some_and(|age| (TimeDelta::zero()..FROM_MEMORY).contains(&age))
    }

    fn age(&self, whence: &Whence<'_>, password: &SecretString, now: DateTime<Utc>) -> Option<TimeDelta> {
        let password = self.fingerprint(whence, password);
        let all = self.last.get(&self.under(whence))?;
        all.iter().find(|wrong| wrong.password == password).map(|wrong| now - wrong.at)
    }

    /// Of many tries with the same name and password at once, from wherever they come, one is passed on, and to the others it is
    /// known how that went: each would take one of the person's tries.
    #[must_use]
    pub fn turn(&self, name: &str, password: &SecretString) -> Arc<Mutex<()>> {
        self.turns.get_with(mac(&self.key, &["turn", name, password.expose_secret()]), Arc::default)
    }

    /// What rows about a name and a network are counted under.
    #[must_use]
    pub fn word(&self, whence: &Whence<'_>) -> String {
        HEXLOWER.encode(&self.under(whence))
    }

    fn under(&self, whence: &Whence<'_>) -> [u8; 32] {
        mac(&self.key, &["name", &network(whence.address), whence.name])
    }

    fn fingerprint(&self, whence: &Whence<'_>, password: &SecretString) -> [u8; 32] {
        mac(&self.key, &["wrong", &network(whence.address), whence.name, password.expose_secret()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    const ALICE: Whence<'_> = Whence { name: "alice", address: "192.0.2.1" };

    fn fake(text: &str) -> SecretString {
        format!("fake {text}").into()
    }

    #[test]
    fn the_last_two_of_a_name_and_network_are_known_and_no_third() {
        let repeats = Repeats::default();
        assert!(!repeats.is_one(&ALICE, &fake("one"), at(0)));
        repeats.note(&ALICE, &fake("one"), at(0));
        repeats.note(&ALICE, &fake("two"), at(1));
        repeats.note(&ALICE, &fake("two"), at(2));
        assert!(repeats.is_one(&ALICE, &fake("one"), at(3)) && repeats.is_one(&ALICE, &fake("two"), at(3)));
        repeats.note(&ALICE, &fake("three"), at(3));
        assert!(!repeats.is_one(&ALICE, &fake("one"), at(3)), "the one before the last two");
        assert!(repeats.is_one(&ALICE, &fake("two"), at(3)) && repeats.is_one(&ALICE, &fake("three"), at(3)));
        for other in [Whence { name: "bob", ..ALICE }, Whence { address: "192.0.2.2", ..ALICE }] {
            assert!(!repeats.is_one(&other, &fake("three"), at(3)), "{other:?}");
        }
        assert!(!Repeats::default().is_one(&ALICE, &fake("three"), at(3)));
    }

    #[test]
    fn half_of_an_ipv6_address_is_one_network() {
        let repeats = Repeats::default();
        let of = |address| Whence { name: "alice", address };
        repeats.note(&of("2001:db8:0:1::1"), &fake("one"), at(0));
        assert!(repeats.is_one(&of("2001:db8:0:1:ffff::2"), &fake("one"), at(0)));
        assert!(!repeats.is_one(&of("2001:db8:0:2::1"), &fake("one"), at(0)));
        assert_eq!(repeats.word(&of("2001:db8:0:1::1")), repeats.word(&of("2001:db8:0:1::2")));
    }

    #[test]
    fn it_is_answered_from_memory_for_a_minute_and_known_for_the_window() {
        let repeats = Repeats::default();
        repeats.note(&ALICE, &fake("one"), at(0));
        let asked = |seconds| repeats.was_just_tried(&ALICE, &fake("one"), at(seconds));
        assert!(asked(0) && asked(59) && !asked(60) && !asked(-1));
        assert!(!repeats.was_just_tried(&ALICE, &fake("two"), at(1)));
        let known = |seconds| repeats.is_one(&ALICE, &fake("one"), at(seconds));
        let window = WINDOW.num_seconds();
        assert!(known(window - 1) && !known(window));
        // Whoever goes on is known on.
        repeats.note(&ALICE, &fake("one"), at(window - 1));
        assert!(known(window) && known(2 * window - 2) && !known(2 * window - 1));
    }

    #[test]
    fn the_turn_is_of_a_name_and_a_password() {
        let repeats = Repeats::default();
        let turn = repeats.turn("alice", &fake("one"));
        assert!(Arc::ptr_eq(&turn, &repeats.turn("alice", &fake("one"))));
        assert!(!Arc::ptr_eq(&turn, &repeats.turn("alice", &fake("two"))));
        assert!(!Arc::ptr_eq(&turn, &repeats.turn("bob", &fake("one"))));
    }
}
