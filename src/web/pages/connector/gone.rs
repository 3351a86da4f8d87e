//! A connector that somebody deleted while its form was open.

use actix_web::HttpResponse;

use super::{ConnectorForm, RAIL, Shown, frame, page};
use crate::app::App;
use crate::model::event::Kind;
use crate::portal::{Who, connectors};
use crate::web::error::WebError;
use crate::web::gone::Gone;
use crate::web::html::respond;
use crate::web::session::Session;

/// The same form, of a new connector. A slug belongs to its connector for ever, so the new one gets another.
pub(super) async fn again(
    app: &App,
    who: &Who,
    session: &Session,
    id: &str,
    form: ConnectorForm,
) -> Result<HttpResponse, WebError> {
    let slug = connectors::free_slug(app, who, &form.slug).await?;
    let mut way = "What you typed stands below: “Create connector” makes a new one of it. The groups that might use the old one are not granted the new one.".to_owned();
    if slug != form.slug {
        way.push_str(" Links to the old one stay dead, so the new one has another slug.");
    }
    let Gone { errors, .. } = Gone::of(app, who, "connector", &way, (Kind::ConnectorDelete, id)).await?;
    let form = ConnectorForm { slug, version: 0, restored: 0, ..form };
    let mut page =
        page(app, who, frame(app, who, session, "New connector"), form, Shown { errors, ..Shown::default() }).await?;
    page.action = format!("{RAIL}/new");
    Ok(respond(&mut HttpResponse::NotFound(), &page))
}
