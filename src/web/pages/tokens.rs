//! The caller's own API tokens, and those of programs that they look after.

pub mod row;

use actix_web::{HttpResponse, web};
use askama::Template;

use self::row::{TokenRow, row};
use crate::app::App;
use crate::portal::tokens;
use crate::web::error::WebError;
use crate::web::frame::{Frame, Section};
use crate::web::guard::SignedIn;
use crate::web::html::ok;
use crate::web::session::Session;

/// `GET /tokens`
#[derive(Template)]
#[template(path = "pages/tokens.html")]
pub struct TokensPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Their own: live ones, then those that ended lately.
    pub own: Vec<TokenRow>,
    /// Live ones of programs that they answer for, or whose group they are in.
    pub looked_after: Vec<TokenRow>,
}

/// `GET /tokens`
///
/// # Errors
/// Where the database does not answer.
pub async fn show(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    let mine = tokens::list_own(&app, &who.0).await?;
    let rows = |all: Vec<tokens::TokenStatus>| all.into_iter().map(|status| row(&who.0, status)).collect();
    Ok(ok(&TokensPage {
        frame: Frame::new(&app, &who.0, &session, Section::None, "API tokens"),
        own: rows(mine.own),
        looked_after: rows(mine.looked_after),
    }))
}
