//! The document itself: it is whole, and says what the route table says.

use std::collections::BTreeSet;

use daypass::web::guard::Right;
use daypass::web::routes;
use serde_json::Value;

use super::Api;
use crate::support::program;

/// Every operation of the document as `GET /path`.
fn operations(document: &Value) -> BTreeSet<String> {
    let methods = |(path, item): (&String, &Value)| {
        let known = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];
        let methods = item.as_object().unwrap().keys().filter(|key| known.contains(&key.as_str()));
        methods.map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    document["paths"].as_object().unwrap().iter().flat_map(methods).collect()
}

#[actix_web::test]
async fn every_route_has_an_operation_and_every_operation_a_route() {
    let api = Api::start().await;
    let routes: BTreeSet<String> = routes::table()
        .into_iter()
        .filter(|entry| entry.path.starts_with("/api/"))
        .map(|entry| format!("{} {}", entry.method, entry.path))
        .collect();
    assert_eq!(operations(&api.document), routes);
    assert!(routes.len() >= 10, "{routes:?}");
}

#[actix_web::test]
async fn whoever_needs_a_token_is_said_so() {
    let api = Api::start().await;
    let schemes = &api.document["components"]["securitySchemes"];
    assert_eq!((&schemes["token"]["scheme"], &schemes["password"]["scheme"]), (&"bearer".into(), &"basic".into()));
    let mut passwords = 0;
    for entry in routes::table().into_iter().filter(|entry| entry.path.starts_with("/api/")) {
        let operation = &api.document["paths"][entry.path][entry.method.as_str().to_lowercase()];
        let schemes: Vec<&str> = operation["security"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|either| either.as_object().unwrap().keys().map(String::as_str))
            .collect();
        let secured = schemes.first() == Some(&"token");
        let by_password = matches!(entry.right, Right::ApiOrBasic(_));
        assert_eq!(schemes.contains(&"password"), by_password, "{} {}", entry.method, entry.path);
        assert_eq!(schemes.len(), usize::from(secured) + usize::from(by_password), "{} {}", entry.method, entry.path);
        passwords += usize::from(by_password);
        assert_eq!(secured, entry.right != Right::Public, "{} {}", entry.method, entry.path);
        assert!(operation["operationId"].is_string() && operation["summary"].is_string(), "{operation}");
        let refused = operation["responses"].get("401").is_some();
        assert_eq!(refused, secured, "{} {}", entry.method, entry.path);
    }
    assert_eq!(passwords, 1, "the credentials of a role alone");
    let ids: Vec<&Value> = api.document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values().map(|operation| &operation["operationId"]))
        .collect();
    let unique: BTreeSet<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
}

#[actix_web::test]
async fn the_headers_that_clients_live_by_are_declared() {
    let api = Api::start().await;
    let (mut tags, mut made) = (BTreeSet::new(), BTreeSet::new());
    let mut by_version = BTreeSet::new();
    for operation in operations(&api.document) {
        let (method, path) = operation.split_once(' ').unwrap();
        let item = &api.document["paths"][path];
        let of = &item[method.to_lowercase()];
        let asks = |name: &str| of["parameters"].as_array().into_iter().flatten().any(|given| given["name"] == name);
        let is_required = |status: &str, name: &str| of["responses"][status]["headers"][name]["required"] == true;
        if is_required("200", "ETag") || is_required("201", "ETag") {
            tags.insert(operation.clone());
        }
        if asks("If-Match") {
            by_version.insert(operation.clone());
            assert!(method == "DELETE" || is_required("200", "ETag"), "{operation}");
            let get = &item["get"]["responses"]["200"]["headers"]["ETag"];
            assert_eq!(get["required"] == true, item["get"]["operationId"] != "getConnector", "{path}: {get}");
            assert!(get.is_object(), "{path}");
        }
        let headers = &of["responses"]["201"]["headers"];
        if !of["responses"]["201"].is_null() {
            assert!(is_required("201", "Location") && headers["Idempotency-Replayed"].is_object(), "{operation}");
            assert!(headers["Idempotency-Replayed"]["required"].is_null(), "{operation}");
            made.insert(operation.clone());
        }
        assert_eq!(asks("Idempotency-Key"), made.contains(&operation), "{operation}");
    }
    // PUT and DELETE of the four kinds of things that have a version; POST of three of them, and of grants.
    assert_eq!((by_version.len(), made.len()), (8, 4), "{by_version:?} {made:?}");
    // PUT of all four, GET of three, POST of three, and the question to AWS about a key.
    assert_eq!(tags.len(), 11, "{tags:?}");
}

/// Everything below `value` that stands at `key`.
fn all<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                if name == key {
                    found.push(inner);
                }
                all(inner, key, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| all(inner, key, found)),
        _ => {}
    }
}

#[actix_web::test]
async fn what_it_points_at_is_there_and_its_examples_fit() {
    let api = Api::start().await;
    assert!(api.document["openapi"].as_str().unwrap().starts_with("3.1."), "{}", api.document["openapi"]);
    let mut places = Vec::new();
    all(&api.document, "$ref", &mut places);
    assert!(places.len() > 20);
    for place in places {
        let place = place.as_str().unwrap();
        assert!(api.document.pointer(&place[1..]).is_some(), "{place}");
    }
    let mut examples = 0;
    for (name, schema) in api.document["components"]["schemas"].as_object().unwrap() {
        let Some(example) = schema.get("example") else { continue };
        let of = serde_json::json!({"$ref": format!("#/components/schemas/{name}")});
        assert_eq!(api.wrong(&of, example), Vec::<String>::new(), "{name}");
        examples += 1;
    }
    assert!(examples >= 8, "{examples}");
}

#[actix_web::test]
async fn it_is_public_and_holds_nothing_of_this_installation() {
    let api = Api::start().await;
    let text = api.app.get("/api/v1/openapi.json").await.body;
    assert_eq!(api.document["info"]["version"], "1.0");
    let folder = api.app.folder.path().to_str().unwrap().to_owned();
    for secret in [env!("CARGO_PKG_VERSION"), "127.0.0.1", &folder, "AKIA", "ASIA"] {
        assert!(!text.contains(secret), "{secret}");
    }
    // The command prints the same, without a configuration or a database.
    let printed = program::run(api.app.folder.path(), &["openapi"], "");
    assert_eq!(serde_json::from_str::<Value>(printed.ok()).unwrap(), api.document);
}
