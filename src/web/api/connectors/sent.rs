//! The shape of what is sent of a connector, for the document.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

use crate::web::api::openapi::follows;

/// All that is set of a connector; what is left out is empty from then on. `partition`, `accountId`, `console`, `changeable`,
/// `version`, `createdAt` and `updatedAt` follow from the rest: they may be sent back as they came, and count for nothing.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "name": "Payments, read only", "type": "assume_role", "accessKeyId": "0193f6a1-0000-7000-8000-000000000005",
    "roleArn": "arn:aws:iam::123456789012:role/ReadOnly", "duration": 3600, "enabled": true
}))]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct ConnectorBody {
    /// What people call it: 1 to 100 characters.
    name: String,
    /// Small letters, digits and hyphens; made from the name where it is left out.
    slug: Option<String>,
    /// One line for the people who use it.
    description: Option<String>,
    /// `assume_role`, `federated_user`, `iam_user` or `provided`.
    #[serde(rename = "type")]
    kind: String,
    /// The id of the access key that calls AWS: Daypass's, not AWS's.
    access_key_id: String,
    /// The roles to assume first, in order (`assume_role`).
    through: Option<Vec<HopBody>>,
    /// The role (`assume_role`).
    role_arn: Option<String>,
    /// What its trust policy asks for (`assume_role`).
    external_id: Option<String>,
    /// `off` where it is left out, `on` or `required` (`assume_role`).
    source_identity: Option<String>,
    /// What sessions carry (`assume_role` and `federated_user`).
    session_tags: Option<Vec<TagBody>>,
    /// The inline session policy: its text, or the policy itself (`assume_role` and `federated_user`).
    #[schema(schema_with = policy)]
    policy: Option<String>,
    /// ARNs of managed policies (`assume_role` and `federated_user`).
    policy_arns: Option<Vec<String>>,
    /// Whether it goes without any policy (`federated_user`).
    omit_policy: Option<bool>,
    /// How long sessions last at most, in seconds; AWS's default where it is left out. Not of `provided`.
    duration: Option<u32>,
    /// The region whose STS is asked; the partition's home region where it is left out.
    region: Option<String>,
    /// What the console opens with.
    console_start: Option<String>,
    /// Whether programs' tokens may use it.
    system_scope: Option<bool>,
    /// Whether it hands out anything. A new one does where this is left out; a `PUT` has to say it.
    enabled: Option<bool>,
    /// Whether links to known pages of the console open without asking.
    open_without_asking: Option<bool>,
    /// Whether log-ins to registries may go on after the session.
    registry_tokens_outlive: Option<bool>,
    /// Only in a `PUT`, and that connector's own.
    id: Option<String>,
    #[schema(schema_with = follows)]
    partition: Option<Value>,
    #[schema(schema_with = follows)]
    account_id: Option<Value>,
    #[schema(schema_with = follows)]
    console: Option<Value>,
    #[schema(schema_with = follows)]
    changeable: Option<Value>,
    #[schema(schema_with = follows)]
    version: Option<Value>,
    #[schema(schema_with = follows)]
    created_at: Option<Value>,
    #[schema(schema_with = follows)]
    updated_at: Option<Value>,
}

/// A role on the way.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct HopBody {
    /// The role.
    role_arn: String,
    /// What its trust policy asks for.
    external_id: Option<String>,
}

/// A session tag.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct TagBody {
    /// Its key, without “=”.
    key: String,
    /// Its value; placeholders are filled in for each person.
    value: Option<String>,
    /// Whether the roles that a session assumes further carry it too (`assume_role`).
    transitive: Option<bool>,
}

/// A text or an object, or null.
fn policy() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Object, Type::Null])).description(Some(
        "The inline session policy: its text, or the policy itself (`assume_role` and `federated_user`).",
    ))
}
