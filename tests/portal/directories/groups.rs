//! Groups of several directories: roles, grants, and what is left of a directory that went.

use super::{attempt, ldap, local, silent, start, start_with};
use crate::ldap::slapd::Own;
use crate::support::{TestApp, world};

/// Two directories with a group `ops` each, ellen in that of `corp`, bob in that of `partners`.
async fn two() -> (Own, Own) {
    let (corp, partners) = (Own::new("corp").await, Own::new("partners").await);
    let ellen = corp.person("ellen").await;
    corp.group("ops", &ellen).await;
    corp.group("only-corp", &ellen).await;
    let bob = partners.person("bob").await;
    partners.group("ops", &bob).await;
    (corp, partners)
}

/// A connector that no group may use yet.
async fn connector(app: &TestApp) {
    let key = world::add_key(app, "broker", world::KEY_ID, world::SECRET).await;
    world::add_connector(app, &world::form("Read only", "read-only", &key), &[]).await;
}

async fn in_corp(app: &TestApp) -> crate::support::Person {
    let person = app.anybody();
    person.post("/sign-in", &[("username", "ellen"), ("password", "fake-password-ellen")]).await.leads_to("/");
    person
}

#[actix_web::test]
async fn a_role_belongs_to_the_group_of_the_directory_that_is_named() {
    let (corp, partners) = two().await;
    let app = start_with(vec![ldap("corp", &corp), ldap("partners", &partners)], |config| {
        config.access.administrators = vec!["partners:ops".to_owned()];
    })
    .await;
    let ellen = in_corp(&app).await;
    ellen.get("/admin").await.is(403);
    let bob = app.anybody();
    bob.post("/sign-in", &[("username", "bob"), ("password", "fake-password-bob")]).await.leads_to("/");
    bob.get("/admin/permissions").await.is(200);
}

#[actix_web::test]
async fn the_local_directorys_own_groups_administer_where_no_others_are_named() {
    let (corp, _partners) = two().await;
    corp.group("administrators", &format!("uid=ellen,{}", corp.settings().user_base)).await;
    let app = start(vec![ldap("corp", &corp), local()]).await;
    app.administrator().await.get("/admin/permissions").await.is(200);
    in_corp(&app).await.get("/admin/permissions").await.is(403);
}

#[actix_web::test]
async fn a_grant_is_of_one_directorys_group() {
    let (corp, partners) = two().await;
    let app = start(vec![ldap("corp", &corp), ldap("partners", &partners), local()]).await;
    connector(&app).await;
    let ada = app.administrator().await;
    let connector = app.connector_id("read-only").await;
    let grant = async |typed: &str| {
        ada.post("/admin/permissions/grant", &[("connector", connector.as_str()), ("q", typed)]).await
    };
    grant("ops").await.is(422).says("Several directories have a group “ops”").says(":ops”");
    grant("nothing").await.is(422).says("None of the directories has a group “nothing”.");
    grant("corp:nothing").await.is(422).says("The directory corp has no group");
    grant("partners:ops").await;
    attempt(&app, "bob", "fake-password-bob").await.leads_to("/");
    in_corp(&app).await.get("/").await.is(200).does_not_say("Read only");
    let bob = app.anybody();
    bob.post("/sign-in", &[("username", "bob"), ("password", "fake-password-bob")]).await.leads_to("/");
    bob.get("/").await.is(200).says("Read only");
    // The picker says whose each is.
    let options = ada.get(&format!("/admin/permissions/groups?connector={connector}&q=ops")).await;
    options.is(200).says("corp: cn=ops").says("partners: cn=ops");
    grant("only-corp").await;
    assert_eq!(app.last_event().await.event.kind, "grant.create");
}

#[actix_web::test]
async fn groups_of_a_silent_directory_are_missing_and_that_is_said() {
    let (corp, partners) = two().await;
    let app = start(vec![ldap("corp", &corp), silent("partners", &partners), local()]).await;
    connector(&app).await;
    let ada = app.administrator().await;
    let connector = app.connector_id("read-only").await;
    let options = ada.get(&format!("/admin/permissions/groups?connector={connector}&q=ops")).await;
    options.is(200).says("corp: cn=ops").says("No answer from “partners”");
    // A bare name could be a group of the silent one too.
    let bare = ada.post("/admin/permissions/grant", &[("connector", connector.as_str()), ("q", "only-corp")]).await;
    bare.is(503);
    let named =
        ada.post("/admin/permissions/grant", &[("connector", connector.as_str()), ("q", "corp:only-corp")]).await;
    assert_eq!(named.status, 303, "{}", named.text());
}

#[actix_web::test]
async fn people_and_grants_of_a_directory_that_went_give_nothing() {
    let (corp, _partners) = two().await;
    let app = start(vec![ldap("corp", &corp), local()]).await;
    connector(&app).await;
    let (ada, ellen) = (app.administrator().await, in_corp(&app).await);
    let connector = app.connector_id("read-only").await;
    ada.post("/admin/permissions/grant", &[("connector", connector.as_str()), ("q", "corp:ops")]).await;
    ellen.get("/").await.is(200).says("Read only");
    // The same people and grants, under a configuration that has no such directory.
    app.sql("UPDATE people SET directory = 'formerly' WHERE directory = 'corp'").await;
    app.sql("UPDATE grants SET directory = 'formerly' WHERE directory = 'corp'").await;
    assert_eq!(ellen.get("/").await.status, 303, "whoever's directory went is signed out");
    let page = ada.get(&format!("/admin/permissions?connector={connector}")).await;
    page.is(200).says("Gone from the directory");
}
