//! Every setting: what it means, what it is without being set, and an example.
//!
//! Settings come from `daypass.toml` under environment variables `DAYPASS_<SECTION>__<KEY>`. Unknown keys are refused
//! with the nearest known one. A secret setting `x` can be read from the file that `x_file` names instead.

mod api;
mod crowd;
mod directories;
mod directory;
mod ldap;
mod lenient;
mod load;
mod outbound;
mod seed_api;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

pub use api::Api;
pub use crowd::{Crowd, CrowdId};
pub use directory::Directory;
pub use ldap::{GroupLookup, Ldap, Schema};
pub use load::{ConfigError, load};
pub use outbound::{Environment, Proxy, SurroundingsSwitches};
pub use seed_api::SeedApi;

/// All settings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The portal itself.
    pub server: Server,
    /// Where the data lies.
    pub database: Database,
    /// How long people stay signed in.
    pub session: Session,
    /// What seals the secrets: key files, or AWS KMS.
    pub keyring: Keyring,
    /// Where people and groups come from, in order: the first that knows a name decides. Without any: the local one.
    pub directory: Vec<Directory>,
    /// Who may administer and audit.
    pub access: Access,
    /// The API and its tokens.
    pub api: Api,
    /// How AWS is called.
    pub aws: Aws,
    /// Basic authentication for programs.
    pub seed_api: SeedApi,
    /// Diagnostics on standard error.
    pub log: Log,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen at. Default `127.0.0.1:8080`.
    pub listen: String,
    /// The address people type, for example `https://daypass.example.com`. Default: `http://` and `listen`.
    pub public_url: Option<String>,
    /// Serve plain http on an address other than loopback (a test network; everybody on the way reads along). Default false.
    #[serde(deserialize_with = "lenient::boolean")]
    pub insecure_http: bool,
    /// Addresses of reverse proxies whose `X-Forwarded-For` is believed. Default none.
    #[serde(deserialize_with = "lenient::list")]
    pub trusted_proxies: Vec<String>,
    /// Folder for what Daypass keeps. Default `data`.
    pub data_dir: PathBuf,
    /// What this installation is called among copies of its database: jobs such as key rotation run only for the instance
    /// that the database knows. Replicas of one installation need the same one. Default: random, kept in `data_dir`.
    pub instance: Option<String>,
    /// Threads that answer requests. Default 0: half as many as there are cores, at least one; passwords, long reads and the database's
    /// writer have threads of their own.
    #[serde(deserialize_with = "lenient::number")]
    pub workers: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            public_url: None,
            insecure_http: false,
            trusted_proxies: Vec::new(),
            data_dir: PathBuf::from("data"),
            instance: None,
            workers: 0,
        }
    }
}

/// `[database]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`. Default `sqlite:daypass.db` in the data folder.
    pub url: Option<SecretString>,
    /// A file that holds `url`.
    pub url_file: Option<PathBuf>,
    /// Connections for reading. Default 8.
    #[serde(deserialize_with = "lenient::number")]
    pub pool_size: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: None, url_file: None, pool_size: 8 }
    }
}

/// `[session]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// Signed out after this long without a request. Default `30m`.
    #[serde(deserialize_with = "lenient::duration")]
    pub idle_timeout: Duration,
    /// Signed out after this long in any case. Default `12h`.
    #[serde(deserialize_with = "lenient::duration")]
    pub absolute_timeout: Duration,
}

impl Default for Session {
    fn default() -> Self {
        Self { idle_timeout: Duration::from_secs(30 * 60), absolute_timeout: Duration::from_secs(12 * 3600) }
    }
}

/// `[keyring]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keyring {
    /// What seals from now on: `files` or `kms`. What the other sealed opens all the same, as long as its files, or
    /// `kms_key_id`, are there. Default `files`.
    pub kind: String,
    /// Folder of the key files, for Daypass alone (0700). Default `keys` in the data folder.
    pub dir: Option<PathBuf>,
    /// The key of AWS KMS that wraps the data keys: its ARN, its id, or `alias/NAME`. The credentials that call KMS come
    /// from the surroundings, as the AWS SDKs find them.
    pub kms_key_id: Option<String>,
    /// The region of the KMS key. Default: that of the ARN.
    pub kms_region: Option<String>,
    /// Another endpoint than AWS's own: https, or http on loopback.
    pub kms_endpoint: Option<String>,
    /// How long a data key stays in memory, and so how long secrets open while KMS is away: at least half of this.
    /// `1s` to `24h`; default `1h`.
    #[serde(deserialize_with = "lenient::duration")]
    pub kms_cache: Duration,
}

impl Default for Keyring {
    fn default() -> Self {
        Self {
            kind: "files".to_owned(),
            dir: None,
            kms_key_id: None,
            kms_region: None,
            kms_endpoint: None,
            kms_cache: Duration::from_secs(3600),
        }
    }
}

/// `[access]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// Groups whose members administer, for example `["corp:aws-admins"]`; each has to match exactly one group. Without a
    /// directory's name while there is just one directory. Default, for the local directory: `administrators`.
    #[serde(deserialize_with = "lenient::list")]
    pub administrators: Vec<String>,
    /// Groups whose members make connectors, grants and policy examples, as far as each access key's envelope reaches.
    /// Default, for the local directory: `restricted-administrators`.
    #[serde(deserialize_with = "lenient::list")]
    pub restricted_administrators: Vec<String>,
    /// Groups whose members read the usage log. Default, for the local directory: `auditors`.
    #[serde(deserialize_with = "lenient::list")]
    pub auditors: Vec<String>,
    /// Administrators (not restricted ones) may use every connector. Default true.
    #[serde(deserialize_with = "lenient::boolean")]
    pub administrators_may_use_all: bool,
    /// How old a directory's answer about a person may be, at most `60s`, which is the default.
    #[serde(deserialize_with = "lenient::duration")]
    pub membership_cache: Duration,
    /// How often the names of all groups are listed anew for the picker, `10s` to `24h`. Default `15m`. Who is in a group is
    /// never taken from that list.
    #[serde(deserialize_with = "lenient::duration")]
    pub list_groups_every: Duration,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            administrators: Vec::new(),
            restricted_administrators: Vec::new(),
            auditors: Vec::new(),
            administrators_may_use_all: true,
            membership_cache: Duration::from_secs(60),
            list_groups_every: Duration::from_secs(15 * 60),
        }
    }
}

/// `[aws]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Aws {
    /// How often a call is tried again when AWS is throttling or out of order. Default 7.
    #[serde(deserialize_with = "lenient::number")]
    pub retries: u32,
    /// How long to wait for a connection. Default `3s`.
    #[serde(deserialize_with = "lenient::duration")]
    pub connect_timeout: Duration,
    /// How long to wait for one attempt. Default `5s`.
    #[serde(deserialize_with = "lenient::duration")]
    pub attempt_timeout: Duration,
    /// How long to wait for a call with all its retries. Default `60s`.
    #[serde(deserialize_with = "lenient::duration")]
    pub operation_timeout: Duration,
    /// Accept access keys of root users. Default false: their sessions cannot be restricted.
    #[serde(deserialize_with = "lenient::boolean")]
    pub allow_root_keys: bool,
    /// Allow IamUser connectors on access keys that other connectors assume roles with: whoever holds such a session
    /// could assume them all, past grants, policies, names and log. Default false.
    #[serde(deserialize_with = "lenient::boolean")]
    pub allow_shared_sources: bool,
    /// From which age on a long-term key is marked as old. Default `90d`.
    #[serde(deserialize_with = "lenient::duration")]
    pub key_age_limit: Duration,
    /// How often AWS is asked whether it still takes each access key; `0` asks never. Default `6h`.
    #[serde(deserialize_with = "lenient::duration")]
    pub check_keys_every: Duration,
    /// How long a rotated access key stays active after the new one took over, and then inactive before it is deleted.
    /// Default `1h`: what other replicas and caches hold has to be gone by then.
    #[serde(deserialize_with = "lenient::duration")]
    pub rotation_grace: Duration,
    /// PEM file with certificate authorities to trust beside the system's, for instance a proxy's that opens TLS.
    pub ca_file: Option<PathBuf>,
    /// STS regions in the order in which they are tried where one does not answer, for example
    /// `["eu-west-1", "eu-central-1"]`; a connector's own region comes before them. Default none: no other is tried.
    #[serde(deserialize_with = "lenient::list")]
    pub sts_regions: Vec<String>,
    /// Call STS and ECR at their FIPS endpoints only; regions that have none are refused, and so is CodeArtifact. Default false.
    #[serde(deserialize_with = "lenient::boolean")]
    pub fips: bool,
    /// `[aws.proxy]`
    pub proxy: Proxy,
    /// `[aws.surroundings]`
    pub surroundings: SurroundingsSwitches,
    /// Where the instance metadata answer, in place of `http://169.254.169.254`: http on loopback or link-local.
    pub imds_endpoint: Option<String>,
    /// Other endpoints than AWS's own, by partition: `[aws.partitions.aws-cn]`.
    pub partitions: BTreeMap<String, PartitionEndpoints>,
    /// What the environment says of proxies and surroundings; not a setting of the file.
    #[serde(skip)]
    pub environment: Environment,
}

impl Default for Aws {
    fn default() -> Self {
        Self {
            retries: 7,
            connect_timeout: Duration::from_secs(3),
            attempt_timeout: Duration::from_secs(5),
            operation_timeout: Duration::from_secs(60),
            allow_root_keys: false,
            allow_shared_sources: false,
            key_age_limit: Duration::from_secs(90 * 86_400),
            check_keys_every: Duration::from_secs(6 * 3600),
            rotation_grace: Duration::from_secs(3600),
            ca_file: None,
            sts_regions: Vec::new(),
            fips: false,
            proxy: Proxy::default(),
            surroundings: SurroundingsSwitches::default(),
            imds_endpoint: None,
            partitions: BTreeMap::new(),
            environment: Environment::default(),
        }
    }
}

/// `[aws.partitions.NAME]`: https, or http on loopback.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PartitionEndpoints {
    /// In place of `https://sts.REGION.…`.
    pub sts_endpoint: Option<String>,
    /// In place of `https://iam.…`.
    pub iam_endpoint: Option<String>,
    /// In place of `https://api.ecr.REGION.…`.
    pub ecr_endpoint: Option<String>,
    /// In place of `https://codeartifact.REGION.…`.
    pub codeartifact_endpoint: Option<String>,
    /// The same as `sts_endpoint` for single regions, for instance interface endpoints: `sts_regional_endpoints.eu-west-1 = "https://…"`.
    pub sts_regional_endpoints: BTreeMap<String, String>,
    /// In place of the sign-in host; `/federation` is called there.
    pub signin_endpoint: Option<String>,
    /// In place of the console's host.
    pub console_endpoint: Option<String>,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `text` or `json`. Default `text`.
    pub format: String,
    /// `error`, `warn`, `info`, `debug` or `trace`. Default `info`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: "text".to_owned(), level: "info".to_owned() }
    }
}
