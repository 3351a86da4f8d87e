//! Requests and answers as files, those that the public documents show first of all.

use daypass::clock::Clock;
use reqwest::Method;
use serde_json::Value;

use super::{get, header, is_refused, send, started};
use crate::registries::add;
use crate::support::{TestApp, world};

fn golden(name: &str, places: &[(&str, &str)]) -> Value {
    let file = format!("{}/tests/portal/seed_api/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let text = places.iter().fold(text, |text, (place, value)| text.replace(place, value));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Whether an answer is the golden one: `<guid>`, `<text>`, `<milliseconds>` and `<milliseconds, 12 h>` stand for one of these.
fn fits(golden: &Value, answer: &Value) -> bool {
    match (golden, answer) {
        (Value::String(place), answer) if place.starts_with("<milliseconds") => {
            // An hour or twelve ahead: no seconds.
            let ahead = answer.as_i64().unwrap_or_default() - Clock::system().now().timestamp_millis();
            let hours = if place == "<milliseconds, 12 h>" { 12 } else { 1 };
            (hours * 3_600_000 - 100_000..hours * 3_600_000 + 100_000).contains(&ahead)
        }
        (Value::String(place), Value::String(text)) => match place.as_str() {
            "<guid>" => text.len() == 36 && daypass::model::slug::looks_like_guid(text),
            "<text>" => !text.is_empty(),
            place => place == text,
        },
        (Value::Object(golden), Value::Object(answer)) => {
            golden.len() == answer.len()
                && golden.iter().all(|(name, golden)| answer.get(name).is_some_and(|answer| fits(golden, answer)))
        }
        (Value::Array(golden), Value::Array(answer)) => {
            golden.len() == answer.len() && golden.iter().zip(answer).all(|(golden, answer)| fits(golden, answer))
        }
        (golden, answer) => golden == answer,
    }
}

#[track_caller]
fn is(answer: &Value, golden: &Value) {
    assert!(fits(golden, answer), "{answer:#} is not {golden:#}");
}

#[test]
fn a_golden_answer_fits_itself_alone() {
    let golden = serde_json::json!({"id": "<guid>", "a": ["<text>", 1]});
    let id = "0193f6a1-0000-7000-8000-000000000001";
    assert!(fits(&golden, &serde_json::json!({"id": id, "a": ["b", 1]})));
    for other in [
        serde_json::json!({"id": "1", "a": ["b", 1]}),
        serde_json::json!({"id": id, "a": ["", 1]}),
        serde_json::json!({"id": id, "a": ["b", 2]}),
        serde_json::json!({"id": id, "a": ["b", 1], "more": null}),
        serde_json::json!({"id": id, "a": ["b"]}),
        serde_json::json!({"id": id}),
    ] {
        assert!(!fits(&golden, &other), "{other}");
    }
}

/// Everything is made through the API, then used.
async fn made(app: &TestApp) {
    app.sql("DELETE FROM grants").await;
    app.sql("DELETE FROM connectors").await;
    let ada = header("ada");
    let account = golden("account", &[]);
    let made = send(app, Method::POST, "/accounts?skipValidation=true", &ada, &account["request"]).await;
    is(&made.is(201).json(), &account["answer"]);
    assert!(!made.body.contains(world::SECRET));
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let session = app.key_id("session user").await;
    let places = [("<account>", id.as_str()), ("<session account>", session.as_str())];
    for name in ["assume-role", "federation-token", "session-token"] {
        let golden = golden(name, &places);
        let made = send(app, Method::POST, "/connectors", &ada, &golden["request"]).await;
        is(&made.is(201).json(), &golden["answer"]);
        let address = made.location().to_owned();
        let shown = get(app, address.strip_prefix(&app.url).unwrap(), &ada).await;
        assert_eq!(shown.is(200).json(), made.json());
        // What was shown can be sent back, and changes nothing.
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let rows = app.events().await.len();
        let same = send(app, Method::PUT, &format!("/connectors/{id}"), &ada, &shown.json()).await;
        assert_eq!(same.is(200).json(), made.json());
        assert_eq!(app.events().await.len(), rows, "{name}");
    }
}

#[actix_web::test]
async fn every_answer_is_the_golden_one_in_every_version_that_has_it() {
    let app = started().await;
    made(&app).await;
    let (alice, ada) = (header("alice"), header("ada"));
    let guid = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
    // The role asks for no external id, so that one that is sent does no harm.
    for version in ["1.0", "2.0", "2.1", "2.2", "latest"] {
        let base = format!("/rest/identity-federation-for-aws/{version}");
        let of = async |path: &str| get(&app, &format!("{base}{path}"), &alice).await;
        let list = of("/connectors").await;
        assert_eq!(list.is(200).header("content-type"), "application/json");
        is(&list.json(), &golden("list", &[]));
        let credentials = of(&format!("/connectors/{guid}/credentials")).await;
        is(&credentials.is(200).json(), &golden("credentials", &[]));
        assert_eq!(credentials.header("cache-control"), "no-store");
        let caller = of(&format!("/connectors/{guid}/caller-identity")).await;
        is(&caller.is(200).json(), &golden("caller-identity", &[]));
        let console = of(&format!("/connectors/{guid}/console/url")).await;
        is(&console.is(200).json(), &golden("console-url", &[("<address>", &app.url)]));
        let has_status = ["2.2", "latest"].contains(&version);
        let status = of("/status/info").await;
        if has_status {
            is(&status.is(200).json(), &golden("status-info", &[]));
        } else {
            is_refused(&status, 404, "not_found");
        }
        is(&of("/connectors/0193f6a1-0000-7000-8000-000000000001").await.is(404).json(), &golden("not-found", &[]));
    }
    let wrong =
        serde_json::json!({"type": "ASSUME_ROLE", "accountId": app.key_id("broker").await, "groups": ["nobody"]});
    let wrong = send(&app, Method::POST, "/connectors", &ada, &wrong).await;
    is(&wrong.is(422).json(), &golden("invalid", &[]));
}

#[actix_web::test]
async fn log_ins_to_registries_are_the_golden_ones_in_every_version_that_has_them() {
    let app = started().await;
    add(&app, "day", |_| {}).await;
    let id = app.connector_id("day").await;
    let alice = header("alice");
    for version in ["1.0", "2.0", "2.1", "2.2", "latest"] {
        // Version 1.0 knows no slugs.
        let base = format!("/rest/identity-federation-for-aws/{version}/connectors/{id}");
        let of = async |path: &str| get(&app, &format!("{base}{path}"), &alice).await;
        let ecr = of("/ecr/credentials?region=eu-west-1").await;
        assert_eq!(ecr.is(200).header("content-type"), "application/json");
        assert_eq!(ecr.header("cache-control"), "no-store");
        is(&ecr.json(), &golden("ecr", &[]));
        let packages = of("/codeartifact/credentials?region=us-east-1&domain=packages").await;
        if ["1.0", "2.0"].contains(&version) {
            is(&packages.is(404).json(), &golden("not-found", &[]));
            continue;
        }
        is(&packages.is(200).json(), &golden("codeartifact", &[]));
        let json = packages.json();
        assert_eq!(json["password"], json["authorizationToken"]);
        // The fields are those of credentials, and more.
        let session = golden("credentials", &[]);
        assert!(
            session.as_object().unwrap().keys().all(|name| json.get(name).is_some() && ecr.json().get(name).is_some())
        );
    }
    let wrong = format!("/connectors/{id}/codeartifact/credentials?region=nowhere");
    is(&get(&app, &wrong, &alice).await.is(422).json(), &golden("invalid-registry", &[]));
}
