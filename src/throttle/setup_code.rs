//! The code that makes the first administrator.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::random;

/// How long the set-up code is good.
const CODE_LIFE: Duration = Duration::from_secs(30 * 60);
/// How often it may be typed wrongly.
const CODE_TRIES: u32 = 5;
/// No letters that look like digits.
const CODE_ALPHABET: &[u8] = b"ABCDEFGHJKMNPQRSTVWXYZ23456789";

/// The 12-character code that makes the first administrator. Closed unless [opened](Self::open).
#[derive(Default)]
pub struct SetupCode(Mutex<Option<OpenCode>>);

struct OpenCode {
    hash: [u8; 32],
    until: DateTime<Utc>,
    tries: u32,
    /// Somebody typed it rightly and is being made the administrator.
    taken: bool,
}

impl SetupCode {
    /// Opens the set-up and gives the code to print: `ABCD-EFGH-JKMN`.
    #[must_use]
    pub fn open(&self, now: DateTime<Utc>) -> SecretString {
        let text = random::text(CODE_ALPHABET, 12);
        let open =
            OpenCode { hash: Sha256::digest(&text).into(), until: now + CODE_LIFE, tries: CODE_TRIES, taken: false };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(open);
        format!("{}-{}-{}", &text[..4], &text[4..8], &text[8..]).into()
    }

    /// Whether the set-up is open at all.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(|open| now < open.until && open.tries > 0)
    }

    /// Whether `typed` is the code; then it is taken, and right for nobody else until it is [given back](Self::give_back).
    /// Takes one try; hyphens, blanks and case do not count.
    #[must_use]
    pub fn take(&self, typed: &str, now: DateTime<Utc>) -> bool {
        let typed: String = typed.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
        let mut code = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = code.as_mut().filter(|open| now < open.until && open.tries > 0) else { return false };
        open.tries -= 1;
        let hash: [u8; 32] = Sha256::digest(&typed).into();
        let right = bool::from(hash.ct_eq(&open.hash)) && !open.taken;
        open.taken |= right;
        right
    }

    /// Gives a taken code back: no administrator was made with it.
    pub fn give_back(&self) {
        if let Some(open) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            open.taken = false;
        }
    }

    /// Closes the set-up for good: the first administrator is there.
    pub fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn the_code_is_good_for_five_tries_and_half_an_hour() {
        let setup = SetupCode::default();
        assert!(!setup.take("", start()));
        let code = setup.open(start());
        for _ in 0..4 {
            assert!(!setup.take("wrong", start()));
        }
        let typed = code.expose_secret().to_lowercase().replace('-', " ");
        assert!(setup.take(&typed, start()));
        assert!(!setup.take(&typed, start()), "a sixth try");
        let code = setup.open(start());
        assert!(!setup.take(code.expose_secret(), start() + CODE_LIFE));
        let code = setup.open(start());
        setup.close();
        assert!(!setup.take(code.expose_secret(), start()));
    }
}
