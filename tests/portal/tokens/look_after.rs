//! Who revokes and adopts which token.

use daypass::portal::prove::Proof;
use daypass::portal::{PortalError, tokens};
use futures_util::future::join_all;

use super::{ask, by_system, form, id_of, kinds, of_program, personal, proof, who};
use crate::support::{TestApp, world};

#[actix_web::test]
async fn members_of_the_group_see_revoke_and_nobody_else_knows_of_it() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let (alice, olaf) = (app.person("alice", &["ops"]).await, app.person("olaf", &["others"]).await);
    let text = of_program(&ada, &[("group", "ops")]).await;
    let id = id_of(&app, "Build server").await;
    alice.get("/tokens").await.says("Programs that you look after").says("Build server").says("ada");
    olaf.get("/tokens").await.does_not_say("Build server");
    let address = format!("/tokens/{id}/revoke");
    let missing = "/tokens/0193f6a1-0000-7000-8000-000000000001/revoke";
    assert_eq!(olaf.get(&address).await.is(404).text_but_request_id(), olaf.get(missing).await.text_but_request_id());
    olaf.post(&address, &[]).await.is(404);
    olaf.post(&format!("/tokens/{id}/adopt"), &[]).await.is(404);
    ask(&app, "system", &text).await.is(200);
    // Somebody answers for it: nothing to adopt.
    alice.post(&format!("/tokens/{id}/adopt"), &[]).await.is(403);
    alice.get(&address).await.says("Every program that uses it");
    alice.post(&address, &[]).await.leads_to("/tokens");
    let row = app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.actor_name.as_str(), &row.detail["token"]),
        ("token.revoke", "alice", &"build-server".into())
    );
    ask(&app, "system", &text).await.is(401);
}

#[actix_web::test]
async fn another_persons_token_is_an_administrators_to_revoke_and_nobodys_to_adopt() {
    let app = TestApp::start().await;
    let (alice, bob, ada) =
        (app.person("alice", &["ops"]).await, app.person("bob", &["ops"]).await, app.administrator().await);
    let text = personal(&alice, &[]).await;
    let id = id_of(&app, "Build server").await;
    bob.post(&format!("/tokens/{id}/revoke"), &[]).await.is(404);
    ada.get("/admin/tokens").await.says("Build server").says("personal").says("alice");
    ada.get(&format!("/admin/tokens/{id}")).await.says("Personal token of alice").does_not_say("Adopt");
    ada.post(&format!("/admin/tokens/{id}/adopt"), &[]).await.is(403);
    ask(&app, "read-only", &text).await.is(200);
    ada.get(&format!("/admin/tokens/{id}/revoke")).await.says("Revoke “Build server”?");
    ada.post(&format!("/admin/tokens/{id}/revoke"), &[]).await.leads_to("/admin/tokens");
    ask(&app, "read-only", &text).await.is(401);
}

#[actix_web::test]
async fn two_who_revoke_at_once_leave_one_row() {
    let app = TestApp::start().await;
    let (text, id) = by_system(&app, &form("twice", &["use"], &["system"])).await;
    let setter = world::setter();
    let rows = app.events().await.len();
    let all = join_all((0..4).map(|_| tokens::revoke(&app.app, &setter, &id))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(app.events().await.len(), rows + 1);
    assert_eq!(kinds(&app, 1).await, ["token.revoke"]);
    ask(&app, "system", &text).await.is(401);
}

#[actix_web::test]
async fn a_token_of_nobody_is_adopted_by_one_of_two_at_once() {
    let app = TestApp::start().await;
    app.person("alice", &["ops"]).await;
    app.person("bob", &["ops"]).await;
    app.person("olaf", &["others"]).await;
    let of_group = tokens::TokenForm { group: "ops".to_owned(), ..form("nobodys", &["use"], &["system"]) };
    let (_, id) = by_system(&app, &of_group).await;
    let (alice, bob, olaf) = (who(&app, "alice").await, who(&app, "bob").await, who(&app, "olaf").await);
    assert!(matches!(tokens::adopt(&app.app, &olaf, &id, proof()).await, Err(PortalError::NotFound(_))));
    let (one, other) = tokio::join!(
        tokens::adopt(&app.app, &alice, &id, Proof::default()),
        tokens::adopt(&app.app, &bob, &id, Proof::default())
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let refused = one.err().or(other.err()).unwrap();
    assert!(matches!(refused, PortalError::Stale | PortalError::Forbidden), "{refused:?}");
    // An administrator takes it over all the same, and once.
    app.person("ada", &["administrators"]).await;
    let ada = who(&app, "ada").await;
    tokens::adopt(&app.app, &ada, &id, proof()).await.unwrap();
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), &row.detail["responsible"]), ("token.adopt", &"ada".into()));
    assert!(matches!(tokens::adopt(&app.app, &ada, &id, proof()).await, Err(PortalError::Forbidden)));
    // What has ended is nobody's to adopt.
    tokens::revoke(&app.app, &alice, &id).await.unwrap();
    app.sql("UPDATE api_tokens SET responsible_id = NULL").await;
    assert!(matches!(tokens::adopt(&app.app, &ada, &id, proof()).await, Err(PortalError::Stale)));
}
