//! Connectors that hand on credentials of the surroundings, inside an envelope and outside.

use daypass::model::envelope::Envelope;
use daypass::model::source::Surroundings;

use super::{NEW, Scene, envelope};
use crate::support::{TestApp, world};

const MACHINE: &str = "arn:aws:sts::123456789012:assumed-role/Machine/i-0123456789";
const PROVIDED: (&str, &str) = ("principal_type", "provided");

/// Twelve hours, which is how long such credentials may last.
const LONGEST: u32 = 43_200;

fn open(longest: Option<u32>) -> Envelope {
    Envelope { principal_types: vec!["provided".to_owned()], longest_seconds: longest, ..Envelope::default() }
}

/// A scene whose key is the machine's role.
async fn scene() -> Scene {
    let app = TestApp::builder().config(|config| config.aws.surroundings.instance_profile = true).start().await;
    world::fill(&app).await;
    app.add_person("member-of-dev", &["dev"]).await;
    let rita = app.person("rita", &["restricted-administrators", "leads"]).await;
    let key = world::add_surroundings(&app, "machine", Surroundings::InstanceProfile, Some(MACHINE)).await;
    Scene { app, rita, key }
}

#[actix_web::test]
async fn provided_credentials_are_a_type_to_be_opened_like_each_other() {
    let scene = scene().await;
    // Open for roles alone, not open for programs, a second too short, just long enough, as long as AWS gives.
    let cases = [
        (None, &[PROVIDED][..], Some("access_key")),
        (Some(envelope()), &[PROVIDED], Some("principal_type")),
        (Some(open(None)), &[("principal_type", "assume_role")], Some("principal_type")),
        (Some(open(None)), &[PROVIDED, ("system_scope", "true")], Some("system_scope")),
        (Some(open(Some(LONGEST - 1))), &[PROVIDED], Some("duration")),
        (Some(open(Some(LONGEST))), &[PROVIDED], None),
        (Some(open(None)), &[PROVIDED], None),
    ];
    for (number, (envelope, changes, field)) in cases.into_iter().enumerate() {
        scene.app.sql("UPDATE access_keys SET envelope = NULL").await;
        if let Some(envelope) = &envelope {
            world::open(&scene.app, &scene.key, envelope).await;
        }
        let slug = format!("case-{number}");
        let page = scene.send(NEW, &scene.fields(&slug, changes)).await;
        match field {
            None => drop(page.is(303)),
            Some(field) => assert!(page.is(422).field_error(field).ends_with('.'), "{number}"),
        }
        let listed = scene.rita.get(&format!("/admin/connectors?q={slug}")).await;
        assert_eq!(listed.text().contains("No connector matches"), field.is_some(), "{number}");
    }
}

#[actix_web::test]
async fn what_was_made_inside_is_only_looked_at_once_the_type_is_closed() {
    let scene = scene().await;
    world::open(&scene.app, &scene.key, &open(None)).await;
    scene.send(NEW, &scene.fields("machine", &[PROVIDED])).await.is(303);
    let id = scene.app.connector_id("machine").await;
    let grant = async || scene.rita.post("/admin/permissions/grant", &[("connector", &id), ("q", "dev")]).await;
    grant().await.is(303);
    let address = format!("/admin/connectors/{id}");
    scene.rita.get(&address).await.is(200).says("Save");

    world::open(&scene.app, &scene.key, &envelope()).await;
    scene.rita.get(&address).await.is(200).says("You may look at this connector and not change it.");
    let mut edit = scene.fields("machine", &[PROVIDED, ("description", "Ours")]);
    edit.push(("version", "1".to_owned()));
    scene.send(&address, &edit).await.is(403);
    scene.refused_for_the_envelope().await;
    for path in ["switch", "delete", "test"] {
        scene.rita.post(&format!("{address}/{path}"), &[("enabled", "false"), ("version", "1")]).await.is(403);
    }
    scene.app.add_person("member-of-qa", &["qa"]).await;
    scene.rita.post("/admin/permissions/grant", &[("connector", &id), ("q", "qa")]).await.is(403);
    let many = [("group", "local:dev"), ("change", "revoke"), ("connector", &id)];
    scene.rita.post("/admin/permissions/by-group", &many).await.is(422).says("outside what you may change");
}
