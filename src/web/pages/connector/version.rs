//! One version of a connector, as it was saved.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::app::App;
use crate::portal::PortalError;
use crate::portal::connectors::versions;
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Moment, ok};
use crate::web::session::Session;

/// `GET /admin/connectors/{id}/versions/{version}`
#[derive(Template)]
#[template(path = "pages/version.html")]
pub struct VersionPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The connector's id.
    pub id: String,
    /// Which version it is.
    pub version: i32,
    /// The version in force; none: the connector was deleted.
    pub current: Option<i32>,
    /// When it was saved.
    pub at: Moment,
    /// By whom.
    pub by: String,
    /// Its fields.
    pub fields: Vec<FieldView>,
}

impl VersionPage {
    /// Whether it is an earlier one, which can be compared with what is in force, and restored.
    #[must_use]
    pub fn is_earlier(&self) -> bool {
        self.current.is_some_and(|current| current != self.version)
    }
}

/// A field as it was saved.
pub struct FieldView {
    /// Its label.
    pub label: &'static str,
    /// Its lines; none: it was left empty.
    pub lines: Vec<String>,
    /// Whether it is a text to copy as it is, the policy.
    pub is_text: bool,
    /// The text.
    pub text: String,
}

/// `GET /admin/connectors/{id}/versions/{version}`
///
/// # Errors
/// 404 where there is no such version.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (id, version) = path.into_inner();
    let version = version.parse::<i32>().map_err(|_| PortalError::NotFound("version"))?;
    let whole = versions::whole(&app, &who.0, &id, version).await?;
    let mut frame = super::frame(&app, &who.0, &session, &format!("Version {version}"));
    if whole.current.is_some() {
        let connector = format!("{}/{id}", super::RAIL);
        frame = frame.below(&whole.name, &connector).below("Versions", &format!("{connector}/versions"));
    }
    let field = |(label, text): (&'static str, String)| FieldView {
        label,
        lines: text.lines().map(str::to_owned).collect(),
        is_text: label == versions::POLICY && !text.is_empty(),
        text,
    };
    Ok(ok(&VersionPage {
        frame,
        version: whole.version,
        current: whole.current,
        at: Moment(whole.at),
        by: whole.by,
        fields: whole.fields.into_iter().map(field).collect(),
        id,
    }))
}
