//! The first administrator: one code, five tries, half an hour, once.

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::portal::setup;
use secrecy::ExposeSecret;

use crate::support::{PASSWORD, Page, Person, TestApp};

async fn open(app: &TestApp) -> String {
    setup::open(&app.app).await.unwrap().unwrap().expose_secret().to_owned()
}

async fn complete(person: &Person, code: &str, name: &str) -> Page {
    let form = [
        ("code", code),
        ("username", name),
        ("display_name", "The First"),
        ("password", PASSWORD),
        ("repeat", PASSWORD),
    ];
    person.post("/setup", &form).await
}

#[actix_web::test]
async fn the_code_makes_one_administrator_and_then_the_page_is_gone() {
    let app = TestApp::builder().start().await;
    let code = open(&app).await;
    app.get("/sign-in").await.leads_to("/setup");
    app.get("/setup").await.is(200).says("Set-up code");
    let browser = app.anybody();
    complete(&browser, &code.to_lowercase().replace('-', " "), "first").await.leads_to("/sign-in");
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("setup.complete", "ok"));
    assert_eq!(row.detail["user"], "first");
    browser.get("/sign-in").await.is(200).says("You are the first administrator.");
    app.sign_in("first").await.get("/admin/connectors").await.is(200);

    app.get("/setup").await.is(404);
    complete(&app.anybody(), &code, "second").await.is(404);
    assert!(setup::open(&app.app).await.unwrap().is_none(), "it opens again");
}

#[actix_web::test]
async fn what_is_typed_wrongly_is_said_at_its_field_and_takes_no_try() {
    let app = TestApp::builder().start().await;
    let code = open(&app).await;
    for _ in 0..7 {
        let form = [
            ("code", code.as_str()),
            ("username", "a:b"),
            ("display_name", "The First"),
            ("password", "short"),
            ("repeat", "other"),
        ];
        let page = app.anybody().post("/setup", &form).await;
        assert_eq!(page.is(422).field_error("username"), "Use at most 64 characters, without \\ and :.");
        assert!(page.field_error("password").starts_with("Use at least 12 characters"));
        assert_eq!(page.field_error("repeat"), "The two passwords differ. Type both again.");
        assert_eq!(page.value_of("display_name").as_deref(), Some("The First"));
        assert!(!page.body.contains("short"), "a password comes back");
    }
    complete(&app.anybody(), &code, "first").await.leads_to("/sign-in");
}

#[actix_web::test]
async fn five_wrong_codes_close_it() {
    let app = TestApp::builder().start().await;
    let code = open(&app).await;
    for _ in 0..4 {
        let page = complete(&app.anybody(), "AAAA-AAAA-AAAA", "first").await;
        assert!(page.is(422).field_error("code").starts_with("This is not the code."));
        assert_eq!(app.last_row().await, ("setup.complete".into(), "refused".into(), "wrong_code".into()));
    }
    let page = complete(&app.anybody(), "", "first").await;
    assert!(page.is(422).field_error("code").contains("it was the last try"));
    complete(&app.anybody(), &code, "first").await.is(404);
    app.get("/setup").await.is(404);
    app.get("/sign-in").await.is(200);
}

#[actix_web::test]
async fn half_an_hour_closes_it() {
    let clock = Clock::fixed(Clock::system().now());
    let app = TestApp::builder().clock(clock.clone()).start().await;
    let code = open(&app).await;
    clock.advance(TimeDelta::seconds(30 * 60 - 1));
    app.get("/setup").await.is(200);
    clock.advance(TimeDelta::seconds(1));
    app.get("/setup").await.is(404);
    complete(&app.anybody(), &code, "first").await.is(404);
}

#[actix_web::test]
async fn two_at_once_make_one_administrator() {
    let app = TestApp::builder().start().await;
    let code = open(&app).await;
    let (one, two) = (app.anybody(), app.anybody());
    let (one, two) = tokio::join!(complete(&one, &code, "one"), complete(&two, &code, "two"));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 303, "{} / {}", one.text(), two.text());
    assert_ne!(statuses[1], 303, "the code worked twice");
}

#[actix_web::test]
async fn a_name_that_is_taken_leaves_the_code_good() {
    let app = TestApp::builder().start().await;
    app.add_person("alice", &[]).await;
    let code = open(&app).await;
    let page = complete(&app.anybody(), &code, "ALICE").await;
    assert_eq!(page.is(422).field_error("username"), "Somebody has this user name already.");
    complete(&app.anybody(), &code, "first").await.leads_to("/sign-in");
}

#[actix_web::test]
async fn an_administrator_from_the_command_line_closes_it() {
    let app = TestApp::builder().start().await;
    let code = open(&app).await;
    app.add_person("ada", &["administrators"]).await;
    app.get("/sign-in").await.is(200);
    app.get("/setup").await.is(404);
    complete(&app.anybody(), &code, "first").await.is(404);
}

#[actix_web::test]
async fn it_is_closed_unless_it_was_opened_and_wanted() {
    let app = TestApp::builder().start().await;
    app.get("/setup").await.is(404);
    complete(&app.anybody(), "", "first").await.is(404);
    let app =
        TestApp::builder().config(|config| config.access.administrators = vec!["chiefs".to_owned()]).start().await;
    assert!(setup::open(&app.app).await.unwrap().is_none());
}
