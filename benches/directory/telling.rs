//! X5: whether the time of an answer tells that somebody exists.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use daypass::random;
use reqwest::header::{ORIGIN, RETRY_AFTER};

use crate::content::uid;
use crate::load::median;
use crate::ms;
use crate::scene::Scene;
use crate::slapd::Slapd;

/// Tries of each of the two kinds.
const TRIES: usize = 1000;
const CALLERS: usize = 16;

pub async fn measure(folder: &Path, slapd: &Slapd) {
    let scene = Arc::new(Scene::set(folder, slapd, "groups", "").await);
    // Each a name and an address of its own, so that no limit of tries is met; both kinds in turns.
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let scene = Arc::clone(&scene);
            tokio::spawn(async move { tries(&scene, (0..TRIES).skip(caller).step_by(CALLERS)).await })
        })
        .collect();
    let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
    for caller in callers {
        for (is_known, took) in caller.await.expect("a caller") {
            if is_known { wrong.push(ms(took)) } else { unknown.push(ms(took)) }
        }
    }
    let (one, other, auc) = (median(unknown.clone()), median(wrong.clone()), auc(&unknown, &wrong));
    println!("\nX5: {} tries, {CALLERS} at once", unknown.len() + wrong.len());
    println!(
        "unknown person p50 {one:.2} ms, wrong password p50 {other:.2} ms, {:.2} ms between; AUC {:.3}",
        (one - other).abs(),
        auc.max(1.0 - auc)
    );
}

async fn tries(scene: &Scene, numbers: impl Iterator<Item = usize>) -> Vec<(bool, Duration)> {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = client.build().expect("a client");
    let mut times = Vec::new();
    for number in numbers {
        // Which comes first must not tell either.
        let first = random::bytes::<1>()[0] & 1 == 0;
        for is_known in [first, !first] {
            let name = if is_known { uid(20_000 + number) } else { format!("q{number:05}") };
            let from = format!("10.{}.{}.{}", 50 + usize::from(is_known), number >> 8, number & 255);
            let form = [("username", name.as_str()), ("password", "fake wrong password")];
            let post = client.post(format!("http://{}/sign-in", scene.address)).form(&form);
            let post = post.header(ORIGIN, format!("http://{}", scene.address)).header("x-forwarded-for", from);
            let start = Instant::now();
            let answer = post.send().await.expect("an answer");
            let (status, late) = (answer.status(), answer.headers().contains_key(RETRY_AFTER));
            answer.bytes().await.expect("all of it");
            times.push((is_known, start.elapsed()));
            assert_eq!((status.as_u16(), late), (401, false));
        }
    }
    times
}

/// How often a time of one kind is above one of the other: the area under the curve of the classifier that looks at time
/// (Mann and Whitney's U).
fn auc(one: &[f64], other: &[f64]) -> f64 {
    let above = |a: f64, b: f64| {
        if a > b {
            1.0
        } else if a < b {
            0.0
        } else {
            0.5
        }
    };
    let sum: f64 = one.iter().map(|a| other.iter().map(|b| above(*a, *b)).sum::<f64>()).sum();
    sum / (one.len() * other.len()) as f64
}
