//! Adopting a program's token; one that administers takes the reader's password.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::tokens_all::RAIL;
use crate::app::App;
use crate::portal::prove::Proof;
use crate::portal::{PortalError, Who, tokens};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::{Frame, Section};
use crate::web::guard::SignedIn;
use crate::web::html::{FieldErrors, Tone, ok, respond, see_other};
use crate::web::session::{Session, marks};

const OWN: &str = "/tokens";

/// `GET` and `POST` of `/tokens/{id}/adopt` and `/admin/tokens/{id}/adopt`, with the field `password` where `administers`.
///
/// No `Debug`, and no password: it never comes back.
#[derive(Template)]
#[template(path = "pages/token_adopt.html")]
pub struct TokenAdoptPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form is sent to.
    pub action: String,
    /// Where "Cancel" leads.
    pub back: String,
    /// The token's name.
    pub name: String,
    /// The words of the parts that administer.
    pub parts: Vec<&'static str>,
    /// Whether it administers.
    pub administers: bool,
    /// Who adopts it.
    pub user_name: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    password: SecretString,
}

/// Where the page stands: below people's own tokens, or in the administration.
#[derive(Clone, Copy)]
enum Place {
    Own,
    All,
}

impl Place {
    const fn base(self) -> &'static str {
        match self {
            Self::Own => OWN,
            Self::All => RAIL,
        }
    }

    fn back(self, id: &str) -> String {
        match self {
            Self::Own => OWN.to_owned(),
            Self::All => format!("{RAIL}/{id}"),
        }
    }

    fn frame(self, app: &App, who: &Who, session: &Session) -> Frame {
        let title = "Adopt API token";
        let frame = match self {
            Self::Own => Frame::new(app, who, session, Section::None, title),
            Self::All => Frame::administration(app, who, session, RAIL, title),
        };
        frame.below("API tokens", self.base())
    }
}

async fn page(
    app: &App,
    (who, frame): (&Who, Frame),
    place: Place,
    id: &str,
    errors: FieldErrors,
) -> Result<TokenAdoptPage, WebError> {
    let status = tokens::show(app, who, id).await?;
    if !tokens::may_adopt(who, &status.token) {
        return Err(PortalError::Forbidden.into());
    }
    let scope = &status.token.scope;
    Ok(TokenAdoptPage {
        frame,
        action: format!("{}/{id}/adopt", place.base()),
        back: place.back(id),
        parts: scope.parts.iter().filter(|part| part.is_administration()).map(|part| part.word()).collect(),
        administers: scope.administers(),
        user_name: who.name().to_owned(),
        errors,
        name: status.token.name,
    })
}

async fn question(app: &App, who: &Who, session: &Session, place: Place, id: &str) -> Result<HttpResponse, WebError> {
    let frame = place.frame(app, who, session);
    Ok(ok(&page(app, (who, frame), place, id, FieldErrors::default()).await?))
}

async fn take(
    app: &Arc<App>,
    (who, session): (&Who, &Session),
    place: Place,
    id: &str,
    proof: Proof,
) -> Result<HttpResponse, WebError> {
    match tokens::adopt(app, who, id, proof).await {
        Ok(token) => {
            session.say(Tone::Good, format!("You answer for “{}” from now on.", token.name));
            Ok(see_other(&place.back(id)))
        }
        Err(error @ PortalError::Stale) => Err(error.into()),
        Err(error) => {
            let (mut response, errors) = again(error, &who.origin)?;
            let frame = place.frame(app, who, session);
            Ok(respond(&mut response, &page(app, (who, frame), place, id, errors).await?))
        }
    }
}

/// `GET /tokens/{id}/adopt`
///
/// # Errors
/// 404 where there is none that the reader may look after; 403 where somebody answers for it already.
pub async fn ask(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    question(&app, &who.0, &session, Place::Own, &id).await
}

/// `POST /tokens/{id}/adopt`
///
/// # Errors
/// 404 and 403 as above; 409 where somebody else was quicker, or it has ended.
pub async fn adopt(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    (request, id): (HttpRequest, web::Path<String>),
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let proof = Proof { password: typed.0.password, marks: marks(&app, &request) };
    take(&app.into_inner(), (&who.0, &session), Place::Own, &id, proof).await
}

/// `GET /admin/tokens/{id}/adopt`
///
/// # Errors
/// 404 where there is none; 403 for a person's own, and where the reader answers for it already.
pub async fn ask_any(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    question(&app, &who.0, &session, Place::All, &id).await
}

/// `POST /admin/tokens/{id}/adopt`
///
/// # Errors
/// 404, 403 and 409 as above.
pub async fn adopt_any(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    (request, id): (HttpRequest, web::Path<String>),
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let proof = Proof { password: typed.0.password, marks: marks(&app, &request) };
    take(&app.into_inner(), (&who.0, &session), Place::All, &id, proof).await
}
