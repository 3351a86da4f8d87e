//! All groups of a directory, held ready for the picker.

use chrono::TimeDelta;

use super::{ldap, local, silent, start};
use crate::ldap::slapd::Own;
use crate::support::{Person, TestApp, world};

async fn with_list() -> (Own, TestApp, Person, String) {
    let corp = Own::new("corp").await;
    let ellen = corp.person("ellen").await;
    for name in ["ops", "Ops-EU", "devops"] {
        corp.group(name, &ellen).await;
    }
    let app = start(vec![ldap("corp", &corp), local()]).await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    world::add_connector(&app, &world::form("Read only", "read-only", &key), &[]).await;
    let (ada, id) = (app.administrator().await, app.connector_id("read-only").await);
    (corp, app, ada, id)
}

#[actix_web::test]
async fn the_picker_reads_the_list_and_says_how_old_it_is() {
    let (corp, app, ada, id) = with_list().await;
    let address = format!("/admin/permissions/groups?connector={id}&q=OPS");
    // Before the first list the directory is asked.
    ada.get(&address).await.is(200).says("3 groups").does_not_say("listed their groups");
    app.app.directories.get("corp").unwrap().list_groups().await.unwrap();
    corp.group("ops-late", &format!("uid=ellen,{}", corp.settings().user_base)).await;
    let page = ada.get(&address).await;
    page.is(200).says("3 groups").says("listed their groups").does_not_say("ops-late");
    let at = |name: &str| page.body.find(&format!("option-name\">{name}<")).unwrap();
    assert!(at("ops") < at("Ops-EU") && at("Ops-EU") < at("devops"), "{}", page.body);
    // What is newer is found by its whole name, and is not called gone.
    ada.post("/admin/permissions/grant", &[("connector", id.as_str()), ("q", "corp:ops-late")]).await;
    ada.get(&format!("/admin/permissions?connector={id}")).await.says("ops-late").does_not_say("Gone from");
    app.app.clock.advance(TimeDelta::minutes(1));
    app.app.directories.get("corp").unwrap().list_groups().await.unwrap();
    ada.get(&address).await.says("4 groups").says("ops-late");
}

#[actix_web::test]
async fn a_group_that_is_on_no_newer_list_is_gone() {
    let (corp, app, ada, id) = with_list().await;
    ada.post("/admin/permissions/grant", &[("connector", id.as_str()), ("q", "corp:devops")]).await;
    let page = format!("/admin/permissions?connector={id}");
    app.app.clock.advance(TimeDelta::minutes(1));
    let members = app.app.directories.get("corp").unwrap();
    members.list_groups().await.unwrap();
    ada.get(&page).await.says("devops").does_not_say("Gone from");
    corp.remove(&format!("cn=devops,{}", corp.settings().group_base)).await;
    app.app.clock.advance(TimeDelta::minutes(1));
    members.list_groups().await.unwrap();
    ada.get(&page).await.says("devops").says("Gone from the directory");
}

#[actix_web::test]
async fn a_list_that_cannot_be_made_leaves_the_old_one_and_says_why() {
    let corp = Own::new("corp").await;
    let app = start(vec![silent("corp", &corp), local()]).await;
    let members = app.app.directories.get("corp").unwrap();
    let error = members.list_groups().await.unwrap_err();
    assert_eq!(members.listing_failed().unwrap().1, error.cause);
    assert!(members.listed().is_none() && members.health().answers == Some(false));
    // The local directory is as near as any list.
    app.app.directories.get("local").unwrap().list_groups().await.unwrap();
    assert!(app.app.directories.get("local").unwrap().listed().is_none());
}
