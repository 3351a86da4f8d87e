//! Calls that AWS refuses for what they ask.

use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;
use aws_sdk_sts::operation::get_federation_token::builders::GetFederationTokenFluentBuilder;
use aws_sdk_sts::types::{PolicyDescriptorType, Tag};

use super::*;

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn tag(key: &str) -> Tag {
    Tag::builder().key(key).value("v").build().unwrap()
}

fn tags(count: usize) -> Option<Vec<Tag>> {
    Some((0..count).map(|number| tag(&format!("t{number}"))).collect())
}

fn padded(length: usize) -> String {
    format!("{POLICY}{}", " ".repeat(length - POLICY.len()))
}

type Change<T> = fn(T) -> T;
type Row<T> = (Change<T>, u16, &'static str, &'static str);

/// Each row: a change to a call that would be served, and status, code and a part of the sentence that it gets.
const ASSUME_ROLE: &[Row<AssumeRoleFluentBuilder>] = &[
    (|c| c.role_session_name("a"), 400, "ValidationError", "Member must have length greater than or equal to 2"),
    (
        |c| c.role_session_name("a".repeat(65)),
        400,
        "ValidationError",
        "Member must have length less than or equal to 64",
    ),
    (|c| c.role_session_name("ünal"), 400, "ValidationError", "Value 'ünal' at 'roleSessionName' failed to satisfy"),
    (|c| c.role_session_name("corp\\bob"), 400, "ValidationError", "regular expression pattern: [\\w+=,.@-]*"),
    (
        |c| c.duration_seconds(899),
        400,
        "ValidationError",
        "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ),
    (|c| c.duration_seconds(43_201), 400, "ValidationError", "less than or equal to 43200"),
    (
        |c| c.role_arn(format!("{ACCOUNT}:role/Strict")).duration_seconds(3601),
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ),
    (|c| c.role_arn("too:short"), 400, "ValidationError", "greater than or equal to 20"),
    (|c| c.role_arn(format!("{ACCOUNT}:user/broker")), 400, "ValidationError", "Request ARN is invalid"),
    (|c| c.role_arn("arn:aws-cn:iam::345678901234:role/ReadOnly"), 400, "ValidationError", "Request ARN is invalid"),
    (
        |c| c.role_arn(format!("{ACCOUNT}:role/Unknown")),
        403,
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/broker is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/Unknown",
    ),
    (|c| c.role_arn(format!("{ACCOUNT}:role/Operator")), 403, "AccessDenied", "sts:AssumeRole on resource"),
    (
        |c| c.role_arn(format!("{ACCOUNT}:role/Operator")).external_id("wrong-one"),
        403,
        "AccessDenied",
        "sts:AssumeRole",
    ),
    (|c| c.external_id("has a space"), 400, "ValidationError", "[\\w+=,.@:\\/-]*"),
    (|c| c.external_id("x"), 400, "ValidationError", "'externalId'"),
    (|c| c.policy(padded(2049)), 400, "ValidationError", "Member must have length less than or equal to 2048"),
    (
        |c| c.policy("{\"a\":\"\u{2013}\"}"),
        400,
        "ValidationError",
        "'policy' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0009",
    ),
    (|c| c.policy("not json"), 400, "MalformedPolicyDocument", "invalid Json"),
    (|c| c.policy("{}"), 400, "MalformedPolicyDocument", "Syntax errors in policy."),
    (
        |c| c.set_policy_arns(Some(vec![PolicyDescriptorType::builder().arn("short").build()])),
        400,
        "ValidationError",
        "policyArns.1.member.arn",
    ),
    (
        |c| c.set_tags(tags(51)),
        400,
        "ValidationError",
        "'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
    ),
    (|c| c.set_tags(tags(50)), 400, "PackedPolicyTooLarge", "Packed size of session tags consumes"),
    (|c| c.tags(tag("team")).tags(tag("TEAM")), 400, "InvalidParameterValue", "case insensitive"),
    (|c| c.tags(tag("AWS:team")), 400, "InvalidParameterValue", "aws:"),
    (|c| c.tags(tag("a*")), 400, "ValidationError", "tags.1.member.key"),
    (
        |c| c.tags(tag("team")).transitive_tag_keys("other"),
        400,
        "InvalidParameterValue",
        "must be included in the requested tags",
    ),
    (
        |c| c.role_arn(format!("{ACCOUNT}:role/Strict")).tags(tag("team")),
        403,
        "AccessDenied",
        "sts:TagSession on resource: arn:aws:iam::123456789012:role/Strict",
    ),
    (
        |c| c.role_arn(format!("{ACCOUNT}:role/Strict")).source_identity("alice"),
        403,
        "AccessDenied",
        "sts:SetSourceIdentity",
    ),
    (|c| c.source_identity("aws:alice"), 400, "ValidationError", "sourceIdentity"),
    (|c| c.source_identity("a"), 400, "ValidationError", "sourceIdentity"),
    (|c| c.token_code("12345"), 400, "ValidationError", "tokenCode"),
    (|c| c.token_code("123456"), 403, "AccessDenied", "MultiFactorAuthentication failed"),
];

const GET_FEDERATION_TOKEN: &[Row<GetFederationTokenFluentBuilder>] = &[
    (|c| c.name("b"), 400, "ValidationError", "Value 'b' at 'name'"),
    (|c| c.name("b".repeat(33)), 400, "ValidationError", "less than or equal to 32"),
    (|c| c.duration_seconds(899), 400, "ValidationError", "900"),
    (|c| c.duration_seconds(129_601), 400, "ValidationError", "129600"),
    (|c| c.policy(padded(2049)), 400, "ValidationError", "2048"),
    (|c| c.policy("[]"), 400, "MalformedPolicyDocument", ""),
    (|c| c.tags(tag("team")).tags(tag("Team")), 400, "InvalidParameterValue", ""),
];

#[tokio::test]
async fn assume_role_refuses_what_aws_refuses() {
    let sandbox = sandbox(Clock::system()).await;
    let client = client(&sandbox, broker());
    let good = || client.assume_role().role_arn(format!("{ACCOUNT}:role/ReadOnly")).role_session_name("alice");
    good().policy(padded(2048)).tags(tag("team")).external_id("any:one/will-do").send().await.unwrap();
    let operator = good().role_arn(format!("{ACCOUNT}:role/Operator")).external_id("example-external-id");
    operator.send().await.unwrap();
    for (row, (change, status, code, part)) in ASSUME_ROLE.iter().enumerate() {
        let (got, got_code, message) = refused(change(good()).send().await);
        assert_eq!((got, got_code.as_str()), (*status, *code), "row {row}: {message}");
        assert!(message.contains(part), "row {row}: {message}");
    }
    assert_eq!(sandbox.counters().of("AssumeRole").refused, ASSUME_ROLE.len() as u64);
    sandbox.stop().await;
}

#[tokio::test]
async fn get_federation_token_refuses_what_aws_refuses() {
    let sandbox = sandbox(Clock::system()).await;
    let client = client(&sandbox, broker());
    let good = || client.get_federation_token().name("bob");
    good().policy(padded(2048)).send().await.unwrap();
    for (row, (change, status, code, part)) in GET_FEDERATION_TOKEN.iter().enumerate() {
        let (got, got_code, message) = refused(change(good()).send().await);
        assert_eq!((got, got_code.as_str()), (*status, *code), "row {row}: {message}");
        assert!(message.contains(part), "row {row}: {message}");
    }
    for seconds in [899, 129_601] {
        let (status, code, _) = refused(client.get_session_token().duration_seconds(seconds).send().await);
        assert_eq!((status, code.as_str()), (400, "ValidationError"));
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn callers_without_the_right_are_denied() {
    let sandbox = sandbox(Clock::system()).await;
    let denied = |sentence: &str| (403, "AccessDenied".to_owned(), sentence.to_owned());
    let read_only = format!("{ACCOUNT}:role/ReadOnly");
    let root = client(&sandbox, sample("SBXAROOTEXAMPLE00001", 4));
    let by_root = root.assume_role().role_arn(&read_only).role_session_name("alice").send().await;
    assert_eq!(refused(by_root), denied("Roles may not be assumed by root accounts."));
    let reader = client(&sandbox, sample("SBXAREADEREXAMPLE001", 3));
    let (status, code, message) = refused(reader.get_federation_token().name("bob").send().await);
    assert_eq!((status, code.as_str()), (403, "AccessDenied"));
    assert!(message.ends_with("sts:GetFederationToken on resource: arn:aws:sts::123456789012:federated-user/bob"));
    reader.get_session_token().send().await.unwrap();

    let main = client(&sandbox, broker());
    let role = main.assume_role().role_arn(&read_only).role_session_name("alice").send().await.unwrap();
    let federated = main.get_federation_token().name("bob").send().await.unwrap();
    let session = main.get_session_token().send().await.unwrap();
    for held in [role.credentials(), federated.credentials(), session.credentials()] {
        let held = client(&sandbox, issued(held));
        let sentence = |call: &str| denied(&format!("Cannot call {call} with session credentials"));
        assert_eq!(refused(held.get_session_token().send().await), sentence("GetSessionToken"));
        assert_eq!(refused(held.get_federation_token().name("bob").send().await), sentence("GetFederationToken"));
    }
    let by_federated = client(&sandbox, issued(federated.credentials()));
    let answer = by_federated.assume_role().role_arn(&read_only).role_session_name("alice").send().await;
    assert_eq!(refused(answer).1, "AccessDenied");
    sandbox.stop().await;
}

#[tokio::test]
async fn chained_roles_last_an_hour_at_most() {
    let sandbox = sandbox(Clock::system()).await;
    let main = client(&sandbox, broker());
    let role = main
        .assume_role()
        .role_arn(format!("{ACCOUNT}:role/ReadOnly"))
        .role_session_name("alice")
        .send()
        .await
        .unwrap();
    let session = main.get_session_token().send().await.unwrap();
    for held in [role.credentials(), session.credentials()] {
        let held = client(&sandbox, issued(held));
        let next = || held.assume_role().role_arn(format!("{ACCOUNT}:role/Chained")).role_session_name("alice");
        next().duration_seconds(3600).send().await.unwrap();
        let sentence =
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
                .to_owned();
        assert_eq!(refused(next().duration_seconds(3601).send().await), (400, "ValidationError".to_owned(), sentence));
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn a_call_that_does_not_exist_is_named() {
    let sandbox = sandbox(Clock::system()).await;
    let http = reqwest::Client::new();
    for (form, code) in [
        ("Action=Nothing&Version=2011-06-15", "InvalidAction"),
        ("Action=GetCallerIdentity&Version=2010-05-08", "InvalidAction"),
        ("Action=login&Version=2011-06-15", "InvalidAction"),
        ("Version=2011-06-15", "MissingAction"),
    ] {
        let answer = http.post(sandbox.sts_url()).body(form).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (400, "text/xml"));
        let body = answer.text().await.unwrap();
        assert!(body.contains(&format!("<Type>Sender</Type>\n    <Code>{code}</Code>")), "{body}");
        assert!(body.starts_with("<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"), "{body}");
    }
    assert_eq!(sandbox.counters().of("other").refused, 4);
    sandbox.stop().await;
}
