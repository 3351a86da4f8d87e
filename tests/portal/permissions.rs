//! Permissions: which group may use what, picked from the directory.

mod by_group;
mod many;
mod people;
mod speed;

use crate::support::{TestApp, world};

const GRANT: &str = "/admin/permissions/grant";

#[actix_web::test]
async fn the_picker_finds_groups_by_a_part_of_their_name() {
    let app = TestApp::start().await;
    app.add_person("bob", &["payments-ops", "payments_dev", "100% sure"]).await;
    let ada = app.administrator().await;
    let id = app.connector_id("read-only").await;
    let find = async |part: &str| {
        let query = serde_urlencoded::to_string([("connector", id.as_str()), ("q", part)]).unwrap();
        ada.get(&format!("/admin/permissions/groups?{query}")).await
    };
    let page = find("PAYMENTS").await;
    page.is(200).says("2 groups").says("payments-ops").says("payments_dev").does_not_say("administrators");
    assert!(!page.body.contains("<html"), "a fragment, not a page");
    // LIKE's own signs are letters here.
    find("payments_").await.says("1 group").does_not_say("payments-ops");
    find("0%").await.says("1 group").says("100% sure");
    find("*").await.says("No group has “*” in its name.");
    let page = find("ops").await;
    page.says("ops").says("Granted");
    assert!(page.body.contains("disabled"), "a granted group can be granted again");
}

#[actix_web::test]
async fn a_hundred_groups_are_shown_and_the_rest_is_searched() {
    let app = TestApp::start().await;
    let names: Vec<String> = (0..105).map(|n| format!("team-{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    app.add_person("everywhere", &names).await;
    let ada = app.administrator().await;
    let address = format!("/admin/permissions/groups?connector={}", app.connector_id("read-only").await);
    let page = ada.get(&format!("{address}&q=team-")).await;
    page.says("100 groups, and more").says("Type to narrow them down.");
    assert_eq!(page.body.matches("<li>").count(), 100);
    ada.get(&format!("{address}&q=team-10")).await.says("5 groups").does_not_say("and more");
}

#[actix_web::test]
async fn a_picked_group_may_use_the_connector_until_it_is_revoked() {
    let app = TestApp::start().await;
    let bob = app.person("bob", &["dev"]).await;
    let ada = app.administrator().await;
    let id = app.connector_id("read-only").await;
    bob.post("/console/read-only", &[]).await.is(404);
    let picker = ada.get(&format!("/admin/permissions/groups?connector={id}&q=dev")).await;
    let (_, rest) = picker.body.split_once("name=\"group\" value=\"").unwrap();
    let value = rest.split('"').next().unwrap();
    let back = format!("/admin/permissions?connector={id}");
    ada.post(GRANT, &[("connector", &id), ("group", value), ("q", "de")]).await.leads_to(&back);
    ada.get(&back).await.says("Members of “dev” may use it from now on.").says("by ada");
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.detail["group"].as_str()), ("grant.create", Some("dev")));
    assert_eq!(row.connector_name.as_deref(), Some("Read only"));
    let (ops, both) = (serde_json::json!(["local:ops"]), serde_json::json!(["local:dev", "local:ops"]));
    assert_eq!((&row.detail["before"], &row.detail["after"]), (&ops, &both));
    bob.post("/console/read-only", &[]).await.is(303);
    assert_eq!(app.last_event().await.event.group_path.as_deref(), Some("local:dev"));

    let page = ada.get(&back).await;
    let grant = page
        .body
        .split("name=\"grant\" value=\"")
        .skip(1)
        .find(|rest| rest.contains("Revoke<span class=\"unseen\"> dev"));
    let grant = grant.unwrap().split('"').next().unwrap();
    ada.post("/admin/permissions/revoke", &[("connector", &id), ("grant", grant)]).await.leads_to(&back);
    ada.get(&back).await.says("Members of “dev” may no longer use it.");
    assert_eq!(app.last_row().await, ("grant.delete".into(), "ok".into(), String::new()));
    let row = app.last_event().await;
    assert_eq!((&row.event.detail["before"], &row.event.detail["after"]), (&both, &ops));
    ada.get(&format!("/usage-log/{}", row.id)).await.says("Before local:dev, local:ops").says("After local:ops");
    bob.post("/console/read-only", &[]).await.is(404);
    ada.post("/admin/permissions/revoke", &[("connector", &id), ("grant", grant)]).await.is(404);
}

#[actix_web::test]
async fn a_typed_name_has_to_be_a_groups_whole_name() {
    let app = TestApp::start().await;
    app.add_person("bob", &["Payments Ops"]).await;
    let ada = app.administrator().await;
    let id = app.connector_id("read-only").await;
    ada.post(GRANT, &[("connector", &id), ("q", " payments ops ")]).await.is(303);
    for (typed, sentence) in [
        ("payments", "The directory local has no group “payments”."),
        ("", "Choose a group."),
        ("other:payments ops", "The directory local has no group “other:payments ops”."),
        ("PAYMENTS OPS", "This group may use the connector already."),
    ] {
        let page = ada.post(GRANT, &[("connector", &id), ("q", typed)]).await;
        assert_eq!(page.is(422).field_error("group"), sentence);
        assert!(page.body.contains(&format!("name=\"q\" value=\"{typed}\"")), "“{typed}” is lost");
    }
    ada.get(GRANT).await.leads_to("/admin/permissions");
    ada.post(GRANT, &[("connector", "no-such-one"), ("q", "ops")]).await.is(404);
    ada.get("/admin/permissions?connector=no-such-one").await.is(404);
}

#[actix_web::test]
async fn a_group_that_is_gone_is_shown_and_gives_nothing() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    alice.post("/console/read-only", &[]).await.is(303);
    app.sql("DELETE FROM local_memberships").await;
    app.sql("DELETE FROM local_groups WHERE name = 'ops'").await;
    let ada = app.administrator().await;
    let address = format!("/admin/permissions?connector={}", app.connector_id("read-only").await);
    ada.get(&address).await.says("ops Gone from the directory");
    alice.post("/console/read-only", &[]).await.is(404);
}

#[actix_web::test]
async fn the_list_of_connectors_is_searched_and_counts_groups() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    ada.get("/admin/permissions").await.is(200).says("Choose a connector").says("Read only 1");
    let page = ada.get("/admin/permissions?q=feder").await;
    page.says("Federated").does_not_say("Read only");
    ada.get(&format!("/admin/permissions?q={}", world::ACCOUNT)).await.says("Read only").says("Federated");
    ada.get("/admin/permissions?q=zzz").await.says("No connector matches.");
}
