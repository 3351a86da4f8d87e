//! What has to stand at AWS for a connector to work, with the real ARNs where they are known.

use super::{ConnectorForm, Snippet};
use crate::model::access_key::AccessKey;
use crate::model::aws_policy::{identity_policy, role_actions, role_of_session, trust_policy};
use crate::model::hop::parse_through;
use crate::model::principal::PrincipalType;
use crate::model::session_tag::parse_tags;

/// The snippets of a form as it is typed.
pub(super) fn of(form: &ConnectorForm, key: Option<&AccessKey>) -> Vec<Snippet> {
    let partition = key.map_or("aws", |key| key.partition.id());
    let user = key.and_then(|key| key.validated.as_ref()).map(|validated| validated.arn.clone());
    let surroundings = key.is_some_and(|key| key.source.surroundings().is_some());
    let user = match user {
        Some(arn) if surroundings => role_of_session(&arn),
        Some(arn) => arn,
        None if surroundings => format!("arn:{partition}:iam::123456789012:role/THE-MACHINES-ROLE"),
        None => format!("arn:{partition}:iam::123456789012:user/THE-KEYS-USER"),
    };
    match PrincipalType::parse(&form.principal_type) {
        Ok(PrincipalType::AssumeRole) => {
            let (title, place) = if surroundings {
                ("Permission for the machine's role", "An identity policy of the role that Daypass runs as.")
            } else {
                ("Permission for the access key's user", "An identity policy of the IAM user.")
            };
            chain(form, partition, Caller { arn: user, title: title.to_owned(), place: place.to_owned() })
        }
        Ok(PrincipalType::FederatedUser) => {
            let account = user.split(':').nth(4).unwrap_or_default();
            let resource = format!("arn:{partition}:sts::{account}:federated-user/*");
            let tags = parse_tags(&form.tags, "").is_ok_and(|tags| !tags.is_empty());
            let actions: &[&str] =
                if tags { &["sts:GetFederationToken", "sts:TagSession"] } else { &["sts:GetFederationToken"] };
            vec![Snippet {
                title: "Permission for the access key's user".to_owned(),
                help: "An identity policy of the IAM user, beside what its sessions are to do.".to_owned(),
                text: identity_policy(actions, &resource),
            }]
        }
        _ => Vec::new(),
    }
}

/// Who makes a call of the chain, and where its permission goes.
struct Caller {
    arn: String,
    title: String,
    place: String,
}

/// For each call of the chain: the caller's permission, and the trust policy of the role.
fn chain(form: &ConnectorForm, partition: &str, mut caller: Caller) -> Vec<Snippet> {
    // What cannot be read yet has its error at the field.
    let through = parse_through(&form.through).unwrap_or_default();
    let tags = parse_tags(&form.tags, &form.transitive_tags).unwrap_or_default();
    let source_identity = matches!(form.source_identity.as_str(), "on" | "required");
    let role = Some(form.role_arn.trim())
        .filter(|arn| !arn.is_empty())
        .map_or_else(|| format!("arn:{partition}:iam::123456789012:role/THE-ROLE"), str::to_owned);
    let external_id = Some(form.external_id.trim()).filter(|id| !id.is_empty()).map(str::to_owned);
    let of = through.len() + 1;
    let hops = through.into_iter().map(|hop| (hop.role.as_str().to_owned(), hop.external_id));
    let mut snippets = Vec::new();
    for (at, (role, external_id)) in (1..).zip(hops.chain([(role, external_id)])) {
        let actions = role_actions(source_identity, tags.iter().any(|tag| tag.transitive || at == of));
        let text = identity_policy(&actions, &role);
        snippets.push(Snippet { title: caller.title, help: caller.place, text });
        let title =
            if of == 1 { "Trust policy of the role".to_owned() } else { format!("Trust policy of role {at} of {of}") };
        let help = if of == 1 {
            "Under “Trust relationships” of the role.".to_owned()
        } else {
            format!("Under “Trust relationships” of {role}.")
        };
        snippets.push(Snippet { title, help, text: trust_policy(&actions, &caller.arn, external_id.as_deref()) });
        let place = format!("An identity policy of {role}.");
        caller = Caller { title: format!("Permission for role {at} of {of}"), place, arn: role };
    }
    snippets
}
