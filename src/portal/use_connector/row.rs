//! The row of the usage log for one use of a connector, as it fills up.

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use url::Url;

use super::trail::Trail;
use crate::aws::Issued;
use crate::aws::issuer::Names;
use crate::model::access::Actor;
use crate::model::connector::Connector;
use crate::model::event::Event;
use crate::model::principal::{Principal, PrincipalType};
use crate::model::session::{self, FEDERATED_NAME_LONGEST, SESSION_NAME_LONGEST};

/// The names that AWS is to see.
pub(super) fn names(actor: &Actor) -> Names {
    match actor {
        Actor::Person(identity) => {
            Names { session: identity.person.session_name.clone(), federated: identity.person.federated_name.clone() }
        }
        Actor::Program(token) => Names {
            session: session::program_name(&token.slug, SESSION_NAME_LONGEST),
            federated: session::program_name(&token.slug, FEDERATED_NAME_LONGEST),
        },
    }
}

/// What is known before AWS is called.
pub(super) fn with_names(
    mut event: Event,
    connector: &Connector,
    names: &Names,
    seconds: Option<u32>,
    console: Option<&Url>,
) -> Event {
    let kind = connector.principal.kind();
    event.session_name = match kind {
        PrincipalType::AssumeRole => Some(names.session.clone()),
        PrincipalType::FederatedUser => Some(names.federated.clone()),
        PrincipalType::IamUser | PrincipalType::Provided => None,
    };
    if let Principal::AssumeRole { source_identity, .. } = connector.principal
        && source_identity.is_sent()
    {
        event.source_identity = Some(names.session.clone());
    }
    event.requested_seconds = seconds;
    event.policy_hash = connector
        .principal
        .policies()
        .filter(|policies| !policies.is_empty())
        .map(|policies| HEXLOWER.encode(&Sha256::digest(policies.fingerprint())));
    event = event.with("principal_type", kind.word()).with("region", connector.region());
    if !kind.names_person() {
        event = event.with("names_person", false);
    }
    match console {
        Some(url) => event.with("destination", url.as_str()),
        None => event,
    }
}

/// The roles of a chain with what was issued for each, as far as it got.
pub(super) fn with_hops(event: Event, trail: &Trail) -> Event {
    match trail.hops() {
        Some(hops) => event.with("hops", hops),
        None => event,
    }
}

/// What AWS issued, whether it is handed out or not: the last of it in the row's own fields, the rest beside it.
pub(super) fn with_issued(mut event: Event, issued: &[Issued], now: DateTime<Utc>) -> Event {
    let Some((last, earlier)) = issued.split_last() else { return event };
    // AWS cuts the end to whole seconds, so what is left of the last one counts.
    let granted = ((last.credentials.expires_at - now).num_milliseconds() + 999) / 1000;
    event.arn.clone_from(&last.arn);
    event.issued_key_id = Some(last.credentials.access_key_id.clone());
    event.expires_at = Some(last.credentials.expires_at);
    event.granted_seconds = u32::try_from(granted).ok();
    if !earlier.is_empty() {
        let ids: Vec<&str> = earlier.iter().map(|issued| issued.credentials.access_key_id.as_str()).collect();
        event = event.with("also_issued", ids);
    }
    if let Some(region) = &last.region {
        event = event.with("served_by_region", region.as_str());
    }
    if last.cut_by_chaining {
        event = event.with("cut_by_role_chaining", true);
    }
    match last.packed_policy_size {
        Some(percent) => event.with("packed_policy_percent", percent),
        None => event,
    }
}
