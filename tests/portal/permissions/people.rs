//! How many people a connector's groups have.

use daypass::portal::{permissions, users};

use crate::directories::{ldap, local, silent, start};
use crate::ldap::slapd::Own;
use crate::support::{TestApp, world};

fn address(id: &str) -> String {
    format!("/admin/permissions/people?connector={id}")
}

#[actix_web::test]
async fn each_person_who_may_sign_in_counts_once() {
    let app = TestApp::start().await;
    let id = app.connector_id("read-only").await;
    app.add_person("bob", &["ops", "dev"]).await;
    app.add_person("carol", &["dev"]).await;
    app.add_person("dora", &["others"]).await;
    world::grant(&app, &id, "dev").await;
    let ada = app.administrator().await;
    let page = ada.get(&address(&id)).await;
    page.is(200).says("3 people").says("By connector").says("Revoke ops");
    page.says("Administrators may use it too; those who are in none of its groups are not counted.");
    users::set_active(&app.app, "carol", false).await.unwrap();
    ada.get(&address(&id)).await.says("2 people").does_not_say("switched off");
    ada.post(&format!("/admin/connectors/{id}/switch"), &[("enabled", "false")]).await.is(303);
    ada.get(&address(&id)).await.says("2 people").says("It is switched off, so nobody can use it now.");
    let nobody = app.connector_id("system").await;
    ada.get(&address(&nobody)).await.says("0 people").says("No group may use it.");
    ada.get(&address("no-such-one")).await.is(404);
    // The page itself counts nobody before it is asked to.
    ada.get(&format!("/admin/permissions?connector={id}")).await.says("Count the people").does_not_say("2 people");
    app.sign_in("bob").await.get(&address(&id)).await.is(403);
}

#[actix_web::test]
async fn the_part_comes_alone_to_the_page_that_asks_for_it() {
    let app = TestApp::builder().config(|config| config.access.administrators_may_use_all = false).start().await;
    world::fill(&app).await;
    let ada = app.administrator().await;
    let address = address(&app.connector_id("read-only").await);
    let request = ada.request(reqwest::Method::GET, &address).header("HX-Request-Type", "partial");
    let part = ada.send(request).await;
    part.is(200).says("1 person").does_not_say("Administrators may use it too");
    assert!(!part.body.contains("<html"), "a fragment, not a page");
}

#[actix_web::test]
async fn directories_are_counted_each_for_itself_and_silence_is_said() {
    let (corp, away) = (Own::new("corp").await, Own::new("away").await);
    let (ellen, eva) = (corp.person("ellen").await, corp.person("eva").await);
    let ops = corp.group("ops", &ellen).await;
    corp.change(&ops, "member", &[&ellen, &eva]).await;
    let app = start(vec![ldap("corp", &corp), local(), silent("away", &away)]).await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    let id = world::add_connector(&app, &world::form("Read only", "read-only", &key), &[]).await;
    app.add_person("ellen", &["team"]).await;
    for group in ["corp:ops", "local:team"] {
        permissions::grant(&app.app, &world::setter(), &id, group).await.unwrap();
    }
    let ada = app.administrator().await;
    // Of one name, but of two directories.
    ada.get(&address(&id)).await.is(200).says("3 people").says("corp: 2 people").says("local: 1 person");

    let at = "created_at) SELECT 'a-grant-of-away', connector_id, 'away', 'x', 'far', 'cn=far', created_by, created_at";
    let columns = "id, connector_id, directory, group_id, group_name, group_detail, created_by";
    app.sql(&format!("INSERT INTO grants ({columns}, {at} FROM grants WHERE directory = 'local'")).await;
    let page = ada.get(&address(&id)).await;
    page.is(200)
        .says("At least 3 people")
        .says("“away” was not counted, since it gave no answer.")
        .says("Connection refused");
    // What is wrong with it is not for everybody who looks.
    let rita = app.person("rita", &["restricted-administrators"]).await;
    rita.get(&address(&id)).await.says("“away” was not counted").does_not_say("Connection refused");
    app.sql("DELETE FROM grants WHERE directory <> 'away'").await;
    ada.get(&address(&id)).await.is(200).says("Not known").does_not_say("0 people");
    app.sql("UPDATE grants SET directory = 'formerly'").await;
    let page = ada.get(&address(&id)).await;
    page.is(200).says("0 people").says("Groups of directories that are not configured any more count nobody.");

    // By group, the silent directory's groups are there by what their grants say.
    app.sql("UPDATE grants SET directory = 'away'").await;
    let by_group = "/admin/permissions/by-group";
    ada.get(by_group).await.is(200).says("far away 1").does_not_say("Gone from");
    let page = ada.get(&format!("{by_group}?group=away:x&show=others")).await;
    page.is(200).says("The directory “away” does not answer.").says("Nothing can be granted to it");
    ada.get(&format!("{by_group}?group=away:other")).await.is(503);
    ada.post(by_group, &[("group", "away:x"), ("change", "grant"), ("connector", &id)]).await.is(503);
    ada.post(by_group, &[("group", "away:x"), ("change", "revoke"), ("connector", &id)]).await.leads_to(by_group);
    assert_eq!(app.last_row().await.0, "grant.delete");
}
