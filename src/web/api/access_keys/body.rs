//! What programs send of an access key. The rules on it are the form's; here it is read, and errors get JSON's names.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::entry::AccessKeyEntry;
use crate::model::partition::Partition;
use crate::model::principal::PrincipalType;
use crate::portal::PortalError;
use crate::portal::access_keys::{AccessKeyForm, EnvelopeForm};
use crate::web::api::fields::Fields;
use crate::web::api::openapi::{follows, stays};

/// A new access key.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "name": "Payments broker", "keyId": "FAKEACCESSKEY0000001", "secret": "fake-secret-of-an-example-not-a-real-one"
}))]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct NewAccessKey {
    /// What people call it; unique without regard to case.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    name: String,
    /// `long_term` where it is left out, `temporary`, or where the credentials come from by themselves: `instance_profile`,
    /// `container` or `web_identity`, as far as the settings allow that.
    #[schema(pattern = "^(long_term|temporary|instance_profile|container|web_identity)$")]
    source: Option<String>,
    /// AWS's id of a long-term or temporary key. White space and quotes around it are cut off, as around the secrets.
    key_id: Option<String>,
    /// Its secret; never shown again.
    #[schema(write_only)]
    secret: Option<String>,
    /// The session token of a temporary key; never shown again.
    #[schema(write_only)]
    session_token: Option<String>,
    /// When a temporary key ends, RFC 3339.
    expires_at: Option<String>,
    /// The AWS partition; `aws` where it is left out.
    #[schema(min_length = 1)]
    partition: Option<String>,
    /// Free text for administrators.
    #[schema(max_length = 1000)]
    note: Option<String>,
    /// The broker's own MFA device, for roles that demand one: its ARN or serial number. Of a long-term key alone.
    mfa_serial: Option<String>,
    /// The seed of that device, in base 32; never shown again.
    #[schema(write_only)]
    mfa_seed: Option<String>,
    /// What restricted administrators may make of it; nothing where it is left out.
    envelope: Option<EnvelopeAbout>,
    /// Whether AWS is asked whose key it is; true where it is left out.
    validate: Option<bool>,
}

/// All that is said of an access key; what is left out is empty from then on. Key pair, source and partition stay; the secret
/// has an operation of its own, and rotation a page. What a GET gave beside these may be sent back as it came.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Payments broker", "note": "Of team payments"}))]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct AccessKeyAbout {
    /// What people call it; unique without regard to case.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    name: String,
    /// When a temporary key ends, RFC 3339.
    expires_at: Option<String>,
    /// Free text for administrators.
    #[schema(max_length = 1000)]
    note: Option<String>,
    /// The broker's own MFA device. Of a long-term key alone.
    mfa_serial: Option<String>,
    /// The seed of that device, in base 32; where it is left out and the device is the same, it stays.
    #[schema(write_only)]
    mfa_seed: Option<String>,
    /// What restricted administrators may make of it; nothing where it is left out.
    envelope: Option<EnvelopeAbout>,
    /// Whether AWS is asked whose key it is; true where it is left out.
    validate: Option<bool>,
    #[schema(schema_with = stays)]
    id: Option<Value>,
    #[schema(schema_with = stays)]
    source: Option<Value>,
    #[schema(schema_with = stays)]
    key_id: Option<Value>,
    #[schema(schema_with = stays)]
    partition: Option<Value>,
    #[schema(schema_with = stays)]
    rotation: Option<Value>,
    #[schema(schema_with = follows)]
    account_id: Option<Value>,
    #[schema(schema_with = follows)]
    arn: Option<Value>,
    #[schema(schema_with = follows)]
    state: Option<Value>,
    #[schema(schema_with = follows)]
    state_detail: Option<Value>,
    #[schema(schema_with = follows)]
    checked_at: Option<Value>,
    #[schema(schema_with = follows)]
    key_since: Option<Value>,
    #[schema(schema_with = follows)]
    is_old: Option<Value>,
    #[schema(schema_with = follows)]
    last_used_at: Option<Value>,
    #[schema(schema_with = follows)]
    used_by: Option<Value>,
    #[schema(schema_with = follows)]
    updated_at: Option<Value>,
    #[schema(schema_with = follows)]
    version: Option<Value>,
}

/// The limits inside which restricted administrators may make connectors of an access key.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct EnvelopeAbout {
    /// `assume_role`, `federated_user`, `iam_user`, `provided`, as far as they go with the source.
    principal_types: Option<Vec<String>>,
    /// Patterns of role ARNs, `*` for any characters; at most 50.
    role_patterns: Option<Vec<String>>,
    /// The longest session, in seconds; as long as AWS gives where it is left out.
    longest_seconds: Option<u32>,
    /// Whether programs may use such connectors.
    system_scope: Option<bool>,
}

/// Reads a new one.
///
/// # Errors
/// [`PortalError::Invalid`] with all that cannot be read.
pub(super) fn new(body: Map<String, Value>) -> Result<AccessKeyForm, PortalError> {
    let mut fields = Fields::of(body);
    let form = about(&mut fields);
    let mut text = |name| fields.any_text(name).unwrap_or_default();
    let form = AccessKeyForm {
        source: text("source"),
        key_id: text("keyId"),
        secret: text("secret").into(),
        session_token: text("sessionToken").into(),
        partition: fields.any_text("partition").unwrap_or_else(|| Partition::Aws.id().to_owned()),
        ..form
    };
    fields.end()?;
    Ok(form)
}

/// Reads what is said from now on of the one that is `now`.
///
/// # Errors
/// As [`new`].
pub(super) fn edit(body: Map<String, Value>, version: i32, now: &AccessKeyEntry) -> Result<AccessKeyForm, PortalError> {
    let mut fields = Fields::of(body);
    let form = about(&mut fields);
    fields.stay(&["id", "source", "keyId", "partition", "rotation"], now);
    fields.follow(&["accountId", "arn", "state", "stateDetail", "checkedAt", "keySince", "isOld", "lastUsedAt"]);
    fields.follow(&["usedBy", "updatedAt", "version"]);
    fields.end()?;
    Ok(AccessKeyForm { version, ..form })
}

fn about(fields: &mut Fields) -> AccessKeyForm {
    let name = fields.required("name").unwrap_or_default();
    let mut text = |name| fields.any_text(name).unwrap_or_default();
    let (note, expires_at, mfa_serial) = (text("note"), text("expiresAt"), text("mfaSerial"));
    let mfa_seed = SecretString::from(text("mfaSeed"));
    let envelope = if fields.open("envelope") { envelope(fields) } else { EnvelopeForm::default() };
    let skip_validation = !fields.flag("validate").unwrap_or(true);
    AccessKeyForm {
        name,
        note,
        expires_at,
        mfa_serial,
        mfa_seed,
        envelope,
        skip_validation,
        ..AccessKeyForm::default()
    }
}

const TYPES: &str = "envelope.principalTypes";
const ROLES: &str = "envelope.rolePatterns";
const LONGEST: &str = "envelope.longestSeconds";

fn envelope(fields: &mut Fields) -> EnvelopeForm {
    let mut form = EnvelopeForm::default();
    for word in fields.texts(TYPES).unwrap_or_default() {
        match PrincipalType::parse(&word) {
            Ok(PrincipalType::AssumeRole) => form.assume_role = true,
            Ok(PrincipalType::FederatedUser) => form.federated_user = true,
            Ok(PrincipalType::IamUser) => form.iam_user = true,
            Ok(PrincipalType::Provided) => form.provided = true,
            Err(sentence) => fields.wrong(TYPES, sentence),
        }
    }
    let roles = fields.texts(ROLES).unwrap_or_default();
    // The form has one a line.
    if roles.iter().any(|role| role.trim().is_empty() || role.contains(['\r', '\n'])) {
        fields.wrong(ROLES, "Each pattern is of one line and not empty.");
    }
    form.roles = roles.join("\n");
    form.longest = fields.number::<u32>(LONGEST).map(|seconds| seconds.to_string()).unwrap_or_default();
    form.system_scope = fields.flag("envelope.systemScope").unwrap_or_default();
    form
}

/// What the form says, at the fields that programs sent.
pub(super) fn named(error: PortalError) -> PortalError {
    error.renamed(|field| match field {
        "envelope_roles" => ROLES,
        "envelope_longest" => LONGEST,
        field => field,
    })
}
