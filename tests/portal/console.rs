//! The console: a deep link shows, a button issues, and AWS's rules on SessionDuration are kept.

use daypass::portal::PortalError;
use daypass::portal::connectors::{self, ConnectorForm};
use daypass::sandbox::{Fault, FaultKind};

use crate::support::{Page, TestApp, world};

fn calls(app: &TestApp, action: &str) -> u64 {
    let count = app.sandbox.counters().of(action);
    count.served + count.refused
}

#[actix_web::test]
async fn a_deep_link_shows_who_opens_what_and_issues_nothing() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let page = alice.get("/console/read-only?destination=/ec2/v2/home&region=eu-west-1").await;
    page.is(200).says("alice of the tests").says("Read only").says("1234-5678-9012").says("Assume role");
    page.says("/ec2/v2/home?region=eu-west-1");
    assert!(page.body.contains("action=\"/console/read-only\" data-hx-boost=\"false\""), "no form, or it opens itself");
    assert_eq!(page.value_of("destination").as_deref(), Some("/ec2/v2/home"));
    assert_eq!(page.value_of("region").as_deref(), Some("eu-west-1"));
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn a_link_opens_by_itself_only_where_both_connector_and_destination_are_meant_for_it() {
    let app = TestApp::start().await;
    let broker = app.key_id("broker").await;
    let open = ConnectorForm { open_without_asking: true, ..world::form("Open", "open", &broker) };
    world::add_connector(&app, &open, &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    let stack = "/cloudformation/home#/stacks/create/review?templateURL=x";
    let cases = [
        ("open", "/s3/home", true),
        ("open", "", true),
        ("open", "/s3/home?region=eu-west-1", true),
        ("open", "/s3/home?delete=everything", false),
        ("open", "/cloudformation/home", false),
        ("open", stack, false),
        ("open", "https://evil.example/s3/home", false),
        ("read-only", "/s3/home", false),
    ];
    for (slug, destination, expected) in cases {
        let query = serde_urlencoded::to_string([("destination", destination)]).unwrap();
        let page = alice.get(&format!("/console/{slug}?{query}")).await;
        assert_eq!(page.body.contains("data-opens-itself"), expected, "{slug} {destination}");
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn destinations_lie_in_the_console() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let console = app.sandbox.console_url();
    for (typed, ends_at) in [
        ("", "/console/home"),
        ("/s3/home", "/s3/home"),
        ("  /s3/home ", "/s3/home"),
        (&format!("{console}/lambda/home"), "/lambda/home"),
    ] {
        let page = alice.post("/console/read-only", &[("destination", typed)]).await;
        app.arrive(page.is(303).location()).await.says(ends_at);
    }
    let issued = app.sandbox.counters().issuing;
    for typed in [
        "https://evil.example",
        "//evil",
        "/\\evil.example",
        "https://console.aws.amazon.com.evil",
        "javascript:alert(1)",
        "ec2/v2/home",
        &console.replace("http://", "http://user@"),
        &format!("{console}0/"),
        "/a b",
        &format!("/{}", "x".repeat(2048)),
    ] {
        let page = alice.post("/console/read-only", &[("destination", typed)]).await;
        page.is(422).says("This destination cannot be opened");
        assert_eq!(app.last_row().await, ("console.open".into(), "refused".into(), "destination".into()), "{typed}");
        assert!(page.location().is_empty());
        // It comes back to be changed; a link with it gets no button at all.
        assert_eq!(page.value_of("destination").as_deref(), Some(typed));
        let query = serde_urlencoded::to_string([("destination", typed)]).unwrap();
        if query.len() < 2000 {
            let shown = alice.get(&format!("/console/read-only?{query}")).await;
            assert!(!shown.is(422).body.contains("action=\"/console/read-only\""), "a button for {typed}");
        }
    }
    assert_eq!(app.sandbox.counters().issuing, issued, "issued for a destination that is refused");
}

#[actix_web::test]
async fn the_region_is_the_links_else_the_connectors_else_home() {
    let app = TestApp::start().await;
    let broker = app.key_id("broker").await;
    let there = ConnectorForm { region: "eu-central-1".to_owned(), ..world::form("There", "there", &broker) };
    world::add_connector(&app, &there, &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    let cases = [
        ("read-only", "", "us-east-1"),
        ("there", "", "eu-central-1"),
        ("there", "ap-southeast-2", "ap-southeast-2"),
        ("there", " eu-west-1 ", "eu-west-1"),
    ];
    for (slug, region, expected) in cases {
        let page = alice.post(&format!("/console/{slug}"), &[("region", region)]).await;
        app.arrive(page.is(303).location()).await.says(&format!("Region {expected}"));
    }
    for region in ["moon-east-1", "cn-north-1", "eu-west-1.evil.example", "../x"] {
        let page = alice.post("/console/there", &[("region", region)]).await;
        page.is(422).says("is no region of");
        assert_eq!(app.last_row().await.2, "destination", "{region}");
    }
}

#[actix_web::test]
async fn an_iam_users_session_does_not_open_the_console() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let sentence = "gives session tokens of an IAM user, which AWS does not let into the console";
    let shown = alice.get("/console/session").await;
    shown.is(422).says(sentence).says("Get credentials");
    let page = alice.post("/console/session", &[]).await;
    page.is(422).says(sentence);
    assert_eq!(app.last_row().await, ("console.open".into(), "refused".into(), "no_console".into()));
    assert_eq!(app.sandbox.counters().issuing, 0);
    assert!(!alice.get("/").await.body.contains("action=\"/console/session\""));
}

/// The time until which the console session lasts, in minutes from now.
async fn minutes(app: &TestApp, page: &Page) -> i64 {
    let console = app.arrive(page.is(303).location()).await;
    let (_, rest) = console.body.split_once("id=\"until\" datetime=\"").unwrap();
    let until = chrono::DateTime::parse_from_rfc3339(rest.split('"').next().unwrap()).unwrap();
    ((until.to_utc() - app.app.clock.now()).num_seconds() + 59) / 60
}

#[actix_web::test]
async fn session_duration_goes_with_role_sessions_only() {
    let app = TestApp::start().await;
    let broker = app.key_id("broker").await;
    let long = ConnectorForm { duration: "12h".to_owned(), ..world::form("Long", "long", &broker) };
    world::add_connector(&app, &long, &["ops"]).await;
    let federated = ConnectorForm {
        principal_type: "federated_user".to_owned(),
        policy: world::POLICY.to_owned(),
        duration: "36h".to_owned(),
        ..world::form("Long federated", "long-federated", &broker)
    };
    world::add_connector(&app, &federated, &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    for (slug, expected) in [("read-only", 60), ("long", 720), ("federated", 720), ("long-federated", 2160)] {
        let page = alice.post(&format!("/console/{slug}"), &[]).await;
        assert_eq!(minutes(&app, &page).await, expected, "{slug}");
        assert_eq!(calls(&app, "getSigninToken"), app.sandbox.counters().of("getSigninToken").served, "{slug}");
    }
}

#[actix_web::test]
async fn a_400_leads_to_the_next_way_and_what_worked_is_remembered() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let refuse = |times| app.sandbox.fault(Fault::of("getSigninToken", FaultKind::BadRequest).times(times));
    // With SessionDuration, then without, then with credentials of AWS's own duration.
    refuse(2);
    alice.post("/console/read-only", &[]).await.is(303);
    assert_eq!((calls(&app, "AssumeRole"), calls(&app, "getSigninToken")), (2, 3));
    alice.post("/console/read-only", &[]).await.is(303);
    assert_eq!((calls(&app, "AssumeRole"), calls(&app, "getSigninToken")), (3, 4), "not remembered");
    // A refusal of the last way is the end.
    refuse(1);
    let page = alice.post("/console/read-only", &[]).await;
    page.is(502).says("AWS refused").says("BadRequest");
    assert_eq!(app.last_row().await, ("console.open".into(), "refused".into(), "aws:BadRequest".into()));
}

#[actix_web::test]
async fn the_last_way_is_not_taken_where_it_would_give_more() {
    let app = TestApp::start().await;
    let broker = app.key_id("broker").await;
    let short = ConnectorForm { duration: "15m".to_owned(), ..world::form("Short", "short", &broker) };
    world::add_connector(&app, &short, &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    app.sandbox.fault(Fault::of("getSigninToken", FaultKind::BadRequest));
    alice.post("/console/short", &[]).await.is(502);
    assert_eq!((calls(&app, "AssumeRole"), calls(&app, "getSigninToken")), (1, 2));
    // Federated users have one way only.
    alice.post("/console/federated", &[]).await.is(502);
    assert_eq!((calls(&app, "GetFederationToken"), calls(&app, "getSigninToken")), (1, 3));
}

#[actix_web::test]
async fn the_link_is_told_to_nobody_but_the_browser() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let link = alice.console_link("read-only").await;
    let token = link.split("SigninToken=").nth(1).unwrap().to_owned();
    for recorded in app.events().await {
        assert!(!format!("{recorded:?}").contains(&token));
    }
    assert!(!alice.get("/").await.body.contains(&token));
}

#[actix_web::test]
async fn a_connectors_own_start_page_opens_where_nobody_asks_for_another() {
    let app = TestApp::start().await;
    let broker = app.key_id("broker").await;
    let start =
        |page: &str| ConnectorForm { console_start: page.to_owned(), ..world::form("Buckets", "buckets", &broker) };
    world::add_connector(&app, &start(" /s3/buckets "), &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    for (typed, ends_at) in [("", "/s3/buckets"), ("/ec2/v2/home", "/ec2/v2/home")] {
        let query = serde_urlencoded::to_string([("destination", typed)]).unwrap();
        alice.get(&format!("/console/buckets?{query}")).await.is(200).says(ends_at);
        let page = alice.post("/console/buckets", &[("destination", typed)]).await;
        app.arrive(page.is(303).location()).await.says(ends_at);
    }
    // A page outside the console is no start page.
    let form = ConnectorForm { slug: "evil".to_owned(), name: "Evil".to_owned(), ..start("https://evil.example/") };
    let refused = connectors::create(&app.app, &world::setter(), &form).await;
    let Err(PortalError::Invalid(errors)) = refused else { panic!("it was saved") };
    assert!(errors.get("console_start").is_some_and(|sentence| sentence.contains("cannot be opened")), "{errors:?}");
}
