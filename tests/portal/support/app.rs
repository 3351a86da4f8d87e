//! A portal of its own for each test: own database, own key files, own sandbox, on free ports.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use daypass::app::App;
use daypass::clock::Clock;
use daypass::config::{Config, PartitionEndpoints};
use daypass::model::event::{Kind, Origin};
use daypass::portal::tokens;
use daypass::portal::users::{self, NewUser};
use daypass::sandbox::{Sandbox, World};
use daypass::store::usage_log::{self, Filter, Recorded};
use daypass::store::{access_keys, connectors, schema};
use daypass::web;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::{Page, Person, world};

/// The password of everybody whom tests make.
pub const PASSWORD: &str = "fake password for tests";

/// What `tests/run` says of a server, or a failure that says so.
pub fn peer(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run the tests with tests/run, which starts the server"))
}

/// The database that this run is on.
#[derive(Clone, Debug)]
pub enum Database {
    Sqlite,
    /// A database of its own, dropped at the end.
    Postgres {
        admin: String,
        name: String,
    },
}

impl Database {
    fn of_this_run() -> Self {
        match std::env::var("DAYPASS_TEST_DATABASE").as_deref() {
            Ok("postgres") => Self::create_postgres(),
            _ => Self::Sqlite,
        }
    }

    pub fn create_postgres() -> Self {
        let admin = peer("DAYPASS_TEST_POSTGRES");
        let name = format!("test_{}", daypass::random::text(b"abcdefghijklmnopqrstuvwxyz", 16));
        let mut connection = PgConnection::establish(&admin).unwrap();
        connection.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        Self::Postgres { admin, name }
    }

    pub fn url(&self) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres { admin, name } => Some(format!("{}/{name}", admin.rsplit_once('/').unwrap().0)),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Self::Postgres { admin, name } = self else { return };
        if let Ok(mut connection) = PgConnection::establish(admin) {
            let _ = connection.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// A running portal.
pub struct TestApp {
    pub app: Arc<App>,
    pub sandbox: Sandbox,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    handle: ServerHandle,
    pub folder: TempDir,
    // Last, so that it goes when nothing is connected any more.
    _database: Arc<Database>,
}

/// How a portal is to be.
pub struct Builder {
    world: World,
    clock: Clock,
    aws_clock: Option<Clock>,
    database: Option<Database>,
    change: Box<dyn FnOnce(&mut Config)>,
}

impl Builder {
    /// With other settings.
    pub fn config(mut self, change: impl FnOnce(&mut Config) + 'static) -> Self {
        self.change = Box::new(change);
        self
    }

    /// With a clock that the test sets.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// With another clock at AWS than the portal's: requests are signed by the system's, so that a portal's clock that is
    /// set far ahead would meet refusals.
    pub fn aws_clock(mut self, clock: Clock) -> Self {
        self.aws_clock = Some(clock);
        self
    }

    /// With another world behind the sandbox.
    pub fn world(mut self, world: World) -> Self {
        self.world = world;
        self
    }

    /// On a database of the test's choice, whatever this run is on.
    pub fn database(mut self, database: Database) -> Self {
        self.database = Some(database);
        self
    }

    /// Starts it, empty.
    pub async fn start(self) -> TestApp {
        let folder = tempfile::tempdir().unwrap();
        let database = self.database.unwrap_or_else(Database::of_this_run);
        let aws_clock = self.aws_clock.unwrap_or_else(|| self.clock.clone());
        let sandbox =
            Sandbox::start(TcpListener::bind("127.0.0.1:0").unwrap(), self.world, aws_clock, 1).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut config = Config::default();
        config.server.listen = listener.local_addr().unwrap().to_string();
        config.server.data_dir = folder.path().join("data");
        config.server.workers = 2;
        config.database.url = database.url().map(Into::into);
        config.aws.retries = 1;
        config.aws.attempt_timeout = Duration::from_secs(2);
        config.aws.operation_timeout = Duration::from_secs(4);
        config.aws.partitions.insert("aws".to_owned(), endpoints(&sandbox));
        (self.change)(&mut config);
        let app = App::build(config, self.clock, false).await.unwrap();
        let server = web::server::start(&app, listener).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let url = app.address("");
        TestApp { app, sandbox, url, handle, folder, _database: Arc::new(database) }
    }
}

fn endpoints(sandbox: &Sandbox) -> PartitionEndpoints {
    PartitionEndpoints {
        sts_endpoint: Some(sandbox.sts_url()),
        iam_endpoint: Some(sandbox.sts_url()),
        ecr_endpoint: Some(sandbox.sts_url()),
        codeartifact_endpoint: Some(sandbox.sts_url()),
        signin_endpoint: Some(sandbox.signin_url()),
        console_endpoint: Some(sandbox.console_url()),
        ..PartitionEndpoints::default()
    }
}

impl TestApp {
    pub fn builder() -> Builder {
        Builder {
            world: world::sample(),
            clock: Clock::system(),
            aws_clock: None,
            database: None,
            change: Box::new(|_| {}),
        }
    }

    /// A portal with the sample access key and connectors of [`world::fill`].
    pub async fn start() -> Self {
        let app = Self::builder().start().await;
        world::fill(&app).await;
        app
    }

    /// Makes a local person, without signing in.
    pub async fn add_person(&self, name: &str, groups: &[&str]) -> String {
        let new = NewUser {
            user_name: name.to_owned(),
            display_name: format!("{name} of the tests"),
            mail: format!("{name}@example.test"),
            password: PASSWORD.into(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            attributes: Default::default(),
        };
        users::add(&self.app, new, Kind::UserCreate, &Origin::default()).await.unwrap()
    }

    /// Makes a local person and signs in.
    pub async fn person(&self, name: &str, groups: &[&str]) -> Person {
        self.add_person(name, groups).await;
        self.sign_in(name).await
    }

    /// An administrator who signed in.
    pub async fn administrator(&self) -> Person {
        self.person("ada", &["administrators"]).await
    }

    /// An auditor who signed in.
    pub async fn auditor(&self) -> Person {
        self.person("aria", &["auditors"]).await
    }

    /// Somebody who did not sign in.
    pub fn anybody(&self) -> Person {
        Person::new(&self.url)
    }

    /// Signs a person in through the page.
    pub async fn sign_in(&self, name: &str) -> Person {
        let person = self.anybody();
        let page = person.post("/sign-in", &[("username", name), ("password", PASSWORD)]).await;
        assert_eq!((page.status, page.location()), (303, "/"), "{}", page.text());
        person
    }

    /// The newest rows of the usage log, newest first.
    pub async fn events(&self) -> Vec<Recorded> {
        self.app.database.read(|connection| usage_log::page(connection, &Filter::default(), 1000)).await.unwrap()
    }

    /// The newest row of the usage log.
    pub async fn last_event(&self) -> Recorded {
        self.events().await.into_iter().next().unwrap()
    }

    /// Kind, outcome and reason of the newest row.
    pub async fn last_row(&self) -> (String, String, String) {
        let event = self.last_event().await.event;
        (event.kind, event.outcome, event.reason)
    }

    /// Changes the database behind the portal's back.
    pub async fn sql(&self, text: &str) {
        let text = text.to_owned();
        let write = self.app.database.write(move |connection| {
            diesel::sql_query(text).execute(connection)?;
            Ok(((), Vec::new()))
        });
        write.await.unwrap();
    }

    /// Puts a sealed secret into an access key's row.
    pub async fn put_secret(&self, id: &str, sealed: Vec<u8>) {
        let id = id.to_owned();
        let write = self.app.database.write(move |connection| {
            diesel::update(schema::access_keys::table.find(id))
                .set(schema::access_keys::secret.eq(sealed))
                .execute(connection)?;
            Ok(((), Vec::new()))
        });
        write.await.unwrap();
    }

    /// A program's token for a connector, good for an hour.
    pub async fn token(&self, slug: &str, connector: &str) -> String {
        let text = tokens::create_unchecked(&self.app, slug, connector, Duration::from_secs(3600)).await.unwrap();
        text.expose_secret().to_owned()
    }

    /// The id of a connector, by its slug.
    pub async fn connector_id(&self, slug: &str) -> String {
        let slug = slug.to_owned();
        self.app.database.read(move |connection| connectors::resolve(connection, &slug)).await.unwrap().id
    }

    /// The id of an access key, by its name.
    pub async fn key_id(&self, name: &str) -> String {
        let keys = self.app.database.read(access_keys::all).await.unwrap();
        keys.into_iter().find(|key| key.name == name).unwrap().id
    }

    /// A GET without any cookie.
    pub async fn get(&self, path: &str) -> Page {
        self.anybody().get(path).await
    }

    /// Follows AWS's sign-in link as a browser does: the console page that it ends at.
    pub async fn arrive(&self, link: &str) -> Page {
        let browser = self.anybody();
        let mut page = browser.get(link).await;
        while page.status == 302 {
            page = browser.get(page.location()).await;
        }
        page
    }

    /// The folder of key files.
    pub fn keys(&self) -> PathBuf {
        self.folder.path().join("data/keys")
    }

    /// Stops it. Dropping it does too, without waiting.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}
