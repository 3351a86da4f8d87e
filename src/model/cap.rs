//! How long a session may last at most, and what says so.

use super::principal::PrincipalType;
use super::session::show_duration;
use super::source::Source;

/// AWS ends a role's session after this many seconds that begins with temporary credentials: role chaining ("exceeds the
/// 1 hour session limit for roles assumed by role chaining", STS).
pub const CHAINED: u32 = 3_600;
/// The longest session of a root user, in seconds (STS API Reference, GetFederationToken and GetSessionToken).
const ROOT: u32 = 3_600;

/// The longest session, and why it is no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// In seconds.
    pub seconds: u32,
    /// What says so.
    pub because: Because,
}

/// What says how long a session may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The call itself.
    Call(PrincipalType),
    /// Another role is assumed first.
    Chain,
    /// The source's own credentials are temporary.
    TemporarySource,
    /// The key is a root user's.
    Root,
    /// Nothing is asked for: the credentials last as the surroundings gave them.
    Given,
}

/// What the cap follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// Which call it is.
    pub kind: PrincipalType,
    /// Whether roles are assumed on the way.
    pub chain: bool,
    /// Where the credentials come from that make the call, where that is known.
    pub source: Option<Source>,
    /// Whether they are a root user's.
    pub root: bool,
}

/// The cap in force.
#[must_use]
pub fn cap(basis: Basis) -> Cap {
    let Basis { kind, chain, source, root } = basis;
    match kind {
        PrincipalType::Provided => Cap { seconds: kind.durations().longest, because: Because::Given },
        PrincipalType::AssumeRole if chain => Cap { seconds: CHAINED, because: Because::Chain },
        PrincipalType::AssumeRole if source.is_some_and(|source| !source.is_long_term()) => {
            Cap { seconds: CHAINED, because: Because::TemporarySource }
        }
        PrincipalType::FederatedUser | PrincipalType::IamUser if root => Cap { seconds: ROOT, because: Because::Root },
        _ => Cap { seconds: kind.durations().longest, because: Because::Call(kind) },
    }
}

impl Because {
    /// The word in pages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Call(kind) => kind.word(),
            Self::Chain => "chain",
            Self::TemporarySource => "temporary",
            Self::Root => "root",
            Self::Given => "given",
        }
    }
}

impl Cap {
    /// The cap and its reason, as the form says it.
    #[must_use]
    pub fn sentence(self) -> String {
        let longest = show_duration(self.seconds);
        match self.because {
            Because::Call(PrincipalType::AssumeRole) => {
                format!("15 min to {longest}; the role's own maximum may be less. Empty: 1 h.")
            }
            Because::Call(_) => format!("15 min to {longest}. Empty: 12 h."),
            Because::Chain => format!(
                "15 min to {longest}: AWS ends a role's session after {longest} where another role was assumed before it (role chaining). Empty: {longest}."
            ),
            Because::TemporarySource => format!(
                "15 min to {longest}: this source has temporary credentials, and AWS ends a role's session that begins with such after {longest} (role chaining). Empty: {longest}."
            ),
            Because::Root => format!("15 min to {longest}: sessions of a root user last no longer."),
            Because::Given => "Provided credentials last as long as the surroundings gave them.".to_owned(),
        }
    }

    /// Checks a duration that the call itself would take.
    ///
    /// # Errors
    /// A sentence with the cap and its reason.
    pub fn check(self, seconds: u32) -> Result<u32, String> {
        if seconds <= self.seconds {
            return Ok(seconds);
        }
        Err(match self.because {
            Because::Root => "Sessions of a root user last at most 1 h.",
            Because::Chain => "AWS ends a role's session after 1 h where another role was assumed before it (role chaining). Ask for 1h or less, or leave out the roles on the way.",
            Because::TemporarySource => "This source has temporary credentials, and AWS ends a role's session that begins with such after 1 h (role chaining).",
            Because::Call(_) | Because::Given => "AWS gives no session that long.",
        }
        .to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Basis =
        Basis { kind: PrincipalType::AssumeRole, chain: false, source: Some(Source::LongTerm), root: false };

    #[test]
    fn each_reason_has_its_cap_and_both_sides_of_it_are_told_apart() {
        let temporary = Some(Source::Temporary { expires_at: None });
        for (basis, seconds, because) in [
            (PLAIN, 43_200, Because::Call(PrincipalType::AssumeRole)),
            (Basis { source: None, ..PLAIN }, 43_200, Because::Call(PrincipalType::AssumeRole)),
            (Basis { chain: true, ..PLAIN }, 3_600, Because::Chain),
            (Basis { source: temporary, ..PLAIN }, 3_600, Because::TemporarySource),
            (Basis { chain: true, source: temporary, ..PLAIN }, 3_600, Because::Chain),
            (Basis { kind: PrincipalType::IamUser, root: true, ..PLAIN }, 3_600, Because::Root),
            (
                Basis { kind: PrincipalType::FederatedUser, chain: true, ..PLAIN },
                129_600,
                Because::Call(PrincipalType::FederatedUser),
            ),
            (Basis { kind: PrincipalType::Provided, ..PLAIN }, 43_200, Because::Given),
        ] {
            let cap = cap(basis);
            assert_eq!(cap, Cap { seconds, because }, "{basis:?}");
            assert_eq!(cap.check(seconds), Ok(seconds));
            assert!(cap.check(seconds + 1).is_err());
            assert!(!cap.sentence().is_empty());
        }
    }
}
