//! Callers that each send one request after the other, and what came of it.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::http::{Connection, Request};
use crate::server::cpu;

/// What a run gave.
#[derive(Default)]
pub struct Run {
    /// CPU of the measured process, in µs for each request.
    pub cpu: f64,
    /// Answers a second.
    pub rate: f64,
    /// Half of the answers came within this time, in ms.
    pub p50: f64,
    /// 99 of 100 did, in ms.
    pub p99: f64,
    /// The answers' number.
    pub answers: usize,
}

/// Who is measured, for how long, by how many callers.
#[derive(Clone, Copy)]
pub struct Plan {
    pub process: u32,
    pub callers: usize,
    pub time: Duration,
}

impl Plan {
    /// Runs `caller` for each caller until the time is over; it gives the times of its answers.
    pub async fn run<F>(self, caller: impl Fn(usize, Instant) -> F) -> Run
    where
        F: Future<Output = Vec<Duration>> + Send + 'static,
    {
        let (before, start) = (cpu(self.process), Instant::now());
        let end = start + self.time;
        let callers: Vec<_> = (0..self.callers).map(|number| tokio::spawn(caller(number, end))).collect();
        let (mut times, mut answers) = (Vec::new(), 0);
        for caller in callers {
            let own = caller.await.expect("a caller");
            answers += own.len();
            // All callers begin at the same moment, and connections may have to be opened first: of the waits, the first does not
            // count.
            times.extend(own.into_iter().skip(1));
        }
        let (spent, wall) = (cpu(self.process) - before, start.elapsed());
        times.sort_unstable();
        let at = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1e3;
        Run {
            cpu: spent.as_secs_f64() * 1e6 / answers as f64,
            rate: answers as f64 / wall.as_secs_f64(),
            p50: at(50),
            p99: at(99),
            answers,
        }
    }

    /// Sends `requests` to `address`, each caller one of them, on a connection of its own.
    pub async fn http(self, address: &str, requests: &Arc<Vec<Request>>) -> Run {
        self.run(|number, end| {
            let (address, requests) = (address.to_owned(), requests.clone());
            async move {
                let request = &requests[number % requests.len()];
                let mut connection = Connection::open(&address).await.expect("a connection");
                let mut times = Vec::with_capacity(16 * 1024);
                while Instant::now() < end {
                    let start = Instant::now();
                    connection.send(request).await.expect("the right answer");
                    times.push(start.elapsed());
                }
                times
            }
        })
        .await
    }
}

/// The middle one of an odd number of values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
