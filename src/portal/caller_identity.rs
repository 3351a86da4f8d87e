//! Who one is at AWS with a connector's credentials.

use std::sync::Arc;

use super::PortalError;
use super::use_connector::{Ask, Gift, Purpose, use_connector};
use crate::app::App;
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
    let ask = Ask { actor, origin, connector, purpose: Purpose::Identity };
    let Gift::Tested(seen) = use_connector(app, ask).await?.gift else {
        return Err(PortalError::Internal("something else where AWS was asked whom it sees".to_owned()));
    };
    Ok(CallerIdentity { user_id: seen.user_id, account_id: seen.account_id, arn: seen.arn })
}
