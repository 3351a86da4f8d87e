//! The portal on slapd, its sandbox, and what callers ask of it.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use daypass::app::App;
use daypass::clock::Clock;
use daypass::model::connector::Connector;
use daypass::model::event::Origin;
use daypass::model::grant::Grant;
use daypass::model::identity::{Identity, Person};
use daypass::model::partition::Partition;
use daypass::model::policy::SessionPolicies;
use daypass::model::principal::{Principal, RoleArn, SourceIdentity};
use daypass::portal::Who;
use daypass::portal::access_keys::{self, AccessKeyForm};
use daypass::random;
use daypass::sandbox::{SAMPLE_ACCOUNT, SAMPLE_KEY_ID, SAMPLE_SECRET};
use daypass::store::{StoreError, accounts, connectors, grants};

use crate::content::{password, uid};
use crate::http::{Connection, Request};
use crate::server::Process;
use crate::slapd::Slapd;

/// The connector that `operators` may use.
pub const CONNECTOR: &str = "read-only";

/// A portal whose directory is slapd.
pub struct Scene {
    pub portal: Process,
    /// Where it listens.
    pub address: String,
    /// The connector's id.
    pub connector: String,
    _sandbox: Process,
}

impl Scene {
    /// Groups are those below `ou=UNIT`; `more` are further lines of `[access]`.
    pub async fn set(folder: &Path, slapd: &Slapd, unit: &str, more: &str) -> Self {
        let folder = folder.join(format!("portal-{}", random::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let sandbox = Process::start(&["sandbox", "--listen", "127.0.0.1:0"]);
        let sts = sandbox.first_line.split_whitespace().last().expect("an address").to_owned();
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("it has one").to_string();
        drop(free);
        let text = format!(
            "[server]\nlisten = '{address}'\ndata_dir = '{}'\nworkers = 2\ntrusted_proxies = ['127.0.0.1']\n[aws.partitions.aws]\nsts_endpoint = '{sts}'\nsignin_endpoint = '{}'\nconsole_endpoint = '{sts}'\n[log]\nlevel = 'error'\n[access]\nadministrators = ['administrators']\n{more}\n[[directory]]\nkind = 'ldap'\n{}",
            folder.join("data").display(),
            sts.replace("127.0.0.1", "localhost"),
            slapd.text(unit)
        );
        let settings = folder.join("daypass.toml");
        std::fs::write(&settings, text).expect("the settings are written");
        let connector = fill(&settings).await;
        let portal = Process::start(&["serve", "--config", settings.to_str().expect("a plain path")]);
        portal.first_answer(&address, &Request::get(&address, "/readyz", &[])).await;
        Self { portal, address, connector, _sandbox: sandbox }
    }

    /// Signs a person in; gives the cookies.
    pub async fn sign_in(&self, number: usize) -> String {
        let mut connection = Connection::open(&self.address).await.expect("the portal");
        let request = self.signing_in(number, &password(number));
        let answer = String::from_utf8_lossy(connection.send(&request).await.expect("signed in")).into_owned();
        let cookies: Vec<&str> = answer
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
            .filter_map(|(_, value)| value.split(';').next())
            .collect();
        cookies.join("; ")
    }

    /// A try to sign in, each person from an address of their own.
    pub fn signing_in(&self, number: usize, password: &str) -> Request {
        self.trying(&uid(number), password, number)
    }

    /// A try with any name, from the address of this number.
    pub fn trying(&self, name: &str, password: &str, from: usize) -> Request {
        let (origin, form) = (self.origin(), format!("username={name}&password={password}"));
        let forwarded = format!("10.{}.{}.{}", from >> 16 & 255, from >> 8 & 255, from & 255);
        let headers = [("origin", origin.as_str()), ("x-forwarded-for", &forwarded)];
        Request::post(&self.address, "/sign-in", &headers, &form)
    }

    /// A page as somebody with these cookies asks for it.
    pub fn page(&self, path: &str, cookie: &str) -> Request {
        Request::get(&self.address, path, &[("cookie", cookie)])
    }

    /// An administrator's wish that all groups are listed anew.
    pub fn refresh(&self, cookie: &str) -> Request {
        let headers = [("origin", &*self.origin()), ("cookie", cookie)];
        Request::post(&self.address, "/admin/directories", &headers, "action=check&directory=corp")
    }

    /// Opens the console.
    pub fn console(&self, cookie: &str) -> Request {
        let headers = [("origin", &*self.origin()), ("cookie", cookie)];
        Request::post(&self.address, &format!("/console/{CONNECTOR}"), &headers, "destination=%2Fec2%2Fv2%2Fhome")
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends one request on a connection of its own.
    pub async fn once(&self, request: &Request) {
        let mut connection = Connection::open(&self.address).await.expect("the portal");
        connection.send(request).await.expect("the right answer");
    }
}

/// Puts the connector and its grant to `operators` into the folder that the settings name. Gives the connector's id.
async fn fill(settings: &Path) -> String {
    let config = daypass::config::load(Some(settings), std::iter::empty()).expect("the settings");
    let app = App::build(config, Clock::system(), false).await.expect("the portal's parts");
    let key = AccessKeyForm {
        name: "broker".to_owned(),
        key_id: SAMPLE_KEY_ID.to_owned(),
        secret: SAMPLE_SECRET.into(),
        partition: "aws".to_owned(),
        ..AccessKeyForm::default()
    };
    let key = access_keys::create(&app, &nobody(), key).await.expect("the sandbox knows the key");
    let connector = connector(&app, key);
    let groups = app.directories.groups_named("operators").await.expect("slapd answers");
    let grant = groups.into_iter().next().map(|group| Grant {
        id: random::id(),
        connector_id: connector.id.clone(),
        group: group.group,
        group_name: group.name,
        group_detail: group.detail,
        created_by: "bench".to_owned(),
        created_at: app.clock.now(),
    });
    let id = connector.id.clone();
    let write = app.database.write(move |connection| {
        accounts::ensure(connection, Partition::Aws, SAMPLE_ACCOUNT)?;
        connectors::insert(connection, &connector, "bench")?;
        if let Some(grant) = &grant {
            grants::insert(connection, grant)?;
        }
        Ok::<_, StoreError>(((), Vec::new()))
    });
    write.await.expect("it is written");
    id
}

fn connector(app: &App, access_key_id: String) -> Connector {
    let role = RoleArn::parse(&format!("arn:aws:iam::{SAMPLE_ACCOUNT}:role/ReadOnly")).expect("a role");
    Connector {
        id: random::id(),
        slug: CONNECTOR.to_owned(),
        name: "Read only".to_owned(),
        description: String::new(),
        access_key_id,
        partition: Partition::Aws,
        account_id: Some(SAMPLE_ACCOUNT.to_owned()),
        principal: Principal::AssumeRole {
            role,
            external_id: None,
            source_identity: SourceIdentity::Off,
            through: Vec::new(),
            tags: Vec::new(),
            policies: SessionPolicies::default(),
        },
        duration: Some(3600),
        region: None,
        console_start: String::new(),
        system_scope: false,
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
        directory: "corp".to_owned(),
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

/// How long a wait for something in the background is at most.
pub const LONGEST: Duration = Duration::from_secs(60);
