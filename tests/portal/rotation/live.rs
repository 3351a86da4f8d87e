//! Jobs run once: for the instance that the database knows, and by one of its replicas.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use daypass::app::App;
use daypass::model::rotation::Plan;
use daypass::portal::access_keys as keys;
use daypass::portal::instance::Jobs;
use daypass::portal::rotation::jobs::Driver;
use daypass::store::leases;

use super::*;

impl Scene {
    async fn plan(&self, days: &str, window: &str) {
        let plan = serde_json::to_string(&Plan::parse(days, window).unwrap()).unwrap();
        self.app.sql(&format!("UPDATE access_keys SET rotation_plan = '{plan}' WHERE id = '{}'", self.key)).await;
    }

    async fn rotations(&self) -> usize {
        let key = self.key.clone();
        let read = self.app.app.database.read(move |connection| rotations::of_access_key(connection, &key, 100));
        read.await.unwrap().len()
    }
}

#[actix_web::test]
async fn a_restored_copy_is_paused_until_an_administrator_says_that_it_is_the_live_one() {
    let scene = Scene::new().await;
    scene.start().await;
    let value = "UPDATE settings SET value = ";
    let copied = match std::env::var("DAYPASS_TEST_DATABASE").as_deref() {
        Ok("postgres") => format!("{value}'another'::bytea WHERE name = 'jobs_instance'"),
        _ => format!("{value}CAST('another' AS BLOB) WHERE name = 'jobs_instance'"),
    };
    scene.app.sql(&copied).await;
    assert!(matches!(instance::jobs(&scene.app.app).await.unwrap(), Jobs::Paused(_)));
    let mut driver = Driver::new(&scene.app.app);
    for _ in 0..3 {
        driver.round(&scene.app.app).await;
        scene.clock.advance(TimeDelta::minutes(2));
    }
    assert_eq!(scene.step().await, Progress::NotOurs);
    assert_eq!((scene.newest().await.step, scene.at_aws().len()), (Step::Intended, 1));

    let ada = scene.app.administrator().await;
    let path = format!("/admin/access-keys/{}/rotate", scene.key);
    ada.get(&path).await.is(200).says("Jobs are paused").says("restored, copied or moved");
    // Nothing begins here either.
    let session = scene.app.key_id("session user").await;
    let refused = rotation::start(&scene.app.app, &world::setter(), &session, &Confirmed::default()).await;
    assert!(matches!(refused, Err(PortalError::Invalid(_))), "{refused:?}");
    ada.post(&path, &[("action", "claim")]).await.leads_to(&path);
    assert_eq!(scene.app.last_row().await.0, "instance.claim");
    ada.get(&path).await.is(200).does_not_say("paused");
    driver.round(&scene.app.app).await;
    assert_eq!(scene.newest().await.step, Step::Created);
    assert_eq!(scene.to_the_end().await.step, Step::Done);
    scene.one_working_key().await;
}

/// The folder with everything in it, as `cp -a` or a restored backup leaves it.
fn copy(from: &Path, to: &Path) {
    std::fs::DirBuilder::new().mode(0o700).create(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, target) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            std::fs::copy(&entry, &target).unwrap();
        }
    }
}

#[actix_web::test]
async fn a_copy_of_the_whole_data_folder_is_another_instance() {
    let scene = Scene::new().await;
    scene.start().await;
    let mut config = scene.app.app.config.clone();
    let data = scene.app.folder.path().join("copy");
    copy(&config.server.data_dir, &data);
    config.server.data_dir = data.clone();
    let build = async || App::build(config.clone(), scene.clock.clone(), false).await.unwrap();
    let copied = build().await;
    assert!(matches!(instance::jobs(&copied).await.unwrap(), Jobs::Paused(_)));
    assert!(matches!(instance::jobs(&scene.app.app).await.unwrap(), Jobs::Run(_)));
    let mut driver = Driver::new(&copied);
    for _ in 0..3 {
        driver.round(&copied).await;
        scene.clock.advance(TimeDelta::minutes(2));
    }
    assert_eq!(scene.at_aws().len(), 1, "the copy made a key");
    assert_eq!(scene.newest().await.step, Step::Intended);

    // Said to be the live one, it is so after a restart too.
    instance::claim(&copied, &world::setter()).await.unwrap();
    drop((driver, copied));
    let copied = build().await;
    assert!(matches!(instance::jobs(&copied).await.unwrap(), Jobs::Run(_)));
    Driver::new(&copied).round(&copied).await;
    assert_eq!(scene.at_aws().len(), 2);
}

#[actix_web::test]
async fn what_another_instance_began_is_not_ours() {
    let scene = Scene::new().await;
    scene.start().await;
    scene.app.sql("UPDATE rotations SET instance = 'another'").await;
    assert_eq!(scene.step().await, Progress::NotOurs);
    assert_eq!(scene.at_aws().len(), 1);
}

#[actix_web::test]
async fn a_plan_begins_in_its_hours_and_rests_after_a_refusal() {
    let scene = Scene::new().await;
    let mut driver = Driver::new(&scene.app.app);
    // Two hours from now, for an hour.
    let (from, to) = (scene.clock.now() + TimeDelta::hours(2), scene.clock.now() + TimeDelta::hours(3));
    scene.plan("90", &format!("{}-{}", from.format("%H:%M"), to.format("%H:%M"))).await;
    driver.round(&scene.app.app).await;
    assert_eq!(scene.rotations().await, 0, "not old enough");
    scene.clock.advance(TimeDelta::days(90));
    driver.round(&scene.app.app).await;
    assert_eq!(scene.rotations().await, 0, "not its hours");
    scene.clock.advance(TimeDelta::minutes(150));
    scene.app.sandbox.use_key(KEY_ID, "s3", "us-east-1");
    driver.round(&scene.app.app).await;
    assert_eq!(scene.rotations().await, 1);
    let refused = scene.newest().await;
    assert_eq!((refused.step, refused.started_by.as_str()), (Step::Abandoned, "schedule"));
    assert!(refused.trouble.unwrap().contains("Somebody else uses this key"));
    assert_eq!(scene.app.last_event().await.event.actor_name, "schedule");
    let ada = scene.app.administrator().await;
    ada.get(&format!("/admin/access-keys/{}/rotate", scene.key)).await.says("Not begun").says("Somebody else");
    scene.clock.advance(TimeDelta::minutes(5));
    driver.round(&scene.app.app).await;
    assert_eq!(scene.rotations().await, 1, "it rests");

    scene.app.sandbox.use_key(KEY_ID, "sts", "us-east-1");
    scene.clock.advance(TimeDelta::hours(24));
    driver.round(&scene.app.app).await;
    assert_eq!(scene.rotations().await, 2);
    assert_eq!(scene.newest().await.step, Step::Created);
    assert_eq!(scene.to_the_end().await.step, Step::Done);
    scene.one_working_key().await;
    driver.round(&scene.app.app).await;
    assert_eq!(scene.rotations().await, 2, "the new key is young");
}

#[actix_web::test]
async fn whoever_holds_the_lease_keeps_others_away_until_it_runs_out() {
    let scene = Scene::new().await;
    scene.start().await;
    let now = scene.clock.now();
    let taken = scene.app.app.database.write(move |connection| {
        Ok((leases::take(connection, "rotation", "somebody else", now, std::time::Duration::from_secs(30))?, vec![]))
    });
    assert!(taken.await.unwrap());
    let mut driver = Driver::new(&scene.app.app);
    driver.round(&scene.app.app).await;
    assert_eq!(scene.newest().await.step, Step::Intended);
    scene.clock.advance(TimeDelta::seconds(30));
    driver.round(&scene.app.app).await;
    assert_eq!(scene.newest().await.step, Step::Created);
}

#[actix_web::test]
async fn an_access_key_that_is_rotated_stays() {
    let scene = Scene::new().await;
    let session = scene.app.key_id("session user").await;
    scene.app.sql("DELETE FROM connectors").await;
    let begun = rotation::start(&scene.app.app, &world::setter(), &session, &Confirmed::default()).await.unwrap();
    assert_eq!(begun, Begun::Started);
    let refused = keys::delete(&scene.app.app, &world::setter(), &session, None).await;
    assert!(matches!(refused, Err(PortalError::Invalid(_))), "{refused:?}");
}
