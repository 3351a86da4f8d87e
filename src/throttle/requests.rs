//! How often a token may be used.

use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// How many requests a token may send in a second, in the long run.
pub const PER_SECOND: NonZeroU32 = NonZeroU32::new(20).expect("not zero");
/// How many it may send at once.
pub const AT_ONCE: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
/// How many tokens are remembered before those are forgotten that have all their requests again.
const MANY: usize = 10_000;

/// Counts the requests of each token by itself: a busy one takes nothing from another.
pub(super) struct Requests {
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Requests {
    pub(super) fn new() -> Self {
        let quota = Quota::per_second(PER_SECOND).allow_burst(AT_ONCE);
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default() }
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
    use super::*;

    #[test]
    fn each_token_has_requests_of_its_own() {
        let requests = Requests::new();
        let taken = |token: &str| (0..AT_ONCE.get() + 50).filter(|_| requests.take(token).is_ok()).count();
        let (one, other) = (taken("one"), taken("other"));
        // Some come back while we count.
        assert!((100..120).contains(&one) && (100..120).contains(&other), "{one} {other}");
        assert_eq!(requests.take("one"), Err(1));
    }
}
