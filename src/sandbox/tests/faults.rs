//! Faults, as a client meets them.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::StatusCode;

use super::super::{Fault, FaultKind};
use super::*;

#[tokio::test]
async fn faults_of_aws_have_its_codes() {
    let sandbox = sandbox(Clock::system()).await;
    let main = client(&sandbox, broker());
    let call = || main.assume_role().role_arn(format!("{ACCOUNT}:role/ReadOnly")).role_session_name("alice").send();
    for (kind, status, code) in [
        (FaultKind::AccessDenied, 403, "AccessDenied"),
        (FaultKind::InvalidClientTokenId, 403, "InvalidClientTokenId"),
        (FaultKind::Throttling, 400, "Throttling"),
        (FaultKind::InternalFailure, 500, "InternalFailure"),
        (FaultKind::ServiceUnavailable, 503, "ServiceUnavailable"),
        (FaultKind::ExpiredToken, 403, "ExpiredToken"),
        (FaultKind::PackedPolicyTooLarge, 400, "PackedPolicyTooLarge"),
        (FaultKind::RegionDisabled, 403, "RegionDisabledException"),
        (FaultKind::BadRequest, 400, "ValidationError"),
    ] {
        sandbox.fault(Fault::of("AssumeRole", kind).times(1));
        let (got, got_code, _) = refused(call().await);
        assert_eq!((got, got_code.as_str()), (status, code));
        call().await.unwrap();
    }
    sandbox.fault(Fault::of("*", FaultKind::CaptivePortal).times(1));
    assert_eq!(call().await.unwrap_err().raw_response().unwrap().status().as_u16(), 200);
    // The SDK takes XML that breaks off for an answer that says nothing: its callers must look for what is missing.
    sandbox.fault(Fault::of("*", FaultKind::Garbage).times(1));
    assert!(call().await.unwrap().credentials().is_none());
    let count = sandbox.counters().of("AssumeRole");
    assert_eq!((count.served, count.refused), (9, 11));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_fault_of_one_key_spares_the_others() {
    let sandbox = sandbox(Clock::system()).await;
    sandbox.fault(Fault::of("*", FaultKind::Throttling).for_key("SBXAREADEREXAMPLE001"));
    let reader = client(&sandbox, sample("SBXAREADEREXAMPLE001", 3));
    assert_eq!(refused(reader.get_caller_identity().send().await).1, "Throttling");
    arn(&sandbox, broker()).await;
    sandbox.clear_faults();
    reader.get_caller_identity().send().await.unwrap();
    sandbox.stop().await;
}

#[tokio::test]
async fn late_answers_come_as_late_as_asked() {
    let sandbox = sandbox(Clock::system()).await;
    let main = client(&sandbox, broker());
    main.get_caller_identity().send().await.unwrap();
    sandbox.fault(Fault::latency(40));
    let start = Instant::now();
    main.get_caller_identity().send().await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(40));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_hung_request_hangs_until_the_sandbox_stops() {
    let sandbox = sandbox(Clock::system()).await;
    sandbox.fault(Fault::of("getSigninToken", FaultKind::Hang));
    let hung =
        reqwest::Client::new().post(format!("{}/federation", sandbox.sts_url())).body("Action=getSigninToken").send();
    let hung = tokio::spawn(hung);
    // The sandbox counts the request when the fault takes it.
    let deadline = Instant::now() + Duration::from_secs(10);
    while sandbox.counters().of("getSigninToken").refused == 0 {
        assert!(Instant::now() < deadline, "the request did not arrive");
        tokio::task::yield_now().await;
    }
    arn(&sandbox, broker()).await;
    assert!(!hung.is_finished());
    sandbox.stop().await;
    assert!(hung.await.unwrap().is_err());
}

#[tokio::test]
async fn a_reset_is_one_on_the_wire() {
    let sandbox = sandbox(Clock::system()).await;
    sandbox.fault(Fault::of("*", FaultKind::Reset).times(1));
    let address = sandbox.sts_url().trim_start_matches("http://").to_owned();
    let answer = tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(address).unwrap();
        let body = "Action=GetCallerIdentity&Version=2011-06-15";
        write!(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        connection.read_to_end(&mut Vec::new())
    });
    assert_eq!(answer.await.unwrap().unwrap_err().kind(), ErrorKind::ConnectionReset);
    sandbox.stop().await;
}

#[tokio::test]
async fn the_federation_endpoint_and_the_login_have_faults_too() {
    let sandbox = sandbox(Clock::system()).await;
    let http = reqwest::Client::new();
    let post =
        |action: &str| http.post(format!("{}/federation", sandbox.sts_url())).body(format!("Action={action}")).send();
    sandbox.fault(Fault::of("getSigninToken", FaultKind::BadRequest).times(1));
    sandbox.fault(Fault::of("getSigninToken", FaultKind::ServiceUnavailable).times(1));
    sandbox.fault(Fault::of("login", FaultKind::InternalFailure).times(1));
    assert_eq!(post("getSigninToken").await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(post("getSigninToken").await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(post("login").await.unwrap().status(), StatusCode::INTERNAL_SERVER_ERROR);
    sandbox.fault(Fault::of("getSigninToken", FaultKind::Garbage).times(1));
    let broken = post("getSigninToken").await.unwrap();
    assert_eq!(broken.status(), StatusCode::OK);
    assert!(broken.json::<serde_json::Value>().await.is_err());
    sandbox.stop().await;
}

#[tokio::test]
async fn other_processes_switch_faults_over_http() {
    let sandbox = sandbox(Clock::system()).await;
    let http = reqwest::Client::new();
    let url = format!("{}/_sandbox/faults", sandbox.sts_url());
    let fault = |text: &'static str| http.post(&url).header("content-type", "application/json").body(text).send();
    let main = client(&sandbox, broker());
    let good = r#"{"action":"GetCallerIdentity","kind":"AccessDenied","times":null}"#;
    assert_eq!(fault(good).await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(refused(main.get_caller_identity().send().await).1, "AccessDenied");
    assert_eq!(http.delete(&url).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    main.get_caller_identity().send().await.unwrap();
    assert_eq!(fault(r#"{"kind":"Nonsense"}"#).await.unwrap().status(), StatusCode::BAD_REQUEST);
    let plain = http.post(&url).body(good).send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "a page of another site can send this");
    main.get_caller_identity().send().await.unwrap();
    let health = reqwest::get(format!("{}/_sandbox/health", sandbox.sts_url())).await.unwrap();
    assert_eq!(health.text().await.unwrap(), "ok\n");
    sandbox.stop().await;
}
