//! Signing in and out.

use std::sync::{Arc, Mutex};

use secrecy::SecretString;

use super::PortalError;
use super::identify;
use crate::app::App;
use crate::directory::SignInError;
use crate::model::access::Actor;
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::model::identity::{Entry, Identity};
use crate::store::people;
use crate::throttle::browser_mark;

/// A try to sign in.
#[derive(Debug)]
pub struct SignIn {
    /// What was typed as the name.
    pub user_name: String,
    /// What was typed as the password; passed to the directory byte for byte.
    pub password: SecretString,
    /// The marks of people who signed in with this browser before.
    pub marks: Vec<String>,
    /// Where the request came from.
    pub origin: Origin,
}

/// Why nobody was signed in. The page says the same for all but [`Self::Unavailable`].
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    /// Name or password are wrong, or tries are used up, or the account is closed: nobody is told which.
    #[error("name or password are wrong")]
    Refused,
    /// The directory or the database does not answer.
    #[error(transparent)]
    Unavailable(#[from] PortalError),
}

/// Somebody who signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub identity: Identity,
    /// The mark for this browser.
    pub mark: String,
}

/// Checks name and password with the directory, and writes down how it went. Runs to its end even if the caller goes
/// away in the middle: a try that was counted is recorded.
///
/// # Errors
/// [`NotSignedIn`]
pub async fn sign_in(app: &Arc<App>, attempt: SignIn) -> Result<SignedIn, NotSignedIn> {
    let app = app.clone();
    let run = tokio::spawn(async move { run(&app, &attempt).await });
    run.await.map_err(|error| PortalError::Internal(error.to_string()))?
}

async fn run(app: &App, attempt: &SignIn) -> Result<SignedIn, NotSignedIn> {
    let event = Event::new(app.clock.now(), Kind::SessionStart, &attempt.origin).by_name(&attempt.user_name);
    match authenticate(app, attempt).await {
        Ok(entry) => Ok(welcome(app, entry, event).await?),
        Err(SignInError::Unavailable(error)) => {
            tracing::error!(directory = error.directory, cause = error.cause, "nobody can sign in");
            app.database.record(event.ended(Outcome::Failed, "directory")).await.map_err(PortalError::from)?;
            Err(NotSignedIn::Unavailable(error.into()))
        }
        Err(SignInError::Throttled) if !app.throttle.notes_refusal(&attempt.origin.address) => {
            Err(NotSignedIn::Refused)
        }
        Err(reason) => {
            app.database.record(event.ended(Outcome::Refused, &reason.to_string())).await.map_err(PortalError::from)?;
            Err(NotSignedIn::Refused)
        }
    }
}

/// The directory's answer, behind the throttle. The tries of the address and of the person are counted before anything is
/// tried, the person's under the directory's own id of them, and given back where nothing was wrong.
async fn authenticate(app: &App, attempt: &SignIn) -> Result<Entry, SignInError> {
    let directory = app.members.directory();
    let address = &attempt.origin.address;
    // `directory\name` picks one; there is one, so that prefix is taken off where it is that one's.
    let name = match attempt.user_name.split_once('\\') {
        Some((prefix, name)) if prefix.eq_ignore_ascii_case(directory.name()) => name,
        _ => attempt.user_name.as_str(),
    }
    .trim();
    let counted = app.throttle.take_address(address, app.clock.now());
    // Past that only people who signed in with this browser before are let through, once it is known who it is.
    if !counted && attempt.marks.is_empty() {
        return Err(SignInError::Throttled);
    }
    if name.is_empty() {
        return Err(SignInError::Unknown);
    }
    let folded = name.to_lowercase();
    if attempt.marks.is_empty() && app.throttle.is_known_wrong(&folded, &attempt.password) {
        return Err(SignInError::WrongPassword);
    }
    let taken = Mutex::new(None::<String>);
    let gate = |external_id: &str| {
        if attempt.marks.contains(&browser_mark(&app.cookie_key, directory.name(), external_id)) {
            return true;
        }
        let may = counted && app.throttle.take_try(external_id, app.clock.now());
        if may && let Ok(mut taken) = taken.lock() {
            *taken = Some(external_id.to_owned());
        }
        may
    };
    let answer = directory.authenticate(name, &attempt.password, &gate).await;
    if matches!(answer, Err(SignInError::WrongPassword)) {
        app.throttle.remember_wrong(&folded, &attempt.password);
    }
    // A directory that fell silent after the gate may have counted a wrong password, so we do too.
    let person = taken.into_inner().ok().flatten();
    if let (Ok(_) | Err(SignInError::Inactive), Some(person)) = (&answer, person) {
        app.throttle.give_back(&person);
    }
    if counted && matches!(answer, Ok(_) | Err(SignInError::Unavailable(_))) {
        app.throttle.give_back_address(address);
    }
    answer
}

/// Remembers the person and writes down that they signed in, in one commit.
async fn welcome(app: &App, entry: Entry, event: Event) -> Result<SignedIn, PortalError> {
    app.members.forget(&entry.external_id);
    let roles = identify::roles(app, &entry.groups).await?;
    let now = app.clock.now();
    let write = app.database.write(move |connection| {
        let person = people::remember(connection, &entry, now)?;
        let identity = identify::with_roles(person, entry, roles);
        let event = event.by(&Actor::Person(identity.clone()));
        Ok((identity, vec![event]))
    });
    let identity = write.await?;
    let mark = browser_mark(&app.cookie_key, &identity.person.directory, &identity.person.external_id);
    Ok(SignedIn { identity, mark })
}

/// Writes down that somebody signed out.
///
/// # Errors
/// Where the database cannot be written.
pub async fn sign_out(app: &App, who: &super::Who) -> Result<(), PortalError> {
    let event = Event::new(app.clock.now(), Kind::SessionEnd, &who.origin).by(&who.actor());
    Ok(app.database.record(event).await?)
}
