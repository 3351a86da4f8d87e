//! A half-filled form of a connector survives the way to an access key and back.

use crate::support::{TestApp, world};

const NEW: &str = "/admin/connectors/new";

/// What is typed: not yet a connector.
const TYPED: [(&str, &str); 5] = [
    ("name", "Half <filled>"),
    ("principal_type", "assume_role"),
    ("role_arn", "not yet an ARN"),
    ("policy", "{ \"Statement\": "),
    ("tags", "Team = {{user.name}}"),
];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&TYPED[..], more].concat()
}

#[actix_web::test]
async fn a_new_key_is_made_on_the_way_and_chosen_on_the_way_back() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let page = ada.post(NEW, &with(&[("go", "new")])).await;
    let away = page.is(303).location().to_owned();
    assert!(away.starts_with("/admin/access-keys/new?draft="), "{away}");
    ada.get(&away).await.is(200).says("What you typed for the connector is kept").says("Back to the connector");
    // A refused key stays on the way.
    let page = ada.post(&away, &[("name", "broker")]).await;
    page.is(422).says("What you typed for the connector is kept");
    let key = [
        ("name", "broker"),
        ("source", "long_term"),
        ("partition", "aws"),
        ("key_id", world::KEY_ID),
        ("secret", world::SECRET),
    ];
    let back = ada.post(&away, &key).await.is(303).location().to_owned();
    let form = ada.get(&back).await.is(303).location().to_owned();
    assert!(form.starts_with("/admin/connectors/new?draft="), "{form}");
    let page = ada.get(&form).await;
    assert_eq!(page.is(200).value_of("name").as_deref(), Some("Half <filled>"));
    assert_eq!(page.value_of("role_arn").as_deref(), Some("not yet an ARN"));
    page.says("{ \"Statement\": ").says("Team = {{user.name}}");
    let id = app.key_id("broker").await;
    assert!(page.body.contains(&format!("value=\"{id}\" selected")), "the new key is not chosen");
    // It is saved from there as from anywhere.
    let role = world::role("ReadOnly");
    let right = [
        ("name", "Whole"),
        ("principal_type", "assume_role"),
        ("role_arn", role.as_str()),
        ("access_key", id.as_str()),
        ("enabled", "true"),
    ];
    ada.post(&form, &right).await.is(303);
    app.connector_id("whole").await;
}

#[actix_web::test]
async fn a_key_is_edited_and_deleted_on_the_way() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let (id, key) = (app.connector_id("read-only").await, app.key_id("broker").await);
    let path = format!("/admin/connectors/{id}");
    let typed = with(&[("version", "1"), ("access_key", &key), ("go", "edit")]);
    let away = ada.post(&path, &typed).await.is(303).location().to_owned();
    assert!(away.starts_with(&format!("/admin/access-keys/{key}?draft=")), "{away}");
    let page = ada.get(&away).await;
    let version = page.is(200).value_of("version").unwrap();
    let fields = [
        ("name", "renamed"),
        ("source", "long_term"),
        ("partition", "aws"),
        ("key_id", world::KEY_ID),
        ("version", version.as_str()),
    ];
    let back = ada.post(&away, &fields).await.is(303).location().to_owned();
    let form = ada.get(&back).await.is(303).location().to_owned();
    assert!(form.starts_with(&format!("{path}?draft=")), "{form}");
    let page = ada.get(&form).await;
    page.is(200).says("renamed");
    assert_eq!(page.value_of("name").as_deref(), Some("Half <filled>"));
    assert_eq!(page.value_of("version").as_deref(), Some("1"));

    // One that is used is not deleted, and the way back is the same.
    let typed = with(&[("version", "1"), ("access_key", &key), ("go", "delete")]);
    let away = ada.post(&path, &typed).await.is(303).location().to_owned();
    let page = ada.get(&away).await;
    page.is(200).says("Not possible now");
    assert!(page.body.contains("/admin/connectors/draft?draft="));
    let spare = world::add_key_unverified(&app, "spare", "FAKESPAREKEY00000001", world::SECRET).await;
    let typed = with(&[("version", "1"), ("access_key", &spare), ("go", "delete")]);
    let away = ada.post(&path, &typed).await.is(303).location().to_owned();
    let back = ada.post(&away, &[]).await.is(303).location().to_owned();
    let form = ada.get(&back).await.is(303).location().to_owned();
    let page = ada.get(&form).await;
    assert!(page.is(200).body.contains("Choose an access key") && !page.body.contains("spare"));
}

#[actix_web::test]
async fn a_draft_is_its_writers_alone_for_a_day() {
    let start = daypass::clock::Clock::system().now();
    let clock = daypass::clock::Clock::fixed(start);
    let app = TestApp::builder().clock(clock.clone()).start().await;
    let ada = app.administrator().await;
    let away = ada.post(NEW, &with(&[("go", "new")])).await.is(303).location().to_owned();
    let draft = away.split_once("draft=").unwrap().1.to_owned();
    ada.get(&format!("{NEW}?draft={draft}")).await.is(200).says("not yet an ARN");
    let other = app.person("bert", &["administrators"]).await;
    other.get(&format!("{NEW}?draft={draft}")).await.is(404);
    other.get(&format!("/admin/connectors/draft?draft={draft}&key=")).await.is(404);
    app.person("alice", &["ops"]).await.get(&format!("{NEW}?draft={draft}")).await.is(403);
    ada.get(&format!("{NEW}?draft=nothing")).await.is(404);
    // Whatever is sent as a key is no part of the address.
    for key in ["../../x", "//evil.example.test", "", "0193"] {
        let page = ada.post(NEW, &with(&[("go", "edit"), ("access_key", key)])).await;
        assert!(page.is(303).location().starts_with("/admin/access-keys/new?draft="), "{}", page.location());
    }
    clock.advance(chrono::TimeDelta::hours(25));
    let ada = app.sign_in("ada").await;
    ada.get(&format!("{NEW}?draft={draft}")).await.is(404);
}

#[actix_web::test]
async fn only_so_many_drafts_are_kept() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let mut drafts = Vec::new();
    for _ in 0..22 {
        let page = ada.post(NEW, &with(&[("go", "new")])).await;
        drafts.push(page.is(303).location().split_once("draft=").unwrap().1.to_owned());
    }
    let mut kept = 0;
    for draft in &drafts {
        kept += usize::from(ada.get(&format!("{NEW}?draft={draft}")).await.status == 200);
    }
    assert_eq!(kept, 20);
    ada.get(&format!("{NEW}?draft={}", drafts[21])).await.is(200);
}

#[actix_web::test]
async fn groups_are_granted_with_the_save_and_wrong_ones_are_named_together() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    app.add_person("member", &["readers", "writers"]).await;
    let (role, key) = (world::role("ReadOnly"), app.key_id("broker").await);
    let fields = |groups: &'static str, name: &'static str| {
        vec![
            ("name", name),
            ("principal_type", "assume_role"),
            ("role_arn", role.as_str()),
            ("access_key", key.as_str()),
            ("enabled", "true"),
            ("groups", groups),
        ]
    };
    let page = ada.post(NEW, &fields("readers\nnobodies\nghosts", "Grouped")).await;
    let error = page.is(422).field_error("groups");
    assert!(error.contains("“nobodies”") && error.contains("“ghosts”") && !error.contains("“readers”"), "{error}");
    assert!(page.body.contains("readers\nnobodies\nghosts</textarea>"), "what was typed is lost");
    let page = ada.post(NEW, &fields("readers\n\n writers \nreaders", "")).await;
    page.is(422).says("readers");
    ada.post(NEW, &fields("readers\n\n writers \nreaders", "Grouped")).await.is(303);
    let events = app.events().await;
    let kinds: Vec<&str> = events.iter().take(3).map(|row| row.event.kind.as_str()).collect();
    assert_eq!(kinds, ["grant.create", "grant.create", "connector.create"]);
    let id = app.connector_id("grouped").await;
    ada.get(&format!("/admin/connectors/{id}")).await.says("readers").says("writers").says("2 groups");
    // Those that may already are no error and no row.
    let mut again = fields("readers", "Grouped");
    again.push(("version", "1"));
    ada.post(&format!("/admin/connectors/{id}"), &again).await.is(303);
    assert_eq!(app.last_event().await.event.kind, "connector.update");
}
