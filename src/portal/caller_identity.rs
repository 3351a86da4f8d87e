//! Who one is at AWS with a connector's credentials.

use std::sync::Arc;

use super::PortalError;
use super::use_connector::{Ask, Gift, Purpose, use_connector};
use crate::app::App;
use crate::aws::issuer;
use crate::model::access::Actor;
use crate::model::event::Origin;

/// What AWS says of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// AWS's unique id of the user or session.
    pub user_id: String,
    /// The account.
    pub account_id: String,
    /// The ARN.
    pub arn: String,
}

/// Gets credentials of the connector that `connector` names, as [`use_connector`] does with all that belongs to it, its
/// row too, and asks AWS who they are. They are not handed on.
///
/// # Errors
/// As [`use_connector`].
pub async fn caller_identity(
    app: &Arc<App>,
    actor: Actor,
    origin: Origin,
    connector: String,
) -> Result<CallerIdentity, PortalError> {
    let ask = Ask { actor, origin, connector, purpose: Purpose::Credentials { seconds: None } };
    let handed = use_connector(app, ask).await?;
    let Gift::Credentials(credentials) = handed.gift else {
        return Err(PortalError::Internal("a link where credentials were asked for".to_owned()));
    };
    let connector = handed.connector;
    let account = connector.account_id.as_deref().unwrap_or(&connector.access_key_id);
    let region = app.endpoints.first_region(connector.partition, connector.region.as_deref());
    let client = app.clients.of_session(&credentials, connector.partition, &region, account);
    let (caller, user_id) = issuer::whole_caller_identity(&client).await?;
    Ok(CallerIdentity { user_id, account_id: caller.account_id, arn: caller.arn })
}
