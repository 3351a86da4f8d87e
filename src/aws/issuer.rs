//! From principal and source to temporary credentials: the STS calls.

use aws_sdk_sts::types::{Credentials, PolicyDescriptorType};
use chrono::{DateTime, Utc};

use super::{AwsError, StsClient};
use crate::model::credentials::TemporaryCredentials;
use crate::model::policy::SessionPolicies;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// RoleSessionName and, where asked for, SourceIdentity.
    pub session: String,
    /// GetFederationToken's Name.
    pub federated: String,
}

/// Asks AWS whose key this is.
///
/// # Errors
/// AWS's refusal or silence.
pub async fn caller_identity(client: &StsClient) -> Result<Caller, AwsError> {
    let answer = client.client.get_caller_identity().send().await.map_err(AwsError::from_sdk)?;
    match (answer.account, answer.arn) {
        (Some(account_id), Some(arn)) => Ok(Caller { account_id, arn }),
        _ => Err(AwsError::Garbled("GetCallerIdentity without an account".to_owned())),
    }
}

/// AWS ends a role's session after this many seconds that begins with temporary credentials (role chaining).
pub const CHAINED: u32 = 3600;

/// [`issue`], and once more with one hour where AWS says that it is role chaining: whether credentials of the surroundings are
/// cut short is documented one way and was seen the other.
///
/// # Errors
/// AWS's refusal or silence.
pub async fn issue_chained(
    client: &StsClient,
    principal: &Principal,
    names: &Names,
    seconds: Option<u32>,
) -> Result<Issued, AwsError> {
    match issue(client, principal, names, seconds, None).await {
        Err(AwsError::Refused { code, message, .. })
            if code == "ValidationError"
                && message.contains("role chaining")
                && seconds.is_some_and(|seconds| seconds > CHAINED) =>
        {
            tracing::info!("AWS says that this is role chaining; asking for one hour");
            let issued = issue(client, principal, names, Some(CHAINED), None).await?;
            Ok(Issued { cut_by_chaining: true, ..issued })
        }
        other => other,
    }
}

/// Makes the call of `principal`; `seconds` is DurationSeconds, left out where `None`, as is the MFA code.
///
/// # Errors
/// AWS's refusal or silence.
#[allow(deprecated, reason = "endpoints of several partitions still answer PackedPolicySize and not what replaces it")]
pub async fn issue(
    client: &StsClient,
    principal: &Principal,
    names: &Names,
    seconds: Option<u32>,
    mfa: Option<MfaCode>,
) -> Result<Issued, AwsError> {
    let (serial, code) = mfa.map(|mfa| (mfa.serial, mfa.code)).unzip();
    let seconds = seconds.and_then(|seconds| i32::try_from(seconds).ok());
    let (client, served) = (&client.client, client.served());
    let issued = match principal {
        Principal::AssumeRole { role, external_id, source_identity, policies, .. } => {
            let call = client
                .assume_role()
                .role_arn(role.as_str())
                .role_session_name(&names.session)
                .set_external_id(external_id.clone())
                .set_serial_number(serial)
                .set_token_code(code)
                .set_source_identity(source_identity.is_sent().then(|| names.session.clone()))
                .set_policy(inline(policies))
                .set_policy_arns(arns(policies))
                .set_duration_seconds(seconds);
            let answer = sent!(call, &served)?;
            let arn = answer.assumed_role_user.map(|user| user.arn);
            issued(answer.credentials, arn, answer.packed_policy_size)
        }
        Principal::FederatedUser { policies, .. } => {
            let none = SessionPolicies::default();
            let policies = policies.as_ref().unwrap_or(&none);
            let call = client
                .get_federation_token()
                .name(&names.federated)
                .set_policy(inline(policies))
                .set_policy_arns(arns(policies))
                .set_duration_seconds(seconds);
            let answer = sent!(call, &served)?;
            let arn = answer.federated_user.map(|user| user.arn);
            issued(answer.credentials, arn, answer.packed_policy_size)
        }
        Principal::IamUser => {
            let call = client.get_session_token().set_serial_number(serial).set_token_code(code);
            let answer = sent!(call.set_duration_seconds(seconds), &served)?;
            issued(answer.credentials, None, None)
        }
        // There is no call to make: see `Clients::provided`.
        Principal::Provided => Err(AwsError::Garbled("credentials of the surroundings asked of STS".to_owned())),
    };
    issued.map(|issued| Issued { region: served.and_then(|served| served.region()), ..issued })
}

fn inline(policies: &SessionPolicies) -> Option<String> {
    policies.inline.as_ref().map(|policy| policy.minified().to_owned())
}

fn arns(policies: &SessionPolicies) -> Option<Vec<PolicyDescriptorType>> {
    let arns = policies.arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build());
    (!policies.arns.is_empty()).then(|| arns.collect())
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
