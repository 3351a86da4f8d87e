//! What a connector refuses leads administrators to it: from the page that says so, and from the usage log.

use daypass::portal::connectors::{self, ConnectorForm};

use crate::support::{Page, Person, TestApp, world};

/// Whether the page leads to this connector.
fn leads(page: &Page, id: &str) -> bool {
    page.body.contains(&format!("href=\"/admin/connectors/{id}\""))
}

/// Whoever administers finds the connector from the refusal's page, its row and the list of rows; nobody else does.
async fn is_linked(app: &TestApp, (ada, alice): (&Person, &Person), path: &str, fields: &[(&str, &str)]) {
    let slug = path.split('/').nth(2).unwrap();
    let id = app.connector_id(slug).await;
    for (person, administers) in [(ada, true), (alice, false)] {
        let page = person.post(path, fields).await;
        assert!(page.status >= 400, "{path}: {}", page.text());
        assert_eq!(leads(&page, &id), administers, "{path}: {}", page.body);
        assert!(administers || !page.body.contains("/admin/"), "{path}: {}", page.body);
        let row = app.last_event().await;
        assert_ne!(row.event.outcome, "ok", "{path}");
        assert_eq!(row.event.issued_key_id, None, "{path}");
        assert!(leads(&ada.get(&format!("/usage-log/{}", row.id)).await, &id), "{path}: {}", row.event.reason);
    }
    assert!(leads(&ada.get("/usage-log").await, &id), "{path}");
}

#[actix_web::test]
async fn every_refusal_leads_to_its_connector() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let alice = app.person("alice", &["ops"]).await;
    let both = (&ada, &alice);
    let key = app.key_id("broker").await;
    // A duration, and one that is none.
    for duration in ["10m", "13h", "long"] {
        is_linked(&app, both, "/connectors/read-only/credentials", &[("duration", duration)]).await;
    }
    is_linked(&app, both, "/console/read-only", &[("destination", "https://evil.example")]).await;
    is_linked(&app, both, "/console/session", &[]).await;
    // A placeholder that nobody has a value for.
    let tags = "Team = {{user.attribute.team}}".to_owned();
    let form = ConnectorForm { tags, ..world::form("Tagged", "tagged", &key) };
    world::add_connector(&app, &form, &["ops"]).await;
    is_linked(&app, both, "/connectors/tagged/credentials", &[]).await;
    is_linked(&app, both, "/console/tagged", &[]).await;
    // AWS.
    let form = ConnectorForm { role_arn: world::role("Stranger"), ..world::form("Stranger", "stranger", &key) };
    world::add_connector(&app, &form, &["ops"]).await;
    is_linked(&app, both, "/connectors/stranger/credentials", &[]).await;
    is_linked(&app, both, "/console/stranger", &[]).await;
    // A switch.
    let off = app.connector_id("federated").await;
    connectors::switch(&app.app, &world::setter(), &off, false).await.unwrap();
    is_linked(&app, both, "/connectors/federated/credentials", &[]).await;
    is_linked(&app, both, "/console/federated", &[]).await;
    // A key file.
    let away = app.folder.path().join("away");
    std::fs::rename(app.keys(), &away).unwrap();
    is_linked(&app, both, "/connectors/read-only/credentials", &[]).await;
    is_linked(&app, both, "/console/read-only", &[]).await;
    std::fs::rename(&away, app.keys()).unwrap();
}

/// An access key of a user that other connectors use in another way, which the first use finds out.
#[actix_web::test]
async fn a_shared_source_does_too() {
    let app = TestApp::builder().world(world::with_second_key()).start().await;
    world::fill(&app).await;
    let (ada, alice) = (app.administrator().await, app.person("alice", &["ops"]).await);
    let second = world::add_key_unverified(&app, "second", world::SECOND_KEY_ID, world::SECOND_SECRET).await;
    let form = ConnectorForm { principal_type: "iam_user".to_owned(), ..world::form("Second", "second", &second) };
    world::add_connector(&app, &form, &["ops"]).await;
    is_linked(&app, (&ada, &alice), "/connectors/second/credentials", &[]).await;
    assert_eq!(app.last_row().await.2, "shared_source");
}
