//! Whoever sends user name and password with a request: basic authentication, where `[seed_api]` takes it.
//!
//! The same directories and the same throttle as at the sign-in page. A right password is remembered for a minute, so that a
//! program does not cost a hash or a bind with each request; who somebody is, is looked up each time.

use std::sync::Arc;

use secrecy::SecretString;

use super::identify::identify;
use super::sign_in::{NotSignedIn, SignIn, checked};
use super::{PortalError, Who, refusals};
use crate::app::App;
use crate::model::api_token::{Part, networks};
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::model::identity::{Identity, Via};
use crate::throttle::{Right, Whence};

/// Why name and password are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// `[seed_api]` has it switched off.
    #[error("basic authentication is switched off")]
    Off,
    /// They came over plain http, and not from this machine.
    #[error("name and password came over plain http")]
    Insecure,
    /// They came from a network that `[seed_api]` does not name.
    #[error("basic authentication is not taken from this address")]
    Network,
    /// They do not go together, or tries are used up, or the account is closed, or its directory is not one of
    /// `[seed_api]`: nobody is told which.
    #[error("name or password are wrong")]
    Wrong,
}

/// What somebody sent.
#[derive(Debug)]
pub struct Sent {
    /// The name.
    pub user_name: String,
    /// The password, byte for byte.
    pub password: SecretString,
    /// Whether nobody on the way could read along.
    pub is_private: bool,
}

impl Sent {
    fn whence<'a>(&'a self, origin: &'a Origin) -> Whence<'a> {
        Whence { name: &self.user_name, address: &origin.address }
    }
}

/// Whether name and password are looked at where they come from, before anything is said of them.
///
/// # Errors
/// [`NotTaken`], all but [`NotTaken::Wrong`].
pub fn is_open(app: &App, address: &str, is_private: bool) -> Result<(), NotTaken> {
    let settings = &app.config.seed_api;
    match () {
        () if !settings.basic_auth => Err(NotTaken::Off),
        () if !is_private => Err(NotTaken::Insecure),
        () if !networks::take(&settings.networks, address) => Err(NotTaken::Network),
        () => Ok(()),
    }
}

/// Who sent name and password.
///
/// # Errors
/// [`PortalError::Basic`]; [`PortalError::TokenBusy`] where somebody sends more requests than a token may; where the
/// directory or the database does not answer.
pub async fn authenticate(app: &Arc<App>, sent: Sent, origin: Origin) -> Result<Who, PortalError> {
    if let Err(not_taken) = is_open(app, &origin.address, sent.is_private) {
        if not_taken == NotTaken::Network && app.throttle.notes_refusal("basic network", &origin.address) {
            let event = Event::new(app.clock.now(), Kind::SessionStart, &origin).by_name(&sent.user_name);
            app.database.record(event.with("via", "basic").ended(Outcome::Refused, "basic_network")).await?;
        }
        return Err(PortalError::Basic(not_taken));
    }
    // Whoever has tried too many wrong ones is told nothing by memory either.
    if app.throttle.is_spent(&origin.address, app.clock.now()) {
        return Err(PortalError::Basic(NotTaken::Wrong));
    }
    let turn = app.throttle.remembered.turn(&sent.whence(&origin), &sent.password);
    let identity = match known(app, &sent, &origin).await? {
        Ok(identity) => identity,
        Err(_) => {
            let _turn = turn.lock().await;
            match known(app, &sent, &origin).await? {
                Ok(identity) => identity,
                Err(stamp) => tried(app, sent, &origin, stamp).await?,
            }
        }
    };
    if let Err(seconds) = app.throttle.take_request(&format!("person {}", identity.person.id)) {
        return Err(PortalError::TokenBusy { seconds });
    }
    Ok(Who::person(identity, origin))
}

/// Whose name and password were right a moment ago, as they are now; else what [`Right::stamp`] is at the moment.
async fn known(app: &App, sent: &Sent, origin: &Origin) -> Result<Result<Identity, Option<String>>, PortalError> {
    let (now, whence) = (app.clock.now(), sent.whence(origin));
    // A script that goes on with a wrong password asks the directory once a minute.
    if app.throttle.repeats.was_just_tried(&whence, &sent.password, now) {
        return Err(PortalError::Basic(NotTaken::Wrong));
    }
    let stamp = app.directories.password_stamp(&sent.user_name).await?;
    let Some(person) = app.throttle.remembered.person(&whence, &sent.password, stamp.as_deref(), now) else {
        return Ok(Err(stamp));
    };
    let identity = match identify(app, &person).await {
        Err(error @ PortalError::Directory(_)) => {
            let event = Event::new(now, Kind::SessionStart, origin).with("via", "basic");
            let event = refusals::by_person(app, event, &person).await?;
            refusals::note_silence(app, &format!("basic {person}"), event).await?;
            return Err(error);
        }
        identity => identity?,
    };
    Ok(identity.map(|identity| Identity { via: Via::Basic, ..identity }).ok_or(stamp))
}

/// Asks the directories. What was right is remembered, unless the password was changed meanwhile: then nobody knows which of
/// the two it was. `before` is what [`Right::stamp`] was before.
async fn tried(app: &Arc<App>, sent: Sent, origin: &Origin, before: Option<String>) -> Result<Identity, PortalError> {
    let Sent { user_name, password, .. } = sent;
    let at = app.clock.now();
    let attempt =
        SignIn { user_name: user_name.clone(), password: password.clone(), marks: Vec::new(), origin: origin.clone() };
    let identity = match checked(app, attempt, Via::Basic).await {
        Ok(signed_in) => signed_in.identity,
        Err(NotSignedIn::Refused) => return Err(PortalError::Basic(NotTaken::Wrong)),
        Err(NotSignedIn::Unavailable(error)) => return Err(error),
    };
    let is_local = app.directories.local().is_some_and(|local| local.name() == identity.person.directory);
    let stamp = if is_local { app.directories.password_stamp(&user_name).await? } else { None };
    if !is_local || (stamp.is_some() && stamp == before) {
        let right = Right { person: identity.person.id.clone(), stamp };
        let whence = Whence { name: &user_name, address: &origin.address };
        app.throttle.remembered.note(&whence, &password, right, at);
    }
    Ok(identity)
}

/// Whether the part of the API is theirs by role; what is not leaves a row.
///
/// # Errors
/// [`PortalError::Forbidden`]; where the database does not answer.
pub async fn admit(app: &App, who: &Who, part: Option<Part>, page: &str) -> Result<(), PortalError> {
    match part {
        Some(part) if !who.actor.may(part) => {
            refusals::note_missing_role(app, who, page).await?;
            Err(PortalError::Forbidden)
        }
        _ => Ok(()),
    }
}
