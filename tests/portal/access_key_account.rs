//! An access key stays of its account, unless a person means to move it or AWS is asked.

use std::time::Duration;

use daypass::model::access_key::{AccessKey, KeyState};
use daypass::portal::access_keys::check;
use daypass::portal::tokens;
use daypass::sandbox::Key;
use daypass::store::access_keys;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{Page, Person, TestApp, world};

const OTHER: &str = "210987654321";
const SECRET: &str = "fake-secret-of-the-other-account-not-real";
/// Of the other account, but it does not say so.
const SILENT: &str = "FAKEOTHERKEY00000001";

/// An id as AWS makes them, which says the account.
pub fn id_of(account: &str) -> String {
    let bits = 1_u64 << 44 | account.parse::<u64>().unwrap() << 4;
    let digit = |place: u32| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(bits >> (5 * place)) as usize & 31]);
    format!("AKIA{}EXAMPLE", (0..9).rev().map(digit).collect::<String>())
}

/// The sample portal; at AWS there is another account too, and each account has a key whose id says it.
struct Scene {
    app: TestApp,
    ada: Person,
    id: String,
    token: String,
}

impl Scene {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let mut world = world::sample();
        let mut other = world.accounts[0].clone();
        other.id = OTHER.to_owned();
        other.users.truncate(1);
        other.users[0].keys = vec![Key::new(&id_of(OTHER), SECRET), Key::new(SILENT, SECRET)];
        other.root_keys.clear();
        world.accounts[0].users[0].keys.push(Key::new(&id_of(world::ACCOUNT), world::SECOND_SECRET));
        world.accounts.push(other);
        app.sandbox.replace(world);
        let (ada, id) = (app.administrator().await, app.key_id("broker").await);
        let token = tokens::create_for_access_key(&app.app, "fetcher", "broker", Duration::from_secs(3600)).await;
        Self { app, ada, id, token: token.unwrap().expose_secret().to_owned() }
    }

    async fn put(&self, key_id: &str, secret: &str, validate: bool) -> Page {
        let program = self.app.anybody();
        let body = json!({"keyId": key_id, "secret": secret, "validate": validate});
        let request = program.request(Method::PUT, &format!("/api/v1/access-keys/{}/secret", self.id));
        let request = request.bearer_auth(&self.token).header("content-type", "application/json");
        program.send(request.body(body.to_string())).await
    }

    async fn key(&self) -> AccessKey {
        let id = self.id.clone();
        self.app.app.database.read(move |connection| access_keys::find(connection, &id)).await.unwrap()
    }

    fn address(&self) -> String {
        format!("/admin/access-keys/{}", self.id)
    }

    /// The form without asking AWS.
    async fn save(&self, key_id: &str, secret: &str, more: &[(&str, &str)]) -> Page {
        let version = self.key().await.version.to_string();
        let form = [
            ("name", "broker"),
            ("key_id", key_id),
            ("secret", secret),
            ("partition", "aws"),
            ("skip_validation", "true"),
            ("version", &version),
        ];
        self.ada.post(&self.address(), &[&form[..], more].concat()).await
    }

    fn served(&self) -> u64 {
        let counters = self.app.sandbox.counters();
        counters.of("AssumeRole").served + counters.of("GetFederationToken").served
    }

    async fn reason(&self) -> String {
        self.app.last_row().await.2
    }
}

#[actix_web::test]
async fn a_job_does_not_move_a_key_to_another_account() {
    let scene = Scene::new().await;
    for (key_id, validate) in [(id_of(OTHER), false), (id_of(OTHER), true), (SILENT.to_owned(), true)] {
        let json = scene.put(&key_id, SECRET, validate).await.is(422).json();
        let said = json["errors"]["keyId"].as_str().unwrap();
        assert!(said.contains("2109-8765-4321") && said.contains("1234-5678-9012"), "{json}");
        let row = scene.app.last_event().await.event;
        assert_eq!(
            (row.kind.as_str(), row.outcome.as_str(), row.reason.as_str()),
            ("access_key.replace", "refused", "other_account")
        );
        assert_eq!(row.actor_name, "fetcher");
    }
    let key = scene.key().await;
    assert_eq!((key.version, key.key_id.as_str()), (1, world::KEY_ID));
    // Its own account's key is taken, and known to be of that account until AWS says so.
    let json = scene.put(&id_of(world::ACCOUNT), world::SECOND_SECRET, false).await.is(200).json();
    assert_eq!((&json["validated"], &json["accountId"]), (&Value::Bool(false), &world::ACCOUNT.into()), "{json}");
    scene.ada.post("/connectors/read-only/credentials", &[]).await.is(200);
    let key = scene.key().await;
    assert_eq!((key.state, key.expected_account), (KeyState::Good, None));
    // What was known stays known over several replacements that nobody checked.
    for _ in 0..2 {
        scene.put(&id_of(world::ACCOUNT), world::SECOND_SECRET, false).await.is(200);
    }
    scene.put(&id_of(OTHER), SECRET, false).await.is(422);
}

#[actix_web::test]
async fn where_the_id_says_nothing_the_first_use_asks_aws() {
    let scene = Scene::new().await;
    scene.put(SILENT, SECRET, false).await.is(200);
    assert_eq!(scene.key().await.state, KeyState::Unverified);
    let served = scene.served();
    for connector in ["federated", "read-only", "federated"] {
        let page = scene.ada.post(&format!("/connectors/{connector}/credentials"), &[]).await;
        page.is(422).says("another AWS account");
        let row = scene.app.last_event().await.event;
        assert_eq!(
            (row.kind.as_str(), row.outcome.as_str(), row.reason.as_str()),
            ("credentials.issue", "refused", "other_account")
        );
        assert!(row.detail["sentence"].as_str().unwrap().contains("2109-8765-4321"), "{:?}", row.detail);
    }
    scene.ada.post("/console/federated", &[]).await.is(422);
    assert_eq!((scene.reason().await.as_str(), scene.served()), ("other_account", served), "nothing was issued");
    scene.ada.get("/admin/access-keys?q=broker").await.says("Not used").says("2109-8765-4321");

    // Asking AWS does not make it right.
    let page = scene.ada.post(&format!("{}/check", scene.address()), &[]).await;
    scene.ada.get(page.location()).await.says("Not used").says("1234-5678-9012 so far");
    assert_eq!(scene.app.last_row().await, ("access_key.check".into(), "refused".into(), "other_account".into()));
    scene.app.sql("UPDATE access_keys SET checked_at = NULL").await;
    assert_eq!(check::due(&scene.app.app, "one").await.unwrap(), 2);
    scene.ada.post("/connectors/federated/credentials", &[]).await.is(422);

    // A person may mean it.
    scene.ada.get(&scene.address()).await.says("This key belongs to another account");
    scene.save(SILENT, "", &[]).await.is(303);
    scene.ada.post("/connectors/federated/credentials", &[]).await.is(422);
    scene.save(SILENT, "", &[("other_account", "true")]).await.is(303);
    scene.ada.post("/connectors/federated/credentials", &[]).await.is(200);
    let key = scene.key().await;
    assert_eq!((key.state, key.account()), (KeyState::Good, Some(OTHER)));
    scene.ada.get("/admin/connectors?q=federated").await.says("2109-8765-4321");
    scene.ada.get(&scene.address()).await.does_not_say("This key belongs to another account");
}

#[actix_web::test]
async fn a_person_says_that_the_key_is_meant_to_move() {
    let scene = Scene::new().await;
    scene.ada.get(&scene.address()).await.does_not_say("This key belongs to another account");
    let page = scene.save(&id_of(OTHER), SECRET, &[]).await;
    let error = page.is(422).field_error("other_account");
    assert!(error.contains("2109-8765-4321") && error.contains("1234-5678-9012"), "{error}");
    assert!(error.contains("Federated, Read only, System"), "{error}");
    assert!(page.body.contains(r#"name="other_account" value="true""#) && !page.body.contains(SECRET), "{}", page.body);
    assert_eq!(page.value_of("key_id"), Some(id_of(OTHER)), "what was typed is lost");
    assert_eq!(scene.key().await.version, 1);

    scene.save(&id_of(OTHER), SECRET, &[("other_account", "true")]).await.is(303);
    let row = scene.app.last_event().await.event;
    assert_eq!((row.account_id.as_deref(), &row.detail["account_before"]), (Some(OTHER), &world::ACCOUNT.into()));
    assert_eq!(scene.key().await.expected_account.as_deref(), Some(OTHER));
    scene.ada.post("/connectors/federated/credentials", &[]).await.is(200);
    // Back home in the same way; the tick says nothing about a key that did not move.
    scene.save(&id_of(world::ACCOUNT), world::SECOND_SECRET, &[]).await.is(422);
    scene.save(&id_of(world::ACCOUNT), world::SECOND_SECRET, &[("other_account", "true")]).await.is(303);
    scene.ada.post("/connectors/read-only/credentials", &[]).await.is(200);
    assert_eq!(scene.key().await.account(), Some(world::ACCOUNT));
}
