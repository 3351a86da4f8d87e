//! Refusals before a use case is reached.

use super::{PortalError, Who};
use crate::app::App;
use crate::model::event::{Event, Kind, Outcome};

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
