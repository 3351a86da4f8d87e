//! The container credentials protocol, which every AWS SDK speaks.
//!
//! An SDK with `AWS_CONTAINER_CREDENTIALS_FULL_URI` and `AWS_CONTAINER_AUTHORIZATION_TOKEN` set gets its credentials here
//! and comes back before they expire. It waits for a second or two only, and asks again then ([`for_sdk`]). The answer's key for the session token is `Token`, and times have whole seconds.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use secrecy::ExposeSecret;

use super::openapi::ContainerCredentials;
use crate::app::App;
use crate::model::credentials::rfc3339;
use crate::portal::PortalError;
use crate::portal::use_connector::{Gift, for_sdk};
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// `GET /api/v1/connectors/{id|slug}/container-credentials`
///
/// # Errors
/// Rendered as `{"code", "message"}`, which SDKs show.
#[utoipa::path(
    get, path = "/api/v1/connectors/{connector}/container-credentials", tag = "Use",
    operation_id = "issueContainerCredentials",
    params(("connector" = String, Path, description = "GUID, slug or exact name")),
    responses((status = 200, description = "As every AWS SDK reads it", body = ContainerCredentials))
)]
pub async fn issue(
    app: web::Data<App>,
    holder: ApiCaller,
    connector: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let app: Arc<App> = app.into_inner();
    let handed = for_sdk(&app, holder.0, connector.into_inner()).await?;
    let Gift::Credentials(credentials) = handed.gift else {
        return Err(PortalError::Internal("a link where credentials were asked for".to_owned()).into());
    };
    Ok(HttpResponse::Ok().json(serde_json::json!({
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.expose_secret(),
        "Token": credentials.session_token.expose_secret(),
        "Expiration": rfc3339(credentials.expires_at),
        "AccountId": handed.connector.account_id,
    })))
}
