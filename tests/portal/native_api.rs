//! The API for programs: `/api/v1`. Every answer of these tests is held against the document that the server gives.

mod access_key_secrets;
mod access_key_states;
mod access_keys;
mod accounts;
mod bad_input;
mod connectors;
mod console;
pub mod contract;
mod credentials;
mod document;
mod fuzzed;
mod grants;
mod listed;
mod log;
mod policy_examples;
mod registries;
mod sent_back;
mod tokens;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use daypass::model::api_token::{
    self, ALPHABET, ApiToken, Connectors, Holder, Owner, PERSON_PREFIX, PROGRAM_PREFIX, Part, RANDOM_LENGTH, Scope,
};
use daypass::random;
use daypass::store::api_tokens;
use secrecy::ExposeSecret;

use self::contract::Api;
use crate::support::TestApp;

/// What a token of a test is for.
struct Token<'a> {
    holder: Holder,
    parts: &'a [Part],
    connectors: Connectors,
    networks: &'a [&'a str],
}

impl Default for Token<'_> {
    fn default() -> Self {
        Self {
            holder: Holder::Program(Owner::default()),
            parts: &[Part::Use, Part::Console],
            connectors: Connectors::All,
            networks: &[],
        }
    }
}

/// Makes a token, good for two days, and gives its text.
async fn token(app: &TestApp, slug: &str, token: Token<'_>) -> String {
    let prefix = if matches!(token.holder, Holder::Person(_)) { PERSON_PREFIX } else { PROGRAM_PREFIX };
    let text = api_token::from_random(prefix, &random::text(ALPHABET, RANDOM_LENGTH));
    let hash = api_token::hash(&text).unwrap();
    let now = app.app.clock.now();
    let parts: BTreeSet<Part> = token.parts.iter().copied().collect();
    let token = ApiToken {
        id: random::id(),
        name: slug.to_owned(),
        slug: slug.to_owned(),
        holder: token.holder,
        scope: Scope { parts, connectors: token.connectors, access_key_id: None },
        networks: token.networks.iter().map(|network| network.parse().unwrap()).collect(),
        created_by: "test".to_owned(),
        created_at: now,
        expires_at: now + TimeDelta::days(2),
        revoked_at: None,
        last_use: None,
    };
    let write = app.app.database.write(move |connection| {
        api_tokens::insert(connection, &token, &hash)?;
        Ok(((), Vec::new()))
    });
    write.await.unwrap();
    text.expose_secret().to_owned()
}

/// A token of a person's own, who is in these groups.
async fn personal(app: &TestApp, name: &str, groups: &[&str], parts: &[Part]) -> String {
    app.person(name, groups).await;
    let id = app.last_event().await.event.actor_id.unwrap();
    token(app, &format!("{name}-own"), Token { holder: Holder::Person(id), parts, ..Token::default() }).await
}
