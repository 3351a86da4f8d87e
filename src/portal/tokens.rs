//! API tokens: who comes with one, and making them.

mod admit;

use std::time::Duration;

pub use admit::{admit, authenticate};
use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::PortalError;
use crate::app::App;
use crate::model::api_token::{self, ALPHABET, ApiToken, Holder, Owner, PROGRAM_PREFIX, RANDOM_LENGTH, Scope};
use crate::model::event::{Event, Kind, Origin};
use crate::random;
use crate::store::{DbConnection, StoreError, access_keys, api_tokens, connectors};

/// Makes a program's token for a connector of system scope, good for `life`. Its text is given this once.
///
/// # Errors
/// [`PortalError::NotFound`] where there is no such connector, [`PortalError::Invalid`] where the slug is taken.
pub async fn create(app: &App, slug: &str, connector: &str, life: Duration) -> Result<SecretString, PortalError> {
    let (slug, connector) = (slug.to_owned(), connector.to_owned());
    let new = move |connection: &mut DbConnection, now| {
        let connector = connectors::resolve(connection, &connector)?;
        let event = Event::new(now, Kind::TokenCreate, &Origin::default()).by_system().about(&connector);
        Ok((of_program(slug, Scope::of_connector(connector.id), now, life), event))
    };
    make(app, PROGRAM_PREFIX, new).await.map(|(text, _)| text)
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
    let new = move |connection: &mut DbConnection, now| {
        let key = access_keys::resolve(connection, &access_key)?;
        let event = Event::new(now, Kind::TokenCreate, &Origin::default()).by_system();
        let event = event.with("access_key", key.id.as_str()).with("name", key.name);
        Ok((of_program(slug, Scope::of_secret(key.id), now, life), event))
    };
    make(app, PROGRAM_PREFIX, new).await.map(|(text, _)| text)
}

/// A program's token as the command line makes it: nobody answers for it but whoever has the machine.
fn of_program(slug: String, scope: Scope, now: DateTime<Utc>, life: Duration) -> ApiToken {
    ApiToken {
        id: random::id(),
        name: slug.clone(),
        slug,
        holder: Holder::Program(Owner::default()),
        scope,
        networks: Vec::new(),
        created_by: "system".to_owned(),
        created_at: now,
        expires_at: now + life,
        revoked_at: None,
        last_use: None,
    }
}

/// Makes the token that `new` describes in the transaction that saves it, and its text, which is nowhere else.
async fn make<F>(app: &App, prefix: &str, new: F) -> Result<(SecretString, ApiToken), PortalError>
where
    F: FnOnce(&mut DbConnection, DateTime<Utc>) -> Result<(ApiToken, Event), StoreError> + Send + 'static,
{
    let text = api_token::from_random(prefix, &random::text(ALPHABET, RANDOM_LENGTH));
    let hash = api_token::hash(&text).ok_or_else(|| PortalError::Internal("a token without a hash".to_owned()))?;
    let now = app.clock.now();
    let write = app.database.write(move |connection| {
        let (token, event) = new(connection, now)?;
        api_tokens::insert(connection, &token, &hash)?;
        let event = described(event, &token);
        Ok((token, vec![event]))
    });
    match write.await {
        Err(StoreError::Taken("slug")) => {
            let sentence = "Another token has, or had, this slug. Choose another.".to_owned();
            Err(PortalError::Invalid(("slug", sentence).into()))
        }
        write => Ok((text, write?)),
    }
}

/// What the row says of a token.
fn described(event: Event, token: &ApiToken) -> Event {
    let parts: Vec<&str> = token.scope.parts.iter().map(|part| part.word()).collect();
    let networks: Vec<String> = token.networks.iter().map(ToString::to_string).collect();
    event
        .with("token", token.slug.as_str())
        .with("parts", parts)
        .with("networks", networks)
        .with("expires_at", token.expires_at.to_rfc3339())
}
