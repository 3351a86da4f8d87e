//! A portal whose answers are held against its own document.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Page, TestApp};

/// The statuses that may say when to come back.
const RETRY: [u16; 4] = [429, 502, 503, 504];

pub struct Api {
    pub app: TestApp,
    pub document: Value,
}

impl Api {
    pub async fn start() -> Self {
        Self::of(TestApp::start().await).await
    }

    pub async fn of(app: TestApp) -> Self {
        let document = app.get("/api/v1/openapi.json").await.is(200).json();
        Self { app, document }
    }

    pub async fn get(&self, path: &str, token: &str) -> Page {
        self.send(Method::GET, path, token, None).await
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Page {
        self.send(Method::POST, path, token, Some(body)).await
    }

    /// Sends a request, and checks that the answer is one that the document promises.
    pub async fn send(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Page {
        let program = self.app.anybody();
        let mut request = program.request(method.clone(), path).header("authorization", token);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let page = program.send(request).await;
        self.check(&method, path, &page);
        page
    }

    /// Whether the document promises this answer to an operation that it has.
    #[track_caller]
    pub fn check(&self, method: &Method, path: &str, page: &Page) {
        holds(&self.document, method, path, page);
    }

    /// What is wrong with a value by a schema of the document; what the schema does not name is wrong too.
    pub fn wrong(&self, schema: &Value, value: &Value) -> Vec<String> {
        wrong(&self.document, schema, value)
    }
}

/// [`Api::check`] for whoever has a document and no [`Api`].
#[track_caller]
pub fn holds(document: &Value, method: &Method, path: &str, page: &Page) {
    let path = path.split('?').next().unwrap();
    let operation = operation(document, method, path);
    let operation = operation.unwrap_or_else(|| panic!("the document has no {method} {path}"));
    let response = &operation["responses"][page.status.to_string()];
    assert!(!response.is_null(), "{method} {path}: no {} in the document: {}", page.status, page.body);
    let response = match response["$ref"].as_str() {
        Some(place) => document.pointer(&place[1..]).unwrap(),
        None => response,
    };
    let retry = response["headers"]["Retry-After"]["schema"]["type"].as_str();
    assert_eq!(retry, RETRY.contains(&page.status).then_some("integer"), "{method} {path} {}", page.status);
    let (seconds, later) = (page.header("retry-after"), [429, 503, 504].contains(&page.status));
    let is_seconds = seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0);
    assert!(seconds.is_empty() || RETRY.contains(&page.status) && is_seconds, "{method} {path}: {seconds}");
    assert!(!later || is_seconds || page.json()["code"] == "aws", "{method} {path}: {}", page.status);
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let sent = page.header(&name.to_lowercase());
        let is_right = match name.as_str() {
            "ETag" => sent.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')?.parse::<u32>().ok()).is_some(),
            "Location" => sent.contains(path),
            "Idempotency-Replayed" => sent == "true",
            _ => continue,
        };
        let is_left_out = sent.is_empty() && header["required"] != true;
        assert!(is_right || is_left_out, "{method} {path} {}: {name}: {sent}", page.status);
    }
    for name in ["ETag", "Location", "Idempotency-Replayed"] {
        let is_declared = !response["headers"][name].is_null();
        assert!(is_declared || page.header(&name.to_lowercase()).is_empty(), "{method} {path}: {name} is not declared");
    }
    if page.status == 204 {
        assert!(page.body.is_empty() && response.get("content").is_none(), "{method} {path}: {}", page.body);
        return;
    }
    let kind = page.header("content-type").split(';').next().unwrap();
    let schema = &response["content"][kind]["schema"];
    assert!(!schema.is_null(), "{method} {path}: no {kind} for {} in the document", page.status);
    let wrong = wrong(document, schema, &page.json());
    assert!(wrong.is_empty(), "{method} {path} {}: {wrong:#?}\n{}", page.status, page.body);
    assert_eq!(page.header("cache-control"), "no-store", "{method} {path}");
    assert!(page.header("set-cookie").is_empty(), "{method} {path}");
    if page.status >= 400 && kind == "application/problem+json" {
        let problem = page.json();
        assert_eq!(
            (&problem["status"], &problem["requestId"]),
            (&page.status.into(), &page.header("x-request-id").into())
        );
    }
}

fn wrong(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut components = document["components"].clone();
    for schema in components["schemas"].as_object_mut().unwrap().values_mut() {
        close(schema);
    }
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "components": components, "allOf": [schema],
    });
    let validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
    validator.iter_errors(value).map(|error| error.to_string()).collect()
}

/// The operation whose path this is: what is written out comes before what has a placeholder.
fn operation<'a>(document: &'a Value, method: &Method, path: &str) -> Option<&'a Value> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |pattern: &&String| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == parts.len() && pattern.iter().zip(&parts).all(|(a, b)| a == b || a.starts_with('{'))
    };
    let paths = document["paths"].as_object().unwrap();
    let pattern = paths.keys().filter(fits).min_by_key(|pattern| pattern.matches('{').count())?;
    paths[pattern].get(method.as_str().to_lowercase())
}

/// No property that is not named.
fn close(schema: &mut Value) {
    if let Some(properties) = schema.get_mut("properties") {
        properties.as_object_mut().unwrap().values_mut().for_each(close);
        schema["unevaluatedProperties"] = false.into();
    }
    if let Some(items) = schema.get_mut("items") {
        close(items);
    }
}

#[track_caller]
pub fn is_refused(page: &Page, status: u16, code: &str) -> Value {
    assert_eq!(page.is(status).header("content-type"), "application/problem+json");
    let json = page.json();
    assert_eq!(json["code"], code, "{json}");
    json
}
