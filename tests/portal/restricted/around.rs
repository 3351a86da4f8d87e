//! Ways round that are closed: tokens of programs, names of other connectors, earlier versions.

use std::time::Duration;

use daypass::model::envelope::Envelope;
use daypass::portal::PortalError;
use daypass::portal::connectors::{self, ConnectorForm};
use daypass::store::access_keys;

use super::{NEW, Scene, envelope};
use crate::support::world;

#[actix_web::test]
async fn a_programs_token_is_no_way_to_sessions_of_ones_own() {
    let scene = Scene::new().await;
    let id = scene.made("built").await;
    scene.app.token("build", "built").await;
    let (address, team) = (format!("/admin/connectors/{id}"), world::role("team/Two"));
    let page = scene.send(&address, &scene.fields("built", &[("role_arn", &team), ("version", "1")])).await;
    page.is(422);
    assert!(page.field_error("role_arn").contains("A program has a token for this connector"));
    // Sessions do not follow from this.
    scene.send(&address, &scene.fields("built", &[("description", "Ours"), ("version", "1")])).await.is(303);
    scene.app.sql("UPDATE api_tokens SET revoked_at = 1 WHERE slug = 'build'").await;
    scene.send(&address, &scene.fields("built", &[("role_arn", &team), ("version", "2")])).await.is(303);
}

#[actix_web::test]
async fn a_token_for_all_connectors_is_no_way_to_a_new_one_for_programs() {
    let scene = Scene::new().await;
    world::open(&scene.app, &scene.key, &Envelope { system_scope: true, ..envelope() }).await;
    let programs = scene.fields("programs", &[("system_scope", "true")]);
    scene.app.token("build", "system").await;
    scene.send(NEW, &programs).await.is(303);
    scene.app.sql("UPDATE api_tokens SET all_connectors = TRUE WHERE slug = 'build'").await;
    let more = scene.fields("more", &[("system_scope", "true")]);
    let page = scene.send(NEW, &more).await;
    assert!(page.is(422).field_error("system_scope").contains("A program has a token for all connectors"));
    scene.send(NEW, &scene.fields("people", &[])).await.is(303);
    scene.app.sql("UPDATE api_tokens SET revoked_at = 1 WHERE slug = 'build'").await;
    scene.send(NEW, &more).await.is(303);
}

#[actix_web::test]
async fn a_slug_takes_no_other_connectors_name() {
    let scene = Scene::new().await;
    scene.send(NEW, &scene.fields("pay", &[("name", "Payments")])).await.is(303);
    let page = scene.send(NEW, &scene.fields("payments", &[("name", "Mine")])).await;
    page.is(422);
    assert!(page.field_error("slug").contains("Another connector has this as its name"));
    // Its own name it may have.
    scene.made("mine").await;
}

#[actix_web::test]
async fn earlier_versions_tell_no_external_id_from_outside() {
    let scene = Scene::new().await;
    let ada = scene.app.administrator().await;
    let (outside, secret) = (world::role("Operator"), "external-id-of-the-operators");
    let was = scene.fields("moved", &[("role_arn", &outside), ("external_id", secret)]);
    let post = async |address: &str, fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ada.post(address, &fields).await.is(303);
    };
    post(NEW, was).await;
    let address = format!("/admin/connectors/{}", scene.app.connector_id("moved").await);
    post(&address, scene.fields("moved", &[("external_id", "external-id-of-the-team"), ("version", "1")])).await;

    for (page, theirs) in
        [("/versions?from=1&to=2", true), ("/versions/1", false), ("/versions/2", true), ("?restore=1", false)]
    {
        let address = format!("{address}{page}");
        let shown = scene.rita.get(&address).await;
        shown.is(200);
        assert!(!shown.body.contains(secret), "{page}");
        assert!(!theirs || shown.body.contains("external-id-of-the-team"), "{page}");
        let whole = ada.get(&address).await;
        whole.is(200);
        assert!(page == "/versions/2" || whole.body.contains(secret), "{page}");
    }
}

#[actix_web::test]
async fn what_fell_outside_meanwhile_is_not_moved_inside() {
    let scene = Scene::new().await;
    let id = scene.made("made").await;
    let (who, app, key) = (scene.who(), scene.app.app.clone(), scene.key.clone());
    let (held, release) = std::sync::mpsc::channel::<()>();
    let (began, begins) = tokio::sync::oneshot::channel();
    // The update looks first, and its write waits behind this.
    let narrowing = tokio::spawn({
        let app = app.clone();
        async move {
            let write = app.database.write(move |connection| {
                let _ = began.send(());
                let _ = release.recv();
                let mut key = access_keys::find(connection, &key)?;
                key.envelope = Some(Envelope { role_patterns: vec![world::role("team/Two")], ..envelope() });
                Ok((access_keys::update(connection, &key, &Default::default())?, Vec::new()))
            });
            write.await
        }
    });
    begins.await.unwrap();
    let typed = world::form("made", "made", &scene.key);
    let form = ConnectorForm { role_arn: world::role("team/Two"), version: 1, ..typed };
    let mut write = std::pin::pin!(connectors::update(&app, &who, &id, &form));
    let waits = tokio::time::timeout(Duration::from_millis(700), &mut write).await;
    assert!(waits.is_err(), "it did not wait for its turn: {waits:?}");
    held.send(()).unwrap();
    narrowing.await.unwrap().unwrap();
    let refused = write.await.unwrap_err();
    assert!(matches!(refused, PortalError::Invalid(_)), "{refused:?}");
}
