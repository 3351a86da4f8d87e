//! What was done on the way to the credentials, step by step and with the time each took: the roles of a chain for the row,
//! all of it for whoever tests a connector.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The steps of one use, in order. It holds no secret.
#[derive(Debug, Default)]
pub struct Trail(Mutex<Vec<Step>>);

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was done.
    pub what: What,
    /// How long it took.
    pub took: Duration,
    /// What came of it: an id or a word, or why not (AWS's code, or a word of ours).
    pub result: Result<String, String>,
}

/// A kind of step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Opening the access key's secret.
    Source,
    /// Asking whose the key is, where nobody had asked before.
    Whose,
    /// A one-time code, or the session that stands in for it.
    Mfa,
    /// Assuming a role.
    Role {
        /// Its number, from 1.
        at: usize,
        /// How many there are.
        of: usize,
        /// Its ARN.
        role: String,
    },
    /// GetFederationToken, GetSessionToken or what the surroundings have.
    Session,
    /// GetCallerIdentity with what was issued.
    Identity,
}

impl Trail {
    /// Does `work`, times it, and notes it; `said` makes the words of what came of it.
    pub(super) async fn step<T, E>(
        &self,
        what: What,
        work: impl Future<Output = Result<T, E>>,
        said: impl FnOnce(&Result<T, E>) -> Result<String, String>,
    ) -> Result<T, E> {
        let began = Instant::now();
        let done = work.await;
        let step = Step { what, took: began.elapsed(), result: said(&done) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(step);
        done
    }

    /// The steps so far.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The roles of a chain for the usage log: each with the key id that was issued, or AWS's code; `None` where there is no
    /// more than one.
    pub(super) fn hops(&self) -> Option<Value> {
        let hop = |step: Step| match (step.what, step.result) {
            (What::Role { of: 2.., role, .. }, Ok(key_id)) => Some(json!({ "role": role, "keyId": key_id })),
            (What::Role { of: 2.., role, .. }, Err(code)) => Some(json!({ "role": role, "code": code })),
            _ => None,
        };
        let hops: Vec<Value> = self.steps().into_iter().filter_map(hop).collect();
        (!hops.is_empty()).then_some(Value::Array(hops))
    }
}
