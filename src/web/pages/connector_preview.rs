//! What a connector would send for somebody.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::model::connector::Connector;
use crate::model::policy::LONGEST;
use crate::portal::Who;
use crate::portal::connectors::preview::{self, Preview};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{FieldErrors, ok, respond};
use crate::web::session::Session;

const RAIL: &str = "/admin/connectors";

/// `GET` and `POST /admin/connectors/{id}/preview`; the field is `user_name`.
#[derive(Template)]
#[template(path = "pages/connector_preview.html")]
pub struct ConnectorPreviewPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The connector's id.
    pub id: String,
    /// Whose preview is asked for, as typed.
    pub user_name: String,
    /// Names to choose from.
    pub names: Vec<String>,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// What would be sent.
    pub shown: Option<Shown>,
}

/// What would be sent for a person.
pub struct Shown {
    /// The person.
    pub preview: Preview,
    /// The policy, laid out for reading.
    pub policy: Option<String>,
    /// Its size as it is sent, of what STS takes.
    pub size: String,
}

impl Shown {
    fn of(preview: Preview) -> Self {
        let sent = preview.policy.as_deref();
        let size = sent.map(|text| format!("{} of {LONGEST} characters", text.chars().count())).unwrap_or_default();
        let laid_out = |text: &str| {
            let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
            value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| text.to_owned())
        };
        Self { policy: sent.map(laid_out), size, preview }
    }
}

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    user_name: String,
}

fn page(app: &App, who: &Who, session: &Session, connector: &Connector, names: Vec<String>) -> ConnectorPreviewPage {
    let frame = Frame::administration(app, who, session, RAIL, "Preview")
        .below("Administration", "/admin")
        .below("Connectors", RAIL)
        .below(&connector.name, &format!("{RAIL}/{}", connector.id));
    let (id, errors) = (connector.id.clone(), FieldErrors::default());
    ConnectorPreviewPage { frame, id, user_name: String::new(), names, errors, shown: None }
}

/// `GET /admin/connectors/{id}/preview`
///
/// # Errors
/// 404 where there is none.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let (connector, names) = preview::begin(&app, &who.0, &id).await?;
    Ok(ok(&page(&app, &who.0, &session, &connector, names)))
}

/// `POST /admin/connectors/{id}/preview`
///
/// # Errors
/// 404 where there is none.
pub async fn look(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let (connector, names) = preview::begin(&app, &who.0, &id).await?;
    let page = page(&app, &who.0, &session, &connector, names);
    let user_name = typed.0.user_name;
    match preview::preview(&app, &who.0, &connector, &user_name).await {
        Ok(preview) => Ok(ok(&ConnectorPreviewPage { user_name, shown: Some(Shown::of(preview)), ..page })),
        Err(error) => {
            let (mut response, errors) = again(error, &who.0.origin)?;
            Ok(respond(&mut response, &ConnectorPreviewPage { user_name, errors, ..page }))
        }
    }
}
