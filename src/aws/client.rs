//! STS clients: one for each access key in each of its versions, so that connections are reused and a changed key never
//! meets an old client.

use std::time::Duration;

use aws_sdk_sts::Client;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_runtime::client::retries::RetryPartition;
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};

use super::{AwsError, Endpoints, Issued, surroundings};
use crate::config;
use crate::model::access_key::AccessKey;
use crate::model::partition::Partition;
use crate::model::source::Surroundings;

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

/// An access key with its secrets opened.
#[derive(Debug)]
pub struct KeyPair<'a> {
    /// AWS's id of the key.
    pub key_id: &'a str,
    /// Its secret half.
    pub secret: SecretString,
    /// The session token of temporary credentials.
    pub session_token: Option<SecretString>,
}

/// What an access key signs with.
#[derive(Debug)]
pub enum Signer<'a> {
    /// A key pair of its own.
    Pair(KeyPair<'a>),
    /// The credentials of the surroundings.
    Surroundings(Surroundings),
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

    /// The client of an access key, made with `open` where there is none yet.
    ///
    /// # Errors
    /// What `open` gives.
    pub fn of<'a, E>(
        &self,
        key: &AccessKey,
        region: &str,
        open: impl FnOnce() -> Result<Signer<'a>, E>,
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
        let client = self.make(&open()?, key.partition, region);
        self.clients.insert(at, client.clone());
        Ok(client)
    }

    /// The surroundings' own credentials, to be handed on.
    ///
    /// # Errors
    /// Where the surroundings give none.
    pub async fn provided(&self, surroundings: Surroundings) -> Result<Issued, AwsError> {
        surroundings::credentials(&surroundings::provider(surroundings)).await
    }

    /// A client that is made for this once: of a key that is not kept yet.
    #[must_use]
    pub fn once(&self, signer: &Signer<'_>, partition: Partition) -> Client {
        self.make(signer, partition, partition.home_region())
    }

    /// The same in a region: of a key that has to prove itself there.
    #[must_use]
    pub fn once_at(&self, signer: &Signer<'_>, partition: Partition, region: &str) -> Client {
        self.make(signer, partition, region)
    }

    /// What a client of IAM needs: retries and time-outs as in all calls.
    pub(super) const fn settings(&self) -> (&Endpoints, &RetryConfig, &TimeoutConfig) {
        (&self.endpoints, &self.retries, &self.timeouts)
    }

    fn make(&self, signer: &Signer<'_>, partition: Partition, region: &str) -> Client {
        let (credentials, budget) = match signer {
            Signer::Pair(pair) => {
                let token = pair.session_token.as_ref().map(|token| token.expose_secret().to_owned());
                let credentials = Credentials::new(pair.key_id, pair.secret.expose_secret(), token, None, "daypass");
                (SharedCredentialsProvider::new(credentials), pair.key_id)
            }
            Signer::Surroundings(surroundings) => (surroundings::provider(*surroundings), surroundings.word()),
        };
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .endpoint_url(self.endpoints.sts(partition, region))
            .credentials_provider(credentials)
            .retry_config(self.retries.clone())
            // One bucket for each key, else one throttled account would use up the retries of all.
            .retry_partition(RetryPartition::new(format!("{partition}/{budget}")))
            .timeout_config(self.timeouts.clone())
            .build();
        Client::from_conf(config)
    }
}
