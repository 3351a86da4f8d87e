//! What is handed out once more.

use super::*;
use crate::issuing::{actor, member};
use crate::per_person::person;

#[actix_web::test]
async fn the_second_answer_comes_from_memory_and_has_a_row_of_its_own() {
    let (app, _) = started().await;
    let token = app.token("build", "system").await;
    let anybody = app.anybody();
    let mut answers = Vec::new();
    for agent in ["first", "second"] {
        let request = anybody.request(reqwest::Method::GET, &path("system"));
        let request = request.header("authorization", &token).header("user-agent", agent).header("accept", "text/x");
        answers.push(anybody.send(request).await);
    }
    let [first, second] = &answers[..] else { panic!() };
    assert_eq!(first.is(200).json(), second.is(200).json());
    assert_eq!(second.header("cache-control"), "no-store");
    assert_eq!((assumed(&app), app.app.kept.count()), (1, 1));
    let rows = rows(&app).await;
    let [issued, cached] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((is_cached(issued), is_cached(cached)), (false, true));
    assert_eq!((issued.granted_seconds.is_some(), cached.granted_seconds), (true, None));
    assert_eq!(cached.requested_seconds, None);
    assert_ne!(issued.origin.request_id, cached.origin.request_id);
    assert_eq!((issued.origin.user_agent.as_str(), cached.origin.user_agent.as_str()), ("first", "second"));
    for row in &rows {
        assert_eq!(row.issued_key_id.as_deref(), Some(key_id(first).as_str()));
        assert_eq!(row.expires_at, Some(expiry(first)));
        assert_eq!((row.actor_name.as_str(), outcome(row)), ("build", ("ok", "")));
        assert_eq!((row.rule.as_deref(), row.session_name.as_deref()), (Some("system_scope"), Some("program-build")));
        assert_eq!(row.arn, issued.arn);
    }
}

#[actix_web::test]
async fn with_less_than_a_quarter_of_an_hour_left_aws_is_asked_anew() {
    let (app, clock) = started().await;
    let text = tokens::create_unchecked(&app.app, "build", "system", Duration::from_secs(7200)).await.unwrap();
    let token = secrecy::ExposeSecret::expose_secret(&text).to_owned();
    let anybody = app.anybody();
    let first = ask(&anybody, "system", &token).await;
    clock.advance(expiry(&first) - TimeDelta::minutes(15) - clock.now());
    let last = ask(&anybody, "system", &token).await;
    assert_eq!(key_id(&first), key_id(&last), "exactly 15 minutes are left");
    clock.advance(TimeDelta::milliseconds(1));
    let fresh = ask(&anybody, "system", &token).await;
    assert_ne!(key_id(&first), key_id(&fresh));
    assert_eq!(assumed(&app), 2);
}

#[actix_web::test]
async fn sessions_under_half_an_hour_are_issued_anew_each_time() {
    let (app, _) = started().await;
    let token = app.token("build", "system").await;
    for (duration, kept) in [("15m", false), ("1799", false), ("30m", true)] {
        change(&app, |form| form.duration = duration.to_owned()).await;
        let before = assumed(&app);
        let first = key_id(&ask(&app.anybody(), "system", &token).await);
        let second = key_id(&ask(&app.anybody(), "system", &token).await);
        assert_eq!(first == second, kept, "{duration}");
        assert_eq!(assumed(&app) - before, if kept { 1 } else { 2 }, "{duration}");
    }
}

#[actix_web::test]
async fn nothing_is_kept_where_that_is_switched_off() {
    let app = TestApp::builder().config(|config| config.api.cache = false).start().await;
    world::fill(&app).await;
    let token = app.token("build", "system").await;
    let first = key_id(&ask(&app.anybody(), "system", &token).await);
    assert_ne!(first, key_id(&ask(&app.anybody(), "system", &token).await));
    assert_eq!(app.app.kept.count(), 0);
}

/// The same connector for two people, and for two tokens of one program: nobody gets what was issued for another.
#[actix_web::test]
async fn each_subject_and_each_token_has_its_own() {
    let (app, _) = started().await;
    let alice = member(&app).await;
    let bob = person(&app, "bob", &[]).await;
    let mut keys = vec![
        get(&app, &alice, "read-only").await.unwrap(),
        get(&app, &bob, "read-only").await.unwrap(),
        get(&app, &alice, "federated").await.unwrap(),
    ];
    for slug in ["one", "two"] {
        let token = app.token(slug, "system").await;
        keys.push(key_id(&ask(&app.anybody(), "system", &token).await));
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 5);
    let again = get(&app, &alice, "read-only").await.unwrap();
    assert!(keys.contains(&again), "each is kept");
    assert_eq!(app.app.kept.count(), 5);
}

#[actix_web::test]
async fn another_value_of_a_placeholder_is_another_session() {
    let (app, _) = started().await;
    let key = app.key_id("broker").await;
    let form = ConnectorForm { tags: "Team = {{user.attribute.team}}".to_owned(), ..world::form("Tags", "tags", &key) };
    world::add_connector(&app, &form, &["ops"]).await;
    let alice = person(&app, "alice", &[("team", "blue")]).await;
    let blue = get(&app, &alice, "tags").await.unwrap();
    assert_eq!(blue, get(&app, &alice, "tags").await.unwrap());
    daypass::portal::users::set_attribute(&app.app, "alice", "team", "red").await.unwrap();
    let alice = actor(&app, "alice").await;
    assert_ne!(blue, get(&app, &alice, "tags").await.unwrap());
    let tags: Vec<_> = rows(&app).await.iter().map(|row| row.detail["tags"]["Team"].clone()).collect();
    assert_eq!(tags, ["blue", "blue", "red"]);
}

#[actix_web::test]
async fn many_at_once_lead_to_one_call_and_a_row_each() {
    let (app, _) = started().await;
    let token = app.token("build", "system").await;
    app.sandbox.fault(late(300));
    let app = Arc::new(app);
    let asked: Vec<_> = (0..12)
        .map(|_| {
            let (app, token) = (app.clone(), token.clone());
            actix_web::rt::spawn(async move { key_id(&ask(&app.anybody(), "system", &token).await) })
        })
        .collect();
    let mut keys = Vec::new();
    for asked in asked {
        keys.push(asked.await.unwrap());
    }
    keys.dedup();
    assert_eq!((keys.len(), assumed(&app)), (1, 1));
    let rows = rows(&app).await;
    assert_eq!((rows.len(), rows.iter().filter(|row| is_cached(row)).count()), (12, 11));
    assert!(!is_cached(&rows[0]), "what AWS issued is recorded before it is handed out again");
}

#[actix_web::test]
async fn whoever_waits_for_a_call_that_aws_refuses_makes_none_of_their_own() {
    let (app, _) = started().await;
    let token = program(&app, &app.token("build", "system").await).await;
    app.sandbox.fault(Fault { latency_ms: 300, ..Fault::of("AssumeRole", FaultKind::AccessDenied) });
    let refused = futures_util::future::join_all((0..8).map(|_| get(&app, &token, "system"))).await;
    assert!(refused.iter().all(|one| matches!(one, Err(PortalError::Aws(_)))), "{refused:?}");
    assert_eq!(app.sandbox.counters().of("AssumeRole").refused, 1);
    let rows = rows(&app).await;
    assert_eq!(rows.len(), 8);
    assert!(rows.iter().all(|row| outcome(row) == ("refused", "aws:AccessDenied")), "{rows:?}");
    assert_eq!(rows.iter().filter(|row| row.detail.get("shared").is_some()).count(), 7);
    // And it is over with that: the next one asks again.
    app.sandbox.clear_faults();
    get(&app, &token, "system").await.unwrap();
}
