//! Shapes that no handler has as a type of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType};

/// Why something was not done (RFC 9457).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "title": "Not accepted", "status": 422, "detail": "duration has to be a whole number.", "code": "invalid",
    "requestId": "0193f6a1-0000-7000-8000-000000000003", "errors": {"duration": "duration has to be a whole number."}
}))]
#[allow(dead_code, reason = "the document's: the error page's module writes it")]
pub struct Problem {
    /// A few words.
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened, to which thing, what to do.
    detail: String,
    /// A word for programs, which never changes its meaning.
    #[schema(pattern = "^[a-z_]+$")]
    code: String,
    /// The request's id, for whoever looks it up in the server's log.
    request_id: String,
    /// A sentence for each wrong field.
    #[schema(required = false, nullable = false)]
    errors: Option<BTreeMap<String, String>>,
}

/// Why nothing was handed out, as AWS SDKs read it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "the document's: the error page's module writes it")]
pub struct SdkProblem {
    /// A word for programs.
    code: String,
    /// What happened, what to do.
    message: String,
    /// The same.
    detail: String,
    /// The request's id.
    request_id: String,
    /// `code`, as the AWS SDK for JavaScript spells it.
    #[serde(rename = "Code")]
    code_in_capitals: String,
    /// `message`, likewise.
    #[serde(rename = "Message")]
    message_in_capitals: String,
}

/// A field that follows from the others: whatever is sent of it counts for nothing.
pub fn follows() -> ObjectBuilder {
    let about = "Counts for nothing: what a GET gave may be sent back whole.";
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(about))
}

/// A field that stays: it may be left out, or sent as a GET gives it.
pub fn stays() -> ObjectBuilder {
    let about = "Not changed here: it is left out, or sent as a GET gives it.";
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(about))
}

/// Temporary credentials in the container credentials protocol of the AWS SDKs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(example = json!({
    "AccessKeyId": "FAKETEMPORARYKEY0001", "SecretAccessKey": "fake-secret-of-an-example-not-a-real-one",
    "Token": "fake-session-token-of-an-example", "Expiration": "2030-01-01T12:00:00Z", "AccountId": "123456789012"
}))]
#[allow(dead_code, reason = "the document's: the handler writes it")]
pub struct ContainerCredentials {
    /// The temporary key's id.
    access_key_id: String,
    /// The secret half.
    secret_access_key: String,
    /// Has to accompany them.
    token: String,
    /// From then on AWS refuses them.
    #[schema(format = "date-time")]
    expiration: String,
    /// The AWS account; null where that is not known.
    account_id: Option<String>,
}

/// The secret that an access key is to have from now on.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"keyId": "FAKEACCESSKEY0000001", "secret": "fake-secret-of-an-example-not-a-real-one"}))]
#[allow(dead_code, reason = "the document's: the handler reads it")]
pub struct SecretReplacement {
    /// AWS's id of the key.
    key_id: String,
    /// Its secret; never shown again.
    #[schema(write_only)]
    secret: String,
    /// The session token, where the key is a temporary one.
    #[schema(write_only)]
    session_token: Option<String>,
    /// When a temporary key ends, RFC 3339.
    expires_at: Option<String>,
    /// Whether AWS is asked whose key it is; true where it is left out.
    validate: Option<bool>,
}

/// An access key whose secret was replaced, without its secrets.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "the document's: the handler writes it")]
pub struct ReplacedSecret {
    /// Never changes.
    #[schema(format = "uuid")]
    id: String,
    /// What people call it.
    name: String,
    /// AWS's id of the key.
    key_id: String,
    /// Of what kind it is.
    source: String,
    /// When it ends; null where it does not.
    #[schema(format = "date-time")]
    expires_at: Option<String>,
    /// The AWS account; null where that is not known.
    account_id: Option<String>,
    /// Whose key it is; null where AWS was not asked.
    arn: Option<String>,
    /// Whether AWS was asked.
    validated: bool,
    /// Counts the saves.
    version: i32,
    /// A sentence for each field around which something was cut off.
    cut_off: Vec<String>,
}
