//! The second look: where AWS took its time, the right is decided once more, with everything as it is by then.

use chrono::TimeDelta;

use super::facts::read;
use super::trial::decided;
use super::{Ask, Purpose, Stopped, denied_as, refused};
use crate::app::App;
use crate::model::access::{Actor, Denied};
use crate::model::api_token::{ApiToken, Dead};
use crate::model::connector::Connector;
use crate::model::event::{Event, Outcome};
use crate::model::identity::{Identity, Via};
use crate::portal::PortalError;
use crate::portal::identify::identify;
use crate::store::api_tokens;

/// How long AWS may take before the right is looked at once more.
const LONG: TimeDelta = TimeDelta::seconds(2);

/// Why what AWS issued is not handed out.
pub(super) enum Gone {
    /// The connector, or the way to it.
    Denied(Denied),
    /// The person: disabled, or no longer there.
    Person,
    /// The token, for this reason.
    Token(&'static str),
    /// Nobody could say.
    Unknown(PortalError),
}

impl Gone {
    /// How the attempt ends.
    pub(super) fn stop(self, event: Event, connector: &Connector) -> Stopped {
        match self {
            Self::Denied(denied) => refused(event, denied.word(), denied_as(denied, connector)),
            Self::Person => refused(event, "person_gone", PortalError::NotFound("connector")),
            Self::Token(reason) => refused(event, reason, PortalError::Forbidden),
            Self::Unknown(error) => {
                let reason = if matches!(error, PortalError::Directory(_)) { "directory" } else { "database" };
                Stopped { event, outcome: Outcome::Failed, reason: reason.to_owned(), error }
            }
        }
    }
}

impl<E: Into<PortalError>> From<E> for Gone {
    fn from(error: E) -> Self {
        Self::Unknown(error.into())
    }
}

/// Whether what was decided still holds: while AWS was slow, a grant may have been taken, the connector switched off, the
/// person disabled, the token revoked.
///
/// # Errors
/// Why it does not.
pub(super) async fn still_allowed(app: &App, ask: &Ask, event: &Event) -> Result<(), Gone> {
    // Of a trial nothing is handed out.
    if matches!(ask.purpose, Purpose::Test { .. }) {
        return Ok(());
    }
    if app.clock.now() - event.at < LONG {
        return Ok(());
    }
    let ask = Ask { actor: actor_now(app, &ask.actor).await?, ..ask.clone() };
    let facts = read(app, &ask, None).await?.ok_or(Gone::Denied(Denied::NotGranted))?;
    decided(app, &ask, &facts).map(drop).map_err(Gone::Denied)
}

/// Who asks, as they are now.
async fn actor_now(app: &App, actor: &Actor) -> Result<Actor, Gone> {
    let token = match actor.token() {
        Some(token) => Some(token_now(app, &token.id).await?),
        None => None,
    };
    match (actor, token) {
        (Actor::Person(before), token) => {
            let identity = identify(app, &before.person.id).await?.ok_or(Gone::Person)?;
            let via = token.map_or_else(|| before.via.clone(), |token| Via::Token(Box::new(token)));
            Ok(Actor::Person(Identity { via, ..identity }))
        }
        (Actor::Program(_), Some(token)) => Ok(Actor::Program(token)),
        (Actor::Program(_), None) => Err(Gone::Token(Dead::Revoked.word())),
    }
}

async fn token_now(app: &App, id: &str) -> Result<ApiToken, Gone> {
    let id = id.to_owned();
    let token = app.database.read(move |connection| api_tokens::find(connection, &id)).await?;
    let token = token.ok_or(Gone::Token(Dead::Revoked.word()))?;
    match token.dead(app.clock.now()) {
        None => Ok(token),
        Some(dead) => Err(Gone::Token(dead.word())),
    }
}
