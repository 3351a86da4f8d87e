//! Counts what was asked of the sandbox.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// Everything that is counted, by the names of the interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    GetCallerIdentity,
    AssumeRole,
    GetFederationToken,
    GetSessionToken,
    GetAccessKeyInfo,
    ListAccessKeys,
    CreateAccessKey,
    UpdateAccessKey,
    DeleteAccessKey,
    GetAccessKeyLastUsed,
    EcrToken,
    CodeArtifactToken,
    /// A call that names no known action.
    Other,
    SigninToken,
    Login,
    Logout,
    /// A page of the console.
    Console,
}

const ACTIONS: [(Action, &str); 17] = [
    (Action::GetCallerIdentity, "GetCallerIdentity"),
    (Action::AssumeRole, "AssumeRole"),
    (Action::GetFederationToken, "GetFederationToken"),
    (Action::GetSessionToken, "GetSessionToken"),
    (Action::GetAccessKeyInfo, "GetAccessKeyInfo"),
    (Action::ListAccessKeys, "ListAccessKeys"),
    (Action::CreateAccessKey, "CreateAccessKey"),
    (Action::UpdateAccessKey, "UpdateAccessKey"),
    (Action::DeleteAccessKey, "DeleteAccessKey"),
    (Action::GetAccessKeyLastUsed, "GetAccessKeyLastUsed"),
    (Action::EcrToken, "ecr:GetAuthorizationToken"),
    (Action::CodeArtifactToken, "codeartifact:GetAuthorizationToken"),
    (Action::Other, "other"),
    (Action::SigninToken, "getSigninToken"),
    (Action::Login, "login"),
    (Action::Logout, "logout"),
    (Action::Console, "console"),
];
const STS_ACTIONS: usize = 5;
const IAM_ACTIONS: usize = 5;

impl Action {
    /// The STS call of that name.
    pub(super) fn of_sts(name: &str) -> Option<Self> {
        ACTIONS[..STS_ACTIONS].iter().find(|(_, known)| *known == name).map(|(action, _)| *action)
    }

    /// The IAM call of that name.
    pub(super) fn of_iam(name: &str) -> Option<Self> {
        let iam = &ACTIONS[STS_ACTIONS..STS_ACTIONS + IAM_ACTIONS];
        iam.iter().find(|(_, known)| *known == name).map(|(action, _)| *action)
    }

    /// Whether it is a call of IAM.
    pub(super) const fn is_iam(self) -> bool {
        (self as usize) >= STS_ACTIONS && (self as usize) < STS_ACTIONS + IAM_ACTIONS
    }

    /// Its name in counters and faults.
    pub(super) fn name(self) -> &'static str {
        ACTIONS[self as usize].1
    }

    /// Makes credentials, or turns them into a console session or a log-in.
    const fn issues(self) -> bool {
        matches!(
            self,
            Self::AssumeRole
                | Self::GetFederationToken
                | Self::GetSessionToken
                | Self::SigninToken
                | Self::EcrToken
                | Self::CodeArtifactToken
        )
    }
}

/// How often one action was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Requests that got what they asked for.
    pub served: u64,
    /// Requests that got an error, a switched-on fault included.
    pub refused: u64,
}

/// What the sandbox was asked since its start. It is what `GET /_sandbox/counters` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// `AssumeRole`, `GetFederationToken`, `GetSessionToken`, `getSigninToken` and `…:GetAuthorizationToken` requests, refused
    /// ones included.
    pub issuing: u64,
    /// Those of them that were served.
    pub issued: u64,
    /// By action: STS's and IAM's names, `ecr:GetAuthorizationToken` and that of `codeartifact`, `getSigninToken`, `login`, `logout`, `console` and `other`. All names are always there.
    pub actions: BTreeMap<String, Count>,
}

impl Counters {
    /// The count of one action; zero for a name that is none.
    #[must_use]
    pub fn of(&self, action: &str) -> Count {
        self.actions.get(action).copied().unwrap_or_default()
    }
}

/// The running counters.
#[derive(Default)]
pub(super) struct Tally([[AtomicU64; 2]; ACTIONS.len()]);

impl Tally {
    /// Counts one request.
    pub(super) fn count(&self, action: Action, served: bool) {
        self.0[action as usize][usize::from(served)].fetch_add(1, Ordering::Relaxed);
    }

    /// The counters as they stand.
    pub(super) fn read(&self) -> Counters {
        let mut counters = Counters::default();
        for (action, name) in ACTIONS {
            let [refused, served] = &self.0[action as usize];
            let count = Count { served: served.load(Ordering::Relaxed), refused: refused.load(Ordering::Relaxed) };
            if action.issues() {
                counters.issuing += count.served + count.refused;
                counters.issued += count.served;
            }
            counters.actions.insert(name.to_owned(), count);
        }
        counters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_counts_for_itself() {
        let tally = Tally::default();
        for (at, (action, name)) in ACTIONS.iter().enumerate() {
            assert_eq!((*action as usize, action.name()), (at, *name));
        }
        tally.count(Action::AssumeRole, true);
        tally.count(Action::SigninToken, false);
        tally.count(Action::GetCallerIdentity, true);
        let counters = tally.read();
        assert_eq!((counters.issuing, counters.issued), (2, 1));
        assert_eq!(counters.of("AssumeRole"), Count { served: 1, refused: 0 });
        assert_eq!(counters.of("getSigninToken"), Count { served: 0, refused: 1 });
        assert_eq!(counters.of("nonsense"), Count::default());
    }
}
