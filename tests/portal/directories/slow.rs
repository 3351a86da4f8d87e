//! A directory that takes its time, and many who wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use daypass::config;
use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;

use super::{attempt, last, row, start};
use crate::ldap::stand_in::{SLACK, Server, friendly, question, read_to_end, settings};
use crate::support::TestApp;

/// Answers every question, each this late.
fn late(by: Duration) -> Server {
    Server::raw(move |mut stream| async move {
        while let Some((id, operation)) = question(&mut stream).await {
            tokio::time::sleep(by).await;
            if stream.write_all(&friendly(id, operation, "uid=alice,dc=test")).await.is_err() {
                return;
            }
        }
    })
}

/// A portal whose one directory it is, with this limit for each answer.
async fn limited(server: &Server, timeout: Duration) -> TestApp {
    let corp = config::Ldap { timeout, ..settings("ldap", &server.address) };
    start(vec![config::Directory::Ldap(Box::new(corp))]).await
}

#[actix_web::test]
async fn what_takes_five_seconds_is_refused_in_time_where_four_are_allowed() {
    let server = late(Duration::from_secs(5));
    let app = limited(&server, Duration::from_secs(4)).await;
    let start = Instant::now();
    let page = attempt(&app, "alice", "fake-password-alice").await;
    let took = start.elapsed();
    page.is(503).says("does not answer");
    assert!(took >= Duration::from_secs(4) && took < Duration::from_secs(5) + SLACK, "{took:?}");
    assert_eq!(last(&app).await, row("failed", "directory", Some("corp")));
    let health = app.app.directories.get("corp").unwrap().health();
    assert_eq!(health.failed.unwrap().1, "bind: no answer within 4s");
}

#[actix_web::test]
async fn what_takes_five_seconds_is_waited_for_where_the_limits_are_longer() {
    let server = late(Duration::from_secs(5));
    // A sign-in has to wait for several answers, and all of them have `connect_timeout` and `timeout` together.
    let app = limited(&server, Duration::from_secs(40)).await;
    let start = Instant::now();
    attempt(&app, "alice", "fake-password-alice").await.leads_to("/");
    assert!(start.elapsed() >= Duration::from_secs(15), "{:?}", start.elapsed());
    assert_eq!(last(&app).await, row("ok", "", Some("corp")));
}

#[actix_web::test]
async fn answers_that_are_each_in_time_are_not_waited_for_without_end() {
    // Each within its limit of two seconds, and all of them not within three.
    let server = late(Duration::from_millis(1500));
    let app = limited(&server, Duration::from_secs(2)).await;
    let start = Instant::now();
    attempt(&app, "alice", "fake-password-alice").await.is(503);
    let took = start.elapsed();
    assert!(took >= Duration::from_secs(3) && took < Duration::from_secs(4) + SLACK, "{took:?}");
    let health = app.app.directories.get("corp").unwrap().health();
    assert_eq!(health.failed.unwrap().1, "no answer within 3s");
}

#[actix_web::test]
async fn fifty_of_an_address_wait_for_a_silent_directory_and_no_more() {
    let silent = Arc::new(AtomicBool::new(true));
    let server = Server::raw({
        let silent = Arc::clone(&silent);
        move |mut stream| {
            let silent = Arc::clone(&silent);
            async move {
                if silent.load(Ordering::SeqCst) {
                    drop(read_to_end(&mut stream).await);
                    return;
                }
                while let Some((id, operation)) = question(&mut stream).await {
                    drop(stream.write_all(&friendly(id, operation, "uid=alice,dc=test")).await);
                }
            }
        }
    });
    let app = limited(&server, Duration::from_secs(3)).await;
    let tries = (0..51).map(|number| {
        let (name, app) = (format!("somebody-{number}"), &app);
        async move { attempt(app, &name, &format!("fake wrong {number}")).await }
    });
    let pages = join_all(tries).await;
    let refused: Vec<_> = pages.iter().filter(|page| page.status == 401).collect();
    assert_eq!(pages.iter().filter(|page| page.status == 503).count(), 50);
    refused[0].says("This name and password do not go together.");
    let rows = app.events().await;
    let reasons = |reason: &str| rows.iter().filter(|row| row.event.reason == reason).count();
    assert_eq!((reasons("directory"), reasons("throttled")), (50, 1));
    // Nobody was wrong: the address has all of its tries again, and its people come in as soon as the directory answers.
    silent.store(false, Ordering::SeqCst);
    for _ in 0..2 {
        attempt(&app, "alice", "fake-password-alice").await.leads_to("/");
    }
    for _ in 0..50 {
        assert!(app.app.throttle.take_address("127.0.0.1", app.app.clock.now()));
    }
    assert!(!app.app.throttle.take_address("127.0.0.1", app.app.clock.now()));
}
