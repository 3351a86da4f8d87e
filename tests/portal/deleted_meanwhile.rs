//! What somebody deleted while it was being edited: the form comes back with what was typed, as that of a new one.

use daypass::portal::{access_keys, accounts, connectors, policy_examples};

use crate::support::{Page, TestApp, world};

const NOWHERE: &str = "0193f6a1-0000-7000-8000-000000000001";

/// Whether the page's form is sent to `address`.
#[track_caller]
fn sends_to(page: &Page, address: &str) {
    assert!(
        page.body.contains(&format!("<form method=\"post\" action=\"{address}\" class=\"sheet\"")),
        "{}",
        page.body
    );
}

#[actix_web::test]
async fn a_connector_is_saved_as_a_new_one() {
    let app = TestApp::start().await;
    let (ada, id, key) = (app.administrator().await, app.connector_id("read-only").await, app.key_id("broker").await);
    let typed = [
        ("name", "Typed by ada"),
        ("slug", "read-only"),
        ("description", "What it is for"),
        ("principal_type", "assume_role"),
        ("access_key", &key),
        ("role_arn", &world::role("Operator")),
        ("policy", world::POLICY),
        ("enabled", "true"),
        ("version", "1"),
        ("restored", "1"),
    ];
    connectors::delete(&app.app, &world::setter(), &id).await.unwrap();
    let deleted = app.last_event().await.event;
    let address = format!("/admin/connectors/{id}");
    let page = ada.post(&address, &typed).await;
    let at = deleted.at.format("%Y-%m-%d %H:%M:%S UTC");
    page.is(404).says("New connector").says(&format!("This connector was deleted by setter at {at}"));
    page.says("another slug").says("Create connector").says("s3:*").does_not_say("Last uses");
    sends_to(&page, "/admin/connectors/new");
    for (field, kept) in [("name", "Typed by ada"), ("description", "What it is for"), ("slug", "read-only-2")] {
        assert_eq!(page.value_of(field).as_deref(), Some(kept), "{field}");
    }
    assert_eq!((page.value_of("version").unwrap().as_str(), page.value_of("restored")), ("0", None));
    assert_eq!(app.last_event().await.event.kind, "connector.delete", "something was saved");
    // A button of the form loses nothing either.
    let pressed = [&typed[..], &[("generate", "true")]].concat();
    assert_eq!(ada.post(&address, &pressed).await.is(404).value_of("name").as_deref(), Some("Typed by ada"));
    // What came back is saved as it is, and is another connector; it is checked as a new one is.
    let again = typed.map(|(name, value)| (name, if name == "slug" { "read-only-2" } else { value }));
    let wrong = again.map(|(name, value)| (name, if name == "role_arn" { "no arn" } else { value }));
    ada.post("/admin/connectors/new", &wrong).await.is(422);
    ada.post("/admin/connectors/new", &again).await.is(303);
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.connector_version), ("connector.create", Some(1)));
    assert_ne!(app.connector_id("read-only-2").await, id);
    ada.get("/console/read-only").await.is(404);
    // Who may not administer learns nothing.
    let alice = app.person("alice", &["ops"]).await;
    alice.post(&address, &typed).await.is(403).does_not_say("setter");
}

#[actix_web::test]
async fn where_the_record_does_not_say_who() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    for id in [NOWHERE, "nothing"] {
        let page = ada.post(&format!("/admin/connectors/{id}"), &[("name", "Typed")]).await;
        page.is(404).says("This connector is not there any more.");
        assert_eq!(page.value_of("name").as_deref(), Some("Typed"));
    }
    ada.get(&format!("/admin/connectors/{NOWHERE}")).await.is(404).says("Not found");
}

/// The free slug is as long as slugs may be, whatever was typed, and none that any connector had.
#[actix_web::test]
async fn the_slug_is_one_that_is_free() {
    let app = TestApp::start().await;
    let key = app.key_id("broker").await;
    let long = "a".repeat(64);
    let next = format!("{}-2", "a".repeat(62));
    world::add_connector(&app, &world::form("Long", &long, &key), &[]).await;
    let free = async |slug: &str| connectors::free_slug(&app.app, &world::setter(), slug).await.unwrap();
    assert_eq!(free(&long).await, next);
    world::add_connector(&app, &world::form("Longer", &next, &key), &[]).await;
    assert_eq!(free(&long).await, format!("{}-3", "a".repeat(62)));
    assert_eq!((free("never-there").await.as_str(), free("").await.as_str()), ("never-there", ""));
}

#[actix_web::test]
async fn a_draft_of_it_leads_to_a_new_one() {
    let app = TestApp::start().await;
    let (ada, id) = (app.administrator().await, app.connector_id("read-only").await);
    let typed = [("name", "Half typed"), ("slug", "half"), ("go", "new")];
    let away = ada.post(&format!("/admin/connectors/{id}"), &typed).await.is(303).location().to_owned();
    let draft = away.split_once("draft=").unwrap().1.to_owned();
    connectors::delete(&app.app, &world::setter(), &id).await.unwrap();
    let back = ada.get(&format!("/admin/connectors/draft?draft={draft}&key=")).await.is(303).location().to_owned();
    assert!(back.starts_with("/admin/connectors/new?"), "{back}");
    assert_eq!(ada.get(&back).await.is(200).value_of("name").as_deref(), Some("Half typed"));
}

#[actix_web::test]
async fn an_access_key_is_kept_but_for_its_secrets() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let id = world::add_key_unverified(&app, "spare", "FAKESPAREKEY00000001", world::SECRET).await;
    access_keys::delete(&app.app, &world::setter(), &id, None).await.unwrap();
    let typed = [
        ("name", "Typed key"),
        ("source", "long_term"),
        ("key_id", "FAKESPAREKEY00000002"),
        ("secret", "fake-secret-that-must-not-come-back-0001"),
        ("partition", "aws"),
        ("note", "Whose it is"),
        ("skip_validation", "true"),
        ("version", "1"),
    ];
    let page = ada.post(&format!("/admin/access-keys/{id}?draft=a%22b"), &typed).await;
    page.is(404).says("New access key").says("This access key was deleted by setter at").says("Whose it is");
    sends_to(&page, "/admin/access-keys/new?draft=a%22b");
    assert_eq!(page.value_of("key_id").as_deref(), Some("FAKESPAREKEY00000002"));
    assert!(!page.body.contains("must-not-come-back"), "{}", page.body);
    let page = ada.post(&format!("/admin/access-keys/{id}"), &typed).await;
    sends_to(&page, "/admin/access-keys/new");
    ada.post("/admin/access-keys/new", &typed).await.is(303);
    assert_ne!(app.key_id("Typed key").await, id);
}

#[actix_web::test]
async fn a_policy_example_of_either_kind_is_added_again() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    for (kind, field, text) in [("policy", "text", world::POLICY), ("policy_arn", "arn", arn)] {
        let typed = [("kind", kind), ("name", "Typed"), ("description", "What it allows."), (field, text)];
        ada.post("/admin/policy-examples/new", &typed).await.is(303);
        let all = policy_examples::list(&app.app, &world::setter()).await.unwrap();
        let id = all.into_iter().find(|known| known.example.name == "Typed").unwrap().id;
        policy_examples::delete(&app.app, &world::setter(), &id, 1).await.unwrap();
        // The form of one that is there sends no kind.
        let page =
            ada.post(&format!("/admin/policy-examples/{id}"), &[&typed[1..], &[("version", "1")]].concat()).await;
        page.is(404)
            .says("New policy example")
            .says("This policy example was deleted by setter at")
            .says("What it allows.");
        sends_to(&page, "/admin/policy-examples/new");
        assert!(
            page.body.contains(&format!("value=\"{kind}\" checked"))
                || page.body.contains(&format!("id=\"f-kind\" value=\"{kind}\" checked")),
            "{kind}: {}",
            page.body
        );
        assert!(page.text().contains("s3:*") || page.value_of("arn").as_deref() == Some(arn), "{}", page.body);
    }
}

#[actix_web::test]
async fn an_account_says_how_it_comes_back() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    let id = accounts::list(&app.app, &world::setter()).await.unwrap()[0].account.id.clone();
    access_keys::delete(&app.app, &world::setter(), &key, None).await.unwrap();
    accounts::delete(&app.app, &world::setter(), &id, 1).await.unwrap();
    let typed =
        [("label", "Payments"), ("colour", "4"), ("owner", "Payments team"), ("note", "One."), ("version", "1")];
    let page = ada.post(&format!("/admin/accounts/{id}"), &typed).await;
    page.is(404).says("This account was deleted by setter at").says("comes back").says("1234-5678-9012");
    assert_eq!(page.value_of("owner").as_deref(), Some("Payments team"));
    assert!(
        !page.body.contains("class=\"primary\">Save") && !page.body.contains(&format!("{id}/delete")),
        "{}",
        page.body
    );
}
