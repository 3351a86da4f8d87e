//! The headers that several operations share, of requests and of answers.

use utoipa::IntoParams;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Header, HeaderBuilder, ObjectBuilder, RefOr, Response, Type};

/// What is changed or removed by its version.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "the document's: `IfMatch` reads it")]
pub struct IfMatchHeader {
    /// The ETag that a GET gave
    #[param(rename = "If-Match", pattern = r#"^"[0-9]{1,9}"$"#)]
    if_match: String,
}

/// What is made once, however often it is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "the document's: `Creation` reads it")]
pub struct IdempotencyKeyHeader {
    /// A name of this request: sent again, it makes nothing
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    idempotency_key: Option<String>,
}

/// The shapes that have a version of their own, which is their `ETag`.
const VERSIONED: [&str; 4] = ["AccountEntry", "AccessKeyEntry", "ConnectorEntry", "PolicyExampleEntry"];
/// One that has a version for some alone.
const SOMETIMES: &str = "SeenConnector";

const TAG: &str = "The version, for If-Match";

/// Declares what clients live by beside the body: `ETag`, `Location`, `Idempotency-Replayed`.
pub(super) fn declare(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let shape = shape_of(response);
        let mut add = |name: &str, header: Header| drop(response.headers.insert(name.to_owned(), header.into()));
        match status.as_str() {
            "200" if shape == SOMETIMES => {
                let about =
                    "The version, for If-Match; with admin:connectors alone, whose holders see the whole connector";
                add("ETag", header(Type::String, about, false));
            }
            "200" | "201" if VERSIONED.contains(&shape.as_str()) => add("ETag", header(Type::String, TAG, true)),
            _ => {}
        }
        if status == "201" {
            add("Location", header(Type::String, "The address of what was made", true));
            let about = "true where an earlier request with this Idempotency-Key made it; else it is left out";
            add("Idempotency-Replayed", header(Type::Boolean, about, false));
        }
    }
}

fn header(kind: Type, about: &str, is_required: bool) -> Header {
    let schema = ObjectBuilder::new().schema_type(kind).build();
    let mut header = HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build();
    // A field of OpenAPI's Header Object that the library's has not.
    header.extensions = is_required.then(|| Extensions::from_iter([("required", true)]));
    header
}

/// The name of the schema of a response's body.
fn shape_of(response: &Response) -> String {
    let mut contents = response.content.values();
    let schema = contents.find_map(|content| match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    });
    match schema {
        Some(RefOr::Ref(schema)) => schema.ref_location.rsplit('/').next().unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}
