//! What STS was asked, word for word, for tests that look at it; nothing is kept before it is switched on.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::params::Params;

/// The most calls that are kept; later ones are not.
const MOST: usize = 1000;

/// One call's parameters by name, `Action` among them; without the one-time code.
pub type Asked = BTreeMap<String, String>;

/// The calls since listening was switched on.
#[derive(Default)]
pub(super) struct Heard(Mutex<Option<Vec<Asked>>>);

impl Heard {
    /// Keeps calls from now on.
    pub(super) fn listen(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
    }

    /// Keeps a call, where listening is on.
    pub(super) fn note(&self, params: &Params<'_>) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(calls) = calls.as_mut().filter(|calls| calls.len() < MOST) {
            let all = params.all().filter(|(name, _)| *name != "TokenCode");
            calls.push(all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        }
    }

    /// The calls so far.
    pub(super) fn calls(&self) -> Vec<Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }
}
