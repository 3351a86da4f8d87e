//! `AssumeRole`.

use super::caller::Caller;
use super::error::Refusal;
use super::index::Index;
use super::params::Params;
use super::policy::Passed;
use super::rules::{self, Constraints};
use super::sts::Call;
use super::tags::Tags;
use super::tokens::{Claims, Kind, principal_id};
use super::world::{Account, Role};
use super::xml::Answer;

struct Request<'p> {
    role_arn: &'p str,
    session: &'p str,
    external_id: Option<&'p str>,
    source_identity: Option<&'p str>,
    seconds: Option<i64>,
    tags: Tags<'p>,
    passed: Passed<'p>,
}

/// Answers `AssumeRole`.
///
/// # Errors
/// In AWS's order: broken constraints, root, an ARN that is none, an unknown or untrusting role (the answer does not
/// tell which), tags and source identity that the role does not permit, durations, policies.
pub(super) fn answer(call: &Call<'_>, caller: &Caller<'_>) -> Result<Answer, Refusal> {
    let request = read(call.params)?;
    if caller.is_root() {
        return Err(Refusal::denied("Roles may not be assumed by root accounts."));
    }
    if !is_role_arn(request.role_arn, caller.partition()) {
        return Err(Refusal::validation("Request ARN is invalid"));
    }
    let refused = |action| Refusal::not_authorized(&caller.arn(), action, request.role_arn);
    let mfa = super::mfa::present(call, caller)?;
    let Some((account, role)) = call.index.role(request.role_arn).filter(|(account, role)| {
        trusts(account, role, caller, call.index)
            && external_id_fits(role, request.external_id)
            && (mfa || !role.requires_mfa)
    }) else {
        return Err(refused("sts:AssumeRole"));
    };
    let mut claims = claims(&request, caller, account, role)?;
    let tagging = !request.tags.pairs.is_empty() || !claims.transitive_tags.is_empty();
    if tagging && !role.permits_tagging {
        return Err(refused("sts:TagSession"));
    }
    if claims.source_identity.is_some() && !role.permits_source_identity {
        return Err(refused("sts:SetSourceIdentity"));
    }
    let seconds = duration(request.seconds, role, claims.chained)?;
    let packed = request.passed.packed_size()?;
    claims.expires = call.now.timestamp() + seconds;

    let issued = call.issuer.issue(&mut claims);
    let mut answer = Answer::open("AssumeRole");
    answer
        .group("AssumedRoleUser")
        .field("AssumedRoleId", &format!("{}:{}", principal_id("SBXR", &account.id, &role.name), claims.session))
        .field("Arn", &claims.arn())
        .group("/AssumedRoleUser");
    super::sts::credentials(&mut answer, &issued, &claims);
    super::sts::packed_size(&mut answer, packed);
    if let Some(identity) = &claims.source_identity {
        answer.field("SourceIdentity", identity);
    }
    Ok(answer)
}

fn read<'p>(params: &'p Params<'_>) -> Result<Request<'p>, Refusal> {
    let mut constraints = Constraints::default();
    let text = |name| params.get(name);
    let seconds = params.number("DurationSeconds")?;
    let policy_arns = params.list("PolicyArns", ".arn");
    constraints
        .required("roleArn", text("RoleArn"))
        .text("roleArn", text("RoleArn"), (20, 2048), &rules::ARN)
        .required("roleSessionName", text("RoleSessionName"))
        .text("roleSessionName", text("RoleSessionName"), (2, 64), &rules::NAME)
        .text("externalId", text("ExternalId"), (2, 1224), &rules::EXTERNAL_ID)
        .text("sourceIdentity", text("SourceIdentity"), (2, 64), &rules::NAME)
        .text("policy", text("Policy"), (1, rules::POLICY_MAX), &rules::POLICY)
        .number("durationSeconds", seconds, rules::SHORTEST, rules::LONGEST_ROLE);
    super::sts::check_mfa(params, &mut constraints);
    super::sts::check_policy_arns(&policy_arns, &mut constraints);
    let tags = Tags::read(params, &mut constraints);
    constraints.finish()?;
    if text("SourceIdentity").is_some_and(|identity| identity.starts_with("aws:")) {
        return Err(Refusal::validation("Source identity cannot start with aws:"));
    }
    Ok(Request {
        role_arn: text("RoleArn").unwrap_or_default(),
        session: text("RoleSessionName").unwrap_or_default(),
        external_id: text("ExternalId"),
        source_identity: text("SourceIdentity"),
        seconds,
        passed: Passed { policy: text("Policy"), policy_arns, tags: tags.pairs.clone() },
        tags,
    })
}

/// `arn:{partition}:iam::{12 digits}:role/…` of the caller's own partition.
fn is_role_arn(arn: &str, partition: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let head = (parts.next(), parts.next(), parts.next(), parts.next());
    let account = parts.next().unwrap_or_default();
    let name = parts.next().and_then(|resource| resource.strip_prefix("role/"));
    head == (Some("arn"), Some(partition), Some("iam"), Some(""))
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && name.is_some_and(|name| !name.is_empty())
}

/// The role's trust policy and the caller's own policies together: within an account a role that names the caller needs
/// no more; across accounts, or where it names only the account, the caller's policies must allow the call too.
fn trusts(account: &Account, role: &Role, caller: &Caller<'_>, index: &Index) -> bool {
    let allowed = caller.may_assume(index);
    let (arn, partition, id) = (caller.arn(), caller.partition(), caller.account());
    let root = format!("arn:{partition}:iam::{id}:root");
    let role_of_caller = match caller {
        Caller::Session(claims) if claims.kind == Kind::Federated => return false,
        Caller::Session(claims) if claims.kind == Kind::Role => {
            format!("arn:{partition}:iam::{id}:role/{}", claims.principal)
        }
        _ => String::new(),
    };
    let named = role.trusts.iter().any(|trusted| *trusted == arn || *trusted == role_of_caller);
    let by_account = role.trusts.iter().any(|trusted| *trusted == root || trusted == id);
    named && (allowed || account.id == id) || by_account && allowed
}

/// A trust policy that wants an external id wants exactly that one; one that wants none takes any.
fn external_id_fits(role: &Role, given: Option<&str>) -> bool {
    role.external_id.as_deref().is_none_or(|wanted| given == Some(wanted))
}

fn claims(request: &Request<'_>, caller: &Caller<'_>, account: &Account, role: &Role) -> Result<Claims, Refusal> {
    let session = match caller {
        Caller::Session(claims) => Some(claims),
        Caller::LongTerm(_) => None,
    };
    let inherited = session.and_then(|session| session.source_identity.as_deref());
    if let (Some(set), Some(asked)) = (inherited, request.source_identity)
        && set != asked
    {
        // It stays as the first session of a chain set it.
        return Err(Refusal::not_authorized(&caller.arn(), "sts:SetSourceIdentity", request.role_arn));
    }
    Ok(Claims {
        kind: Kind::Role,
        key_id: String::new(),
        partition: account.partition.clone(),
        account: account.id.clone(),
        principal: role.name.clone(),
        session: request.session.to_owned(),
        source_identity: request.source_identity.or(inherited).map(str::to_owned),
        transitive_tags: request.tags.transitive(session.map_or(&[], |session| &session.transitive_tags))?,
        chained: session.is_some(),
        duration_given: request.seconds.is_some(),
        mfa: false,
        expires: 0,
    })
}

fn duration(asked: Option<i64>, role: &Role, chained: bool) -> Result<i64, Refusal> {
    let seconds = asked.unwrap_or(rules::HOUR);
    if chained && seconds > rules::HOUR {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    if seconds > i64::from(role.max_session_seconds) {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(seconds)
}
