//! The list of local people.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::portal::local_people;
use crate::portal::users::Listed;
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::ok;
use crate::web::session::Session;

/// The most people on one page; a search narrows them down.
const MOST: usize = 500;

/// `GET /admin/local-people?q=`
#[derive(Template)]
#[template(path = "pages/local_people.html")]
pub struct LocalPeoplePage {
    /// What surrounds it.
    pub frame: Frame,
    /// Whether the configuration has a local directory.
    pub has_directory: bool,
    /// The search as typed.
    pub query: String,
    /// The people that match, at most 500.
    pub rows: Vec<Listed>,
    /// How many match.
    pub matching: usize,
    /// How many there are, whether they match or not.
    pub total: usize,
}

/// `?q=`
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
}

/// `GET /admin/local-people`
///
/// # Errors
/// Where the database does not answer.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let (mut rows, total) = local_people::list(&app, &who.0, &asked.q).await?;
    let matching = rows.len();
    rows.truncate(MOST);
    Ok(ok(&LocalPeoplePage {
        frame: Frame::administration(&app, &who.0, &session, "/admin/local-people", "Local people"),
        has_directory: local_people::directory(&app).is_some(),
        query: asked.into_inner().q,
        rows,
        matching,
        total,
    }))
}
