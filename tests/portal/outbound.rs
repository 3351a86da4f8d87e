//! The way out: a real proxy in between, TLS with an authority of one's own, and what people are told where it is blocked.

use std::net::TcpListener;
use std::path::Path;

use daypass::clock::Clock;
use daypass::config::{Config, Environment};
use daypass::sandbox::Sandbox;

use crate::support::{Page, Person, TestApp, TlsFront, peer, world};

const CREDENTIALS: &str = "/connectors/read-only/credentials";
const CONSOLE: &str = "/console/read-only";

/// A sandbox that stands alone, so that its address is known before the portal starts.
async fn sandbox() -> Sandbox {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Sandbox::start(listener, world::sample(), Clock::system(), 1).await.unwrap()
}

/// STS and sign-in are at `address`.
fn at(config: &mut Config, address: &str) {
    let endpoints = config.aws.partitions.get_mut("aws").unwrap();
    endpoints.sts_endpoint = Some(address.to_owned());
    endpoints.signin_endpoint = Some(address.to_owned());
}

/// The settings of tinyproxy.
fn through_proxy(config: &mut Config) {
    config.aws.proxy.url = Some(peer("DAYPASS_TEST_PROXY"));
    config.aws.proxy.user = Some(peer("DAYPASS_TEST_PROXY_USER"));
    config.aws.proxy.password = Some(peer("DAYPASS_TEST_PROXY_PASSWORD").into());
}

/// A port where nobody listens, and which no other test is given.
fn nobody() -> String {
    "http://127.0.0.1:1".to_owned()
}

/// How often the proxy's log names a request that holds `part`.
fn proxied(part: &str) -> usize {
    let log = std::fs::read_to_string(Path::new(&peer("DAYPASS_TEST_FOLDER")).join("tinyproxy.log")).unwrap();
    log.lines().filter(|line| line.contains("Request (") && line.contains(part)).count()
}

async fn filled(config: impl FnOnce(&mut Config) + 'static) -> (TestApp, Person) {
    let app = TestApp::builder().config(config).start().await;
    world::fill(&app).await;
    let alice = app.person("alice", &["ops"]).await;
    (app, alice)
}

/// The same, with a world that was filled while the way was free: validation would fail at once otherwise.
async fn asked(config: impl FnOnce(&mut Config) + 'static) -> (TestApp, Vec<(Page, String)>) {
    let app = TestApp::builder().config(config).start().await;
    world::fill_unverified(&app).await;
    let alice = app.person("alice", &["ops"]).await;
    let mut pages = Vec::new();
    for path in [CREDENTIALS, CONSOLE] {
        let page = alice.post(path, &[]).await;
        pages.push((page, app.last_row().await.2));
    }
    (app, pages)
}

#[actix_web::test]
async fn plain_http_goes_through_the_proxy_with_its_password() {
    let sandbox = sandbox().await;
    let (sts, signin) = (sandbox.sts_url(), sandbox.signin_url());
    let (_app, alice) = filled(move |config| {
        through_proxy(config);
        let endpoints = config.aws.partitions.get_mut("aws").unwrap();
        endpoints.sts_endpoint = Some(sts);
        endpoints.signin_endpoint = Some(signin);
    })
    .await;
    alice.post(CREDENTIALS, &[]).await.is(200);
    assert_eq!(alice.post(CONSOLE, &[]).await.status, 303);
    assert!(proxied(&format!("POST {}/", sandbox.sts_url())) >= 4, "STS was called past the proxy");
    assert!(proxied(&format!("POST {}/federation", sandbox.signin_url())) >= 1, "sign-in was called past the proxy");
}

#[actix_web::test]
async fn tls_goes_through_a_tunnel_and_an_authority_of_ones_own_is_trusted() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let front = TlsFront::before(&sandbox.sts_url(), folder.path());
    let (url, ca_file) = (front.url.clone(), front.ca_file.clone());
    let (_app, alice) = filled(move |config| {
        through_proxy(config);
        at(config, &url);
        config.aws.ca_file = Some(ca_file);
    })
    .await;
    alice.post(CREDENTIALS, &[]).await.is(200);
    assert_eq!(alice.post(CONSOLE, &[]).await.status, 303);
    assert_eq!(sandbox.counters().issuing, 3, "two roles and a sign-in token");
    let host = front.url.trim_start_matches("https://");
    // Four calls of STS by three clients, one of the federation endpoint.
    let tunnels = proxied(&format!("CONNECT {host}"));
    assert!((2..=3).contains(&tunnels), "{tunnels} tunnels: the clients do not share their connections");
    assert_eq!(front.connections(), tunnels);
}

#[actix_web::test]
async fn the_environments_proxy_counts_for_https_where_none_is_set() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let front = TlsFront::before(&sandbox.sts_url(), folder.path());
    let (url, ca_file) = (front.url.clone(), front.ca_file.clone());
    let proxy = peer("DAYPASS_TEST_PROXY");
    let (user, password) = (peer("DAYPASS_TEST_PROXY_USER"), peer("DAYPASS_TEST_PROXY_PASSWORD"));
    // Each letter of the password as %XX, as passwords with odd characters have to be written.
    let password: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let variable = proxy.replace("http://", &format!("http://{user}:{password}@"));
    let (_app, alice) = filled(move |config| {
        at(config, &url);
        config.aws.ca_file = Some(ca_file);
        let variables = [("HTTPS_PROXY".to_owned(), variable), ("NO_PROXY".to_owned(), "other.example".to_owned())];
        config.aws.environment = Environment::of(variables, config.aws.surroundings);
    })
    .await;
    alice.post(CREDENTIALS, &[]).await.is(200);
    assert_eq!(alice.post(CONSOLE, &[]).await.status, 303);
    assert_eq!(proxied(&format!("CONNECT {}", front.url.trim_start_matches("https://"))), front.connections());
    assert!(front.connections() >= 2);
}

#[actix_web::test]
async fn hosts_that_are_excepted_are_reached_past_the_proxy() {
    let (_app, alice) = filled(|config| {
        config.aws.proxy.url = Some(nobody());
        config.aws.proxy.no_proxy = vec!["127.0.0.0/8".to_owned(), "localhost".to_owned()];
    })
    .await;
    alice.post(CREDENTIALS, &[]).await.is(200);
    assert_eq!(alice.post(CONSOLE, &[]).await.status, 303);
}

#[actix_web::test]
async fn what_the_proxy_refuses_is_explained() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let front = TlsFront::before(&sandbox.sts_url(), folder.path());
    // tinyproxy asks whoever sends no password for one, and closes the tunnel to a wrong one.
    let cases = [
        (None, "aws:proxy_login", "asks for a user and a password", 1),
        (Some("wrong fake password"), "aws:proxy", "does not lead to", 3),
    ];
    for (password, code, sentence, tries) in cases {
        let (url, before) = (front.url.clone(), proxied(front.url.trim_start_matches("https://")));
        let (_app, pages) = asked(move |config| {
            through_proxy(config);
            config.aws.proxy.user = password.and(config.aws.proxy.user.take());
            config.aws.proxy.password = password.map(Into::into);
            config.aws.retries = 2;
            config.aws.operation_timeout = std::time::Duration::from_secs(30);
            at(config, &url);
        })
        .await;
        for (page, reason) in pages {
            page.is(503).says(&peer("DAYPASS_TEST_PROXY")).says("aws.proxy").says(sentence).says("password");
            page.does_not_say("wrong fake password");
            assert_eq!(reason, code);
        }
        let tunnels = proxied(front.url.trim_start_matches("https://")) - before;
        assert_eq!(tunnels, 2 * tries, "{code}: what stays wrong is not tried again");
    }
    assert_eq!(front.connections(), 0);
}

/// Over plain http the answer is the proxy's own, and not a tunnel's end: tinyproxy says 407 to whoever sends no password,
/// and 401 to a wrong one.
#[actix_web::test]
async fn what_the_proxy_refuses_over_plain_http_is_explained_too() {
    let sandbox = sandbox().await;
    for (password, sentence) in
        [(None, "asks for a user and a password"), (Some("wrong fake password"), "refused our user and password")]
    {
        let (sts, signin) = (sandbox.sts_url(), sandbox.signin_url());
        let (app, pages) = asked(move |config| {
            through_proxy(config);
            config.aws.proxy.user = password.and(config.aws.proxy.user.take());
            config.aws.proxy.password = password.map(Into::into);
            config.aws.retries = 2;
            let endpoints = config.aws.partitions.get_mut("aws").unwrap();
            endpoints.sts_endpoint = Some(sts);
            endpoints.signin_endpoint = Some(signin);
        })
        .await;
        for (page, reason) in pages {
            page.is(503).says(&format!("the proxy {} (aws.proxy) {sentence}", peer("DAYPASS_TEST_PROXY")));
            page.says("aws.proxy.user and aws.proxy.password").does_not_say("wrong fake password");
            assert_eq!(reason, "aws:proxy_login");
        }
        // It says nothing about the key.
        let ada = app.administrator().await;
        ada.get("/admin/access-keys").await.does_not_say("Refused");
        let id = app.key_id("broker").await;
        let page = ada.post(&format!("/admin/access-keys/{id}/check"), &[]).await;
        ada.get(page.location()).await.says(sentence).says("Nobody knows whether AWS takes it.");
    }
    assert_eq!(sandbox.counters().issuing, 0);
    // The sign-in endpoint alone is behind it.
    let (url, except) = (sandbox.signin_url(), sandbox.sts_url());
    let host = url::Url::parse(&except).unwrap().host_str().unwrap().to_owned();
    assert_ne!(host, url::Url::parse(&url).unwrap().host_str().unwrap());
    let (_app, alice) = filled(move |config| {
        through_proxy(config);
        config.aws.proxy.password = Some("wrong fake password".into());
        config.aws.proxy.no_proxy = vec![host];
        config.aws.partitions.get_mut("aws").unwrap().signin_endpoint = Some(url);
    })
    .await;
    alice.post(CREDENTIALS, &[]).await.is(200);
    alice.post(CONSOLE, &[]).await.is(503).says("refused our user and password").says("aws.proxy.password");
}

#[actix_web::test]
async fn a_proxy_that_is_down_is_named() {
    for address in ["http://127.0.0.1:9", "https://127.0.0.1:9"] {
        let proxy = nobody();
        let url = proxy.clone();
        let (_app, pages) = asked(move |config| {
            at(config, address);
            config.aws.proxy.url = Some(url);
        })
        .await;
        for (page, reason) in pages {
            page.is(503).says(&format!("the proxy {proxy} (aws.proxy) does not answer")).says("Check the proxy");
            assert_eq!(reason, "aws:proxy");
        }
    }
}

#[actix_web::test]
async fn a_certificate_that_nobody_vouches_for_is_refused_and_the_sentence_says_so() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let front = TlsFront::before(&sandbox.sts_url(), folder.path());
    let url = front.url.clone();
    let (_app, pages) = asked(move |config| {
        at(config, &url);
        config.aws.retries = 7;
    })
    .await;
    for (page, reason) in pages {
        page.is(503).says(&format!("the certificate of {} is not trusted", front.url)).says("aws.ca_file");
        assert_eq!(reason, "aws:certificate");
    }
    assert_eq!(front.connections(), 2, "a certificate that is wrong stays so: no retries");
    assert_eq!(sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn the_federation_endpoint_explains_the_way_like_sts() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let front = TlsFront::before(&sandbox.sts_url(), folder.path());
    let url = front.url.clone();
    let (_app, alice) = filled(move |config| {
        config.aws.partitions.get_mut("aws").unwrap().signin_endpoint = Some(url);
    })
    .await;
    alice.post(CREDENTIALS, &[]).await.is(200);
    alice.post(CONSOLE, &[]).await.is(503).says("is not trusted").says("aws.ca_file");
    let proxy = nobody();
    let (url, named) = (front.url.clone(), proxy.clone());
    let (_app, alice) = filled(move |config| {
        config.aws.partitions.get_mut("aws").unwrap().signin_endpoint = Some(url);
        let variables = [("https_proxy".to_owned(), named.replace("http://", ""))];
        config.aws.environment = Environment::of(variables, config.aws.surroundings);
    })
    .await;
    alice.post(CREDENTIALS, &[]).await.is(200);
    alice.post(CONSOLE, &[]).await.is(503).says(&format!("the proxy {proxy} (https_proxy) does not answer"));
}
