//! The page on which local people change their own password.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::app::App;
use crate::portal::{PortalError, Who, local_people};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::{Frame, Section};
use crate::web::guard::SignedIn;
use crate::web::html::{FieldErrors, Tone, ok, respond, see_other, unprocessable};
use crate::web::session::{Session, marks};

/// `GET` and `POST /password`, with the fields `current`, `password` and `repeat`.
#[derive(Template)]
#[template(path = "pages/password.html")]
pub struct PasswordPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The name they sign in with, for the browser's password store.
    pub user_name: String,
    /// What is wrong, by field.
    pub errors: FieldErrors,
}

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    current: SecretString,
    password: SecretString,
    repeat: SecretString,
}

fn page(app: &App, who: &Who, session: &Session, errors: FieldErrors) -> PasswordPage {
    let frame = Frame::new(app, who, session, Section::None, "Change password");
    PasswordPage { frame, user_name: who.name().to_owned(), errors }
}

fn is_local(app: &App, who: &Who) -> Result<(), PortalError> {
    let local = local_people::is_local(app, who);
    if local { Ok(()) } else { Err(PortalError::NotFound("page")) }
}

/// `GET /password`
///
/// # Errors
/// 404 for people of other directories: their password is changed there.
pub async fn show(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    is_local(&app, &who.0)?;
    Ok(ok(&page(&app, &who.0, &session, FieldErrors::default())))
}

/// `POST /password`: all of the person's sessions end, and this browser gets a new one.
///
/// # Errors
/// 404 as above.
pub async fn change(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    request: HttpRequest,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let (app, who) = (app.into_inner(), who.0);
    is_local(&app, &who)?;
    let Typed { current, password, repeat } = typed.0;
    if password.expose_secret() != repeat.expose_secret() {
        let errors = FieldErrors::from(("repeat", "The two passwords differ. Type both again.".to_owned()));
        return Ok(unprocessable(&page(&app, &who, &session, errors)));
    }
    match local_people::change_own_password(&app, &who, current, password, marks(&app, &request)).await {
        Ok(version) => {
            session.sign_in(who.actor.id(), Some(version))?;
            session
                .say(Tone::Good, "Your password is changed. Wherever else you were signed in, you are not any more.");
            Ok(see_other("/"))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &who.origin)?;
            Ok(respond(&mut response, &page(&app, &who, &session, errors)))
        }
    }
}
