//! Temporary credentials: of a connector, or of a role.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::Fields;
use super::json::{Json, JsonOrNothing};
use crate::app::App;
use crate::model::connector::Connector;
use crate::model::credentials::rfc3339;
use crate::portal::PortalError;
use crate::portal::use_connector::{Ask, Gift, Handed, Narrower, Purpose, by_role, use_connector};
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// What is wanted of a connector; what is left out is as the connector has it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"duration": 900}))]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct CredentialsRequest {
    /// How long they are to last, in seconds; at most as long as the connector gives.
    duration: Option<u32>,
    /// The region whose STS is asked.
    #[schema(min_length = 1, pattern = r"\S")]
    region: Option<String>,
    /// An inline session policy as text, which can only take away; where the connector assumes a role and has no policy.
    #[schema(min_length = 1, pattern = r"\S")]
    policy: Option<String>,
}

/// What is wanted of a role.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"roleArn": "arn:aws:iam::123456789012:role/ReadOnly"}))]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct RoleCredentialsRequest {
    /// The role. The one connector is used whose last role this is.
    #[schema(min_length = 1, pattern = r"\S")]
    role_arn: String,
    /// How long they are to last, in seconds; at most as long as the connector gives.
    duration: Option<u32>,
}

/// Temporary credentials.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "accessKeyId": "FAKETEMPORARYKEY0001", "secretAccessKey": "fake-secret-of-an-example-not-a-real-one",
    "sessionToken": "fake-session-token-of-an-example", "expiration": "2030-01-01T12:00:00Z",
    "arn": "arn:aws:sts::123456789012:assumed-role/ReadOnly/alice", "roleSessionName": "alice",
    "connector": {
        "id": "0193f6a1-0000-7000-8000-000000000001", "slug": "payments-read-only", "name": "Payments, read only",
        "accountId": "123456789012"
    }
}))]
pub struct IssuedCredentials {
    /// The temporary key's id, which the usage log keeps.
    access_key_id: String,
    /// The secret half; handed out this once and kept nowhere.
    secret_access_key: String,
    /// Has to accompany them.
    session_token: String,
    /// From then on AWS refuses them.
    #[schema(format = "date-time")]
    expiration: String,
    /// Whom AWS sees; null where it did not say.
    arn: Option<String>,
    /// What the session is called; null where the connector's type has no name.
    role_session_name: Option<String>,
    /// Of which connector they are.
    connector: ConnectorRef,
}

/// Which connector it was.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorRef {
    /// Never changes.
    #[schema(format = "uuid")]
    id: String,
    /// For addresses and commands.
    slug: String,
    /// What people call it.
    name: String,
    /// The AWS account that it leads into; null where that is not known.
    account_id: Option<String>,
}

impl ConnectorRef {
    fn of(connector: Connector) -> Self {
        Self { id: connector.id, slug: connector.slug, name: connector.name, account_id: connector.account_id }
    }
}

/// Issues credentials of a connector. Each hand-out is a row of the usage log.
///
/// # Errors
/// 404, 409 where it is switched off, 422 with the wrong fields, 502 to 504 where AWS gives nothing.
#[utoipa::path(
    post, path = "/api/v1/connectors/{connector}/credentials", tag = "Use", operation_id = "issueCredentials",
    params(("connector" = String, Path, description = "GUID, slug or exact name")),
    request_body(content = Option<CredentialsRequest>, description = "Nothing at all is the same as {}"),
    responses((status = 200, description = "The credentials", body = IssuedCredentials))
)]
pub async fn issue(
    app: web::Data<App>,
    holder: ApiCaller,
    connector: web::Path<String>,
    body: JsonOrNothing,
) -> Result<HttpResponse, WebError> {
    let mut fields = Fields::of(body.0);
    let narrower =
        Narrower { seconds: fields.number("duration"), region: fields.text("region"), policy: fields.text("policy") };
    fields.end()?;
    let app = app.into_inner();
    let ask = Ask::by(holder.0, connector.into_inner(), Purpose::Narrowed(narrower));
    hand_out(use_connector(&app, ask).await?)
}

/// Issues credentials of a role: of the one connector whose last role it is and that the caller may use.
///
/// # Errors
/// 404 where there is none, 409 with their names where there are several; else as for a connector.
#[utoipa::path(
    post, path = "/api/v1/credentials", tag = "Use", operation_id = "issueRoleCredentials",
    request_body = RoleCredentialsRequest,
    responses((status = 200, description = "The credentials", body = IssuedCredentials))
)]
pub async fn of_role(app: web::Data<App>, holder: ApiCaller, body: Json) -> Result<HttpResponse, WebError> {
    let mut fields = Fields::of(body.0);
    let (role, seconds) = (fields.required("roleArn"), fields.number("duration"));
    fields.end()?;
    let app: Arc<App> = app.into_inner();
    let narrower = Narrower { seconds, ..Narrower::default() };
    let ask = Ask::by(holder.0, role.unwrap_or_default(), Purpose::Narrowed(narrower));
    let connector = by_role::connector_of(&app, &ask).await?;
    hand_out(use_connector(&app, Ask { connector, ..ask }).await?)
}

fn hand_out(handed: Handed) -> Result<HttpResponse, WebError> {
    let Gift::Credentials(credentials) = handed.gift else {
        return Err(PortalError::Internal("something else where credentials were asked for".to_owned()).into());
    };
    Ok(HttpResponse::Ok().json(IssuedCredentials {
        access_key_id: credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose_secret().to_owned(),
        session_token: credentials.session_token.expose_secret().to_owned(),
        expiration: rfc3339(credentials.expires_at),
        arn: handed.arn,
        role_session_name: handed.session_name,
        connector: ConnectorRef::of(handed.connector),
    }))
}
