//! Links that sign a browser in to the console, and whom AWS sees.

use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::Fields;
use super::json::JsonOrNothing;
use crate::app::App;
use crate::portal::PortalError;
use crate::portal::use_connector::{Ask, Gift, Purpose, use_connector};
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// What the console is to open with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"destination": "/s3/home", "region": "eu-west-1"}))]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct ConsoleRequest {
    /// A path or a full address of the console; empty or left out: the connector's start page.
    destination: Option<String>,
    /// The console's region, where the connector's own is not meant.
    #[schema(min_length = 1, pattern = r"\S")]
    region: Option<String>,
}

/// A link that signs a browser in.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "url": "https://signin.aws.amazon.com/federation?Action=login&SigninToken=fake-token-of-an-example"
}))]
pub struct ConsoleLink {
    /// AWS's link, good for 15 minutes and once; whoever has it is signed in. Nothing of ours keeps it.
    #[schema(format = "uri")]
    url: String,
}

/// Whom AWS sees.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "accountId": "123456789012", "arn": "arn:aws:sts::123456789012:assumed-role/ReadOnly/alice",
    "userId": "FAKEROLEID0000000001:alice", "roleSessionName": "alice"
}))]
pub struct CallerIdentity {
    /// The AWS account.
    account_id: String,
    /// The session's ARN.
    arn: String,
    /// AWS's id of it.
    user_id: String,
    /// What the session is called; null where the connector's type has no name.
    role_session_name: Option<String>,
}

/// Makes AWS's link that signs a browser in to the console. It is a row of the usage log.
///
/// # Errors
/// 404, 409 where the connector is switched off, 422 where it opens no console or the destination is none of AWS's, 502 to
/// 504 where AWS gives nothing.
#[utoipa::path(
    post, path = "/api/v1/connectors/{connector}/console", tag = "Use", operation_id = "openConsole",
    params(("connector" = String, Path, description = "GUID, slug or exact name")),
    request_body(content = Option<ConsoleRequest>, description = "Nothing at all is the same as {}"),
    responses((status = 200, description = "The link", body = ConsoleLink))
)]
pub async fn open(
    app: web::Data<App>,
    holder: ApiCaller,
    connector: web::Path<String>,
    body: JsonOrNothing,
) -> Result<HttpResponse, WebError> {
    let mut fields = Fields::of(body.0);
    let (destination, region) = (fields.any_text("destination").unwrap_or_default(), fields.text("region"));
    fields.end()?;
    let app = app.into_inner();
    let ask = Ask::by(holder.0, connector.into_inner(), Purpose::Console { destination, region });
    match use_connector(&app, ask).await?.gift {
        Gift::ConsoleLink(link) => Ok(HttpResponse::Ok().json(ConsoleLink { url: link.expose_secret().to_owned() })),
        _ => Err(PortalError::Internal("something else where a link was asked for".to_owned()).into()),
    }
}

/// Asks AWS whom it sees through a connector: credentials are issued, tried and dropped. It is a row of the usage log.
///
/// # Errors
/// 404, 409 where the connector is switched off, 502 to 504 where AWS gives nothing.
#[utoipa::path(
    get, path = "/api/v1/connectors/{connector}/caller-identity", tag = "Use", operation_id = "getCallerIdentity",
    params(("connector" = String, Path, description = "GUID, slug or exact name")),
    responses((status = 200, description = "Whom AWS sees", body = CallerIdentity))
)]
pub async fn caller_identity(
    app: web::Data<App>,
    holder: ApiCaller,
    connector: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    Fields::of_query(request.query_string()).end()?;
    let app = app.into_inner();
    let handed = use_connector(&app, Ask::by(holder.0, connector.into_inner(), Purpose::Identity)).await?;
    let Gift::CallerIdentity(seen) = handed.gift else {
        return Err(PortalError::Internal("something else where AWS was to be asked".to_owned()).into());
    };
    Ok(HttpResponse::Ok().json(CallerIdentity {
        account_id: seen.account_id,
        arn: seen.arn,
        user_id: seen.user_id,
        role_session_name: handed.session_name,
    }))
}
