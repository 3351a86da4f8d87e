//! ECR as others wrote it: moto's answers, and ministack, which looks at what a session may do. Neither has CodeArtifact's call.

use std::io::Write;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::*;
use crate::issuing::actor;
use crate::ministack::Cloud;
use crate::support::peer;

#[actix_web::test]
async fn motos_log_in_is_read() {
    let change = |config: &mut daypass::config::Config| {
        let endpoints = config.aws.partitions.get_mut("aws").unwrap();
        endpoints.ecr_endpoint = Some(peer("DAYPASS_TEST_MOTO"));
        // Python under load takes its time.
        config.aws.attempt_timeout = std::time::Duration::from_secs(20);
        config.aws.operation_timeout = std::time::Duration::from_secs(40);
    };
    let app = TestApp::builder().config(change).start().await;
    world::fill(&app).await;
    let alice = member(&app).await;
    add(&app, "day", |_| {}).await;
    let login = login(ask(&app, &alice, "day", ecr(Some("eu-central-1"))).await.unwrap());
    assert_eq!(login.username, "AWS");
    assert!(login.password.expose_secret().ends_with("-auth-token"));
    assert!(login.endpoint.ends_with(".dkr.ecr.eu-central-1.amazonaws.com"), "{}", login.endpoint);
    // All of moto's end on this day, and the row says what was given.
    assert_eq!(rfc3339(login.expires_at), "2015-01-01T00:00:00Z");
    let row = app.last_event().await.event;
    assert_eq!((row.expires_at, row.granted_seconds), (Some(login.expires_at), None));
}

#[actix_web::test]
async fn ministack_gives_a_log_in_to_whoever_may_have_one() {
    let cloud = Cloud::start().await;
    let broker = cloud.key("broker").await;
    let form = |name: &str, policy: &str| ConnectorForm {
        duration: "12h".to_owned(),
        policy: policy.to_owned(),
        ..cloud.form(name, "Work", &broker)
    };
    cloud.add(&form("Whole", "")).await;
    cloud.add(&form("Narrow", world::POLICY)).await;
    cloud.app.add_person("alice", &["ops"]).await;
    let alice = actor(&cloud.app, "alice").await;
    let login = login(ask(&cloud.app, &alice, "whole", ecr(Some("eu-west-1"))).await.unwrap());
    assert_eq!(login.endpoint, format!("https://{}.dkr.ecr.eu-west-1.amazonaws.com", cloud.account));
    let left = (login.expires_at - cloud.app.app.clock.now()).num_seconds();
    assert!((43_100..=43_200).contains(&left), "{left}");
    let (row, error) = failed(&cloud.app, &alice, "narrow", ecr(None)).await;
    assert_eq!(words(&row), ("ecr.issue", "refused", "aws:AccessDeniedException"));
    assert!(texts(&error).contains("lacks the permission GetAuthorizationToken"), "{}", texts(&error));
}

/// Everything that is logged while it is in scope.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn not_even_the_finest_log_has_a_log_in() {
    let (app, alice) = day().await;
    let lines = Lines::default();
    let out = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || out.clone());
    let guard = tracing::subscriber::set_default(subscriber.finish());
    let login = login(ask(&app, &alice, "day", ecr(None)).await.unwrap());
    let token = token(ask(&app, &alice, "day", packages()).await.unwrap());
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("GetAuthorizationToken") && text.contains("TRACE"), "it was listened to");
    for secret in [&login.password, &token.token] {
        assert!(!text.contains(secret.expose_secret()));
    }
    let whole = BASE64_STANDARD.encode(format!("AWS:{}", login.password.expose_secret()));
    assert!(!text.contains(&whole));
}
