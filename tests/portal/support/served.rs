//! `daypass serve` and `daypass sandbox` as processes, with a configuration file of the test's own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use daypass::config::{Config, PartitionEndpoints};
use daypass::portal::access_keys::{self, AccessKeyForm};
use daypass::portal::connectors::ConnectorForm;
use daypass::portal::tokens;
use daypass::sandbox::{SAMPLE_KEY_ID, SAMPLE_SECRET};
use secrecy::ExposeSecret;

use super::{Database, Program, TestApp, world};

/// `daypass sandbox` on a free port, and its address.
pub fn sandbox(folder: &Path) -> (Program, String) {
    let mut program = Program::daypass(folder, &["sandbox", "--listen", "127.0.0.1:0"]);
    let line = program.line();
    let url = line.split_whitespace().last().unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"), "{line}");
    (program, url)
}

/// How a server is to be: as its configuration file, and as settings of the same meaning.
pub struct Served {
    pub folder: PathBuf,
    pub config: Config,
    pub url: String,
}

impl Served {
    /// A free port; AWS at `sandbox`, which is asked each time, however often. `more` stands at the end of the configuration file.
    pub fn new(folder: &Path, sandbox: &str, database: Option<String>, more: &str) -> Self {
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let (data, signin) = (folder.join("data"), sandbox.replace("127.0.0.1", "localhost"));
        let url = database.as_ref().map(|url| format!("[database]\nurl = {url:?}\n")).unwrap_or_default();
        let file = format!(
            "[server]\nlisten = {listen:?}\ndata_dir = {data:?}\nworkers = 2\n{url}[api]\ncache = false\ntoken_requests_per_second = 1000000\n[aws]\nretries = 1\n[aws.partitions.aws]\nsts_endpoint = {sandbox:?}\niam_endpoint = {sandbox:?}\nsignin_endpoint = {signin:?}\nconsole_endpoint = {sandbox:?}\n{more}"
        );
        std::fs::write(folder.join("daypass.toml"), file).unwrap();
        let mut config = Config::default();
        config.server.data_dir = data;
        config.database.url = database.map(Into::into);
        let endpoints = PartitionEndpoints {
            sts_endpoint: Some(sandbox.to_owned()),
            iam_endpoint: Some(sandbox.to_owned()),
            signin_endpoint: Some(signin),
            console_endpoint: Some(sandbox.to_owned()),
            ..PartitionEndpoints::default()
        };
        config.aws.partitions.insert("aws".to_owned(), endpoints);
        Self { folder: folder.to_owned(), config, url: format!("http://{listen}") }
    }

    /// Puts into its database, before it starts: the sandbox's broker key, the connector `system` (for programs, and for
    /// the group `ops`), `ada` who administers and `alice` of `ops`. Gives a program's token.
    pub async fn prepare(&self) -> String {
        self.fill(false).await
    }

    /// The same where nobody stands in for AWS: the key is not asked about.
    pub async fn prepare_offline(&self) -> String {
        self.fill(true).await
    }

    async fn fill(&self, skip_validation: bool) -> String {
        let app = self.offline(|_| ()).await;
        app.add_person("ada", &["administrators"]).await;
        app.add_person("alice", &["ops"]).await;
        let form = AccessKeyForm {
            name: "broker".to_owned(),
            key_id: SAMPLE_KEY_ID.to_owned(),
            secret: SAMPLE_SECRET.to_owned().into(),
            partition: "aws".to_owned(),
            skip_validation,
            ..AccessKeyForm::default()
        };
        let key = access_keys::create(&app.app, &world::setter(), form).await.unwrap();
        let system = ConnectorForm { system_scope: true, ..world::form("System", "system", &key) };
        world::add_connector(&app, &system, &["ops"]).await;
        let token = tokens::create_unchecked(&app.app, "load", "system", Duration::from_secs(3600)).await.unwrap();
        app.stop().await;
        token.expose_secret().to_owned()
    }

    /// Its database and key files in a portal of this process.
    pub async fn offline(&self, more: impl FnOnce(&mut Config) + 'static) -> TestApp {
        let settings = self.config.clone();
        let change = move |config: &mut Config| {
            config.server.data_dir = settings.server.data_dir;
            config.database = settings.database;
            config.aws.partitions = settings.aws.partitions;
            more(config);
        };
        TestApp::builder().database(Database::Sqlite).config(change).start().await
    }

    /// Starts it; gives it once it says that it serves.
    pub fn start(&self) -> Program {
        let mut program = Program::daypass(&self.folder, &["serve"]);
        let line = program.line();
        assert!(line.starts_with("Daypass serves at"), "{line}");
        program
    }
}
