//! Looks whether somebody still answers for programs' tokens. Once, however many replicas there are.

use std::collections::HashMap;
use std::time::Duration;

use crate::app::App;
use crate::model::api_token::ORPHAN_LIFE;
use crate::model::event::{Event, Kind, Origin};
use crate::portal::PortalError;
use crate::random;
use crate::store::token_list::{self, Answered};
use crate::store::{api_tokens, leases, people};

/// How often it looks.
pub const EVERY: Duration = Duration::from_secs(15 * 60);
const LEASE: &str = "orphans";
/// How long others wait for a replica that died while it looked.
const LEASE_LIFE: Duration = Duration::from_secs(5 * 60);

/// Who looks, in this process.
pub struct Watch {
    holder: String,
}

impl Default for Watch {
    fn default() -> Self {
        Self { holder: random::id() }
    }
}

/// What is known of a person.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    There,
    Gone,
    /// Their directory does not answer: nothing changes.
    Silent,
}

impl Watch {
    /// Looks once, and tells how long to rest.
    pub async fn round(&self, app: &App) -> Duration {
        if let Err(error) = self.look(app).await {
            tracing::warn!(%error, "nobody looked whether API tokens have somebody who answers for them");
        }
        EVERY
    }

    /// Looks at whoever answers for a live token, unless another replica does: gone or closed in their directory, its tokens
    /// are orphans from now on; there again, they are none any more. A directory that is silent changes nothing.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn look(&self, app: &App) -> Result<(), PortalError> {
        let (holder, now) = (self.holder.clone(), app.clock.now());
        let take =
            move |connection: &mut _| Ok((leases::take(connection, LEASE, &holder, now, LEASE_LIFE)?, Vec::new()));
        if !app.database.write(take).await? {
            return Ok(());
        }
        let tokens = app.database.read(move |connection| token_list::answered_for(connection, now)).await?;
        let mut known: HashMap<String, (Known, String)> = HashMap::new();
        for token in tokens {
            let Some(person) = token.responsible.clone() else { continue };
            if !known.contains_key(&person) {
                known.insert(person.clone(), known_of(app, &person).await?);
            }
            let Some((is, name)) = known.get(&person) else { continue };
            match (is, token.orphaned_at) {
                (Known::Gone, None) => note(app, &token, &person, name, true).await?,
                (Known::There, Some(_)) => note(app, &token, &person, name, false).await?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// How a person stands in their directory, and their user name.
async fn known_of(app: &App, person: &str) -> Result<(Known, String), PortalError> {
    let id = person.to_owned();
    let Some(person) = app.database.read(move |connection| people::find(connection, &id)).await? else {
        return Ok((Known::Gone, String::new()));
    };
    let known = match app.directories.look_up(&person.directory, &person.external_id).await {
        Ok(Some(entry)) if entry.active => Known::There,
        Ok(_) => Known::Gone,
        Err(error) => {
            tracing::info!(directory = error.directory, "it is not known who answers for API tokens");
            Known::Silent
        }
    };
    Ok((known, person.user_name))
}

async fn note(app: &App, token: &Answered, person: &str, name: &str, gone: bool) -> Result<(), PortalError> {
    let now = app.clock.now();
    let event = Event::new(now, Kind::TokenOrphan, &Origin::default()).by_job();
    let event = event.with("token", token.slug.as_str()).with("token_id", token.id.as_str());
    let event = event.with("token_name", token.name.as_str()).with("responsible", name).with("orphaned", gone);
    let event = if gone { event.with("ends_at", (now + ORPHAN_LIFE).to_rfc3339()) } else { event };
    let (id, person) = (token.id.clone(), person.to_owned());
    let write = app.database.write(move |connection| {
        let changed = api_tokens::set_orphaned(connection, &id, &person, gone.then_some(now))?;
        Ok(((), if changed { vec![event] } else { Vec::new() }))
    });
    Ok(write.await?)
}
