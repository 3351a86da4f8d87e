//! Credentials of the surroundings: what the links of the SDK's default chain give that need no stored key. They are asked
//! here and not by the SDK's own providers, which read variables and settings that nobody switched on, and go other ways.

mod container;
mod instance_profile;
mod web_identity;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sts::config::Credentials;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::outbound::Explained;
use super::sts::Maker;
use super::{AwsError, Issued, Outbound};
use crate::clock::Clock;
use crate::config;
use crate::model::credentials::TemporaryCredentials;
use crate::model::source::Surroundings;

/// How long before their end credentials are fetched anew: EC2 and ECS have new ones by then.
const EARLY: TimeDelta = TimeDelta::minutes(5);
/// These endpoints are on this machine or the next.
const CONNECT: Duration = Duration::from_secs(1);
const ANSWER: Duration = Duration::from_secs(2);
const TRIES: u32 = 3;
/// A document of credentials is short.
const LARGEST: usize = 64 * 1024;

/// All that the surroundings give, each fetched once for everybody and kept until shortly before its end.
pub(super) struct Providers {
    switches: config::SurroundingsSwitches,
    environment: config::Environment,
    imds: Url,
    http: reqwest::Client,
    maker: Maker,
    clock: Clock,
    kept: [Kept; Surroundings::ALL.len()],
}

/// One kind's credentials. Whoever finds them missing fetches them; the others wait for that, and share its failure too.
#[derive(Default)]
struct Kept {
    fetches: AtomicU64,
    last: Mutex<Option<Result<TemporaryCredentials, AwsError>>>,
}

impl Providers {
    /// Nothing is asked until it is needed.
    ///
    /// # Errors
    /// A sentence that names the setting that is wrong.
    pub(super) fn new(
        settings: &config::Aws,
        outbound: &Outbound,
        maker: Maker,
        clock: Clock,
    ) -> Result<Arc<Self>, String> {
        let http = outbound
            .plain_client(true)?
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .build()
            .map_err(|error| format!("no HTTP client can be made: {error}"))?;
        Ok(Arc::new(Self {
            switches: settings.surroundings,
            environment: settings.environment.clone(),
            imds: instance_profile::endpoint(settings.imds_endpoint.as_deref())?,
            http,
            maker,
            clock,
            kept: Default::default(),
        }))
    }

    /// Whether this kind may be used.
    ///
    /// # Errors
    /// [`AwsError::Setup`] that names the setting.
    pub(super) fn allows(&self, kind: Surroundings) -> Result<(), AwsError> {
        let on = match kind {
            Surroundings::InstanceProfile => self.switches.instance_profile,
            Surroundings::Container => self.switches.container,
            Surroundings::WebIdentity => self.switches.web_identity,
        };
        if on {
            return Ok(());
        }
        Err(AwsError::Setup {
            code: "surroundings_off",
            sentence: format!("Credentials of this kind ({}) are not switched on", kind.label()),
            advice: match kind {
                Surroundings::InstanceProfile => {
                    "Set aws.surroundings.instance_profile = true, or choose another source."
                }
                Surroundings::Container => "Set aws.surroundings.container = true, or choose another source.",
                Surroundings::WebIdentity => "Set aws.surroundings.web_identity = true, or choose another source.",
            },
        })
    }

    /// The credentials, with some minutes of life left.
    ///
    /// # Errors
    /// Why there are none.
    pub(super) async fn credentials(&self, kind: Surroundings) -> Result<TemporaryCredentials, AwsError> {
        self.allows(kind)?;
        let kept = &self.kept[kind as usize];
        let before = kept.fetches.load(Ordering::Acquire);
        let mut last = kept.last.lock().await;
        let left = |end: DateTime<Utc>| end - self.clock.now();
        match &*last {
            Some(Ok(credentials)) if left(credentials.expires_at) > EARLY => return Ok(credentials.clone()),
            // Somebody asked while this one waited, and got nothing.
            Some(Err(error)) if kept.fetches.load(Ordering::Acquire) != before => return Err(error.clone()),
            _ => {}
        }
        let fetched = self.fetch(kind).await;
        kept.fetches.fetch_add(1, Ordering::Release);
        if let (Err(error), Some(Ok(old))) = (&fetched, &*last)
            && left(old.expires_at) > TimeDelta::zero()
        {
            tracing::warn!(%error, "the surroundings give no new credentials; the old ones are still good");
            return Ok(old.clone());
        }
        *last = Some(fetched.clone());
        fetched
    }

    async fn fetch(&self, kind: Surroundings) -> Result<TemporaryCredentials, AwsError> {
        let fetched = match kind {
            Surroundings::InstanceProfile => self.instance_profile().await,
            Surroundings::Container => self.container().await,
            Surroundings::WebIdentity => self.web_identity().await,
        };
        let credentials = fetched?;
        if !credentials.is_plain() || credentials.expires_at <= self.clock.now() {
            return Err(missing(format!("{} gave credentials that are garbled or have expired", kind.label()), CLOCK));
        }
        Ok(credentials)
    }

    /// Sends a request, again where nothing or a fault comes back; the status and the body of the last answer.
    async fn ask(&self, request: reqwest::RequestBuilder) -> Result<(u16, Vec<u8>), String> {
        let mut last = Err("it cannot be asked".to_owned());
        for _ in 0..TRIES {
            let Some(request) = request.try_clone() else { break };
            last = answer(request).await;
            if last.as_ref().is_ok_and(|(status, _)| *status < 500) {
                break;
            }
        }
        last
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<(u16, Vec<u8>), String> {
    let silence = |error: reqwest::Error| match error.is_timeout() {
        true => "no answer in time".to_owned(),
        false => "no connection".to_owned(),
    };
    let mut response = request.send().await.map_err(silence)?;
    let (status, mut body) = (response.status().as_u16(), Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(silence)? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err("an answer that is too long".to_owned());
        }
    }
    Ok((status, body))
}

const CLOCK: &str = "Check this machine's clock, and who answers for the surroundings.";

/// Nothing came, and why.
fn missing(sentence: String, advice: &'static str) -> AwsError {
    AwsError::Setup { code: "surroundings", sentence, advice }
}

/// The JSON in which EC2 and ECS give credentials.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    access_key_id: String,
    secret_access_key: SecretString,
    token: SecretString,
    expiration: DateTime<Utc>,
}

impl From<Document> for TemporaryCredentials {
    fn from(document: Document) -> Self {
        Self {
            access_key_id: document.access_key_id,
            secret_access_key: document.secret_access_key,
            session_token: document.token,
            expires_at: document.expiration,
        }
    }
}

/// One kind, as the SDK asks for it. It is asked for each call, and [`Providers`] keeps the answer.
pub(super) struct Provider {
    pub(super) kind: Surroundings,
    pub(super) of: Arc<Providers>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Provider").field(&self.kind).finish()
    }
}

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let given = self.of.credentials(self.kind).await;
            let given = given.map_err(|error| CredentialsError::provider_error(Explained(error)))?;
            let token = Some(given.session_token.expose_secret().to_owned());
            let (id, secret) = (given.access_key_id, given.secret_access_key.expose_secret());
            Ok(Credentials::new(id, secret, token, Some(given.expires_at.into()), "surroundings"))
        })
    }
}

/// The surroundings' own credentials, to be handed on.
impl From<TemporaryCredentials> for Issued {
    fn from(credentials: TemporaryCredentials) -> Self {
        Self { credentials, arn: None, packed_policy_size: None, region: None, cut_by_chaining: false }
    }
}
