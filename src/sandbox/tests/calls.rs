//! What the calls of STS answer.

use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use aws_sdk_sts::primitives::DateTime;
use aws_sdk_sts::types::Tag;

use super::*;

#[allow(deprecated, reason = "AWS still answers it, and older clients read it")]
fn size(role: &AssumeRoleOutput) -> Option<i32> {
    role.packed_policy_size()
}

fn seconds_left(clock: &Clock, expiration: &DateTime) -> i64 {
    expiration.secs() - clock.now().timestamp()
}

#[tokio::test]
async fn every_kind_of_caller_learns_who_it_is() {
    let sandbox = sandbox(Clock::system()).await;
    let client_of = |credentials| client(&sandbox, credentials);
    assert_eq!(arn(&sandbox, broker()).await, format!("{ACCOUNT}:user/broker"));
    assert_eq!(arn(&sandbox, sample("SBXAROOTEXAMPLE00001", 4)).await, format!("{ACCOUNT}:root"));
    let role =
        client_of(broker()).assume_role().role_arn(format!("{ACCOUNT}:role/ReadOnly")).role_session_name("alice");
    let role = role.send().await.unwrap();
    let wanted = "arn:aws:sts::123456789012:assumed-role/ReadOnly/alice";
    assert_eq!(role.assumed_role_user().unwrap().arn(), wanted);
    assert_eq!(size(&role), None);
    assert_eq!(role.session_token_size(), Some(role.credentials().unwrap().session_token().len() as i32));
    let identity = client_of(issued(role.credentials())).get_caller_identity().send().await.unwrap();
    assert_eq!((identity.arn(), identity.account()), (Some(wanted), Some("123456789012")));
    assert_eq!(identity.user_id(), Some(role.assumed_role_user().unwrap().assumed_role_id()));

    let federated = client_of(broker()).get_federation_token().name("bob").send().await.unwrap();
    let user = federated.federated_user().unwrap();
    assert_eq!(
        (user.federated_user_id(), user.arn()),
        ("123456789012:bob", "arn:aws:sts::123456789012:federated-user/bob")
    );
    assert_eq!(arn(&sandbox, issued(federated.credentials())).await, user.arn());

    for (credentials, wanted) in [(broker(), "user/broker"), (sample("SBXAROOTEXAMPLE00001", 4), "root")] {
        let session = client_of(credentials).get_session_token().send().await.unwrap();
        assert_eq!(arn(&sandbox, issued(session.credentials())).await, format!("{ACCOUNT}:{wanted}"));
    }
    for id in [SAMPLE_KEY_ID, role.credentials().unwrap().access_key_id()] {
        let info = client_of(broker()).get_access_key_info().access_key_id(id).send().await.unwrap();
        assert_eq!(info.account(), Some("123456789012"));
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn sessions_last_as_long_as_asked_and_an_hour_or_half_a_day_otherwise() {
    let clock = Clock::fixed(Clock::system().now());
    let sandbox = sandbox(clock.clone()).await;
    let client_of = |credentials| client(&sandbox, credentials);
    let root = || sample("SBXAROOTEXAMPLE00001", 4);
    for (asked, wanted) in [(None, 3600), (Some(900), 900), (Some(43_200), 43_200)] {
        let call =
            client_of(broker()).assume_role().role_arn(format!("{ACCOUNT}:role/ReadOnly")).role_session_name("alice");
        let answer = call.set_duration_seconds(asked).send().await.unwrap();
        assert_eq!(seconds_left(&clock, answer.credentials().unwrap().expiration()), wanted);
    }
    for (credentials, asked, wanted) in
        [(broker(), None, 43_200), (broker(), Some(129_600), 129_600), (root(), None, 3600), (root(), Some(7200), 3600)]
    {
        let session =
            client_of(credentials.clone()).get_session_token().set_duration_seconds(asked).send().await.unwrap();
        assert_eq!(seconds_left(&clock, session.credentials().unwrap().expiration()), wanted);
        let call = client_of(credentials).get_federation_token().name("bob").set_duration_seconds(asked);
        let federated = call.send().await.unwrap();
        assert_eq!(seconds_left(&clock, federated.credentials().unwrap().expiration()), wanted);
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn policies_tags_and_source_identities_are_answered_and_go_along_a_chain() {
    let sandbox = sandbox(Clock::system()).await;
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let first = client(&sandbox, broker())
        .assume_role()
        .role_arn(format!("{ACCOUNT}:role/ReadOnly"))
        .role_session_name("alice")
        .policy(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#)
        .tags(tag("team", "blue"))
        .tags(tag("cost center", "12=3 é"))
        .transitive_tag_keys("Team")
        .source_identity("alice");
    let first = first.send().await.unwrap();
    assert_eq!(first.source_identity(), Some("alice"));
    assert!((1..=100).contains(&size(&first).unwrap()));

    let chain = client(&sandbox, issued(first.credentials()));
    let next = || chain.assume_role().role_arn(format!("{ACCOUNT}:role/Chained")).role_session_name("alice");
    let second = next().send().await.unwrap();
    assert_eq!(second.source_identity(), Some("alice"), "the source identity stays");
    assert_eq!(refused(next().source_identity("mallory").send().await).1, "AccessDenied");
    let (_, code, message) = refused(next().tags(tag("TEAM", "red")).send().await);
    assert_eq!(code, "InvalidParameterValue");
    assert!(message.contains("conflicts with a transitive tag key"), "{message}");
    next().tags(tag("cost center", "4")).send().await.unwrap();
    sandbox.stop().await;
}

#[tokio::test]
async fn accounts_and_partitions_are_kept_apart() {
    let sandbox = sandbox(Clock::system()).await;
    let cross = "arn:aws:iam::210987654321:role/CrossAccount";
    let answer =
        client(&sandbox, broker()).assume_role().role_arn(cross).role_session_name("alice").send().await.unwrap();
    assert_eq!(answer.assumed_role_user().unwrap().arn(), "arn:aws:sts::210987654321:assumed-role/CrossAccount/alice");
    let reader = client(&sandbox, sample("SBXAREADEREXAMPLE001", 3));
    let refusal = refused(reader.assume_role().role_arn(cross).role_session_name("alice").send().await);
    assert_eq!(
        (refusal.0, refusal.1.as_str()),
        (403, "AccessDenied"),
        "a trusted account lets in whom it allows itself"
    );

    let china = || sample("SBXACHINAEXAMPLE0001", 5);
    assert_eq!(refused(client(&sandbox, china()).get_caller_identity().send().await).1, "InvalidClientTokenId");
    let at_home = Client::from_conf(config(&sandbox, china(), "cn-north-1").build());
    let identity = at_home.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.arn(), Some("arn:aws-cn:iam::345678901234:user/broker"));
    let role = at_home.assume_role().role_arn("arn:aws-cn:iam::345678901234:role/ReadOnly").role_session_name("alice");
    assert_eq!(
        role.send().await.unwrap().assumed_role_user().unwrap().arn(),
        "arn:aws-cn:sts::345678901234:assumed-role/ReadOnly/alice"
    );
    let abroad = at_home.assume_role().role_arn(format!("{ACCOUNT}:role/ReadOnly")).role_session_name("alice");
    assert_eq!(refused(abroad.send().await), (400, "ValidationError".to_owned(), "Request ARN is invalid".to_owned()));
    sandbox.stop().await;
}

#[tokio::test]
async fn everything_asked_is_counted() {
    let sandbox = sandbox(Clock::system()).await;
    assert_eq!((sandbox.counters().issuing, sandbox.counters().actions.len()), (0, 17));
    let client = client(&sandbox, broker());
    client.get_caller_identity().send().await.unwrap();
    client.get_session_token().send().await.unwrap();
    refused(client.assume_role().role_arn(format!("{ACCOUNT}:role/Nobody")).role_session_name("alice").send().await);
    let there: super::super::Counters =
        reqwest::get(format!("{}/_sandbox/counters", sandbox.sts_url())).await.unwrap().json().await.unwrap();
    assert_eq!(there, sandbox.counters());
    assert_eq!((there.issuing, there.issued), (2, 1));
    assert_eq!((there.of("GetCallerIdentity").served, there.of("AssumeRole").refused), (1, 1));
    sandbox.stop().await;
}
