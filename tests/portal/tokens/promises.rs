//! A person's token is that person, and no more than they themselves at that moment.

use daypass::portal::local_people::{self, PersonForm};
use daypass::portal::{connectors, users};

use super::{OWN, ask, fields, id_of, personal, text_of};
use crate::directories;
use crate::ldap::slapd::Own;
use crate::support::{TestApp, world};

#[actix_web::test]
async fn a_local_person_who_is_closed_or_gone_has_no_token_from_that_moment_on() {
    let app = TestApp::start().await;
    app.administrator().await;
    let (alice, bob) = (app.person("alice", &["ops"]).await, app.person("bob", &["ops"]).await);
    let (of_alice, of_bob) = (personal(&alice, &[]).await, personal(&bob, &[]).await);
    ask(&app, "read-only", &of_alice).await.is(200);
    users::set_active(&app.app, "alice", false).await.unwrap();
    ask(&app, "read-only", &of_alice).await.is(401);
    let row = app.last_event().await.event;
    assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "person_gone"));
    users::set_active(&app.app, "alice", true).await.unwrap();
    ask(&app, "read-only", &of_alice).await.is(200);

    ask(&app, "read-only", &of_bob).await.is(200);
    let (all, _) = local_people::list(&app.app, &world::setter(), "bob").await.unwrap();
    let user = &all.iter().find(|person| person.user.user_name == "bob").unwrap().user;
    local_people::delete(&app.app, &world::setter(), &user.id, user.version).await.unwrap();
    ask(&app, "read-only", &of_bob).await.is(401);
    // Somebody who is given the name later is somebody else.
    app.add_person("bob", &["ops"]).await;
    ask(&app, "read-only", &of_bob).await.is(401);
}

#[actix_web::test]
async fn whoever_leaves_the_group_has_a_token_for_nothing() {
    let app = TestApp::start().await;
    app.administrator().await;
    let alice = app.person("alice", &["ops"]).await;
    let text = personal(&alice, &[("connectors", "all")]).await;
    ask(&app, "read-only", &text).await.is(200);
    let (all, _) = local_people::list(&app.app, &world::setter(), "alice").await.unwrap();
    let person = all.iter().find(|person| person.user.user_name == "alice").unwrap();
    let form = PersonForm { groups: String::new(), ..PersonForm::of(person) };
    local_people::update(&app.app, &world::setter(), &person.user.id, person.user.version, &form).await.unwrap();
    ask(&app, "read-only", &text).await.is(404);
    let page = alice.post(OWN, &fields(&[])).await;
    assert_eq!(page.is(422).field_error("connectors"), "You may use no connector “read-only”.");
}

/// The directory is asked anew at each request here, as it is a minute later otherwise.
#[actix_web::test]
async fn whoever_leaves_a_group_of_ldap_or_is_deleted_there_has_a_token_for_nothing() {
    let own = Own::new("tokens").await;
    let bob = own.person("bob").await;
    let group = own.group("ops", &bob).await;
    let app = directories::start_with(vec![directories::ldap("corp", &own)], |config| {
        config.access.membership_cache = std::time::Duration::ZERO;
    })
    .await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    world::add_connector(&app, &world::form("Read only", "read-only", &key), &["ops"]).await;
    let browser = app.anybody();
    browser.post("/sign-in", &[("username", "bob"), ("password", "fake-password-bob")]).await.leads_to("/");
    let text = personal(&browser, &[]).await;
    ask(&app, "read-only", &text).await.is(200);
    own.change(&group, "member", &["cn=nobody"]).await;
    ask(&app, "read-only", &text).await.is(404);
    own.change(&group, "member", &[&bob]).await;
    ask(&app, "read-only", &text).await.is(200);
    own.remove(&bob).await;
    ask(&app, "read-only", &text).await.is(401);
}

#[actix_web::test]
async fn a_connector_that_is_deleted_leaves_its_tokens_one_less_and_never_all() {
    let app = TestApp::start().await;
    let (alice, ada) = (app.person("alice", &["ops"]).await, app.administrator().await);
    let text = text_of(&alice.post(OWN, &fields(&[("more", "read-only\r\nfederated")])).await);
    ask(&app, "federated", &text).await.is(200);
    for slug in ["read-only", "federated"] {
        let id = app.connector_id(slug).await;
        connectors::delete(&app.app, &world::setter(), &id).await.unwrap();
        ask(&app, slug, &text).await.is(404);
    }
    ask(&app, "session", &text).await.is(403);
    assert_eq!(app.last_row().await.2, "token_scope");
    let id = id_of(&app, "Build server").await;
    ada.get(&format!("/admin/tokens/{id}")).await.says("No connector any more").does_not_say("All connectors");
}

#[actix_web::test]
async fn a_new_password_ends_the_tokens_that_somebody_may_have_made_with_the_old_one() {
    let app = TestApp::start().await;
    app.administrator().await;
    let (alice, bob) = (app.person("alice", &["ops"]).await, app.person("bob", &["ops"]).await);
    let (of_alice, of_bob) = (personal(&alice, &[]).await, personal(&bob, &[]).await);
    users::set_password(&app.app, "alice", "another fake one for alice".into()).await.unwrap();
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), &row.detail["tokens_revoked"]), ("user.password", &1.into()));
    ask(&app, "read-only", &of_alice).await.is(401);
    ask(&app, "read-only", &of_bob).await.is(200);
    users::set_password(&app.app, "alice", "one more fake one for alice".into()).await.unwrap();
    assert_eq!(app.last_event().await.event.detail.get("tokens_revoked"), None);
}
