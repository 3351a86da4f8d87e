//! The assembled parts. Only [`App::build`] turns settings into parts; there are no statics.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::ExposeSecret;
use url::Url;
use zeroize::Zeroizing;

use crate::aws::{Clients, Endpoints, Federation, endpoints};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::directory::{Directory, Ldap, Local, Members};
use crate::keyring::{Keyring, OpenError, Place};
use crate::model::identity::GroupRef;
use crate::model::summary::Summary;
use crate::random;
use crate::store::{Database, Location, StoreError, settings};

/// Lists of connectors by whether their reader may use all, and the reader's groups, sorted; each with the generation
/// ([`crate::store::generations::access`]) of which it was read.
pub type Lists = moka::sync::Cache<(bool, Vec<GroupRef>), (i64, Arc<Vec<Summary>>)>;

/// How many connectors all lists hold together: about half a kilobyte each.
const LISTED: u64 = 20_000;

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
    /// People and groups.
    pub members: Members,
    /// STS clients.
    pub clients: Clients,
    /// The federation endpoint's client.
    pub federation: Federation,
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
    /// What the federation endpoint takes, by connector and version, as learned from its refusals.
    pub console_modes: moka::sync::Cache<(String, i32), crate::aws::console::Mode>,
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
        let keyring = Keyring::open(&places.keys, &clock).map_err(|error| format!("key files: {error}."))?;
        let database = Database::open(&places.database, config.database.pool_size, &clock)
            .map_err(|error| format!("{error}. Check database.url."))?;
        let directory = match config.directory.first() {
            None => Directory::Local(Local::new("local", database.clone())),
            Some(config::Directory::Local { name }) => Directory::Local(Local::new(name, database.clone())),
            Some(config::Directory::Ldap(ldap)) => Directory::Ldap(Box::new(Ldap::new((**ldap).clone())?)),
        };
        let endpoints = Endpoints::new(&config.aws.partitions)?;
        let public_url = public_url(&config)?;
        let trusted_proxies = trusted_proxies(&config)?;
        let cookie_key = cookie_key(&database, &keyring).await?;
        Ok(Arc::new(Self {
            members: Members::new(directory, config.access.membership_cache),
            clients: Clients::new(endpoints.clone(), &config.aws),
            federation: Federation::new(&config.aws)?,
            throttle: crate::throttle::Throttle::default(),
            setup: crate::throttle::SetupCode::default(),
            lists: moka::sync::Cache::builder()
                .weigher(|_, (_, list): &(i64, Arc<Vec<Summary>>)| u32::try_from(list.len() + 1).unwrap_or(u32::MAX))
                .max_capacity(LISTED)
                .build(),
            console_modes: moka::sync::Cache::new(10_000),
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

const COOKIE_KEY: &str = "cookie_key";

/// The key that signs cookies: sealed in the database, made by whoever is first. Where its key file is gone, one for this
/// process alone is taken: everybody signs in again, and once the file is back the kept one counts again.
async fn cookie_key(database: &Database, keyring: &Keyring) -> Result<Zeroizing<Vec<u8>>, String> {
    let place = Place { table: "settings", row: COOKIE_KEY, column: "value", fixed: ["", ""] };
    let fail = |error: &dyn std::fmt::Display| format!("the key that signs cookies cannot be had: {error}.");
    let fresh = Zeroizing::new(random::bytes::<64>().to_vec());
    let sealed = keyring.seal(&place, &fresh).map_err(|error| fail(&error))?;
    let kept = database.write(move |connection| {
        let kept = match settings::get(connection, COOKIE_KEY)? {
            Some(kept) => kept,
            None => {
                settings::add(connection, COOKIE_KEY, &sealed)?;
                sealed
            }
        };
        Ok((kept, Vec::new()))
    });
    let kept = match kept.await {
        // Another replica was first.
        Err(StoreError::Taken(_)) => {
            let kept = database.read(|connection| settings::get(connection, COOKIE_KEY)).await;
            kept.map_err(|error| fail(&error))?.unwrap_or_default()
        }
        kept => kept.map_err(|error| fail(&error))?,
    };
    match keyring.open_sealed(&place, &kept) {
        Ok(key) => Ok(key),
        Err(OpenError::KeyFile { file, cause }) => {
            tracing::warn!(key_file = file, cause, "a key file cannot be read; everybody has to sign in again");
            Ok(fresh)
        }
        Err(error @ OpenError::Decrypt { .. }) => Err(fail(&error)),
    }
}
