//! How an access key stands, in a badge and a sentence.

use crate::app::App;
use crate::keyring::OpenError;
use crate::model::access_key::KeyState;
use crate::portal::access_keys::KeyStatus;
use crate::web::html::{Badge, Tone};

/// How old a key pair is, marked where it is older than the settings want it; empty where none is kept.
#[must_use]
pub fn age_of(app: &App, status: &KeyStatus) -> Badge {
    if status.key.source.surroundings().is_some() {
        return Badge::default();
    }
    let days = (app.clock.now() - status.key.key_since).num_days().max(0);
    let text = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    Badge::new(if status.is_old { Tone::Warning } else { Tone::Neutral }, text)
}

/// How a key stands, and what to do about it. What cannot be opened here comes before what AWS says.
#[must_use]
pub fn state_of(status: &KeyStatus) -> (Badge, String) {
    let danger = |text, detail: String| (Badge::new(Tone::Danger, text), detail);
    match (&status.closed, status.key.state) {
        (Some(OpenError::KeyFile { file, cause }), _) => danger(
            "Cannot be opened",
            format!(
                "Unable to read encryption key file {file}: {cause}. Put the file back, or enter the secret again."
            ),
        ),
        (Some(OpenError::Decrypt { file }), _) => danger(
            "Cannot be opened",
            format!("Unable to decrypt AWS Secret Key with key file {file}. Enter the secret again."),
        ),
        (Some(closed @ OpenError::Kms { kms_key, cause, .. }), _) => {
            danger("Cannot be opened", format!("{closed} key {kms_key}: {cause} {}", closed.advice()))
        }
        _ if status.root_refused => danger(
            "Root user's key",
            "It belongs to the account's root user, whose sessions cannot be restricted, so it is not used.".to_owned(),
        ),
        _ if status.expired => {
            danger("Expired", "Its session token has run out. Enter the key that is valid now.".to_owned())
        }
        (None, KeyState::Refused) => {
            let said = status.key.trouble.as_ref().map(|said| format!("{said}. ")).unwrap_or_default();
            danger(
                "Refused by AWS",
                format!("{said}AWS no longer takes this key. Enter a new one, or check it at AWS."),
            )
        }
        _ if status.rotating => {
            (Badge::new(Tone::Info, "Rotating"), "A new key takes its place; both work meanwhile.".to_owned())
        }
        (None, KeyState::Good) => (Badge::new(Tone::Good, "Good"), String::new()),
        (None, KeyState::Unverified) if status.key.trouble.is_some() => {
            let said = status.key.trouble.as_deref().unwrap_or_default().trim_end_matches('.');
            danger("Not used", format!("{said}. Nothing is handed out with this key."))
        }
        (None, KeyState::Unverified) => {
            (Badge::new(Tone::Neutral, "Not validated"), "Saved without asking AWS.".to_owned())
        }
    }
}
