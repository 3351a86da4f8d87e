//! Log-ins to registries: ECR, and the repositories of a CodeArtifact domain.

use actix_web::{HttpResponse, web};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::Fields;
use super::json::JsonOrNothing;
use crate::app::App;
use crate::model::credentials::rfc3339;
use crate::portal::PortalError;
use crate::portal::use_connector::{Ask, Gift, Purpose, use_connector};
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// Which container registry.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"region": "eu-central-1"}))]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct EcrRequest {
    /// The registry's region; the connector's where it is left out.
    #[schema(min_length = 1, pattern = r"\S")]
    region: Option<String>,
}

/// A log-in to the container registry of the session's account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "username": "AWS", "password": "fake-password-of-an-example",
    "proxyEndpoint": "https://123456789012.dkr.ecr.eu-central-1.amazonaws.com", "expiration": "2030-01-01T12:00:00Z"
}))]
pub struct EcrCredentials {
    /// The name to log in with.
    username: String,
    /// The password; handed out this once and kept nowhere.
    password: String,
    /// What one logs in to.
    proxy_endpoint: String,
    /// From then on the registry refuses it, whatever the session did meanwhile.
    #[schema(format = "date-time")]
    expiration: String,
}

/// Which domain.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"domain": "packages"}))]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct CodeArtifactRequest {
    /// The domain's name.
    #[schema(min_length = 1, pattern = r"\S")]
    domain: String,
    /// The account that has it, 12 digits; the session's where it is left out.
    #[schema(min_length = 1, pattern = r"\S")]
    domain_owner: Option<String>,
    /// The domain's region; the connector's where it is left out.
    #[schema(min_length = 1, pattern = r"\S")]
    region: Option<String>,
}

/// A token for the repositories of a domain.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "authorizationToken": "fake-token-of-an-example", "expiration": "2030-01-01T12:00:00Z"
}))]
pub struct CodeArtifactCredentials {
    /// The token; handed out this once and kept nowhere.
    authorization_token: String,
    /// From then on CodeArtifact refuses it.
    #[schema(format = "date-time")]
    expiration: String,
}

/// Exchanges a session of a connector for a log-in to ECR. It is a row of the usage log.
///
/// # Errors
/// 404, 409 where the connector is switched off, 422 where its sessions are shorter than the log-in and may not be, or the region
/// is none, 502 to 504 where AWS gives nothing.
#[utoipa::path(
    post, path = "/api/v1/connectors/{connector}/ecr", tag = "Use", operation_id = "logInToEcr",
    params(("connector" = String, Path, description = "GUID, slug or exact name")),
    request_body(content = Option<EcrRequest>, description = "Nothing at all is the same as {}"),
    responses((status = 200, description = "The log-in", body = EcrCredentials))
)]
pub async fn ecr(
    app: web::Data<App>,
    holder: ApiCaller,
    connector: web::Path<String>,
    body: JsonOrNothing,
) -> Result<HttpResponse, WebError> {
    let mut fields = Fields::of(body.0);
    let purpose = Purpose::Ecr { region: fields.text("region") };
    fields.end()?;
    let app = app.into_inner();
    let Gift::Ecr(given) = use_connector(&app, Ask::by(holder.0, connector.into_inner(), purpose)).await?.gift else {
        return Err(PortalError::Internal("something else where a log-in was asked for".to_owned()).into());
    };
    let login = given.0;
    Ok(HttpResponse::Ok().json(EcrCredentials {
        username: login.username,
        password: login.password.expose_secret().to_owned(),
        proxy_endpoint: login.endpoint,
        expiration: rfc3339(login.expires_at),
    }))
}

/// Exchanges a session of a connector for a token of a CodeArtifact domain. It is a row of the usage log.
///
/// # Errors
/// 404, 409 where the connector is switched off, 422 with the wrong fields, 502 to 504 where AWS gives nothing.
#[utoipa::path(
    post, path = "/api/v1/connectors/{connector}/codeartifact", tag = "Use", operation_id = "logInToCodeArtifact",
    params(("connector" = String, Path, description = "GUID, slug or exact name")),
    request_body = CodeArtifactRequest,
    responses((status = 200, description = "The token", body = CodeArtifactCredentials))
)]
pub async fn code_artifact(
    app: web::Data<App>,
    holder: ApiCaller,
    connector: web::Path<String>,
    body: JsonOrNothing,
) -> Result<HttpResponse, WebError> {
    let mut fields = Fields::of(body.0);
    let (domain, domain_owner) = (fields.required("domain").unwrap_or_default(), fields.text("domainOwner"));
    let purpose = Purpose::CodeArtifact { region: fields.text("region"), domain, domain_owner };
    fields.end()?;
    let app = app.into_inner();
    let handed = use_connector(&app, Ask::by(holder.0, connector.into_inner(), purpose)).await?;
    let Gift::CodeArtifact(given) = handed.gift else {
        return Err(PortalError::Internal("something else where a token was asked for".to_owned()).into());
    };
    Ok(HttpResponse::Ok().json(CodeArtifactCredentials {
        authorization_token: given.0.token.expose_secret().to_owned(),
        expiration: rfc3339(given.0.expires_at),
    }))
}
