//! STS clients: one for each access key in each of its versions, so that connections are reused and a changed key never
//! meets an old client.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};

use super::sts::{Maker, StsClient};
use super::surroundings::{Provider, Providers};
use super::{AwsError, Endpoints, Issued, Sdk};
use crate::clock::Clock;
use crate::config;
use crate::model::access_key::AccessKey;
use crate::model::credentials::TemporaryCredentials;
use crate::model::partition::Partition;
use crate::model::source::Surroundings;

/// How long an unused client, and the opened secret in it, stays in memory.
const IDLE: Duration = Duration::from_secs(600);

/// The clients in use.
pub struct Clients {
    maker: Maker,
    surroundings: Arc<Providers>,
    clients: Cache<ClientKey, StsClient>,
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

fn none_yet() -> Cache<ClientKey, StsClient> {
    Cache::builder().max_capacity(10_000).time_to_idle(IDLE).build()
}

impl Clients {
    /// No clients yet.
    ///
    /// # Errors
    /// A sentence that names the setting of the surroundings that is wrong.
    pub fn new(endpoints: Endpoints, sdk: Sdk, settings: &config::Aws, clock: Clock) -> Result<Self, String> {
        let outbound = sdk.outbound().clone();
        let maker = Maker::new(endpoints, sdk);
        let surroundings = Providers::new(settings, &outbound, maker.clone(), clock)?;
        Ok(Self { maker, surroundings, clients: none_yet() })
    }

    /// The same for whoever waits no longer than `deadline`: an attempt takes no longer, and there is one retry.
    #[must_use]
    pub fn hurried(&self, settings: &config::Aws, deadline: Duration) -> Self {
        let maker = self.maker.hurried(settings, deadline);
        Self { maker, surroundings: self.surroundings.clone(), clients: none_yet() }
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
    ) -> Result<StsClient, E> {
        let at = ClientKey {
            access_key: key.id.clone(),
            version: key.version,
            partition: key.partition,
            region: region.to_owned(),
        };
        if let Some(client) = self.clients.get(&at) {
            return Ok(client);
        }
        // Until the account is known, the key stands for it.
        let account = key.validated.as_ref().map_or(key.id.as_str(), |validated| validated.account_id.as_str());
        let client = self.make(&open()?, key.partition, region, account);
        self.clients.insert(at, client.clone());
        Ok(client)
    }

    /// Whether credentials of these surroundings may be used.
    ///
    /// # Errors
    /// [`AwsError::Setup`] that names the setting.
    pub fn allows(&self, surroundings: Surroundings) -> Result<(), AwsError> {
        self.surroundings.allows(surroundings)
    }

    /// The surroundings' own credentials, to be handed on.
    ///
    /// # Errors
    /// Where the surroundings give none, or are not switched on.
    pub async fn provided(&self, surroundings: Surroundings) -> Result<Issued, AwsError> {
        self.surroundings.credentials(surroundings).await.map(Issued::from)
    }

    /// A client that is made for this once: of a key that is not kept yet.
    #[must_use]
    pub fn once(&self, signer: &Signer<'_>, partition: Partition) -> StsClient {
        self.once_at(signer, partition, &self.maker.endpoints.first_region(partition, None))
    }

    /// The same in a region: of a key that has to prove itself there.
    #[must_use]
    pub fn once_at(&self, signer: &Signer<'_>, partition: Partition, region: &str) -> StsClient {
        let budget = match signer {
            Signer::Pair(pair) => pair.key_id,
            Signer::Surroundings(surroundings) => surroundings.word(),
        };
        self.make(signer, partition, region, budget)
    }

    /// A client that signs with what AWS has just issued, made for this once; `account` has the budget of retries.
    #[must_use]
    pub fn of_session(
        &self,
        session: &TemporaryCredentials,
        partition: Partition,
        region: &str,
        account: &str,
    ) -> StsClient {
        let signer = Signer::Pair(KeyPair {
            key_id: &session.access_key_id,
            secret: session.secret_access_key.clone(),
            session_token: Some(session.session_token.clone()),
        });
        self.make(&signer, partition, region, account)
    }

    fn make(&self, signer: &Signer<'_>, partition: Partition, region: &str, account: &str) -> StsClient {
        let credentials = match signer {
            Signer::Pair(pair) => {
                let token = pair.session_token.as_ref().map(|token| token.expose_secret().to_owned());
                let credentials = Credentials::new(pair.key_id, pair.secret.expose_secret(), token, None, "daypass");
                SharedCredentialsProvider::new(credentials)
            }
            Signer::Surroundings(kind) => {
                SharedCredentialsProvider::new(Provider { kind: *kind, of: self.surroundings.clone() })
            }
        };
        self.maker.client(partition, region, account, Some(credentials))
    }
}
