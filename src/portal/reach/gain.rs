//! What a session may do follows from some of a connector's fields: whoever changes one of them changes what those get who
//! may use the connector.

use crate::model::connector::Connector;
use crate::model::principal::Principal;

/// The first field that differs and that sessions follow from; to switch a connector on is such a change, to switch it off is
/// none.
pub(super) fn gained(before: &Connector, after: &Connector) -> Option<&'static str> {
    let differs = |field: &'static str, differs: bool| differs.then_some(field);
    differs("access_key", before.access_key_id != after.access_key_id)
        .or_else(|| differs("principal_type", before.principal.kind() != after.principal.kind()))
        .or_else(|| differs("through", before.principal.through() != after.principal.through()))
        .or_else(|| roles(&before.principal, &after.principal))
        .or_else(|| policies(&before.principal, &after.principal))
        .or_else(|| differs("tags", before.principal.tags() != after.principal.tags()))
        // Whatever a principal is made of from some day on: what is not named above is not let through either.
        .or_else(|| differs("principal_type", before.principal != after.principal))
        .or_else(|| differs("duration", before.duration != after.duration))
        .or_else(|| differs("enabled", !before.enabled && after.enabled))
        .or_else(|| {
            differs("registry_tokens_outlive", !before.registry_tokens_outlive && after.registry_tokens_outlive)
        })
}

fn roles(before: &Principal, after: &Principal) -> Option<&'static str> {
    match (before, after) {
        (
            Principal::AssumeRole { role, external_id, source_identity, .. },
            Principal::AssumeRole { role: new_role, external_id: new_id, source_identity: new_identity, .. },
        ) => {
            let pairs = [
                ("role_arn", role != new_role),
                ("external_id", external_id != new_id),
                ("source_identity", source_identity != new_identity),
            ];
            pairs.into_iter().find(|(_, differs)| *differs).map(|(field, _)| field)
        }
        _ => None,
    }
}

fn policies(before: &Principal, after: &Principal) -> Option<&'static str> {
    let (before, after) = (before.policies(), after.policies());
    if before.is_some() != after.is_some() {
        return Some("omit_policy");
    }
    let (before, after) = before.zip(after)?;
    let arns = (before.arns != after.arns).then_some("policy_arns");
    (before.inline != after.inline).then_some("policy").or(arns)
}
