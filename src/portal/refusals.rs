//! Refusals before a use case is reached.

use super::{PortalError, Who};
use crate::app::App;
use crate::model::event::{Event, Kind, Outcome};
use crate::store::people;

/// Writes down that a token was sent where it is not taken: to a part of the API that its scope lacks, or from a network that is
/// none of its own; once a minute for each token and address.
///
/// # Errors
/// Where the database cannot be written.
pub async fn note_token(app: &App, who: &Who, kind: Kind, page: &str, reason: &str) -> Result<(), PortalError> {
    let token = who.actor.token().map_or_else(|| who.actor.id(), |token| token.id.as_str());
    if !app.throttle.notes_refusal(&format!("{reason} {token}"), &who.origin.address) {
        return Ok(());
    }
    let event = Event::new(app.clock.now(), kind, &who.origin).by(&who.actor).with("page", page);
    Ok(app.database.record(event.ended(Outcome::Refused, reason)).await?)
}

/// The row of a person of whom only our id is known, since their directory is silent.
///
/// # Errors
/// Where the database cannot be read.
pub async fn by_person(app: &App, mut event: Event, person_id: &str) -> Result<Event, PortalError> {
    let id = person_id.to_owned();
    if let Some(person) = app.database.read(move |connection| people::find(connection, &id)).await? {
        event = event.by_name(&person.user_name);
        event.actor_id = Some(person.id);
        event.directory = Some(person.directory);
        "person".clone_into(&mut event.actor_kind);
    }
    Ok(event)
}

/// Writes down that nobody could be let in because their directory is silent; once a minute for each address and `whose` (a
/// token's id, or a name).
///
/// # Errors
/// Where the database cannot be written.
pub async fn note_silence(app: &App, whose: &str, event: Event) -> Result<(), PortalError> {
    if !app.throttle.notes_refusal(&format!("directory {whose}"), &event.origin.address) {
        return Ok(());
    }
    Ok(app.database.record(event.ended(Outcome::Failed, "directory")).await?)
}

/// Writes down that a person asked for a page (by its pattern in the route table) whose role they do not have; once a
/// minute for each person and address, so that nobody fills the log by being refused.
///
/// # Errors
/// Where the database cannot be written.
pub async fn note_missing_role(app: &App, who: &Who, page: &str) -> Result<(), PortalError> {
    let what = format!("page.open {}", who.actor.id());
    if !app.throttle.notes_refusal(&what, &who.origin.address) {
        return Ok(());
    }
    let event = Event::new(app.clock.now(), Kind::PageOpen, &who.origin).by(&who.actor()).with("page", page);
    Ok(app.database.record(event.ended(Outcome::Refused, "role")).await?)
}
