//! STS clients: one for each access key in each of its versions, so that connections are reused and a changed key never
//! meets an old client.

use std::time::Duration;

use aws_sdk_sts::Client;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime::client::retries::RetryPartition;
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};

use super::Endpoints;
use crate::config;
use crate::model::access_key::AccessKey;
use crate::model::partition::Partition;

/// How long an unused client, and the opened secret in it, stays in memory.
const IDLE: Duration = Duration::from_secs(600);

/// The clients in use.
pub struct Clients {
    endpoints: Endpoints,
    retries: RetryConfig,
    timeouts: TimeoutConfig,
    clients: Cache<ClientKey, Client>,
}

/// Everything that makes one client differ from another. An account or a version left out here would let one key's
/// client answer for another (CVE-2025-11621).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ClientKey {
    access_key: String,
    version: i32,
    partition: Partition,
    region: String,
}

/// An access key with its secret opened.
#[derive(Debug)]
pub struct KeyPair<'a> {
    /// AWS's id of the key.
    pub key_id: &'a str,
    /// Its secret half.
    pub secret: SecretString,
}

impl Clients {
    /// No clients yet.
    #[must_use]
    pub fn new(endpoints: Endpoints, settings: &config::Aws) -> Self {
        let retries = RetryConfig::standard()
            .with_max_attempts(settings.retries + 1)
            .with_initial_backoff(Duration::from_millis(250))
            .with_max_backoff(Duration::from_secs(15));
        // The SDK waits for ever by default.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.attempt_timeout)
            .operation_attempt_timeout(settings.attempt_timeout)
            .operation_timeout(settings.operation_timeout)
            .build();
        Self { endpoints, retries, timeouts, clients: Cache::builder().max_capacity(10_000).time_to_idle(IDLE).build() }
    }

    /// The client of a kept access key, made with `open` where there is none yet.
    ///
    /// # Errors
    /// What `open` gives.
    pub fn of<E>(
        &self,
        key: &AccessKey,
        region: &str,
        open: impl FnOnce() -> Result<SecretString, E>,
    ) -> Result<Client, E> {
        let at = ClientKey {
            access_key: key.id.clone(),
            version: key.version,
            partition: key.partition,
            region: region.to_owned(),
        };
        if let Some(client) = self.clients.get(&at) {
            return Ok(client);
        }
        let pair = KeyPair { key_id: &key.key_id, secret: open()? };
        let client = self.make(&pair, key.partition, region);
        self.clients.insert(at, client.clone());
        Ok(client)
    }

    /// A client for a key that is not kept yet.
    #[must_use]
    pub fn for_pair(&self, pair: &KeyPair<'_>, partition: Partition) -> Client {
        self.make(pair, partition, partition.home_region())
    }

    fn make(&self, pair: &KeyPair<'_>, partition: Partition, region: &str) -> Client {
        let credentials = Credentials::new(pair.key_id, pair.secret.expose_secret(), None, None, "daypass");
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .endpoint_url(self.endpoints.sts(partition, region))
            .credentials_provider(credentials)
            .retry_config(self.retries.clone())
            // One bucket for each key, else one throttled account would use up the retries of all.
            .retry_partition(RetryPartition::new(format!("{partition}/{}", pair.key_id)))
            .timeout_config(self.timeouts.clone())
            .build();
        Client::from_conf(config)
    }
}
