//! API tokens, in their first form: a program's token for one connector, or for the secret of one access key.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::PortalError;
use crate::app::App;
use crate::model::access::Actor;
use crate::model::api_token::{self, ALPHABET, ApiToken, RANDOM_LENGTH, TokenScope};
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::random;
use crate::store::{DbConnection, StoreError, access_keys, api_tokens, connectors};

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
    let (slug, connector) = (slug.to_owned(), connector.to_owned());
    make(app, life, move |connection, now| {
        let connector = connectors::resolve(connection, &connector)?;
        let event = Event::new(now, Kind::TokenCreate, &Origin::default()).by_system().about(&connector);
        Ok((slug, TokenScope::Connector(connector.id), event))
    })
    .await
}

/// Makes a program's token that may replace the secret of one access key and nothing else, good for `life`; the key is
/// given by its id or its name. Its text is given this once.
///
/// # Errors
/// [`PortalError::NotFound`] where there is no such access key, [`PortalError::Invalid`] where the slug is taken.
pub async fn create_for_access_key(
    app: &App,
    slug: &str,
    access_key: &str,
    life: Duration,
) -> Result<SecretString, PortalError> {
    let (slug, access_key) = (slug.to_owned(), access_key.to_owned());
    make(app, life, move |connection, now| {
        let key = access_keys::resolve(connection, &access_key)?;
        let event = Event::new(now, Kind::TokenCreate, &Origin::default()).by_system();
        let event = event.with("access_key", key.id.as_str()).with("name", key.name);
        Ok((slug, TokenScope::AccessKeySecret(key.id), event))
    })
    .await
}

async fn make<F>(app: &App, life: Duration, about: F) -> Result<SecretString, PortalError>
where
    F: FnOnce(&mut DbConnection, DateTime<Utc>) -> Result<(String, TokenScope, Event), StoreError> + Send + 'static,
{
    let text = api_token::from_random(&random::text(ALPHABET, RANDOM_LENGTH));
    let hash = api_token::hash(&text).ok_or_else(|| PortalError::Internal("a token without a hash".to_owned()))?;
    let now = app.clock.now();
    let write = app.database.write(move |connection| {
        let (slug, scope, event) = about(connection, now)?;
        let token =
            ApiToken { id: random::id(), name: slug.clone(), slug, scope, expires_at: now + life, revoked_at: None };
        api_tokens::insert(connection, &token, &hash, "system", now)?;
        Ok(((), vec![event.with("token", token.slug)]))
    });
    match write.await {
        Err(StoreError::Taken("slug")) => {
            let sentence = "Another token has, or had, this slug. Choose another.".to_owned();
            Err(PortalError::Invalid(("slug", sentence).into()))
        }
        write => {
            write?;
            Ok(text)
        }
    }
}
