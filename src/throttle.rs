//! How many wrong passwords are let through, and the code for the first administrator ([`SetupCode`]).
//!
//! Both live in memory only: a restart forgets them, and each replica counts for itself.

mod counts;
pub mod mark;
pub mod remembered;
pub mod repeats;
pub mod requests;
mod setup_code;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

pub use mark::Mark;
pub use remembered::{Remembered, Right, Whence};
pub use setup_code::SetupCode;

use self::counts::{Counts, give_back, network, take};
use self::repeats::Repeats;
use self::requests::Requests;
use crate::random;

/// Failures older than this are forgotten.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// How many wrong passwords of one person are passed on to the directory in that time, over all addresses: fewer than a
/// directory's own lock takes (5 is usual), so that nobody can lock a person's account through us.
pub const PER_PERSON: usize = 3;
/// How many failures one address may have in that time.
pub const PER_ADDRESS: usize = 50;
/// How many wrong passwords a person may send in that time from browsers that they signed in with before.
pub const PER_KNOWN_BROWSER: usize = 10;
/// How many requests with tokens that are none one address may send in that time.
pub const PER_ADDRESS_OF_PROGRAMS: usize = 50;

/// Wrong passwords of the last minutes, and how often tokens are used.
pub struct Throttle {
    people: Counts,
    browsers: Counts,
    addresses: Counts,
    programs: Counts,
    requests: Requests,
    noted: Cache<String, ()>,
    /// The directory that has the name that was tried, if one has, and when it was.
    wrong: Cache<[u8; 32], (Option<String>, DateTime<Utc>)>,
    key: [u8; 32],
    /// Right names and passwords of the last minute.
    pub remembered: Remembered,
    /// Wrong passwords that a client sends again.
    pub repeats: Repeats,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new(20)
    }
}

impl Throttle {
    /// Nothing is counted yet; a token may send `per_second` requests a second.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        let counts =
            || Cache::builder().max_capacity(100_000).time_to_live(WINDOW.to_std().unwrap_or_default()).build();
        Self {
            people: counts(),
            browsers: counts(),
            addresses: counts(),
            programs: counts(),
            requests: Requests::new(per_second),
            noted: Cache::builder().max_capacity(100_000).time_to_live(Duration::from_secs(60)).build(),
            wrong: Cache::builder().max_capacity(100_000).time_to_live(WINDOW.to_std().unwrap_or_default()).build(),
            key: random::bytes(),
            remembered: Remembered::default(),
            repeats: Repeats::default(),
        }
    }

    /// Takes one of a person's tries, if there is one left. Counted before the password is tried, in one step, so that
    /// many at once cannot pass together.
    #[must_use]
    pub fn take_try(&self, person: &str, now: DateTime<Utc>) -> bool {
        take(&self.people, person, now, PER_PERSON)
    }

    /// Gives the try back: the password was right, or the directory did not answer.
    pub fn give_back(&self, person: &str) {
        give_back(&self.people, person);
    }

    /// Takes one of the tries that browsers known to a person have; `of` is the [mark](Mark::who)'s, or that of its use.
    #[must_use]
    pub fn take_known_browser(&self, of: &str, now: DateTime<Utc>) -> bool {
        take(&self.browsers, of, now, PER_KNOWN_BROWSER)
    }

    /// Gives a known browser's try back: nothing was wrong with it.
    pub fn give_back_known_browser(&self, of: &str) {
        give_back(&self.browsers, of);
    }

    /// Takes one of an address's tries, if there is one left; counted before anything is tried, like a person's.
    #[must_use]
    pub fn take_address(&self, address: &str, now: DateTime<Utc>) -> bool {
        take(&self.addresses, &network(address), now, PER_ADDRESS)
    }

    /// Whether an address has no try left.
    #[must_use]
    pub fn is_spent(&self, address: &str, now: DateTime<Utc>) -> bool {
        counts::count(&self.addresses, &network(address), now) >= PER_ADDRESS
    }

    /// Gives an address's try back: nothing was wrong with it.
    pub fn give_back_address(&self, address: &str) {
        give_back(&self.addresses, &network(address));
    }

    /// Counts a request with a token that is none, and says whether the address may still send such.
    #[must_use]
    pub fn take_bad_token(&self, address: &str, now: DateTime<Utc>) -> bool {
        take(&self.programs, &network(address), now, PER_ADDRESS_OF_PROGRAMS)
    }

    /// Takes one of the requests that a token may send.
    ///
    /// # Errors
    /// In how many seconds there is one again, where there is none.
    pub fn take_request(&self, token: &str) -> Result<(), u64> {
        self.requests.take(token)
    }

    /// Whether a refusal is to be recorded: once a minute for each address and `what` (a token's id, say), so that nobody
    /// fills the log by being refused.
    #[must_use]
    pub fn notes_refusal(&self, what: &str, address: &str) -> bool {
        self.noted.entry(format!("{what} {}", network(address))).or_insert(()).is_fresh()
    }

    /// Whether this very password was wrong for this name lately: then it is not tried again. If so, the directory that
    /// has the name, if one has.
    #[must_use]
    pub fn known_wrong(&self, name: &str, password: &SecretString, now: DateTime<Utc>) -> Option<Option<String>> {
        let (directory, at) = self.wrong.get(&self.fingerprint(name, password))?;
        (now - at < WINDOW).then_some(directory)
    }

    /// Notes that a password was tried at `now` and wrong, and which directory has the name, if one has.
    pub fn remember_wrong(&self, name: &str, password: &SecretString, directory: Option<String>, now: DateTime<Utc>) {
        self.wrong.insert(self.fingerprint(name, password), (directory, now));
    }

    /// Keyed with a key that dies with the process: what is remembered tells nobody anything about the password.
    fn fingerprint(&self, name: &str, password: &SecretString) -> [u8; 32] {
        let mut mac = keyed(&self.key);
        mac.update(&(name.len() as u64).to_be_bytes());
        mac.update(name.as_bytes());
        mac.update(password.expose_secret().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// A keyed hash over parts, each with its length first.
fn mac(key: &[u8], parts: &[&str]) -> [u8; 32] {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    // A key of exactly one block, which no implementation can refuse: the hash, and zeros as HMAC would add them itself.
    let mut block = [0; 64];
    block[..32].copy_from_slice(&Sha256::digest(key));
    Hmac::<Sha256>::new(&block.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn three_tries_in_a_quarter_of_an_hour() {
        let throttle = Throttle::default();
        let now = start();
        assert!((0..PER_PERSON).all(|_| throttle.take_try("alice", now)));
        assert!(!throttle.take_try("alice", now));
        assert!(throttle.take_try("bob", now));
        assert!(!throttle.take_try("alice", now + WINDOW - TimeDelta::seconds(1)));
        assert!(throttle.take_try("alice", now + WINDOW));
    }

    #[test]
    fn many_at_once_take_no_more_tries_than_there_are() {
        let throttle = Throttle::default();
        let taken = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..50).map(|_| scope.spawn(|| throttle.take_try("alice", start()))).collect();
            tries.into_iter().filter(|_| true).map(|t| t.join().unwrap()).filter(|taken| *taken).count()
        });
        assert_eq!(taken, PER_PERSON);
    }

    #[test]
    fn a_right_password_takes_nothing() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            assert!(throttle.take_try("alice", start()));
            throttle.give_back("alice");
        }
    }

    #[test]
    fn fifty_tries_of_an_address() {
        let throttle = Throttle::default();
        assert!((0..PER_ADDRESS).all(|_| throttle.take_address("192.0.2.1", start())));
        assert!(!throttle.take_address("192.0.2.1", start()));
        assert!(throttle.take_address("192.0.2.2", start()));
        throttle.give_back_address("192.0.2.1");
        assert!(throttle.take_address("192.0.2.1", start()));
        assert!(throttle.take_address("192.0.2.1", start() + WINDOW));
    }

    #[test]
    fn a_try_that_is_counted_late_erases_no_other() {
        let throttle = Throttle::default();
        let late = start() + TimeDelta::seconds(1);
        assert!((0..PER_PERSON).all(|_| throttle.take_try("alice", late)));
        assert!(!throttle.take_try("alice", start()));
        assert!(!throttle.take_try("alice", late));
    }

    #[test]
    fn refusals_are_noted_once_in_a_while() {
        let throttle = Throttle::default();
        assert!(throttle.notes_refusal("sign-in", "192.0.2.1"));
        assert!(!throttle.notes_refusal("sign-in", "192.0.2.1"));
        assert!(throttle.notes_refusal("sign-in", "192.0.2.2"));
        assert!(throttle.notes_refusal("token", "192.0.2.1"));
    }

    #[test]
    fn the_same_wrong_password_is_known() {
        let throttle = Throttle::default();
        let wrong = SecretString::from("fake wrong password");
        assert_eq!(throttle.known_wrong("alice", &wrong, start()), None);
        throttle.remember_wrong("alice", &wrong, Some("corp".to_owned()), start());
        throttle.remember_wrong("nobody", &wrong, None, start());
        assert_eq!(throttle.known_wrong("alice", &wrong, start()), Some(Some("corp".to_owned())));
        assert_eq!(throttle.known_wrong("nobody", &wrong, start()), Some(None));
        assert_eq!(throttle.known_wrong("bob", &wrong, start()), None);
        assert_eq!(throttle.known_wrong("alice", &"another".into(), start()), None);
        let end = start() + WINDOW;
        assert_eq!(throttle.known_wrong("nobody", &wrong, end - TimeDelta::seconds(1)), Some(None));
        assert_eq!(throttle.known_wrong("nobody", &wrong, end), None);
    }

    #[test]
    fn half_of_an_ipv6_address_is_counted() {
        let throttle = Throttle::default();
        let of = |host: usize| format!("2001:db8:0:1::{host:x}");
        assert!((0..PER_ADDRESS).all(|host| throttle.take_address(&of(host), start())));
        assert!(!throttle.take_address("2001:db8:0:1:ffff::1", start()));
        assert!(throttle.take_address("2001:db8:0:2::1", start()));
        throttle.give_back_address(&of(60));
        assert!(throttle.take_address(&of(61), start()));
        assert!(throttle.notes_refusal("sign-in", &of(1)) && !throttle.notes_refusal("sign-in", &of(2)));
    }
}
