//! Who signed a request.

use super::error::Refusal;
use super::incoming::Incoming;
use super::index::{Index, Owner};
use super::sigv4::{self, SigningKeys};
use super::sts::Call;
use super::tokens::{Claims, Kind, principal_id};
use super::{authorization, scope};

/// The authenticated sender of a request.
pub(super) enum Caller<'w> {
    /// Holds a long-term key: a user or root.
    LongTerm(Owner<'w>),
    /// Holds temporary credentials that the sandbox issued.
    Session(Claims),
}

/// Finds out who signed `request` to `service` (`sts`, `iam` …), and notes the use of a long-term key.
///
/// # Errors
/// What AWS answers to requests that are unsigned, malformed, altered, too old, of unknown or inactive keys, or of
/// expired sessions.
pub(super) fn authenticate<'w>(
    request: &Incoming<'_>,
    service: &'static str,
    call: &Call<'w>,
    keys: &SigningKeys,
) -> Result<Caller<'w>, Refusal> {
    let Call { index, issuer, now, .. } = *call;
    let claimed = authorization::read(request)?;
    let scope = claimed.scope()?;
    let partition = scope::check(&claimed, &scope, service, now)?;
    if let Some(owner) = index.owner(scope.key_id) {
        if !owner.key.active || owner.account.partition != partition || claimed.token.is_some() {
            return Err(Refusal::unknown_key());
        }
        sigv4::verify(request, &claimed, &keys.of(&claimed, &scope, &owner.key.secret, index.generation))?;
        call.uses.note(scope.key_id, service, scope.region, now);
        return Ok(Caller::LongTerm(owner));
    }
    let recognised = claimed.token.as_deref().and_then(|token| issuer.recognise(scope.key_id, token));
    let Some(claims) = recognised.filter(|claims| claims.partition == partition) else {
        return Err(Refusal::unknown_key());
    };
    sigv4::verify(request, &claimed, &sigv4::signing_key(&scope, &issuer.secret(scope.key_id)))?;
    if claims.expires_at() <= now {
        return Err(Refusal::expired());
    }
    Ok(Caller::Session(claims))
}

impl Caller<'_> {
    /// As `GetCallerIdentity` tells it.
    pub(super) fn arn(&self) -> String {
        match self {
            Self::LongTerm(Owner { account, user: Some(user), .. }) => account.user_arn(&user.name),
            Self::LongTerm(Owner { account, .. }) => account.root_arn(),
            Self::Session(claims) => claims.arn(),
        }
    }

    /// `UserId` of `GetCallerIdentity`.
    pub(super) fn user_id(&self) -> String {
        match self {
            Self::LongTerm(Owner { account, user: Some(user), .. }) => principal_id("SBXD", &account.id, &user.name),
            Self::LongTerm(Owner { account, .. }) => account.id.clone(),
            Self::Session(claims) => claims.user_id(),
        }
    }

    /// The account's 12 digits.
    pub(super) fn account(&self) -> &str {
        match self {
            Self::LongTerm(owner) => &owner.account.id,
            Self::Session(claims) => &claims.account,
        }
    }

    /// `aws`, `aws-cn` …
    pub(super) fn partition(&self) -> &str {
        match self {
            Self::LongTerm(owner) => &owner.account.partition,
            Self::Session(claims) => &claims.partition,
        }
    }

    /// Root itself, or a session that `GetSessionToken` gave to root.
    pub(super) fn is_root(&self) -> bool {
        match self {
            Self::LongTerm(owner) => owner.user.is_none(),
            Self::Session(claims) => claims.kind == Kind::Session && claims.principal.is_empty(),
        }
    }

    /// The caller's own policies allow `sts:AssumeRole`. Roles of the sandbox may; sessions of a user may what the user may;
    /// federated sessions may call nothing of STS but `GetCallerIdentity`.
    pub(super) fn may_assume(&self, index: &Index) -> bool {
        match self {
            Self::LongTerm(owner) => owner.user.is_some_and(|user| user.may_assume),
            Self::Session(claims) => match claims.kind {
                Kind::Role => true,
                Kind::Federated => false,
                Kind::Session => index
                    .user(&claims.partition, &claims.account, &claims.principal)
                    .is_some_and(|user| user.may_assume),
            },
        }
    }
}
