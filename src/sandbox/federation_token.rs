//! `GetFederationToken` and `GetSessionToken`: sessions of a user's own.

use super::caller::Caller;
use super::error::Refusal;
use super::index::Owner;
use super::policy::Passed;
use super::rules::{self, Constraints};
use super::sts::Call;
use super::tags::Tags;
use super::tokens::{Claims, Kind};
use super::xml::Answer;

/// Answers `GetFederationToken`.
///
/// # Errors
/// Broken constraints; `AccessDenied` for temporary credentials and for users without the permission; policies.
pub(super) fn federation<'w>(call: &Call<'w>, caller: &Caller<'w>) -> Result<Answer, Refusal> {
    let params = call.params;
    let seconds = params.number("DurationSeconds")?;
    let policy_arns = params.list("PolicyArns", ".arn");
    let mut constraints = Constraints::default();
    constraints
        .required("name", params.get("Name"))
        .text("name", params.get("Name"), (2, 32), &rules::NAME)
        .text("policy", params.get("Policy"), (1, rules::POLICY_MAX), &rules::POLICY)
        .number("durationSeconds", seconds, rules::SHORTEST, rules::LONGEST_TOKEN);
    super::sts::check_policy_arns(&policy_arns, &mut constraints);
    let tags = Tags::read(params, &mut constraints);
    constraints.finish()?;
    let owner = long_term(caller, "GetFederationToken")?;
    let name = params.get("Name").unwrap_or_default();
    if owner.user.is_some_and(|user| !user.may_federate) {
        let resource = format!("arn:{}:sts::{}:federated-user/{name}", owner.account.partition, owner.account.id);
        return Err(Refusal::not_authorized(&caller.arn(), "sts:GetFederationToken", &resource));
    }
    tags.transitive(&[])?;
    let packed = Passed { policy: params.get("Policy"), policy_arns, tags: tags.pairs }.packed_size()?;

    let mut claims = claims(Kind::Federated, owner, name);
    claims.expires = call.now.timestamp() + duration(seconds, caller.is_root());
    let issued = call.issuer.issue(&mut claims);
    let mut answer = Answer::open("GetFederationToken");
    super::sts::credentials(&mut answer, &issued, &claims);
    answer
        .group("FederatedUser")
        .field("FederatedUserId", &claims.user_id())
        .field("Arn", &claims.arn())
        .group("/FederatedUser");
    super::sts::packed_size(&mut answer, packed);
    Ok(answer)
}

/// Answers `GetSessionToken`, which needs no permission.
///
/// # Errors
/// Broken constraints; `AccessDenied` for temporary credentials, and for an MFA code that is not right.
pub(super) fn session<'w>(call: &Call<'w>, caller: &Caller<'w>) -> Result<Answer, Refusal> {
    let seconds = call.params.number("DurationSeconds")?;
    let mut constraints = Constraints::default();
    constraints.number("durationSeconds", seconds, rules::SHORTEST, rules::LONGEST_TOKEN);
    super::sts::check_mfa(call.params, &mut constraints);
    constraints.finish()?;
    let owner = long_term(caller, "GetSessionToken")?;
    let mfa = super::mfa::present(call, caller)?;

    let mut claims = Claims { mfa, ..claims(Kind::Session, owner, "") };
    claims.expires = call.now.timestamp() + duration(seconds, caller.is_root());
    let issued = call.issuer.issue(&mut claims);
    let mut answer = Answer::open("GetSessionToken");
    super::sts::credentials(&mut answer, &issued, &claims);
    Ok(answer)
}

/// Root asks for more than an hour in vain: it gets the hour, without an error (API reference).
fn duration(asked: Option<i64>, root: bool) -> i64 {
    let seconds = asked.unwrap_or(rules::HALF_A_DAY);
    if root { seconds.min(rules::HOUR) } else { seconds }
}

fn long_term<'c, 'w>(caller: &'c Caller<'w>, action: &str) -> Result<&'c Owner<'w>, Refusal> {
    match caller {
        Caller::LongTerm(owner) => Ok(owner),
        Caller::Session(_) => Err(Refusal::denied(format!("Cannot call {action} with session credentials"))),
    }
}

fn claims(kind: Kind, owner: &Owner<'_>, session: &str) -> Claims {
    Claims {
        kind,
        key_id: String::new(),
        partition: owner.account.partition.clone(),
        account: owner.account.id.clone(),
        principal: owner.user.map_or_else(String::new, |user| user.name.clone()),
        session: session.to_owned(),
        source_identity: None,
        transitive_tags: Vec::new(),
        chained: false,
        duration_given: false,
        mfa: false,
        expires: 0,
    }
}
