//! Replacing the secret of an access key, for jobs that get their keys elsewhere.

use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::openapi::{ReplacedSecret, SecretReplacement};
use crate::app::App;
use crate::model::FieldErrors;
use crate::model::credentials::rfc3339;
use crate::portal::access_keys::replace::{self, Replacement};
use crate::web::api::json::Json;
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// `PUT /api/v1/access-keys/{id}/secret` with
/// `{"keyId", "secret", "sessionToken"?, "expiresAt"?, "validate"?: true}`; answers with the key as it is then, without its
/// secrets.
///
/// White space, quotes and line ends around `keyId`, `secret` and `sessionToken` are cut off, as on the page, since files end
/// with a line end; `cutOff` of the answer has a sentence for each. Inside of them such characters are refused.
///
/// # Errors
/// Rendered as problem JSON: 401 without a live token, 403 with a token for something else, 404, 409 while the key is
/// rotated or somebody else saves it, 413, 415, 422 with the wrong fields, 502 to 504 where AWS gives no answer.
#[utoipa::path(
    put, path = "/api/v1/access-keys/{id}/secret", tag = "Administration", operation_id = "replaceSecret",
    params(("id" = String, Path, description = "The access key's id")),
    request_body = SecretReplacement,
    responses((status = 200, description = "The access key without its secrets", body = ReplacedSecret))
)]
pub async fn replace(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    // Who may not is told nothing of what they sent.
    replace::may(&app, &holder.0.actor, &holder.0.origin, &id).await.map_err(WebError)?;
    let Json(body) = Json::from_request(&request, &mut payload.into_inner()).await?;
    let new = read(body).map_err(|errors| WebError(errors.into()))?;
    let cut_off = new.cuts();
    let key = replace::replace(&app, &holder.0.actor, &holder.0.origin, &id, new).await.map_err(WebError)?;
    Ok(HttpResponse::build(StatusCode::OK).json(serde_json::json!({
        "id": key.id,
        "name": key.name,
        "keyId": key.key_id,
        "source": key.source.word(),
        "expiresAt": key.source.expires_at().map(rfc3339),
        "accountId": key.account(),
        "arn": key.validated.as_ref().map(|validated| &validated.arn),
        "validated": key.validated.is_some(),
        "version": key.version,
        "cutOff": cut_off,
    })))
}

/// The fields, none missing and none unknown.
fn read(mut body: Map<String, Value>) -> Result<Replacement, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut text = |errors: &mut FieldErrors, name: &str, field: &'static str| match body.remove(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(_) => {
            errors.add(field, format!("{name} has to be a text."));
            None
        }
    };
    let key_id = text(&mut errors, "keyId", "key_id");
    let secret = text(&mut errors, "secret", "secret").map(SecretString::from);
    let session_token = text(&mut errors, "sessionToken", "session_token").map(SecretString::from);
    let expires_at = text(&mut errors, "expiresAt", "expires_at");
    let validate = match body.remove("validate") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(validate)) => validate,
        Some(_) => {
            errors.add("validate", "validate has to be true or false.");
            true
        }
    };
    if let Some(unknown) = body.keys().next() {
        let name: String = unknown.chars().filter(|c| !c.is_control()).take(64).collect();
        let known = "keyId, secret, sessionToken, expiresAt and validate";
        errors.add("", format!("There is no field “{name}”; the fields are {known}."));
    }
    if key_id.is_none() {
        errors.add("key_id", "Send keyId, AWS's id of the access key.");
    }
    if secret.is_none() {
        errors.add("secret", "Send secret, the secret access key that belongs to keyId.");
    }
    let (Some(key_id), Some(secret), true) = (key_id, secret, errors.is_empty()) else { return Err(errors) };
    Ok(Replacement { key_id, secret, session_token, expires_at, validate })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(body: &str) -> Vec<&'static str> {
        let Ok(Value::Object(body)) = serde_json::from_str(body) else { panic!("no object: {body}") };
        read(body).err().map(|errors| errors.iter().map(|(field, _)| field).collect()).unwrap_or_default()
    }

    #[test]
    fn nothing_is_missing_and_nothing_is_unknown() {
        assert!(fields(r#"{"keyId":"a","secret":"b"}"#).is_empty());
        assert!(
            fields(r#"{"keyId":"a","secret":"b","sessionToken":null,"expiresAt":"c","validate":false}"#).is_empty()
        );
        assert_eq!(fields("{}"), ["key_id", "secret"]);
        assert_eq!(fields(r#"{"keyId":1,"secret":"b","validate":"yes"}"#), ["key_id", "validate"]);
        assert_eq!(fields(r#"{"keyId":"a","secret":"b","session_token":"c"}"#), [""]);
    }
}
