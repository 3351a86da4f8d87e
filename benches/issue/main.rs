//! Measures issuing against a bare loop around the AWS SDK that makes the same calls: `cargo bench --bench issue`.
//!
//! Sandbox, portal and callers are three processes on this machine. What is compared runs in turns, several times over,
//! and the middle values and their ratios are printed: on a busy machine the ratios still hold, the rates do not.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark"
)]

mod bare;
mod beside;
mod http;
mod load;
mod report;
mod scene;
mod server;
mod world;

use std::time::{Duration, Instant};

use bare::Bare;
use load::{Plan, Run};
use report::Table;
use scene::Scene;
use server::memory;

/// How often everything is measured; odd, so that there is a middle.
const ROUNDS: usize = 5;
const SHORT: Duration = Duration::from_millis(1500);
const LONG: Duration = Duration::from_millis(2500);

#[tokio::main]
async fn main() {
    // Run by `cargo test --benches` it only shows that it can be built.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let begun = Instant::now();
    let scene = Scene::set().await;
    if let Some(name) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')) {
        return one(&scene, &name).await;
    }
    let bare = Bare::new(&scene.sts);
    let own = std::process::id();
    let plan = |process, callers, time| Plan { process, callers, time };
    let portal = |callers| plan(scene.portal.id(), callers, SHORT);
    let loops = |callers| plan(own, callers, SHORT);

    // Connections are made and caches filled before anything counts.
    bare.own(plan(own, 16, SHORT / 3)).await;
    scene.http(portal(16), &scene.issue).await;

    let mut quick = Table::new([
        "bare",
        "bare, one key",
        "issue",
        "issue, native",
        "issue, kept",
        "console link",
        "link, native",
        "page",
        "page, compressed",
    ]);
    let mut crowd = Table::new(["bare", "issue"]);
    for _ in 0..ROUNDS {
        quick.add([
            bare.own(loops(16)).await,
            bare.same(loops(16)).await,
            scene.http(portal(16), &scene.issue).await,
            scene.http(portal(16), &scene.native).await,
            scene.http(portal(16), &scene.kept).await,
            scene.http(portal(16), &scene.console).await,
            scene.http(portal(16), &scene.links).await,
            scene.http(portal(16), &scene.page).await,
            scene.http(portal(16), &scene.compressed).await,
        ]);
        crowd.add([bare.own(loops(64)).await, scene.http(portal(64), &scene.issue).await]);
    }
    let pages = scene.http(portal(64), &scene.page).await;

    scene.latency(40).await;
    let mut late = Table::new(["bare", "issue", "issue, native", "issue, kept"]);
    for _ in 0..ROUNDS {
        let time = LONG;
        late.add([
            bare.same(plan(own, 64, time)).await,
            scene.http(plan(scene.portal.id(), 64, time), &scene.issue).await,
            scene.http(plan(scene.portal.id(), 64, time), &scene.native).await,
            scene.http(plan(scene.portal.id(), 64, time), &scene.kept).await,
        ]);
    }
    let trouble = beside::measure(&scene, portal_late(&scene), ROUNDS).await;
    let people = scene.http(plan(scene.portal.id(), 1000, LONG * 2), &scene.mixed).await;
    let loaded = memory(scene.portal.id());

    let unit = quick.median("bare", |run: &Run| run.cpu);
    println!("\nF (CPU of a bare call, own credentials for each) = {unit:.0} µs\n");
    quick.print("16 callers, AWS answers at once", "bare", unit);
    crowd.print("64 callers, AWS answers at once", "bare", unit);
    late.print("64 callers, AWS answers after 40 ms (the bare loop with one key)", "bare", unit);
    trouble.print("16 callers beside another account's trouble, AWS answers after 40 ms", "alone", unit);
    report::goals(&report::Figures {
        quick,
        late,
        trouble,
        pages,
        people,
        idle: scene.idle,
        loaded,
        start: scene.start,
    });
    println!("\n{} s in all", begun.elapsed().as_secs());
}

/// 16 callers of the portal while AWS answers late: they leave the machine time to spare.
fn portal_late(scene: &Scene) -> Plan {
    Plan { process: scene.portal.id(), callers: 16, time: LONG }
}

/// One thing alone for a while, for a profiler: `cargo bench --bench issue -- page 60` (seconds).
async fn one(scene: &Scene, name: &str) {
    let time = std::env::args().filter_map(|argument| argument.parse().ok()).next();
    let time = Duration::from_secs(time.unwrap_or(15));
    if name == "bare" {
        let run = Bare::new(&scene.sts).own(Plan { process: std::process::id(), callers: 16, time }).await;
        return println!("{name}: {:.1} µs of CPU, {:.0} a second, p50 {:.2} ms", run.cpu, run.rate, run.p50);
    }
    let requests = match name {
        "issue" => &scene.issue,
        "native" => &scene.native,
        "kept" => &scene.kept,
        "console" => &scene.console,
        "links" => &scene.links,
        "page" => &scene.page,
        "compressed" => &scene.compressed,
        "mixed" => &scene.mixed,
        _ => panic!("say bare, issue, native, kept, console, links, page, compressed or mixed"),
    };
    let plan = Plan { process: scene.portal.id(), callers: 16, time };
    println!("process {}, {:.1} MiB", plan.process, scene.idle);
    let run = scene.http(plan, requests).await;
    let memory = memory(plan.process);
    println!("{name}: {:.1} µs of CPU, {:.0} a second, p50 {:.2} ms, {memory:.1} MiB", run.cpu, run.rate, run.p50);
}
