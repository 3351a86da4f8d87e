//! Whoever comes with a token: is it live, whose is it, and does it go as far as what is asked.

use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::SecretString;

use crate::app::App;
use crate::app::standing::AsOf;
use crate::model::access::Actor;
use crate::model::api_token::{self, ApiToken, Holder, LastUse, Part};
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::model::identity::{Identity, Via};
use crate::portal::identify::identify;
use crate::portal::{PortalError, Who, refusals};
use crate::store::{DbConnection, StoreError, api_tokens};

/// How far the time of a token's last use may lie behind: noting it at each use would cost a write of its own.
const USE_NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Who comes with this text; `None` for everything that is no live token of somebody who may come in, whatever is wrong with
/// it. What looks like a token of ours but is none, or has run out or was revoked, leaves a row a minute for each token and
/// address: somebody tried to get access with it.
///
/// # Errors
/// [`PortalError::TooMany`] for an address that sends no live token again and again; where the database or the person's
/// directory does not answer.
pub async fn authenticate(app: &App, text: &SecretString, origin: Origin) -> Result<Option<Who>, PortalError> {
    let (as_of, found) = find(app, text).await?;
    let refused = match found {
        Found::NoToken => None,
        Found::Unknown => Some(("unknown token".to_owned(), None, "unknown_token")),
        Found::Token(token) => match token.dead(app.clock.now()) {
            Some(dead) => Some((token.id.clone(), Some(Actor::Program(ApiToken::clone(&token))), dead.word())),
            None => match actor(app, &token, &origin).await? {
                Some(actor) => return Ok(Some(Who { actor, origin, as_of })),
                None => Some((token.id.clone(), Some(Actor::Program(ApiToken::clone(&token))), "person_gone")),
            },
        },
    };
    if let Some((what, actor, reason)) = refused
        && app.throttle.notes_refusal(&what, &origin.address)
    {
        let event = Event::new(app.clock.now(), Kind::CredentialsIssue, &origin);
        let event = actor.map_or_else(|| event.clone(), |actor| event.clone().by(&actor));
        app.database.record(event.ended(Outcome::Refused, reason)).await?;
    }
    if app.throttle.take_bad_token(&origin.address, app.clock.now()) { Ok(None) } else { Err(PortalError::TooMany) }
}

/// What a text is.
enum Found {
    /// Nothing that has a token's shape.
    NoToken,
    /// It has the shape, and nobody made it.
    Unknown,
    /// A token, live or not.
    Token(Arc<ApiToken>),
}

/// Writes down that a token of ours stood in an address, where it stays in histories and logs of others; once a minute for each
/// token and address. Whoever has it there is not told whether it is one.
///
/// # Errors
/// Where the database does not answer.
pub async fn note_in_address(app: &App, text: &SecretString, origin: &Origin) -> Result<(), PortalError> {
    let (_, Found::Token(token)) = find(app, text).await? else { return Ok(()) };
    if !app.throttle.notes_refusal(&format!("token_in_address {}", token.id), &origin.address) {
        return Ok(());
    }
    let event = Event::new(app.clock.now(), Kind::PageOpen, origin).by(&Actor::Program(ApiToken::clone(&token)));
    Ok(app.database.record(event.ended(Outcome::Refused, "token_in_address")).await?)
}

/// What a text is, and as of when.
async fn find(app: &App, text: &SecretString) -> Result<(Option<AsOf>, Found), PortalError> {
    let Some(hash) = api_token::hash(text) else { return Ok((None, Found::NoToken)) };
    let read = {
        let hash = hash.clone();
        move |connection: &mut DbConnection| api_tokens::find_by_hash(connection, &hash)?.ok_or(StoreError::NotFound)
    };
    match app.tokens.get_as_of(&app.database, hash, None, read).await {
        Ok((as_of, token)) => Ok((Some(as_of), Found::Token(token))),
        Err(StoreError::NotFound) => Ok((None, Found::Unknown)),
        Err(error) => Err(error.into()),
    }
}

/// The actor that a live token stands for; `None` where its person is gone or disabled. That their directory is silent leaves a
/// row.
async fn actor(app: &App, token: &ApiToken, origin: &Origin) -> Result<Option<Actor>, PortalError> {
    let Holder::Person(person) = &token.holder else { return Ok(Some(Actor::Program(token.clone()))) };
    let identity = match identify(app, person).await {
        Err(error @ PortalError::Directory(_)) => {
            let event = Event::new(app.clock.now(), Kind::CredentialsIssue, origin).with("via", "token");
            let event = event.with("token", token.id.as_str()).with("token_name", token.name.as_str());
            let event = refusals::by_person(app, event, person).await?;
            refusals::note_silence(app, &token.id, event).await?;
            return Err(error);
        }
        identity => identity?,
    };
    let via = || Via::Token(Box::new(token.clone()));
    Ok(identity.map(|identity| Actor::Person(Identity { via: via(), ..identity })))
}

/// Whether the token is taken: from this address, this often, and for `part` of the API. Notes its use. `asked` is what the
/// row of a refusal is about: its kind, and the route.
///
/// # Errors
/// [`PortalError::TokenNetwork`], [`PortalError::TokenBusy`], [`PortalError::TokenScope`]; where the database does not answer.
pub async fn admit(app: &App, who: &Who, part: Option<Part>, asked: (Kind, &str)) -> Result<(), PortalError> {
    let Some(token) = who.actor.token() else { return Err(PortalError::Forbidden) };
    let (kind, page) = asked;
    if !token.is_taken_from(&who.origin.address) {
        refusals::note_token(app, who, kind, page, "token_network").await?;
        return Err(PortalError::TokenNetwork);
    }
    if let Err(seconds) = app.throttle.take_request(&token.id) {
        return Err(PortalError::TokenBusy { seconds });
    }
    note_use(app, token, &who.origin).await?;
    match part {
        Some(part) => require(app, who, part, asked).await,
        None => Ok(()),
    }
}

/// Whether `part` is theirs, of a route that leads to several; a refusal leaves a row as one of [`admit`] does.
///
/// # Errors
/// [`PortalError::TokenScope`]; where the database does not answer.
pub async fn require(app: &App, who: &Who, part: Part, (kind, page): (Kind, &str)) -> Result<(), PortalError> {
    if who.actor.may(part) {
        return Ok(());
    }
    refusals::note_token(app, who, kind, page, "token_scope").await?;
    Err(PortalError::TokenScope(part))
}

async fn note_use(app: &App, token: &ApiToken, origin: &Origin) -> Result<(), PortalError> {
    let now = app.clock.now();
    let known = |last: &LastUse| now - last.at < USE_NOTED_EVERY && last.address == origin.address;
    if token.last_use.as_ref().is_some_and(known) {
        return Ok(());
    }
    let (id, last) = (token.id.clone(), LastUse { at: now, address: origin.address.clone() });
    let write = app.database.write(move |connection| Ok((api_tokens::note_used(connection, &id, &last)?, Vec::new())));
    Ok(write.await?)
}
