//! What is kept in memory of rows counts no longer than the rows stand, whoever changes them.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::container_credentials::ask;
use crate::support::TestApp;
use crate::support::sql::{connect, run};

/// Another process changes the row by the database alone, and changes it back.
#[actix_web::test]
async fn what_another_process_changes_counts_for_a_program_at_once() {
    let app = TestApp::start().await;
    let token = app.token("build", "system").await;
    let mut outside = connect(&app.app.config);
    let id = app.connector_id("system").await;
    let named = format!("INSERT INTO api_token_connectors SELECT id, '{id}' FROM api_tokens");
    let other = format!("UPDATE slugs SET connector_id = '{id}' WHERE slug = 'system'");
    let changes = [
        ("UPDATE api_tokens SET revoked_at = 1", "UPDATE api_tokens SET revoked_at = NULL", 401),
        ("UPDATE api_tokens SET expires_at = 1", "UPDATE api_tokens SET expires_at = 99999999999999", 401),
        ("UPDATE api_tokens SET networks = '203.0.113.0/24'", "UPDATE api_tokens SET networks = ''", 403),
        ("UPDATE api_tokens SET parts = 'console'", "UPDATE api_tokens SET parts = 'use'", 403),
        ("UPDATE api_tokens SET hash = 'x' || hash", "UPDATE api_tokens SET hash = substr(hash, 2)", 401),
        ("DELETE FROM api_token_connectors", &named, 403),
        ("UPDATE connectors SET enabled = FALSE", "UPDATE connectors SET enabled = TRUE", 409),
        ("UPDATE connectors SET system_scope = FALSE", "UPDATE connectors SET system_scope = TRUE", 403),
        ("UPDATE slugs SET connector_id = 'gone' WHERE slug = 'system'", &other, 404),
    ];
    let anybody = app.anybody();
    for (change, back, status) in changes {
        for _ in 0..2 {
            ask(&anybody, "system", &token).await.is(200);
        }
        run(&mut outside, change);
        assert_eq!(ask(&anybody, "system", &token).await.status, status, "{change}");
        run(&mut outside, back);
    }
}

#[actix_web::test]
async fn what_another_process_changes_counts_for_a_person_at_once() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let mut outside = connect(&app.app.config);
    let changes = [
        ("UPDATE grants SET group_id = 'x' || group_id", "UPDATE grants SET group_id = substr(group_id, 2)", 404),
        ("UPDATE connectors SET enabled = FALSE", "UPDATE connectors SET enabled = TRUE", 409),
        ("DELETE FROM grants", "SELECT 1", 404),
    ];
    for (change, back, status) in changes {
        for _ in 0..2 {
            alice.post("/connectors/read-only/credentials", &[]).await.is(200);
        }
        run(&mut outside, change);
        assert_eq!(alice.post("/connectors/read-only/credentials", &[]).await.status, status, "{change}");
        run(&mut outside, back);
    }
}

/// The token is looked at when the head is here. Whoever keeps the body back does not keep what was so then.
#[actix_web::test]
async fn who_sends_the_body_late_is_judged_as_of_then() {
    let app = TestApp::start().await;
    let token = app.token("build", "system").await;
    let mut outside = connect(&app.app.config);
    for (change, status) in
        [("UPDATE connectors SET description = 'x'", "200"), ("UPDATE connectors SET enabled = FALSE", "409")]
    {
        ask(&app.anybody(), "system", &token).await.is(200);
        let host = app.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).await.unwrap();
        let head = format!(
            "POST /api/v1/connectors/system/credentials HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // Long enough for the head to be read and the token to be found, and for that to be old.
        tokio::time::sleep(Duration::from_millis(300)).await;
        run(&mut outside, change);
        stream.write_all(b"{}").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer.split(' ').nth(1), Some(status), "{change}: {answer}");
    }
}
