//! The document of the API (OpenAPI 3.1), made from the handlers' own types and from the route table.

mod headers;
mod schemas;

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
pub use headers::{IdempotencyKeyHeader, IfMatchHeader};
pub use schemas::{ContainerCredentials, ReplacedSecret, SecretReplacement, follows, stays};
use schemas::{Problem, SdkProblem};
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, HeaderBuilder, ObjectBuilder, OpenApi as Document, PathItem, Ref, RefOr, Response,
    ResponseBuilder, ResponsesBuilder, Schema, Type,
};

use super::{
    access_key_secret, access_keys, accounts, connectors, console, container_credentials, credentials, grants,
    policy_examples, registries, tokens, usage_log,
};
use crate::web::entry::Entry;
use crate::web::guard::Right;
use crate::web::routes;

const ABOUT: &str = "Temporary AWS credentials and console sign-in from the directory groups people are already in. \
Requests carry an API token in the Authorization header; where an operation names a password too, user name and password do as \
well. Errors are problem JSON (RFC 9457) with a stable `code`. \
Lists give `next`, the path and query of their next page.";

/// What the handlers say of themselves.
#[derive(OpenApi)]
#[openapi(
    info(title = "Daypass", version = "1.0", description = ABOUT),
    paths(
        connectors::list,
        connectors::show,
        connectors::create,
        connectors::update,
        connectors::delete,
        grants::list,
        grants::show,
        grants::create,
        grants::delete,
        credentials::issue,
        credentials::of_role,
        console::open,
        console::caller_identity,
        container_credentials::issue,
        registries::ecr,
        registries::code_artifact,
        usage_log::list,
        accounts::list,
        accounts::show,
        accounts::update,
        accounts::delete,
        access_keys::list,
        access_keys::show,
        access_keys::create,
        access_keys::update,
        access_keys::delete,
        access_keys::check,
        access_key_secret::replace,
        policy_examples::list,
        policy_examples::show,
        policy_examples::create,
        policy_examples::update,
        policy_examples::delete,
        tokens::list,
        tokens::show,
        tokens::revoke,
        show
    ),
    components(schemas(Problem, SdkProblem)),
    tags(
        (name = "Use", description = "Connectors, credentials and the console"),
        (name = "Usage log", description = "What was asked for and handed out"),
        (name = "Administration", description = "How Daypass is set up"),
        (name = "About", description = "The API itself")
    )
)]
struct Handlers;

/// The names of the security schemes.
const TOKEN: &str = "token";
const PASSWORD: &str = "password";

/// Every status that stands for a refusal, with what it says of it.
const REFUSALS: [(&str, &str); 16] = [
    ("400", "What was sent cannot be read: no JSON object, or an address that nobody types"),
    ("401", "No live API token in the Authorization header, nor a right password where one is taken"),
    ("403", "The token's scope or network, or the role of whoever it belongs to, does not allow it"),
    ("404", "No such thing, or not granted: both look the same"),
    ("408", "The body did not arrive whole within ten seconds"),
    ("409", "It cannot be done as things are: the code says why"),
    ("412", "The version in If-Match is not the newest"),
    ("413", "The body is longer than 64 KiB"),
    ("415", "The body is not application/json"),
    ("422", "Not accepted; `errors` has a sentence for each wrong field"),
    ("428", "If-Match is missing"),
    ("429", "Too many requests; Retry-After says when there are some again"),
    ("500", "Something went wrong inside Daypass"),
    ("502", "AWS refused, or gave what is no answer; only in the second case Retry-After says when to come back"),
    (
        "503",
        "AWS or a part of Daypass is down; Retry-After says when to come back, unless somebody has to see to it first",
    ),
    ("504", "AWS did not answer in time; Retry-After says when to come back"),
];

/// Those that may say when to come back.
const RETRY: [&str; 4] = ["429", "502", "503", "504"];

/// The whole document.
#[must_use]
pub fn document() -> Document {
    let mut document = Handlers::openapi();
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "An API token, `dpp_…` of a person or `dpt_…` of a program; also without “Bearer”, since SDKs send it so.",
    ));
    components.add_security_scheme(TOKEN, SecurityScheme::Http(bearer.build()));
    let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(
        "User name and password as at the sign-in page, over https alone; only where `[seed_api] basic_auth` is on.",
    ));
    components.add_security_scheme(PASSWORD, SecurityScheme::Http(basic.build()));
    for (status, description) in REFUSALS {
        let refusal = refusal((status, description), "application/problem+json", "Problem");
        components.responses.insert(format!("Refusal{status}"), RefOr::T(refusal));
    }
    for entry in routes::table() {
        let Some(item) = document.paths.paths.get_mut(entry.path) else { continue };
        if let Some(operation) = operation_of(item, &entry.method) {
            complete(operation, &entry);
        }
    }
    document
}

fn refusal((status, description): (&str, &str), kind: &str, schema: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
    let response = ResponseBuilder::new().description(description).content(kind, content);
    if !RETRY.contains(&status) {
        return response.build();
    }
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).build();
    let header = HeaderBuilder::new().schema(Some(seconds)).description(Some("After how many seconds to come back"));
    response.header("Retry-After", header.build()).build()
}

fn operation_of<'a>(item: &'a mut PathItem, method: &Method) -> Option<&'a mut Operation> {
    match *method {
        Method::GET => item.get.as_mut(),
        Method::POST => item.post.as_mut(),
        Method::PUT => item.put.as_mut(),
        Method::DELETE => item.delete.as_mut(),
        _ => None,
    }
}

/// What the route table knows of an operation: whom it asks for what, and with what it may be refused.
fn complete(operation: &mut Operation, entry: &Entry) {
    // The comments' headings are for those who read the code.
    operation.description = operation.description.take().map(|text| text.replace("# Errors\n", ""));
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            without_null(parameter);
        }
    }
    let (Right::Api(_) | Right::ApiToken | Right::ApiOrBasic(_)) = entry.right else { return };
    let schemes: &[&str] = if matches!(entry.right, Right::ApiOrBasic(_)) { &[TOKEN, PASSWORD] } else { &[TOKEN] };
    let either = schemes.iter().map(|scheme| SecurityRequirement::new(*scheme, Vec::<String>::new()));
    operation.security = Some(either.collect());
    let mut refusals = vec!["400", "401", "403", "429", "500", "503"];
    if entry.path.contains('{') || entry.issues.is_some() {
        refusals.push("404");
    }
    if operation.parameters.as_ref().is_some_and(|all| !all.is_empty()) || operation.request_body.is_some() {
        refusals.push("422");
    }
    if operation.request_body.is_some() {
        refusals.extend(["408", "413", "415"]);
    }
    let asks_aws = matches!(entry.method, Method::POST | Method::PUT) && entry.path.starts_with("/api/v1/access-keys");
    if entry.issues.is_some() || asks_aws {
        refusals.extend(["409", "502", "504"]);
    }
    if entry.path.starts_with("/api/v1/connectors/{connector}") {
        refusals.push("409");
    }
    let has_header = |name| operation.parameters.iter().flatten().any(|parameter| is_header(parameter, name));
    if has_header("If-Match") {
        refusals.extend(["409", "412", "428"]);
    }
    // What the request made before may be gone, or what it builds on goes at the same time.
    if has_header("Idempotency-Key") {
        refusals.extend(["404", "409"]);
    }
    headers::declare(operation);
    let is_sdk = entry.path.ends_with("/container-credentials");
    let mut responses = ResponsesBuilder::from(std::mem::take(&mut operation.responses));
    for (status, description) in REFUSALS.iter().filter(|(status, _)| refusals.contains(status)) {
        responses = match is_sdk {
            true => responses.response(*status, refusal((status, description), "application/json", "SdkProblem")),
            false => responses.response(*status, Ref::from_response_name(format!("Refusal{status}"))),
        };
    }
    operation.responses = responses.build();
}

fn is_header(parameter: &RefOr<Parameter>, name: &str) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Header && parameter.name == name)
}

/// What may be left out of an address is not null there.
fn without_null(parameter: &mut Parameter) {
    let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema else { return };
    if let SchemaType::Array(types) = &mut object.schema_type {
        types.retain(|kind| *kind != Type::Null);
        if let [one] = types.as_slice() {
            object.schema_type = SchemaType::Type(one.clone());
        }
    }
}

/// The document as text, made once for all requests.
pub struct Text(String);

impl Text {
    /// Makes it.
    ///
    /// # Errors
    /// A sentence, where it cannot be written as JSON.
    pub fn new() -> Result<Self, String> {
        document().to_pretty_json().map(Self).map_err(|error| format!("the API's document: {error}"))
    }

    /// The JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// This document. It holds nothing of this installation, so everybody may read it.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "About", operation_id = "getDocument",
    responses((status = 200, description = "OpenAPI 3.1", body = Object))
)]
pub async fn show(text: web::Data<Text>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(text.0.clone())
}
