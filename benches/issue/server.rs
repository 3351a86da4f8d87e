//! Daypass's own processes, and what they cost.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http::{Connection, Request};

/// A process that ends when this value does.
pub struct Process {
    child: Child,
    /// What it printed first.
    pub first_line: String,
    started: Instant,
}

impl Process {
    /// Starts `daypass` and waits for its first line.
    #[allow(clippy::disallowed_methods, reason = "the benchmark measures other processes; the server starts none")]
    pub fn start(arguments: &[&str]) -> Self {
        let started = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_daypass"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut first_line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut first_line).expect("it prints a line");
        Self { child, first_line, started }
    }

    /// The time from its start to its first answer to `request`.
    pub async fn first_answer(&self, address: &str, request: &Request) -> Duration {
        loop {
            if let Ok(mut connection) = Connection::open(address).await
                && connection.send(request).await.is_ok()
            {
                return self.started.elapsed();
            }
            assert!(self.started.elapsed() < Duration::from_secs(20), "{address} does not answer");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The CPU time that a process has used so far, user and system (proc(5): fields 14 and 15 of `stat`, in ticks; Linux
/// gives programs 100 a second on every architecture).
pub fn cpu(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("a running process");
    // The name in brackets may hold blanks.
    let fields: Vec<&str> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
    let ticks = |field: usize| fields[field - 3].parse::<u64>().expect("a number");
    Duration::from_millis((ticks(14) + ticks(15)) * 10)
}

/// The memory that a process holds, in MiB (`VmRSS`).
pub fn memory(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a running process");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it has memory");
    let kib: f64 = line.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    kib / 1024.0
}

/// The program's size, in megabytes (10^6 bytes), as it is built for release: stripped.
pub fn program_size() -> f64 {
    let bytes = std::fs::metadata(Path::new(env!("CARGO_BIN_EXE_daypass"))).expect("the program").len();
    bytes as f64 / 1e6
}
