//! What all AWS clients have in common, whatever service they call: one HTTP client, retries, time-outs.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{IdentityCache, SharedHttpClient, StalledStreamProtectionConfig};
use aws_smithy_runtime::client::retries::RetryPartition;

use super::Outbound;
use crate::{config, random};

/// The shortest wait before a call is tried again, which doubles each time…
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// …up to this one. Each is cut by chance (full jitter): with 7 retries at most 1 + 2 + 4 + 8 + 15 + 15 + 15 s = one minute.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// The longest wait before the one retry of who is in a hurry.
const SOON: Duration = Duration::from_millis(100);

/// The common part. Cloning is cheap and shares the connections.
#[derive(Clone)]
pub struct Sdk {
    http: SharedHttpClient,
    outbound: Outbound,
    retries: RetryConfig,
    timeouts: TimeoutConfig,
    /// The SDK keeps the budgets of the whole process by name: two portals in one process have their own.
    budgets: String,
}

impl Sdk {
    /// The settings in force.
    ///
    /// # Errors
    /// A sentence that names the setting that is wrong.
    pub fn new(settings: &config::Aws) -> Result<Self, String> {
        let outbound = Outbound::new(settings)?;
        let retries = RetryConfig::standard()
            .with_max_attempts(settings.retries + 1)
            .with_initial_backoff(FIRST_WAIT)
            .with_max_backoff(LONGEST_WAIT);
        // The SDK waits for ever by default.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.attempt_timeout)
            .operation_attempt_timeout(settings.attempt_timeout)
            .operation_timeout(settings.operation_timeout)
            .build();
        let http = outbound.shared_client(settings);
        Ok(Self { http, outbound, retries, timeouts, budgets: random::id() })
    }

    /// The same for somebody who waits no longer than `deadline` and asks again then: an attempt takes no longer, and there is
    /// one retry, soon.
    pub(super) fn hurried(&self, settings: &config::Aws, deadline: Duration) -> Self {
        let attempts = settings.retries.min(1) + 1;
        let retries =
            self.retries.clone().with_max_attempts(attempts).with_initial_backoff(SOON).with_max_backoff(SOON);
        let attempt = settings.attempt_timeout.min(deadline);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(settings.connect_timeout.min(deadline))
            .read_timeout(attempt)
            .operation_attempt_timeout(attempt)
            .operation_timeout(settings.operation_timeout)
            .build();
        Self { retries, timeouts, ..self.clone() }
    }

    /// What a client of any service starts from: `aws_sdk_iam::config::Builder::from(&sdk.settings("us-east-1"))`. Left to
    /// add: endpoint, credentials and [`Sdk::budget`].
    #[must_use]
    pub fn settings(&self, region: &str) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.http.clone())
            .retry_config(self.retries.clone())
            .timeout_config(self.timeouts.clone())
            // Each client has credentials of one source only: a cache in between costs and keeps them longer.
            .identity_cache(IdentityCache::no_cache())
            // Answers are short; the attempt's time-out bounds them.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .region(Region::new(region.to_owned()))
            .build()
    }

    /// The retries that all clients of one account share, `of` being the account where it is known, else the key: one
    /// throttled account cannot use up those of another.
    #[must_use]
    pub fn budget(&self, of: &str) -> RetryPartition {
        RetryPartition::new(format!("{}/{of}", self.budgets))
    }

    /// The way from this machine to AWS.
    #[must_use]
    pub const fn outbound(&self) -> &Outbound {
        &self.outbound
    }
}
