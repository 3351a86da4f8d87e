//! One STS client: its regions, its retries, its credentials.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sts::Client;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::{Builder, SharedCredentialsProvider};

use super::regions::{GoOn, Health, Nowhere, Resolver, Served, Stations, Watch};
use super::{AwsError, Endpoints, Sdk};
use crate::config;
use crate::model::partition::Partition;

/// A client of STS. Cloning is cheap.
#[derive(Clone)]
pub struct StsClient {
    pub(super) client: Client,
    /// Where it may ask in more than one region.
    stations: Option<Arc<Stations>>,
}

impl StsClient {
    /// What learns the region of one call; `None`: there is but one.
    pub(super) fn served(&self) -> Option<Served> {
        self.stations.as_ref().map(Served::new)
    }
}

/// What makes them.
#[derive(Clone)]
pub(super) struct Maker {
    pub(super) endpoints: Endpoints,
    sdk: Sdk,
    health: Arc<Health>,
}

impl Maker {
    pub(super) fn new(endpoints: Endpoints, sdk: Sdk) -> Self {
        Self { endpoints, sdk, health: Arc::default() }
    }

    /// The same with the attempts of [`Sdk::hurried`]; what is known of regions is shared.
    pub(super) fn hurried(&self, settings: &config::Aws, deadline: Duration) -> Self {
        Self { sdk: self.sdk.hurried(settings, deadline), ..self.clone() }
    }

    /// A client that starts in `region`; `account` has the budget of retries. Without credentials it makes the calls that are
    /// not signed.
    pub(super) fn client(
        &self,
        partition: Partition,
        region: &str,
        account: &str,
        credentials: Option<SharedCredentialsProvider>,
    ) -> StsClient {
        let account = format!("{partition}/{account}");
        let settings = self.sdk.settings(region);
        let mut config = Builder::from(&settings).retry_partition(self.sdk.budget(&account));
        config.set_credentials_provider(credentials);
        let mut stations = None;
        match self.endpoints.sts_stations(partition, region) {
            Err(sentence) => config = config.endpoint_resolver(Nowhere(no_endpoint(sentence))),
            Ok(addresses) if addresses.len() == 1 => config = config.endpoint_url(&addresses[0].1),
            Ok(addresses) => {
                let several = Arc::new(Stations::new(addresses, account, self.health.clone()));
                let attempts = settings.retry_config().map_or(1, RetryConfig::max_attempts);
                let retries = settings.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
                config = config
                    .retry_config(
                        retries.with_max_attempts(attempts.max(u32::try_from(several.len()).unwrap_or(attempts))),
                    )
                    .endpoint_resolver(Resolver(several.clone()))
                    .interceptor(Watch(several.clone()))
                    .retry_classifier(GoOn(several.clone()));
                stations = Some(several);
            }
        }
        StsClient { client: Client::from_conf(config.build()), stations }
    }
}

/// No address that may be called.
pub(super) fn no_endpoint(sentence: String) -> AwsError {
    AwsError::Setup {
        code: "fips",
        sentence,
        advice: "Choose such a region in the connector, or set aws.fips = false.",
    }
}
