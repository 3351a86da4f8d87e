//! Asks once before something is deleted.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::portal::{PortalError, Who, access_keys, connectors};
use crate::web::detour::Detour;
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Tone, ok, respond, see_other};
use crate::web::session::Session;

/// `GET` and `POST` of `/admin/access-keys/{id}/delete`, `/admin/connectors/{id}/delete`, `/admin/accounts/{id}/delete` and
/// `/admin/policy-examples/{id}/delete`, with the field `version`.
#[derive(Template)]
#[template(path = "pages/delete.html")]
pub struct DeletePage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form is sent to.
    pub action: String,
    /// Where "Cancel" leads.
    pub back: String,
    /// What is deleted, as "access key payments-broker".
    pub thing: String,
    /// What follows from it, one sentence each.
    pub consequences: Vec<String>,
    /// Why it cannot be deleted; then there is no button.
    pub refused: Option<String>,
    /// What stands in the way, as (name, address).
    pub blocking: Vec<(String, String)>,
    /// The version that was looked at.
    pub version: i32,
}

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Looked {
    /// The version that was looked at.
    pub version: i32,
}

/// The page for the `kind` that is called `name` and has its own page at `back`.
pub fn page(frame: Frame, kind: &str, back: String, name: &str, version: i32) -> DeletePage {
    DeletePage {
        frame,
        action: format!("{back}/delete"),
        back,
        thing: format!("{kind} “{name}”"),
        consequences: Vec::new(),
        refused: None,
        blocking: Vec::new(),
        version,
    }
}

async fn access_key_page(app: &App, who: &Who, session: &Session, id: &str) -> Result<DeletePage, WebError> {
    let (status, used_by) = access_keys::show(app, who, id).await?;
    let key = status.key;
    let frame = Frame::administration(app, who, session, "/admin/access-keys", "Delete access key")
        .below("Access keys", "/admin/access-keys");
    let mut page = page(frame, "access key", format!("/admin/access-keys/{id}"), &key.name, key.version);
    page.consequences.push(format!(
        "Its sealed secret is removed from Daypass. At AWS the key {} stays active until you remove it there.",
        key.key_id
    ));
    if !used_by.is_empty() {
        page.refused =
            Some("Connectors still use this access key. Give them another one, or delete them first.".to_owned());
        page.blocking = used_by.into_iter().map(|(id, name)| (name, format!("/admin/connectors/{id}"))).collect();
    }
    Ok(page)
}

/// With the way back to the connector whose form waits.
fn on_detour(mut page: DeletePage, detour: &Detour, id: &str) -> DeletePage {
    if let Some(back) = detour.back(id) {
        // The form posts to the address that it came by.
        page.action = String::new();
        page.frame = detour.on(page.frame, id);
        page.back = back;
    }
    page
}

async fn connector_page(app: &App, who: &Who, session: &Session, id: &str) -> Result<DeletePage, WebError> {
    let (connector, groups) = connectors::removable(app, who, id).await?;
    let frame = Frame::administration(app, who, session, "/admin/connectors", "Delete connector")
        .below("Connectors", "/admin/connectors");
    let mut page = page(frame, "connector", format!("/admin/connectors/{id}"), &connector.name, connector.version);
    let groups = match groups {
        0 => "No group may use it.".to_owned(),
        1 => "The one group that may use it loses it.".to_owned(),
        groups => format!("The {groups} groups that may use it lose it."),
    };
    page.consequences.push(groups);
    page.consequences
        .push("API tokens that are for it are for one connector less, and never for others in its place.".to_owned());
    page.consequences.push("Credentials that it issued stay valid at AWS until they expire.".to_owned());
    page.consequences.push(format!(
        "Links to /console/{} lead nowhere from then on; the slug is not given to another connector.",
        connector.slug
    ));
    Ok(page)
}

/// `GET /admin/access-keys/{id}/delete`
///
/// # Errors
/// 404 where there is none.
pub async fn ask_access_key(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    detour: web::Query<Detour>,
) -> Result<HttpResponse, WebError> {
    let page = access_key_page(&app, &who.0, &session, &id).await?;
    Ok(ok(&on_detour(page, &detour, &id)))
}

/// `POST /admin/access-keys/{id}/delete`
///
/// # Errors
/// 404 where there is none.
pub async fn access_key(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    detour: web::Query<Detour>,
) -> Result<HttpResponse, WebError> {
    match access_keys::delete(&app, &who.0, &id, None).await {
        Ok(()) => {
            session.say(Tone::Good, "The access key is deleted here. Remove it at AWS too.");
            Ok(see_other(&detour.back("").unwrap_or_else(|| "/admin/access-keys".to_owned())))
        }
        Err(PortalError::InUse(_)) => {
            let page = access_key_page(&app, &who.0, &session, &id).await?;
            Ok(respond(&mut HttpResponse::Conflict(), &on_detour(page, &detour, &id)))
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /admin/connectors/{id}/delete`
///
/// # Errors
/// 404 where there is none.
pub async fn ask_connector(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    Ok(ok(&connector_page(&app, &who.0, &session, &id).await?))
}

/// `POST /admin/connectors/{id}/delete`
///
/// # Errors
/// 404 where there is none.
pub async fn connector(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    connectors::delete(&app, &who.0, &id).await?;
    session.say(Tone::Good, "The connector is deleted.");
    Ok(see_other("/admin/connectors"))
}
