//! How long the check of a session policy takes: `cargo bench --bench policy` prints microseconds.

#![allow(missing_docs, clippy::print_stdout, reason = "a benchmark")]

use std::hint::black_box;
use std::time::Instant;

use daypass::model::partition::Partition;
use daypass::model::policy::{LONGEST, check};

const ROUNDS: usize = 2_000;

/// A policy of exactly [`LONGEST`] characters that is full of `part`.
fn full_of(before: &str, part: &str, after: &str) -> String {
    let mut text = before.to_owned();
    while text.len() + part.len() + after.len() <= LONGEST {
        text.push_str(part);
    }
    text.push_str(after);
    text.push_str(&" ".repeat(LONGEST - text.len()));
    text
}

fn main() {
    let actions = full_of(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":["s3:GetObject""#,
        r#","s3:Get*""#,
        "]}]}",
    );
    let compared = full_of(
        r#"{"Statement":[{"Effect":"Deny","Resource":"*","Action":["x:*a*a*a*b","y:*a*a*b"]},{"Effect":"Allow","Resource":"*","Action":["x:a""#,
        r#","x:aaaaaaaaaa""#,
        "]}]}",
    );
    let wrong = full_of(r#"{"Statement":[{"Effect":"Allow","Resource":"*","Action":["x""#, r#","x""#, "]}]}");
    for (name, text) in [("many actions", actions), ("allow against deny", compared), ("many errors", wrong)] {
        let mut times: Vec<u128> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                black_box(check(black_box(&text), Some(Partition::Aws)));
                start.elapsed().as_micros()
            })
            .collect();
        times.sort_unstable();
        println!(
            "{name}: {} characters, median {} µs, p99 {} µs",
            text.len(),
            times[ROUNDS / 2],
            times[ROUNDS * 99 / 100]
        );
    }
}
