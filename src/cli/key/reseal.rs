//! `daypass key reseal`

use std::time::{Duration, Instant};

use crate::app::App;
use crate::cli::output;
use crate::clock::Clock;
use crate::config::Config;
use crate::portal::keyring::{self, Progress, Report, Wishes};

/// Seals everything anew, and says how far it is and what came of it.
pub(super) async fn reseal(config: Config, wishes: Wishes) -> Result<(), String> {
    let app = App::build(config, Clock::system(), false).await?;
    let mut said = Instant::now();
    let told = |progress: Progress| {
        if said.elapsed() >= Duration::from_secs(1) {
            said = Instant::now();
            output::line(&format!("{} of {} secrets looked at", progress.done, progress.total));
        }
    };
    let report = keyring::reseal(&app, wishes, told).await;
    say(&report.map_err(|error| format!("{error}. What was sealed anew stands; run daypass key reseal again."))?)
}

fn say(report: &Report) -> Result<(), String> {
    let by = if report.key.is_data_key { "the data key" } else { "the key file" };
    output::line(&format!("{} secrets were sealed anew; {by} {} seals now.", report.sealed, report.key.id));
    for (what, cause, advice) in &report.closed {
        output::line(&format!("left as it is: {what}: {cause} {}. {advice}", cause.file()));
    }
    for used in report.removable() {
        output::line(&format!(
            "No secret needs the key file {} any more: it may be removed. Backups of the database from before need it still.",
            used.key.id
        ));
    }
    for used in report.keys.iter().filter(|used| used.key != report.key && !used.needed_by.is_empty()) {
        let what = if used.key.is_data_key { "data key" } else { "key file" };
        output::line(&format!("{} secrets still need the {what} {}.", used.needed_by.len(), used.key.id));
    }
    match report.closed.len() {
        0 => Ok(()),
        1 => Err("1 secret does not open and was left as it is.".to_owned()),
        closed => Err(format!("{closed} secrets do not open and were left as they are.")),
    }
}
