//! Asking somebody who is signed in for their password again.

use secrecy::SecretString;

use super::sign_in::{self, SignIn};
use super::{PortalError, Who};
use crate::app::App;
use crate::directory::{Refused, SignInError};
use crate::model::event::{Event, Outcome};
use crate::model::identity::Entry;
use crate::throttle::Mark;

/// What somebody shows of who they are.
#[derive(Debug, Default)]
pub struct Proof {
    /// What was typed as the password; passed to the directory byte for byte.
    pub password: SecretString,
    /// The marks of people who signed in with this browser before.
    pub marks: Vec<Mark>,
}

/// Tries the caller's own password with their directory, behind the throttle of the sign-in, so that a session left open is
/// no way to guess it. `event` is the row of what they want to do; a refusal is recorded as one of it. Gives what the directory
/// says of them.
///
/// # Errors
/// [`PortalError::Invalid`] at `field` where it is wrong or was wrong too often; where the directory or the database does not
/// answer.
pub(super) async fn prove(
    app: &App,
    who: &Who,
    proof: Proof,
    field: &'static str,
    event: &Event,
) -> Result<Entry, PortalError> {
    let person = &who.identity()?.person;
    let attempt = SignIn {
        user_name: format!("{}\\{}", person.directory, person.user_name),
        password: proof.password,
        marks: proof.marks,
        origin: who.origin.clone(),
    };
    let wrong = |sentence: &str| PortalError::Invalid((field, sentence.to_owned()).into());
    let (whence, repeats) = (attempt.whence(), &app.throttle.repeats);
    let is_repeat = repeats.is_one(&whence, &attempt.password, app.clock.now());
    let word = format!("{} {}", event.kind, repeats.word(&whence));
    match sign_in::attempt(app, &attempt).await {
        Ok(entry) if entry.directory == person.directory && entry.external_id == person.external_id => Ok(entry),
        Err(Refused { reason: SignInError::Unavailable(error), .. }) => Err(error.into()),
        Err(Refused { reason: SignInError::Throttled, .. }) => {
            if app.throttle.notes_refusal(&event.kind, &who.origin.address) {
                app.database.record(event.clone().ended(Outcome::Refused, "throttled")).await?;
            }
            Err(wrong("Too many wrong passwords lately. Wait a quarter of an hour, then try again."))
        }
        Ok(_) | Err(_) => {
            // Whoever sends the same again and again leaves a row a minute.
            if !app.throttle.notes_refusal(&word, &who.origin.address) && is_repeat {
                return Err(wrong("This is not your password."));
            }
            app.database.record(event.clone().ended(Outcome::Refused, "wrong_password")).await?;
            Err(wrong("This is not your password."))
        }
    }
}
