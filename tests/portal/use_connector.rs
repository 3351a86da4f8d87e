//! The heart: who gets what, under which name, and which row stands for it.

use crate::support::{TestApp, world};

#[actix_web::test]
async fn the_console_opens_under_the_persons_name_and_a_row_says_so() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let page = alice.post("/console/read-only", &[("destination", "/ec2/v2/home")]).await;
    assert_eq!(page.status, 303);
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    let console = app.arrive(page.location()).await;
    console.says(&format!("arn:aws:sts::{}:assumed-role/ReadOnly/alice", world::ACCOUNT)).says("/ec2/v2/home");

    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str(), row.actor_name.as_str()), ("console.open", "ok", "alice"));
    assert_eq!(row.session_name.as_deref(), Some("alice"));
    assert_eq!(row.rule.as_deref(), Some("grant"));
    assert_eq!(row.group_path.as_deref(), Some("local:ops"));
    assert_eq!(row.connector_name.as_deref(), Some("Read only"));
    assert_eq!(row.connector_version, Some(1));
    assert!(row.issued_key_id.is_some() && row.expires_at.is_some() && row.arn.is_some());
}
