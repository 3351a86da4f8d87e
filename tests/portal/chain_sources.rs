//! Role chains that begin with something else than a long-term key, and what their source is kept for.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use daypass::model::source::Surroundings;
use daypass::portal::access_keys::{self, AccessKeyForm};
use daypass::portal::connectors::{self, ConnectorForm};
use daypass::sandbox::{Role, World};
use serde_json::json;

use crate::access_key_sources::{Temporary, issued};
use crate::support::{TestApp, world};

/// The sample world, where a session of `ReadOnly` may assume `Hub`, and one of `Hub` may assume `Far`.
fn chained() -> World {
    let mut world = world::sample();
    let account = &mut world.accounts[0];
    let (read_only, hub) = (account.role_arn("ReadOnly"), account.role_arn("Hub"));
    account.roles.push(Role::trusting("Hub", &read_only, 12));
    account.roles.push(Role::trusting("Far", &hub, 12));
    world
}

fn far(source: &str) -> ConnectorForm {
    ConnectorForm { through: world::role("Hub"), role_arn: world::role("Far"), ..world::form("Far", "far", source) }
}

/// `far` issues through both roles; the row names them.
async fn issues(app: &TestApp) {
    let alice = app.person("alice", &["ops"]).await;
    alice.post("/connectors/far/credentials", &[]).await.is(200);
    let row = app.last_event().await.event;
    assert_eq!(row.arn.as_deref(), Some("arn:aws:sts::123456789012:assumed-role/Far/alice"));
    assert_eq!(row.granted_seconds, Some(3600));
    let roles: Vec<&str> =
        row.detail["hops"].as_array().unwrap().iter().map(|hop| hop["role"].as_str().unwrap()).collect();
    assert_eq!(roles, [world::role("Hub"), world::role("Far")]);
    assert_eq!(alice.post("/console/far", &[]).await.status, 303);
}

#[actix_web::test]
async fn from_a_temporary_key() {
    let app = TestApp::builder().world(chained()).start().await;
    world::fill(&app).await;
    let ada = app.administrator().await;
    let Temporary(key_id, secret, session_token) = issued(&ada, "read-only").await;
    let form = AccessKeyForm {
        name: "fetched".to_owned(),
        source: "temporary".to_owned(),
        key_id,
        secret: secret.into(),
        session_token: session_token.into(),
        partition: "aws".to_owned(),
        ..AccessKeyForm::default()
    };
    let key = access_keys::create(&app.app, &world::setter(), form).await.unwrap();
    world::add_connector(&app, &far(&key), &["ops"]).await;
    issues(&app).await;
}

/// The metadata of an EC2 instance, by IMDSv2, with these credentials.
fn metadata(key: &Temporary) -> String {
    let document = json!({
        "Code": "Success", "AccessKeyId": key.0, "SecretAccessKey": key.1, "Token": key.2,
        "Expiration": (daypass::clock::Clock::system().now() + chrono::TimeDelta::minutes(14)).to_rfc3339(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let head: Vec<String> =
                BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let asked = head.first().map(String::as_str).unwrap_or_default();
            let with_token = head.iter().any(|line| line.to_lowercase() == "x-aws-ec2-metadata-token: fake-token");
            let (status, body) = match asked.split(' ').nth(1).unwrap_or_default() {
                "/latest/api/token" if asked.starts_with("PUT ") => ("200 OK", "fake-token".to_owned()),
                "/latest/meta-data/iam/security-credentials/" if with_token => ("200 OK", "Machine".to_owned()),
                "/latest/meta-data/iam/security-credentials/Machine" if with_token => ("200 OK", document.to_string()),
                _ => ("401 Unauthorized", String::new()),
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    address
}

#[actix_web::test]
async fn from_an_instance_profile() {
    let lender = TestApp::builder().world(chained()).start().await;
    world::fill(&lender).await;
    let machine = metadata(&issued(&lender.administrator().await, "read-only").await);
    let endpoints = lender.app.config.aws.partitions["aws"].clone();
    let app = TestApp::builder()
        .config(move |config| {
            config.aws.surroundings.instance_profile = true;
            config.aws.imds_endpoint = Some(machine);
            config.aws.partitions.insert("aws".to_owned(), endpoints);
        })
        .start()
        .await;
    app.add_person("member-of-ops", &["ops"]).await;
    let source = world::add_surroundings(&app, "machine", Surroundings::InstanceProfile, None).await;
    world::add_connector(&app, &far(&source), &["ops"]).await;
    issues(&app).await;
    let keys = app.app.database.read(daypass::store::access_keys::all).await.unwrap();
    assert!(keys[0].validated.as_ref().unwrap().arn.ends_with("assumed-role/ReadOnly/ada"));
}

#[actix_web::test]
async fn a_key_that_only_a_chain_uses_is_not_deleted() {
    let app = TestApp::builder().world(chained()).start().await;
    app.add_person("member-of-ops", &["ops"]).await;
    let ada = app.administrator().await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    let id = world::add_connector(&app, &far(&key), &[]).await;
    let address = format!("/admin/access-keys/{key}/delete");
    ada.get(&address).await.is(200).says("Connectors still use this access key.").says("Far");
    let rows = app.events().await.len();
    let page = ada.post(&address, &[]).await;
    page.is(409).says("Connectors still use this access key.").says("Far");
    assert!(page.body.contains(&format!("/admin/connectors/{id}\"")), "no way to the connector: {}", page.body);
    assert_eq!(app.events().await.len(), rows);
    ada.get(&format!("/admin/access-keys/{key}")).await.is(200).says("Far");
    connectors::delete(&app.app, &world::setter(), &id).await.unwrap();
    ada.post(&address, &[]).await.leads_to("/admin/access-keys");
}
