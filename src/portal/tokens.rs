//! API tokens, in their first form: a program's token for one connector.

use std::time::Duration;

use secrecy::SecretString;

use super::PortalError;
use crate::app::App;
use crate::model::access::Actor;
use crate::model::api_token::{self, ALPHABET, ApiToken, RANDOM_LENGTH, TokenScope};
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::random;
use crate::store::{api_tokens, connectors};

/// The live token with this text; `None` for everything else, whatever is wrong with it. What looks like a token of ours
/// but is none, or has run out or was revoked, leaves a row a minute for each token and address: somebody tried to get
/// access with it.
///
/// # Errors
/// [`PortalError::TooMany`] for an address that sends no live token again and again; where the database does not answer.
pub async fn find(app: &App, text: &SecretString, origin: &Origin) -> Result<Option<ApiToken>, PortalError> {
    let now = app.clock.now();
    if let Some(hash) = api_token::hash(text) {
        let token = app.database.read(move |connection| api_tokens::find_by_hash(connection, &hash)).await?;
        if token.as_ref().is_some_and(|token| token.is_live(now)) {
            return Ok(token);
        }
        let event = Event::new(now, Kind::CredentialsIssue, origin);
        let (event, what, reason) = match token {
            None => (event, "unknown token".to_owned(), "unknown_token"),
            Some(token) => {
                let reason = dead(&token);
                (event.by(&Actor::Program(token.clone())), token.id, reason)
            }
        };
        if app.throttle.notes_refusal(&what, &origin.address) {
            app.database.record(event.ended(Outcome::Refused, reason)).await?;
        }
    }
    if app.throttle.take_bad_token(&origin.address, now) { Ok(None) } else { Err(PortalError::TooMany) }
}

/// Why a token that is not live is not, as the log has it.
pub(super) const fn dead(token: &ApiToken) -> &'static str {
    if token.revoked_at.is_some() { "token_revoked" } else { "token_expired" }
}

/// Makes a program's token for a connector of system scope, good for `life`. Its text is given this once.
///
/// # Errors
/// [`PortalError::NotFound`] where there is no such connector, [`PortalError::Invalid`] where the slug is taken.
pub async fn create(app: &App, slug: &str, connector: &str, life: Duration) -> Result<SecretString, PortalError> {
    let text = api_token::from_random(&random::text(ALPHABET, RANDOM_LENGTH));
    let hash = api_token::hash(&text).ok_or_else(|| PortalError::Internal("a token without a hash".to_owned()))?;
    let now = app.clock.now();
    let (slug, connector) = (slug.to_owned(), connector.to_owned());
    let write = app.database.write(move |connection| {
        let connector = connectors::resolve(connection, &connector)?;
        let token = ApiToken {
            id: random::id(),
            name: slug.clone(),
            slug,
            scope: TokenScope::Connector(connector.id.clone()),
            expires_at: now + life,
            revoked_at: None,
        };
        api_tokens::insert(connection, &token, &hash, "system", now)?;
        let event = Event::new(now, Kind::TokenCreate, &Origin::default()).by_system().about(&connector);
        Ok(((), vec![event.with("token", token.slug)]))
    });
    write.await?;
    Ok(text)
}
