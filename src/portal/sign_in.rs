//! Signing in and out.

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

/// Checks name and password with the directory, and writes down how it went.
///
/// # Errors
/// [`NotSignedIn`]
pub async fn sign_in(app: &App, attempt: SignIn) -> Result<SignedIn, NotSignedIn> {
    let now = app.clock.now();
    let event = Event::new(now, Kind::SessionStart, &attempt.origin).by_name(&attempt.user_name);
    match authenticate(app, &attempt).await {
        Ok(entry) => Ok(welcome(app, entry, event).await?),
        Err(SignInError::Unavailable(error)) => {
            tracing::error!(directory = error.directory, cause = error.cause, "nobody can sign in");
            app.database.record(event.ended(Outcome::Failed, "directory")).await.map_err(PortalError::from)?;
            Err(NotSignedIn::Unavailable(error.into()))
        }
        Err(reason) => {
            app.throttle.address_failed(&attempt.origin.address, now);
            app.database.record(event.ended(Outcome::Refused, &reason.to_string())).await.map_err(PortalError::from)?;
            Err(NotSignedIn::Refused)
        }
    }
}

/// The directory's answer, behind the throttle: a person's tries are counted before the password is tried, under the
/// directory's own id of them, and given back where the password was not wrong.
async fn authenticate(app: &App, attempt: &SignIn) -> Result<Entry, SignInError> {
    let now = app.clock.now();
    let directory = app.members.directory();
    // `directory\name` picks one; there is one, so that prefix is taken off where it is that one's.
    let name = match attempt.user_name.split_once('\\') {
        Some((prefix, name)) if prefix.eq_ignore_ascii_case(directory.name()) => name,
        _ => attempt.user_name.as_str(),
    }
    .trim();
    if name.is_empty() {
        return Err(SignInError::Unknown);
    }
    if !app.throttle.address_may_try(&attempt.origin.address, now) {
        return Err(SignInError::Throttled);
    }
    let folded = name.to_lowercase();
    if app.throttle.is_known_wrong(&folded, &attempt.password) {
        return Err(SignInError::WrongPassword);
    }
    let taken = std::sync::Mutex::new(None::<String>);
    let gate = |external_id: &str| {
        let mark = browser_mark(&app.cookie_key, directory.name(), external_id);
        if attempt.marks.contains(&mark) {
            return true;
        }
        let may = app.throttle.take_try(external_id, now);
        if may && let Ok(mut taken) = taken.lock() {
            *taken = Some(external_id.to_owned());
        }
        may
    };
    let answer = directory.authenticate(name, &attempt.password, &gate).await;
    match &answer {
        Err(SignInError::WrongPassword) => app.throttle.remember_wrong(&folded, &attempt.password),
        _ => {
            if let Some(person) = taken.into_inner().ok().flatten() {
                app.throttle.give_back(&person);
            }
        }
    }
    answer
}

async fn welcome(app: &App, entry: Entry, event: Event) -> Result<SignedIn, PortalError> {
    app.members.forget(&entry.external_id);
    let now = app.clock.now();
    let known = entry.clone();
    let person =
        app.database.write(move |connection| Ok((people::remember(connection, &known, now)?, Vec::new()))).await?;
    let mark = browser_mark(&app.cookie_key, &person.directory, &person.external_id);
    let identity = identify::identity(app, person, entry).await?;
    app.database.record(event.by(&Actor::Person(identity.clone()))).await?;
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
