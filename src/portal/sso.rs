//! Signing in with a session of Crowd's single sign-on that the browser brings, where a directory is set to take it.
//!
//! It happens when somebody asks for it and never by itself, so that whoever signed out stays signed out, and nobody is
//! signed in as somebody whose cookie was put into their browser without seeing it. The session of ours is bound to that of
//! Crowd: it goes on only while the browser brings the same token, from which nothing but a hash is kept, and Crowd says that
//! it is good, at most [`SSO_ASKED`](crate::directory::SSO_ASKED) ago. Signing out of Daypass ends ours alone.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::sign_in::{NotSignedIn, SignedIn, welcome};
use super::{PortalError, refusals};
use crate::app::App;
use crate::directory::{DirectoryError, Factors, Members, SignInError, SsoToken};
use crate::model::access::Actor;
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::model::identity::{Entry, Identity, Via};

/// How the usage log names this way of signing in, under `via`.
const VIA: &str = "sso";

/// What a browser brings.
#[derive(Debug, Default)]
pub struct Brought {
    /// Its cookies that are none of ours.
    pub cookies: Vec<(String, SecretString)>,
    /// Where from.
    pub factors: Factors,
}

/// What a session of ours that began so is bound to. One that cannot be read is bound to nothing there is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub struct Bond {
    directory: String,
    cookie: String,
    /// The token's SHA-256.
    token: String,
}

/// A try to sign in so.
#[derive(Debug)]
pub struct SsoSignIn {
    /// The directory that was chosen.
    pub directory: String,
    /// What the browser brings.
    pub brought: Brought,
    /// Where the request came from.
    pub origin: Origin,
}

impl Brought {
    /// The tokens in the cookies of this name.
    fn tokens(&self, cookie: &str) -> impl Iterator<Item = Option<SsoToken>> {
        let named = self.cookies.iter().filter(move |(name, _)| name == cookie);
        named.map(|(_, value)| SsoToken::read(value.expose_secret()))
    }

    /// The one token of this cookie. Of two that differ one may have been planted by a neighbour of the domain, and nobody can
    /// tell which.
    fn token(&self, cookie: &str) -> Option<SsoToken> {
        let mut tokens = self.tokens(cookie);
        let first = tokens.next()??;
        let is_same = |other: Option<SsoToken>| other.is_some_and(|other| other.hash() == first.hash());
        tokens.all(is_same).then_some(first)
    }
}

/// The directories whose single sign-on is switched on.
fn taking(app: &App) -> impl Iterator<Item = &Members> {
    app.directories.all().iter().filter(|members| members.takes_sso())
}

/// Whether any directory takes it.
#[must_use]
pub fn is_taken(app: &App) -> bool {
    taking(app).next().is_some()
}

/// The directories whose cookie the browser brings. Whether it is good is not asked.
pub async fn offers(app: &App, brought: &Brought) -> Vec<String> {
    let mut offers = Vec::new();
    if brought.cookies.is_empty() {
        return offers;
    }
    for members in taking(app) {
        let Some(cookie) = members.sso_cookie().await else { continue };
        if brought.token(&cookie).is_some() {
            offers.push(members.name().to_owned());
        }
    }
    offers
}

/// Signs in whose session the browser brings, and writes down how it went. The directory is chosen, as in front of a name: it
/// alone is asked. Runs to its end even if the caller goes away in the middle.
///
/// # Errors
/// [`PortalError::NotFound`] where the directory takes none, or [`NotSignedIn`].
pub async fn sign_in(app: &Arc<App>, attempt: SsoSignIn) -> Result<(SignedIn, Bond), NotSignedIn> {
    let app = app.clone();
    let run = tokio::spawn(async move { run(&app, &attempt).await });
    run.await.map_err(|error| PortalError::Internal(error.to_string()))?
}

async fn run(app: &App, attempt: &SsoSignIn) -> Result<(SignedIn, Bond), NotSignedIn> {
    let members = app.directories.get(&attempt.directory).filter(|members| members.takes_sso());
    let members = members.ok_or(PortalError::NotFound("sign-in"))?;
    let event = Event::new(app.clock.now(), Kind::SessionStart, &attempt.origin).with("via", VIA);
    let event = Event { directory: Some(members.name().to_owned()), ..event };
    let reason = match throttled(app, members, attempt).await {
        Ok((entry, bond)) => return Ok((welcome(app, entry, Via::Session, event).await?, bond)),
        Err(reason) => reason,
    };
    match &reason {
        SignInError::Unavailable(error) => {
            tracing::error!(directory = error.directory, cause = error.cause, "nobody can sign in by single sign-on");
            refusals::note_silence(app, &format!("sso {}", members.name()), event).await?;
            return Err(NotSignedIn::Unavailable(error.clone().into()));
        }
        SignInError::Throttled if !app.throttle.notes_refusal("session.start", &attempt.origin.address) => {}
        _ => {
            let event = event.ended(Outcome::Refused, &reason.to_string());
            app.database.record(event).await.map_err(PortalError::from)?;
        }
    }
    Err(NotSignedIn::Refused)
}

/// The directory's answer behind the throttle: tokens are guessed as little as passwords, and cost an address the same tries.
async fn throttled(app: &App, members: &Members, attempt: &SsoSignIn) -> Result<(Entry, Bond), SignInError> {
    let address = &attempt.origin.address;
    if !app.throttle.take_address(address, app.clock.now()) {
        return Err(SignInError::Throttled);
    }
    let answer = answer(members, attempt).await;
    if let Ok(_) | Err(SignInError::Unavailable(_)) = &answer {
        app.throttle.give_back_address(address);
    }
    answer
}

async fn answer(members: &Members, attempt: &SsoSignIn) -> Result<(Entry, Bond), SignInError> {
    let directory = members.name().to_owned();
    let Some(cookie) = members.sso_cookie().await else {
        let cause = "the name of the single sign-on's cookie is not known".to_owned();
        return Err(SignInError::Unavailable(DirectoryError { directory, cause }));
    };
    let token = attempt.brought.token(&cookie).ok_or(SignInError::NoSession)?;
    let entry = members.sso_person(&token, &attempt.brought.factors).await?;
    if !entry.active {
        return Err(SignInError::Inactive);
    }
    Ok((entry, Bond { directory, cookie, token: token.hash() }))
}

/// Whether a session of ours that is bound so may go on.
///
/// # Errors
/// Where the directory has to be asked and does not answer.
pub async fn is_upheld(app: &App, bond: &Bond, brought: &Brought) -> Result<bool, PortalError> {
    let Some(members) = app.directories.get(&bond.directory) else { return Ok(false) };
    let token = brought.tokens(&bond.cookie).flatten().find(|token| token.hash() == bond.token);
    match token {
        Some(token) => Ok(members.sso_lives(&token, &brought.factors).await?),
        None => Ok(false),
    }
}

/// Writes down that somebody's session ended with that of the single sign-on; once a minute, since a page asks for several
/// things at once.
///
/// # Errors
/// Where the database cannot be written.
pub async fn note_end(app: &App, identity: Identity, origin: &Origin) -> Result<(), PortalError> {
    if !app.throttle.notes_refusal(&format!("session.end {}", identity.person.id), &origin.address) {
        return Ok(());
    }
    let event = Event::new(app.clock.now(), Kind::SessionEnd, origin).by(&Actor::Person(identity));
    Ok(app.database.record(event.with("via", VIA)).await?)
}
