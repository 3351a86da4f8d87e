//! Switching a connector on and off.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::RAIL;
use crate::app::App;
use crate::portal::connectors;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::guard::SignedIn;
use crate::web::html::{Tone, see_other};
use crate::web::session::Session;

/// The form of the button that switches a connector on or off.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Switch {
    enabled: bool,
}

/// `POST /admin/connectors/{id}/switch`
///
/// # Errors
/// 404 where there is none; 409 where somebody else saved it at the same moment.
pub async fn switch(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    form: Form<Switch>,
) -> Result<HttpResponse, WebError> {
    connectors::switch(&app, &who.0, &id, form.0.enabled).await?;
    session.say(
        Tone::Good,
        if form.0.enabled {
            "Enabled. The groups that are granted it may use it again."
        } else {
            "Disabled. Nobody can use it from now on; credentials already issued run to their end."
        },
    );
    Ok(see_other(&format!("{RAIL}/{id}")))
}
