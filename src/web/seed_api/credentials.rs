//! What a connector gives.

use actix_web::{HttpResponse, web};
use secrecy::ExposeSecret;
use serde_json::json;

use super::Named;
use crate::app::App;
use crate::portal::caller_identity;
use crate::portal::use_connector::{Ask, Gift, Purpose, use_connector};
use crate::portal::{PortalError, my_access};
use crate::web::error::WebError;
use crate::web::guard::ByToken;

/// `GET /connectors/{id}/credentials`: `expiration` is in milliseconds since 1970.
///
/// # Errors
/// As [`use_connector`].
pub async fn issue(app: web::Data<App>, who: ByToken, connector: Named) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    let purpose = Purpose::Credentials { seconds: None };
    let ask = Ask { actor: who.0.actor, origin: who.0.origin, connector: connector.0, purpose };
    let Gift::Credentials(credentials) = use_connector(&app, ask).await?.gift else {
        return Err(PortalError::Internal("a link where credentials were asked for".to_owned()).into());
    };
    Ok(HttpResponse::Ok().json(json!({
        "accessKeyId": credentials.access_key_id,
        "secretAccessKey": credentials.secret_access_key.expose_secret(),
        "sessionToken": credentials.session_token.expose_secret(),
        "expiration": credentials.expires_at.timestamp_millis(),
    })))
}

/// `GET /connectors/{id}/caller-identity`, with the names of the SDK's `GetCallerIdentityResult`.
///
/// # Errors
/// As [`use_connector`].
pub async fn caller_identity(app: web::Data<App>, who: ByToken, connector: Named) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    let caller = caller_identity::caller_identity(&app, who.0.actor, who.0.origin, connector.0).await?;
    Ok(HttpResponse::Ok().json(json!({ "userId": caller.user_id, "account": caller.account_id, "arn": caller.arn })))
}

/// `GET /connectors/{id}/console/url`: the address here that opens the console for whoever follows it, with their own rights.
/// Nothing is issued.
///
/// # Errors
/// 404 where it is not theirs, 422 where it opens no console.
pub async fn console_url(app: web::Data<App>, who: ByToken, connector: Named) -> Result<HttpResponse, WebError> {
    let connector = my_access::find(&app, &who.0.actor, &connector.0).await?.connector;
    if !connector.principal.kind().opens_console() {
        return Err(PortalError::NoConsole(connector.name).into());
    }
    Ok(HttpResponse::Ok().json(json!({ "url": app.address(&format!("/console/{}", connector.slug)) })))
}
