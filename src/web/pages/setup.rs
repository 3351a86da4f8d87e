//! The page on which the first administrator is made.

use actix_web::{HttpResponse, web};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::app::App;
use crate::model::password;
use crate::portal::PortalError;
use crate::portal::setup::{self, FirstAdministrator};
use crate::portal::users::parse_user_name;
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::CameFrom;
use crate::web::html::{FieldErrors, Tone, ok, respond, see_other, unprocessable};
use crate::web::session::Session;

/// `GET` and `POST /setup`, with the fields `code`, `username`, `display_name`, `password`, `repeat`.
#[derive(Template)]
#[template(path = "pages/setup.html")]
pub struct SetupPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The code as typed.
    pub code: String,
    /// The user name as typed.
    pub username: String,
    /// The display name as typed.
    pub display_name: String,
    /// What is wrong, by field.
    pub errors: FieldErrors,
}

/// The form.
#[derive(Deserialize)]
pub struct SetupForm {
    #[serde(default)]
    code: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    repeat: SecretString,
}

fn page(app: &App, form: &SetupForm, errors: FieldErrors) -> SetupPage {
    SetupPage {
        frame: Frame::outside(app, "Set up Daypass"),
        code: form.code.clone(),
        username: form.username.clone(),
        display_name: form.display_name.clone(),
        errors,
    }
}

/// `GET /setup`
///
/// # Errors
/// 404 once there is an administrator, or once the code has run out.
pub async fn show(app: web::Data<App>) -> Result<HttpResponse, WebError> {
    if !setup::is_open(&app).await? {
        return Err(PortalError::NotFound("page").into());
    }
    let empty = SetupForm {
        code: String::new(),
        username: String::new(),
        display_name: String::new(),
        password: SecretString::default(),
        repeat: SecretString::default(),
    };
    Ok(ok(&page(&app, &empty, FieldErrors::default())))
}

/// `POST /setup`
///
/// # Errors
/// 404 as above; where the database does not answer.
pub async fn complete(
    app: web::Data<App>,
    session: Session,
    origin: CameFrom,
    form: Form<SetupForm>,
) -> Result<HttpResponse, WebError> {
    let form = form.0;
    if !setup::is_open(&app).await? {
        return Err(PortalError::NotFound("page").into());
    }
    // Before the code is tried, since each of its tries counts.
    let mut errors = FieldErrors::default();
    errors.take("username", parse_user_name(&form.username));
    let own = [form.username.as_str(), &form.display_name];
    errors.take("password", password::check(form.password.expose_secret(), &own));
    if form.password.expose_secret() != form.repeat.expose_secret() {
        errors.add("repeat", "The two passwords differ. Type both again.");
    }
    if !errors.is_empty() {
        return Ok(unprocessable(&page(&app, &form, errors)));
    }
    let typed = FirstAdministrator {
        code: form.code.clone(),
        user_name: form.username.clone(),
        display_name: form.display_name.clone(),
        password: form.password.clone(),
    };
    match setup::complete(&app, typed, &origin.0).await {
        Ok(()) => {
            session.say(Tone::Good, "You are the first administrator. Sign in with your new password.");
            Ok(see_other("/sign-in"))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &origin.0)?;
            Ok(respond(&mut response, &page(&app, &form, errors)))
        }
    }
}
