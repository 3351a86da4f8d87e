//! Rotation of access keys: the steps one by one against the sandbox, on a clock that the test sets.

mod killed;
mod live;
mod page;
mod refusals;
mod replicas;

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::model::rotation::{Rotation, Step};
use daypass::portal::rotation::{self, Begun, Confirmed, Progress, Question};
use daypass::portal::{PortalError, instance};
use daypass::sandbox::{Fault, FaultKind, Key};
use daypass::store::{access_keys, rotations};

use crate::support::world::{self, KEY_ID};
use crate::support::{Person, TestApp};

/// A portal with the sample key `broker`, on a clock of the test's own.
pub struct Scene {
    pub app: TestApp,
    pub clock: Clock,
    pub key: String,
}

impl Scene {
    pub async fn new() -> Self {
        let clock = Clock::fixed(Clock::system().now());
        let app = TestApp::builder().clock(clock.clone()).aws_clock(Clock::system()).start().await;
        world::fill(&app).await;
        instance::adopt(&app.app).await.unwrap();
        let key = app.key_id("broker").await;
        Self { app, clock, key }
    }

    pub async fn begin(&self, confirmed: Confirmed) -> Result<Begun, PortalError> {
        rotation::start(&self.app.app, &world::setter(), &self.key, &confirmed).await
    }

    pub async fn start(&self) {
        assert_eq!(self.begin(Confirmed::default()).await.unwrap(), Begun::Started);
    }

    pub async fn newest(&self) -> Rotation {
        let key = self.key.clone();
        let read = self.app.app.database.read(move |connection| rotations::of_access_key(connection, &key, 1));
        read.await.unwrap().remove(0)
    }

    pub async fn step(&self) -> Progress {
        rotation::step(&self.app.app, &self.newest().await.id).await.unwrap()
    }

    /// Waits as long as the rotation does, then takes a step.
    pub async fn next(&self) -> Progress {
        let wait = self.newest().await.not_before - self.clock.now();
        self.clock.advance(wait.max(TimeDelta::zero()));
        self.step().await
    }

    /// Steps until one has to be looked at by a person, or the end.
    pub async fn to_the_end(&self) -> Rotation {
        for _ in 0..40 {
            if matches!(self.next().await, Progress::Ended | Progress::Stopped) {
                return self.newest().await;
            }
        }
        panic!("no end: {:?}", self.newest().await)
    }

    /// The keys of the broker at AWS, as (id, active).
    pub fn at_aws(&self) -> Vec<(String, bool)> {
        self.keys().into_iter().map(|key| (key.id, key.active)).collect()
    }

    pub fn keys(&self) -> Vec<Key> {
        self.app.sandbox.world().accounts[0].users[0].keys.clone()
    }

    /// Puts another key beside the broker's.
    pub fn add_at_aws(&self, key: Key) {
        let mut world = self.app.sandbox.world();
        world.accounts[0].users[0].keys.push(key);
        self.app.sandbox.replace(world);
    }

    /// The key id that the portal calls AWS with.
    pub async fn in_use(&self) -> String {
        let id = self.key.clone();
        self.app.app.database.read(move |connection| access_keys::find(connection, &id)).await.unwrap().key_id
    }

    pub async fn issue(&self, person: &Person) {
        let page = person.post("/connectors/read-only/credentials", &[]).await;
        page.is(200);
    }

    /// The end that every rotation has to have: one key, at AWS and here, that works.
    pub async fn one_working_key(&self) {
        let at_aws = self.at_aws();
        assert_eq!(at_aws.len(), 1, "{at_aws:?}");
        assert_eq!(at_aws[0], (self.in_use().await, true));
        let person = self.app.sign_in("member-of-ops").await;
        self.issue(&person).await;
    }

    /// Kind, outcome and reason of the rows about rotations, oldest first, as far as they are no steps that went well.
    pub async fn rows(&self) -> Vec<String> {
        let events = self.app.events().await.into_iter().rev().map(|row| row.event);
        let rows = events.filter(|event| event.kind.starts_with("rotation."));
        rows.map(|event| format!("{} {} {}", event.kind, event.outcome, event.reason).trim().to_owned()).collect()
    }
}

#[actix_web::test]
async fn step_by_step_to_one_new_key() {
    let scene = Scene::new().await;
    let alice = scene.app.sign_in("member-of-ops").await;
    scene.start().await;
    let rotation = scene.newest().await;
    assert_eq!((rotation.step, rotation.seen_key_ids.as_slice()), (Step::Intended, [KEY_ID.to_owned()].as_slice()));
    assert_eq!(scene.app.sandbox.counters().of("CreateAccessKey").served, 0, "written down before");
    scene.issue(&alice).await;

    assert_eq!(scene.step().await, Progress::Took(Step::Created));
    let created = scene.newest().await;
    let new = created.new_key_id.clone().unwrap();
    assert_eq!(scene.at_aws(), [(KEY_ID.to_owned(), true), (new.clone(), true)]);
    assert_eq!(scene.in_use().await, KEY_ID);
    assert_eq!(scene.step().await, Progress::Waits(created.not_before));
    scene.issue(&alice).await;

    assert_eq!(scene.next().await, Progress::Took(Step::Switched));
    assert_eq!(scene.in_use().await, new);
    scene.issue(&alice).await;
    scene.clock.advance(TimeDelta::minutes(59));
    assert!(matches!(scene.step().await, Progress::Waits(_)), "the grace is an hour");
    assert_eq!(scene.next().await, Progress::Took(Step::Deactivated));
    assert_eq!(scene.at_aws(), [(KEY_ID.to_owned(), false), (new.clone(), true)]);
    assert!(matches!(scene.step().await, Progress::Waits(_)), "and once more");
    let alice = scene.app.sign_in("member-of-ops").await;
    scene.issue(&alice).await;
    assert_eq!(scene.next().await, Progress::Took(Step::Done));
    assert_eq!(scene.next().await, Progress::Ended);
    assert_eq!(scene.at_aws(), [(new, true)]);
    scene.one_working_key().await;

    let done = scene.newest().await;
    let taken: Vec<Step> = done.taken.iter().map(|(step, _)| *step).collect();
    assert_eq!(taken, [Step::Intended, Step::Created, Step::Switched, Step::Deactivated, Step::Done]);
    assert!(done.ended_at.is_some());
    let id = done.id.clone();
    let kept = scene.app.app.database.read(move |connection| rotations::new_secret(connection, &id)).await.unwrap();
    assert_eq!(kept, None, "the secret is at its own place alone");
    assert_eq!(
        scene.rows().await,
        ["rotation.start ok", "rotation.step ok", "rotation.step ok", "rotation.step ok", "rotation.end ok"]
    );
}

#[actix_web::test]
async fn a_new_key_is_used_once_aws_knows_it_everywhere() {
    let scene = Scene::new().await;
    scene.start().await;
    scene.step().await;
    scene.app.sandbox.fault(Fault::of("*", FaultKind::NewKeyUnknown).times(3));
    for _ in 0..3 {
        assert!(matches!(scene.next().await, Progress::Waits(_)));
        assert_eq!(scene.in_use().await, KEY_ID);
        assert!(scene.newest().await.failure.unwrap().contains("does not know the new key"));
    }
    assert_eq!(scene.next().await, Progress::Took(Step::Switched));
    assert_eq!(scene.to_the_end().await.step, Step::Done);
    scene.one_working_key().await;
}

#[actix_web::test]
async fn a_key_that_stays_unknown_is_asked_about_and_taken_away() {
    let scene = Scene::new().await;
    scene.start().await;
    scene.step().await;
    scene.app.sandbox.fault(Fault::of("*", FaultKind::NewKeyUnknown));
    let mut rounds = 0;
    while scene.next().await != Progress::Stopped && rounds < 100 {
        if scene.newest().await.trouble.is_some() {
            break;
        }
        rounds += 1;
    }
    let rotation = scene.newest().await;
    assert!(rotation.trouble.unwrap().contains("after ten minutes"));
    assert!(scene.clock.now() - rotation.step_at >= TimeDelta::minutes(10));
    rotation::abandon(&scene.app.app, &world::setter(), &scene.key).await.unwrap();
    assert_eq!(scene.to_the_end().await.step, Step::Abandoned);
    assert_eq!(scene.in_use().await, KEY_ID);
    scene.one_working_key().await;
}

#[actix_web::test]
async fn what_aws_has_done_already_is_no_failure() {
    let scene = Scene::new().await;
    scene.start().await;
    scene.step().await;
    scene.next().await;
    // The answers to both calls get lost; they are tried again, by the client or by the next step.
    for action in ["UpdateAccessKey", "DeleteAccessKey"] {
        scene.app.sandbox.fault(Fault::of(action, FaultKind::Reset).after().times(2));
    }
    assert_eq!(scene.to_the_end().await.step, Step::Done);
    scene.one_working_key().await;

    // Somebody deletes the old key by hand.
    scene.clock.advance(TimeDelta::hours(1));
    scene.start().await;
    scene.step().await;
    scene.next().await;
    let mut world = scene.app.sandbox.world();
    world.accounts[0].users[0].keys.remove(0);
    scene.app.sandbox.replace(world);
    assert_eq!(scene.next().await, Progress::Took(Step::Done));
    scene.one_working_key().await;
}

#[actix_web::test]
async fn aws_out_of_order_is_waited_out() {
    let scene = Scene::new().await;
    scene.start().await;
    for action in ["ListAccessKeys", "CreateAccessKey", "GetCallerIdentity", "UpdateAccessKey", "DeleteAccessKey"] {
        for kind in [FaultKind::InternalFailure, FaultKind::Throttling, FaultKind::CaptivePortal] {
            scene.app.sandbox.fault(Fault::of(action, kind).times(2));
        }
    }
    let rotation = scene.to_the_end().await;
    assert_eq!((rotation.step, rotation.trouble), (Step::Done, None));
    scene.one_working_key().await;
    let failed = scene.rows().await.into_iter().filter(|row| row.starts_with("rotation.step failed aws:")).count();
    assert!(failed >= 5, "{failed}");
}
