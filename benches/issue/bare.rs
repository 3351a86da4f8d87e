//! What is compared with: the same AssumeRole call, made by a loop around the AWS SDK and nothing else.

use std::time::{Duration, Instant};

use aws_sdk_sts::Client;
use aws_sdk_sts::config::{BehaviorVersion, Credentials, IdentityCache, Region};
use daypass::sandbox::{SAMPLE_KEY_ID, SAMPLE_SECRET};
use tokio::runtime::Handle;

use crate::load::{Plan, Run};
use crate::world::{POLICY, role};

/// The loop's client, and the one thread that it runs on: the SDK costs least there.
pub struct Bare {
    client: Client,
    thread: Handle,
}

impl Bare {
    pub fn new(sts: &str) -> Self {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .endpoint_url(sts)
            // Where each call brings its own credentials there is nothing to remember.
            .identity_cache(IdentityCache::no_cache())
            .credentials_provider(credentials())
            .build();
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            tell.send(runtime.handle().clone()).expect("somebody listens");
            runtime.block_on(std::future::pending::<()>());
        });
        Self { client: Client::from_conf(config), thread: told.recv().expect("a runtime") }
    }

    /// The same credentials for all calls.
    pub async fn same(&self, plan: Plan) -> Run {
        self.run(plan, None).await
    }

    /// A configuration with its own credentials for each call, over shared connections: the least that a broker of many
    /// sources does. Its CPU for each call is what everything else is measured in: F.
    pub async fn own(&self, plan: Plan) -> Run {
        self.run(plan, Some(credentials)).await
    }

    async fn run(&self, plan: Plan, own: Option<fn() -> Credentials>) -> Run {
        let client = self.client.clone();
        let run = async move { plan.run(|number, end| calls(client.clone(), own, number, end)).await };
        self.thread.spawn(run).await.expect("the loop ends")
    }
}

fn credentials() -> Credentials {
    Credentials::new(SAMPLE_KEY_ID, SAMPLE_SECRET, None, None, "bench")
}

async fn calls(client: Client, own: Option<fn() -> Credentials>, number: usize, end: Instant) -> Vec<Duration> {
    let mut times = Vec::with_capacity(16 * 1024);
    while Instant::now() < end {
        let start = Instant::now();
        let call = client
            .assume_role()
            .role_arn(role())
            .role_session_name(format!("caller-{number}"))
            .policy(POLICY)
            .duration_seconds(3600);
        let answer = match own {
            None => call.send().await,
            Some(own) => {
                let config = aws_sdk_sts::Config::builder().credentials_provider(own());
                call.customize().config_override(config).send().await
            }
        };
        assert!(answer.expect("credentials").credentials.is_some());
        times.push(start.elapsed());
    }
    times
}
