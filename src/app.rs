//! The assembled parts. Only [`App::build`] turns settings into parts; there are no statics.

mod closed;
mod directories;
mod instance;
pub mod kept;
mod keyring;
pub mod progress;
pub mod standing;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use url::Url;
use zeroize::Zeroizing;

pub use self::keyring::{COOKIE_KEY, check_kms, cookie_key_place, keyring_as_it_is};
use crate::aws::{Clients, Endpoints, Federation, Registries, Sdk, endpoints};
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::Directories;
use crate::keyring::Keyring;
use crate::model::api_token::ApiToken;
use crate::model::credentials::TemporaryCredentials;
use crate::model::identity::GroupRef;
use crate::model::summary::Summary;
use crate::store::generations::Generation;
use crate::store::grants::Granted;
use crate::store::{Database, Location};
pub use closed::{Closed, LastLook};
use standing::{Facts, Standing};

/// A session of each access key; whoever holds the lock makes it, so that one code is used up and not many.
pub type MfaSessions = moka::sync::Cache<(String, i32), Arc<tokio::sync::Mutex<Option<TemporaryCredentials>>>>;

/// How long an unused session with MFA stays in memory.
const MFA_IDLE: Duration = Duration::from_secs(600);

/// Lists of connectors by whether their reader may use all, and the reader's groups, sorted.
pub type Lists = Standing<(bool, Vec<GroupRef>), Vec<Summary>>;

/// How many connectors all lists hold together: about half a kilobyte each.
const LISTED: u64 = 20_000;

/// How many connectors, and how many tokens, are known at a time: a few kilobytes each.
const KNOWN: u64 = 1_000;

/// Everything that a request may need.
pub struct App {
    /// The settings, as they were read.
    pub config: Config,
    /// The time of day.
    pub clock: Clock,
    /// What is remembered.
    pub database: Database,
    /// What seals and opens secrets.
    pub keyring: Keyring,
    /// People and groups, in the order of the configuration.
    pub directories: Directories,
    /// What the clients of all AWS services have in common.
    pub sdk: Sdk,
    /// STS clients.
    pub clients: Clients,
    /// The same for who waits only `api.deadline`: shorter attempts, one retry.
    pub hurried: Clients,
    /// The federation endpoint's client.
    pub federation: Federation,
    /// Log-ins to ECR and CodeArtifact.
    pub registries: Registries,
    /// Where AWS is reached.
    pub endpoints: Endpoints,
    /// The address people type: scheme, host, port.
    pub public_url: Url,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Signs the session cookie and the mark of known browsers (64 bytes).
    pub cookie_key: Zeroizing<Vec<u8>>,
    /// Wrong passwords of the last minutes.
    pub throttle: crate::throttle::Throttle,
    /// The code for the first administrator, while it is open.
    pub setup: crate::throttle::SetupCode,
    /// What people may use, by what it follows from.
    pub lists: Lists,
    /// All groups with grants.
    pub granted_groups: Standing<(), Vec<Granted>>,
    /// What uses are decided on and made with, by the connector as it was asked for, and whether a person did.
    pub facts: Standing<(String, bool), Facts>,
    /// API tokens by their hash.
    pub tokens: Standing<String, ApiToken>,
    /// What the federation endpoint takes, by connector and version, as learned from its refusals.
    pub console_modes: moka::sync::Cache<(String, i32), crate::aws::console::Mode>,
    /// Sessions with MFA of access keys that have a device, by key and version; in memory alone.
    pub mfa_sessions: MfaSessions,
    /// What AWS issued for SDKs and they may get once more; in memory alone.
    pub kept: kept::KeptCredentials,
    /// The check of all access keys that goes on, or the last one.
    pub key_checks: progress::Progress,
    /// Which installation this is; jobs run only where the database knows it. Else why that is not known, in a sentence.
    pub instance: Result<String, String>,
    /// Wakes whoever does the jobs before its time: there is something to do.
    pub wake: tokio::sync::Notify,
    /// What does not open, for the banner of the administration.
    pub closed: LastLook,
    /// Whether this is `daypass demo`, with the sandbox in place of AWS.
    pub demo: bool,
}

/// Where the settings put things.
pub struct Places {
    /// The database.
    pub database: Location,
    /// The folder of key files.
    pub keys: PathBuf,
}

/// The places that `config` names, its defaults filled in.
///
/// # Errors
/// A sentence that names the setting.
pub fn places(config: &Config) -> Result<Places, String> {
    let data = &config.server.data_dir;
    let database = match &config.database.url {
        Some(url) => Location::parse(url.expose_secret())?,
        None => Location::Sqlite(data.join("daypass.db")),
    };
    let keys = config.keyring.dir.clone().unwrap_or_else(|| data.join("keys"));
    Ok(Places { database, keys })
}

impl App {
    /// Builds every part.
    ///
    /// # Errors
    /// A sentence that names what cannot be had, and what to do.
    pub async fn build(config: Config, clock: Clock, demo: bool) -> Result<Arc<Self>, String> {
        let places = places(&config)?;
        make_data_folder(&places)?;
        let keyring = keyring::open(&config, &places, &clock).await?;
        let database = Database::open(&places.database, config.database.pool_size, &clock)
            .map_err(|error| format!("{error}. Check database.url."))?;
        let directories = directories::open(&config, &database, &clock)?;
        let endpoints = Endpoints::new(&config.aws)?;
        let sdk = Sdk::new(&config.aws)?;
        let public_url = public_url(&config)?;
        let trusted_proxies = trusted_proxies(&config)?;
        basic_auth(&config, &public_url)?;
        let cookie_key = keyring::cookie_key(&database, &keyring).await?;
        let clients = Clients::new(endpoints.clone(), sdk.clone(), &config.aws, clock.clone())?;
        Ok(Arc::new(Self {
            directories,
            hurried: clients.hurried(&config.aws, config.api.deadline),
            clients,
            federation: Federation::new(sdk.outbound().clone(), &config.aws)?,
            registries: Registries::new(endpoints.clone(), sdk.clone()),
            sdk,
            throttle: crate::throttle::Throttle::new(config.api.token_requests_per_second),
            setup: crate::throttle::SetupCode::default(),
            lists: Standing::lists(Generation::Access, LISTED, Vec::len),
            granted_groups: Standing::lists(Generation::Access, u64::MAX, Vec::len),
            facts: Standing::few(Generation::Uses, KNOWN),
            tokens: Standing::few(Generation::Uses, KNOWN),
            console_modes: moka::sync::Cache::new(10_000),
            mfa_sessions: moka::sync::Cache::builder().max_capacity(10_000).time_to_idle(MFA_IDLE).build(),
            kept: kept::KeptCredentials::default(),
            key_checks: progress::Progress::default(),
            instance: instance::id(&config.server),
            wake: tokio::sync::Notify::new(),
            closed: LastLook::default(),
            config,
            clock,
            database,
            keyring,
            endpoints,
            public_url,
            trusted_proxies,
            cookie_key,
            demo,
        }))
    }

    /// Whether `address` is that of a reverse proxy whose word counts.
    #[must_use]
    pub fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        self.trusted_proxies.contains(&address.to_canonical())
    }

    /// Whether browsers reach the portal over https.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// `path` at the address people type.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}

/// Makes the database's folder, for Daypass alone.
///
/// # Errors
/// A sentence that names the folder.
pub fn make_data_folder(places: &Places) -> Result<(), String> {
    use std::os::unix::fs::DirBuilderExt;
    let Location::Sqlite(file) = &places.database else { return Ok(()) };
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| format!("{}: {error}. Check server.data_dir and database.url.", folder.display()))
}

/// The public URL, checked: a bare origin; https, or http on this machine, or http where that is asked for.
///
/// # Errors
/// A sentence that says what is wrong with `server.public_url`.
pub fn public_url(config: &Config) -> Result<Url, String> {
    let text = config.server.public_url.clone().unwrap_or_else(|| format!("http://{}", config.server.listen));
    let url = Url::parse(&text).map_err(|error| format!("server.public_url: “{text}” is no address ({error})."))?;
    if url.path() != "/" || url.query().is_some() || !url.username().is_empty() || url.host_str().is_none() {
        return Err(format!(
            "server.public_url: “{text}” must be scheme and host only, for example https://daypass.example.com."
        ));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if endpoints::is_loopback(&url) || config.server.insecure_http => Ok(url),
        "http" => Err(format!(
            "server.public_url: {text} would send passwords and credentials unencrypted. Use https behind a reverse proxy, or set server.insecure_http = true on a test network."
        )),
        _ => Err("server.public_url must begin with https://.".to_owned()),
    }
}

/// Whether names and passwords would travel unencrypted.
///
/// # Errors
/// A sentence that says what to do.
pub fn basic_auth(config: &Config, public_url: &Url) -> Result<(), String> {
    if !config.seed_api.basic_auth || public_url.scheme() == "https" || endpoints::is_loopback(public_url) {
        return Ok(());
    }
    Err("seed_api.basic_auth: names and passwords would be sent unencrypted. Use https as server.public_url, or switch it off.".to_owned())
}

/// The addresses of `server.trusted_proxies`.
///
/// # Errors
/// A sentence that names the one that is no address.
pub fn trusted_proxies(config: &Config) -> Result<Vec<IpAddr>, String> {
    let parse = |text: &String| {
        let address: IpAddr =
            text.parse().map_err(|_| format!("server.trusted_proxies: “{text}” is no IP address."))?;
        Ok(address.to_canonical())
    };
    config.server.trusted_proxies.iter().map(parse).collect()
}
