//! Tokens by the command line of the machine: it may do what administrators may.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::create::{Made, program};
use super::form::TokenForm;
use super::list::{TokenStatus, names_of, status};
use super::{described, make};
use crate::app::App;
use crate::model::api_token::{ApiToken, Holder, Owner, PROGRAM_PREFIX, Scope};
use crate::model::event::{Event, Kind, Origin};
use crate::portal::PortalError;
use crate::random;
use crate::store::token_list::{self, Wanted};
use crate::store::{DbConnection, access_keys, api_tokens, connectors};

/// Makes a program's token as the form says. Nobody answers for it where the form names nobody.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong; where a directory or the database does not answer.
pub async fn create_program(app: &App, form: &TokenForm) -> Result<Made, PortalError> {
    let event = Event::new(app.clock.now(), Kind::TokenCreate, &Origin::default()).by_system();
    program(app, form, None, event).await?.make(app).await
}

/// The live tokens, by name.
///
/// # Errors
/// Where the database does not answer.
pub async fn list(app: &App) -> Result<Vec<TokenStatus>, PortalError> {
    let now = app.clock.now();
    let read = app.database.read(move |connection| {
        let ids = token_list::ids(connection, &Wanted::default(), now)?;
        let mut rows = Vec::with_capacity(ids.len());
        // Not more at once than a statement takes.
        for some in ids.chunks(1000) {
            let tokens = token_list::some(connection, some)?;
            let names = names_of(connection, tokens.iter())?;
            rows.extend(tokens.into_iter().map(|token| status(token, &names, now)));
        }
        Ok(rows)
    });
    Ok(read.await?)
}

/// Refuses the token with this id or slug from the next request on. Whether it was not revoked before.
///
/// # Errors
/// [`PortalError::NotFound`] where there is none.
pub async fn revoke(app: &App, text: &str) -> Result<(ApiToken, bool), PortalError> {
    let (text, now) = (text.to_owned(), app.clock.now());
    let write = app.database.write(move |connection| {
        let token = token_list::resolve(connection, &text)?;
        let changed = api_tokens::revoke(connection, &token.id, "command line", now)?;
        let event = described(Event::new(now, Kind::TokenRevoke, &Origin::default()).by_system(), &token);
        Ok(((token, changed), if changed { vec![event] } else { Vec::new() }))
    });
    Ok(write.await?)
}

/// Makes a program's token for using one connector, good for `life`, with none of the rules of [`create_program`]: slug and life are
/// as they are given, and whether the connector has system scope is only asked when the token is used. For tests and measurements,
/// which need tokens that nobody could make. Its text is given this once.
///
/// # Errors
/// [`PortalError::NotFound`] where there is no such connector, [`PortalError::Invalid`] where the slug is taken.
pub async fn create_unchecked(
    app: &App,
    slug: &str,
    connector: &str,
    life: Duration,
) -> Result<SecretString, PortalError> {
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
