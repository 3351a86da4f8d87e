//! The form of an access key as it arrives.

use secrecy::SecretString;
use serde::Deserialize;

use crate::portal::access_keys::{AccessKeyForm, EnvelopeForm};

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    source: String,
    key_id: String,
    secret: SecretString,
    session_token: SecretString,
    expires_at: String,
    partition: String,
    note: String,
    mfa_serial: String,
    mfa_seed: SecretString,
    rotate_days: String,
    rotate_window: String,
    envelope_assume_role: bool,
    envelope_federated_user: bool,
    envelope_iam_user: bool,
    envelope_provided: bool,
    envelope_roles: String,
    envelope_longest: String,
    envelope_system_scope: bool,
    skip_validation: bool,
    other_account: bool,
    version: i32,
}

impl From<Typed> for AccessKeyForm {
    fn from(typed: Typed) -> Self {
        let envelope = EnvelopeForm {
            assume_role: typed.envelope_assume_role,
            federated_user: typed.envelope_federated_user,
            iam_user: typed.envelope_iam_user,
            provided: typed.envelope_provided,
            roles: typed.envelope_roles,
            longest: typed.envelope_longest,
            system_scope: typed.envelope_system_scope,
        };
        Self {
            name: typed.name,
            source: typed.source,
            key_id: typed.key_id,
            secret: typed.secret,
            session_token: typed.session_token,
            expires_at: typed.expires_at,
            partition: typed.partition,
            note: typed.note,
            mfa_serial: typed.mfa_serial,
            mfa_seed: typed.mfa_seed,
            rotate_days: typed.rotate_days,
            rotate_window: typed.rotate_window,
            envelope,
            skip_validation: typed.skip_validation,
            other_account: typed.other_account,
            version: typed.version,
        }
    }
}
