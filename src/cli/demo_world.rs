//! What the demo begins with: people, groups, two accounts in the sandbox, access keys, connectors, grants.
//!
//! Everything goes through the same use cases as in the pages, so that the demo cannot hold what a page would refuse.

use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::model::account::About;
use crate::model::api_token::Part;
use crate::model::event::{Kind, Origin};
use crate::model::identity::{Identity, Person};
use crate::portal::access_keys::AccessKeyForm;
use crate::portal::connectors::ConnectorForm;
use crate::portal::policy_examples::ExampleForm;
use crate::portal::tokens::TokenForm;
use crate::portal::users::NewUser;
use crate::portal::{PortalError, Who, access_keys, accounts, connectors, permissions, policy_examples, tokens, users};
use crate::random;
use crate::sandbox::{Account, Domain, Key, Role, User, World};

/// A person of the demo.
pub(super) struct DemoPerson {
    pub(super) name: &'static str,
    pub(super) role: &'static str,
    pub(super) about: &'static str,
    pub(super) password: SecretString,
}

/// What the demo was filled with.
pub(super) struct Filled {
    pub(super) people: Vec<DemoPerson>,
    pub(super) token: SecretString,
    /// Slug of the connector that the token may use.
    pub(super) connector: &'static str,
}

const PAYMENTS: &str = "123456789012";
const PLAYGROUND: &str = "210987654321";
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";

fn key(name: &str) -> Key {
    let id = format!("SANDBOX{}", random::text(b"ABCDEFGHJKMNPQRSTUVWXYZ234567", 13));
    Key::new(&id, &format!("not-a-real-secret/{name}/{}", random::text(LETTERS, 16)))
}

fn account(id: &str) -> Account {
    Account {
        id: id.to_owned(),
        partition: "aws".to_owned(),
        domains: vec![Domain { name: "packages".to_owned(), region: "us-east-1".to_owned() }],
        ..Account::default()
    }
}

/// The sandbox's two accounts; keys are made anew at each start.
pub(super) fn aws() -> World {
    let mut payments = account(PAYMENTS);
    payments.users.push(User::broker("daypass-broker", key("payments")));
    let broker = payments.user_arn("daypass-broker");
    payments.roles.push(Role::trusting("ReadOnly", &broker, 12));
    payments.roles.push(Role { permits_source_identity: true, ..Role::trusting("Operator", &broker, 1) });
    payments.roles.push(Role::trusting("Build", &broker, 4));
    let mut playground = account(PLAYGROUND);
    playground.users.push(User::broker("daypass-federation", key("federation")));
    playground.users.push(User::broker("build-server", key("session")));
    World { accounts: vec![payments, playground] }
}

/// Fills an empty database.
pub(super) async fn fill(app: &App, world: &World) -> Result<Filled, PortalError> {
    let people = people(app).await?;
    let who = Who::person(the_demo(), Origin::default());
    let keys = keep_keys(app, &who, world).await?;
    for connector in sample_connectors(&keys) {
        let groups = connector.groups;
        let id = connectors::create(app, &who, &connector.form).await?;
        for group in groups {
            permissions::grant(app, &who, &id, group).await?;
        }
    }
    describe_accounts(app, &who).await?;
    policy_examples::create(app, &who, &sample_example()).await?;
    let token = tokens::system::create_program(app, &sample_token()).await?.text;
    Ok(Filled { people, token, connector: "build-artifacts" })
}

/// That of a build server.
fn sample_token() -> TokenForm {
    TokenForm {
        name: "build-server".to_owned(),
        life: "7d".to_owned(),
        parts: [Part::Use, Part::Console].map(|part| part.word().to_owned()).to_vec(),
        connectors: vec!["build-artifacts".to_owned()],
        ..TokenForm::default()
    }
}

/// Names the two accounts, and says whom to ask about the one that matters.
async fn describe_accounts(app: &App, who: &Who) -> Result<(), PortalError> {
    let payments = ("Payments (production)", 0, "Payments team", "payments@example.test");
    for (number, (label, colour, owner, contact)) in [(PAYMENTS, payments), (PLAYGROUND, ("Playground", 3, "", ""))] {
        let all = accounts::list(app, who).await?;
        let Some(known) = all.into_iter().find(|known| known.account.account_id == number) else { continue };
        let (label, owner, contact) = (label.to_owned(), owner.to_owned(), contact.to_owned());
        let about = About { label, colour, owner, contact, note: String::new() };
        accounts::update(app, who, &known.account.id, known.account.version, &about).await?;
    }
    Ok(())
}

/// One that an administrator might have written.
fn sample_example() -> ExampleForm {
    ExampleForm {
        kind: "policy".to_owned(),
        name: "Buckets of Payments".to_owned(),
        description: "Read the buckets whose names begin with payments-, and nothing else.".to_owned(),
        text: include_str!("demo_world/payments-buckets.json").to_owned(),
        version: 0,
    }
}

/// The text of the shipped example of this word.
fn shipped(id: &str) -> String {
    policy_examples::Shipped::find(id).map(|shipped| shipped.text.trim_end().to_owned()).unwrap_or_default()
}

/// Who makes the sample data: an administrator that is no person and cannot sign in.
fn the_demo() -> Identity {
    let text = |text: &str| text.to_owned();
    let person = Person {
        id: text("demo"),
        directory: text("local"),
        external_id: text("demo"),
        user_name: text("daypass demo"),
        display_name: text("Daypass demo"),
        mail: String::new(),
        session_name: text("daypass-demo"),
        federated_name: text("daypass-demo"),
    };
    Identity {
        person,
        groups: Vec::new(),
        attributes: Default::default(),
        administrator: true,
        restricted: false,
        auditor: false,
        via: Default::default(),
    }
}

async fn people(app: &App) -> Result<Vec<DemoPerson>, PortalError> {
    let sample: [(&str, &str, &str, &str, &[&str]); 4] = [
        (
            "ada",
            "Ada Fisher",
            "administrator",
            "administrator: access keys, connectors, permissions",
            &["administrators"],
        ),
        (
            "emil",
            "Emil Novak",
            "user",
            "employee: opens the payments and playground consoles",
            &["payments-ops", "developers"],
        ),
        ("dana", "Dana Okoye", "user", "employee: only the playground", &["developers"]),
        ("aria", "Aria Lindqvist", "auditor", "auditor: reads the usage log", &["auditors"]),
    ];
    let mut people = Vec::new();
    for (name, display_name, role, about, groups) in sample {
        let password = SecretString::from(random::text(LETTERS, 14));
        let new = NewUser {
            user_name: name.to_owned(),
            display_name: display_name.to_owned(),
            mail: format!("{name}@example.test"),
            password: password.clone(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            attributes: Default::default(),
        };
        users::add(app, new, Kind::UserCreate, &Origin::default()).await?;
        people.push(DemoPerson { name, role, about, password });
    }
    Ok(people)
}

/// Keeps the sandbox's keys, each validated by a call to the sandbox. Gives their ids, in the order of the users.
async fn keep_keys(app: &App, who: &Who, world: &World) -> Result<Vec<String>, PortalError> {
    let mut ids = Vec::new();
    for user in world.accounts.iter().flat_map(|account| &account.users) {
        for key in &user.keys {
            let form = AccessKeyForm {
                name: user.name.clone(),
                key_id: key.id.clone(),
                secret: key.secret.clone().into(),
                partition: "aws".to_owned(),
                note: "Made for the demo; the sandbox knows it.".to_owned(),
                ..AccessKeyForm::default()
            };
            debug_assert!(!form.secret.expose_secret().is_empty());
            ids.push(access_keys::create(app, who, form).await?);
        }
    }
    Ok(ids)
}

struct Sample {
    form: ConnectorForm,
    groups: &'static [&'static str],
}

fn sample_connectors(keys: &[String]) -> Vec<Sample> {
    let key = |index: usize| keys.get(index).cloned().unwrap_or_default();
    let role = |name: &str| format!("arn:aws:iam::{PAYMENTS}:role/{name}");
    let base = |name: &str, slug: &str, description: &str, kind: &str, key: String| ConnectorForm {
        name: name.to_owned(),
        slug: slug.to_owned(),
        description: description.to_owned(),
        principal_type: kind.to_owned(),
        access_key: key,
        enabled: true,
        ..ConnectorForm::default()
    };
    let read_only = ConnectorForm {
        role_arn: role("ReadOnly"),
        duration: "12h".to_owned(),
        open_without_asking: true,
        ..base("Payments read-only", "payments-read-only", "Look at everything, change nothing", "assume_role", key(0))
    };
    let operator = ConnectorForm {
        role_arn: role("Operator"),
        source_identity: "on".to_owned(),
        region: "eu-central-1".to_owned(),
        policy: shipped("deny-iam"),
        ..base("Payments operator", "payments-operator", "Deploy and restart services", "assume_role", key(0))
    };
    let build = ConnectorForm {
        role_arn: role("Build"),
        system_scope: true,
        duration: "1h".to_owned(),
        registry_tokens_outlive: true,
        ..base("Build artifacts", "build-artifacts", "For build servers, without a person", "assume_role", key(0))
    };
    let developer = ConnectorForm {
        policy: shipped("deny-iam"),
        duration: "8h".to_owned(),
        ..base("Developer", "developer", "Everything but IAM", "federated_user", key(1))
    };
    let session = base(
        "Legacy build session",
        "legacy-build-session",
        "For old scripts that need a user's session",
        "iam_user",
        key(2),
    );
    vec![
        Sample { form: read_only, groups: &["payments-ops"] },
        Sample { form: operator, groups: &["payments-ops"] },
        Sample { form: build, groups: &[] },
        Sample { form: developer, groups: &["developers"] },
        Sample { form: session, groups: &["developers"] },
    ]
}
