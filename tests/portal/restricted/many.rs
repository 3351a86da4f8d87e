//! Many grants at once, inside an envelope and outside.

use daypass::portal::connectors::ConnectorForm;

use super::Scene;
use crate::support::{Page, world};

const PATH: &str = "/admin/permissions/by-group";

async fn change(scene: &Scene, change: &str, group: &str, connectors: &[&str]) -> Page {
    let mut form = vec![("group", group), ("change", change)];
    form.extend(connectors.iter().map(|id| ("connector", *id)));
    scene.rita.post(PATH, &form).await
}

async fn outside(scene: &Scene, slug: &str) -> String {
    let form = ConnectorForm { role_arn: world::role("Operator"), ..world::form(slug, slug, &scene.key) };
    world::add_connector(&scene.app, &form, &[]).await
}

#[actix_web::test]
async fn one_outside_keeps_all_from_being_changed_and_is_named() {
    let scene = Scene::new().await;
    let (one, two) = (scene.made("one").await, scene.made("two").await);
    let (far, away) = (outside(&scene, "far").await, outside(&scene, "away").await);
    let events = scene.app.events().await.len();
    let page = change(&scene, "grant", "local:dev", &[&one, &far, &two, &away]).await;
    let said = page.is(422).field_error("connector");
    assert!(said.starts_with("Nothing was changed: these are outside what you may change. “far”: Roles of"), "{said}");
    assert!(said.contains("“away”: ") && !said.contains("“one”"), "{said}");
    // What was ticked still is, but for what never could be.
    for (id, ticked) in [(&one, true), (&two, true), (&far, false), (&away, false)] {
        assert_eq!(page.body.contains(&format!("aria-labelledby=\"n-{id}\" checked")), ticked, "{id}");
    }
    scene.refused_for_the_envelope().await;
    assert_eq!(scene.app.events().await.len(), events + 1);
    change(&scene, "grant", "local:dev", &[&one, &two]).await.is(303);
    // Neither is taken away where one lies outside.
    scene.grant(&far, "dev").await;
    let page = change(&scene, "revoke", "local:dev", &[&one, &far]).await;
    assert!(page.is(422).field_error("connector").contains("“far”"));
    let page = scene.rita.get(&format!("{PATH}?group=local:dev")).await;
    page.is(200).says("May use · 3").says("far Look only");
    assert!(page.body.contains(&format!("aria-labelledby=\"n-{far}\" disabled")));
    change(&scene, "revoke", "local:dev", &[&one, &two]).await.is(303);
    scene.rita.get(&format!("{PATH}?group=local:dev")).await.says("May use · 1");
    // Whoever deleted what is not for everybody to know.
    let ada = scene.app.administrator().await;
    ada.post(&format!("/admin/connectors/{two}/delete"), &[("version", "1")]).await.is(303);
    change(&scene, "grant", "local:dev", &[&one, &two]).await.is(303);
    scene.rita.get(PATH).await.says("a connector that is not there").does_not_say("which ada deleted");
}

#[actix_web::test]
async fn ones_own_group_is_given_nothing_and_may_lose() {
    let scene = Scene::new().await;
    let (one, two) = (scene.made("one").await, scene.made("two").await);
    let own = "You are in this group, so an administrator has to grant it.";
    let page = scene.rita.get(&format!("{PATH}?group=local:leads&show=others")).await;
    page.is(200).says(own).does_not_say("Add what is ticked");
    let page = change(&scene, "grant", "local:leads", &[&one, &two]).await;
    assert!(page.is(422).field_error("connector").contains(own));
    scene.grant(&one, "leads").await;
    change(&scene, "revoke", "local:leads", &[&one]).await.is(303);
    assert_eq!(scene.app.last_row().await.0, "grant.delete");
}

/// The page's look passes, then the envelope is narrowed, then the write has its turn.
#[actix_web::test]
async fn the_write_looks_once_more_at_each() {
    let scene = Scene::new().await;
    let (one, two) = (scene.made("one").await, scene.made("two").await);
    let (who, app, key) = (scene.who(), scene.app.app.clone(), scene.key.clone());
    let (held, release) = std::sync::mpsc::channel::<()>();
    let (began, begins) = tokio::sync::oneshot::channel();
    let narrowing = tokio::spawn({
        let app = app.clone();
        async move {
            let write = app.database.write(move |connection| {
                let _ = began.send(());
                let _ = release.recv();
                let mut key = daypass::store::access_keys::find(connection, &key)?;
                key.envelope = None;
                Ok((daypass::store::access_keys::update(connection, &key, &Default::default())?, Vec::new()))
            });
            write.await
        }
    });
    begins.await.unwrap();
    use daypass::portal::permissions::many::{self, Change};
    let ids = [one, two];
    let mut write = std::pin::pin!(many::change(&app, &who, "local:dev", Change::Grant, &ids));
    let waits = tokio::time::timeout(std::time::Duration::from_millis(700), &mut write).await;
    assert!(waits.is_err(), "it did not wait for its turn: {waits:?}");
    held.send(()).unwrap();
    narrowing.await.unwrap().unwrap();
    let refused = format!("{:?}", write.await.unwrap_err());
    assert!(refused.contains("“one”: This connector is outside what you may change."), "{refused}");
    let ada = scene.app.administrator().await;
    ada.get(&format!("{PATH}?group=local:dev")).await.says("May use · 0");
}
