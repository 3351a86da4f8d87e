//! A use for trial: all of it is done, nothing is handed out.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::call::Call;
use super::trail::{Trail, What};
use super::{Ask, Purpose};
use crate::app::App;
use crate::app::standing::Facts;
use crate::aws::issuer;
use crate::aws::{AwsError, Issued};
use crate::keyring::Keyring;
use crate::model::access::{Actor, Allowed, Denied, decide};
use crate::model::access_key::AccessKey;
use crate::model::api_token::Part;
use crate::model::diagnosis::{Asked, Refusal, diagnose};
use crate::portal::PortalError;
use crate::portal::reach::Reach;
use crate::store::access_keys::SealedSecrets;

/// What a trial showed, or whom AWS sees; the credentials themselves are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// Who one is with them, as GetCallerIdentity says.
    pub arn: String,
    /// The account of that.
    pub account_id: String,
    /// AWS's id of the caller: of a role's session the role's id and the session's name.
    pub user_id: String,
    /// When they would have ended.
    pub expires_at: DateTime<Utc>,
    /// How long that was from then, in seconds.
    pub granted_seconds: u32,
    /// How much of AWS's packed limit policies and tags took, in percent; `None` where AWS did not say.
    pub packed_percent: Option<i32>,
    /// The region whose STS gave the last of them, where several could.
    pub region: Option<String>,
    /// Whether AWS's hour for role chaining cut the session short.
    pub cut_by_chaining: bool,
}

impl Purpose {
    /// The part of the API that it belongs to.
    pub(super) const fn part(&self) -> Part {
        match self {
            Self::Credentials { .. }
            | Self::Narrowed(_)
            | Self::Identity
            | Self::Sdk { .. }
            | Self::Ecr { .. }
            | Self::CodeArtifact { .. } => Part::Use,
            Self::Console { .. } => Part::Console,
            Self::Test { .. } => Part::Connectors,
        }
    }

    /// Where the steps are noted.
    pub(super) fn trail(&self) -> Arc<Trail> {
        if let Self::Test { trail } = self { trail.clone() } else { Arc::default() }
    }
}

/// Whether `ask` may be done. A trial is for administrators, of connectors too that are switched
/// off or not granted to them; for restricted ones inside the envelope alone.
pub(super) fn decided(app: &App, ask: &Ask, facts: &Facts) -> Result<Allowed, Denied> {
    let all = app.config.access.administrators_may_use_all;
    match (&ask.purpose, &ask.actor) {
        (Purpose::Test { .. }, actor @ Actor::Person(_)) => match Reach::of(actor) {
            Some(reach) if reach.is_everywhere() => Ok(Allowed::Administrator),
            // As connector and envelope are now, whatever they were when the button was pressed.
            Some(reach) if reach.outside(&facts.key, &facts.connector).is_empty() => Ok(Allowed::Envelope),
            _ => Err(Denied::NotGranted),
        },
        (Purpose::Test { .. }, _) => Err(Denied::NotGranted),
        (purpose, actor) if !actor.may(purpose.part()) => match decide(actor, &facts.connector, &facts.grants, all) {
            // What is not theirs anyway looks unknown.
            Err(Denied::NotGranted) => Err(Denied::NotGranted),
            _ => Err(Denied::TokenScope),
        },
        (_, actor) => decide(actor, &facts.connector, &facts.grants, all),
    }
}

/// What a step says of GetCallerIdentity.
pub(super) fn arn_or_code(done: &Result<issuer::Caller, AwsError>) -> Result<String, String> {
    match done {
        Ok(caller) => Ok(caller.arn.clone()),
        Err(error) => Err(error.code().to_owned()),
    }
}

impl Call<'_> {
    /// Asks AWS who one is with what was issued.
    pub(super) async fn look_at(&self, issued: &Issued) -> Result<Tested, AwsError> {
        // Called once here, so it is the connector that has the budget of retries where no account is known.
        let account = self.connector.account_id.as_deref().unwrap_or(&self.connector.access_key_id);
        let (partition, region) = (self.connector.partition, self.region());
        let client = self.clients.of_session(&issued.credentials, partition, &region, account);
        let caller = self.trail.step(What::Identity, issuer::caller_identity(&client), arn_or_code).await?;
        let left = (issued.credentials.expires_at - self.app.clock.now()).num_milliseconds() + 999;
        Ok(Tested {
            arn: caller.arn,
            account_id: caller.account_id,
            user_id: caller.user_id,
            expires_at: issued.credentials.expires_at,
            granted_seconds: u32::try_from(left / 1000).unwrap_or(0),
            packed_percent: issued.packed_policy_size,
            region: issued.region.clone(),
            cut_by_chaining: issued.cut_by_chaining,
        })
    }
}

/// What a trial's page says of the source: what it opens with.
pub(super) fn opens_with(key: &AccessKey, sealed: &SealedSecrets) -> String {
    match key.source.surroundings() {
        Some(surroundings) => surroundings.label().to_owned(),
        None => match Keyring::name_of(&sealed.secret) {
            Some(name) if name.is_data_key => format!("data key {}, kept by AWS KMS", name.id),
            Some(name) => format!("key file {}", name.id),
            None => String::new(),
        },
    }
}

/// AWS's refusal with its likely cause, for administrators.
pub(super) fn explained(ask: &Ask, facts: &Facts, error: PortalError) -> PortalError {
    let PortalError::Aws(refused) = error else { return error };
    // The causes that are known are those of STS.
    if refused.is_of_service() {
        return PortalError::Aws(refused);
    }
    let (AwsError::Refused { code, message, .. }, actor @ Actor::Person(_)) = (refused.cause(), &ask.actor) else {
        return PortalError::Aws(refused);
    };
    let asked = Asked {
        connector: &facts.connector,
        caller: facts.key.validated.as_ref().map(|validated| validated.arn.as_str()),
        at: refused.place().map_or(1, |(at, _)| at),
    };
    match diagnose(Refusal { code, message }, asked) {
        Some(diagnosis) if actor.may(Part::Connectors) && Reach::of(actor).is_some() => PortalError::Explained {
            error: refused,
            diagnosis: Box::new(diagnosis),
            connector: facts.connector.id.clone(),
        },
        _ => PortalError::Aws(refused),
    }
}
