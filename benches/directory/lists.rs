//! S5: the list of all groups, the picker that searches it, and what a new list costs everybody else.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use daypass::clock::Clock;
use daypass::directory::{Directory, GroupIndex, Ldap, Members};

use crate::http::{Connection, Request};
use crate::load::median;
use crate::scene::{LONGEST, Scene};
use crate::server::memory;
use crate::slapd::Slapd;
use crate::{ROUNDS, at, content, ms};

/// How long requests are sent with, and without, a list being made.
const TIME: Duration = Duration::from_secs(6);
/// Requests a second of each caller: so few that the machine has time to spare.
const PACE: Duration = Duration::from_millis(40);
const CALLERS: usize = 4;

/// What somebody may type.
fn inputs() -> Vec<(&'static str, String)> {
    vec![
        ("nothing", String::new()),
        ("one letter", "e".to_owned()),
        ("a sign of all names", "-".to_owned()),
        ("a common beginning", "payments".to_owned()),
        ("a common part", "-admin-".to_owned()),
        ("capitals", "READONLY-EU".to_owned()),
        ("a whole name", content::group(99_999)),
        ("a rare part", "99999".to_owned()),
        ("no hit", "zzz-nowhere".to_owned()),
        ("almost a hit", "-eu-0999999".to_owned()),
        ("other letters", "ärzte".to_owned()),
        ("Chinese", "研发-audit".to_owned()),
        ("Cyrillic", "ГРУППА".to_owned()),
        ("a letter that grows", "İ".to_owned()),
        ("200 characters", "payments-".repeat(23)[..200].to_owned()),
        ("200 of one sign", "-".repeat(200)),
        ("200 Chinese signs", "研".repeat(200)),
    ]
}

pub async fn measure(folder: &Path, slapd: &Slapd) {
    println!("\nS5: {} groups", content::GROUPS);
    own(slapd).await;
    let few = Scene::set(folder, slapd, "small", "").await;
    let cookie = few.sign_in(1).await;
    few.once(&few.page("/", &cookie)).await;
    let without = memory(few.portal.id());
    drop(few);
    let scene = Scene::set(folder, slapd, "groups", "").await;
    let admin = scene.sign_in(0).await;
    listed(&scene, &admin).await;
    held(&scene, &admin, without).await;
    picker(&scene, &admin).await;
    beside(&scene, &admin).await;
}

/// The list by itself, in this process.
async fn own(slapd: &Slapd) {
    let ldap = Ldap::new(slapd.settings("groups"), Clock::system()).expect("settings");
    let members = Members::new(Directory::Ldap(Box::new(ldap)), Duration::from_secs(60));
    let (mut took, mut built) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        members.list_groups().await.expect("a list");
        took.push(start.elapsed().as_secs_f64());
        let groups = members.directory().all_groups().await.expect("groups");
        let start = Instant::now();
        let index = GroupIndex::new("corp", groups);
        built.push(ms(start.elapsed()));
        assert!(index.len() > content::GROUPS);
    }
    let listed = members.listed().expect("a list");
    let mib = listed.index.size() as f64 / 1024.0 / 1024.0;
    println!(
        "full list: {:.2} s (most {:.2}) · of that the index {:.0} ms · {} groups in {mib:.1} MiB",
        median(took.clone()),
        took.iter().copied().fold(0.0, f64::max),
        median(built),
        listed.index.len()
    );
    let mut worst = (0.0, "");
    for (kind, input) in inputs() {
        let mut times: Vec<Duration> = (0..200)
            .map(|_| {
                let start = Instant::now();
                assert!(std::hint::black_box(listed.index.find(&input)).len() <= 101);
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        if at(&times, 99) > worst.0 {
            worst = (at(&times, 99), kind);
        }
    }
    println!("search in it, the worst input ({}): p99 of 200 {:.2} ms", worst.1, worst.0);
}

/// Waits until the portal has its first list.
async fn listed(scene: &Scene, admin: &str) {
    let start = Instant::now();
    let mut connection = Connection::open(&scene.address).await.expect("the portal");
    let page = scene.page("/admin/directories", admin);
    loop {
        let answer = String::from_utf8_lossy(connection.send(&page).await.expect("the page")).into_owned();
        if !answer.contains("Not listed yet") {
            return;
        }
        assert!(start.elapsed() < LONGEST, "there is no list");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What the portal holds more than one with few groups, at rest and while it makes a new list.
async fn held(scene: &Scene, admin: &str, without: f64) {
    let process = scene.portal.id();
    let first = memory(process);
    let refresh = scene.refresh(admin);
    for _ in 0..3 {
        scene.once(&refresh).await;
    }
    let rest = memory(process);
    // The highest from here on (proc(5), clear_refs).
    std::fs::write(format!("/proc/{process}/clear_refs"), "5").expect("the highest is forgotten");
    let start = Instant::now();
    scene.once(&refresh).await;
    let took = start.elapsed();
    println!(
        "portal: {without:.1} MiB with few groups, {first:.1} after the first list, {rest:.1} after three more; most during a further one {:.1} (+{:.1}); that took {:.2} s",
        highest(process),
        highest(process) - rest,
        took.as_secs_f64()
    );
}

fn highest(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a running process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("it had memory");
    let kib: f64 = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number");
    kib / 1024.0
}

/// The picker's answers over HTTP.
async fn picker(scene: &Scene, admin: &str) {
    println!("| typed into the picker | p50 ms | p99 ms |\n|---|---|---|");
    let mut connection = Connection::open(&scene.address).await.expect("the portal");
    for (kind, input) in inputs() {
        let query = serde_urlencoded::to_string([("connector", scene.connector.as_str()), ("q", &input)]);
        let path = format!("/admin/permissions/groups?{}", query.expect("a query"));
        let request = scene.page(&path, admin);
        let mut times = Vec::new();
        for _ in 0..200 {
            let start = Instant::now();
            connection.send(&request).await.expect("the picker");
            times.push(start.elapsed());
        }
        times.sort_unstable();
        println!("| {kind} | {:.1} | {:.1} |", at(&times, 50), at(&times, 99));
    }
}

/// Requests while one list after the other is made, and while none is, in turns.
async fn beside(scene: &Scene, admin: &str) {
    let person = scene.sign_in(content::PEOPLE - 1).await;
    let all = [
        ("start page", vec![scene.page("/", &person)]),
        ("picker", vec![scene.page(&format!("/admin/permissions/groups?connector={}&q=ops", scene.connector), admin)]),
        ("sign-in", (100..100 + CALLERS).map(|number| scene.signing_in(number, &content::password(number))).collect()),
    ];
    println!(
        "| {CALLERS} callers, 25 a second each | p50 · p99 ms | while lists are made | ratios | lists |\n|---|---|---|---|---|"
    );
    for (name, requests) in all {
        let requests = Arc::new(requests);
        let (mut quiet, mut busy, mut lists) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            quiet.push(paced(scene, &requests).await);
            let stop = Arc::new(AtomicBool::new(false));
            let lister = lister(scene, admin, &stop);
            busy.push(paced(scene, &requests).await);
            stop.store(true, Ordering::Relaxed);
            lists += lister.await.expect("lists");
        }
        let of =
            |runs: &[(f64, f64)], p99: bool| median(runs.iter().map(|run| if p99 { run.1 } else { run.0 }).collect());
        let ratio = |p99: bool| {
            let pairs = quiet.iter().zip(&busy);
            median(pairs.map(|(quiet, busy)| if p99 { busy.1 / quiet.1 } else { busy.0 / quiet.0 }).collect())
        };
        println!(
            "| {name} | {:.1} · {:.1} | {:.1} · {:.1} | {:.2} · {:.2} | {lists} |",
            of(&quiet, false),
            of(&quiet, true),
            of(&busy, false),
            of(&busy, true),
            ratio(false),
            ratio(true)
        );
    }
}

/// Makes one list after the other until it is told to stop; how many there were.
fn lister(scene: &Scene, admin: &str, stop: &Arc<AtomicBool>) -> tokio::task::JoinHandle<usize> {
    let (stop, refresh, address) = (Arc::clone(stop), scene.refresh(admin), scene.address.clone());
    tokio::spawn(async move {
        let mut connection = Connection::open(&address).await.expect("the portal");
        let mut lists = 0;
        while !stop.load(Ordering::Relaxed) {
            connection.send(&refresh).await.expect("a list");
            lists += 1;
        }
        lists
    })
}

/// Median and 99th of a hundred, in ms.
async fn paced(scene: &Scene, requests: &Arc<Vec<Request>>) -> (f64, f64) {
    let end = Instant::now() + TIME;
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| {
            let (address, requests) = (scene.address.clone(), Arc::clone(requests));
            tokio::spawn(async move {
                let mut connection = Connection::open(&address).await.expect("the portal");
                let mut times = Vec::new();
                let mut next = tokio::time::interval(PACE);
                while Instant::now() < end {
                    next.tick().await;
                    let start = Instant::now();
                    connection.send(&requests[number % requests.len()]).await.expect("the right answer");
                    times.push(start.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for caller in callers {
        times.extend(caller.await.expect("a caller"));
    }
    times.sort_unstable();
    (at(&times, 50), at(&times, 99))
}
