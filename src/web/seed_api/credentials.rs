//! What a connector gives.

use actix_web::{HttpResponse, web};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::Named;
use crate::app::App;
use crate::model::credentials::TemporaryCredentials;
use crate::portal::use_connector::{Ask, Gift, Purpose, use_connector};
use crate::portal::{PortalError, my_access};
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// `GET /connectors/{id}/credentials`: `expiration` is in milliseconds since 1970.
///
/// # Errors
/// As [`use_connector`].
pub async fn issue(app: web::Data<App>, who: ApiCaller, connector: Named) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    let ask = Ask::by(who.0, connector.0, Purpose::Credentials { seconds: None });
    let Gift::Credentials(credentials) = use_connector(&app, ask).await?.gift else {
        return Err(PortalError::Internal("a link where credentials were asked for".to_owned()).into());
    };
    Ok(HttpResponse::Ok().json(of_session(&credentials)))
}

/// `GET /connectors/{id}/caller-identity`, with the names of the SDK's `GetCallerIdentityResult`.
///
/// # Errors
/// As [`use_connector`].
pub async fn caller_identity(app: web::Data<App>, who: ApiCaller, connector: Named) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    let Gift::CallerIdentity(seen) = use_connector(&app, Ask::by(who.0, connector.0, Purpose::Identity)).await?.gift
    else {
        return Err(PortalError::Internal("something else where AWS was to be asked".to_owned()).into());
    };
    Ok(HttpResponse::Ok().json(json!({ "userId": seen.user_id, "account": seen.account_id, "arn": seen.arn })))
}

/// `GET /connectors/{id}/console/url`: the address here that opens the console for whoever follows it, with their own rights.
/// Nothing is issued.
///
/// # Errors
/// 404 where it is not theirs, 422 where it opens no console.
pub async fn console_url(app: web::Data<App>, who: ApiCaller, connector: Named) -> Result<HttpResponse, WebError> {
    let connector = my_access::find(&app, &who.0.actor, &connector.0).await?.connector;
    if !connector.principal.kind().opens_console() {
        return Err(PortalError::NoConsole(connector.name).into());
    }
    Ok(HttpResponse::Ok().json(json!({ "url": app.address(&format!("/console/{}", connector.slug)) })))
}

/// The fields of credentials; `expiration` is in milliseconds since 1970.
pub(super) fn of_session(session: &TemporaryCredentials) -> Value {
    json!({
        "accessKeyId": session.access_key_id,
        "secretAccessKey": session.secret_access_key.expose_secret(),
        "sessionToken": session.session_token.expose_secret(),
        "expiration": session.expires_at.timestamp_millis(),
    })
}
