//! `kill -9` of the real program at every call that a rotation makes at AWS, before and after AWS has done it, while a
//! program asks for credentials all the time: one working key is left, and nobody was refused.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use daypass::sandbox::{Fault, FaultKind, Key, SAMPLE_KEY_ID, SAMPLE_SECRET, Sandbox, World};
use tokio::task::JoinHandle;

use crate::support::served::Served;
use crate::support::sql::{connect, lines};
use crate::support::{Database, PASSWORD, Person, Program};
use daypass::clock::Clock;

/// The program with a short grace, AWS beside it, and somebody who asks all the time.
struct Victim {
    aws: Sandbox,
    served: Served,
    server: Option<Program>,
    key: String,
    load: JoinHandle<()>,
    stop: Arc<AtomicBool>,
    issued: Arc<AtomicUsize>,
}

const LONGEST: Duration = Duration::from_secs(150);

/// Asks over and over. Nobody answers while the program is down; whoever answers gives credentials.
async fn ask(url: String, token: String, stop: Arc<AtomicBool>, issued: Arc<AtomicUsize>) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = format!("{url}/api/v1/connectors/system/container-credentials");
    while !stop.load(Ordering::SeqCst) {
        let Ok(response) = http.get(&address).header("authorization", &token).send().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let status = response.status();
        let Ok(body) = response.text().await else { continue };
        assert_eq!(status, 200, "{body}");
        issued.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

impl Victim {
    async fn new(folder: &Path, database: Option<String>) -> Self {
        let mut world = World::sample();
        world.accounts[0].users[0].keys = vec![Key::new(SAMPLE_KEY_ID, SAMPLE_SECRET)];
        let aws = Sandbox::start(TcpListener::bind("127.0.0.1:0").unwrap(), world, Clock::system(), 1).await.unwrap();
        let served = Served::new(folder, &aws.sts_url(), database, "");
        let file = folder.join("daypass.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("retries = 1", "retries = 1\nrotation_grace = \"1s\"")).unwrap();
        let token = served.prepare().await;
        let server = served.start();
        let key = lines(&mut connect(&served.config), "SELECT id AS line FROM access_keys").remove(0);
        let (stop, issued) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let load = tokio::spawn(ask(served.url.clone(), token, stop.clone(), issued.clone()));
        Self { aws, served, server: Some(server), key, load, stop, issued }
    }

    async fn start_rotation(&self) {
        let ada = Person::new(&self.served.url);
        ada.post("/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.is(303);
        // The server adopts its database as soon as it serves.
        let path = format!("/admin/access-keys/{}/rotate", self.key);
        let deadline = Instant::now() + LONGEST;
        loop {
            let page = ada.post(&path, &[("action", "start")]).await;
            if page.status == 303 {
                return;
            }
            assert!(page.text().contains("No jobs run yet") && Instant::now() < deadline, "{}", page.text());
        }
    }

    fn kill(&mut self) {
        let server = self.server.take().unwrap();
        server.signal("KILL");
        assert_eq!(server.end().status, -9);
    }

    fn restart(&mut self) {
        self.server = Some(self.served.start());
    }

    fn step(&self) -> String {
        let query = "SELECT step || ' ' || COALESCE(trouble, '') AS line FROM rotations ORDER BY id DESC LIMIT 1";
        lines(&mut connect(&self.served.config), query).pop().unwrap_or_default()
    }

    async fn until(&self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + LONGEST;
        while !done(self) {
            assert!(Instant::now() < deadline, "never {what}: {}", self.step());
            assert!(!self.load.is_finished(), "somebody was refused");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The rotation comes to its end, with one key, and somebody was given credentials after it.
    async fn ends_well(self) {
        self.until("done", |victim| victim.step() == "done ").await;
        let before = self.issued.load(Ordering::SeqCst);
        self.until("issued after it", |victim| victim.issued.load(Ordering::SeqCst) > before + 3).await;
        let keys = self.aws.world().accounts[0].users[0].keys.clone();
        let kept = lines(&mut connect(&self.served.config), "SELECT key_id AS line FROM access_keys");
        assert_eq!(keys.iter().map(|key| key.id.clone()).collect::<Vec<_>>(), kept);
        assert!(keys[0].active && keys[0].id != SAMPLE_KEY_ID);
        self.stop.store(true, Ordering::SeqCst);
        self.load.await.expect("somebody was refused");
        self.aws.stop().await;
    }
}

/// Killed while AWS hangs in `action`; `after`: AWS has done it, and the answer never comes.
async fn killed_in(action: &str, after: bool, database: Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut victim = Victim::new(folder.path(), database).await;
    // The first list is asked by the page, before anything is written down: there the next one is meant.
    let listing = action == "ListAccessKeys";
    if listing {
        victim.start_rotation().await;
    }
    victim.aws.fault(Fault { after, ..Fault::of(action, FaultKind::Hang) });
    if !listing {
        victim.start_rotation().await;
    }
    let before = victim.aws.counters().of(action);
    victim
        .until(action, |victim| {
            let now = victim.aws.counters().of(action);
            now.refused + now.served > before.refused + before.served
        })
        .await;
    victim.kill();
    victim.aws.clear_faults();
    victim.restart();
    victim.ends_well().await;
}

#[actix_web::test]
async fn in_list() {
    killed_in("ListAccessKeys", false, None).await;
}

#[actix_web::test]
async fn before_create() {
    killed_in("CreateAccessKey", false, None).await;
}

#[actix_web::test]
async fn after_create() {
    killed_in("CreateAccessKey", true, None).await;
}

#[actix_web::test]
async fn in_the_proof() {
    killed_in("GetCallerIdentity", false, None).await;
}

#[actix_web::test]
async fn before_deactivation() {
    killed_in("UpdateAccessKey", false, None).await;
}

#[actix_web::test]
async fn after_deactivation() {
    killed_in("UpdateAccessKey", true, None).await;
}

#[actix_web::test]
async fn before_deletion() {
    killed_in("DeleteAccessKey", false, None).await;
}

#[actix_web::test]
async fn after_deletion() {
    killed_in("DeleteAccessKey", true, None).await;
}

#[actix_web::test]
async fn after_create_on_postgres() {
    let database = Database::create_postgres();
    killed_in("CreateAccessKey", true, database.url()).await;
}

/// Between calls and writes, wherever it happens to be: as each step shows in the database, and at moments in between.
#[actix_web::test]
async fn again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut victim = Victim::new(folder.path(), None).await;
    victim.aws.fault(Fault::latency(30));
    victim.start_rotation().await;
    for (round, step) in ["created ", "switched ", "deactivated "].into_iter().enumerate() {
        victim.until(step, |victim| victim.step() == step || victim.step() == "done ").await;
        victim.kill();
        victim.restart();
        // And once more while it is on its way to the next.
        tokio::time::sleep(Duration::from_millis(137 * (round as u64 + 1))).await;
        victim.kill();
        victim.restart();
    }
    victim.aws.clear_faults();
    victim.ends_well().await;
}
