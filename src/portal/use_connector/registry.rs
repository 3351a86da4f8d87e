//! Log-ins to registries: what is refused before anything is issued, and what a session is exchanged for.

use chrono::{DateTime, TimeDelta, Utc};

use super::stopped::{No, Stopped, invalid, refused, refused_by_aws};
use super::{Gift, Purpose};
use crate::app::App;
use crate::aws::registries::Place;
use crate::model::connector::Connector;
use crate::model::credentials::{TemporaryCredentials, rfc3339};
use crate::model::event::Event;
use crate::model::registry::{ECR_SECONDS, parse_domain, parse_owner};
use crate::model::session::show_duration;
use crate::portal::PortalError;

/// How far this server's clock and AWS's may differ where lives are compared: what AWS allows for signatures.
const CLOCKS: TimeDelta = TimeDelta::minutes(5);
/// How much later than the session a log-in may end that ends with it: AWS may round.
const ROUNDING: TimeDelta = TimeDelta::seconds(60);

/// A log-in that was asked for, checked.
pub(super) struct Wanted {
    region: String,
    registry: Registry,
}

enum Registry {
    Ecr,
    CodeArtifact { domain: String, owner: Option<String> },
}

/// What is wanted where `purpose` is a log-in to a registry.
///
/// # Errors
/// A word for the log, and what to say: where the region or the domain cannot be, or where a log-in to ECR would go on after
/// the connector's sessions and may not.
pub(super) fn wanted(app: &App, connector: &Connector, purpose: &Purpose) -> Result<Option<Wanted>, No> {
    let (region, registry) = match purpose {
        Purpose::Ecr { region } => (region, Registry::Ecr),
        Purpose::CodeArtifact { region, domain, domain_owner } => {
            let domain = parse_domain(domain).map_err(|sentence| Box::new(("domain", invalid("domain", &sentence))))?;
            let owner = parse_owner(domain_owner.as_deref().unwrap_or_default());
            let owner = owner.map_err(|sentence| Box::new(("domain", invalid("domain_owner", &sentence))))?;
            (region, Registry::CodeArtifact { domain, owner })
        }
        _ => return Ok(None),
    };
    let region = region.as_deref().map(str::trim).filter(|region| !region.is_empty()).unwrap_or(connector.region());
    let partition = connector.partition;
    let wrong = |sentence: &str| Box::new(("region", invalid("region", sentence)));
    if !partition.has_region(region) {
        return Err(wrong(&format!("“{region}” is no region of {partition}.")));
    }
    match registry {
        Registry::Ecr => app.endpoints.ecr(partition, region),
        Registry::CodeArtifact { .. } => app.endpoints.codeartifact(partition, region),
    }
    .map_err(|sentence| wrong(&sentence))?;
    if matches!(registry, Registry::Ecr) && !connector.registry_tokens_outlive && connector.longest() < ECR_SECONDS {
        return Err(Box::new((TOO_SHORT, too_short(connector.longest()))));
    }
    Ok(Some(Wanted { region: region.to_owned(), registry }))
}

const TOO_SHORT: &str = "registry_outlives";

fn too_short(seconds: u32) -> PortalError {
    let (log_in, session) = (show_duration(ECR_SECONDS), show_duration(seconds));
    let sentence = format!(
        "A log-in to ECR lasts {log_in}, the session behind it {session}, and this connector lets no log-in outlive its session. An administrator can allow that in the connector, or lengthen its sessions."
    );
    invalid("", &sentence)
}

impl Wanted {
    /// What the row says of it before AWS is asked.
    pub(super) fn note(&self, event: Event, connector: &Connector) -> Event {
        let event = event.with("region", self.region.as_str());
        let event = if connector.registry_tokens_outlive { event.with("may_outlive_session", true) } else { event };
        match &self.registry {
            Registry::Ecr => event,
            Registry::CodeArtifact { domain, owner } => {
                let event = event.with("domain", domain.as_str());
                if let Some(owner) = owner { event.with("domain_owner", owner.as_str()) } else { event }
            }
        }
    }

    /// Exchanges the session for the log-in.
    ///
    /// # Errors
    /// AWS's refusal or silence, or a log-in that would go on after the session where it may not.
    pub(super) async fn log_in(
        &self,
        app: &App,
        connector: &Connector,
        session: TemporaryCredentials,
        event: Event,
    ) -> Result<(Event, Gift), Box<Stopped>> {
        // The connector may promise more than the source can give, and what ECR issues cannot be called back.
        let left = session.expires_at - app.clock.now();
        let long_enough = left + CLOCKS >= TimeDelta::seconds(i64::from(ECR_SECONDS));
        if matches!(self.registry, Registry::Ecr) && !connector.registry_tokens_outlive && !long_enough {
            let seconds = u32::try_from(left.num_seconds()).unwrap_or(0);
            return Err(Box::new(refused(event, TOO_SHORT, too_short(seconds))));
        }
        let account = connector.account_id.as_deref().unwrap_or(&connector.access_key_id);
        let place = Place { session: &session, partition: connector.partition, region: &self.region, account };
        let (expires_at, event, log_in) = match &self.registry {
            Registry::Ecr => match app.registries.ecr(place).await {
                Ok(log_in) => (log_in.expires_at, event.with("registry", log_in.endpoint.as_str()), Given::Ecr(log_in)),
                Err(error) => return Err(Box::new(refused_by_aws(event, error))),
            },
            Registry::CodeArtifact { domain, owner } => {
                match app.registries.codeartifact(place, domain, owner.as_deref()).await {
                    Ok(token) => (token.expires_at, event, Given::CodeArtifact(token)),
                    Err(error) => return Err(Box::new(refused_by_aws(event, error))),
                }
            }
        };
        let event = with_end(event, expires_at, &session, app.clock.now());
        let outlives = expires_at > session.expires_at + ROUNDING;
        // It was asked to end with the session.
        if matches!(log_in, Given::CodeArtifact(_)) && outlives && !connector.registry_tokens_outlive {
            return Err(Box::new(refused(event, TOO_SHORT, invalid("", NOT_WITH_IT))));
        }
        Ok((event, log_in.with(session)))
    }
}

const NOT_WITH_IT: &str = "CodeArtifact gave a log-in that goes on after the session, which this connector does not allow, so nothing was handed out. An administrator can allow it in the connector.";

enum Given {
    Ecr(crate::model::registry::EcrLogin),
    CodeArtifact(crate::model::registry::CodeArtifactToken),
}

impl Given {
    fn with(self, session: TemporaryCredentials) -> Gift {
        match self {
            Self::Ecr(log_in) => Gift::Ecr(Box::new((log_in, session))),
            Self::CodeArtifact(token) => Gift::CodeArtifact(Box::new((token, session))),
        }
    }
}

/// The row is about the log-in, which is what somebody holds until its end; the session's own end stands beside it.
fn with_end(mut event: Event, end: DateTime<Utc>, session: &TemporaryCredentials, now: DateTime<Utc>) -> Event {
    event.expires_at = Some(end);
    event.granted_seconds = u32::try_from(((end - now).num_milliseconds() + 999) / 1000).ok();
    event.with("session_expires_at", rfc3339(session.expires_at))
}
