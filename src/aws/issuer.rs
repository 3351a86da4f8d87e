//! From principal and source to temporary credentials: the STS calls.

use aws_sdk_sts::types::{Credentials, PolicyDescriptorType, Tag};
use chrono::{DateTime, Utc};

use super::{AwsError, StsClient};
use crate::model::cap::CHAINED;
use crate::model::credentials::TemporaryCredentials;
use crate::model::hop::Hop;
use crate::model::principal::Principal;

/// Sends a call, and learns the region where there are several.
macro_rules! sent {
    ($call:expr, $served:expr) => {
        match $served {
            None => $call.send().await,
            Some(served) => $call.customize().interceptor(served.clone()).send().await,
        }
        .map_err(AwsError::from_sdk)
    };
}

/// Who calls STS, as GetCallerIdentity says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// 12 digits.
    pub account_id: String,
    /// Its ARN.
    pub arn: String,
}

/// What STS issued, and for whom.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The credentials.
    pub credentials: TemporaryCredentials,
    /// The session's ARN; GetSessionToken gives none.
    pub arn: Option<String>,
    /// The region whose STS gave them, where several could.
    pub region: Option<String>,
    /// Whether AWS's hour for role chaining cut the session short.
    pub cut_by_chaining: bool,
    /// How much of AWS's packed limit the policies took, in percent.
    pub packed_policy_size: Option<i32>,
}

/// A one-time code of the caller's MFA device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaCode {
    /// The device.
    pub serial: String,
    /// Its six digits; worth nothing once they were used.
    pub code: String,
}

/// How long a session lasts that stands in for the one-time codes, in seconds: with a longer one, a key that was closed at
/// AWS would go on for longer.
pub const MFA_SESSION_SECONDS: i32 = 3_600;

/// A session of the key's own user that carries MFA, for calling AssumeRole without a code for each.
///
/// # Errors
/// AWS's refusal or silence.
pub async fn mfa_session(client: &StsClient, mfa: MfaCode) -> Result<TemporaryCredentials, AwsError> {
    let (client, served) = (&client.client, client.served());
    let call = client.get_session_token().serial_number(mfa.serial).token_code(mfa.code);
    let answer = sent!(call.duration_seconds(MFA_SESSION_SECONDS), &served)?;
    Ok(issued(answer.credentials, None, None)?.credentials)
}

/// The names that AWS is to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// RoleSessionName.
    pub session: String,
    /// GetFederationToken's Name.
    pub federated: String,
}

/// All that one use of a connector sends to STS beside the principal itself, final: every placeholder is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// What the sessions are called.
    pub names: Names,
    /// SourceIdentity of every role on the way and of the last one; `None`: not sent.
    pub source_identity: Option<String>,
    /// DurationSeconds of the last call; `None`: left out, AWS takes its default.
    pub seconds: Option<u32>,
    /// The inline session policy of the last call.
    pub policy: Option<String>,
    /// The managed policies of the last call, by ARN.
    pub policy_arns: Vec<String>,
    /// Session tags: key, value, and whether it is transitive.
    pub tags: Vec<(String, String, bool)>,
}

/// One call of AssumeRole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleCall {
    /// The role, and its external id.
    pub target: Hop,
    /// What is sent with it.
    pub request: Request,
}

/// The shortest session that AssumeRole gives, in seconds: enough for a role on the way.
pub const SHORTEST: u32 = 900;

/// The calls that lead to the role of `principal`, in order, each to be made with the credentials of the one before; none
/// where it is no role.
///
/// Transitive tags go with the first, which hands them on; a session refuses a key that it inherited. Session policies, the
/// other tags and the duration go with the last; SourceIdentity goes with each, since it may be said again but not changed
/// (IAM User Guide, "Passing session tags in AWS STS", "Monitor and control actions taken with assumed roles").
#[must_use]
pub fn role_calls(principal: &Principal, request: &Request) -> Vec<RoleCall> {
    let Principal::AssumeRole { through, role, external_id, .. } = principal else { return Vec::new() };
    let mut calls: Vec<RoleCall> = through
        .iter()
        .map(|hop| {
            let request = Request {
                names: request.names.clone(),
                source_identity: request.source_identity.clone(),
                seconds: Some(SHORTEST),
                ..Request::default()
            };
            RoleCall { target: hop.clone(), request }
        })
        .collect();
    let target = Hop { role: role.clone(), external_id: external_id.clone() };
    let mut last = RoleCall { target, request: request.clone() };
    if let Some(first) = calls.first_mut() {
        let (handed_on, own) = last.request.tags.into_iter().partition(|(_, _, transitive)| *transitive);
        (first.request.tags, last.request.tags) = (handed_on, own);
    }
    calls.push(last);
    calls
}

/// Asks AWS whose key this is.
///
/// # Errors
/// AWS's refusal or silence.
pub async fn caller_identity(client: &StsClient) -> Result<Caller, AwsError> {
    whole_caller_identity(client).await.map(|(caller, _)| caller)
}

/// [`caller_identity`], and AWS's `UserId` beside it: empty where it gave none.
///
/// # Errors
/// AWS's refusal or silence.
pub async fn whole_caller_identity(client: &StsClient) -> Result<(Caller, String), AwsError> {
    let answer = client.client.get_caller_identity().send().await.map_err(AwsError::from_sdk)?;
    match (answer.account, answer.arn) {
        (Some(account_id), Some(arn)) => Ok((Caller { account_id, arn }, answer.user_id.unwrap_or_default())),
        _ => Err(AwsError::Garbled("GetCallerIdentity without an account".to_owned())),
    }
}

/// [`assume`], and once more with one hour where AWS says that it is role chaining: whether credentials of the surroundings
/// are cut short is documented one way and was seen the other.
///
/// # Errors
/// AWS's refusal or silence.
pub async fn assume_chained(client: &StsClient, call: &RoleCall) -> Result<Issued, AwsError> {
    match assume(client, call, None).await {
        Err(AwsError::Refused { code, message, .. })
            if code == "ValidationError"
                && message.contains("role chaining")
                && call.request.seconds.is_some_and(|seconds| seconds > CHAINED) =>
        {
            tracing::info!("AWS says that this is role chaining; asking for one hour");
            let request = Request { seconds: Some(CHAINED), ..call.request.clone() };
            let issued = assume(client, &RoleCall { request, ..call.clone() }, None).await?;
            Ok(Issued { cut_by_chaining: true, ..issued })
        }
        other => other,
    }
}

/// AssumeRole.
///
/// # Errors
/// AWS's refusal or silence.
#[allow(deprecated, reason = "endpoints of several partitions still answer PackedPolicySize and not what replaces it")]
pub async fn assume(client: &StsClient, call: &RoleCall, mfa: Option<MfaCode>) -> Result<Issued, AwsError> {
    let (serial, code) = mfa.map(|mfa| (mfa.serial, mfa.code)).unzip();
    let (client, served) = (&client.client, client.served());
    let (target, request) = (&call.target, &call.request);
    let call = client
        .assume_role()
        .role_arn(target.role.as_str())
        .role_session_name(&request.names.session)
        .set_external_id(target.external_id.clone())
        .set_serial_number(serial)
        .set_token_code(code)
        .set_source_identity(request.source_identity.clone())
        .set_policy(request.policy.clone())
        .set_policy_arns(arns(request))
        .set_tags(tags(request)?)
        .set_transitive_tag_keys(transitive(request))
        .set_duration_seconds(seconds(request));
    let answer = sent!(call, &served)?;
    let arn = answer.assumed_role_user.map(|user| user.arn);
    let issued = issued(answer.credentials, arn, answer.packed_policy_size)?;
    Ok(Issued { region: served.and_then(|served| served.region()), ..issued })
}

/// Makes the one call of `principal`; a role is assumed without the ones on the way to it (see [`role_calls`]).
///
/// # Errors
/// AWS's refusal or silence.
#[allow(deprecated, reason = "endpoints of several partitions still answer PackedPolicySize and not what replaces it")]
pub async fn issue(
    client: &StsClient,
    principal: &Principal,
    request: &Request,
    mfa: Option<MfaCode>,
) -> Result<Issued, AwsError> {
    let (serial, code) = mfa.clone().map(|mfa| (mfa.serial, mfa.code)).unzip();
    let (sdk, served) = (&client.client, client.served());
    let issued = match principal {
        Principal::AssumeRole { role, external_id, .. } => {
            let target = Hop { role: role.clone(), external_id: external_id.clone() };
            return assume(client, &RoleCall { target, request: request.clone() }, mfa).await;
        }
        Principal::FederatedUser { .. } => {
            let call = sdk
                .get_federation_token()
                .name(&request.names.federated)
                .set_policy(request.policy.clone())
                .set_policy_arns(arns(request))
                .set_tags(tags(request)?)
                .set_duration_seconds(seconds(request));
            let answer = sent!(call, &served)?;
            let arn = answer.federated_user.map(|user| user.arn);
            issued(answer.credentials, arn, answer.packed_policy_size)
        }
        Principal::IamUser => {
            let call = sdk.get_session_token().set_serial_number(serial).set_token_code(code);
            let answer = sent!(call.set_duration_seconds(seconds(request)), &served)?;
            issued(answer.credentials, None, None)
        }
        // There is no call to make: see `Clients::provided`.
        Principal::Provided => Err(AwsError::Garbled("credentials of the surroundings asked of STS".to_owned())),
    };
    issued.map(|issued| Issued { region: served.and_then(|served| served.region()), ..issued })
}

fn seconds(request: &Request) -> Option<i32> {
    request.seconds.and_then(|seconds| i32::try_from(seconds).ok())
}

fn arns(request: &Request) -> Option<Vec<PolicyDescriptorType>> {
    let arns = request.policy_arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build());
    (!request.policy_arns.is_empty()).then(|| arns.collect())
}

fn tags(request: &Request) -> Result<Option<Vec<Tag>>, AwsError> {
    if request.tags.is_empty() {
        return Ok(None);
    }
    let tag = |(key, value, _): &(String, String, bool)| Tag::builder().key(key).value(value).build();
    let tags: Result<Vec<Tag>, _> = request.tags.iter().map(tag).collect();
    tags.map(Some).map_err(|_| AwsError::Garbled("a session tag that is not whole".to_owned()))
}

fn transitive(request: &Request) -> Option<Vec<String>> {
    let keys = request.tags.iter().filter(|(_, _, transitive)| *transitive).map(|(key, _, _)| key.clone());
    let keys: Vec<String> = keys.collect();
    (!keys.is_empty()).then_some(keys)
}

/// Checks AWS's answer: all parts there, and nothing in them that could break out of a line in a shell.
fn issued(
    credentials: Option<Credentials>,
    arn: Option<String>,
    packed_policy_size: Option<i32>,
) -> Result<Issued, AwsError> {
    let garbled = || AwsError::Garbled("temporary credentials that are not complete".to_owned());
    let credentials = credentials.ok_or_else(garbled)?;
    let expires_at: DateTime<Utc> = DateTime::from_timestamp(credentials.expiration.secs(), 0).ok_or_else(garbled)?;
    let credentials = TemporaryCredentials {
        access_key_id: credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.into(),
        session_token: credentials.session_token.into(),
        expires_at,
    };
    if !credentials.is_plain() {
        return Err(garbled());
    }
    Ok(Issued { credentials, arn, packed_policy_size, region: None, cut_by_chaining: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hop::parse_through;
    use crate::model::policy::SessionPolicies;
    use crate::model::principal::{RoleArn, SourceIdentity};

    const ROLE: &str = "arn:aws:iam::123456789012:role/";

    fn calls(through: &str) -> Vec<RoleCall> {
        let principal = Principal::AssumeRole {
            through: parse_through(through).unwrap(),
            role: RoleArn::parse(&format!("{ROLE}Last")).unwrap(),
            external_id: Some("last-id".to_owned()),
            source_identity: SourceIdentity::On,
            policies: SessionPolicies::default(),
            tags: Vec::new(),
        };
        let tag = |key: &str, transitive| (key.to_owned(), "value".to_owned(), transitive);
        let request = Request {
            names: Names { session: "alice".to_owned(), federated: "alice".to_owned() },
            source_identity: Some("alice".to_owned()),
            seconds: Some(1800),
            policy: Some("{}".to_owned()),
            policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
            tags: vec![tag("team", true), tag("ticket", false)],
        };
        role_calls(&principal, &request)
    }

    fn keys(call: &RoleCall) -> Vec<&str> {
        call.request.tags.iter().map(|(key, _, _)| key.as_str()).collect()
    }

    #[test]
    fn one_role_gets_everything() {
        let calls = calls("");
        assert_eq!(calls.len(), 1);
        assert_eq!(keys(&calls[0]), ["team", "ticket"]);
        assert_eq!(transitive(&calls[0].request), Some(vec!["team".to_owned()]));
        assert_eq!((calls[0].request.seconds, calls[0].request.policy.as_deref()), (Some(1800), Some("{}")));
    }

    #[test]
    fn of_a_chain_the_first_hands_tags_on_and_the_last_is_narrowed() {
        let calls = calls(&format!("{ROLE}One one-id\n{ROLE}Two"));
        let ids: Vec<_> = calls.iter().map(|call| call.target.external_id.as_deref()).collect();
        assert_eq!(ids, [Some("one-id"), None, Some("last-id")]);
        assert_eq!(calls.iter().map(keys).collect::<Vec<_>>(), [vec!["team"], vec![], vec!["ticket"]]);
        assert!(calls.iter().all(|call| call.request.source_identity.as_deref() == Some("alice")));
        assert!(calls.iter().all(|call| call.request.names.session == "alice"));
        let seconds: Vec<_> = calls.iter().map(|call| call.request.seconds).collect();
        assert_eq!(seconds, [Some(SHORTEST), Some(SHORTEST), Some(1800)]);
        let narrowed: Vec<_> =
            calls.iter().map(|call| (call.request.policy.is_some(), call.request.policy_arns.len())).collect();
        assert_eq!(narrowed, [(false, 0), (false, 0), (true, 1)]);
    }
}
