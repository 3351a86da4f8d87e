//! What the portal holds while it is measured: 10,000 connectors in 200 accounts, of which a person may use 50.

use std::path::Path;
use std::sync::Arc;

use daypass::app::App;
use daypass::clock::Clock;
use daypass::config::Config;
use daypass::model::connector::Connector;
use daypass::model::event::{Kind, Origin};
use daypass::model::grant::Grant;
use daypass::model::identity::{GroupRef, Identity, Person};
use daypass::model::partition::Partition;
use daypass::model::policy::{Policy, SessionPolicies};
use daypass::model::principal::{Principal, RoleArn, SourceIdentity};
use daypass::portal::Who;
use daypass::portal::access_keys::{self, AccessKeyForm};
use daypass::portal::tokens::{TokenForm, system};
use daypass::portal::users::{self, NewUser};
use daypass::random;
use daypass::sandbox::{
    SAMPLE_ACCOUNT, SAMPLE_KEY_ID, SAMPLE_OTHER_ACCOUNT, SAMPLE_OTHER_KEY_ID, SAMPLE_OTHER_SECRET, SAMPLE_SECRET,
};
use daypass::store::{StoreError, accounts, connectors, grants};
use secrecy::SecretString;

/// How many connectors there are.
pub const CONNECTORS: usize = 10_000;
/// How many of them the person may use.
pub const GRANTED: usize = 50;
/// How many connectors are for programs whose sessions are too short to be kept, each with a token; and how many for such
/// whose are kept.
pub const PROGRAMS: usize = 16;
const ACCOUNTS: usize = 200;
const GROUP: &str = "engineers";

/// The person's name and password.
pub const PERSON: (&str, &str) = ("emil", "not a real password");
/// The session policy of every call.
pub const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}"#;

/// The role that every call assumes.
pub fn role() -> String {
    format!("arn:aws:iam::{SAMPLE_ACCOUNT}:role/ReadOnly")
}

/// A connector's slug, and a program's token for it.
pub type Program = (String, SecretString);

/// The programs that ask.
pub struct Programs {
    /// AWS is asked each time.
    pub own: Vec<Program>,
    /// AWS is asked once.
    pub kept: Vec<Program>,
    /// Those of another account.
    pub others: Vec<Program>,
}

/// Fills the folder that `config` names, through the library.
pub async fn fill(config: &Path) -> Programs {
    let config = daypass::config::load(Some(config), std::iter::empty()).expect("the settings");
    let app = build(config).await;
    let key = access_key(&app, "broker", (SAMPLE_KEY_ID, SAMPLE_SECRET)).await;
    let other = access_key(&app, "other", (SAMPLE_OTHER_KEY_ID, SAMPLE_OTHER_SECRET)).await;
    let new = NewUser {
        user_name: PERSON.0.to_owned(),
        display_name: "Emil Novak".to_owned(),
        mail: "emil@example.test".to_owned(),
        password: PERSON.1.into(),
        groups: vec![GROUP.to_owned()],
        attributes: Default::default(),
    };
    users::add(&app, new, Kind::UserCreate, &Origin::default()).await.expect("a person");
    let mut all: Vec<Connector> = (0..CONNECTORS).map(|number| connector(&app, number, &key)).collect();
    all.extend((1..=PROGRAMS).map(|number| beside(&app, number, &other)));
    let now = app.clock.now();
    let write = app.database.write(move |connection| {
        for number in 0..ACCOUNTS {
            accounts::ensure(connection, Partition::Aws, &account(number))?;
        }
        for (number, connector) in all.iter().enumerate() {
            connectors::insert(connection, connector, "bench")?;
            let granted = number % (CONNECTORS / GRANTED) == 0;
            let group = if granted { GROUP.to_owned() } else { format!("team-{}", number % 97) };
            let grant = Grant {
                id: random::id(),
                connector_id: connector.id.clone(),
                group: GroupRef { directory: "local".to_owned(), id: group.clone() },
                group_name: group,
                group_detail: "local group".to_owned(),
                created_by: "bench".to_owned(),
                created_at: now,
            };
            grants::insert(connection, &grant)?;
        }
        Ok::<_, StoreError>(((), Vec::new()))
    });
    write.await.expect("the connectors are written");
    let (mut own, mut kept, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=PROGRAMS {
        own.push(program(&app, slug(number)).await);
        kept.push(program(&app, slug(PROGRAMS + number)).await);
        others.push(program(&app, format!("beside-{number}")).await);
    }
    Programs { own, kept, others }
}

async fn access_key(app: &App, name: &str, (id, secret): (&str, &str)) -> String {
    let key = AccessKeyForm {
        name: name.to_owned(),
        key_id: id.to_owned(),
        secret: secret.into(),
        partition: "aws".to_owned(),
        ..AccessKeyForm::default()
    };
    access_keys::create(app, &nobody(), key).await.expect("the sandbox knows the key")
}

async fn program(app: &App, slug: String) -> Program {
    let form = TokenForm {
        name: format!("program-{slug}"),
        life: "1d".to_owned(),
        parts: ["use", "console"].map(str::to_owned).to_vec(),
        more: slug.clone(),
        ..TokenForm::default()
    };
    let made = system::create_program(app, &form).await.expect("a token");
    (slug, made.text)
}

/// A connector for programs of the other account.
fn beside(app: &App, number: usize, key: &str) -> Connector {
    let mut connector = connector(app, number, key);
    connector.slug = format!("beside-{number}");
    connector.name = format!("Beside {number}");
    connector.account_id = Some(SAMPLE_OTHER_ACCOUNT.to_owned());
    if let Principal::AssumeRole { role, .. } = &mut connector.principal {
        let arn = format!("arn:aws:iam::{SAMPLE_OTHER_ACCOUNT}:role/ReadOnly");
        *role = RoleArn::parse(&arn).expect("a role");
    }
    connector
}

async fn build(config: Config) -> Arc<App> {
    App::build(config, Clock::system(), false).await.expect("the portal's parts")
}

/// The name of a connector in addresses.
pub fn slug(number: usize) -> String {
    format!("connector-{number}")
}

fn account(number: usize) -> String {
    if number == 0 { SAMPLE_ACCOUNT.to_owned() } else { format!("{:012}", 100_000_000_000 + number) }
}

fn connector(app: &App, number: usize, key: &str) -> Connector {
    let program = (1..=2 * PROGRAMS).contains(&number);
    let short = (1..=PROGRAMS).contains(&number);
    // The person's connectors lead into ten accounts, all others into all of them.
    let every = CONNECTORS / GRANTED;
    let at = match number % every {
        _ if program => 0,
        0 => number / every % 10,
        other => other % ACCOUNTS,
    };
    let role = if at == 0 { role() } else { format!("arn:aws:iam::{}:role/team/ReadOnly", account(at)) };
    let policies = SessionPolicies { inline: Some(Policy::parse(POLICY).expect("a policy")), arns: Vec::new() };
    Connector {
        id: random::id(),
        slug: slug(number),
        name: format!("Connector {number}"),
        description: "Look at everything, change nothing".to_owned(),
        access_key_id: key.to_owned(),
        partition: Partition::Aws,
        account_id: Some(account(at)),
        principal: Principal::AssumeRole {
            role: RoleArn::parse(&role).expect("a role"),
            external_id: None,
            source_identity: SourceIdentity::Off,
            through: Vec::new(),
            tags: Vec::new(),
            policies,
        },
        duration: Some(if short { 900 } else { 3600 }),
        region: None,
        console_start: String::new(),
        system_scope: program,
        enabled: true,
        open_without_asking: false,
        registry_tokens_outlive: false,
        version: 1,
        updated_at: app.clock.now(),
    }
}

/// Who adds the access key: an administrator that is no person.
fn nobody() -> Who {
    let text = || "bench".to_owned();
    let person = Person {
        id: text(),
        directory: "local".to_owned(),
        external_id: text(),
        user_name: text(),
        display_name: text(),
        mail: String::new(),
        session_name: text(),
        federated_name: text(),
    };
    let identity = Identity {
        person,
        groups: Vec::new(),
        attributes: Default::default(),
        administrator: true,
        restricted: false,
        auditor: false,
        via: Default::default(),
    };
    Who::person(identity, Origin::default())
}
