//! Requests that are not what their sender signed, or not from whom they say.

use aws_sdk_sts::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_sts::config::{ConfigBag, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use chrono::TimeDelta;
use proptest::prelude::*;

use super::super::authorization;
use super::super::incoming::Incoming;
use super::*;

/// Changes one header of a signed request, or takes it away.
#[derive(Debug)]
struct Header(&'static str, Option<&'static str>);

impl Intercept for Header {
    fn name(&self) -> &'static str {
        "header"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        match self.1 {
            Some(value) => drop(headers.insert(self.0, value)),
            None => drop(headers.remove(self.0)),
        }
        Ok(())
    }
}

/// Puts another name into a signed body, of the same length.
#[derive(Debug)]
struct Body;

impl Intercept for Body {
    fn name(&self) -> &'static str {
        "body"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let text = String::from_utf8(context.request().body().bytes().unwrap().to_vec())?.replace("alice", "mally");
        *context.request_mut().body_mut() = text.into();
        Ok(())
    }
}

async fn identity(client: Client) -> (u16, String) {
    let (status, code, _) = refused(client.get_caller_identity().send().await);
    (status, code)
}

#[tokio::test]
async fn a_request_counts_only_as_it_was_signed() {
    let sandbox = sandbox(Clock::system()).await;
    for (header, value, status, code) in [
        ("authorization", None, 403, "MissingAuthenticationToken"),
        ("authorization", Some("Basic eDp5"), 400, "IncompleteSignature"),
        (
            "authorization",
            Some("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host"),
            400,
            "IncompleteSignature",
        ),
        (
            "authorization",
            Some("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=0"),
            400,
            "IncompleteSignature",
        ),
        ("x-amz-date", None, 400, "IncompleteSignature"),
        ("x-amz-date", Some("yesterday"), 400, "IncompleteSignature"),
        ("content-type", Some("text/plain"), 403, "SignatureDoesNotMatch"),
        ("x-amz-added", Some("1"), 403, "SignatureDoesNotMatch"),
        ("host", Some("sts.amazonaws.com"), 403, "SignatureDoesNotMatch"),
        ("x-amz-security-token", Some("SandboxToken/"), 403, "InvalidClientTokenId"),
    ] {
        assert_eq!(
            identity(altering(&sandbox, Header(header, value))).await,
            (status, code.to_owned()),
            "{header}: {value:?}"
        );
    }
    let call =
        altering(&sandbox, Body).assume_role().role_arn(format!("{ACCOUNT}:role/ReadOnly")).role_session_name("alice");
    let (status, code, message) = refused(call.send().await);
    assert_eq!((status, code.as_str()), (403, "SignatureDoesNotMatch"));
    assert!(message.starts_with("The request signature we calculated does not match the signature you provided."));
    assert_eq!(sandbox.counters().issued, 0);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_signature_counts_for_fifteen_minutes_both_ways() {
    let now = Clock::system().now();
    for (minutes, served) in [(-16, false), (-14, true), (14, true), (16, false)] {
        let sandbox = sandbox(Clock::fixed(now + TimeDelta::minutes(minutes))).await;
        let answer = client(&sandbox, broker()).get_caller_identity().send().await;
        if served {
            answer.unwrap();
        } else {
            let (status, code, message) = refused(answer);
            assert_eq!((status, code.as_str()), (403, "SignatureDoesNotMatch"));
            let wanted = if minutes > 0 {
                ("Signature expired: ", " is now earlier than ", " - 15 min.)")
            } else {
                ("Signature not yet current: ", " is still later than ", " + 15 min.)")
            };
            assert!(
                message.starts_with(wanted.0) && message.contains(wanted.1) && message.ends_with(wanted.2),
                "{message}"
            );
        }
        sandbox.stop().await;
    }
}

#[tokio::test]
async fn only_known_active_keys_with_their_own_secret_and_token_count() {
    let sandbox = sandbox(Clock::system()).await;
    let unknown = (403, "InvalidClientTokenId".to_owned());
    assert_eq!(identity(client(&sandbox, keys("SBXAFOREIGNEXAMPLE01", SAMPLE_SECRET, None))).await, unknown);
    assert_eq!(identity(client(&sandbox, sample("SBXAINACTIVEEXAMPLE1", 2))).await, unknown);
    let wrong = client(&sandbox, keys(SAMPLE_KEY_ID, "wrong", None));
    assert_eq!(identity(wrong).await, (403, "SignatureDoesNotMatch".to_owned()));

    let session =
        || async { client(&sandbox, broker()).get_session_token().send().await.unwrap().credentials.unwrap() };
    let (one, other) = (session().await, session().await);
    let (id, secret) = (one.access_key_id(), one.secret_access_key());
    for token in [None, Some("wrong"), Some(other.session_token()), Some(&one.session_token()[1..])] {
        assert_eq!(identity(client(&sandbox, keys(id, secret, token))).await, unknown, "{token:?}");
    }
    let crossed = keys(id, other.secret_access_key(), Some(one.session_token()));
    assert_eq!(identity(client(&sandbox, crossed)).await, (403, "SignatureDoesNotMatch".to_owned()));
    assert_eq!(arn(&sandbox, keys(id, secret, Some(one.session_token()))).await, format!("{ACCOUNT}:user/broker"));
    sandbox.stop().await;
}

#[tokio::test]
async fn an_expired_session_is_told_so() {
    // The SDK signs by the system's clock, so the sandbox's must stay within 15 minutes of it on both sides of the end.
    let clock = Clock::fixed(Clock::system().now() - TimeDelta::minutes(13));
    let sandbox = sandbox(clock.clone()).await;
    let session = client(&sandbox, broker()).get_session_token().duration_seconds(900).send().await.unwrap();
    let held = issued(session.credentials());
    clock.advance(TimeDelta::seconds(899));
    assert_eq!(arn(&sandbox, held.clone()).await, format!("{ACCOUNT}:user/broker"));
    clock.advance(TimeDelta::seconds(1));
    let refusal = refused(client(&sandbox, held).get_caller_identity().send().await);
    let sentence = "The security token included in the request is expired".to_owned();
    assert_eq!(refusal, (403, "ExpiredToken".to_owned(), sentence));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_replaced_world_counts_at_once() {
    let sandbox = sandbox(Clock::system()).await;
    arn(&sandbox, broker()).await;
    let mut world = World::sample();
    world.accounts[0].users[0].keys[0].secret = "another/secret".to_owned();
    sandbox.replace(world.clone());
    assert_eq!(identity(client(&sandbox, broker())).await, (403, "SignatureDoesNotMatch".to_owned()));
    arn(&sandbox, keys(SAMPLE_KEY_ID, "another/secret", None)).await;
    world.accounts[0].users[0].keys[0].active = false;
    sandbox.replace(world);
    let inactive = client(&sandbox, keys(SAMPLE_KEY_ID, "another/secret", None));
    assert_eq!(identity(inactive).await, (403, "InvalidClientTokenId".to_owned()));
    sandbox.stop().await;
}

proptest! {
    /// Whatever stands in the header or the query, it is read or refused with one of two codes.
    #[test]
    fn no_claimed_signature_upsets_the_reader(header in "(AWS4-HMAC-SHA256 )?[ -~]{0,80}", query in "(X-Amz-Algorithm=)?[ -~]{0,80}") {
        let mut headers = actix_web::http::header::HeaderMap::new();
        let empty = Incoming { method: "GET", path: "/", query: &query, headers: &headers.clone(), body: b"" };
        let by_query = authorization::read(&empty).map(|claimed| claimed.scope().is_ok());
        headers.insert("authorization".parse().unwrap(), header.parse().unwrap());
        let request = Incoming { method: "GET", path: "/", query: "", headers: &headers, body: b"" };
        let by_header = authorization::read(&request).map(|claimed| claimed.scope().is_ok());
        for refusal in [by_query.err(), by_header.err()].into_iter().flatten() {
            prop_assert!(["IncompleteSignature", "MissingAuthenticationToken"].contains(&refusal.code));
        }
    }
}
