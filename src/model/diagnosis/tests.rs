use super::*;
use crate::model::hop::parse_through;
use crate::model::policy::SessionPolicies;
use crate::model::principal::{RoleArn, SourceIdentity};

const USER: &str = "arn:aws:iam::123456789012:user/service/broker";
const LAST: &str = "arn:aws:iam::210987654321:role/Last";
const HOP: &str = "arn:aws:iam::123456789012:role/team/Hop";

fn role(through: &str, external_id: Option<&str>) -> Connector {
    Connector::sample(Principal::AssumeRole {
        through: parse_through(through).unwrap(),
        role: RoleArn::parse(LAST).unwrap(),
        external_id: external_id.map(str::to_owned),
        source_identity: SourceIdentity::On,
        policies: SessionPolicies::default(),
        tags: Vec::new(),
    })
}

fn of(connector: &Connector, at: usize, code: &str, message: &str) -> Diagnosis {
    diagnose(Refusal { code, message }, Asked { connector, caller: Some(USER), at }).unwrap()
}

fn refused(action: &str, why: &str) -> String {
    format!("User: {USER} is not authorized to perform: {action} on resource: {LAST}{why}")
}

#[test]
fn what_is_not_allowed_is_told_apart_where_aws_tells() {
    let plain = role("", None);
    for (action, why, cause, policies) in [
        ("sts:AssumeRole", "", "AWS does not tell which it is", 2),
        (
            "sts:AssumeRole",
            " because no identity-based policy allows the sts:AssumeRole action",
            "has no permission to assume",
            1,
        ),
        (
            "sts:AssumeRole",
            " because no resource-based policy allows the sts:AssumeRole action",
            "trust policy does not name the caller",
            1,
        ),
        ("sts:AssumeRole", " with an explicit deny in a service control policy", "denies the call outright", 0),
        ("sts:TagSession", "", "sts:TagSession is not allowed", 2),
        ("sts:SetSourceIdentity", "", "sts:SetSourceIdentity is not allowed", 2),
    ] {
        let found = of(&plain, 1, "AccessDenied", &refused(action, why));
        assert!(found.cause.contains(cause), "{action}{why}: {}", found.cause);
        assert!(found.cause.contains(LAST), "the role is named");
        assert_eq!(found.policies.len(), policies, "{action}{why}");
    }
    let mfa = of(&plain, 1, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.");
    assert!(mfa.cause.contains("one-time code"));
    let root = of(&plain, 1, "AccessDenied", "Roles may not be assumed by root accounts.");
    assert!(root.fix.contains("IAM user"));
}

#[test]
fn the_external_id_is_named_as_wrong_or_as_missing_and_stands_in_the_policy() {
    let message = refused("sts:AssumeRole", "");
    let with = of(&role("", Some("the-id")), 1, "AccessDenied", &message);
    assert!(with.cause.contains("another external id than the connector's"));
    assert!(with.policies[0].text.contains("\"sts:ExternalId\": \"the-id\""));
    let without = of(&role("", None), 1, "AccessDenied", &message);
    assert!(without.cause.contains("the connector has none"));
    assert!(!without.policies[0].text.contains("ExternalId"));
}

#[test]
fn in_a_chain_the_caller_is_the_role_before() {
    let chain = role(&format!("{HOP} hop-id"), Some("last-id"));
    let session = "User: arn:aws:sts::123456789012:assumed-role/Hop/alice is not authorized to perform: sts:AssumeRole";
    let last = of(&chain, 2, "AccessDenied", session);
    assert!(last.cause.contains(&format!("role 2 of 2, {LAST}")), "{}", last.cause);
    let (trust, identity) = (&last.policies[0], &last.policies[1]);
    // With its path, which the session's ARN does not have.
    assert!(trust.title.contains(LAST) && trust.text.contains(HOP) && trust.text.contains("last-id"));
    assert!(identity.title.contains(HOP) && identity.text.contains(LAST));
    let first = of(&chain, 1, "AccessDenied", &refused("sts:AssumeRole", ""));
    assert!(first.policies[0].text.contains(USER) && first.policies[0].text.contains("hop-id"));
    assert!(first.policies[0].title.contains(HOP));
}

#[test]
fn an_unknown_caller_is_read_from_what_aws_says() {
    let plain = role("", None);
    let message =
        "User: arn:aws:sts::123456789012:assumed-role/Machine/i-01 is not authorized to perform: sts:AssumeRole";
    let asked = Asked { connector: &plain, caller: None, at: 1 };
    let found = diagnose(Refusal { code: "AccessDenied", message }, asked).unwrap();
    assert!(found.policies[0].text.contains("arn:aws:iam::123456789012:role/Machine"));
    let found = diagnose(Refusal { code: "AccessDenied", message: "No." }, asked).unwrap();
    assert!(found.policies[0].text.contains("THE-KEYS-USER"));
}

#[test]
fn every_code_has_its_cause() {
    let plain = role("", None);
    for (code, message, cause) in [
        ("SignatureDoesNotMatch", "Signature expired: 20260102T030405Z is now earlier", "clock"),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match", "does not belong"),
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            "does not know this access key",
        ),
        ("ExpiredToken", "The security token included in the request is expired", "have expired"),
        ("MalformedPolicyDocument", "Syntax errors in policy.", "cannot read the connector's session policy"),
        (
            "PackedPolicyTooLarge",
            "Packed policy consumes 157% of allotted space, please use smaller policy.",
            "(157% of it)",
        ),
        (
            "RegionDisabledException",
            "STS is not activated in this region for account:210987654321.",
            "region eu-west-1",
        ),
        (
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            "asks for 2 h, which is longer than the role",
        ),
        (
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            "role chaining",
        ),
        ("InvalidParameterValue", "Duplicate tag keys found.", "session tags"),
        ("ValidationError", "1 validation error detected", "a value of the connector"),
    ] {
        let found = of(&plain, 1, code, message);
        assert!(found.cause.contains(cause), "{code}: {}", found.cause);
        assert!(!found.fix.is_empty());
    }
    let asked = Asked { connector: &plain, caller: None, at: 1 };
    assert_eq!(diagnose(Refusal { code: "SomethingNew", message: "" }, asked), None);
}

#[test]
fn a_federated_users_permission_names_its_account() {
    let federated = Connector::sample(Principal::FederatedUser { policies: None, tags: Vec::new() });
    let found = of(&federated, 1, "AccessDenied", "User is not authorized to perform: sts:GetFederationToken");
    assert!(found.policies[0].text.contains("arn:aws:sts::123456789012:federated-user/*"));
}
