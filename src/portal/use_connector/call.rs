//! The calls to AWS for one use of a connector.

use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;
use url::Url;

use super::trail::{Trail, What};
use super::{Gift, Purpose};
use crate::app::App;
use crate::aws::console::Mode;
use crate::aws::issuer::{self, MfaCode, Request};
use crate::aws::{AwsError, Clients, Federation, Issued, StsClient};
use crate::model::cap::CHAINED;
use crate::model::connector::Connector;
use crate::model::principal::{Principal, PrincipalType};
use crate::model::source::Source;
use crate::model::totp::STEP_SECONDS;

/// One use, as far as AWS is concerned.
pub(super) struct Call<'a> {
    pub(super) app: &'a App,
    /// Those that call AWS with sessions on the way.
    pub(super) clients: &'a Clients,
    pub(super) client: &'a StsClient,
    pub(super) connector: &'a Connector,
    /// What is sent; its duration is that of the connector unless somebody asks for less.
    pub(super) request: &'a Request,
    pub(super) source: Source,
    pub(super) code: Code,
    pub(super) trail: &'a Trail,
}

/// The one-time code of a call, where it needs one.
pub(super) enum Code {
    /// It needs none.
    Without,
    /// It is for one call; taken out by that.
    Once(Mutex<Option<MfaCode>>),
}

impl Code {
    pub(super) fn take(&self) -> Result<Option<MfaCode>, AwsError> {
        match self {
            Self::Without => Ok(None),
            Self::Once(code) => {
                let code = code.lock().unwrap_or_else(PoisonError::into_inner).take();
                code.map(Some).ok_or(AwsError::CodeUsed { seconds: STEP_SECONDS })
            }
        }
    }
}

/// What a step says of a call: the issued key's id, or AWS's code.
pub(super) fn key_or_code(done: &Result<Issued, AwsError>) -> Result<String, String> {
    match done {
        Ok(issued) => Ok(issued.credentials.access_key_id.clone()),
        Err(error) => Err(error.code().to_owned()),
    }
}

impl Call<'_> {
    async fn issue(&self, seconds: Option<u32>) -> Result<Issued, AwsError> {
        let request = Request { seconds, ..self.request.clone() };
        let principal = &self.connector.principal;
        let roles = issuer::role_calls(principal, &request);
        if !roles.is_empty() {
            return self.assume_all(&roles).await;
        }
        let work = async {
            match (principal, self.source.surroundings()) {
                (Principal::Provided, Some(surroundings)) => self.clients.provided(surroundings).await,
                _ => issuer::issue(self.client, principal, &request, self.code.take()?).await,
            }
        };
        self.trail.step(What::Session, work, key_or_code).await
    }

    /// What comes of it, and in `issued` everything that AWS gave on the way; `None`: the last of that itself.
    pub(super) async fn outcome(
        &self,
        purpose: &Purpose,
        console: Option<&Url>,
        issued: &mut Vec<Issued>,
    ) -> Result<Option<Gift>, AwsError> {
        if let Some(destination) = console {
            return self.console(destination, issued).await.map(|link| Some(Gift::ConsoleLink(link)));
        }
        issued.push(self.issue(self.request.seconds).await?);
        match (purpose, issued.last()) {
            (Purpose::Test { .. } | Purpose::Identity, Some(last)) => {
                Ok(Some(Gift::CallerIdentity(Box::new(self.look_at(last).await?))))
            }
            _ => Ok(None),
        }
    }

    /// A link, and in `issued` everything that AWS gave on the way to it, the last one for the link. Starts with what worked
    /// for this connector before; a 400 leads to the next way.
    async fn console(&self, destination: &Url, issued: &mut Vec<Issued>) -> Result<SecretString, AwsError> {
        let at = (self.connector.id.clone(), self.connector.version);
        let first = match self.connector.principal.kind() {
            PrincipalType::AssumeRole
                if self.source.is_long_term() && self.connector.principal.through().is_empty() =>
            {
                Mode::WithDuration
            }
            // With anything but a long-term key, or through other roles, it is role chaining: SessionDuration is refused, and so
            // are credentials that were issued with DurationSeconds. Where the connector gives less than AWS's default, that
            // way would give more: then AWS decides, and a refusal stands.
            PrincipalType::AssumeRole if self.connector.longest() >= CHAINED => Mode::Fresh,
            PrincipalType::AssumeRole => Mode::Plain,
            // "Doing so will cause the operation to fail" (IAM User Guide, of SessionDuration with a federated user).
            PrincipalType::FederatedUser | PrincipalType::IamUser | PrincipalType::Provided => Mode::Plain,
        };
        // What was learned of long-term keys does not hold where a session with MFA calls.
        let learned = self.app.console_modes.get(&at).filter(|_| first == Mode::WithDuration);
        let mut mode = learned.unwrap_or(first);
        let default = self.connector.principal.kind().durations().default;
        let endpoint = self.app.endpoints.federation(self.connector.partition);
        let seconds = |mode: Mode| if mode == Mode::Fresh { None } else { self.connector.duration };
        let mut current = self.issue(seconds(mode)).await?;
        loop {
            let credentials = current.credentials.clone();
            issued.push(current);
            let duration = (mode == Mode::WithDuration).then(|| self.connector.longest());
            match self.app.federation.signin_token(&endpoint, &credentials, duration).await {
                Ok(token) => {
                    self.app.console_modes.insert(at, mode);
                    let issuer = self.app.address("/");
                    return Federation::login_url(&endpoint, &token, &issuer, destination);
                }
                Err(AwsError::Refused { code, .. }) if code == "BadRequest" && mode == Mode::WithDuration => {
                    tracing::info!(
                        connector = self.connector.id,
                        "the federation endpoint refused SessionDuration; trying without"
                    );
                    mode = Mode::Plain;
                    current = issued.pop().ok_or_else(|| AwsError::Garbled("nothing was issued".to_owned()))?;
                }
                // Not where the connector gives less than AWS's default: then this way would give more.
                Err(AwsError::Refused { code, .. })
                    if code == "BadRequest"
                        && mode == Mode::Plain
                        && first == Mode::WithDuration
                        && self.connector.longest() >= default =>
                {
                    tracing::info!(
                        connector = self.connector.id,
                        "the federation endpoint refused; trying with AWS's default duration"
                    );
                    mode = Mode::Fresh;
                    current = self.issue(None).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }
}
