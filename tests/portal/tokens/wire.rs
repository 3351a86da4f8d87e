//! How a token comes: in its header, from its networks, as often as one may.

use std::io::{Read, Write};
use std::net::TcpStream;

use daypass::portal::tokens::TokenForm;
use futures_util::future::join_all;
use reqwest::Method;

use super::{ask, by_system, form, of_program, send};
use crate::support::{Page, TestApp};

const LIST: &str = "/api/v1/tokens";

async fn with_header(app: &TestApp, headers: &[&str]) -> Page {
    let program = app.anybody();
    let mut request = program.request(Method::GET, "/api/v1/connectors/system/container-credentials");
    for header in headers {
        request = request.header("authorization", *header);
    }
    program.send(request).await
}

#[actix_web::test]
async fn the_scheme_is_bearer_in_any_case_with_any_blanks_and_there_is_one_header() {
    let app = TestApp::start().await;
    let (token, _) = by_system(&app, &form("x", &["use"], &["system"])).await;
    for good in ["Bearer T", "bearer T", "BEARER T", "bEaReR    T", "T", " T "] {
        with_header(&app, &[&good.replace('T', &token)]).await.is(200);
    }
    for other in ["Basic T", "Token T", "Bearer", "Bearer T T", "BearerT", "Bearer \"T\"", "Bearer T,"] {
        let page = with_header(&app, &[&other.replace('T', &token)]).await;
        assert_eq!(page.is(401).header("www-authenticate"), "Bearer", "{other}");
    }
    let (head, tail) = token.split_at(token.len() / 2);
    for half in [head, tail] {
        with_header(&app, &[half]).await.is(401);
    }
    with_header(&app, &[&token, &token]).await.is(401);
    with_header(&app, &["Bearer x", &token]).await.is(401);
}

/// What a program gets that writes its request byte by byte.
fn raw(url: &str, headers: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let path = "/api/v1/connectors/system/container-credentials";
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn line_ends_in_the_header_get_nothing() {
    let app = TestApp::start().await;
    let (token, _) = by_system(&app, &form("x", &["use"], &["system"])).await;
    let (head, tail) = token.split_at(20);
    let asks = [
        (format!("Authorization: Bearer {token}"), "200"),
        (format!("Authorization: Bearer {head}\r\n {tail}"), "40"),
        (format!("Authorization: Bearer\r\n {token}"), "40"),
        (format!("Authorization: Bearer {head}\n{tail}"), "40"),
        (format!("Authorization: Bearer {head}\r{tail}"), "40"),
        (format!("Authorization: Bearer {token}\0"), "40"),
        (format!("Authorization: Bearer {token}\r\nAuthorization: Bearer {token}"), "401"),
    ];
    for (headers, status) in asks {
        let line = actix_web::rt::task::spawn_blocking({
            let (url, headers) = (app.url.clone(), headers.clone());
            move || raw(&url, &headers)
        })
        .await
        .unwrap();
        assert!(line.starts_with(&format!("HTTP/1.1 {status}")), "{headers:?}: {line}");
    }
    assert_eq!(app.sandbox.counters().issued, 1);
}

#[actix_web::test]
async fn a_token_in_an_address_is_refused_with_a_sentence_and_noted_without_its_text() {
    let app = TestApp::start().await;
    let (token, id) = by_system(&app, &form("x", &["use"], &["system"])).await;
    let ada = app.administrator().await;
    let path = "/api/v1/connectors/system/container-credentials";
    let rows = app.events().await.len();
    for path in [
        format!("{path}?access_token={token}"),
        format!("{path}?a=b&x={token}&c"),
        format!("/api/v1/connectors/{token}/container-credentials"),
        format!("/healthz?{token}"),
    ] {
        // Whether it stands in the header too or not.
        for page in [app.get(&path).await, send(&app, Method::GET, &path, &token).await] {
            page.is(400);
            assert!(
                page.body.contains("An API token stands in this address") && !page.body.contains(&token),
                "{}",
                page.body
            );
        }
    }
    ada.get(&format!("/admin/tokens?q={token}")).await.is(400).says("A token in an address").says("revoke this one");
    let events = app.events().await;
    assert_eq!(events.len(), rows + 1, "one row a minute");
    let row = &events[0].event;
    assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "token_in_address"));
    assert_eq!((row.actor_name.as_str(), row.actor_id.as_deref()), ("x", Some(id.as_str())));
    assert!(!format!("{events:?}").contains(&token));
    // What only looks like one is nobody's.
    app.get(&format!("/nothing?{}", token.replace("dpt_", "dpx_"))).await.is(404);
    assert_eq!(app.sandbox.counters().issuing, 0);
}

/// A request from an address as the proxy tells it.
async fn ask_from(app: &TestApp, address: &str, token: &str) -> Page {
    let program = app.anybody();
    let request = program.request(Method::GET, LIST).header("x-forwarded-for", address);
    program.send(request.bearer_auth(token)).await
}

#[actix_web::test]
async fn a_token_is_taken_from_its_networks_alone() {
    let app =
        TestApp::builder().config(|config| config.server.trusted_proxies = vec!["127.0.0.1".to_owned()]).start().await;
    let networks = "192.0.2.7/24 2001:db8::/32 198.51.100.9".to_owned();
    let (token, _) = by_system(&app, &TokenForm { networks, ..form("x", &["admin:tokens"], &[]) }).await;
    for inside in ["192.0.2.0", "192.0.2.255", "2001:db8:ffff::1", "198.51.100.9", "::ffff:192.0.2.1"] {
        ask_from(&app, inside, &token).await.is(200);
    }
    for outside in ["192.0.1.255", "192.0.3.0", "2001:db9::1", "198.51.100.8", "127.0.0.1"] {
        let page = ask_from(&app, outside, &token).await;
        assert_eq!(page.is(403).json()["code"], "token_network", "{outside}");
        assert_eq!(app.last_row().await.2, "token_network");
    }
    // What a client says of itself does not count: the last address that the proxy adds does.
    assert_eq!(ask_from(&app, "192.0.2.1, 203.0.113.1", &token).await.is(403).json()["code"], "token_network");
    let shown = ask_from(&app, "192.0.2.9", &token).await.json()["tokens"][0].clone();
    assert_eq!(shown["lastUsedFrom"], "192.0.2.9");
    assert_eq!(shown["networks"], serde_json::json!(["192.0.2.0/24", "2001:db8::/32", "198.51.100.9/32"]));
}

#[actix_web::test]
async fn a_token_that_asks_too_often_waits_and_no_other_does() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let (busy, _) = by_system(&app, &form("busy", &["usage_log"], &[])).await;
    let other = of_program(&ada, &[]).await;
    let program = app.anybody();
    let round = async || {
        let ask = |_| program.send(program.request(Method::GET, LIST).bearer_auth(&busy));
        join_all((0..100).map(ask)).await
    };
    // A hundred at once, and then as many as there are in a second: more come to an end, however slow the machine is.
    assert!(round().await.iter().all(|page| page.status == 403));
    let mut refused = None;
    for _ in 0..30 {
        let (pages, calm) = tokio::join!(round(), ask(&app, "system", &other));
        calm.is(200);
        assert!(pages.iter().all(|page| [403, 429].contains(&page.status)));
        refused = pages.into_iter().find(|page| page.status == 429);
        if refused.is_some() {
            break;
        }
    }
    let refused = refused.expect("nobody was told to wait");
    assert_eq!((refused.header("retry-after"), &refused.json()["code"]), ("1", &"token_busy".into()));
    // The other goes on at once.
    ask(&app, "system", &other).await.is(200);
}
