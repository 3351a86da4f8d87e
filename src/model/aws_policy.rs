//! The policies that have to stand at AWS for a call to be allowed, to be pasted there.

use serde_json::{Value, json};

use super::principal::Principal;

/// What a caller needs for one call of AssumeRole, in its identity policy and in the role's trust policy: sts:AssumeRole,
/// with sts:SetSourceIdentity and sts:TagSession where these are sent or inherited (IAM User Guide).
#[must_use]
pub fn role_actions(source_identity: bool, tags: bool) -> Vec<&'static str> {
    let mut actions = vec!["sts:AssumeRole"];
    if source_identity {
        actions.push("sts:SetSourceIdentity");
    }
    if tags {
        actions.push("sts:TagSession");
    }
    actions
}

/// The same for role number `at` (from 1) of a connector's chain: transitive tags go through all of it, the others only into
/// the last session.
#[must_use]
pub fn role_actions_of(principal: &Principal, at: usize) -> Vec<&'static str> {
    let last = at > principal.through().len();
    let tags = principal.tags().iter().any(|tag| tag.transitive || last);
    let is_sent = matches!(principal, Principal::AssumeRole { source_identity, .. } if source_identity.is_sent());
    role_actions(is_sent, tags)
}

/// An identity policy that allows `actions` on `resource`.
#[must_use]
pub fn identity_policy(actions: &[&str], resource: &str) -> String {
    pretty(&allow(actions, "Resource", &json!(resource)))
}

/// A role's trust policy that lets `caller` (an ARN) in, with the external id where one is given.
#[must_use]
pub fn trust_policy(actions: &[&str], caller: &str, external_id: Option<&str>) -> String {
    let mut statement = allow(actions, "Principal", &json!({ "AWS": caller }));
    if let Some(external_id) = external_id {
        statement["Condition"] = json!({ "StringEquals": { "sts:ExternalId": external_id } });
    }
    pretty(&statement)
}

/// The role of a session (`arn:aws:sts::1…:assumed-role/NAME/session`), as policies name it; any other ARN as it is. A role
/// with a path shows only its name in a session, which cannot be helped.
#[must_use]
pub fn role_of_session(arn: &str) -> String {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "sts", "", account, resource] => match resource.split('/').collect::<Vec<_>>().as_slice() {
            ["assumed-role", name, _] => format!("arn:{partition}:iam::{account}:role/{name}"),
            _ => arn.to_owned(),
        },
        _ => arn.to_owned(),
    }
}

fn allow(actions: &[&str], on: &str, what: &Value) -> Value {
    let actions = if let [one] = actions { json!(one) } else { json!(actions) };
    let mut statement = json!({ "Effect": "Allow", "Action": actions });
    statement[on] = what.clone();
    statement
}

fn pretty(statement: &Value) -> String {
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    serde_json::to_string_pretty(&policy).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_hold_what_was_asked() {
        let text = trust_policy(&role_actions(true, true), "arn:aws:iam::123456789012:user/broker", Some("the-id"));
        let policy: Value = serde_json::from_str(&text).unwrap();
        let statement = &policy["Statement"][0];
        assert_eq!(statement["Action"], json!(["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]));
        assert_eq!(statement["Condition"]["StringEquals"]["sts:ExternalId"], "the-id");
        assert!(!identity_policy(&role_actions(false, false), "arn:x").contains("Condition"));
    }

    #[test]
    fn the_role_behind_a_session() {
        let session = "arn:aws:sts::123456789012:assumed-role/Machine/i-0123";
        assert_eq!(role_of_session(session), "arn:aws:iam::123456789012:role/Machine");
        let user = "arn:aws:iam::123456789012:user/broker";
        assert_eq!(role_of_session(user), user);
    }
}
