//! IAM's calls about access keys, as the SDK makes them.

use aws_sdk_iam::Client as Iam;
use aws_sdk_iam::types::StatusType;

use super::*;
use crate::sandbox::{Fault, FaultKind};

fn iam(sandbox: &Sandbox, credentials: Credentials) -> Iam {
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(sandbox.sts_url())
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials)
        .retry_config(RetryConfig::disabled());
    Iam::from_conf(config.build())
}

async fn listed(client: &Iam) -> Vec<(String, bool)> {
    let answer = client.list_access_keys().send().await.unwrap();
    let key = |key: &aws_sdk_iam::types::AccessKeyMetadata| {
        (key.access_key_id().unwrap().to_owned(), key.status() == Some(&StatusType::Active))
    };
    answer.access_key_metadata().iter().map(key).collect()
}

#[tokio::test]
async fn a_user_changes_its_own_two_keys() {
    let sandbox = sandbox(Clock::system()).await;
    let first = iam(&sandbox, broker());
    assert_eq!(listed(&first).await, [(SAMPLE_KEY_ID.to_owned(), true), ("SBXAINACTIVEEXAMPLE1".to_owned(), false)]);
    let (status, code, _) = refused(first.create_access_key().send().await);
    assert_eq!((status, code.as_str()), (409, "LimitExceeded"));
    let delete = |id: &str| first.delete_access_key().access_key_id(id).send();
    delete("SBXAINACTIVEEXAMPLE1").await.unwrap();
    let (status, code, _) = refused(delete("SBXAINACTIVEEXAMPLE1").await);
    assert_eq!((status, code.as_str()), (404, "NoSuchEntity"));

    let made = first.create_access_key().user_name("broker").send().await.unwrap().access_key.unwrap();
    let second = keys(&made.access_key_id, &made.secret_access_key, None);
    assert_eq!(arn(&sandbox, second.clone()).await, format!("{ACCOUNT}:user/broker"));
    let second = iam(&sandbox, second);
    let inactive = second.update_access_key().access_key_id(SAMPLE_KEY_ID).status(StatusType::Inactive);
    inactive.send().await.unwrap();
    assert_eq!(refused(first.list_access_keys().send().await).1, "InvalidClientTokenId");
    second.delete_access_key().access_key_id(SAMPLE_KEY_ID).send().await.unwrap();
    assert_eq!(listed(&second).await, [(made.access_key_id, true)]);
    assert_eq!(sandbox.world().accounts[0].users[0].keys.len(), 1);
    sandbox.stop().await;
}

#[tokio::test]
async fn the_last_use_is_told_and_others_may_not_ask() {
    let sandbox = sandbox(Clock::system()).await;
    let client = iam(&sandbox, broker());
    let last = async |id: &str| {
        let answer = client.get_access_key_last_used().access_key_id(id).send().await.unwrap();
        answer.access_key_last_used.unwrap().service_name
    };
    assert_eq!(last("SBXAINACTIVEEXAMPLE1").await, "N/A");
    assert_eq!(last(SAMPLE_KEY_ID).await, "iam");
    sandbox.use_key(SAMPLE_KEY_ID, "s3", "eu-central-1");
    assert_eq!(last(SAMPLE_KEY_ID).await, "s3");
    let other = self::client(&sandbox, broker());
    let reader = iam(&sandbox, sample("SBXAREADEREXAMPLE001", 3));
    for (status, code, message) in [
        refused(reader.list_access_keys().send().await),
        refused(reader.get_access_key_last_used().access_key_id("SBXAREADEREXAMPLE001").send().await),
        refused(client.list_access_keys().user_name("reader").send().await),
    ] {
        assert_eq!((status, code.as_str()), (403, "AccessDenied"));
        assert!(message.contains("is not authorized to perform: iam:"), "{message}");
    }
    let session = other.get_session_token().send().await.unwrap();
    let session = iam(&sandbox, issued(session.credentials()));
    assert_eq!(refused(session.list_access_keys().send().await).1, "InvalidClientTokenId");
    sandbox.stop().await;
}

#[tokio::test]
async fn new_keys_are_unknown_at_first_and_answers_get_lost() {
    let sandbox = sandbox(Clock::system()).await;
    let client = iam(&sandbox, broker());
    client.delete_access_key().access_key_id("SBXAINACTIVEEXAMPLE1").send().await.unwrap();
    sandbox.fault(Fault::of("CreateAccessKey", FaultKind::Reset).after().times(1));
    assert!(client.create_access_key().send().await.is_err());
    let made = listed(&client).await[1].0.clone();
    client.delete_access_key().access_key_id(made).send().await.unwrap();
    let made = client.create_access_key().send().await.unwrap().access_key.unwrap();
    sandbox.fault(Fault::of("*", FaultKind::NewKeyUnknown).times(2));
    let new = keys(&made.access_key_id, &made.secret_access_key, None);
    for _ in 0..2 {
        let asked = self::client(&sandbox, new.clone()).get_caller_identity().send().await;
        assert_eq!(refused(asked).1, "InvalidClientTokenId");
        assert_eq!(arn(&sandbox, broker()).await, format!("{ACCOUNT}:user/broker"));
    }
    assert_eq!(arn(&sandbox, new).await, format!("{ACCOUNT}:user/broker"));
    sandbox.stop().await;
}
