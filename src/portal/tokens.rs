//! API tokens: who comes with one, making them, and looking after them.

mod admit;
mod create;
mod form;
mod list;
mod look_after;
pub mod orphans;
pub mod system;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

pub use self::admit::{admit, authenticate, note_in_address, require};
pub use self::create::{MOST_OF_PERSON, Made, create_personal, create_program};
pub use self::form::TokenForm;
pub use self::list::{Mine, Rest, TokenStatus, choices, count_orphans, list_after, list_all, list_own, show};
pub use self::look_after::{adopt, may_adopt, revoke};
pub use self::system::{create_for_access_key, create_unchecked};
use super::PortalError;
use crate::app::App;
use crate::model::api_token::{self, ALPHABET, ApiToken, RANDOM_LENGTH};
use crate::model::event::Event;
use crate::random;
use crate::store::{DbConnection, StoreError, api_tokens};

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
        .with("token_id", token.id.as_str())
        .with("token_name", token.name.as_str())
        .with("parts", parts)
        .with("networks", networks)
        .with("expires_at", token.expires_at.to_rfc3339())
}
