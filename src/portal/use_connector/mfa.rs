//! Calling AWS with MFA, where the access key has a device: by a one-time code, or by a session that was made with one.
//!
//! A code counts once in 30 seconds, over all processes. So that a key gives more than one session in that time, calls of
//! AssumeRole for up to an hour go by a session of the key's user that carries MFA. Longer ones cannot: AWS takes them for
//! role chaining, which ends after an hour.

mod device;

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;

use super::call::Code;
use super::trail::{Trail, What};
use crate::app::App;
use crate::aws::{Clients, KeyPair, Signer, StsClient, issuer};
use crate::keyring::OpenError;
use crate::model::access_key::AccessKey;
use crate::model::cap::CHAINED;
use crate::model::connector::Connector;
use crate::model::credentials::TemporaryCredentials;
use crate::model::principal::{Principal, PrincipalType};
use crate::model::source::Source;
use crate::model::totp::Seed;
use crate::portal::PortalError;
use crate::portal::source::{mfa_place, open};
use crate::store::access_keys::SealedSecrets;
use device::Device;

/// A session is not used any more so long before it ends.
const SPARE: TimeDelta = TimeDelta::minutes(5);

/// One use of a connector, as far as MFA is concerned.
pub(super) struct Use<'a> {
    pub(super) app: &'a App,
    pub(super) key: &'a AccessKey,
    pub(super) sealed: &'a SealedSecrets,
    pub(super) connector: &'a Connector,
    /// Those that call AWS.
    pub(super) clients: &'a Clients,
    /// Signs with the key itself.
    pub(super) client: &'a StsClient,
    /// The seconds to ask for; `None`: as many as AWS gives.
    pub(super) seconds: Option<u32>,
    /// For a console sign-in, which cannot be shorter than AWS's default by way of a session.
    pub(super) console: bool,
}

/// How the call is to be made.
pub(super) struct Way {
    /// Who signs.
    pub(super) client: StsClient,
    /// What that makes of the source.
    pub(super) source: Source,
    /// The code to send.
    pub(super) code: Code,
    /// The word in the log; `None` where there is no MFA.
    pub(super) word: Option<&'static str>,
}

/// Why there is no way.
pub(super) enum NoWay {
    /// The seed does not open.
    Closed(OpenError),
    /// AWS, or our own database.
    Failed(PortalError),
}

impl<E: Into<PortalError>> From<E> for NoWay {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Use<'_> {
    /// How the call is to be made.
    pub(super) async fn way(&self, trail: &Trail) -> Result<Way, NoWay> {
        if self.device().is_none() {
            return self.find_way().await;
        }
        let said = |done: &Result<Way, NoWay>| match done {
            Ok(way) => Ok(way.word.unwrap_or_default().to_owned()),
            Err(NoWay::Closed(cause)) => Err(cause.sentence()),
            Err(NoWay::Failed(PortalError::Aws(error))) => Err(error.code().to_owned()),
            Err(NoWay::Failed(_)) => Err("internal".to_owned()),
        };
        trail.step(What::Mfa, self.find_way(), said).await
    }

    /// Serial number and sealed seed of the device, where there is one and the call takes its codes.
    fn device(&self) -> Option<(&str, &[u8])> {
        let takes_mfa = matches!(self.connector.principal, Principal::AssumeRole { .. } | Principal::IamUser);
        self.key.mfa_serial.as_deref().zip(self.sealed.mfa_seed.as_deref()).filter(|_| takes_mfa)
    }

    async fn find_way(&self) -> Result<Way, NoWay> {
        let plain = |word| Way { client: self.client.clone(), source: self.key.source, code: Code::Without, word };
        let Some((serial, sealed)) = self.device() else { return Ok(plain(None)) };
        let seed = open(self.app, &mfa_place(self.key), sealed).await.map_err(NoWay::Closed)?;
        let seed = Seed::parse(secrecy::ExposeSecret::expose_secret(&seed)).map_err(PortalError::Internal)?;
        let device = Device { app: self.app, key: self.key, serial, seed };
        if self.by_session() {
            let session = self.session(&device).await?;
            let source = Source::Temporary { expires_at: Some(session.expires_at) };
            return Ok(Way { client: self.client_of(&session), source, code: Code::Without, word: Some("session") });
        }
        let code = Code::Once(Mutex::new(Some(device.code().await?)));
        Ok(Way { code, ..plain(Some("code")) })
    }

    /// Forgets the session, which AWS did not take.
    pub(super) fn forget(&self) {
        self.app.mfa_sessions.invalidate(&(self.key.id.clone(), self.key.version));
    }

    fn by_session(&self) -> bool {
        if self.connector.principal.kind() != PrincipalType::AssumeRole {
            return false;
        }
        // Through other roles it ends after an hour in any case, and the console takes AWS's default.
        if !self.connector.principal.through().is_empty() {
            return true;
        }
        let longest = self.connector.longest();
        if self.console { longest == CHAINED } else { self.seconds.unwrap_or(longest) <= CHAINED }
    }

    async fn session(&self, device: &Device<'_>) -> Result<TemporaryCredentials, PortalError> {
        let at = (self.key.id.clone(), self.key.version);
        let place = self.app.mfa_sessions.get_with(at, Arc::default);
        // Held while the session is made: whoever else needs one waits for this one.
        let mut kept = place.lock().await;
        let now = self.app.clock.now();
        if let Some(session) = kept.as_ref().filter(|session| session.expires_at - SPARE > now) {
            return Ok(session.clone());
        }
        let session = issuer::mfa_session(self.client, device.code().await?).await?;
        *kept = Some(session.clone());
        Ok(session)
    }

    /// A client for this very session: a key of its own in the cache of clients.
    fn client_of(&self, session: &TemporaryCredentials) -> StsClient {
        let id = format!("{}/{}", self.key.id, session.access_key_id);
        let key = AccessKey { id, key_id: session.access_key_id.clone(), ..self.key.clone() };
        let signer = || -> Result<_, std::convert::Infallible> {
            Ok(Signer::Pair(KeyPair {
                key_id: &session.access_key_id,
                secret: session.secret_access_key.clone(),
                session_token: Some(session.session_token.clone()),
            }))
        };
        let region = self.app.endpoints.first_region(key.partition, self.connector.region.as_deref());
        match self.clients.of(&key, &region, signer) {
            Ok(client) => client,
            Err(never) => match never {},
        }
    }
}
