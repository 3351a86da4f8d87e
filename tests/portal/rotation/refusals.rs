//! What stands in the way of a rotation, and what a person may say to it.

use super::*;
use crate::support::world::{ROOT_KEY_ID, ROOT_SECRET, SECRET};

const OTHER: &str = "FAKESECONDKEY0000001";

fn second(active: bool) -> Key {
    Key { active, ..Key::new(OTHER, "fake-secret-of-the-second-key-not-real-0") }
}

impl Scene {
    async fn refused(&self) -> String {
        match self.begin(Confirmed::default()).await {
            Err(PortalError::Invalid(errors)) => errors.get("").unwrap().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    fn nothing_was_touched(&self) {
        for action in ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"] {
            assert_eq!(self.app.sandbox.counters().of(action).served, 0, "{action}");
        }
    }
}

#[actix_web::test]
async fn somebody_else_uses_the_key() {
    let scene = Scene::new().await;
    scene.app.sandbox.use_key(KEY_ID, "s3", "eu-central-1");
    let Begun::Asks(questions) = scene.begin(Confirmed::default()).await.unwrap() else { panic!("it began") };
    let [Question::OtherUse(sentence)] = questions.as_slice() else { panic!("{questions:?}") };
    assert!(sentence.contains("Somebody else uses this key") && sentence.contains("s3"), "{sentence}");
    scene.nothing_was_touched();
    assert_eq!(scene.rows().await, ["rotation.start refused other_use"]);
    let confirmed = Confirmed { other_use: true, delete_key: None };
    assert_eq!(scene.begin(confirmed).await.unwrap(), Begun::Started);
    assert_eq!(scene.to_the_end().await.step, Step::Done);
    scene.one_working_key().await;
}

#[actix_web::test]
async fn two_keys_stop_it_unless_one_is_a_leftover_that_may_go() {
    let scene = Scene::new().await;
    scene.add_at_aws(second(true));
    let sentence = scene.refused().await;
    assert!(sentence.contains("second active key") && sentence.contains(OTHER), "{sentence}");
    // Active, it is not deleted even where its id was confirmed.
    let confirmed = Confirmed { other_use: true, delete_key: Some(OTHER.to_owned()) };
    assert!(scene.begin(confirmed.clone()).await.is_err());
    scene.nothing_was_touched();

    let mut world = scene.app.sandbox.world();
    world.accounts[0].users[0].keys[1].active = false;
    scene.app.sandbox.replace(world);
    let Begun::Asks(questions) = scene.begin(Confirmed::default()).await.unwrap() else { panic!("it began") };
    assert!(matches!(questions.as_slice(), [Question::Leftover(id, _)] if id == OTHER), "{questions:?}");
    let another = Confirmed { delete_key: Some("FAKETHIRDKEY00000001".to_owned()), ..Confirmed::default() };
    assert!(matches!(scene.begin(another).await.unwrap(), Begun::Asks(_)));
    scene.nothing_was_touched();
    assert_eq!(scene.begin(confirmed).await.unwrap(), Begun::Started);
    assert_eq!(scene.newest().await.seen_key_ids, [KEY_ID, OTHER]);
    assert_eq!(scene.to_the_end().await.step, Step::Done);
    scene.one_working_key().await;
}

#[actix_web::test]
async fn a_missing_permission_is_explained() {
    let scene = Scene::new().await;
    let mut world = scene.app.sandbox.world();
    world.accounts[0].users[0].may_rotate = false;
    scene.app.sandbox.replace(world.clone());
    let sentence = scene.refused().await;
    assert!(sentence.contains("(AccessDenied)") && sentence.contains("Add the policy"), "{sentence}");
    assert_eq!(scene.rows().await, ["rotation.start refused aws:AccessDenied"]);
    let ada = scene.app.administrator().await;
    let page = ada.post(&format!("/admin/access-keys/{}/rotate", scene.key), &[("action", "start")]).await;
    page.is(422).says("Add the policy on this page").says("iam:CreateAccessKey");
    page.says("arn:aws:iam::123456789012:user/broker");

    // In the middle: it stops, says why, and goes on once the permission is there.
    for (at, action) in ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"].into_iter().enumerate() {
        world.accounts[0].users[0].may_rotate = true;
        if at == 0 {
            scene.app.sandbox.replace(world.clone());
            scene.start().await;
        }
        scene.app.sandbox.fault(Fault::of(action, FaultKind::AccessDenied));
        let stopped = scene.to_the_end().await;
        assert!(stopped.trouble.unwrap().contains("Add the policy"), "{action}");
        // The first session ended during the graces.
        let ada = scene.app.sign_in("ada").await;
        let page = ada.get(&format!("/admin/access-keys/{}/rotate", scene.key)).await;
        page.is(200).says("Stopped").says("AccessDenied").says("iam:DeleteAccessKey");
        scene.app.sandbox.clear_faults();
        rotation::go_on(&scene.app.app, &world::setter(), &scene.key).await.unwrap();
    }
    assert_eq!(scene.to_the_end().await.step, Step::Done);
    scene.one_working_key().await;
}

#[actix_web::test]
async fn only_an_iam_users_own_long_term_key_is_rotated() {
    let scene = Scene::new().await;
    scene.app.sql("UPDATE access_keys SET arn = NULL").await;
    assert!(scene.refused().await.contains("never asked"));
    scene.app.sql("UPDATE access_keys SET arn = 'arn:aws:iam::123456789012:root'").await;
    assert!(scene.refused().await.contains("root user"));
    scene.app.sql("UPDATE access_keys SET arn = 'arn:aws:sts::123456789012:assumed-role/A/b'").await;
    assert!(scene.refused().await.contains("Only an IAM user's"));
    scene.app.sql("UPDATE access_keys SET source = 'container'").await;
    assert!(scene.refused().await.contains("Only long-term keys"));
    scene.app.sql("UPDATE access_keys SET source = 'long_term', arn = 'arn:aws:iam::123456789012:user/broker'").await;
    let away = scene.app.folder.path().join("away");
    std::fs::rename(scene.app.keys(), &away).unwrap();
    assert!(scene.refused().await.contains("Put the key file back"));
    std::fs::rename(&away, scene.app.keys()).unwrap();
    assert!(!ROOT_KEY_ID.is_empty() && !ROOT_SECRET.is_empty());
    scene.nothing_was_touched();
    scene.start().await;
    assert!(scene.refused().await.contains("being rotated already"));
    let reasons: Vec<String> = scene.rows().await;
    for reason in ["unverified", "root_key", "not_user", "not_long_term", "closed", "rotating"] {
        assert!(reasons.contains(&format!("rotation.start refused {reason}")), "{reason}: {reasons:?}");
    }
}

#[actix_web::test]
async fn the_secret_stays_while_it_is_rotated() {
    let scene = Scene::new().await;
    let ada = scene.app.administrator().await;
    let path = format!("/admin/access-keys/{}", scene.key);
    let version = ada.get(&path).await.value_of("version").unwrap();
    scene.start().await;
    let form = |name, secret| {
        let version = version.as_str();
        [("name", name), ("key_id", KEY_ID), ("secret", secret), ("partition", "aws"), ("version", version)]
    };
    let page = ada.post(&path, &form("broker", SECRET)).await;
    page.is(422).says("This access key is being rotated");
    let page = ada.post(&format!("{path}/delete"), &[]).await;
    assert!(page.status == 422 || page.status == 409, "{}", page.text());
    // Its name may change at any moment, and the rotation does not undo that.
    ada.post(&path, &form("renamed", "")).await.is(303);
    assert_eq!(scene.to_the_end().await.step, Step::Done);
    assert_eq!(scene.app.key_id("renamed").await, scene.key);
    scene.one_working_key().await;
}

/// A key at AWS that looks as if a process had died between making and keeping it.
async fn orphaned() -> (Scene, String) {
    let scene = Scene::new().await;
    scene.start().await;
    scene.app.sandbox.fault(Fault::of("CreateAccessKey", FaultKind::Reset).after().times(1));
    assert!(matches!(scene.step().await, Progress::Waits(_)));
    let orphan = scene.at_aws()[1].0.clone();
    assert!(scene.newest().await.new_key_id.is_none());
    (scene, orphan)
}

#[actix_web::test]
async fn an_orphan_is_deleted_after_two_looks_a_minute_apart() {
    let (scene, orphan) = orphaned().await;
    assert!(matches!(scene.next().await, Progress::Waits(_)));
    let noted = scene.newest().await;
    assert_eq!(noted.orphan.as_ref().unwrap().0, orphan);
    assert_eq!(noted.not_before, scene.clock.now() + TimeDelta::minutes(1));
    scene.clock.advance(TimeDelta::seconds(59));
    assert!(matches!(scene.step().await, Progress::Waits(_)));
    assert_eq!(scene.at_aws().len(), 2);
    scene.clock.advance(TimeDelta::seconds(1));
    assert_eq!(scene.step().await, Progress::Took(Step::Intended));
    assert_eq!(scene.at_aws().len(), 1);
    let rotation = scene.to_the_end().await;
    assert_eq!(rotation.step, Step::Done);
    assert_ne!(rotation.new_key_id.as_ref(), Some(&orphan));
    scene.one_working_key().await;
}

#[actix_web::test]
async fn what_may_be_somebody_elses_is_never_deleted() {
    for (case, word) in [("used", "has been used"), ("older", "older than"), ("several", "may be somebody else's")] {
        let (scene, orphan) = orphaned().await;
        match case {
            "used" => scene.app.sandbox.use_key(&orphan, "s3", "us-east-1"),
            "older" => {
                let mut world = scene.app.sandbox.world();
                world.accounts[0].users[0].keys[1].created_at -= TimeDelta::minutes(1);
                scene.app.sandbox.replace(world);
            }
            _ => scene.add_at_aws(Key { created_at: Clock::system().now(), ..second(true) }),
        }
        let stopped = scene.to_the_end().await;
        let sentence = stopped.trouble.clone().unwrap();
        assert!(sentence.contains(word) && sentence.contains(&orphan), "{case}: {sentence}");
        assert!(scene.at_aws().len() >= 2, "{case}");
        assert_eq!(scene.app.sandbox.counters().of("DeleteAccessKey").served, 0, "{case}");
        assert_eq!(scene.in_use().await, KEY_ID);
        if case != "several" {
            // Given up, with the key left alone: that is asked once more.
            rotation::abandon(&scene.app.app, &world::setter(), &scene.key).await.unwrap();
            assert!(scene.to_the_end().await.trouble.is_some(), "{case}");
            rotation::go_on(&scene.app.app, &world::setter(), &scene.key).await.unwrap();
            let ended = scene.to_the_end().await;
            assert_eq!((ended.step, ended.trouble), (Step::Abandoned, None), "{case}");
            assert_eq!(scene.at_aws().len(), 2, "{case}");
        }
    }
}

#[actix_web::test]
async fn a_key_that_was_seen_before_is_no_orphan() {
    let scene = Scene::new().await;
    scene.start().await;
    // Somebody makes a key by hand once the intent is written down, and uses it.
    scene.add_at_aws(Key { created_at: Clock::system().now(), ..second(true) });
    scene.app.sandbox.use_key(OTHER, "s3", "us-east-1");
    assert_eq!(scene.step().await, Progress::Stopped);
    assert!(scene.at_aws().iter().any(|(id, _)| id == OTHER));
}

#[actix_web::test]
async fn given_up_at_each_step() {
    // Before anything was made.
    let scene = Scene::new().await;
    scene.start().await;
    let abandon = async |scene: &Scene| rotation::abandon(&scene.app.app, &world::setter(), &scene.key).await;
    abandon(&scene).await.unwrap();
    assert!(matches!(scene.step().await, Progress::Waits(_)), "a key that is being made just now would show");
    assert_eq!(scene.to_the_end().await.step, Step::Abandoned);
    scene.one_working_key().await;
    // With an orphan.
    let (scene, _) = orphaned().await;
    abandon(&scene).await.unwrap();
    assert_eq!(scene.to_the_end().await.step, Step::Abandoned);
    assert_eq!(scene.in_use().await, KEY_ID);
    scene.one_working_key().await;
    // With the new key kept.
    let scene = Scene::new().await;
    scene.start().await;
    scene.step().await;
    abandon(&scene).await.unwrap();
    assert_eq!(scene.to_the_end().await.step, Step::Abandoned);
    assert_eq!(scene.in_use().await, KEY_ID);
    scene.one_working_key().await;
    // With the new key in use there is only the way forward.
    scene.start().await;
    scene.step().await;
    scene.next().await;
    assert!(matches!(abandon(&scene).await, Err(PortalError::Invalid(_))));
    assert_eq!(scene.to_the_end().await.step, Step::Done);
    scene.one_working_key().await;
}

#[actix_web::test]
async fn an_old_key_that_somebody_needs_again_is_not_deleted() {
    let scene = Scene::new().await;
    scene.start().await;
    scene.step().await;
    scene.next().await;
    scene.next().await;
    let mut world = scene.app.sandbox.world();
    world.accounts[0].users[0].keys[0].active = true;
    scene.app.sandbox.replace(world);
    let stopped = scene.to_the_end().await;
    assert!(stopped.trouble.unwrap().contains("made active again"));
    assert_eq!(scene.at_aws().len(), 2);
    rotation::go_on(&scene.app.app, &world::setter(), &scene.key).await.unwrap();
    assert_eq!(scene.next().await, Progress::Took(Step::Deactivated));
    assert_eq!(scene.to_the_end().await.step, Step::Done);
    scene.one_working_key().await;
}

/// Where AWS refuses for good there is a way out, and it leaves the key that is in use alone.
#[actix_web::test]
async fn a_rotation_that_cannot_end_is_ended_as_it_is() {
    let abandon = async |scene: &Scene| rotation::abandon(&scene.app.app, &world::setter(), &scene.key).await;
    // Somebody deletes the only key at AWS.
    let scene = Scene::new().await;
    scene.start().await;
    assert!(matches!(
        rotation::go_on(&scene.app.app, &world::setter(), &scene.key).await,
        Err(PortalError::Invalid(_))
    ));
    let mut world = scene.app.sandbox.world();
    world.accounts[0].users[0].keys.clear();
    scene.app.sandbox.replace(world);
    assert_eq!(scene.step().await, Progress::Stopped);
    assert!(scene.newest().await.trouble.unwrap().contains("InvalidClientTokenId"));
    abandon(&scene).await.unwrap();
    assert_eq!(scene.step().await, Progress::Stopped);
    let ada = scene.app.administrator().await;
    let path = format!("/admin/access-keys/{}/rotate", scene.key);
    ada.get(&path).await.is(200).says("End it as it is");
    ada.post(&path, &[("action", "abandon")]).await.leads_to(&path);
    assert_eq!(scene.newest().await.step, Step::Abandoned);
    assert_eq!(scene.app.last_row().await.0, "rotation.end");

    // AWS no longer lets the old key be made inactive.
    let scene = Scene::new().await;
    scene.start().await;
    scene.step().await;
    scene.next().await;
    scene.app.sandbox.fault(Fault::of("UpdateAccessKey", FaultKind::AccessDenied));
    let stopped = scene.to_the_end().await;
    abandon(&scene).await.unwrap();
    assert_eq!(scene.newest().await.step, Step::Abandoned);
    assert_eq!(Some(scene.in_use().await), stopped.new_key_id);
    let alice = scene.app.sign_in("member-of-ops").await;
    scene.issue(&alice).await;
}
