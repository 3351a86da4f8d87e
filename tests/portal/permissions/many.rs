//! Many grants of one group at once: all or none, told in words.

use daypass::model::event::Event;
use serde_json::json;

use crate::support::{Page, Person, TestApp, world};

const PATH: &str = "/admin/permissions/by-group";

async fn change(person: &Person, change: &str, group: &str, connectors: &[&str]) -> Page {
    let mut form = vec![("group", group), ("change", change)];
    form.extend(connectors.iter().map(|id| ("connector", *id)));
    person.post(PATH, &form).await
}

async fn ids(app: &TestApp, slugs: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for slug in slugs {
        ids.push(app.connector_id(slug).await);
    }
    ids
}

async fn started() -> (TestApp, Person, Vec<String>) {
    let app = TestApp::start().await;
    app.add_person("bob", &["dev"]).await;
    let ada = app.administrator().await;
    let all = ids(&app, &["read-only", "federated", "system"]).await;
    (app, ada, all)
}

/// The newest rows of a kind, newest first.
async fn rows(app: &TestApp, kind: &str) -> Vec<Event> {
    app.events().await.into_iter().map(|row| row.event).filter(|event| event.kind == kind).collect()
}

async fn grants(app: &TestApp) -> usize {
    let page = app.sign_in("ada").await.get(&format!("{PATH}?group=local:dev")).await;
    let (_, rest) = page.body.split_once("May use · ").unwrap();
    rest.split('<').next().unwrap().parse().unwrap()
}

#[actix_web::test]
async fn many_are_added_and_removed_each_with_its_row() {
    let (app, ada, all) = started().await;
    let [one, two, three] = [all[0].as_str(), &all[1], &all[2]];
    let before = rows(&app, "grant.create").await.len();
    // One that is posted twice is one.
    let page = change(&ada, "grant", "local:dev", &[one, two, three, two]).await;
    page.leads_to(&format!("{PATH}?group=local%3Adev&show=others"));
    let page = ada.get(page.location()).await;
    page.says("may use 3 connectors more from now on: Read only, Federated, System.").says("May use · 3");
    let made = rows(&app, "grant.create").await;
    assert_eq!(made.len(), before + 3);
    for (row, name, was) in [
        (&made[2], "Read only", vec!["local:ops"]),
        (&made[1], "Federated", vec!["local:ops"]),
        (&made[0], "System", vec![]),
    ] {
        let is: Vec<&str> = [&["local:dev"], was.as_slice()].concat();
        assert_eq!(row.connector_name.as_deref(), Some(name));
        assert_eq!((&row.detail["before"], &row.detail["after"]), (&json!(was), &json!(is)), "{name}");
        assert_eq!((&row.detail["group_id"], row.actor_name.as_str()), (&json!("local:dev"), "ada"));
        assert!(row.grant_id.is_some());
    }
    app.sign_in("bob").await.post("/console/read-only", &[]).await.is(303);

    change(&ada, "revoke", "local:dev", &[one, three]).await.leads_to(&format!("{PATH}?group=local%3Adev"));
    ada.get(PATH).await.says("may no longer use 2 connectors: Read only, System.");
    let gone = rows(&app, "grant.delete").await;
    assert_eq!(gone.len(), 2);
    assert_eq!(
        (&gone[1].detail["before"], &gone[1].detail["after"]),
        (&json!(["local:dev", "local:ops"]), &json!(["local:ops"]))
    );
    assert_eq!((&gone[0].detail["before"], &gone[0].detail["after"]), (&json!(["local:dev"]), &json!([])));
    app.sign_in("bob").await.post("/console/read-only", &[]).await.is(404);
    assert_eq!(grants(&app).await, 1);
}

#[actix_web::test]
async fn what_somebody_else_did_meanwhile_is_told_and_the_rest_done() {
    let (app, ada, all) = started().await;
    let [one, two, three] = [all[0].as_str(), &all[1], &all[2]];
    // Two people with the same page before them.
    let other = app.person("zoe", &["administrators"]).await;
    change(&other, "grant", "local:dev", &[one, two]).await.is(303);
    change(&ada, "grant", "local:dev", &[one, two, three]).await.is(303);
    let page = ada.get(PATH).await;
    page.says("may use 1 connector more from now on: System.");
    page.says("It could use them already, so nothing was to be done for 2 connectors: Read only, Federated.");
    assert_eq!(rows(&app, "grant.create").await.iter().filter(|row| row.actor_name == "ada").count(), 1);

    change(&other, "revoke", "local:dev", &[two]).await.is(303);
    change(&ada, "revoke", "local:dev", &[one, two]).await.is(303);
    let page = ada.get(PATH).await;
    page.says("may no longer use 1 connector: Read only.");
    page.says("It could not use them any more, so nothing was to be done for 1 connector: Federated.");
    // All of them by somebody else: nothing is done, and that is no mistake.
    change(&ada, "revoke", "local:dev", &[one, two]).await.is(303);
    ada.get(PATH).await.says("nothing was to be done for 2 connectors").does_not_say("may no longer use");
}

#[actix_web::test]
async fn at_one_moment_two_people_make_each_grant_once() {
    let (app, ada, all) = started().await;
    let other = app.person("zoe", &["administrators"]).await;
    let ids: Vec<&str> = all.iter().map(String::as_str).collect();
    let before = rows(&app, "grant.create").await.len();
    let (one, two) =
        futures_util::join!(change(&ada, "grant", "local:dev", &ids), change(&other, "grant", "local:dev", &ids));
    assert_eq!((one.status, two.status), (303, 303), "{} {}", one.text(), two.text());
    assert_eq!(rows(&app, "grant.create").await.len(), before + 3);
    assert_eq!(grants(&app).await, 3);
}

#[actix_web::test]
async fn a_connector_that_was_deleted_meanwhile_is_named_and_the_rest_done() {
    let (app, ada, all) = started().await;
    let [one, two, three] = [all[0].as_str(), &all[1], &all[2]];
    let other = app.person("zoe", &["administrators"]).await;
    other.post(&format!("/admin/connectors/{two}/delete"), &[("version", "1")]).await.is(303);
    change(&ada, "grant", "local:dev", &[one, two, three]).await.is(303);
    let page = ada.get(PATH).await;
    page.says("may use 2 connectors more from now on: Read only, System.");
    page.says("Left out, since no longer there: “Federated”, which zoe deleted.");
    change(&ada, "revoke", "local:dev", &[one, two]).await.is(303);
    ada.get(PATH).await.says("no longer there: “Federated”").says("1 connector: Read only");
    // Nothing is left to do anything with.
    for change_to in ["grant", "revoke"] {
        change(&ada, change_to, "local:dev", &[two]).await.is(404);
    }
    assert_eq!(grants(&app).await, 1);
}

#[actix_web::test]
async fn what_makes_no_sense_changes_nothing_and_what_was_ticked_stays() {
    let (app, ada, all) = started().await;
    let one = all[0].as_str();
    let before = app.events().await.len();
    let page = change(&ada, "grant", "local:dev", &[]).await;
    assert_eq!(page.is(422).field_error("connector"), "Tick at least one connector.");
    let page = change(&ada, "swap", "local:dev", &[one]).await;
    assert_eq!(page.is(422).field_error("connector"), "Say whether to add or to remove.");
    for group in ["", "local:nothing", "nothing", "elsewhere:dev"] {
        change(&ada, "grant", group, &[one]).await.is(404);
    }
    for odd in ["not-a-uuid", "", "' OR 1=1 --", "0193f6a1-0000-7000-8000-000000000001"] {
        change(&ada, "grant", "local:dev", &[odd]).await.is(404);
        change(&ada, "revoke", "local:dev", &[odd]).await.is(404);
    }
    // Far more than a page has.
    let many: Vec<String> = (0..5000).map(|number| format!("{number:036}")).collect();
    let mut many: Vec<&str> = many.iter().map(String::as_str).collect();
    many.insert(0, one);
    let page = change(&ada, "grant", "local:dev", &many).await;
    let said = "These are 5001 connectors; change at most 500 at once.";
    assert_eq!(page.is(422).field_error("connector"), said);
    assert!(page.body.contains(&format!("value=\"{one}\" aria-labelledby=\"n-{one}\" checked")), "no longer ticked");
    assert_eq!(page.body.matches(" checked").count(), 1);
    // As many as that are taken, and five thousand times the same is one.
    let page = change(&ada, "grant", "local:dev", &many[..500]).await;
    page.is(303);
    ada.get(PATH).await.says("may use 1 connector more").says("and 494 more");
    assert_eq!(change(&ada, "grant", "local:dev", &vec![one; 5000]).await.status, 303);
    assert_eq!(app.events().await.len(), before + 1);
    ada.post(PATH, &[("group", "local:dev\0"), ("change", "grant")]).await.is(400);
}

#[actix_web::test]
async fn a_search_goes_on_where_it_was() {
    let (_app, ada, all) = started().await;
    let form = [("group", "local:dev"), ("change", "grant"), ("q", "feder"), ("connector", all[1].as_str())];
    ada.post(PATH, &form).await.leads_to(&format!("{PATH}?group=local%3Adev&show=others&q=feder"));
    let page = ada.post(PATH, &[("group", "local:dev"), ("change", "revoke"), ("q", "feder")]).await;
    page.is(422).says("Federated").says("1 of 1").does_not_say("Read only");
    assert_eq!(page.value_of("q").as_deref(), Some("feder"));
}

#[actix_web::test]
async fn many_groups_of_one_connector_are_cut_in_the_log() {
    let app = TestApp::start().await;
    let names: Vec<String> = (0..104).map(|number| format!("team-{number:03}")).collect();
    app.add_person("bob", &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let id = app.connector_id("system").await;
    for name in &names {
        world::grant(&app, &id, name).await;
    }
    let row = app.last_event().await.event;
    let list = |word: &str| row.detail[word].as_array().unwrap().clone();
    assert_eq!((list("before").len(), list("before")[100].as_str()), (101, Some("and 3 more")));
    assert_eq!((list("after").len(), list("after")[100].as_str()), (101, Some("and 4 more")));
}

#[actix_web::test]
async fn groups_of_a_connectors_form_and_of_its_end_are_in_the_log() {
    let (app, ada, _) = started().await;
    let (key, role) = (app.key_id("broker").await, world::role("ReadOnly"));
    let form = [
        ("name", "Both"),
        ("slug", "both"),
        ("principal_type", "assume_role"),
        ("access_key", key.as_str()),
        ("role_arn", role.as_str()),
        ("enabled", "true"),
        ("groups", "dev\nops"),
    ];
    ada.post("/admin/connectors/new", &form).await.is(303);
    let made = rows(&app, "grant.create").await;
    let (none, one, both) = (json!([]), json!(["local:dev"]), json!(["local:dev", "local:ops"]));
    assert_eq!((&made[1].detail["before"], &made[1].detail["after"]), (&none, &one));
    assert_eq!((&made[0].detail["before"], &made[0].detail["after"]), (&one, &both));
    let id = app.connector_id("both").await;
    ada.post(&format!("/admin/connectors/{id}/delete"), &[("version", "1")]).await.is(303);
    assert_eq!(app.last_event().await.event.detail["groups"], both);
}
