//! Which log-ins may go on after their session.

use chrono::{DateTime, Utc};
use daypass::clock::Clock;
use daypass::model::event::Event;
use daypass::model::session::show_duration;

use super::*;

#[actix_web::test]
async fn ecr_wants_sessions_as_long_as_its_log_in_or_a_word_that_it_may_outlive() {
    let app = TestApp::start().await;
    let alice = member(&app).await;
    add(&app, "almost", |form| form.duration = "43140s".to_owned()).await;
    add(&app, "a-second-short", |form| form.duration = "43199s".to_owned()).await;
    add(&app, "enough", |form| form.duration = "43200s".to_owned()).await;
    let outlives = |form: &mut ConnectorForm| {
        form.duration = String::new();
        form.registry_tokens_outlive = true;
    };
    add(&app, "outlives", outlives).await;
    for (connector, lasts) in [("almost", 43_140), ("a-second-short", 43_199), ("read-only", 3_600)] {
        let (row, error) = refused(&app, &alice, connector, ecr(None)).await;
        assert_eq!(words(&row), ("ecr.issue", "refused", "registry_outlives"), "{connector}");
        let said = texts(&error);
        let lives = format!("lasts 12 h, the session behind it {}, ", show_duration(lasts));
        assert!(said.contains(&lives) && said.contains("allow that"), "{said}");
    }
    // AWS's own defaults are 12 h here.
    for connector in ["enough", "outlives", "federated", "session"] {
        let login = login(ask(&app, &alice, connector, ecr(None)).await.unwrap());
        let row = app.last_event().await.event;
        assert_eq!(row.expires_at, Some(login.expires_at), "{connector}");
        let session = row.detail["session_expires_at"].as_str().unwrap();
        let outlived = session < rfc3339(login.expires_at - TimeDelta::minutes(1)).as_str();
        assert_eq!(outlived, connector == "outlives", "{row:?}");
        let may = row.detail.get("may_outlive_session").and_then(|may| may.as_bool());
        assert_eq!(may, (connector == "outlives").then_some(true));
    }
    ask(&app, &alice, "outlives", packages()).await.unwrap();
}

fn whole_now() -> DateTime<Utc> {
    DateTime::from_timestamp(Clock::system().now().timestamp(), 0).unwrap()
}

/// A portal whose AWS is so many seconds behind, and what came of a log-in to ECR by sessions of 12 h there.
async fn behind(seconds: i64) -> (Event, u64) {
    // AWS cuts ends to whole seconds.
    let now = whole_now();
    let aws = Clock::fixed(now - TimeDelta::seconds(seconds));
    let app = TestApp::builder().clock(Clock::fixed(now)).aws_clock(aws).start().await;
    world::fill(&app).await;
    let alice = member(&app).await;
    add(&app, "day", |_| {}).await;
    let _ = ask(&app, &alice, "day", ecr(None)).await;
    let asked = app.sandbox.counters().of(ECR);
    (app.last_event().await.event, asked.served + asked.refused)
}

/// Where a source turns out to give less than the connector promises, nothing is asked of ECR.
#[actix_web::test]
async fn a_session_that_is_shorter_than_the_connector_says_is_looked_at_before_ecr_is_asked() {
    let (row, asked) = behind(300).await;
    assert_eq!((words(&row), asked), (("ecr.issue", "ok", ""), 1));
    let (row, asked) = behind(301).await;
    assert_eq!((words(&row), asked), (("ecr.issue", "refused", "registry_outlives"), 0));
    assert!(row.issued_key_id.is_some(), "the session was issued: {row:?}");
}

#[actix_web::test]
async fn the_word_is_a_field_of_the_connector_and_its_versions() {
    let (app, _) = day().await;
    let ada = app.administrator().await;
    let id = app.connector_id("day").await;
    let page = ada.get(&format!("/admin/connectors/{id}")).await;
    page.says("Registry log-ins may outlive the session");
    let broker = broker(&app).await;
    let fields = |more: &[(&'static str, &'static str)]| {
        let mut fields = vec![
            ("name", "day".to_owned()),
            ("slug", "day".to_owned()),
            ("principal_type", "assume_role".to_owned()),
            ("access_key", broker.clone()),
            ("role_arn", world::role("ReadOnly")),
            ("enabled", "true".to_owned()),
        ];
        fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        fields
    };
    let send = async |fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ada.post(&format!("/admin/connectors/{id}"), &fields).await
    };
    let saved = send(fields(&[("registry_tokens_outlive", "true"), ("version", "1")])).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let outlives = async || {
        let id = id.clone();
        let read = app.app.database.read(move |connection| daypass::store::connectors::find(connection, &id));
        read.await.unwrap().registry_tokens_outlive
    };
    assert!(outlives().await);
    let versions = ada.get(&format!("/admin/connectors/{id}/versions/2")).await;
    versions.says("Registry log-ins may outlive the session");
    assert_eq!(send(fields(&[("version", "2")])).await.status, 303);
    assert!(!outlives().await);
}
