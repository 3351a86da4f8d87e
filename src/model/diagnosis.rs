//! Why AWS refused what a connector asked, as far as its answer tells, and what to paste where so that it works.

use super::aws_policy::{identity_policy, role_actions_of, role_of_session, trust_policy};
use super::connector::Connector;
use super::principal::{Principal, PrincipalType};
use super::session::show_duration;

/// AWS's refusal, in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// AWS's error code.
    pub code: &'a str,
    /// AWS's text.
    pub message: &'a str,
}

/// What was asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// By which connector.
    pub connector: &'a Connector,
    /// The ARN of whom the access key belongs to, where that is known.
    pub caller: Option<&'a str>,
    /// Which role of the chain it was, from 1; 1 too where there is no chain.
    pub at: usize,
}

/// The likely cause of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// What is wrong, in a sentence or two.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// Policies that let it pass.
    pub policies: Vec<Paste>,
}

/// A policy to paste at AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paste {
    /// What it is and whose.
    pub title: String,
    /// Where it goes.
    pub place: String,
    /// Its text.
    pub text: String,
}

/// The likely cause of `refusal`; `None` where the code says nothing that is known here.
#[must_use]
pub fn diagnose(refusal: Refusal<'_>, asked: Asked<'_>) -> Option<Diagnosis> {
    let Refusal { code, message } = refusal;
    let has = |part: &str| message.contains(part);
    Some(match code {
        _ if is_clock(code, message) => plain(
            "This server's clock and AWS's differ by more than the minutes that AWS allows; the access key is not to blame.",
            "Set the server's clock, best by NTP.",
        ),
        "AccessDenied" | "AccessDeniedException" => denied(message, asked),
        "InvalidClientTokenId" | "UnrecognizedClientException" => plain(
            "AWS does not know this access key: it was deleted, made inactive, or belongs to another partition.",
            "Look for the key in IAM; enter another one, or the right partition, in the access key.",
        ),
        "SignatureDoesNotMatch" => plain(
            "The secret does not belong to this access key id.",
            "Enter the key pair's secret anew in the access key.",
        ),
        "ExpiredToken" | "ExpiredTokenException" => plain(
            "The credentials that call STS have expired.",
            "Enter the temporary key that is valid now, or look after the job that fetches it.",
        ),
        "MalformedPolicyDocument" => plain(
            "AWS cannot read the connector's session policy.",
            "Check its grammar: Version, and a Statement with Effect, Action and Resource but no Principal. AWS's policy simulator tells more.",
        ),
        "PackedPolicyTooLarge" => packed(message),
        "RegionDisabledException" => plain(
            &format!("STS is not active in region {} for the account of the session.", asked.connector.region()),
            "Switch the region on in that account (Account settings of IAM), or choose another region in the connector.",
        ),
        "ValidationError" if has("role chaining") => plain(
            "This is role chaining: the call was made with temporary credentials, and then AWS gives one hour at most.",
            "Set “Valid for” of the connector to 1h or less, or choose an access key with a long-term key and no roles on the way.",
        ),
        "ValidationError" if has("MaxSessionDuration") => too_long(asked),
        "ValidationError" | "InvalidParameterValue" if has("tag") || has("Tag") => plain(
            "AWS does not accept the session tags.",
            "Check the connector's tags: no key twice, no key that a role before it hands on already.",
        ),
        "ValidationError" | "InvalidParameterValue" | "InvalidParameterCombination" => plain(
            "AWS does not accept a value of the connector.",
            "AWS's text names the value; change it in the connector.",
        ),
        "NoSuchEntity" => plain("Something that the call names does not exist.", "Check the ARNs in the connector."),
        _ => return None,
    })
}

fn plain(cause: &str, fix: &str) -> Diagnosis {
    Diagnosis { cause: cause.to_owned(), fix: fix.to_owned(), policies: Vec::new() }
}

/// STS says it with the code of a wrong signature; other services have codes for it.
fn is_clock(code: &str, message: &str) -> bool {
    let by_text = message.starts_with("Signature expired") || message.starts_with("Signature not yet current");
    code == "RequestTimeTooSkewed" || code == "RequestExpired" || code == "SignatureDoesNotMatch" && by_text
}

fn packed(message: &str) -> Diagnosis {
    let percent = message.split_whitespace().find(|word| word.ends_with('%') && word.len() > 1);
    let size = percent.map_or_else(String::new, |percent| format!(" ({percent} of it)"));
    plain(
        &format!("Session policy, managed policies and tags together exceed AWS's packed size{size}."),
        "Shorten the session policy: fewer actions and statements, wildcards, a managed policy in its place, or fewer and shorter tags.",
    )
}

fn too_long(asked: Asked<'_>) -> Diagnosis {
    let (role, _) = role_at(asked);
    let asks = show_duration(asked.connector.longest());
    plain(
        &format!("The connector asks for {asks}, which is longer than the role {role} allows."),
        "Shorten “Valid for” of the connector, or raise the role's maximum session duration.",
    )
}

/// ARN and external id of the role that was asked for.
fn role_at(asked: Asked<'_>) -> (&str, Option<&str>) {
    let Principal::AssumeRole { through, role, external_id, .. } = &asked.connector.principal else {
        return ("", None);
    };
    match through.get(asked.at.saturating_sub(1)) {
        Some(hop) => (hop.role.as_str(), hop.external_id.as_deref()),
        None => (role.as_str(), external_id.as_deref()),
    }
}

/// Who made the call, as policies name it: AWS's text tells, else the role before, else the key.
fn caller_of(message: &str, asked: Asked<'_>) -> String {
    let told = message.strip_prefix("User: ").and_then(|rest| rest.split_whitespace().next());
    let before = asked.at.checked_sub(2).and_then(|before| asked.connector.principal.through().get(before));
    let arn = match before {
        // With its path, which the session's ARN does not have.
        Some(hop) => return hop.role.as_str().to_owned(),
        None => asked.caller.or(told),
    };
    let partition = asked.connector.partition.id();
    arn.map_or_else(|| format!("arn:{partition}:iam::123456789012:user/THE-KEYS-USER"), role_of_session)
}

fn denied(message: &str, asked: Asked<'_>) -> Diagnosis {
    let has = |part: &str| message.contains(part);
    if has("MultiFactorAuthentication") {
        return plain(
            "AWS does not take the one-time code of the access key's MFA device: its serial number or seed is wrong, or this server's clock.",
            "Enter serial number and seed of the device anew in the access key, and check the server's clock.",
        );
    }
    if has("Roles may not be assumed by root") {
        return plain(
            "The key belongs to the account's root user, which may assume no role.",
            "Make an IAM user, and use its key.",
        );
    }
    let caller = caller_of(message, asked);
    if asked.connector.principal.kind() == PrincipalType::FederatedUser {
        return federation(&caller);
    }
    if asked.connector.principal.kind() != PrincipalType::AssumeRole {
        return plain("A policy at AWS forbids the call.", "Look for a deny in the policies of the access key's user.");
    }
    role_denied(message, asked, &caller)
}

/// AssumeRole, denied to `caller`: AWS tells which policy is in the way only sometimes.
fn role_denied(message: &str, asked: Asked<'_>, caller: &str) -> Diagnosis {
    let has = |part: &str| message.contains(part);
    let (role, external_id) = role_at(asked);
    let actions = role_actions_of(&asked.connector.principal, asked.at);
    let identity = Paste {
        title: format!("Permission for {caller}"),
        place: "An identity policy of the caller.".to_owned(),
        text: identity_policy(&actions, role),
    };
    let trust = Paste {
        title: format!("Trust policy of {role}"),
        place: "Under “Trust relationships” of the role.".to_owned(),
        text: trust_policy(&actions, caller, external_id),
    };
    let diagnosis = |cause: String, fix: &str, policies: Vec<Paste>| Diagnosis { cause, fix: fix.to_owned(), policies };
    let place = role_words(asked);
    if has("explicit deny") {
        let fix = "Find the deny: AWS's text names the kind of policy it stands in. A service control policy is changed in the organisation's account.";
        return diagnosis(
            format!("A policy at AWS denies the call outright, whatever else allows it ({place})."),
            fix,
            vec![],
        );
    }
    for (action, what, without) in [
        ("sts:TagSession", "session tags", "take the tags out of the connector"),
        ("sts:SetSourceIdentity", "the source identity", "switch source identity off in the connector"),
    ] {
        if has(action) {
            let cause = format!("{action} is not allowed, so AWS does not take {what} ({place}).");
            let fix =
                format!("Add {action} to the role's trust policy and to the caller's identity policy, or {without}.");
            return Diagnosis { cause, fix, policies: vec![trust, identity] };
        }
    }
    if has("no identity-based policy allows") {
        let cause = format!("The caller {caller} has no permission to assume the role ({place}).");
        return diagnosis(cause, "Give it this identity policy.", vec![identity]);
    }
    let said_id = match external_id {
        Some(_) => "or asks for another external id than the connector's",
        None => "or asks for an external id, and the connector has none",
    };
    if has("resource-based policy") || has("trust policy") {
        let cause = format!("The role's trust policy does not name the caller {caller}, {said_id} ({place}).");
        return diagnosis(cause, "Put this into the role's trust policy, or correct the external id.", vec![trust]);
    }
    let cause = format!(
        "AWS does not tell which it is ({place}): the role does not exist, its trust policy does not name the caller {caller} {said_id}, or the caller lacks sts:AssumeRole."
    );
    let fix =
        "Compare the role's ARN, its trust policy with the external id, and the caller's identity policy with these.";
    diagnosis(cause, fix, vec![trust, identity])
}

fn role_words(asked: Asked<'_>) -> String {
    let of = asked.connector.principal.through().len() + 1;
    let (role, _) = role_at(asked);
    if of > 1 { format!("role {} of {of}, {role}", asked.at) } else { format!("role {role}") }
}

fn federation(caller: &str) -> Diagnosis {
    let parts: Vec<&str> = caller.splitn(6, ':').collect();
    let (partition, account) = match parts.as_slice() {
        [_, partition, _, _, account, _] => (*partition, *account),
        _ => ("aws", "123456789012"),
    };
    let resource = format!("arn:{partition}:sts::{account}:federated-user/*");
    Diagnosis {
        cause: "The access key's user lacks sts:GetFederationToken, or sts:TagSession where the connector has tags."
            .to_owned(),
        fix: "Give it this identity policy, beside what its sessions are to do.".to_owned(),
        policies: vec![Paste {
            title: format!("Permission for {caller}"),
            place: "An identity policy of the IAM user.".to_owned(),
            text: identity_policy(&["sts:GetFederationToken", "sts:TagSession"], &resource),
        }],
    }
}

#[cfg(test)]
mod tests;
