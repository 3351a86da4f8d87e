//! The federation endpoint and the console.

use chrono::TimeDelta;
use reqwest::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use reqwest::{Response, redirect};
use serde_json::{Value, json};

use super::*;

fn browser() -> reqwest::Client {
    reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap()
}

async fn ask(sandbox: &Sandbox, held: &Credentials, seconds: Option<&str>) -> Response {
    let session = json!({"sessionId": held.access_key_id(), "sessionKey": held.secret_access_key(),
        "sessionToken": held.session_token()});
    let mut form = vec![("Action", "getSigninToken".to_owned()), ("Session", session.to_string())];
    form.extend(seconds.map(|seconds| ("SessionDuration", seconds.to_owned())));
    browser().post(format!("{}/federation", sandbox.signin_url())).form(&form).send().await.unwrap()
}

async fn token(sandbox: &Sandbox, held: &Credentials, seconds: Option<&str>) -> String {
    let answer = ask(sandbox, held, seconds).await;
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    answer["SigninToken"].as_str().unwrap().to_owned()
}

async fn assumed(sandbox: &Sandbox, by: Credentials, role: &str, seconds: Option<i32>) -> Credentials {
    let call = client(sandbox, by).assume_role().role_arn(format!("{ACCOUNT}:role/{role}")).role_session_name("alice");
    issued(call.set_duration_seconds(seconds).send().await.unwrap().credentials())
}

async fn login(sandbox: &Sandbox, token: &str, destination: &str, issuer: &str) -> Response {
    let query = [("Action", "login"), ("Issuer", issuer), ("Destination", destination), ("SigninToken", token)];
    browser().get(format!("{}/federation", sandbox.signin_url())).query(&query).send().await.unwrap()
}

fn location(answer: &Response) -> String {
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// Follows a login to the console; answers the destination and the cookie.
async fn arrive(answer: &Response) -> (String, String) {
    let arrived = browser().get(location(answer)).send().await.unwrap();
    let cookie = arrived.headers()[SET_COOKIE].to_str().unwrap();
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/"), "{cookie}");
    (location(&arrived), cookie.split(';').next().unwrap().to_owned())
}

async fn page(url: &str, cookie: &str) -> String {
    let answer = browser().get(url).header("cookie", cookie).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    answer.text().await.unwrap()
}

#[tokio::test]
async fn session_duration_is_allowed_for_first_hand_roles_only() {
    let sandbox = sandbox(Clock::system()).await;
    let role = assumed(&sandbox, broker(), "ReadOnly", None).await;
    let main = client(&sandbox, broker());
    let federated = issued(main.get_federation_token().name("bob").send().await.unwrap().credentials());
    let session = issued(main.get_session_token().send().await.unwrap().credentials());
    let chained = assumed(&sandbox, role.clone(), "Chained", None).await;
    let after_session = assumed(&sandbox, session.clone(), "ReadOnly", None).await;
    let chained_asked = assumed(&sandbox, role.clone(), "Chained", Some(900)).await;
    let wrong_secret = keys(role.access_key_id(), "wrong", role.session_token());
    for (name, held, seconds, status) in [
        ("role", &role, None, 200),
        ("role", &role, Some("899"), 400),
        ("role", &role, Some("900"), 200),
        ("role", &role, Some("43200"), 200),
        ("role", &role, Some("43201"), 400),
        ("role", &role, Some("1h"), 400),
        ("role", &role, Some(""), 400),
        ("federated", &federated, None, 200),
        ("federated", &federated, Some("3600"), 400),
        ("session", &session, None, 400),
        ("chained", &chained, None, 200),
        ("chained", &chained, Some("900"), 400),
        ("after session", &after_session, None, 200),
        ("after session", &after_session, Some("900"), 400),
        ("chained, DurationSeconds", &chained_asked, None, 400),
        ("long-term", &broker(), None, 400),
        ("wrong secret", &wrong_secret, None, 400),
    ] {
        let answer = ask(&sandbox, held, seconds).await;
        assert_eq!(answer.status(), status, "{name}, {seconds:?}");
        let kind = if status == 200 { "application/json" } else { "text/html; charset=utf-8" };
        assert_eq!(answer.headers()[CONTENT_TYPE], kind);
    }
    let count = sandbox.counters().of("getSigninToken");
    assert_eq!((count.served, count.refused), (6, 11));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_browser_arrives_and_sees_who_it_is() {
    let sandbox = sandbox(Clock::system()).await;
    let role = assumed(&sandbox, broker(), "ReadOnly", None).await;
    let destination = format!("{}/ec2/v2/home?region=eu-west-1", sandbox.console_url());
    let token = token(&sandbox, &role, Some("43200")).await;
    let answer = login(&sandbox, &token, &destination, "https://portal.example/a?b=1&c=2").await;
    let (url, cookie) = arrive(&answer).await;
    assert_eq!(url, destination);
    let shown = page(&url, &cookie).await;
    for text in [
        "<span id=\"session\">alice</span>",
        "arn:aws:sts::123456789012:assumed-role/ReadOnly/alice",
        "<code>123456789012</code>",
        "<code>/ec2/v2/home</code>",
        "<code>eu-west-1</code>",
        "href=\"https://portal.example/a?b=1&amp;c=2\"",
    ] {
        assert!(shown.contains(text), "{text} in {shown}");
    }
    assert_eq!(login(&sandbox, &token, &destination, "").await.status(), 400, "a token works once");
    let code = browser().get(location(&answer)).send().await.unwrap();
    assert_eq!(code.status(), 400, "and so does the hand-over");
    sandbox.stop().await;
}

#[tokio::test]
async fn nothing_from_outside_becomes_html() {
    let sandbox = sandbox(Clock::system()).await;
    let role = assumed(&sandbox, broker(), "ReadOnly", None).await;
    for issuer in ["\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "http://portal.example/\"><img src=x>"] {
        let token = token(&sandbox, &role, None).await;
        let answer = login(&sandbox, &token, &sandbox.console_url(), issuer).await;
        let (_, cookie) = arrive(&answer).await;
        let url = format!("{}/<img%20src=x>?region=\"><img%20src=x>", sandbox.console_url());
        let shown = page(&url, &cookie).await;
        assert!(!shown.contains("<img") && !shown.contains("javascript:"), "{shown}");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn only_fresh_whole_tokens_and_the_console_itself_open() {
    let clock = Clock::fixed(Clock::system().now());
    let sandbox = sandbox(clock.clone()).await;
    let role = assumed(&sandbox, broker(), "ReadOnly", None).await;
    let home = sandbox.console_url();
    let first = token(&sandbox, &role, None).await;
    for bad in [
        "https://evil.example/",
        "//evil",
        "",
        "/console/home",
        &format!("{home}.evil/"),
        &format!("{home}@evil/"),
        &sandbox.signin_url(),
        "javascript:alert(1)",
    ] {
        assert_eq!(login(&sandbox, &first, bad, "").await.status(), 400, "{bad}");
    }
    for bad in ["", "nonsense", &first[1..], role.session_token().unwrap()] {
        assert_eq!(login(&sandbox, bad, &home, "").await.status(), 400);
    }
    clock.advance(TimeDelta::seconds(899));
    let answer = login(&sandbox, &first, &home, "").await;
    let (url, cookie) = arrive(&answer).await;
    let second = token(&sandbox, &role, None).await;
    clock.advance(TimeDelta::seconds(900));
    assert_eq!(login(&sandbox, &second, &home, "").await.status(), 400, "a token works for 15 minutes");
    assert!(page(&url, &cookie).await.contains("Signed in as"));
    clock.advance(TimeDelta::seconds(3600 - 1799));
    assert_eq!(ask(&sandbox, &role, None).await.status(), 400, "expired credentials");
    assert!(page(&url, &cookie).await.contains("Your session has ended"), "it ends with the credentials");
    sandbox.stop().await;
}

#[tokio::test]
async fn session_duration_outlives_the_credentials() {
    let clock = Clock::fixed(Clock::system().now());
    let sandbox = sandbox(clock.clone()).await;
    let role = assumed(&sandbox, broker(), "ReadOnly", Some(900)).await;
    let token = token(&sandbox, &role, Some("43200")).await;
    let answer = login(&sandbox, &token, &sandbox.console_url(), "").await;
    let (url, cookie) = arrive(&answer).await;
    clock.advance(TimeDelta::seconds(43_199));
    assert!(page(&url, &cookie).await.contains("Signed in as"));
    clock.advance(TimeDelta::seconds(1));
    assert!(page(&url, &cookie).await.contains("Your session has ended"));
    sandbox.stop().await;
}

#[tokio::test]
async fn signing_out_forgets_the_cookie_and_goes_back_only_to_aws() {
    let sandbox = sandbox(Clock::system()).await;
    let again = format!("{}/federation?Action=login&SigninToken=x", sandbox.signin_url());
    for (uri, wanted) in [(again.as_str(), Some(again.as_str())), ("https://evil.example/", None), ("", None)] {
        let query = [("Action", "logout"), ("redirect_uri", uri)];
        let answer = browser().get(format!("{}/oauth", sandbox.signin_url())).query(&query).send().await.unwrap();
        let left = browser().get(location(&answer)).send().await.unwrap();
        assert!(left.headers()[SET_COOKIE].to_str().unwrap().contains("=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"));
        match wanted {
            Some(wanted) => assert_eq!(location(&left), wanted),
            None => assert!(left.text().await.unwrap().contains("You are signed out")),
        }
    }
    assert!(page(&sandbox.console_url(), "").await.contains("You are not signed in"));
    for (path, status) in [("/federation?Action=other", 400), ("/oauth?Action=login", 400), ("/federation", 400)] {
        let answer = browser().get(format!("{}{path}", sandbox.signin_url())).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
    sandbox.stop().await;
}
