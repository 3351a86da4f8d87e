//! What is compared with: the same AssumeRole call, made by a loop around the AWS SDK and nothing else.

use std::time::{Duration, Instant};

use aws_sdk_sts::Client;
use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::{Builder, tls};
use daypass::sandbox::{SAMPLE_KEY_ID, SAMPLE_SECRET};

use crate::load::{Plan, Run};
use crate::world::{POLICY, role};

/// The loop's HTTP connections, shared by all that it does.
pub struct Bare {
    http: SharedHttpClient,
    sts: String,
}

impl Bare {
    pub fn new(sts: &str) -> Self {
        let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        Self { http: Builder::new().tls_provider(provider).build_https(), sts: sts.to_owned() }
    }

    fn client(&self) -> Client {
        let credentials = Credentials::new(SAMPLE_KEY_ID, SAMPLE_SECRET, None, None, "bench");
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.sts)
            .credentials_provider(credentials)
            .http_client(self.http.clone())
            .build();
        Client::from_conf(config)
    }

    /// One client for all calls.
    pub async fn shared(&self, plan: Plan) -> Run {
        let client = self.client();
        plan.run(|number, end| calls(client.clone(), Client::clone, number, end)).await
    }

    /// A configuration and client of its own for each call, as a broker of many sources would do without a cache. Its
    /// CPU for each call is what everything else is measured in: F.
    pub async fn fresh(&self, plan: Plan) -> Run {
        plan.run(|number, end| {
            calls(Self { http: self.http.clone(), sts: self.sts.clone() }, |bare| bare.client(), number, end)
        })
        .await
    }
}

async fn calls<T>(from: T, client: impl Fn(&T) -> Client, number: usize, end: Instant) -> Vec<Duration> {
    let mut times = Vec::with_capacity(16 * 1024);
    while Instant::now() < end {
        let start = Instant::now();
        let call = client(&from)
            .assume_role()
            .role_arn(role())
            .role_session_name(format!("caller-{number}"))
            .policy(POLICY)
            .duration_seconds(3600);
        let answer = call.send().await.expect("credentials");
        assert!(answer.credentials.is_some());
        times.push(start.elapsed());
    }
    times
}
