//! What a browser brings of a single sign-on, and whether a session that began with it goes on.

use actix_web::{HttpMessage, HttpRequest};

use super::session::{Session, cookie_name};
use crate::app::App;
use crate::directory::Factors;
use crate::model::event::Origin;
use crate::model::identity::Identity;
use crate::portal::identify::identify;
use crate::portal::sso::{self, Brought};
use crate::portal::{PortalError, sso::is_taken};

/// What the request brings; nothing where no directory takes it.
#[must_use]
pub fn brought(app: &App, request: &HttpRequest) -> Brought {
    if !is_taken(app) {
        return Brought::default();
    }
    let own = cookie_name(app);
    let cookies = request.cookies().map(|cookies| cookies.clone()).unwrap_or_default();
    let others = cookies.iter().filter(|cookie| !cookie.name().starts_with(&own));
    let cookies = others.map(|cookie| (cookie.name().to_owned(), cookie.value().into())).collect();
    let remote_address = request.peer_addr().map(|peer| peer.ip().to_canonical().to_string()).unwrap_or_default();
    // Never what the request itself says: only what a trusted proxy tells of it.
    let address = request.extensions().get::<Origin>().map(|origin| origin.address.clone());
    let forwarded_for = address.filter(|address| *address != remote_address);
    Brought { cookies, factors: Factors { remote_address, forwarded_for } }
}

/// [`identify`], of whoever's session here is not bound to one that ended.
///
/// # Errors
/// Where the directory or the database does not answer.
pub async fn identify_upheld(
    app: &App,
    request: &HttpRequest,
    session: &Session,
) -> Result<Option<Identity>, PortalError> {
    let Some(id) = session.person_id() else { return Ok(None) };
    let Some(identity) = identify(app, &id).await? else { return Ok(None) };
    let Some(bond) = session.bond() else { return Ok(Some(identity)) };
    if sso::is_upheld(app, &bond, &brought(app, request)).await? {
        return Ok(Some(identity));
    }
    let origin = request.extensions().get::<Origin>().cloned().unwrap_or_default();
    sso::note_end(app, identity, &origin).await?;
    Ok(None)
}
