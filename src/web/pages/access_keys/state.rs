//! How an access key stands, in a badge and a sentence.

use crate::app::App;
use crate::keyring::OpenError;
use crate::portal::access_keys::{KeyStatus, State};
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

/// How a key stands, and what to do about it.
#[must_use]
pub fn state_of(status: &KeyStatus) -> (Badge, String) {
    let danger = |text, detail: String| (Badge::new(Tone::Danger, text), detail);
    let said = status.key.trouble.as_deref().map(|said| said.trim_end_matches('.'));
    match status.state() {
        State::Closed => danger("Cannot be opened", status.closed.as_ref().map(why_closed).unwrap_or_default()),
        State::Root => danger(
            "Root user's key",
            "It belongs to the account's root user, whose sessions cannot be restricted, so it is not used.".to_owned(),
        ),
        State::Expired => {
            danger("Expired", "Its session token has run out. Enter the key that is valid now.".to_owned())
        }
        State::Refused => {
            let said = said.map(|said| format!("{said}. ")).unwrap_or_default();
            danger(
                "Refused by AWS",
                format!("{said}AWS no longer takes this key. Enter a new one, or check it at AWS."),
            )
        }
        State::Rotating => {
            (Badge::new(Tone::Info, "Rotating"), "A new key takes its place; both work meanwhile.".to_owned())
        }
        State::Ok => (Badge::new(Tone::Good, "Good"), String::new()),
        State::Unusable => {
            danger("Not used", format!("{}. Nothing is handed out with this key.", said.unwrap_or_default()))
        }
        State::Unverified => (Badge::new(Tone::Neutral, "Not validated"), "Saved without asking AWS.".to_owned()),
    }
}

fn why_closed(closed: &OpenError) -> String {
    match closed {
        OpenError::KeyFile { file, cause } => {
            format!("Unable to read encryption key file {file}: {cause}. Put the file back, or enter the secret again.")
        }
        OpenError::Decrypt { file } => {
            format!("Unable to decrypt AWS Secret Key with key file {file}. Enter the secret again.")
        }
        OpenError::Kms { kms_key, cause, .. } => format!("{closed} key {kms_key}: {cause} {}", closed.advice()),
    }
}
