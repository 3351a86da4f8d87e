//! Access keys as programs see them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::credentials::rfc3339;
use crate::model::rotation::Plan;
use crate::portal::access_keys::KeyStatus;
use crate::web::pages::access_keys::state::state_of;

/// An access key. Its secret, its session token and the seed of its MFA device are nowhere.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0193f6a1-0000-7000-8000-000000000006", "name": "Payments broker", "source": "long_term",
    "keyId": "FAKEACCESSKEY0000001", "partition": "aws", "accountId": "123456789012",
    "arn": "arn:aws:iam::123456789012:user/broker", "expiresAt": null, "note": "", "mfaSerial": null,
    "envelope": {"principalTypes": ["assume_role"], "rolePatterns": ["arn:aws:iam::123456789012:role/team/*"],
        "longestSeconds": 3600, "systemScope": false},
    "rotation": {"everyDays": 90, "window": "02:00-04:00"}, "state": "ok", "stateDetail": null,
    "checkedAt": "2030-01-01T12:00:00Z", "keySince": "2030-01-01T12:00:00Z", "isOld": false,
    "lastUsedAt": null, "usedBy": 2, "updatedAt": "2030-01-01T12:00:00Z", "version": 1
}))]
pub struct AccessKeyEntry {
    /// Never changes.
    #[schema(format = "uuid")]
    id: String,
    /// What people call it.
    name: String,
    /// `long_term`, `temporary`, or where the credentials come from by themselves: `instance_profile`, `container` or
    /// `web_identity`.
    source: &'static str,
    /// AWS's id of the key; null where the surroundings have it.
    key_id: Option<String>,
    /// The AWS partition.
    partition: &'static str,
    /// The AWS account; null where that is not known.
    account_id: Option<String>,
    /// Whose key it is, as AWS said; null where AWS was not asked.
    arn: Option<String>,
    /// When a temporary key ends; null where it does not, or nobody said.
    #[schema(format = "date-time")]
    expires_at: Option<String>,
    /// Free text for administrators.
    note: String,
    /// The broker's own MFA device, for roles that demand one.
    mfa_serial: Option<String>,
    /// What restricted administrators may make of it; null: nothing.
    envelope: Option<EnvelopeEntry>,
    /// When it is rotated by itself; null: never. Set on its page.
    rotation: Option<RotationEntry>,
    /// `ok`: AWS takes it; `unverified`: AWS was not asked; `rotating`; or why it is not used: `refused` by AWS, `expired`,
    /// `root` (a root user's), `unusable` (of another account, or a user that it must not be of), `closed` (its secret does
    /// not open).
    state: &'static str,
    /// The same in sentences, AWS's own words among them; null where there is nothing to say.
    state_detail: Option<String>,
    /// When AWS was asked last.
    #[schema(format = "date-time")]
    checked_at: Option<String>,
    /// Since when this very key pair is here.
    #[schema(format = "date-time")]
    key_since: String,
    /// Whether it is older than the settings want keys to be.
    is_old: bool,
    /// When it was used last, at most a minute behind.
    #[schema(format = "date-time")]
    last_used_at: Option<String>,
    /// How many connectors use it.
    used_by: i64,
    /// Last saved.
    #[schema(format = "date-time")]
    updated_at: String,
    /// Counts the saves; the `ETag` too.
    version: i32,
}

/// The limits inside which restricted administrators may make connectors of an access key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnvelopeEntry {
    /// `assume_role`, `federated_user`, `iam_user`, `provided`.
    principal_types: Vec<String>,
    /// Patterns of role ARNs, `*` for any characters.
    role_patterns: Vec<String>,
    /// The longest session, in seconds; null: as long as AWS gives.
    longest_seconds: Option<u32>,
    /// Whether programs may use such connectors.
    system_scope: bool,
}

/// When a key is rotated by itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotationEntry {
    /// Once it is this many days old.
    every_days: u32,
    /// In these hours, in UTC; null: at any time.
    window: Option<String>,
}

/// A page of access keys.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessKeyPage {
    /// By name.
    pub(super) access_keys: Vec<AccessKeyEntry>,
    /// The path and query of the next page; null on the last one.
    pub(super) next: Option<String>,
}

impl AccessKeyEntry {
    pub(super) fn of(status: &KeyStatus) -> Self {
        let key = &status.key;
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let envelope = key.envelope.clone().map(|envelope| EnvelopeEntry {
            principal_types: envelope.principal_types,
            role_patterns: envelope.role_patterns,
            longest_seconds: envelope.longest_seconds,
            system_scope: envelope.system_scope,
        });
        let rotation = |plan: &Plan| RotationEntry { every_days: plan.every_days, window: filled(&plan.window_text()) };
        Self {
            id: key.id.clone(),
            name: key.name.clone(),
            source: key.source.word(),
            key_id: filled(&key.key_id),
            partition: key.partition.id(),
            account_id: key.account().map(str::to_owned),
            arn: key.validated.as_ref().map(|validated| validated.arn.clone()),
            expires_at: key.source.expires_at().map(rfc3339),
            note: key.note.clone(),
            mfa_serial: key.mfa_serial.clone(),
            envelope,
            rotation: key.rotation.as_ref().map(rotation),
            state: status.state().word(),
            state_detail: filled(&state_of(status).1),
            checked_at: key.checked_at.map(rfc3339),
            key_since: rfc3339(key.key_since),
            is_old: status.is_old,
            last_used_at: key.last_used_at.map(rfc3339),
            used_by: status.used_by,
            updated_at: rfc3339(key.updated_at),
            version: key.version,
        }
    }
}
