//! Asks once before a token is revoked.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::tokens_all::RAIL;
use crate::app::App;
use crate::model::api_token::Holder;
use crate::portal::{Who, tokens};
use crate::web::error::WebError;
use crate::web::frame::{Frame, Section};
use crate::web::guard::SignedIn;
use crate::web::html::{Tone, ok, see_other};
use crate::web::session::Session;

const OWN: &str = "/tokens";

/// `GET` and `POST` of `/tokens/{id}/revoke` and `/admin/tokens/{id}/revoke`.
#[derive(Template)]
#[template(path = "pages/token_revoke.html")]
pub struct TokenRevokePage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form is sent to.
    pub action: String,
    /// Where "Cancel" leads.
    pub back: String,
    /// The token's name.
    pub name: String,
    /// Whether it is a program's.
    pub is_program: bool,
    /// Whether it is revoked already, or has ended otherwise.
    pub is_dead: bool,
}

async fn question(app: &App, who: &Who, frame: Frame, base: &str, id: &str) -> Result<HttpResponse, WebError> {
    let status = tokens::show(app, who, id).await?;
    let back = if base == RAIL { format!("{base}/{id}") } else { base.to_owned() };
    Ok(ok(&TokenRevokePage {
        frame,
        action: format!("{base}/{id}/revoke"),
        back,
        is_program: matches!(status.token.holder, Holder::Program(_)),
        is_dead: status.dead.is_some(),
        name: status.token.name,
    }))
}

async fn end(app: &App, who: &Who, session: &Session, base: &str, id: &str) -> Result<HttpResponse, WebError> {
    let token = tokens::revoke(app, who, id).await?;
    let sentence = "is revoked. Credentials already issued with it run to their end.";
    session.say(Tone::Good, format!("“{}” {sentence}", token.name));
    Ok(see_other(base))
}

/// `GET /tokens/{id}/revoke`
///
/// # Errors
/// 404 where there is none that the reader may look after.
pub async fn ask(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let frame = Frame::new(&app, &who.0, &session, Section::None, "Revoke API token").below("API tokens", OWN);
    question(&app, &who.0, frame, OWN, &id).await
}

/// `POST /tokens/{id}/revoke`
///
/// # Errors
/// 404 as above.
pub async fn revoke(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    end(&app, &who.0, &session, OWN, &id).await
}

/// `GET /admin/tokens/{id}/revoke`
///
/// # Errors
/// 404 where there is none.
pub async fn ask_any(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let frame = Frame::administration(&app, &who.0, &session, RAIL, "Revoke API token").below("API tokens", RAIL);
    question(&app, &who.0, frame, RAIL, &id).await
}

/// `POST /admin/tokens/{id}/revoke`
///
/// # Errors
/// 404 where there is none.
pub async fn revoke_any(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    end(&app, &who.0, &session, RAIL, &id).await
}
