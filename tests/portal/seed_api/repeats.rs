//! Scripts that nobody told of the new password.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::portal::users;
use daypass::throttle::PER_ADDRESS;
use futures_util::future::join_all;
use reqwest::Method;

use super::{challenges, get, header, is_refused, password, request, sent, started_with};
use crate::support::{Page, TestApp};

const LIST: &str = "/connectors";

/// How many tries of its address are left to a client of these tests.
const LEFT: usize = 5;

async fn from(app: &TestApp, address: &str, authorization: &str) -> Page {
    sent(request(app, Method::GET, LIST, authorization).header("x-forwarded-for", address)).await
}

async fn tried(app: &TestApp) -> usize {
    let events = app.events().await;
    events.iter().filter(|row| ["wrong_password", "unknown_person"].contains(&row.event.reason.as_str())).count()
}

#[actix_web::test]
async fn a_script_in_a_loop_takes_one_try_of_its_address_and_of_its_person() {
    let clock = Clock::fixed(Clock::system().now());
    let app = started_with(clock.clone(), |_| {}).await;
    let address = "198.51.100.1";
    // Whoever has the name or has it not: one after the other, and all at once.
    for (name, address) in [("alice", "198.51.100.1"), ("nobody", "198.51.100.2")] {
        let old = password(name, "fake old password");
        while app.app.throttle.take_address(address, clock.now()) {}
        (0..LEFT).for_each(|_| app.app.throttle.give_back_address(address));
        for page in join_all((0..10).map(|_| from(&app, address, &old))).await {
            is_refused(&page, 401, "unauthorized");
        }
        let began = Instant::now();
        let page = from(&app, address, &old).await;
        assert!(began.elapsed() >= Duration::from_millis(750), "{:?}", began.elapsed());
        assert_eq!(challenges(&page).len(), 2);
        assert!(!app.app.throttle.is_spent(address, clock.now()), "{name}");
    }
    assert_eq!(tried(&app).await, 2);
    // After a minute it is looked at again, and still not counted.
    let old = password("alice", "fake old password");
    for _ in 0..3 {
        clock.advance(TimeDelta::seconds(60));
        is_refused(&from(&app, address, &old).await, 401, "unauthorized");
    }
    let count = (1..).take_while(|_| app.app.throttle.take_address(address, clock.now())).count();
    assert_eq!(count, LEFT - 1, "one was counted");
    // Two further tries of the person's own are left, and the right one passes.
    from(&app, "198.51.100.3", &password("alice", "fake second")).await.is(401);
    from(&app, "198.51.100.3", &header("alice")).await.is(200);
}

#[actix_web::test]
async fn two_wrong_ones_in_turn_count_as_two_and_a_third_ends_that() {
    let clock = Clock::fixed(Clock::system().now());
    let app = started_with(clock.clone(), |_| {}).await;
    let address = "198.51.100.1";
    for _ in 0..PER_ADDRESS - LEFT {
        assert!(app.app.throttle.take_address(address, clock.now()));
    }
    let wrong = |text: &str| password("nobody", &format!("fake {text}"));
    for text in ["one", "two", "one", "two", "one", "two"] {
        from(&app, address, &wrong(text)).await.is(401);
        clock.advance(TimeDelta::seconds(60));
    }
    assert!(!app.app.throttle.is_spent(address, clock.now()));
    // With three in turn none is one of the last two.
    for (text, is_spent) in [("three", false), ("one", false), ("two", true)] {
        from(&app, address, &wrong(text)).await.is(401);
        assert_eq!(app.app.throttle.is_spent(address, clock.now()), is_spent, "{text}");
    }
    // Then nothing is taken from there, from memory neither.
    from(&app, address, &header("alice")).await.is(401);
    from(&app, "198.51.100.2", &header("alice")).await.is(200);
}

#[actix_web::test]
async fn many_machines_with_the_same_old_password_at_once_take_one_try() {
    let app = started_with(Clock::fixed(Clock::system().now()), |_| {}).await;
    let old = password("alice", "fake old password");
    let addresses: Vec<String> = (1..=20).map(|host| format!("198.51.100.{host}")).collect();
    for page in join_all(addresses.iter().map(|address| from(&app, address, &old))).await {
        is_refused(&page, 401, "unauthorized");
    }
    from(&app, "203.0.113.1", &password("alice", "fake second")).await.is(401);
    from(&app, "203.0.113.1", &header("alice")).await.is(200);
    // Two different ones more, and the person's three are used.
    for text in ["fake third", "fake fourth"] {
        from(&app, "203.0.113.2", &password("alice", text)).await.is(401);
    }
    from(&app, "203.0.113.3", &header("alice")).await.is(401);
    assert_eq!(app.last_row().await.2, "throttled");
}

#[actix_web::test]
async fn a_password_that_comes_to_be_right_is_taken_though_it_was_sent_all_the_while() {
    let clock = Clock::fixed(Clock::system().now());
    let app = started_with(clock.clone(), |_| {}).await;
    let new = password("alice", "fake password of tomorrow");
    for minute in 0..15 {
        if minute == 1 {
            users::set_password(&app.app, "alice", "fake password of tomorrow".into()).await.unwrap();
        }
        is_refused(&get(&app, LIST, &new).await, 401, "unauthorized");
        clock.advance(TimeDelta::minutes(1));
    }
    get(&app, LIST, &new).await.is(200);
}
