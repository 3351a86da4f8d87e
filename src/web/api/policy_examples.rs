//! Policy examples, for programs that keep them as files elsewhere.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::fields::Fields;
use super::json::Json;
use super::once::{Creation, created, gone};
use super::openapi::{IdempotencyKeyHeader, IfMatchHeader, follows, stays};
use super::paging::Wanted;
use super::versions::{IfMatch, tag, tagged, unsaved};
use crate::app::App;
use crate::model::credentials::rfc3339;
use crate::model::policy_example::{ExampleKind, LONGEST_TEXT};
use crate::portal::policy_examples::{self, Example, ExampleForm};
use crate::portal::{PortalError, Who};
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// A session policy, or the ARN of a managed one, to start a connector from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0193f6a1-0000-7000-8000-000000000007", "kind": "policy", "name": "Everything of S3",
    "description": "Reads and writes all buckets.",
    "policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]},
    "policyArn": null, "shipped": false, "hidden": false, "updatedAt": "2030-01-01T12:00:00Z", "version": 1
}))]
pub struct PolicyExampleEntry {
    /// Never changes: a GUID, or the word of one that ships.
    id: String,
    /// `policy` or `policy_arn`.
    kind: &'static str,
    /// What people call it.
    name: String,
    /// What it allows.
    description: String,
    /// The session policy; null where it is an ARN.
    #[schema(value_type = Option<Object>)]
    policy: Option<Value>,
    /// The managed policy; null where it is a session policy.
    policy_arn: Option<String>,
    /// Whether it ships with Daypass, and can be copied and not changed.
    shipped: bool,
    /// Shipped, and not offered at connectors.
    hidden: bool,
    /// Last saved; null where it ships.
    #[schema(format = "date-time")]
    updated_at: Option<String>,
    /// Counts its changes; the `ETag` too. 0 where it ships.
    version: i32,
}

/// A page of policy examples.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyExamplePage {
    /// By name.
    policy_examples: Vec<PolicyExampleEntry>,
    /// The path and query of the next page; null on the last one.
    next: Option<String>,
}

/// All that a policy example says: `policy` or `policyArn`, one of them. To copy an example is to make one of what it says,
/// by another name.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "name": "Everything of S3", "description": "Reads and writes all buckets.",
    "policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
}))]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct PolicyExampleAbout {
    /// What people call it; unique in its kind without regard to case.
    #[schema(min_length = 1, max_length = 60, pattern = r"\S")]
    name: String,
    /// What it allows, in a sentence or two.
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    description: String,
    /// The session policy as JSON. Where it is wrong, lines and columns are those of the policy printed with an indent of two.
    #[schema(value_type = Option<Object>)]
    policy: Option<Value>,
    /// The ARN of a managed policy.
    #[schema(min_length = 1, pattern = r"\S")]
    policy_arn: Option<String>,
}

/// All that a policy example is to say: `policy` or `policyArn`, the one that it has. The rest may be sent back as it came.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct ChangedPolicyExample {
    /// What people call it; unique in its kind without regard to case.
    #[schema(min_length = 1, max_length = 60, pattern = r"\S")]
    name: String,
    /// What it allows, in a sentence or two.
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    description: String,
    /// The session policy as JSON. Where it is wrong, lines and columns are those of the policy printed with an indent of two.
    #[schema(value_type = Option<Object>)]
    policy: Option<Value>,
    /// The ARN of a managed policy.
    #[schema(min_length = 1, pattern = r"\S")]
    policy_arn: Option<String>,
    #[schema(schema_with = stays)]
    id: Option<Value>,
    #[schema(schema_with = stays)]
    kind: Option<Value>,
    #[schema(schema_with = stays)]
    shipped: Option<Value>,
    #[schema(schema_with = stays)]
    hidden: Option<Value>,
    #[schema(schema_with = follows)]
    updated_at: Option<Value>,
    #[schema(schema_with = follows)]
    version: Option<Value>,
}

impl PolicyExampleEntry {
    fn of(example: Example) -> Self {
        let said = example.example;
        let is_policy = said.kind == ExampleKind::Policy;
        let policy = is_policy.then(|| serde_json::from_str(&said.text).ok()).flatten();
        Self {
            id: example.id,
            kind: said.kind.word(),
            name: said.name,
            description: said.description,
            policy,
            policy_arn: (!is_policy).then_some(said.text),
            shipped: example.kept.is_none(),
            hidden: example.hidden,
            updated_at: example.kept.as_ref().map(|kept| rfc3339(kept.updated_at)),
            version: example.kept.map_or(0, |kept| kept.version),
        }
    }
}

const LIST: &str = "/api/v1/policy-examples";

/// The policy examples, those that ship and those that administrators wrote, by name.
///
/// # Errors
/// 422 where the query is wrong.
#[utoipa::path(
    get, path = "/api/v1/policy-examples", tag = "Administration", operation_id = "listPolicyExamples",
    params(
        ("q" = Option<String>, Query, description = "A part of name, description, policy or ARN", min_length = 1, pattern = r"\S"),
        ("kind" = Option<String>, Query, description = "Of this kind alone", pattern = "^(policy|policy_arn)$"),
        ("limit" = Option<u32>, Query, description = "The most examples of a page", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "As “next” of the page before has it", min_length = 1)
    ),
    responses((status = 200, description = "A page of them", body = PolicyExamplePage))
)]
pub async fn list(app: web::Data<App>, holder: ApiCaller, request: HttpRequest) -> Result<HttpResponse, WebError> {
    let mut query = Fields::of_query(request.query_string());
    let (search, word) = (query.text("q"), query.text("kind"));
    let kind = word.as_deref().map(ExampleKind::parse);
    if let Some(Err(sentence)) = &kind {
        query.wrong("kind", sentence.clone());
    }
    let wanted = Wanted::read(&mut query, LIST);
    query.end()?;
    let (kind, part) = (kind.and_then(Result::ok), search.unwrap_or_default());
    let fits = |example: &Example| example.fits(kind, &part);
    let all: Vec<Example> = policy_examples::list(&app, &holder.0).await?.into_iter().filter(fits).collect();
    let (rows, next) = wanted.cut(&all, |example| (&example.example.name, &example.id));
    let policy_examples = rows.into_iter().cloned().map(PolicyExampleEntry::of).collect();
    Ok(HttpResponse::Ok().json(PolicyExamplePage { policy_examples, next }))
}

/// One policy example.
///
/// # Errors
/// 404 where there is none.
#[utoipa::path(
    get, path = "/api/v1/policy-examples/{id}", tag = "Administration", operation_id = "getPolicyExample",
    params(("id" = String, Path, description = "The example's id")),
    responses((status = 200, description = "The example; its version is the ETag", body = PolicyExampleEntry))
)]
pub async fn show(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    Fields::of_query(request.query_string()).end()?;
    Ok(answer(policy_examples::find(&app, &holder.0, &id).await?))
}

fn answer(example: Example) -> HttpResponse {
    let entry = PolicyExampleEntry::of(example);
    tagged(entry.version, &entry)
}

/// Adds a policy example.
///
/// # Errors
/// 422 with the wrong fields.
#[utoipa::path(
    post, path = "/api/v1/policy-examples", tag = "Administration", operation_id = "createPolicyExample",
    params(IdempotencyKeyHeader),
    request_body = PolicyExampleAbout,
    responses((status = 201, description = "The example; Location is its address, the ETag its version",
        body = PolicyExampleEntry))
)]
pub async fn create(app: web::Data<App>, holder: ApiCaller, creation: Creation) -> Result<HttpResponse, WebError> {
    let Creation { body, once } = creation;
    let (form, kind) = read(Fields::of(body), None)?;
    let made = once.run(&app, policy_examples::create_once(&app, &holder.0, &form, &once)).await;
    let made = made.map_err(|error| named(error, kind))?;
    let example = policy_examples::find(&app, &holder.0, &made.id).await.map_err(|error| gone(&made, error))?;
    let entry = PolicyExampleEntry::of(example);
    Ok(created(&app, LIST, &made).insert_header(tag(entry.version)).json(entry))
}

/// Says all that a policy example is to say. Connectors that it was inserted into stay as they are. Its kind stays.
///
/// # Errors
/// 404, 409 for one that ships, 412 where somebody else saved it since, 422 with the wrong fields, 428 without `If-Match`.
#[utoipa::path(
    put, path = "/api/v1/policy-examples/{id}", tag = "Administration", operation_id = "updatePolicyExample",
    params(
        ("id" = String, Path, description = "The example's id"),
        IfMatchHeader
    ),
    request_body = ChangedPolicyExample,
    responses((status = 200, description = "The example as it is now", body = PolicyExampleEntry))
)]
pub async fn update(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    version: IfMatch,
    body: Json,
) -> Result<HttpResponse, actix_web::Error> {
    let now = changeable(&app, &holder.0, &id).await.map_err(WebError)?;
    let (kind, mut fields) = (now.example.kind, Fields::of(body.0));
    fields.stay(&["id", "kind", "shipped", "hidden"], &PolicyExampleEntry::of(now));
    fields.follow(&["updatedAt", "version"]);
    let (form, kind) = read(fields, Some(kind)).map_err(WebError)?;
    let form = ExampleForm { version: version.0, ..form };
    let saved = policy_examples::update(&app, &holder.0, &id, &form).await;
    saved.map_err(|error| named(error, kind)).map_err(unsaved)?;
    Ok(answer(policy_examples::find(&app, &holder.0, &id).await.map_err(WebError)?))
}

/// Removes a policy example that an administrator wrote.
///
/// # Errors
/// 404, 409 for one that ships, 412 where somebody else saved it since, 428 without `If-Match`.
#[utoipa::path(
    delete, path = "/api/v1/policy-examples/{id}", tag = "Administration", operation_id = "deletePolicyExample",
    params(
        ("id" = String, Path, description = "The example's id"),
        IfMatchHeader
    ),
    responses((status = 204, description = "It is gone"))
)]
pub async fn delete(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    version: IfMatch,
) -> Result<HttpResponse, actix_web::Error> {
    changeable(&app, &holder.0, &id).await.map_err(WebError)?;
    policy_examples::delete(&app, &holder.0, &id, version.0).await.map_err(unsaved)?;
    Ok(HttpResponse::NoContent().finish())
}

/// An example that is not one of those that ship.
async fn changeable(app: &App, who: &Who, id: &str) -> Result<Example, PortalError> {
    let example = policy_examples::find(app, who, id).await?;
    if example.kept.is_some() {
        return Ok(example);
    }
    let sentence = format!(
        "“{}” ships with Daypass and cannot be changed or removed. Make an example of your own of what it says.",
        example.example.name
    );
    Err(PortalError::Conflict("shipped", sentence))
}

/// Reads what an example says: of this `kind`, where that is known, else of the kind that was sent.
fn read(mut fields: Fields, kind: Option<ExampleKind>) -> Result<(ExampleForm, ExampleKind), PortalError> {
    let (name, description) = (fields.required("name"), fields.required("description"));
    let (policy, arn) = (fields.object("policy"), fields.text("policyArn"));
    let sent = if arn.is_some() && policy.is_none() { ExampleKind::PolicyArn } else { ExampleKind::Policy };
    let kind = kind.unwrap_or(sent);
    let (right, wrong) = match kind {
        ExampleKind::Policy => ("policy", "policyArn"),
        ExampleKind::PolicyArn => ("policyArn", "policy"),
    };
    if policy.is_some() && arn.is_some() {
        fields.wrong(wrong, "Send policy or policyArn, not both.");
    } else if policy.is_some() || arn.is_some() {
        if kind != sent {
            fields.wrong(wrong, format!("An example stays of its kind. Send {right}, or make another one."));
        }
    } else {
        fields.wrong(right, "Send policy, a session policy as JSON, or policyArn, the ARN of a managed one.");
    }
    fields.end()?;
    let text = arn.or_else(|| policy.map(|policy| text_of(&Value::Object(policy)))).unwrap_or_default();
    let kind_word = kind.word().to_owned();
    let (name, description) = (name.unwrap_or_default(), description.unwrap_or_default());
    Ok((ExampleForm { kind: kind_word, name, description, text, version: 0 }, kind))
}

/// A policy as people read it; one that would be too long for that, as STS gets it.
fn text_of(policy: &Value) -> String {
    let pretty = serde_json::to_string_pretty(policy).unwrap_or_default();
    if pretty.chars().count() > LONGEST_TEXT { policy.to_string() } else { pretty }
}

/// What the form says, at the fields that programs sent.
fn named(error: PortalError, kind: ExampleKind) -> PortalError {
    let text = if kind == ExampleKind::Policy { "policy" } else { "policyArn" };
    error.renamed(|field| if field == "text" { text } else { field })
}
