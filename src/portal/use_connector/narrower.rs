//! What a caller may ask for beside the connector's own: less than it gives, never more.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::Purpose;
use crate::app::standing::Facts;
use crate::aws::issuer::Request;
use crate::model::connector::Connector;
use crate::model::event::Event;
use crate::model::policy::Policy;
use crate::model::principal::Principal;

/// Credentials as they are wanted; what is left out is as the connector has it.
#[derive(Clone, Debug, Default)]
pub struct Narrower {
    /// A shorter life than the connector gives, in seconds.
    pub seconds: Option<u32>,
    /// The region whose STS is asked.
    pub region: Option<String>,
    /// An inline session policy, as JSON.
    pub policy: Option<String>,
}

impl Purpose {
    /// The shorter life that is wanted, in seconds.
    pub(super) const fn seconds(&self) -> Option<u32> {
        match self {
            Self::Credentials { seconds } => *seconds,
            Self::Narrowed(narrower) => narrower.seconds,
            _ => None,
        }
    }

    /// What is known, of the connector as it is used: at the region that is wanted, whether there is one or not.
    pub(super) fn placed(&self, facts: Arc<Facts>) -> Arc<Facts> {
        match self {
            Self::Narrowed(Narrower { region: Some(region), .. }) => {
                let mut facts = Arc::unwrap_or_clone(facts);
                facts.connector.region = Some(region.clone());
                Arc::new(facts)
            }
            _ => facts,
        }
    }
}

/// The session policy of the caller's own, checked; and that the region that is wanted is one.
///
/// # Errors
/// The field, which is the word in the log too, and a sentence.
pub(super) fn own_policy(purpose: &Purpose, connector: &Connector) -> Result<Option<Policy>, (&'static str, String)> {
    let Purpose::Narrowed(narrower) = purpose else { return Ok(None) };
    if narrower.region.is_some() && !connector.partition.has_region(connector.region()) {
        return Err(("region", format!("“{}” is no region of {}.", connector.region(), connector.partition)));
    }
    let Some(text) = &narrower.policy else { return Ok(None) };
    // AWS adds session policies up, and a federated user without one may do nothing: only beside a role's own permissions
    // does a policy take something away.
    match &connector.principal {
        Principal::AssumeRole { policies, .. } if policies.is_empty() => {}
        Principal::AssumeRole { .. } => {
            let sentence =
                "This connector has a policy of its own, so none can be sent beside it. Leave the policy out.";
            return Err(("policy", sentence.to_owned()));
        }
        Principal::FederatedUser { .. } | Principal::IamUser | Principal::Provided => {
            let sentence = "Only connectors that assume a role take a policy with the request. Leave the policy out.";
            return Err(("policy", sentence.to_owned()));
        }
    }
    Policy::parse(text).map(Some).map_err(|sentence| ("policy", sentence))
}

/// What is sent, and the row, with the caller's own policy.
pub(super) fn put(policy: Option<Policy>, request: Request, mut event: Event) -> (Request, Event) {
    let Some(policy) = policy else { return (request, event) };
    let text = policy.minified().to_owned();
    // As the hash of a connector's own: the inline policy, then the managed ones, of which there are none.
    event.policy_hash = Some(HEXLOWER.encode(&Sha256::digest(format!("{text}\n"))));
    (Request { policy: Some(text), ..request }, event.with("policy_of_caller", true))
}
