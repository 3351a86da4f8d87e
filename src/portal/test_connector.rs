//! Trying a connector out: it issues for real, as the administrator, restricted or not, who tries, and hands nothing out.

use std::sync::Arc;
use std::time::Duration;

use super::use_connector::{Ask, Gift, Purpose, Step, Tested, Trail, What, use_connector};
use super::{PortalError, Who, connectors};
use crate::app::App;
use crate::model::connector::Connector;
use crate::model::principal::Principal;

/// How a trial went.
#[derive(Debug)]
pub struct Trial {
    /// The connector.
    pub connector: Connector,
    /// What was done, in order.
    pub steps: Vec<Step>,
    /// What would have come and was not reached.
    pub missed: Vec<What>,
    /// What it showed, or why it ended.
    pub result: Result<Tested, PortalError>,
}

impl Trial {
    /// How long all of it took.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.steps.iter().map(|step| step.took).sum()
    }
}

/// The connector to test, where the caller may.
///
/// # Errors
/// [`PortalError::NotFound`]; [`PortalError::Forbidden`] where the caller may not.
pub async fn offer(app: &App, who: &Who, id: &str) -> Result<Connector, PortalError> {
    Ok(connectors::open(app, who, id).await?.1)
}

/// Uses the connector `id` the way a person would, switched off or not, and tells each step. The credentials are dropped.
///
/// # Errors
/// [`PortalError::NotFound`]; where the caller does not administer; where the usage log cannot be written.
pub async fn test(app: &Arc<App>, who: &Who, id: &str) -> Result<Trial, PortalError> {
    let (_, connector) = connectors::open(app, who, id).await?;
    let trail = Arc::new(Trail::default());
    let ask = Ask::by(who.clone(), connector.id.clone(), Purpose::Test { trail: trail.clone() });
    let result = match use_connector(app, ask).await {
        Ok(handed) => match handed.gift {
            Gift::CallerIdentity(tested) => Ok(*tested),
            _ => {
                return Err(PortalError::Internal("a trial that hands something out".to_owned()));
            }
        },
        Err(
            error @ (PortalError::Database(_)
            | PortalError::Internal(_)
            | PortalError::NotFound(_)
            | PortalError::Forbidden
            | PortalError::Directory(_)),
        ) => return Err(error),
        Err(error) => Err(error),
    };
    let steps = trail.steps();
    let missed = expected(&connector).into_iter().filter(|what| !steps.iter().any(|step| step.what == *what)).collect();
    Ok(Trial { connector, steps, missed, result })
}

/// What has to be done in any case.
fn expected(connector: &Connector) -> Vec<What> {
    let mut all = vec![What::Source];
    match &connector.principal {
        Principal::AssumeRole { through, role, .. } => {
            let roles = through.iter().map(|hop| &hop.role).chain([role]);
            let of = through.len() + 1;
            all.extend((1..).zip(roles).map(|(at, role)| What::Role { at, of, role: role.as_str().to_owned() }));
        }
        Principal::FederatedUser { .. } | Principal::IamUser | Principal::Provided => all.push(What::Session),
    }
    all.push(What::Identity);
    all
}
