//! The sign-in page: who gets in, where to, and what everybody else is told.

use daypass::portal::users;

use crate::support::{PASSWORD, TestApp};

const WRONG: &str = "This name and password do not go together.";

#[actix_web::test]
async fn a_person_signs_in_and_a_row_says_so() {
    let app = TestApp::builder().start().await;
    app.add_person("alice", &[]).await;
    app.get("/sign-in").await.is(200).says("User name").says("Password");
    let alice = app.sign_in("alice").await;
    alice.get("/").await.is(200).says("alice of the tests");
    alice.get("/sign-in").await.leads_to("/");

    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str(), row.reason.as_str()), ("session.start", "ok", ""));
    assert_eq!((row.actor_kind.as_str(), row.actor_name.as_str()), ("person", "alice"));
    assert_eq!(row.directory.as_deref(), Some("local"));
    assert_eq!(row.origin.address, "127.0.0.1");
    assert!(!row.origin.request_id.is_empty());
}

#[actix_web::test]
async fn letters_blanks_and_the_directorys_name_make_no_other_person() {
    let app = TestApp::builder().start().await;
    app.add_person("Alice", &[]).await;
    for name in ["Alice", "alice", "ALICE", " alice ", "local\\alice", "LOCAL\\Alice"] {
        let page = app.anybody().post("/sign-in", &[("username", name), ("password", PASSWORD)]).await;
        page.leads_to("/");
        assert_eq!(app.last_event().await.event.actor_name, "Alice", "{name}");
    }
    for name in ["other\\alice", "alice\\local", "\u{ff41}lice"] {
        let page = app.anybody().post("/sign-in", &[("username", name), ("password", PASSWORD)]).await;
        page.is(401).says(WRONG);
    }
}

#[actix_web::test]
async fn whoever_is_not_let_in_is_told_the_same_and_the_log_knows_why() {
    let app = TestApp::builder().start().await;
    app.add_person("alice", &[]).await;
    app.add_person("closed", &[]).await;
    users::set_active(&app.app, "closed", false).await.unwrap();
    let cases = [
        ("alice", "fake wrong password", "wrong_password"),
        ("alice", "", "wrong_password"),
        ("nobody", "fake wrong password", "unknown_person"),
        ("*)(uid=*", PASSWORD, "unknown_person"),
        ("", PASSWORD, "unknown_person"),
        ("closed", PASSWORD, "inactive"),
    ];
    let mut bodies = Vec::new();
    for (name, password, reason) in cases {
        let page = app.anybody().post("/sign-in", &[("username", name), ("password", password)]).await;
        page.is(401).says(WRONG);
        assert_eq!(page.value_of("username").as_deref(), Some(name));
        assert!(!page.body.contains(PASSWORD), "a password comes back");
        assert_eq!(app.last_row().await, ("session.start".into(), "refused".into(), reason.into()), "{name}");
        assert_eq!(app.last_event().await.event.actor_name, name);
        assert_eq!(app.last_event().await.event.actor_kind, "anonymous");
        bodies.push(page.text_but_request_id());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

#[actix_web::test]
async fn a_deep_link_is_remembered_through_the_sign_in() {
    let app = TestApp::start().await;
    app.add_person("alice", &["ops"]).await;
    let browser = app.anybody();
    let link = "/console/read-only?destination=%2Fec2%2Fv2%2Fhome&region=eu-west-1";
    let page = browser.get(link).await;
    assert_eq!(page.status, 303);
    let next = page.location().to_owned();
    assert!(next.starts_with("/sign-in?next="), "{next}");
    let form = browser.get(&next).await;
    assert_eq!(form.value_of("next").as_deref(), Some(link));
    let refused = browser.post("/sign-in", &[("username", "alice"), ("password", "x"), ("next", link)]).await;
    assert_eq!(refused.is(401).value_of("next").as_deref(), Some(link));
    let page = browser.post("/sign-in", &[("username", "alice"), ("password", PASSWORD), ("next", link)]).await;
    page.leads_to(link);
    browser.get(link).await.is(200).says("/ec2/v2/home");
}

#[actix_web::test]
async fn the_sign_in_leads_to_our_own_pages_only() {
    let app = TestApp::builder().start().await;
    app.add_person("alice", &[]).await;
    let strange = ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "evil", "/sign-in"];
    for next in strange {
        let typed = [("username", "alice"), ("password", PASSWORD), ("next", next)];
        app.anybody().post("/sign-in", &typed).await.leads_to("/");
        let query = serde_urlencoded::to_string([("next", next)]).unwrap();
        let page = app.get(&format!("/sign-in?{query}")).await;
        assert_eq!(page.is(200).value_of("next").as_deref(), Some(""), "{next}");
    }
}

#[actix_web::test]
async fn a_post_is_not_repeated_by_a_sign_in() {
    let app = TestApp::start().await;
    app.anybody().post("/console/read-only", &[]).await.leads_to("/sign-in");
    assert_eq!(app.sandbox.counters().issuing, 0);
}
