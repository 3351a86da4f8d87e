//! Clients that send slowly, or never to the end: nobody acts by a right that they had when they began.

use std::time::{Duration, Instant};

use daypass::portal::users;
use daypass::sandbox::{Fault, FaultKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Person, TestApp, world};

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.url.replace("http://", "")).await.unwrap()
}

fn cookies(person: &Person) -> String {
    let cookies = person.cookies.lock().unwrap();
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

/// The head of a form's request whose body of `length` bytes is yet to come.
fn head(app: &TestApp, path: &str, person: &Person, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        app.url.replace("http://", ""),
        app.url,
        cookies(person)
    )
}

/// Sends a form but for its last byte. Gives the connection once the server waits for the body.
async fn hold(app: &TestApp, path: &str, person: &Person, form: &str) -> TcpStream {
    let mut stream = connect(app).await;
    stream.write_all(head(app, path, person, form.len()).as_bytes()).await.unwrap();
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&form.as_bytes()[..form.len() - 1]).await.unwrap();
    stream
}

/// Sends the last byte and reads the answer.
async fn let_go(mut stream: TcpStream, form: &str) -> String {
    stream.write_all(&form.as_bytes()[form.len() - 1..]).await.unwrap();
    rest(&mut stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[track_caller]
fn leads_to_sign_in(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("location: /sign-in\r\n"), "{answer}");
}

const FORMS: [(&str, &str); 2] =
    [("/connectors/read-only/credentials", "duration=1h"), ("/console/read-only", "region=")];

#[actix_web::test]
async fn whoever_is_closed_out_while_the_body_is_under_way_gets_nothing() {
    let app = TestApp::start().await;
    for (number, (path, form)) in FORMS.into_iter().enumerate() {
        let name = format!("alice{number}");
        let alice = app.person(&name, &["ops"]).await;
        let held = hold(&app, path, &alice, form).await;
        users::set_active(&app.app, &name, false).await.unwrap();
        leads_to_sign_in(&let_go(held, form).await);
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn whoever_leaves_the_group_while_the_body_is_under_way_gets_nothing() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    for (path, form) in FORMS {
        let held = hold(&app, path, &alice, form).await;
        app.sql("DELETE FROM local_memberships").await;
        let answer = let_go(held, form).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn a_session_that_ended_while_the_body_is_under_way_does_nothing_more() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    for (path, form) in FORMS {
        let held = hold(&app, path, &alice, form).await;
        alice.post("/sign-out", &[]).await.leads_to("/sign-in");
        leads_to_sign_in(&let_go(held, form).await);
        let again = app.sign_in("alice").await.cookies.into_inner().unwrap();
        *alice.cookies.lock().unwrap() = again;
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn an_administrator_no_more_changes_nothing_more() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let connector = app.connector_id("read-only").await;
    let path = format!("/admin/connectors/{connector}/delete");
    let form = "version=1&confirm=read-only";
    let held = hold(&app, &path, &ada, form).await;
    app.sql("DELETE FROM local_memberships").await;
    let answer = let_go(held, form).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert_eq!(app.connector_id("read-only").await, connector);
}

#[actix_web::test]
async fn a_body_has_ten_seconds() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let (path, form) = FORMS[0];
    for (path, person) in [(path, &alice), ("/sign-in", &app.anybody())] {
        let start = Instant::now();
        let mut held = hold(&app, path, person, form).await;
        let answer = rest(&mut held).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("did not arrive whole within ten seconds"), "{answer}");
        assert!(start.elapsed() >= Duration::from_secs(10) && start.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
}

/// Sends bytes now and then until the server ends the connection; what it had answered, and after how long it ended.
async fn trickle(mut stream: TcpStream, bytes: &'static [u8]) -> (String, Duration) {
    let start = Instant::now();
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    let send = async {
        for byte in bytes {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        std::future::pending::<()>().await;
    };
    let ended = async {
        let _ = reader.read_to_end(&mut answer).await;
    };
    let both = async {
        tokio::select! { () = send => {}, () = ended => {} }
    };
    tokio::time::timeout(Duration::from_secs(40), both).await.expect("the server never ends it");
    (String::from_utf8_lossy(&answer).into_owned(), start.elapsed())
}

#[actix_web::test]
async fn a_head_that_is_never_whole_ends_the_connection_whichever_it_is() {
    let app = TestApp::start().await;
    let host = app.url.replace("http://", "");
    let first = connect(&app).await;
    let mut later = connect(&app).await;
    later.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    // Half of the second head comes with the first request already.
    let mut together = connect(&app).await;
    let both = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\nGET /hea");
    together.write_all(both.as_bytes()).await.unwrap();
    let mut quiet = connect(&app).await;
    quiet.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    let (first, later, together, quiet) = tokio::join!(
        trickle(first, b"G"),
        trickle(later, b"GET /healthz HTTP/1.1"),
        trickle(together, b""),
        trickle(quiet, b""),
    );
    for (what, (answer, after)) in [("later", &later), ("together", &together), ("quiet", &quiet)] {
        assert!(answer.starts_with("HTTP/1.1 200"), "{what}: {answer}");
        assert!(*after < Duration::from_secs(30), "{what}: {after:?}");
    }
    assert!(first.1 < Duration::from_secs(30), "{first:?}");
}

#[actix_web::test]
async fn a_client_that_never_reads_ends_too() {
    let app = TestApp::start().await;
    let host = app.url.replace("http://", "");
    let stream = connect(&app).await;
    let (_reader, mut writer) = stream.into_split();
    let request = format!("GET /sign-in HTTP/1.1\r\nHost: {host}\r\n\r\n").repeat(100);
    let flood = async { while writer.write_all(request.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(60), flood).await.expect("the server never ends it");
}

#[actix_web::test]
async fn a_request_that_is_under_way_keeps_its_connection() {
    let slow = Duration::from_secs(13);
    let change = move |config: &mut daypass::config::Config| {
        (config.aws.attempt_timeout, config.aws.operation_timeout, config.aws.retries) = (slow, slow, 0);
    };
    let app = TestApp::builder().config(change).start().await;
    world::fill(&app).await;
    let alice = app.person("alice", &["ops"]).await;
    app.sandbox.fault(Fault::of("AssumeRole", FaultKind::Hang));
    let start = Instant::now();
    alice.post("/console/read-only", &[]).await.is(504);
    assert!(start.elapsed() >= slow, "{:?}", start.elapsed());
}
