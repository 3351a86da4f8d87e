//! Accounts, which are access keys here.

use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::body::Fields;
use super::{Version, in_its_words};
use crate::app::App;
use crate::portal::access_keys::{self, AccessKeyForm};
use crate::web::api::json::Json;
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// `?skipValidation=true`: save without asking AWS.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    #[serde(default)]
    skip_validation: String,
}

/// `POST /accounts` with `{"name", "awsAccessKeyId", "awsSecretKey", "cloudProviderKey"?}`, since 2.2; answers `{"id"}`,
/// which connectors name as `accountId`. `cloudProviderKey` is a partition, `aws` where there is none.
///
/// # Errors
/// 422 with the wrong fields; 502 to 504 where AWS gives no answer.
pub async fn create(
    app: web::Data<App>,
    who: ApiCaller,
    version: Version,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    version.has(Version::V2_2)?;
    let query = web::Query::<Query>::from_query(request.query_string())?;
    let Json(body) = Json::from_request(&request, &mut payload.into_inner()).await?;
    let mut fields = Fields::of(body);
    let mut text = |name: &'static str| fields.text(name).unwrap_or_default();
    let (name, key_id, secret) = (text("name"), text("awsAccessKeyId"), text("awsSecretKey"));
    let partition = Some(text("cloudProviderKey")).filter(|key| !key.is_empty()).unwrap_or_else(|| "aws".to_owned());
    let mut errors = fields.errors;
    if errors.get("awsSecretKey").is_none() && secret.is_empty() {
        errors.add("awsSecretKey", "Send awsSecretKey, the secret access key that belongs to awsAccessKeyId.");
    }
    errors.into_result().map_err(WebError::from)?;
    let form = AccessKeyForm {
        name,
        key_id,
        secret: SecretString::from(secret),
        partition,
        skip_validation: query.skip_validation.eq_ignore_ascii_case("true"),
        ..AccessKeyForm::default()
    };
    let id = access_keys::create(&app, &who.0, form).await.map_err(|error| at_provider(in_its_words(error)))?;
    Ok(HttpResponse::Created().json(json!({ "id": id })))
}

/// What is wrong with the partition, at the field that it has here.
fn at_provider(error: WebError) -> WebError {
    WebError(error.0.renamed(|field| if field == "partition" { "cloudProviderKey" } else { field }))
}
