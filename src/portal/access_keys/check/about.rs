//! Asking AWS about one key.

use super::super::{ask, moved};
use super::{Checked, Why};
use crate::app::App;
use crate::aws::{AwsError, Caller, issuer};
use crate::keyring::OpenError;
use crate::model::access_key::{AccessKey, KeyState};
use crate::model::event::{Event, Outcome};
use crate::portal::PortalError;
use crate::portal::source::{self, source_rule_of_all};
use crate::store::StoreError;
use crate::store::access_keys::{self, SealedSecrets};

/// What to do about a key that was changed without asking AWS and is of another account.
const ADVICE: &str = "Nothing is handed out with it. Enter a key of the right account, or say on the access key's page that the other one is meant.";

/// Asks about one key and keeps the answer. The row is written where the state changed, or where a person `asked`.
pub(super) async fn ask_about(app: &App, id: &str, event: Event, asked: bool) -> Result<Checked, PortalError> {
    let owned = id.to_owned();
    let (key, sealed) = app.database.read(move |connection| access_keys::find_sealed(connection, &owned)).await?;
    let event =
        event.with("access_key", key.id.as_str()).with("name", key.name.as_str()).with("key_id", key.key_id.as_str());
    let checked_before = key.checked_at;
    let state = |key: &AccessKey| {
        (key.state, key.trouble.is_some(), key.validated.as_ref().map(|validated| validated.arn.clone()))
    };
    let before = state(&key);
    let (after, checked, reason) = answer(app, key, &sealed).await;
    let changed = before != state(&after);
    let mut event = event.with("state", after.state.word());
    event.account_id = after.validated.as_ref().map(|validated| validated.account_id.clone());
    let event = match &checked {
        Checked::Good => event,
        Checked::Refused(why) => event.with("sentence", why.sentence.as_str()).ended(Outcome::Refused, &reason),
        Checked::Unknown(why) => event.with("sentence", why.sentence.as_str()).ended(Outcome::Failed, &reason),
    };
    if !changed && !asked && after.checked_at == checked_before {
        return Ok(checked);
    }
    let shared = app.config.aws.allow_shared_sources;
    let write = app.database.write(move |connection| {
        let is_new = after.validated.as_ref().is_some_and(|validated| Some(validated.at) == after.checked_at);
        match if is_new && !shared { source_rule_of_all(connection, &after) } else { Ok(()) } {
            // It stays unknown whose key it is, so that its first use is refused too.
            Err(StoreError::Refused(_, sentence)) => {
                let event = event.with("sentence", sentence.as_str()).ended(Outcome::Refused, "shared_source");
                let after = AccessKey { state: KeyState::Unverified, trouble: Some(sentence.clone()), ..after };
                access_keys::set_state(connection, &after)?;
                return Ok((Checked::Refused(Why::rule("shared_source", sentence)), vec![event]));
            }
            ruled => ruled?,
        }
        if is_new {
            access_keys::note_validated(connection, &after)?;
        }
        access_keys::set_state(connection, &after)?;
        Ok((checked, if changed || asked { vec![event] } else { Vec::new() }))
    });
    Ok(write.await?)
}

/// The key as it stands after asking, what came of it, and the reason in a word where it did not go well.
async fn answer(app: &App, mut key: AccessKey, sealed: &SealedSecrets) -> (AccessKey, Checked, String) {
    let now = app.clock.now();
    if key.is_expired(now) {
        let sentence = "Its session token has run out, so AWS was not asked.".to_owned();
        return (key, Checked::Refused(Why::rule("expired", sentence)), "expired".to_owned());
    }
    let asked = match source::signer(app, &key, sealed).await {
        Ok(signer) => issuer::caller_identity(&app.clients.once(&signer, key.partition)).await,
        Err(cause) => {
            let reason = if matches!(cause, OpenError::KeyFile { .. }) { "key_file" } else { "decrypt" };
            let sentence = format!("{cause} ({}).", cause.file());
            let why = Why { sentence, error: PortalError::Sealed { cause, connector: None } };
            return (key, Checked::Unknown(why), reason.to_owned());
        }
    };
    key.checked_at = Some(now);
    match asked {
        Ok(Caller { account_id, .. }) if !key.may_be_of(&account_id) && key.validated.is_none() => {
            let sentence = moved::by_account(&key, &account_id).err().unwrap_or_default();
            key.state = KeyState::Unverified;
            key.trouble = Some(sentence.clone());
            let why = Why::rule("other_account", format!("{sentence}. {ADVICE}"));
            (key, Checked::Refused(why), "other_account".to_owned())
        }
        Ok(caller) => {
            let root = source::root_rule(app, &caller.arn).is_err();
            ask::validated(app, &mut key, caller);
            if !root {
                return (key, Checked::Good, String::new());
            }
            key.state = KeyState::Refused;
            key.trouble = Some(source::ROOT_KEY.trim_end_matches('.').to_owned());
            (key, Checked::Refused(Why::rule("root_key", source::ROOT_KEY.to_owned())), "root_key".to_owned())
        }
        Err(error) => {
            let sentence = format!("{error}. {}", error.advice());
            let reason = format!("aws:{}", error.code());
            let why = Why { sentence, error: error.clone().into() };
            if matches!(error, AwsError::Refused { .. }) && !error.is_clock_skew() {
                key.state = KeyState::Refused;
                key.trouble = Some(error.to_string());
                return (key, Checked::Refused(why), reason);
            }
            (key, Checked::Unknown(why), reason)
        }
    }
}
