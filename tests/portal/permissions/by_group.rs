//! Permissions by group: the groups that may use something, and one of them.

use crate::support::{Person, TestApp, world};

const PATH: &str = "/admin/permissions/by-group";

async fn started() -> (TestApp, Person) {
    let app = TestApp::start().await;
    app.add_person("bob", &["dev", "empty of rights"]).await;
    world::grant(&app, &app.connector_id("read-only").await, "dev").await;
    let ada = app.administrator().await;
    (app, ada)
}

#[actix_web::test]
async fn three_ways_lead_in_and_each_shows_which_is_open() {
    let (app, ada) = started().await;
    for (path, open) in [("/admin/permissions", "By connector"), (PATH, "By group"), ("/admin/people", "By person")] {
        let page = ada.get(path).await;
        page.is(200).says("By connector By group By person");
        assert!(page.body.contains(&format!("aria-current=\"page\">{open}")), "{path}");
    }
    // By person is for those who administer everything.
    let rita = app.person("rita", &["restricted-administrators"]).await;
    rita.get(PATH).await.is(200).says("By connector By group").does_not_say("By person");
    let bob = app.sign_in("bob").await;
    for path in [PATH, &format!("{PATH}?group=local:dev"), &format!("{PATH}/groups?find=dev")] {
        bob.get(path).await.is(403);
        app.anybody().get(path).await.is(303);
    }
    bob.post(PATH, &[("group", "local:dev"), ("change", "revoke"), ("connector", "x")]).await.is(403);
}

#[actix_web::test]
async fn groups_with_grants_are_listed_searched_and_marked_where_they_are_gone() {
    let (app, ada) = started().await;
    let page = ada.get(PATH).await;
    page.is(200).says("2 groups").says("dev 1").says("ops 3").does_not_say("Gone from the directory");
    ada.get(&format!("{PATH}?q=DE")).await.says("1 of 2").says("dev 1").does_not_say("ops 3");
    ada.get(&format!("{PATH}?q=%25")).await.says("None of these groups matches the search.");
    app.sql("DELETE FROM local_memberships WHERE group_id = 'dev'").await;
    app.sql("DELETE FROM local_groups WHERE id = 'dev'").await;
    ada.get(PATH).await.says("dev Gone from the directory 1");
    // What is remembered of the list follows each change.
    world::grant(&app, &app.connector_id("system").await, "ops").await;
    ada.get(PATH).await.says("ops 4");
    app.sql("DELETE FROM grants").await;
    ada.get(PATH).await.says("No group may use anything yet.");
}

#[actix_web::test]
async fn any_group_is_found_by_a_part_or_opened_by_its_whole_name() {
    let (_app, ada) = started().await;
    let part = ada.get(&format!("{PATH}/groups?find=EMPTY")).await;
    part.is(200).says("1 group").says("empty of rights");
    assert!(!part.body.contains("<html"), "a fragment, not a page");
    assert!(part.body.contains("name=\"group\" value=\"local:empty of rights\""));
    // Without JavaScript the same search is a page.
    ada.get(&format!("{PATH}?find=empty")).await.is(200).says("empty of rights").says("Find a group");
    ada.get(&format!("{PATH}?find=zzz")).await.is(200).says("No group has “zzz” in its name.");
    ada.get(&format!("{PATH}?find=+Empty+Of+Rights+")).await.leads_to(&format!("{PATH}?group=local%3Aempty+of+rights"));
}

#[actix_web::test]
async fn a_group_shows_what_it_may_use_and_what_it_may_not_yet() {
    let (_app, ada) = started().await;
    let page = ada.get(&format!("{PATH}?group=local:dev")).await;
    page.is(200).says("dev").says("local group").says("May use · 1").says("Add more · 3").says("1 connector");
    page.says("Read only").says("1234-5678-9012").says("Assume role").says("by setter").does_not_say("Federated");
    let page = ada.get(&format!("{PATH}?group=local:dev&show=others")).await;
    page.is(200).says("3 connectors").says("Federated").says("Session").says("System").does_not_say("Read only");
    let page = ada.get(&format!("{PATH}?group=local:dev&show=others&q=feder")).await;
    page.says("1 of 3").says("Federated").says("Only what is ticked on this page counts").does_not_say("Session");
    ada.get(&format!("{PATH}?group=local:empty+of+rights")).await.is(200).says("It may use no connector yet.");
    for unknown in ["local:nothing", "elsewhere:dev", "dev", ":", "local:", ":dev", "%F0%9F%94%91", "local:dev:"] {
        ada.get(&format!("{PATH}?group={unknown}")).await.is(404);
    }
    // From a connector's groups to a group's connectors.
    let by_connector = ada.get(&format!("/admin/permissions?connector={}", _app.connector_id("read-only").await)).await;
    assert!(by_connector.body.contains("/admin/permissions/by-group?group=local%3Adev"), "{}", by_connector.body);
}

#[actix_web::test]
async fn a_group_that_is_gone_only_loses() {
    let (app, ada) = started().await;
    app.sql("DELETE FROM local_memberships WHERE group_id = 'dev'").await;
    app.sql("DELETE FROM local_groups WHERE id = 'dev'").await;
    let address = format!("{PATH}?group=local:dev");
    ada.get(&address).await.is(200).says("The directory no longer has this group").says("Read only");
    let page = ada.get(&format!("{address}&show=others")).await;
    page.is(200).says("The group is gone from its directory.").does_not_say("Add what is ticked");
    let (one, other) = (app.connector_id("system").await, app.connector_id("read-only").await);
    ada.post(PATH, &[("group", "local:dev"), ("change", "grant"), ("connector", &one)]).await.is(404);
    // Of a group that nobody knows any more there is nothing left to look at.
    ada.post(PATH, &[("group", "local:dev"), ("change", "revoke"), ("connector", &other)]).await.leads_to(PATH);
    ada.get(PATH).await.is(200).says("may no longer use 1 connector: Read only").does_not_say("dev 1");
    ada.get(&address).await.is(404);
}
