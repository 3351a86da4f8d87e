//! AWS that takes longer than an SDK waits.

use daypass::config::Config;

use super::*;

/// A portal that waits for so long.
async fn waiting(deadline: Duration) -> TestApp {
    let app = TestApp::builder().config(move |config| config.api.deadline = deadline).start().await;
    world::fill(&app).await;
    app
}

/// The first attempt is lost, the retry comes through: too late for whoever asked, in time for their next try.
#[actix_web::test]
async fn what_comes_too_late_is_kept_for_the_next_try() {
    let app = waiting(Duration::from_millis(300)).await;
    let token = app.token("build", "system").await;
    app.sandbox.fault(late(5_000).times(1));
    let page = ask(&app.anybody(), "system", &token).await;
    is_refused(&page, 504, "deadline");
    assert_eq!(page.header("retry-after"), "1");
    assert!(page.json()["message"].as_str().unwrap().contains("300ms"), "{}", page.body);
    let rows = rows_by(&app, 1).await;
    assert_eq!(outcome(&rows[0]), ("failed", "deadline"));
    let issued = rows[0].issued_key_id.clone().unwrap();
    assert_eq!(rows[0].detail["kept"], true);
    let calls = assumed(&app);
    assert_eq!(key_id(&ask(&app.anybody(), "system", &token).await), issued);
    assert_eq!(assumed(&app), calls);
    let rows = rows_by(&app, 2).await;
    assert_eq!((outcome(&rows[1]), is_cached(&rows[1])), (("ok", ""), true));
    assert_eq!(rows.len(), 2);
}

/// A next try that comes while AWS is still being asked joins that call.
#[actix_web::test]
async fn the_next_try_waits_for_the_call_that_goes_on() {
    let app = waiting(Duration::from_millis(400)).await;
    let token = app.token("build", "system").await;
    app.sandbox.fault(late(5_000).times(1));
    app.sandbox.fault(late(200));
    is_refused(&ask(&app.anybody(), "system", &token).await, 504, "deadline");
    let key = key_id(&ask(&app.anybody(), "system", &token).await);
    let rows = rows_by(&app, 2).await;
    assert_eq!(rows.iter().map(outcome).collect::<Vec<_>>(), [("failed", "deadline"), ("ok", "")]);
    assert_eq!(rows[0].issued_key_id.as_deref(), Some(key.as_str()));
    assert!(is_cached(&rows[1]));
}

/// Both attempts hang: whoever asked hears in time, and the calls end soon after. Whoever waits for them has a row too.
#[actix_web::test]
async fn an_aws_that_hangs_is_left_after_one_retry() {
    let app = waiting(Duration::from_millis(300)).await;
    let token = app.token("build", "system").await;
    app.sandbox.fault(Fault::of("AssumeRole", FaultKind::Hang));
    let began = Instant::now();
    let (anybody, other) = (app.anybody(), app.anybody());
    let (first, second) = tokio::join!(ask(&anybody, "system", &token), ask(&other, "system", &token));
    assert!(began.elapsed() >= Duration::from_millis(300));
    is_refused(&first, 504, "deadline");
    is_refused(&second, 504, "deadline");
    let rows = rows_by(&app, 2).await;
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "twice the deadline and a short pause, not aws.operation_timeout"
    );
    let mut outcomes: Vec<_> = rows.iter().map(outcome).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, [("failed", "aws:timeout"), ("failed", "deadline")]);
    assert!(rows.iter().all(|row| row.issued_key_id.is_none()));
    // It is over: the next one makes a call of its own.
    app.sandbox.clear_faults();
    key_id(&ask(&app.anybody(), "system", &token).await);
}

#[actix_web::test]
async fn an_aws_that_is_down_is_asked_twice() {
    let patient = |config: &mut Config| {
        config.aws.retries = 7;
        config.aws.operation_timeout = Duration::from_secs(60);
        config.api.deadline = Duration::from_secs(20);
    };
    let app = TestApp::builder().config(patient).start().await;
    world::fill(&app).await;
    let token = app.token("build", "system").await;
    for (kind, code) in
        [(FaultKind::ServiceUnavailable, "aws:ServiceUnavailable"), (FaultKind::Reset, "aws:unreachable")]
    {
        app.sandbox.clear_faults();
        app.sandbox.fault(Fault::of("AssumeRole", kind));
        let before = app.sandbox.counters().of("AssumeRole").refused;
        let page = ask(&app.anybody(), "system", &token).await;
        let json = page.is(503).json();
        assert_eq!((json["code"].as_str(), page.header("content-type")), (Some("aws"), "application/json"));
        assert_eq!(page.header("retry-after"), "30");
        assert_eq!(app.last_row().await, ("credentials.issue".into(), "failed".into(), code.into()));
        assert_eq!(app.sandbox.counters().of("AssumeRole").refused, before + 2, "one retry");
    }
    // People wait longer, and get all the retries.
    app.sandbox.clear_faults();
    app.sandbox.fault(Fault::of("AssumeRole", FaultKind::ServiceUnavailable).times(2));
    let alice = crate::issuing::member(&app).await;
    crate::issuing::ask(&app, &alice, "read-only", crate::issuing::credentials(None)).await.unwrap();
}

/// Whoever breaks off finds it at their next try too.
#[actix_web::test]
async fn what_nobody_waits_for_is_kept() {
    let app = waiting(Duration::from_secs(20)).await;
    let program = program(&app, &app.token("build", "system").await).await;
    app.sandbox.fault(late(400));
    let broken = tokio::time::timeout(Duration::from_millis(100), get(&app, &program, "system")).await;
    assert!(broken.is_err());
    let rows = rows_by(&app, 1).await;
    assert_eq!(outcome(&rows[0]), ("failed", "deadline"));
    assert_eq!(get(&app, &program, "system").await.unwrap(), rows[0].issued_key_id.clone().unwrap());
    assert_eq!(assumed(&app), 1);
}

/// Without the cache a deadline is a deadline all the same, and what AWS issued is in the log.
#[actix_web::test]
async fn what_is_not_kept_is_recorded() {
    let app = TestApp::builder()
        .config(|config| {
            config.api.deadline = Duration::from_millis(300);
            config.api.cache = false;
        })
        .start()
        .await;
    world::fill(&app).await;
    let token = app.token("build", "system").await;
    app.sandbox.fault(late(5_000).times(1));
    is_refused(&ask(&app.anybody(), "system", &token).await, 504, "deadline");
    let rows = rows_by(&app, 1).await;
    assert_eq!(outcome(&rows[0]), ("failed", "deadline"));
    assert_eq!(rows[0].detail["kept"], false);
    let issued = rows[0].issued_key_id.clone().unwrap();
    assert_ne!(key_id(&ask(&app.anybody(), "system", &token).await), issued);
}

#[actix_web::test]
async fn a_token_in_the_address_is_refused_and_written_nowhere() {
    let app = TestApp::start().await;
    let token = app.token("build", "system").await;
    let rows = app.events().await.len();
    for query in [format!("token={token}"), format!("Authorization=Bearer%20{token}"), token.replace('_', "%5F")] {
        for header in ["", &token] {
            let address = format!("{}?{query}", path("system"));
            let request = app.anybody().request(reqwest::Method::GET, &address).header("authorization", header);
            let page = app.anybody().send(request).await;
            is_refused(&page, 400, "token_in_address");
            assert!(page.json()["message"].as_str().unwrap().contains("Authorization header"));
            assert!(!page.body.contains(&token));
        }
    }
    let all = app.events().await;
    let noted = &all[..all.len() - rows];
    assert_eq!((noted.len(), app.sandbox.counters().issuing), (1, 0), "it is noted once a minute");
    assert!(!format!("{noted:?}").contains(&token));
    let request = app.anybody().request(reqwest::Method::GET, &format!("{}?id=123", path("system")));
    app.anybody().send(request.header("authorization", &token)).await.is(200);
}

/// SDKs look at the status alone: Python's asks three times, a second apart, and those of Rust and Go by their own retry. The header
/// is for scripts, and says the same as elsewhere.
#[actix_web::test]
async fn when_to_come_back_is_said_where_coming_back_may_help() {
    let app = waiting(Duration::from_secs(20)).await;
    let token = app.token("build", "system").await;
    for (kind, status, retry) in [
        (FaultKind::AccessDenied, 502, ""),
        (FaultKind::RegionDisabled, 502, ""),
        (FaultKind::Garbage, 502, "30"),
        (FaultKind::Throttling, 503, "30"),
        (FaultKind::InternalFailure, 503, "30"),
        (FaultKind::Reset, 503, "30"),
    ] {
        app.sandbox.fault(Fault::of("AssumeRole", kind));
        let page = ask(&app.anybody(), "system", &token).await;
        assert_eq!(page.is(status).json()["code"], "aws");
        assert_eq!((page.header("retry-after"), page.header("content-type")), (retry, "application/json"), "{kind:?}");
        app.sandbox.clear_faults();
    }
}
