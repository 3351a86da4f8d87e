//! What a refusal says about the key itself.

use crate::app::App;
use crate::aws::AwsError;
use crate::model::access_key::{AccessKey, KeyState};
use crate::portal::PortalError;
use crate::portal::access_keys::moved;
use crate::store::access_keys;

/// Marks a key that AWS no longer knows, so that the access keys page shows it.
pub(super) async fn note_refused_key(app: &App, key: &AccessKey, error: &PortalError) {
    let PortalError::Aws(refusal) = error else { return };
    let AwsError::Refused { code, .. } = refusal.cause() else { return };
    // Further on it is a role's session that calls, and elsewhere what came of it.
    if refusal.is_of_service() || refusal.place().is_some_and(|(at, _)| at > 1) {
        return;
    }
    let is_about_key = ["InvalidClientTokenId", "SignatureDoesNotMatch"].contains(&code.as_str());
    let ran_out = code == "ExpiredToken" && !key.source.is_long_term();
    if !(is_about_key || ran_out) || refusal.is_clock_skew() {
        return;
    }
    let mut key = key.clone();
    key.state = KeyState::Refused;
    key.trouble = Some(refusal.cause().to_string());
    key.checked_at = Some(app.clock.now());
    note(app, key).await;
}

/// Marks a key that was changed without asking AWS and turned out to be of another `account`; gives both in a sentence.
pub(super) async fn note_other_account(app: &App, key: &AccessKey, account: &str) -> String {
    let sentence = moved::by_account(key, account).err().unwrap_or_default();
    let mut key = key.clone();
    key.state = KeyState::Unverified;
    key.trouble = Some(sentence.clone());
    key.checked_at = Some(app.clock.now());
    note(app, key).await;
    sentence
}

async fn note(app: &App, key: AccessKey) {
    let noted = app.database.write(move |connection| {
        access_keys::set_state(connection, &key)?;
        Ok(((), Vec::new()))
    });
    if let Err(error) = noted.await {
        tracing::warn!(%error, "the state of an access key could not be noted");
    }
}
