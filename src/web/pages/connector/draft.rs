//! Leaving a half-filled form for an access key, and coming back to it.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::{Asked, RAIL};
use crate::app::App;
use crate::portal::Who;
use crate::portal::connectors::{ConnectorForm, draft};
use crate::web::detour::Detour;
use crate::web::error::WebError;
use crate::web::guard::SignedIn;
use crate::web::html::see_other;

const KEYS: &str = "/admin/access-keys";

/// Where one of the buttons beside the access key was pressed: what was typed is kept, and the way leads to that key.
/// `go` is `new`, `edit` or `delete`; without a key there is nothing to edit, and the way leads to a new one.
pub(super) async fn leave(
    app: &App,
    who: &Who,
    connector: Option<&str>,
    form: &ConnectorForm,
    go: &str,
) -> Result<Option<HttpResponse>, WebError> {
    let key = &form.access_key;
    // Ids alone: whatever else was sent is no part of an address.
    let is_id = uuid::Uuid::try_parse(key).is_ok();
    let path = match go {
        "" => return Ok(None),
        "edit" if is_id => format!("{KEYS}/{key}"),
        "delete" if is_id => format!("{KEYS}/{key}/delete"),
        _ => format!("{KEYS}/new"),
    };
    let id = draft::keep(app, who, connector, form).await?;
    Ok(Some(see_other(&Detour::to(&path, &id))))
}

/// What was typed before, with the access key that was chosen since.
pub(super) async fn kept(app: &App, who: &Who, asked: &Asked) -> Result<Option<ConnectorForm>, WebError> {
    let Some(id) = &asked.draft else { return Ok(None) };
    let (_, mut form) = draft::find(app, who, id).await?;
    if let Some(key) = &asked.key {
        form.access_key.clone_from(key);
    }
    Ok(Some(form))
}

/// `?draft=&key=`
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Back {
    draft: String,
    key: String,
}

/// `GET /admin/connectors/draft`: back to the form that was left, new or not.
///
/// # Errors
/// 404 where the caller has no such draft.
pub async fn back(app: web::Data<App>, who: SignedIn, asked: web::Query<Back>) -> Result<HttpResponse, WebError> {
    let (connector, _) = draft::find(&app, &who.0, &asked.draft).await?;
    let query = serde_urlencoded::to_string([("draft", &asked.draft), ("key", &asked.key)]).unwrap_or_default();
    let form = connector.unwrap_or_else(|| "new".to_owned());
    Ok(see_other(&format!("{RAIL}/{form}?{query}")))
}
