//! A connector's row that somebody changed past Daypass: it gives nothing, and takes no other connector along.

use crate::support::{TestApp, world};

const DAMAGES: [(&str, &str); 4] = [
    ("role_arn = 'no role'", "role"),
    ("policy = '{'", "json"),
    ("principal_type = 'telepathy'", "type"),
    ("partition = 'aws-moon'", "partition"),
];

#[actix_web::test]
async fn the_others_are_listed_and_the_damaged_one_can_be_deleted() {
    for (damage, word) in DAMAGES {
        let app = TestApp::start().await;
        let (ada, alice) = (app.administrator().await, app.person("alice", &["ops"]).await);
        let id = app.connector_id("read-only").await;
        app.sql(&format!("UPDATE connectors SET {damage} WHERE slug = 'read-only'")).await;

        for somebody in [&ada, &alice] {
            let page = somebody.get("/").await;
            assert_eq!(page.status, 200, "{damage}");
            page.says("Federated");
        }
        assert_eq!(alice.post("/connectors/federated/credentials", &[]).await.status, 200);
        let refused = alice.post("/connectors/read-only/credentials", &[]).await;
        assert_eq!(refused.status, 503, "{damage}");
        assert_eq!(app.last_row().await, ("credentials.issue".into(), "failed".into(), "database".into()));

        let list = ada.get("/admin/connectors").await;
        assert_eq!(list.status, 200, "{damage}");
        list.says("Read only").says("Federated").says("Damaged");
        let row = list.text();
        let row = row.split("Read only").nth(1).unwrap();
        assert!(row.to_lowercase().contains(word), "{damage}: {row}");

        // Rights on it can still be seen and taken.
        let permissions = ada.get(&format!("/admin/permissions?connector={id}")).await;
        assert_eq!(permissions.status, 200, "{damage}");
        let grant = permissions.value_of("grant").unwrap();
        assert_eq!(
            ada.post("/admin/permissions/revoke", &[("connector", &id), ("grant", &grant)]).await.status,
            303,
            "{damage}"
        );
        // Another connector of the same access key can be saved beside it.
        let key = app.key_id("broker").await;
        world::add_connector(&app, &world::form("Further", "further", &key), &[]).await;

        let address = format!("/admin/connectors/{id}/delete");
        assert!(list.body.contains(&address), "{damage}");
        ada.get(&address).await.says("Read only");
        assert_eq!(ada.post(&address, &[("version", "1")]).await.status, 303, "{damage}");
        let row = app.last_event().await.event;
        assert_eq!((row.kind.as_str(), row.connector_name.as_deref()), ("connector.delete", Some("Read only")));
        assert!(!ada.get("/admin/connectors").await.text().contains("Read only"));
    }
}

/// Every form of a GUID finds the connector; a name that only looks like one is a name.
#[actix_web::test]
async fn an_id_in_any_of_its_forms_is_the_same_connector() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let id = app.connector_id("read-only").await;
    for form in [id.clone(), id.to_uppercase(), id.replace('-', "")] {
        assert_eq!(alice.get(&format!("/console/{form}")).await.status, 200, "{form}");
    }
    let name = "0193F6A1-0000-7000-8000-00000000ABCD";
    let key = app.key_id("broker").await;
    world::add_connector(&app, &world::form(name, "odd-name", &key), &["ops"]).await;
    alice.get(&format!("/console/{name}")).await.says(name);
}
