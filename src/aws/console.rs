//! Console sign-in: temporary credentials become a link that is good for 15 minutes.
//!
//! IAM User Guide, "Enabling custom identity broker access to the AWS console". The credentials are posted, never put
//! into a URL.

use std::time::Duration;

use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::outbound::{PerThread, host_of};
use super::{AwsError, Outbound};
use crate::config;
use crate::model::credentials::TemporaryCredentials;

/// A sign-in token is short; what is longer did not come from AWS.
const LARGEST_ANSWER: usize = 64 * 1024;

/// The federation endpoint's client. It follows no redirect: the answer has to come from the host that was asked.
pub struct Federation {
    http: PerThread<reqwest::Client>,
    outbound: Outbound,
    timeout: Duration,
}

/// How a connector's console sign-in is asked for. Which values the endpoint takes with which credentials is documented
/// only in part, so its refusals (400) lead from one way to the next, and what worked is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// With SessionDuration: role sessions of a long-term key.
    WithDuration,
    /// Without SessionDuration: the console session lasts as long as the credentials.
    Plain,
    /// Without SessionDuration, with credentials that were issued without DurationSeconds.
    Fresh,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    signin_token: SecretString,
}

impl Federation {
    /// A client with the configured time-outs, by the way that all calls to AWS go.
    ///
    /// # Errors
    /// A sentence, where no client can be made (no certificate authorities on this machine, for instance).
    pub fn new(outbound: Outbound, settings: &config::Aws) -> Result<Self, String> {
        let (way, connect_timeout) = (outbound.clone(), settings.connect_timeout);
        let client = move || {
            let builder = way.plain_client(false)?.redirect(Policy::none()).connect_timeout(connect_timeout);
            builder.build().map_err(|error| format!("no HTTP client can be made: {error}"))
        };
        // What can be made once can be made again; else the threads share the first.
        let first = client()?;
        let http = PerThread::new(move || client().unwrap_or_else(|_| first.clone()));
        Ok(Self { http, outbound, timeout: settings.attempt_timeout })
    }

    /// getSigninToken. `session_duration` (seconds) may be given for role sessions only: with federated users, chained
    /// roles and some odd values the endpoint answers 400.
    ///
    /// # Errors
    /// The endpoint's refusal, with status 400 as the code `BadRequest`, or its silence.
    pub async fn signin_token(
        &self,
        endpoint: &str,
        credentials: &TemporaryCredentials,
        session_duration: Option<u32>,
    ) -> Result<SecretString, AwsError> {
        let session = serde_json::json!({
            "sessionId": credentials.access_key_id,
            "sessionKey": credentials.secret_access_key.expose_secret(),
            "sessionToken": credentials.session_token.expose_secret(),
        })
        .to_string();
        let mut form = vec![("Action", "getSigninToken".to_owned()), ("Session", session)];
        if let Some(seconds) = session_duration {
            form.push(("SessionDuration", seconds.to_string()));
        }
        let request = self.http.get().post(endpoint).timeout(self.timeout).form(&form).send();
        let silence = |error| self.silence(&error, endpoint);
        let mut response = request.await.map_err(silence)?;
        let status = response.status();
        if status.is_server_error() || status.as_u16() == 429 {
            let message = format!("the federation endpoint answered {status}");
            return Err(AwsError::Busy { code: status.as_u16().to_string(), message, request_id: None });
        }
        let refusal = self.outbound.proxy().and_then(|proxy| proxy.refusal_in(status.as_u16(), endpoint));
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        if !status.is_success() {
            let code = if status.as_u16() == 400 { "BadRequest".to_owned() } else { status.as_u16().to_string() };
            let message = format!("the federation endpoint answered {status}");
            return Err(AwsError::Refused { code, message, request_id: None });
        }
        let mut body = zeroize::Zeroizing::new(Vec::with_capacity(4096));
        while let Some(chunk) = response.chunk().await.map_err(silence)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_ANSWER {
                return Err(AwsError::Garbled("it is too long".to_owned()));
            }
        }
        let answer: Answer =
            serde_json::from_slice(&body).map_err(|_| AwsError::Garbled("it holds no sign-in token".to_owned()))?;
        Ok(answer.signin_token)
    }

    /// The link that signs a browser in: a secret for the 15 minutes that it is good for.
    ///
    /// # Errors
    /// [`AwsError::Garbled`], where the endpoint is no URL.
    pub fn login_url(
        endpoint: &str,
        token: &SecretString,
        issuer: &str,
        destination: &Url,
    ) -> Result<SecretString, AwsError> {
        let mut url = Url::parse(endpoint).map_err(|error| AwsError::Garbled(error.to_string()))?;
        url.query_pairs_mut()
            .append_pair("Action", "login")
            .append_pair("Issuer", issuer)
            .append_pair("Destination", destination.as_str())
            .append_pair("SigninToken", token.expose_secret());
        Ok(String::from(url).into())
    }

    /// reqwest's error without the URL, in words for the log.
    fn silence(&self, error: &reqwest::Error, endpoint: &str) -> AwsError {
        if error.is_timeout() {
            return AwsError::TimedOut;
        }
        if let Some(explained) = self.outbound.explain(error, &host_of(endpoint)) {
            return explained;
        }
        let mut cause: &dyn std::error::Error = error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        AwsError::Unreachable(cause.to_string())
    }
}
