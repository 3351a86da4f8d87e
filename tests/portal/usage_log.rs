//! The usage log: who may read it, what it finds, and one row whole.

use chrono::TimeDelta;
use daypass::clock::Clock;

use crate::support::{PASSWORD, Page, TestApp};

/// The numbers of the rows on a page, from top to bottom.
fn rows(page: &Page) -> Vec<i64> {
    let parts = page.is(200).body.split("href=\"/usage-log/").skip(1);
    parts.filter_map(|part| part.split('"').next()?.parse().ok()).collect()
}

#[actix_web::test]
async fn auditors_and_administrators_read_it_and_nobody_else() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let aria = app.auditor().await;
    let number = app.last_event().await.id;
    for path in ["/usage-log".to_owned(), format!("/usage-log/{number}")] {
        aria.get(&path).await.is(200);
        alice.get(&path).await.is(403).says("You may not do this.");
        app.get(&path).await.is(303);
    }
    app.administrator().await.get("/usage-log").await.is(200);
    alice.get("/").await.does_not_say("Usage log");
}

#[actix_web::test]
async fn each_filter_finds_its_rows_and_all_of_them() {
    let start = Clock::system().now();
    let clock = Clock::fixed(start);
    let app = TestApp::builder().clock(clock.clone()).start().await;
    crate::support::world::fill(&app).await;
    let alice = app.person("alice", &["ops"]).await;
    let bob = app.person("bob", &[]).await;
    alice.post("/connectors/read-only/credentials", &[]).await.is(200);
    alice.post("/connectors/federated/credentials", &[]).await.is(200);
    clock.advance(TimeDelta::minutes(2));
    bob.post("/connectors/read-only/credentials", &[]).await.is(404);
    alice.console_link("read-only").await;
    let aria = app.auditor().await;
    let id = app.connector_id("read-only").await;
    let minute = |minutes: i64| (start + TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M").to_string();
    let all: Vec<_> = app.events().await;
    let expect = |fits: &dyn Fn(&daypass::model::event::Event) -> bool| -> Vec<i64> {
        all.iter().filter(|row| fits(&row.event)).map(|row| row.id).collect()
    };
    let middle = start + TimeDelta::minutes(1);
    let cut = middle.timestamp_millis() / 60_000 * 60_000;
    let cases: Vec<(String, Vec<i64>)> = vec![
        (String::new(), expect(&|_| true)),
        ("person=alice".to_owned(), expect(&|event| event.actor_name == "alice")),
        ("person=%20bob%20".to_owned(), expect(&|event| event.actor_name == "bob")),
        (format!("connector={id}"), expect(&|event| event.connector_id.as_deref() == Some(&id))),
        ("kind=console.open".to_owned(), expect(&|event| event.kind == "console.open")),
        ("outcome=refused".to_owned(), expect(&|event| event.outcome == "refused")),
        (format!("from={}", minute(1)), expect(&|event| event.at.timestamp_millis() >= cut)),
        (format!("to={}", minute(1)), expect(&|event| event.at.timestamp_millis() < cut)),
        (
            format!("person=alice&connector={id}&outcome=ok&kind=credentials.issue"),
            expect(&|event| {
                event.actor_name == "alice"
                    && event.connector_id.as_deref() == Some(&id)
                    && event.kind == "credentials.issue"
            }),
        ),
    ];
    for (query, expected) in cases {
        assert!(!expected.is_empty() && (query.is_empty() || expected.len() < all.len()), "{query} tests nothing");
        assert_eq!(rows(&aria.get(&format!("/usage-log?{query}")).await), expected, "{query}");
    }
    aria.get("/usage-log?person=zoe").await.says("Nothing in the log matches the filter.");
    let tomorrow = (start + TimeDelta::days(1)).format("%Y-%m-%d");
    assert!(rows(&aria.get(&format!("/usage-log?from={tomorrow}")).await).is_empty());
    let page = aria.get("/usage-log?person=alice&kind=console.open&outcome=ok").await;
    assert_eq!(page.value_of("person").as_deref(), Some("alice"));
    assert!(page.body.contains("value=\"console.open\" selected") && page.body.contains("value=\"ok\" selected"));
    let page = aria.get("/usage-log?from=yesterday&to=2026-13-01").await;
    assert_eq!(page.is(422).field_error("from"), "Write a moment as 2026-11-20 09:12 (UTC).");
    assert_eq!(page.field_error("to"), "Write a moment as 2026-11-20 09:12 (UTC).");
    assert_eq!(page.value_of("from").as_deref(), Some("yesterday"));
}

#[actix_web::test]
async fn it_is_read_in_pages_of_fifty_without_a_gap() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    for _ in 0..55 {
        alice.post("/connectors/nothing/credentials", &[]).await.is(404);
        alice.post("/console/nothing", &[]).await.is(404);
    }
    let aria = app.auditor().await;
    let expected: Vec<i64> = app.events().await.iter().map(|row| row.id).collect();
    let (mut seen, mut address) = (Vec::new(), "/usage-log".to_owned());
    loop {
        let page = aria.get(&address).await;
        let numbers = rows(&page);
        assert!(numbers.len() <= 50);
        seen.extend(numbers);
        let links = page.body.split("<nav class=\"pager\"").nth(1).unwrap_or_default();
        assert_eq!(links.contains(">Newest<"), address != "/usage-log");
        let Some((before, _)) = links.split_once("\" rel=\"next\">Older") else { break };
        address = before.rsplit('"').next().unwrap().replace("&#38;", "&");
    }
    assert_eq!(seen, expected);
    let filtered = aria.get("/usage-log?kind=console.open").await;
    assert_eq!(rows(&filtered).len(), 50);
    assert!(filtered.body.contains("kind=console.open&#38;"), "the filter is lost on the way to older rows");
    // Exactly fifty are one page.
    let fifty = expected[expected.len() - 50] + 1;
    let last = aria.get(&format!("/usage-log?before={fifty}")).await;
    assert_eq!(rows(&last).len(), 50);
    assert!(!last.body.contains("rel=\"next\""));
}

#[actix_web::test]
async fn one_row_shows_everything_of_it() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    alice.post("/connectors/federated/credentials", &[("duration", "1h")]).await.is(200);
    let recorded = app.last_event().await;
    let row = &recorded.event;
    let aria = app.auditor().await;
    let page = aria.get(&format!("/usage-log/{}", recorded.id)).await;
    page.is(200).says("Issued").says("asked for credentials").says("alice").says("127.0.0.1").says("local:ops");
    for value in [&row.connector_id, &row.arn, &row.session_name, &row.issued_key_id, &row.grant_id, &row.policy_hash] {
        page.says(value.as_deref().unwrap());
    }
    page.says(&row.origin.request_id).says(&recorded.chain).says("us-east-1").says("federated_user");
    let hash: String = recorded.row_hash.iter().map(|byte| format!("{byte:02x}")).collect();
    page.says(&hash);
    for number in ["0", "-1", "999999999", "abc", "9223372036854775808"] {
        aria.get(&format!("/usage-log/{number}")).await.is(404);
    }
}

#[actix_web::test]
async fn a_programs_row_and_a_refused_sign_in_are_told_from_a_persons() {
    let app = TestApp::start().await;
    let token = app.token("build", "system").await;
    let request = app.anybody().request(reqwest::Method::GET, "/api/v1/connectors/system/container-credentials");
    app.anybody().send(request.header("authorization", token)).await.is(200);
    app.anybody().post("/sign-in", &[("username", "build"), ("password", PASSWORD)]).await.is(401);
    let page = app.auditor().await.get("/usage-log?person=build").await;
    page.says("build program").says("build anonymous").says("Nobody has this name");
}
