//! How often a token may be used.

use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

/// How many times what it may send in a second a token may send at once.
const AT_ONCE: u32 = 5;
/// How many tokens are remembered before those are forgotten that have all their requests again.
const MANY: usize = 10_000;

/// Counts the requests of each token by itself: a busy one takes nothing from another.
pub(super) struct Requests<C: Clock = DefaultClock> {
    limiter: RateLimiter<String, DefaultKeyedStateStore<String>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
}

impl Requests {
    pub(super) fn new(per_second: u32) -> Self {
        Self::with_clock(per_second, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Requests<C> {
    fn with_clock(per_second: u32, clock: C) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota =
            Quota::per_second(at_least_one(per_second)).allow_burst(at_least_one(per_second.saturating_mul(AT_ONCE)));
        Self { limiter: RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone()), clock }
    }

    /// Takes one of a token's requests.
    ///
    /// # Errors
    /// In how many seconds there is one again, where there is none; at least one.
    pub(super) fn take(&self, token: &str) -> Result<(), u64> {
        if self.limiter.len() > MANY {
            self.limiter.retain_recent();
        }
        let taken = self.limiter.check_key(&token.to_owned());
        taken.map_err(|not_until| not_until.wait_time_from(self.clock.now()).as_secs().saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn a_token_has_a_hundred_requests_at_once_and_twenty_more_each_second() {
        let clock = FakeRelativeClock::default();
        let requests = Requests::with_clock(20, clock.clone());
        let taken = |token: &str| (0..1000).filter(|_| requests.take(token).is_ok()).count();
        assert_eq!((taken("one"), taken("one"), taken("other")), (100, 0, 100));
        assert_eq!(requests.take("one"), Err(1));
        clock.advance(Duration::from_millis(49));
        assert_eq!(taken("one"), 0);
        clock.advance(Duration::from_millis(1));
        assert_eq!(taken("one"), 1);
        clock.advance(Duration::from_secs(1));
        assert_eq!(taken("one"), 20);
        clock.advance(Duration::from_secs(3600));
        assert_eq!(taken("one"), 100, "never more than at once");
    }

    #[test]
    fn a_thousand_tokens_are_told_apart_whatever_one_of_them_does() {
        let clock = FakeRelativeClock::default();
        let requests = Requests::with_clock(20, clock.clone());
        let tokens: Vec<String> = (0..1000).map(|token| format!("token {token}")).collect();
        let (mut greedy, seconds) = (0, 20);
        for _ in 0..seconds * 10 {
            clock.advance(Duration::from_millis(100));
            greedy += (0..100).filter(|_| requests.take("greedy").is_ok()).count();
            for token in &tokens {
                assert_eq!(requests.take(token), Ok(()), "{token}");
            }
        }
        assert_eq!(greedy, 100 + seconds * 20 - 2, "its burst, and its twenty a second since then");
    }

    #[test]
    fn many_tokens_are_forgotten_once_they_have_all_their_requests_again() {
        let clock = FakeRelativeClock::default();
        let requests = Requests::with_clock(20, clock.clone());
        for token in 0..=MANY {
            assert_eq!(requests.take(&token.to_string()), Ok(()));
        }
        clock.advance(Duration::from_secs(10));
        assert_eq!(requests.take("one more"), Ok(()));
        assert!(requests.limiter.len() < 10, "{}", requests.limiter.len());
    }
}
