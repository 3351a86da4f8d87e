//! Names and passwords of people who are kept elsewhere.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::config::Config;

use super::{challenges, get, is_refused, password, started_with};
use crate::directories::{ldap, local, silent};
use crate::ldap::slapd::Own;
use crate::support::TestApp;

#[actix_web::test]
async fn a_password_of_ldap_is_remembered_for_a_minute() {
    let corp = Own::new("corp").await;
    let ellen = corp.person("ellen").await;
    let clock = Clock::fixed(Clock::system().now());
    let directories = vec![ldap("corp", &corp), local()];
    let app = started_with(clock.clone(), move |config| {
        config.directory = directories;
        config.seed_api.directories = vec!["corp".to_owned()];
        config.access.membership_cache = Duration::ZERO;
    })
    .await;
    let (old, new) = (password("ellen", "fake-password-ellen"), password("ellen", "fake-password-of-tomorrow"));
    get(&app, "/connectors", &password("corp\\ellen", "fake-password-ellen")).await.is(200);
    get(&app, "/connectors", &old).await.is(200);
    corp.change(&ellen, "userPassword", &["fake-password-of-tomorrow"]).await;
    get(&app, "/connectors", &new).await.is(200);
    get(&app, "/connectors", &old).await.is(200);
    clock.advance(TimeDelta::seconds(60));
    is_refused(&get(&app, "/connectors", &old).await, 401, "unauthorized");
    get(&app, "/connectors", &new).await.is(200);
    // Local people are not of a directory that may.
    is_refused(&get(&app, "/connectors", &super::header("alice")).await, 401, "unauthorized");
    // Who is gone is gone at once, remembered or not.
    corp.remove(&ellen).await;
    is_refused(&get(&app, "/connectors", &new).await, 401, "unauthorized");
    assert_eq!(app.last_row().await.2, "unknown_person");
}

#[actix_web::test]
async fn a_silent_directory_lets_nobody_in_and_says_when_to_come_back() {
    let corp = Own::new("corp").await;
    let directories = vec![silent("corp", &corp), local()];
    let with = move |config: &mut Config| {
        config.directory = directories;
        config.seed_api.basic_auth = true;
    };
    let app = TestApp::builder().config(with).start().await;
    app.add_person("alice", &[]).await;
    let began = Instant::now();
    let page = get(&app, "/connectors", &password("corp\\ellen", "fake-password-ellen")).await;
    assert!(began.elapsed() >= Duration::from_millis(900));
    is_refused(&page, 503, "directory_unavailable");
    assert_eq!((page.header("retry-after"), challenges(&page)), ("30", vec![]));
    assert_eq!(app.last_row().await, ("session.start".into(), "failed".into(), "directory".into()));
    get(&app, "/connectors", &super::header("alice")).await.is(200);
}

#[actix_web::test]
async fn a_remembered_password_is_no_way_around_a_silent_directory_and_leaves_a_row() {
    let corp = Own::new("corp").await;
    corp.person("ellen").await;
    let directories = vec![ldap("corp", &corp), silent("partners", &corp), local()];
    let with = move |config: &mut Config| {
        config.directory = directories;
        config.access.membership_cache = Duration::ZERO;
        config.seed_api.basic_auth = true;
    };
    let app = TestApp::builder().clock(Clock::fixed(Clock::system().now())).config(with).start().await;
    let ellen = password("corp\\ellen", "fake-password-ellen");
    get(&app, "/connectors", &ellen).await.is(200);
    app.sql("UPDATE people SET directory = 'partners' WHERE user_name = 'ellen'").await;
    let rows = app.events().await.len();
    for _ in 0..3 {
        is_refused(&get(&app, "/connectors", &ellen).await, 503, "directory_unavailable");
    }
    assert_eq!(app.events().await.len(), rows + 1);
    let row = app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.outcome.as_str(), row.reason.as_str()),
        ("session.start", "failed", "directory")
    );
    assert_eq!((row.actor_name.as_str(), row.directory.as_deref()), ("ellen", Some("partners")));
    assert_eq!(row.detail["via"], "basic");
    app.sql("UPDATE people SET directory = 'corp' WHERE user_name = 'ellen'").await;
    get(&app, "/connectors", &ellen).await.is(200);
    assert_eq!(app.events().await.len(), rows + 1);
}

/// What was answered a moment ago is answered from memory, and must not tell by that who exists.
#[actix_web::test]
async fn while_a_directory_is_silent_a_repeated_password_tells_nobody_apart() {
    let corp = Own::new("corp").await;
    let directories = vec![silent("corp", &corp), local()];
    let with = move |config: &mut Config| {
        config.directory = directories;
        config.seed_api.basic_auth = true;
    };
    let app = TestApp::builder().config(with).start().await;
    app.add_person("alice", &[]).await;
    for name in ["alice", "nobody"] {
        for _ in 0..3 {
            let began = Instant::now();
            let page = get(&app, "/connectors", &password(name, "fake wrong password")).await;
            is_refused(&page, 503, "directory_unavailable");
            assert!(began.elapsed() >= Duration::from_millis(900), "{name}");
        }
    }
}
