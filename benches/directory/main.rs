//! Measures directories at scale against the real slapd with 100,000 groups and 50,000 people: `cargo bench --bench
//! directory`. It needs OpenLDAP's `slapd` and `slapadd`, which `tests/run` installs.
//!
//! slapd, portal, sandbox and callers share this machine. What is compared runs in turns: trust ratios and medians, not rates.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark, which shares parts with another"
)]

mod content;
#[path = "../issue/http.rs"]
mod http;
mod lists;
#[path = "../issue/load.rs"]
mod load;
mod promise;
mod scene;
#[path = "../issue/server.rs"]
mod server;
mod sign_ins;
mod slapd;
mod telling;

use std::time::{Duration, Instant};

use slapd::Slapd;

/// How often what is compared is measured; odd, so that there is a middle.
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    // Run by `cargo test --benches` it only shows that it can be built.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let begun = Instant::now();
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| only == name);
    let folder = tempfile::tempdir().expect("a folder");
    let slapd = Slapd::start(folder.path()).await;
    if wanted("lists") {
        lists::measure(folder.path(), &slapd).await;
    }
    if wanted("sign-ins") {
        sign_ins::measure(folder.path(), &slapd).await;
    }
    if wanted("telling") {
        telling::measure(folder.path(), &slapd).await;
    }
    if wanted("promise") {
        promise::measure(folder.path(), &slapd).await;
    }
    println!("\n{} s in all", begun.elapsed().as_secs());
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Of sorted times the one that `part` of a hundred do not exceed, in ms.
fn at(times: &[Duration], part: usize) -> f64 {
    ms(times[(times.len() - 1) * part / 100])
}
