//! Log-ins to registries, with the fields of credentials beside them.

use super::{get, header, is_refused, started};
use crate::registries::add;
use crate::support::world;

#[actix_web::test]
async fn log_ins_come_with_the_session_they_were_got_with() {
    let app = started().await;
    add(&app, "day", |_| {}).await;
    let json = get(&app, "/connectors/day/ecr/credentials?region=eu-west-1", &header("alice")).await.is(200).json();
    let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["accessKeyId", "secretAccessKey", "sessionToken", "expiration", "proxyEndpointDomain", "username", "password"]
    );
    let domain = format!("{}.dkr.ecr.eu-west-1.amazonaws.com", world::ACCOUNT);
    assert_eq!((&json["proxyEndpointDomain"], &json["username"]), (&domain.into(), &"AWS".into()));
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("ecr.issue", "ok"));
    assert_eq!(row.issued_key_id.as_deref(), json["accessKeyId"].as_str());

    let path = "/connectors/day/codeartifact/credentials?region=us-east-1&domain=packages";
    let json = get(&app, path, &header("alice")).await.is(200).json();
    assert_eq!((&json["username"], &json["password"]), (&"aws".into(), &json["authorizationToken"]));
    assert!(json["expiration"].is_i64() && json["sessionToken"].is_string(), "{json}");
}

#[actix_web::test]
async fn what_is_refused_and_what_came_later() {
    let app = started().await;
    add(&app, "day", |_| {}).await;
    let of = async |path: &str| get(&app, path, &header("alice")).await;
    for (path, field) in [
        ("/connectors/day/ecr/credentials?region=nowhere", "region"),
        ("/connectors/day/codeartifact/credentials", "domain"),
        ("/connectors/day/codeartifact/credentials?domain=packages&domainOwner=1", "domainOwner"),
    ] {
        let page = of(path).await;
        is_refused(&page, 422, "invalid");
        assert!(page.json()["errors"][field].is_string(), "{field}: {}", page.body);
    }
    let base = "/rest/identity-federation-for-aws";
    for (version, status) in [("1.0", 404), ("2.0", 404), ("2.1", 200), ("latest", 200)] {
        let path = format!("{base}/{version}/connectors/day/codeartifact/credentials?domain=packages");
        assert_eq!(of(&path).await.status, status, "{version}");
        assert_eq!(of(&format!("{base}/{version}/connectors/day/ecr/credentials")).await.status, 200, "{version}");
    }
    is_refused(&get(&app, "/connectors/day/ecr/credentials", &header("olaf")).await, 404, "not_found");
}
