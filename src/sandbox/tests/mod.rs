//! Tests of the whole sandbox over HTTP. The AWS SDK signs, and a plain HTTP client stands for the browser.

mod calls;
mod faults;
mod iam;
mod refusals;
mod signatures;
mod signin;

use std::net::TcpListener;

use aws_sdk_sts::Client;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::{BehaviorVersion, Builder, Credentials, Intercept, Region};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::types;

use super::{SAMPLE_KEY_ID, SAMPLE_SECRET, Sandbox, World};
use crate::clock::Clock;

const ACCOUNT: &str = "arn:aws:iam::123456789012";

/// A sandbox with the sample world on a free port.
async fn sandbox(clock: Clock) -> Sandbox {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Sandbox::start(listener, World::sample(), clock, 1).await.unwrap()
}

fn keys(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials::new(id, secret, token.map(str::to_owned), None, "test")
}

/// The sample world's broker.
fn broker() -> Credentials {
    keys(SAMPLE_KEY_ID, SAMPLE_SECRET, None)
}

/// Another key of the sample world, by its id and the number of its secret.
fn sample(id: &str, number: u8) -> Credentials {
    keys(id, &format!("sandbox/only/not/a/real/secret/EXAMPLE{number:02}"), None)
}

/// The credentials of an answer.
fn issued(credentials: Option<&types::Credentials>) -> Credentials {
    let given = credentials.unwrap();
    keys(given.access_key_id(), given.secret_access_key(), Some(given.session_token()))
}

fn config(sandbox: &Sandbox, credentials: Credentials, region: &str) -> Builder {
    aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(sandbox.sts_url())
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials)
        .retry_config(RetryConfig::disabled())
}

fn client(sandbox: &Sandbox, credentials: Credentials) -> Client {
    Client::from_conf(config(sandbox, credentials, "eu-central-1").build())
}

/// A client whose requests `interceptor` changes once they are signed.
fn altering(sandbox: &Sandbox, interceptor: impl Intercept + 'static) -> Client {
    Client::from_conf(config(sandbox, broker(), "eu-central-1").interceptor(interceptor).build())
}

/// Who the credentials belong to.
async fn arn(sandbox: &Sandbox, credentials: Credentials) -> String {
    client(sandbox, credentials).get_caller_identity().send().await.unwrap().arn.unwrap()
}

/// Status, code and message of a refused call.
fn refused<T, E: ProvideErrorMetadata + std::fmt::Debug>(answer: Result<T, SdkError<E>>) -> (u16, String, String) {
    let Err(error) = answer else { panic!("the call was served") };
    let status = error.raw_response().unwrap().status().as_u16();
    assert!(error.raw_response().unwrap().headers().get("x-amzn-requestid").is_some());
    (status, error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
}
