//! What has to stand at AWS for a connector to work, with the real ARNs where they are known.

use serde_json::{Value, json};

use super::{ConnectorForm, Snippet};
use crate::model::access_key::AccessKey;
use crate::model::principal::PrincipalType;

/// The snippets of a form as it is typed.
pub(super) fn of(form: &ConnectorForm, key: Option<&AccessKey>) -> Vec<Snippet> {
    let partition = key.map_or("aws", |key| key.partition.id());
    let user = key.and_then(|key| key.validated.as_ref()).map(|validated| validated.arn.clone());
    let surroundings = key.is_some_and(|key| key.source.surroundings().is_some());
    let user = match user {
        Some(arn) if surroundings => role_of(&arn),
        Some(arn) => arn,
        None if surroundings => format!("arn:{partition}:iam::123456789012:role/THE-MACHINES-ROLE"),
        None => format!("arn:{partition}:iam::123456789012:user/THE-KEYS-USER"),
    };
    let (whose, place) = if surroundings {
        ("Permission for the machine's role", "An identity policy of the role that Daypass runs as.")
    } else {
        ("Permission for the access key's user", "An identity policy of the IAM user.")
    };
    match PrincipalType::parse(&form.principal_type) {
        Ok(PrincipalType::AssumeRole) => {
            let role = Some(form.role_arn.trim())
                .filter(|arn| !arn.is_empty())
                .map_or_else(|| format!("arn:{partition}:iam::123456789012:role/THE-ROLE"), str::to_owned);
            vec![
                snippet(whose, place, &identity(form, &role)),
                snippet("Trust policy of the role", "Under “Trust relationships” of the role.", &trust(form, &user)),
            ]
        }
        Ok(PrincipalType::FederatedUser) => {
            let resource = user.replacen(":iam:", ":sts:", 1);
            let account = resource.split(':').nth(4).unwrap_or_default();
            let resource = format!("arn:{partition}:sts::{account}:federated-user/*");
            let statement = allow(&["sts:GetFederationToken"], "Resource", &json!(resource));
            vec![snippet(
                "Permission for the access key's user",
                "An identity policy of the IAM user, beside what its sessions are to do.",
                &policy(&statement),
            )]
        }
        _ => Vec::new(),
    }
}

/// The role of a session (`arn:aws:sts::1…:assumed-role/NAME/session`), as trust policies name it. A role with a path shows only
/// its name here, which cannot be helped.
fn role_of(session: &str) -> String {
    let parts: Vec<&str> = session.splitn(6, ':').collect();
    match parts.as_slice() {
        [arn, partition, "sts", "", account, resource] => match resource.split('/').collect::<Vec<_>>().as_slice() {
            ["assumed-role", name, _] => format!("{arn}:{partition}:iam::{account}:role/{name}"),
            _ => session.to_owned(),
        },
        _ => session.to_owned(),
    }
}

fn actions(form: &ConnectorForm) -> Vec<&'static str> {
    if matches!(form.source_identity.as_str(), "on" | "required") {
        vec!["sts:AssumeRole", "sts:SetSourceIdentity"]
    } else {
        vec!["sts:AssumeRole"]
    }
}

fn identity(form: &ConnectorForm, role: &str) -> Value {
    policy(&allow(&actions(form), "Resource", &json!(role)))
}

fn trust(form: &ConnectorForm, user: &str) -> Value {
    let mut statement = allow(&actions(form), "Principal", &json!({ "AWS": user }));
    let external_id = form.external_id.trim();
    if !external_id.is_empty() {
        statement["Condition"] = json!({ "StringEquals": { "sts:ExternalId": external_id } });
    }
    policy(&statement)
}

fn allow(actions: &[&str], on: &str, what: &Value) -> Value {
    let actions = if let [one] = actions { json!(one) } else { json!(actions) };
    let mut statement = json!({ "Effect": "Allow", "Action": actions });
    statement[on] = what.clone();
    statement
}

fn policy(statement: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

fn snippet(title: &str, help: &str, text: &Value) -> Snippet {
    let text = serde_json::to_string_pretty(text).unwrap_or_default();
    Snippet { title: title.to_owned(), help: help.to_owned(), text }
}
