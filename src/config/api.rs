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
}

impl Default for Api {
    fn default() -> Self {
        Self { cache: true, deadline: Duration::from_millis(1500) }
    }
}
