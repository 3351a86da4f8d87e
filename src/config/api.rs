use std::time::Duration;

use serde::Deserialize;

use super::lenient;

/// `[api]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Api {
    /// Keep what AWS issued for an AWS SDK in memory, for the same caller's next request: handed out with at least 15 minutes left,
    /// and never of connectors whose sessions are shorter than 30 minutes. Default true.
    #[serde(deserialize_with = "lenient::boolean")]
    pub cache: bool,
    /// How long an AWS SDK waits for credentials before it is told to ask again; one attempt at AWS takes no longer, and there
    /// is one retry. SDKs give up after two seconds, some after one. `100ms` to `60s`; default `1500ms`.
    #[serde(deserialize_with = "lenient::duration")]
    pub deadline: Duration,
    /// The longest life of a person's own token in days, 1 to 365. Default 90.
    #[serde(deserialize_with = "lenient::number")]
    pub personal_token_days: u32,
    /// The longest life of a program's token in days, 1 to 3650. Default 365.
    #[serde(deserialize_with = "lenient::number")]
    pub program_token_days: u32,
    /// How many requests a token may send in a second in the long run, 1 to 1,000,000; at once it may send five times as many.
    /// Default 20.
    #[serde(deserialize_with = "lenient::number")]
    pub token_requests_per_second: u32,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            cache: true,
            deadline: Duration::from_millis(1500),
            personal_token_days: 90,
            program_token_days: 365,
            token_requests_per_second: 20,
        }
    }
}
