//! What is printed.

use std::time::Duration;

use crate::load::{Run, median};
use crate::server::program_size;

/// Runs of several things that were measured in turns.
pub struct Table<const N: usize> {
    names: [&'static str; N],
    rounds: Vec<[Run; N]>,
}

impl<const N: usize> Table<N> {
    pub fn new(names: [&'static str; N]) -> Self {
        Self { names, rounds: Vec::new() }
    }

    pub fn add(&mut self, round: [Run; N]) {
        self.rounds.push(round);
    }

    fn at(&self, name: &str) -> usize {
        self.names.iter().position(|known| *known == name).expect("a name of the table")
    }

    /// The middle value of one thing.
    pub fn median(&self, name: &str, value: impl Fn(&Run) -> f64) -> f64 {
        let at = self.at(name);
        median(self.rounds.iter().map(|round| value(&round[at])).collect())
    }

    /// The middle of the ratios of two things, each taken within a round.
    pub fn ratio(&self, name: &str, to: &str, value: impl Fn(&Run) -> f64) -> f64 {
        let (at, to) = (self.at(name), self.at(to));
        median(self.rounds.iter().map(|round| value(&round[at]) / value(&round[to])).collect())
    }

    /// `unit` is F, in µs.
    pub fn print(&self, title: &str, to: &str, unit: f64) {
        println!("{title}");
        println!(
            "{:<20} {:>10} {:>8} {:>8} {:>9} {:>9} {:>9}   CPU by round",
            "", "CPU µs", "in F", "to bare", "p50 ms", "p99 ms", "per s"
        );
        for name in self.names {
            let cpu = self.median(name, |run| run.cpu);
            let rounds: Vec<String> =
                self.rounds.iter().map(|round| format!("{:.0}", round[self.at(name)].cpu)).collect();
            println!(
                "{name:<20} {cpu:>10.1} {:>8.2} {:>8.2} {:>9.2} {:>9.2} {:>9.0}   {}",
                cpu / unit,
                self.ratio(name, to, |run| run.cpu),
                self.median(name, |run| run.p50),
                self.median(name, |run| run.p99),
                self.median(name, |run| run.rate),
                rounds.join(" ")
            );
        }
        println!();
    }
}

/// What the goals speak of.
pub struct Figures {
    pub quick: Table<9>,
    pub late: Table<4>,
    pub trouble: Table<3>,
    /// The page for 64 people.
    pub pages: Run,
    /// 1,000 people at once.
    pub people: Run,
    /// MiB before the first request, and after all of them.
    pub idle: f64,
    pub loaded: f64,
    pub start: Duration,
}

/// The goals beside what was measured.
pub fn goals(figures: &Figures) {
    let Figures { quick, late, trouble, pages, people, idle, loaded, start } = figures;
    let line = |id: &str, what: &str, goal: &str, now: String| println!("{id:<3} {what:<58} {goal:<20} {now}");
    line("", "", "goal", "now".to_owned());
    let issue = |name: &str| format!("{:.2} F", quick.ratio(name, "bare", |run| run.cpu));
    let waits = |name: &str| {
        let (p50, p99) = (late.ratio(name, "bare", |run| run.p50), late.ratio(name, "bare", |run| run.p99));
        format!("{p50:.3} · {p99:.3}")
    };
    line("P1", "CPU of issuing by the SDK endpoint, 16 callers", "2.4 F", issue("issue"));
    line("", "by the native API", "2.4 F", issue("issue, native"));
    line("P2", "p50 · p99 to the bare loop's, AWS after 40 ms, 64 callers", "1.03 · 1.15", waits("issue"));
    line("", "by the native API", "1.03 · 1.15", waits("issue, native"));
    let now = format!("{:.2} F", quick.ratio("issue, kept", "bare", |run| run.cpu));
    line("", "the same once more from memory, decided and recorded anew", "", now);
    let console = quick.ratio("console link", "issue", |run| run.cpu);
    line("P3", "CPU of a console link to that of issuing", "1.6", format!("{console:.2}"));
    let links = quick.ratio("link, native", "issue, native", |run| run.cpu);
    line("", "both by the native API", "1.6", format!("{links:.2}"));
    let page = quick.median("page", |run| run.cpu);
    let now = format!("{page:.0} µs · {:.1} ms", pages.p99);
    line("P4", "page of 50 of 10,000 connectors: CPU · p99 at 64 people", "100 µs · 20 ms", now);
    let now = format!("{:.0} ms · {loaded:.0} MiB ({} answers)", people.p99, people.answers);
    line("P5", "1,000 people at once: p99 · memory at the end", "400 ms · 128 MiB", now);
    let now = format!("{idle:.1} MiB · {} ms", start.as_millis());
    line("P6", "memory with 10,000 connectors · start to first answer", "24 MiB · 100 ms", now);
    let worse = |name: &str| (trouble.ratio(name, "alone", |run| run.p99) - 1.0) * 100.0;
    let now = format!("{:+.0} % · {:+.0} %", worse("beside 40 that hang"), worse("beside 40 throttled"));
    line("R3", "p99 beside 40 callers of an account that hangs · is throttled", "+20 %", now);
    line("P7", "the program", "40 MB", format!("{:.1} MB", program_size()));
}
