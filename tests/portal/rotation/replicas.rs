//! Two replicas on one PostgreSQL: one rotation, each call to AWS once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use daypass::app::App;
use daypass::portal::rotation::jobs::Driver;

use super::*;
use crate::support::Database;

/// Drives without a rest, as the server's own job does with one.
async fn drive(app: Arc<App>) {
    let mut driver = Driver::new(&app);
    loop {
        driver.round(&app).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[actix_web::test]
async fn one_of_two_replicas_rotates() {
    let named = |config: &mut daypass::config::Config| {
        config.server.instance = Some("both".to_owned());
        config.aws.rotation_grace = Duration::from_millis(300);
    };
    let first = TestApp::builder().database(Database::create_postgres()).config(named).start().await;
    world::fill(&first).await;
    let mut config = first.app.config.clone();
    // Another folder of its own, the same keys.
    config.keyring.dir = Some(first.keys());
    config.server.data_dir = first.folder.path().join("second");
    let second = App::build(config, Clock::system(), false).await.unwrap();
    let drivers = [drive(first.app.clone()), drive(second.clone())].map(|driver| actix_web::rt::spawn(driver));
    instance::adopt(&first.app).await.unwrap();
    assert_eq!(first.app.instance, second.instance);

    let key = first.key_id("broker").await;
    for round in 1..=5 {
        // Both pages at once: one begins.
        let who = world::setter();
        let nothing = Confirmed::default();
        let both = [&first.app, &second].map(|app| rotation::start(app, &who, &key, &nothing));
        let begun = futures_util::future::join_all(both).await;
        assert_eq!(begun.iter().filter(|begun| matches!(begun, Ok(Begun::Started))).count(), 1, "{begun:?}");
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let id = key.clone();
            let read = first.app.database.read(move |connection| rotations::of_access_key(connection, &id, 1));
            let newest = read.await.unwrap().remove(0);
            assert_eq!(newest.trouble, None);
            if newest.step == Step::Done {
                break;
            }
            assert!(Instant::now() < deadline, "{newest:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let counters = first.sandbox.counters();
        for action in ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"] {
            let count = counters.of(action);
            assert_eq!((count.served, count.refused), (round, 0), "{action}");
        }
    }
    for driver in drivers {
        driver.abort();
    }
}
