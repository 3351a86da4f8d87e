//! One account's trouble beside another's calls: what 40 callers of an account that hangs, or is throttled, cost the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use daypass::sandbox::SAMPLE_OTHER_KEY_ID;

use crate::http::{Connection, Request};
use crate::load::{Plan, Run};
use crate::report::Table;
use crate::scene::Scene;

/// How many callers are in trouble.
const TROUBLED: usize = 40;
/// What happens to their account.
const FAULTS: [&str; 2] = ["Hang", "Throttling"];

/// Runs of the same callers: alone, and beside each fault of the other account.
pub async fn measure(scene: &Scene, plan: Plan, rounds: usize) -> Table<3> {
    let mut table = Table::new(["alone", "beside 40 that hang", "beside 40 throttled"]);
    for _ in 0..rounds {
        let alone = scene.http(plan, &scene.issue).await;
        let hung = beside(scene, plan, FAULTS[0]).await;
        let throttled = beside(scene, plan, FAULTS[1]).await;
        table.add([alone, hung, throttled]);
    }
    table
}

async fn beside(scene: &Scene, plan: Plan, kind: &str) -> Run {
    let fault = format!(r#"{{"action":"AssumeRole","kind":"{kind}","accessKeyId":"{SAMPLE_OTHER_KEY_ID}"}}"#);
    scene.fault(&fault).await;
    let over = Arc::new(AtomicBool::new(false));
    let troubled: Vec<_> = (0..TROUBLED)
        .map(|number| {
            let request = scene.beside[number % scene.beside.len()].clone();
            tokio::spawn(ask(scene.address.clone(), request, over.clone()))
        })
        .collect();
    // All of them are under way before anything counts.
    tokio::time::sleep(plan.time / 3).await;
    let run = scene.http(plan, &scene.issue).await;
    over.store(true, Ordering::Relaxed);
    troubled.iter().for_each(tokio::task::JoinHandle::abort);
    scene.latency(40).await;
    run
}

/// Asks again and again, whatever the answer.
async fn ask(address: String, request: Request, over: Arc<AtomicBool>) {
    while !over.load(Ordering::Relaxed) {
        let mut connection = Connection::open(&address).await.expect("a connection");
        let _ = connection.send(&request).await;
    }
}
