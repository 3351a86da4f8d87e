//! What one use of a connector sends to STS.

use crate::aws::issuer::{Names, Request};
use crate::model::connector::Connector;
use crate::model::principal::Principal;

/// Everything that is sent for `connector`, with its policies and tags as they stand in it.
pub(super) fn request_of(connector: &Connector, names: Names, seconds: Option<u32>) -> Request {
    let principal = &connector.principal;
    let source_identity = match principal {
        Principal::AssumeRole { source_identity, .. } if source_identity.is_sent() => Some(names.session.clone()),
        _ => None,
    };
    let policies = principal.policies();
    Request {
        names,
        source_identity,
        seconds,
        policy: policies.and_then(|policies| policies.inline.as_ref()).map(|policy| policy.minified().to_owned()),
        policy_arns: policies.map(|policies| policies.arns.clone()).unwrap_or_default(),
        tags: principal.tags().iter().map(|tag| (tag.key.clone(), tag.value.clone(), tag.transitive)).collect(),
    }
}
