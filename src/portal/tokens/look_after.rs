//! Revoking and adopting tokens.

use std::sync::Arc;

use super::described;
use super::list::{groups_of, looks_after};
use crate::app::App;
use crate::model::api_token::{ApiToken, Holder, Owner};
use crate::model::event::{Event, Kind};
use crate::portal::prove::{Proof, prove};
use crate::portal::{PortalError, Who};
use crate::store::api_tokens;

async fn find(app: &App, who: &Who, id: &str) -> Result<ApiToken, PortalError> {
    let id = id.to_owned();
    let found = app.database.read(move |connection| api_tokens::find(connection, &id)).await?;
    found.filter(|token| looks_after(who, token)).ok_or(PortalError::NotFound("token"))
}

/// Refuses a token from the next request on. One that was revoked before stays as it is and leaves no row.
///
/// # Errors
/// [`PortalError::NotFound`] where there is none, or the caller may not look after it.
pub async fn revoke(app: &App, who: &Who, id: &str) -> Result<ApiToken, PortalError> {
    let token = find(app, who, id).await?;
    let (by, now) = (who.name().to_owned(), app.clock.now());
    let event = described(Event::new(now, Kind::TokenRevoke, &who.origin).by(&who.actor), &token);
    let id = token.id.clone();
    let write = app.database.write(move |connection| {
        let changed = api_tokens::revoke(connection, &id, &by, now)?;
        Ok(((), if changed { vec![event] } else { Vec::new() }))
    });
    write.await?;
    Ok(token)
}

/// Whether the caller may answer for a program's token from now on: administrators for each, members of its group for one that
/// nobody answers for.
#[must_use]
pub fn may_adopt(who: &Who, token: &ApiToken) -> bool {
    let (Ok(identity), Holder::Program(owner)) = (who.in_person(), &token.holder) else { return false };
    let is_free = owner.responsible.is_none() || owner.orphaned_at.is_some();
    let is_theirs = !is_free && owner.responsible.as_deref() == Some(identity.person.id.as_str());
    !is_theirs && (identity.administrator || (is_free && token.is_of_group(&groups_of(identity))))
}

/// Lets the caller answer for a program's live token from now on. One that administers takes their password.
///
/// # Errors
/// [`PortalError::NotFound`] where there is none, or the caller may not look after it; [`PortalError::Forbidden`] where they
/// may, and not adopt it; [`PortalError::Stale`] where it has ended, or somebody else was quicker; [`PortalError::Invalid`] at
/// `password` where that is not theirs.
pub async fn adopt(app: &Arc<App>, who: &Who, id: &str, proof: Proof) -> Result<ApiToken, PortalError> {
    let (app, who, id) = (app.clone(), who.clone(), id.to_owned());
    // To its end even if the caller goes away in the middle: a password that was tried is counted and recorded.
    let run = tokio::spawn(async move { adopted(&app, &who, &id, proof).await });
    run.await.map_err(|error| PortalError::Internal(error.to_string()))?
}

async fn adopted(app: &App, who: &Who, id: &str, proof: Proof) -> Result<ApiToken, PortalError> {
    let token = find(app, who, id).await?;
    if !may_adopt(who, &token) {
        return Err(PortalError::Forbidden);
    }
    let now = app.clock.now();
    if !token.is_live(now) {
        return Err(PortalError::Stale);
    }
    let person = &who.in_person()?.person;
    let before = match &token.holder {
        Holder::Program(Owner { responsible, .. }) => responsible.clone(),
        Holder::Person(_) => None,
    };
    let event = described(Event::new(now, Kind::TokenAdopt, &who.origin).by(&who.actor), &token);
    let event = event.with("responsible", person.user_name.as_str());
    if token.scope.administers() {
        prove(app, who, proof, "password", &event).await?;
    }
    let (id, person) = (token.id.clone(), person.id.clone());
    let write = app.database.write(move |connection| {
        api_tokens::adopt(connection, &id, before.as_deref(), &person)?;
        Ok(((), vec![event]))
    });
    write.await?;
    Ok(token)
}
