//! Names and passwords that were right a moment ago, so that a program that sends them with each request does not ask the
//! directory each time.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::counts::network;
use super::mac;
use crate::random;

/// How long a right password is remembered.
pub const REMEMBERED: TimeDelta = TimeDelta::seconds(60);

/// What was typed as a name, and the address that it came from: what is remembered of one network is of no use in another, so
/// that nobody elsewhere can try passwords on it.
#[derive(Clone, Copy, Debug)]
pub struct Whence<'a> {
    /// The name.
    pub name: &'a str,
    /// The address.
    pub address: &'a str,
}

/// Whose name and password were right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// The person, by our id of them.
    pub person: String,
    /// What is another text as soon as they have another password, where their directory gives such.
    pub stamp: Option<String>,
}

/// Kept under a keyed hash whose key dies with the process: neither password nor name can be read from it.
pub struct Remembered {
    right: Cache<[u8; 32], Kept>,
    turns: Cache<[u8; 32], Arc<Mutex<()>>>,
    key: [u8; 32],
}

#[derive(Clone)]
struct Kept {
    person: String,
    stamp: Option<[u8; 32]>,
    at: DateTime<Utc>,
}

impl Default for Remembered {
    fn default() -> Self {
        let age = REMEMBERED.to_std().unwrap_or(Duration::from_secs(60));
        Self {
            right: Cache::builder().max_capacity(10_000).time_to_live(age).build(),
            turns: Cache::builder().max_capacity(10_000).time_to_idle(age).build(),
            key: random::bytes(),
        }
    }
}

impl Remembered {
    /// Notes that name and password were right at `at`.
    pub fn note(&self, whence: &Whence<'_>, password: &SecretString, right: Right, at: DateTime<Utc>) {
        let stamp = right.stamp.map(|stamp| self.stamp(&stamp));
        self.right.insert(self.under(whence, password), Kept { person: right.person, stamp, at });
    }

    /// The person, by our id of them, whose name and password were right less than [`REMEMBERED`] ago; `stamp` is what
    /// [`Right::stamp`] is now.
    #[must_use]
    pub fn person(
        &self,
        whence: &Whence<'_>,
        password: &SecretString,
        stamp: Option<&str>,
        now: DateTime<Utc>,
    ) -> Option<String> {
        let kept = self.right.get(&self.under(whence, password))?;
        let is_fresh = (TimeDelta::zero()..REMEMBERED).contains(&(now - kept.at));
        let is_same = kept.stamp.is_none() || kept.stamp == stamp.map(|stamp| self.stamp(stamp));
        (is_fresh && is_same).then_some(kept.person)
    }

    /// Of many requests with the same name and password at once one asks the directory, and the others wait for what it
    /// says: each would take one of the person's tries.
    #[must_use]
    pub fn turn(&self, whence: &Whence<'_>, password: &SecretString) -> Arc<Mutex<()>> {
        self.turns.get_with(self.under(whence, password), Arc::default)
    }

    fn under(&self, whence: &Whence<'_>, password: &SecretString) -> [u8; 32] {
        mac(&self.key, &["right", &network(whence.address), whence.name, password.expose_secret()])
    }

    fn stamp(&self, stamp: &str) -> [u8; 32] {
        mac(&self.key, &["stamp", stamp])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    const fn from(name: &str) -> Whence<'_> {
        Whence { name, address: "192.0.2.1" }
    }

    #[test]
    fn a_right_password_is_remembered_for_a_minute() {
        let (remembered, password) = (Remembered::default(), SecretString::from("fake right password"));
        remembered.note(&from("alice"), &password, Right { person: "1".to_owned(), stamp: None }, at(0));
        let person = |name: &str, password: &str, now| remembered.person(&from(name), &password.into(), None, now);
        assert_eq!(person("alice", "fake right password", at(0)).as_deref(), Some("1"));
        assert_eq!(person("alice", "fake right password", at(59)).as_deref(), Some("1"));
        for (name, password, now) in [
            ("alice", "fake right password", at(60)),
            ("alice", "fake right password", at(-1)),
            ("alice", "fake right passwor", at(0)),
            ("alicef", "ake right password", at(0)),
            ("bob", "fake right password", at(0)),
        ] {
            assert_eq!(person(name, password, now), None, "{name} {now}");
        }
        assert_eq!(Remembered::default().person(&from("alice"), &password, None, at(0)), None);
        let elsewhere = Whence { name: "alice", address: "192.0.2.2" };
        assert_eq!(remembered.person(&elsewhere, &password, None, at(0)), None);
    }

    #[test]
    fn another_password_ends_it() {
        let (remembered, password) = (Remembered::default(), SecretString::from("fake right password"));
        let right = Right { person: "1".to_owned(), stamp: Some("old".to_owned()) };
        remembered.note(&from("alice"), &password, right, at(0));
        assert_eq!(remembered.person(&from("alice"), &password, Some("old"), at(1)).as_deref(), Some("1"));
        assert_eq!(remembered.person(&from("alice"), &password, Some("new"), at(1)), None);
        assert_eq!(remembered.person(&from("alice"), &password, None, at(1)), None);
    }
}
