//! One API token, for administrators.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::tokens::row::{TokenRow, row};
use super::tokens_all::RAIL;
use crate::app::App;
use crate::portal::tokens;
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::ok;
use crate::web::session::Session;

/// `GET /admin/tokens/{id}`
#[derive(Template)]
#[template(path = "pages/token.html")]
pub struct TokenPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The token.
    pub row: TokenRow,
    /// (id, name) of the connectors that it names.
    pub connectors: Vec<(String, String)>,
}

/// `GET /admin/tokens/{id}`
///
/// # Errors
/// 404 where there is none.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let status = tokens::show(&app, &who.0, &id).await?;
    let frame = Frame::administration(&app, &who.0, &session, RAIL, &status.token.name);
    Ok(ok(&TokenPage {
        frame: frame.below("Administration", "/admin").below("API tokens", RAIL),
        connectors: status.connectors.iter().map(|(id, _, name)| (id.clone(), name.clone())).collect(),
        row: row(&who.0, status),
    }))
}
