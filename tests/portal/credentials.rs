//! The credentials page: asks, issues once, shows once.

use daypass::portal::connectors::ConnectorForm;

use crate::support::{TestApp, world};

const PAGE: &str = "/connectors/read-only/credentials";

#[actix_web::test]
async fn a_get_shows_the_form_and_a_post_issues() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    alice.get(PAGE).await.is(200).says("Get credentials").does_not_say("Shown once");
    assert_eq!(app.sandbox.counters().issuing, 0);

    let page = alice.post(PAGE, &[("duration", "15m")]).await;
    page.is(200).says("Shown once").says("assumed-role/ReadOnly/alice");
    assert_eq!(page.header("cache-control"), "no-store");
    for part in ["export AWS_ACCESS_KEY_ID", "$Env:AWS_ACCESS_KEY_ID", "set AWS_ACCESS_KEY_ID", "[", "\"AccessKeyId\""]
    {
        page.says(part);
    }
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("credentials.issue", "ok"));
    let key = row.issued_key_id.unwrap();
    page.says(&key);
    assert_eq!((row.requested_seconds, row.session_name.as_deref()), (Some(900), Some("alice")));
    assert!(row.granted_seconds.is_some_and(|seconds| (895..=900).contains(&seconds)), "{:?}", row.granted_seconds);
    assert_eq!(app.sandbox.counters().of("AssumeRole").served, 1);
    alice.get(PAGE).await.is(200).does_not_say(&key);
}

#[actix_web::test]
async fn each_principal_type_says_whom_aws_sees() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let page = alice.post("/connectors/federated/credentials", &[]).await;
    page.is(200).says("federated-user/alice");
    let row = app.last_event().await.event;
    assert_eq!(row.session_name.as_deref(), Some("alice"));
    assert!(row.policy_hash.is_some());

    let page = alice.post("/connectors/session/credentials", &[]).await;
    page.is(200).says("No, AWS does not see the person").says("none: AWS does not see the person");
    let row = app.last_event().await.event;
    assert_eq!((row.session_name, row.policy_hash), (None, None));
    assert_eq!(row.detail["names_person"], false);
    let counters = app.sandbox.counters();
    assert_eq!((counters.of("GetFederationToken").served, counters.of("GetSessionToken").served), (1, 1));
}

#[actix_web::test]
async fn a_wish_may_only_narrow() {
    let app = TestApp::start().await;
    let broker = app.key_id("broker").await;
    let short = ConnectorForm { duration: "30m".to_owned(), ..world::form("Short", "short", &broker) };
    world::add_connector(&app, &short, &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    let cases = [
        ("15m", 200, 900),
        ("900", 200, 900),
        ("30m", 200, 1800),
        ("", 200, 1800),
        ("899", 422, 0),
        ("1801", 422, 0),
        ("1h", 422, 0),
    ];
    for (typed, status, seconds) in cases {
        let page = alice.post("/connectors/short/credentials", &[("duration", typed)]).await;
        page.is(status);
        let row = app.last_event().await.event;
        if status == 200 {
            assert_eq!(row.requested_seconds, Some(seconds), "{typed}");
        } else {
            assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "duration"), "{typed}");
            assert_eq!(page.value_of("duration").as_deref(), Some(typed));
            assert!(!page.field_error("duration").is_empty());
        }
    }
    assert_eq!(app.sandbox.counters().issued, 4);
}

#[actix_web::test]
async fn what_is_no_duration_is_kept_with_a_sentence_and_recorded() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    for typed in ["abc", "1d", "-1", "1.5h", "99999999999", "30m1h"] {
        let page = alice.post(PAGE, &[("duration", typed)]).await;
        assert_eq!(page.is(422).value_of("duration").as_deref(), Some(typed));
        assert!(page.field_error("duration").starts_with("Write a duration such as"), "{typed}");
        assert_eq!(app.last_row().await, ("credentials.issue".into(), "refused".into(), "duration".into()), "{typed}");
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn not_granted_looks_like_unknown_and_the_row_tells_them_apart() {
    let app = TestApp::start().await;
    let bob = app.person("bob", &[]).await;
    let mut texts = Vec::new();
    for (slug, reason) in [("read-only", "not_granted"), ("no-such-one", "unknown_connector")] {
        for typed in ["", "15m", "nonsense"] {
            let rows = app.events().await.len();
            let page = bob.post(&format!("/connectors/{slug}/credentials"), &[("duration", typed)]).await;
            texts.push(page.is(404).text_but_request_id());
            assert_eq!(app.events().await.len(), rows + 1, "{slug} {typed}");
            let expected = ("credentials.issue".into(), "refused".into(), reason.into());
            assert_eq!(app.last_row().await, expected, "{slug} {typed}");
        }
        texts.push(bob.get(&format!("/connectors/{slug}/credentials")).await.is(404).text_but_request_id());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[actix_web::test]
async fn a_connector_that_is_switched_off_says_so_to_those_who_may_use_it() {
    let app = TestApp::start().await;
    let broker = app.key_id("broker").await;
    let off = ConnectorForm { enabled: false, ..world::form("Off", "off", &broker) };
    world::add_connector(&app, &off, &["ops"]).await;
    let page = app.person("alice", &["ops"]).await.post("/connectors/off/credentials", &[]).await;
    page.is(409).says("The connector “Off” is switched off.");
    assert_eq!(app.last_row().await.2, "connector_disabled");
    app.person("bob", &[]).await.post("/connectors/off/credentials", &[]).await.is(404);
    assert_eq!(app.last_row().await.2, "not_granted");
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn a_connector_answers_to_slug_id_and_name() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let id = app.connector_id("read-only").await;
    for text in ["read-only", &id, "Read%20only", "READ%20ONLY"] {
        alice.post(&format!("/connectors/{text}/credentials"), &[]).await.is(200);
        assert_eq!(app.last_event().await.event.connector_id.as_deref(), Some(id.as_str()), "{text}");
    }
}
