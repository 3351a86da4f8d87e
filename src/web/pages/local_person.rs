//! One local person: added, changed, given a password, removed.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::DateTime;
use secrecy::SecretString;
use serde::Deserialize;

use super::delete::{DeletePage, Looked, page as delete_page};
use crate::app::App;
use crate::portal::local_people::{self, PersonForm};
use crate::portal::users::Listed;
use crate::portal::{PortalError, Who};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{FieldErrors, Moment, Tone, ok, respond, see_other};
use crate::web::session::Session;

/// `GET` and `POST /admin/local-people/new` and `/admin/local-people/{id}`; the fields are those of [`Typed`].
#[derive(Template)]
#[template(path = "pages/local_person.html")]
pub struct LocalPersonPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The person's id; empty for a new one.
    pub id: String,
    /// The form as typed.
    pub f: PersonForm,
    /// The version that the form was made of.
    pub version: i32,
    /// When the password was set.
    pub password_since: Option<Moment>,
    /// What is wrong, by field.
    pub errors: FieldErrors,
}

impl LocalPersonPage {
    /// Whether the person is new.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.id.is_empty()
    }
}

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    username: String,
    display_name: String,
    mail: String,
    groups: String,
    attributes: String,
    active: String,
    password: SecretString,
    version: i32,
}

impl Typed {
    fn into_form(self) -> PersonForm {
        PersonForm {
            user_name: self.username,
            display_name: self.display_name,
            mail: self.mail,
            groups: self.groups,
            attributes: self.attributes,
            active: !self.active.is_empty(),
        }
    }
}

const RAIL: &str = "/admin/local-people";

fn frame(app: &App, who: &Who, session: &Session, title: &str) -> Frame {
    Frame::administration(app, who, session, RAIL, title).below("Administration", "/admin").below("Local people", RAIL)
}

fn page(frame: Frame, person: &Listed, errors: FieldErrors) -> LocalPersonPage {
    LocalPersonPage {
        frame,
        id: person.user.id.clone(),
        f: PersonForm::of(person),
        version: person.user.version,
        password_since: DateTime::from_timestamp_millis(person.user.password_changed_at).map(Moment),
        errors,
    }
}

fn new_page(frame: Frame, f: PersonForm, errors: FieldErrors) -> LocalPersonPage {
    LocalPersonPage { frame, id: String::new(), f, version: 0, password_since: None, errors }
}

/// `GET /admin/local-people/new`
///
/// # Errors
/// 404 where the configuration has no local directory.
pub async fn new(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    local_people::directory(&app).ok_or(PortalError::NotFound("page"))?;
    let frame = frame(&app, &who.0, &session, "Add local person");
    Ok(ok(&new_page(frame, PersonForm::default(), FieldErrors::default())))
}

/// `POST /admin/local-people/new`
///
/// # Errors
/// 404 where the configuration has no local directory.
pub async fn create(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    local_people::directory(&app).ok_or(PortalError::NotFound("page"))?;
    let (who, mut typed) = (who.0, typed.0);
    let password = std::mem::take(&mut typed.password);
    let form = PersonForm { active: true, ..typed.into_form() };
    match local_people::create(&app, &who, &form, password).await {
        Ok(_) => {
            session.say(Tone::Good, format!("{} can sign in now.", form.user_name.trim()));
            Ok(see_other(RAIL))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &who.origin)?;
            let frame = frame(&app, &who, &session, "Add local person");
            Ok(respond(&mut response, &new_page(frame, form, errors)))
        }
    }
}

/// `GET /admin/local-people/{id}`
///
/// # Errors
/// 404 where there is none.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let person = local_people::show(&app, &who.0, &id).await?;
    let frame = frame(&app, &who.0, &session, &person.user.user_name);
    Ok(ok(&page(frame, &person, FieldErrors::default())))
}

/// `POST /admin/local-people/{id}`
///
/// # Errors
/// 404 where there is none.
pub async fn update(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let (who, typed) = (who.0, typed.0);
    let (version, form) = (typed.version, typed.into_form());
    match local_people::update(&app, &who, &id, version, &form).await {
        Ok(()) => {
            session.say(Tone::Good, "Saved.");
            Ok(see_other(&format!("{RAIL}/{id}")))
        }
        Err(error) => {
            let is_stale = matches!(error, PortalError::Stale);
            let (mut response, errors) = again(error, &who.origin)?;
            let person = local_people::show(&app, &who, &id).await?;
            let frame = frame(&app, &who, &session, &person.user.user_name);
            let mut page = page(frame, &person, errors);
            page.f = form;
            if !is_stale {
                page.version = version;
            }
            Ok(respond(&mut response, &page))
        }
    }
}

/// `POST /admin/local-people/{id}/password`, with the field `password`.
///
/// # Errors
/// 404 where there is none.
pub async fn password(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let who = who.0;
    match local_people::set_password(&app, &who, &id, typed.0.password).await {
        Ok(()) => {
            session.say(Tone::Good, "The password is set, and their sessions have ended.");
            Ok(see_other(&format!("{RAIL}/{id}")))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &who.origin)?;
            let person = local_people::show(&app, &who, &id).await?;
            let frame = frame(&app, &who, &session, &person.user.user_name);
            Ok(respond(&mut response, &page(frame, &person, errors)))
        }
    }
}

async fn removal(app: &App, who: &Who, session: &Session, id: &str) -> Result<DeletePage, WebError> {
    let person = local_people::show(app, who, id).await?.user;
    let frame = frame(app, who, session, "Delete local person");
    let mut page = delete_page(frame, "local person", format!("{RAIL}/{id}"), &person.user_name, person.version);
    page.consequences = vec![
        "They are signed out and cannot sign in again. What they did stays in the usage log.".to_owned(),
        "Credentials that they got stay valid at AWS until they expire.".to_owned(),
        "Somebody who is given this user name later is somebody else to Daypass and to AWS.".to_owned(),
    ];
    Ok(page)
}

/// `GET /admin/local-people/{id}/delete`
///
/// # Errors
/// 404 where there is none.
pub async fn ask(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    Ok(ok(&removal(&app, &who.0, &session, &id).await?))
}

/// `POST /admin/local-people/{id}/delete`
///
/// # Errors
/// 404 where there is none; 409 where somebody else saved them since.
pub async fn delete(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    looked: Form<Looked>,
) -> Result<HttpResponse, WebError> {
    match local_people::delete(&app, &who.0, &id, looked.0.version).await {
        Ok(()) => {
            session.say(Tone::Good, "The person is deleted.");
            Ok(see_other(RAIL))
        }
        Err(PortalError::Invalid(errors)) => {
            let mut page = removal(&app, &who.0, &session, &id).await?;
            page.refused = errors.iter().next().map(|(_, sentence)| sentence.to_owned());
            Ok(respond(&mut HttpResponse::Conflict(), &page))
        }
        Err(error) => Err(error.into()),
    }
}
