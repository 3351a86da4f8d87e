//! Local groups: listed, added, removed.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::delete::{DeletePage, page as delete_page};
use crate::app::App;
use crate::portal::{PortalError, Who, local_people};
use crate::store::local_groups::Counted;
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{FieldErrors, Tone, ok, respond, see_other};
use crate::web::session::Session;

/// `GET` and `POST /admin/local-groups`, with the field `name`.
#[derive(Template)]
#[template(path = "pages/local_groups.html")]
pub struct LocalGroupsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Every group.
    pub rows: Vec<Counted>,
    /// The new group's name as typed.
    pub typed: String,
    /// What is wrong, by field.
    pub errors: FieldErrors,
}

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
}

/// Which group is meant, by its id.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Meant {
    group: String,
}

const LIST: &str = "/admin/local-groups";

async fn page(
    app: &App,
    who: &Who,
    session: &Session,
    typed: String,
    errors: FieldErrors,
) -> Result<LocalGroupsPage, WebError> {
    let frame = Frame::administration(app, who, session, "/admin/local-people", "Local groups")
        .below("Administration", "/admin")
        .below("Local people", "/admin/local-people");
    Ok(LocalGroupsPage { frame, rows: local_people::groups(app, who).await?, typed, errors })
}

/// `GET /admin/local-groups`
///
/// # Errors
/// Where the database does not answer.
pub async fn show(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    Ok(ok(&page(&app, &who.0, &session, String::new(), FieldErrors::default()).await?))
}

/// `POST /admin/local-groups`
///
/// # Errors
/// Where the database does not answer.
pub async fn create(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let (who, name) = (who.0, typed.0.name);
    match local_people::create_group(&app, &who, &name).await {
        Ok(()) => {
            session.say(Tone::Good, format!("The group {} is there.", name.trim()));
            Ok(see_other(LIST))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &who.origin)?;
            Ok(respond(&mut response, &page(&app, &who, &session, name, errors).await?))
        }
    }
}

async fn removal(app: &App, who: &Who, session: &Session, id: &str) -> Result<DeletePage, WebError> {
    let groups = local_people::groups(app, who).await?;
    let group = groups.into_iter().find(|group| group.id == id).ok_or(PortalError::NotFound("group"))?;
    let frame = Frame::administration(app, who, session, "/admin/local-people", "Delete local group")
        .below("Local people", "/admin/local-people")
        .below("Local groups", LIST);
    let mut page = delete_page(frame, "local group", LIST.to_owned(), &group.name, 0);
    page.action = format!("{LIST}/delete?{}", serde_urlencoded::to_string([("group", id)]).unwrap_or_default());
    page.consequences = vec![match group.members {
        0 => "Nobody is in it.".to_owned(),
        1 => "The one person in it loses what it gives.".to_owned(),
        members => format!("The {members} people in it lose what it gives."),
    }];
    Ok(page)
}

/// `GET /admin/local-groups/delete?group=`
///
/// # Errors
/// 404 where there is none.
pub async fn ask(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    meant: web::Query<Meant>,
) -> Result<HttpResponse, WebError> {
    Ok(ok(&removal(&app, &who.0, &session, &meant.group).await?))
}

/// `POST /admin/local-groups/delete?group=`
///
/// # Errors
/// 404 where there is none.
pub async fn delete(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    meant: web::Query<Meant>,
) -> Result<HttpResponse, WebError> {
    match local_people::delete_group(&app, &who.0, &meant.group).await {
        Ok(()) => {
            session.say(Tone::Good, "The group is deleted.");
            Ok(see_other(LIST))
        }
        Err(PortalError::Invalid(errors)) => {
            let mut page = removal(&app, &who.0, &session, &meant.group).await?;
            page.refused = errors.iter().next().map(|(_, sentence)| sentence.to_owned());
            Ok(respond(&mut HttpResponse::Conflict(), &page))
        }
        Err(error) => Err(error.into()),
    }
}
