//! The STS query interface: which call it is, who makes it, and the answer's XML.

use chrono::{DateTime, SecondsFormat, Utc};

use super::caller;
use super::counters::Action;
use super::error::Refusal;
use super::incoming::Incoming;
use super::index::Index;
use super::params::Params;
use super::rules::{self, Constraints};
use super::sigv4::SigningKeys;
use super::tokens::{Claims, Issued, Issuer};
use super::uses::LastUses;
use super::visit::Used;
use super::xml::Answer;
use super::{assume_role, federation_token, iam, identity};

/// The one version of the interface.
const VERSION: &str = "2011-06-15";
/// The largest session token, bytes; `SessionTokenUtilization` is the percentage of it (service model).
const TOKEN_MAX: usize = 4096;

/// A call with everything that answers need.
pub(super) struct Call<'w> {
    pub(super) params: &'w Params<'w>,
    pub(super) index: &'w Index,
    pub(super) issuer: &'w Issuer,
    pub(super) codes: &'w Used,
    pub(super) uses: &'w LastUses,
    pub(super) now: DateTime<Utc>,
}

/// The call, of STS or IAM, that a request names.
///
/// # Errors
/// 400 `MissingAction` or `InvalidAction`.
pub(super) fn action(params: &Params<'_>) -> Result<Action, Refusal> {
    let Some(name) = params.get("Action") else {
        return Err(Refusal::new(400, "MissingAction", "Missing Action"));
    };
    let version = params.get("Version").unwrap_or("NO_VERSION_SPECIFIED");
    let known = match version {
        VERSION => Action::of_sts(name),
        iam::VERSION => Action::of_iam(name),
        _ => None,
    };
    known.ok_or_else(|| {
        let message = format!("Could not find operation {name} for version {version}");
        Refusal::new(400, "InvalidAction", message)
    })
}

/// Authenticates the sender and answers the call.
///
/// # Errors
/// What AWS refuses.
pub(super) fn answer(
    action: Action,
    request: &Incoming<'_>,
    call: &Call<'_>,
    keys: &SigningKeys,
) -> Result<Answer, Refusal> {
    let caller = caller::authenticate(request, "sts", call, keys)?;
    match action {
        Action::AssumeRole => assume_role::answer(call, &caller),
        Action::GetFederationToken => federation_token::federation(call, &caller),
        Action::GetSessionToken => federation_token::session(call, &caller),
        Action::GetAccessKeyInfo => identity::access_key(call),
        _ => Ok(identity::caller(&caller)),
    }
}

/// Appends `<Credentials>` and how large their session token is (in the service model since June 2026).
pub(super) fn credentials(answer: &mut Answer, issued: &Issued, claims: &Claims) {
    answer
        .group("Credentials")
        .field("AccessKeyId", &issued.key_id)
        .field("SecretAccessKey", &issued.secret)
        .field("SessionToken", &issued.token)
        .field("Expiration", &claims.expires_at().to_rfc3339_opts(SecondsFormat::Secs, true))
        .group("/Credentials")
        .field("SessionTokenUtilization", &(issued.token.len() * 100).div_ceil(TOKEN_MAX).to_string())
        .field("SessionTokenSize", &issued.token.len().to_string());
}

/// Appends `<PackedPolicySize>`, where something was passed.
pub(super) fn packed_size(answer: &mut Answer, percent: Option<usize>) {
    if let Some(percent) = percent {
        answer.field("PackedPolicySize", &percent.to_string());
    }
}

/// Constraints of `SerialNumber` and `TokenCode`.
pub(super) fn check_mfa(params: &Params<'_>, constraints: &mut Constraints) {
    constraints.text("serialNumber", params.get("SerialNumber"), (9, 256), &rules::SERIAL_NUMBER).text(
        "tokenCode",
        params.get("TokenCode"),
        (6, 6),
        &rules::DIGITS,
    );
}

/// Constraints of `PolicyArns`: up to 10 of 20 to 2,048 characters each.
pub(super) fn check_policy_arns(arns: &[&str], constraints: &mut Constraints) {
    constraints.count("policyArns", arns.len(), 10);
    for (at, arn) in arns.iter().enumerate() {
        constraints.text(&format!("policyArns.{}.member.arn", at + 1), Some(arn), (20, 2048), &rules::ARN);
    }
}
