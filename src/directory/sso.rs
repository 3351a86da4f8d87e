//! Single sign-on: a session that another program began, which the browser brings as a cookie. Crowd alone has it.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{Directory, DirectoryError, Members, SignInError};
use crate::model::identity::Entry;

/// How old the answer may be that a session is good.
pub const SSO_ASKED: TimeDelta = TimeDelta::seconds(60);
/// How long the name of the cookie is known.
const NAMED: TimeDelta = TimeDelta::minutes(10);
/// After how long it is asked for again where there was no answer.
const NAMED_AGAIN: TimeDelta = TimeDelta::seconds(5);
/// The longest token, in bytes; Crowd's have some fifty, and more with a long user name.
const LONGEST_TOKEN: usize = 512;

/// The token of a session: whoever has it is that person to every program behind the single sign-on.
pub struct SsoToken(SecretString);

impl fmt::Debug for SsoToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SsoToken")
    }
}

impl SsoToken {
    /// A cookie's value as a token; `None` where it cannot be one. It becomes a part of an address, so that only signs pass
    /// that mean nothing there: those of base64url, which Crowd uses.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte);
        let fits = (1..=LONGEST_TOKEN).contains(&text.len()) && text.bytes().all(is_sign);
        fits.then(|| Self(text.into()))
    }

    /// Its SHA-256, by which it is known again.
    #[must_use]
    pub fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.expose()))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// What a session is bound to beside its token, as Crowd's validation factors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// `remote_address`: the address that the connection came from.
    pub remote_address: String,
    /// `X-Forwarded-For`: the caller's address as a trusted proxy tells it, where that is another.
    pub forwarded_for: Option<String>,
}

/// What is known of a directory's single sign-on.
pub struct Sso {
    cookie: Mutex<Cookie>,
    /// Held while the name is asked for: who comes meanwhile waits for the answer.
    asking: tokio::sync::Mutex<()>,
    /// When a session, as one address brings it, was last good.
    good: Cache<String, DateTime<Utc>>,
}

#[derive(Default)]
struct Cookie {
    name: Option<String>,
    named_at: Option<DateTime<Utc>>,
    asked_at: Option<DateTime<Utc>>,
}

impl Default for Sso {
    fn default() -> Self {
        let age = SSO_ASKED.to_std().unwrap_or(Duration::ZERO);
        let good = Cache::builder().max_capacity(50_000).time_to_live(age).build();
        Self { cookie: Mutex::default(), asking: tokio::sync::Mutex::default(), good }
    }
}

impl Sso {
    /// The name while nobody needs to ask for it.
    fn fresh(&self, now: DateTime<Utc>) -> Option<String> {
        let cookie = self.cookie.lock().unwrap_or_else(PoisonError::into_inner);
        cookie.name.clone().filter(|_| is_within(cookie.named_at, now, NAMED))
    }

    /// The name as far as it is known, and whether it is time to ask, for whoever asks first.
    fn cookie(&self, now: DateTime<Utc>) -> (Option<String>, bool) {
        let mut cookie = self.cookie.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = is_within(cookie.named_at, now, NAMED);
        let asks = !is_known && !is_within(cookie.asked_at, now, NAMED_AGAIN);
        if asks {
            cookie.asked_at = Some(now);
        }
        (cookie.name.clone(), asks)
    }

    /// There was no answer.
    fn unnamed(&self, now: DateTime<Utc>) {
        self.cookie.lock().unwrap_or_else(PoisonError::into_inner).asked_at = Some(now);
    }

    fn named(&self, name: &str, now: DateTime<Utc>) {
        let mut cookie = self.cookie.lock().unwrap_or_else(PoisonError::into_inner);
        *cookie = Cookie { name: Some(name.to_owned()), named_at: Some(now), asked_at: None };
    }
}

impl Members {
    /// Whether it takes sessions of a single sign-on.
    #[must_use]
    pub const fn takes_sso(&self) -> bool {
        self.crowd().is_some()
    }

    const fn crowd(&self) -> Option<&super::Crowd> {
        match self.directory() {
            Directory::Crowd(crowd) if crowd.takes_sso() => Some(crowd),
            _ => None,
        }
    }

    /// The name of the cookie that has the session, at most ten minutes old while Crowd answers; `None` where it is not known.
    pub async fn sso_cookie(&self) -> Option<String> {
        let crowd = self.crowd()?;
        if let Some(name) = self.sso.fresh(self.clock.now()) {
            return Some(name);
        }
        let _turn = self.sso.asking.lock().await;
        let now = self.clock.now();
        let (known, asks) = self.sso.cookie(now);
        if !asks {
            return known;
        }
        let start = Instant::now();
        match self.noted(start, crowd.sso_cookie().await) {
            Ok(name) => {
                self.sso.named(&name, now);
                Some(name)
            }
            Err(DirectoryError { directory, cause }) => {
                tracing::warn!(directory, cause, "the cookie of the single sign-on is not known");
                // Who waited meanwhile does not ask once more.
                self.sso.unnamed(self.clock.now());
                known
            }
        }
    }

    /// Whose session a browser brings.
    ///
    /// # Errors
    /// [`SignInError::NoSession`] where Crowd does not take it, or why that person may not sign in.
    pub async fn sso_person(&self, token: &SsoToken, factors: &Factors) -> Result<Entry, SignInError> {
        let Some(crowd) = self.crowd() else { return Err(SignInError::NoSession) };
        let (start, now) = (Instant::now(), self.clock.now());
        let answer = crowd.sso_person(token, factors).await;
        let cause = if let Err(SignInError::Unavailable(error)) = &answer { Some(error.cause.as_str()) } else { None };
        self.note(start, cause);
        if answer.is_ok() {
            self.sso.good.insert(key(token, factors), now);
        }
        answer
    }

    /// Whether a session that a browser brings is still good, as Crowd said at most [`SSO_ASKED`] ago.
    ///
    /// # Errors
    /// Where it has to be asked and does not answer.
    pub async fn sso_lives(&self, token: &SsoToken, factors: &Factors) -> Result<bool, DirectoryError> {
        let Some(crowd) = self.crowd() else { return Ok(false) };
        let (start, now, key) = (Instant::now(), self.clock.now(), key(token, factors));
        if is_within(self.sso.good.get(&key), now, SSO_ASKED) {
            return Ok(true);
        }
        let lives = self.noted(start, crowd.sso_lives(token, factors).await)?;
        if lives {
            self.sso.good.insert(key, now);
        } else {
            self.sso.good.invalidate(&key);
        }
        Ok(lives)
    }
}

/// Whether it was less than `age` ago.
fn is_within(at: Option<DateTime<Utc>>, now: DateTime<Utc>, age: TimeDelta) -> bool {
    at.is_some_and(|at| at <= now && now - at < age)
}

fn key(token: &SsoToken, Factors { remote_address, forwarded_for }: &Factors) -> String {
    format!("{} {remote_address} {}", token.hash(), forwarded_for.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_what_means_nothing_else_in_an_address() {
        let longest = "x".repeat(LONGEST_TOKEN);
        for right in ["rtk8eMvqq00EiGn5iJCMZQ00", "aB-_9=", "\"quoted=\"", longest.as_str()] {
            assert!(SsoToken::read(right).is_some(), "{right}");
        }
        let longer = "x".repeat(LONGEST_TOKEN + 1);
        for wrong in [
            "",
            "\"\"",
            "\"",
            ".",
            "..",
            "a/b",
            "a%2Fb",
            "a b",
            "a?b",
            "a#b",
            "a\r\nb",
            "ä",
            "a\0",
            "a;b",
            longer.as_str(),
        ] {
            assert!(SsoToken::read(wrong).is_none(), "{wrong:?}");
        }
        assert_eq!(SsoToken::read("\"a\"").unwrap().hash(), SsoToken::read("a").unwrap().hash());
        assert!(!format!("{:?}", SsoToken::read("fake-token").unwrap()).contains("fake"));
    }

    #[test]
    fn the_name_of_the_cookie_is_asked_for_every_ten_minutes_and_soon_again_where_it_is_not_known() {
        let (sso, start) = (Sso::default(), DateTime::<Utc>::UNIX_EPOCH);
        let at = |seconds: i64| start + TimeDelta::seconds(seconds);
        assert_eq!(sso.cookie(at(0)), (None, true));
        assert_eq!(sso.cookie(at(4)), (None, false));
        assert_eq!(sso.cookie(at(5)), (None, true));
        sso.named("crowd.token_key", at(5));
        let name = || Some("crowd.token_key".to_owned());
        assert_eq!(sso.cookie(at(604)), (name(), false));
        assert_eq!(sso.cookie(at(605)), (name(), true));
        assert_eq!(sso.cookie(at(609)), (name(), false));
        assert_eq!(sso.cookie(at(610)), (name(), true));
    }
}
