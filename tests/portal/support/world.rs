//! What stands behind the sandbox in most tests, and the access keys and connectors that reach it.

use daypass::model::access::Actor;
use daypass::model::access_key::{AccessKey, KeyState, Validated};
use daypass::model::envelope::Envelope;
use daypass::model::event::Origin;
use daypass::model::identity::{Identity, Person};
use daypass::model::partition::Partition;
use daypass::model::source::{Source, Surroundings};
use daypass::portal::access_keys::{self, AccessKeyForm};
use daypass::portal::connectors::{self, ConnectorForm};
use daypass::portal::{Who, permissions, tokens};
use daypass::sandbox::{Account, Domain, Key, Role, User, World};
use daypass::store;
use daypass::store::access_keys::SealedSecrets;

use secrecy::SecretString;

use super::TestApp;

pub const ACCOUNT: &str = "123456789012";
pub const KEY_ID: &str = "FAKEBROKERKEY0000001";
pub const SECRET: &str = "fake-secret-of-the-broker-not-a-real-one";
pub const SECOND_KEY_ID: &str = "FAKEBROKERKEY0000002";
pub const SECOND_SECRET: &str = "fake-second-secret-of-the-broker-not-real";
pub const SESSION_KEY_ID: &str = "FAKESESSIONKEY000001";
pub const SESSION_SECRET: &str = "fake-secret-of-the-session-user-not-real";
pub const ROOT_KEY_ID: &str = "FAKEROOTKEY000000001";
pub const ROOT_SECRET: &str = "fake-secret-of-the-root-user-not-a-real1";
pub const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

/// One account: a broker, a user for sessions, a root key; roles `ReadOnly` (12 h), `Operator` (1 h), `External` (with an
/// external id), `Stranger` (trusts somebody else).
pub fn sample() -> World {
    let mut account = Account {
        id: ACCOUNT.to_owned(),
        partition: "aws".to_owned(),
        domains: vec![Domain { name: "packages".to_owned(), region: "us-east-1".to_owned() }],
        ..Account::default()
    };
    account.users.push(User::broker("broker", Key::new(KEY_ID, SECRET)));
    account.users.push(User::broker("session", Key::new(SESSION_KEY_ID, SESSION_SECRET)));
    account.root_keys.push(Key::new(ROOT_KEY_ID, ROOT_SECRET));
    let broker = account.user_arn("broker");
    account.roles.push(Role::trusting("ReadOnly", &broker, 12));
    account.roles.push(Role::trusting("Operator", &broker, 1));
    account.roles.push(Role { external_id: Some("right-id".to_owned()), ..Role::trusting("External", &broker, 1) });
    account.roles.push(Role::trusting("Stranger", "arn:aws:iam::999999999999:user/somebody", 1));
    World { accounts: vec![account] }
}

/// [`sample`], with a second key of the broker.
pub fn with_second_key() -> World {
    let mut world = sample();
    world.accounts[0].users[0].keys.push(Key::new(SECOND_KEY_ID, SECOND_SECRET));
    world
}

pub fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// Who sets up a test's data: an administrator that is no person.
pub fn setter() -> Who {
    Who::person(Identity { administrator: true, ..nobody() }, Origin::default())
}

/// The same without any role.
pub fn roleless() -> Who {
    Who::person(nobody(), Origin::default())
}

/// Whoever comes with this token.
pub async fn holder(app: &TestApp, text: &SecretString) -> Actor {
    tokens::authenticate(&app.app, text, Origin::default()).await.unwrap().unwrap().actor
}

fn nobody() -> Identity {
    let text = |text: &str| text.to_owned();
    let person = Person {
        id: text("setter"),
        directory: text("local"),
        external_id: text("setter"),
        user_name: text("setter"),
        display_name: text("setter"),
        mail: String::new(),
        session_name: text("setter"),
        federated_name: text("setter"),
    };
    Identity {
        person,
        groups: Vec::new(),
        attributes: Default::default(),
        administrator: false,
        restricted: false,
        auditor: false,
        via: Default::default(),
    }
}

/// The same without asking AWS.
pub async fn add_key_unverified(app: &TestApp, name: &str, key_id: &str, secret: &str) -> String {
    let form = AccessKeyForm {
        name: name.to_owned(),
        key_id: key_id.to_owned(),
        secret: secret.to_owned().into(),
        partition: "aws".to_owned(),
        skip_validation: true,
        ..AccessKeyForm::default()
    };
    access_keys::create(&app.app, &setter(), form).await.unwrap()
}

/// `read-only` alone, on a key that AWS was never asked about.
pub async fn fill_unverified(app: &TestApp) {
    app.add_person("member-of-ops", &["ops"]).await;
    let broker = add_key_unverified(app, "broker", KEY_ID, SECRET).await;
    add_connector(app, &form("Read only", "read-only", &broker), &["ops"]).await;
}

/// A source of the surroundings, as it stands after it was saved; `arn` is what AWS said of it.
pub async fn add_surroundings(app: &TestApp, name: &str, kind: Surroundings, arn: Option<&str>) -> String {
    let validated = |arn: &str| Validated {
        account_id: arn.split(':').nth(4).unwrap().to_owned(),
        arn: arn.to_owned(),
        at: app.app.clock.now(),
    };
    let key = AccessKey {
        id: daypass::random::id(),
        name: name.to_owned(),
        partition: Partition::Aws,
        source: Source::Surroundings(kind),
        key_id: String::new(),
        note: String::new(),
        validated: arn.map(validated),
        expected_account: None,
        state: KeyState::Unverified,
        trouble: None,
        checked_at: None,
        key_since: app.app.clock.now(),
        last_used_at: None,
        mfa_serial: None,
        envelope: None,
        rotation: None,
        version: 1,
        updated_at: app.app.clock.now(),
    };
    let id = key.id.clone();
    let write = app.app.database.write(move |connection| {
        Ok((store::access_keys::insert(connection, &key, &SealedSecrets::default())?, Vec::new()))
    });
    write.await.unwrap();
    id
}

pub async fn add_key(app: &TestApp, name: &str, key_id: &str, secret: &str) -> String {
    let form = AccessKeyForm {
        name: name.to_owned(),
        key_id: key_id.to_owned(),
        secret: secret.to_owned().into(),
        partition: "aws".to_owned(),
        ..AccessKeyForm::default()
    };
    access_keys::create(&app.app, &setter(), form).await.unwrap()
}

/// A connector's form that is right as it is: assume `ReadOnly`.
pub fn form(name: &str, slug: &str, access_key: &str) -> ConnectorForm {
    ConnectorForm {
        name: name.to_owned(),
        slug: slug.to_owned(),
        principal_type: "assume_role".to_owned(),
        access_key: access_key.to_owned(),
        role_arn: role("ReadOnly"),
        enabled: true,
        ..ConnectorForm::default()
    }
}

/// Opens an access key to restricted administrators, as far as `envelope` goes.
pub async fn open(app: &TestApp, key: &str, envelope: &Envelope) {
    let envelope = serde_json::to_string(envelope).unwrap();
    app.sql(&format!("UPDATE access_keys SET envelope = '{envelope}' WHERE id = '{key}'")).await;
}

/// Adds a connector and lets groups use it; the groups have to be there.
pub async fn add_connector(app: &TestApp, form: &ConnectorForm, groups: &[&str]) -> String {
    let id = connectors::create(&app.app, &setter(), form).await.unwrap();
    for group in groups {
        grant(app, &id, group).await;
    }
    id
}

pub async fn grant(app: &TestApp, connector: &str, group: &str) {
    permissions::grant(&app.app, &setter(), connector, group).await.unwrap();
}

/// `read-only` (assume role, group ops), `federated` (group ops), `session` (IAM user, group ops), `system` (assume role,
/// system scope, nobody). The group `ops` has one member nobody signs in as.
pub async fn fill(app: &TestApp) {
    app.add_person("member-of-ops", &["ops"]).await;
    let broker = add_key(app, "broker", KEY_ID, SECRET).await;
    let session = add_key(app, "session user", SESSION_KEY_ID, SESSION_SECRET).await;
    add_connector(app, &form("Read only", "read-only", &broker), &["ops"]).await;
    let federated = ConnectorForm {
        principal_type: "federated_user".to_owned(),
        policy: POLICY.to_owned(),
        ..form("Federated", "federated", &broker)
    };
    add_connector(app, &federated, &["ops"]).await;
    let iam_user = ConnectorForm { principal_type: "iam_user".to_owned(), ..form("Session", "session", &session) };
    add_connector(app, &iam_user, &["ops"]).await;
    add_connector(app, &ConnectorForm { system_scope: true, ..form("System", "system", &broker) }, &[]).await;
}
