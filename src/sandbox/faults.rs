//! Faults that tests switch on: what AWS, or the way to it, does on a bad day.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::counters::Action;
use super::iam;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultKind {
    /// 403 `AccessDenied`.
    AccessDenied,
    /// 403 `InvalidClientTokenId`.
    InvalidClientTokenId,
    /// 400 `Throttling`, "Rate exceeded".
    Throttling,
    /// 500 `InternalFailure`.
    InternalFailure,
    /// 503 `ServiceUnavailable`.
    ServiceUnavailable,
    /// 403 `ExpiredToken`.
    ExpiredToken,
    /// 400 `PackedPolicyTooLarge`.
    PackedPolicyTooLarge,
    /// 403 `RegionDisabledException`.
    RegionDisabled,
    /// 400: `ValidationError` from STS, AWS's error page from the federation endpoint.
    BadRequest,
    /// 200 with XML or JSON that breaks off.
    Garbage,
    /// 200 with somebody else's sign-in page, as hotel networks and proxies send.
    CaptivePortal,
    /// No answer for ten minutes, then a closed connection.
    Hang,
    /// The connection is reset without an answer.
    Reset,
    /// A correct answer, late.
    Latency,
    /// 403 `InvalidClientTokenId` for keys that CreateAccessKey has made: they are not known everywhere yet.
    NewKeyUnknown,
}

/// One switched-on fault. As JSON it is what `POST /_sandbox/faults` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// `AssumeRole` and the other calls of STS and IAM, `ecr:GetAuthorizationToken`, `codeartifact:GetAuthorizationToken`,
    /// `getSigninToken`, `login`, or `*` for all.
    #[serde(default = "any_action")]
    pub action: String,
    /// Only requests with this key id: the signer's, or the `sessionId` sent to the federation endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many requests; `None` until it is cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Milliseconds to wait before the answer, of any kind.
    #[serde(default)]
    pub latency_ms: u64,
    /// The call is done first, and only its answer suffers. Not of the sign-in.
    #[serde(default)]
    pub after: bool,
}

fn any_action() -> String {
    "*".to_owned()
}

impl Fault {
    /// A fault of every request for `action` until it is cleared.
    #[must_use]
    pub fn of(action: &str, kind: FaultKind) -> Self {
        Self { action: action.to_owned(), access_key_id: None, kind, times: None, latency_ms: 0, after: false }
    }

    /// Every answer comes `milliseconds` late: a stand-in for the way to AWS.
    #[must_use]
    pub fn latency(milliseconds: u64) -> Self {
        Self { latency_ms: milliseconds, ..Self::of("*", FaultKind::Latency) }
    }

    /// Only for requests of this key id.
    #[must_use]
    pub fn for_key(mut self, access_key_id: &str) -> Self {
        self.access_key_id = Some(access_key_id.to_owned());
        self
    }

    /// The call is done, and only its answer suffers.
    #[must_use]
    pub const fn after(mut self) -> Self {
        self.after = true;
        self
    }

    /// Only for the next `times` requests.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

/// What one request suffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) delay: Duration,
    /// Never [`FaultKind::Latency`].
    pub(super) kind: Option<FaultKind>,
    /// The call is done first.
    pub(super) after: bool,
}

/// The faults that are switched on. Asking costs one atomic load while there are none.
#[derive(Default)]
pub(super) struct Faults {
    armed: AtomicBool,
    list: Mutex<Vec<Fault>>,
}

impl Faults {
    /// Whether there are any.
    pub(super) fn armed(&self) -> bool {
        self.armed.load(Ordering::Acquire)
    }

    /// Switches one on.
    pub(super) fn add(&self, fault: Fault) {
        self.list().push(fault);
        self.armed.store(true, Ordering::Release);
    }

    /// Switches all off. Requests that hang already go on hanging.
    pub(super) fn clear(&self) {
        self.list().clear();
        self.armed.store(false, Ordering::Release);
    }

    /// What a request suffers: the delays of all faults that fit add up, and the first other kind decides the answer.
    pub(super) fn take(&self, action: Action, key_id: &str) -> Hit {
        let mut hit = Hit::default();
        let mut list = self.list();
        for fault in list.iter_mut() {
            let fits = (fault.action == "*" || fault.action == action.name())
                && fault.access_key_id.as_deref().is_none_or(|wanted| wanted == key_id)
                && (fault.kind != FaultKind::NewKeyUnknown || key_id.starts_with(iam::KEY_PREFIX))
                && (fault.kind == FaultKind::Latency || hit.kind.is_none());
            if !fits {
                continue;
            }
            hit.delay += Duration::from_millis(fault.latency_ms);
            if fault.kind != FaultKind::Latency {
                hit.kind = Some(fault.kind);
                hit.after = fault.after;
            }
            fault.times = fault.times.map(|times| times.saturating_sub(1));
        }
        list.retain(|fault| fault.times != Some(0));
        self.armed.store(!list.is_empty(), Ordering::Release);
        hit
    }

    fn list(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_hit_what_they_name_as_often_as_they_say() {
        let faults = Faults::default();
        faults.add(Fault::of("AssumeRole", FaultKind::Throttling).for_key("SBXA1").times(2));
        faults.add(Fault::latency(40));
        assert_eq!(faults.take(Action::GetSessionToken, "SBXA1").kind, None);
        assert_eq!(faults.take(Action::AssumeRole, "SBXA2").kind, None);
        for _ in 0..2 {
            let hit = faults.take(Action::AssumeRole, "SBXA1");
            assert_eq!((hit.kind, hit.delay.as_millis()), (Some(FaultKind::Throttling), 40));
        }
        assert_eq!(
            faults.take(Action::AssumeRole, "SBXA1"),
            Hit { delay: Duration::from_millis(40), ..Hit::default() }
        );
        assert!(faults.armed());
        faults.clear();
        assert!(!faults.armed());
    }

    #[test]
    fn a_fault_reads_as_json_and_knows_no_other_fields() {
        let fault: Fault = serde_json::from_str(r#"{"kind":"Latency","latencyMs":40}"#).unwrap();
        assert_eq!(fault, Fault::latency(40));
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"Latency","latency":40}"#).is_err());
    }
}
