//! `daypass key`

use std::time::{Duration, Instant};

use chrono::SecondsFormat;
use clap::Subcommand;

use super::output;
use crate::app::{self, App};
use crate::clock::Clock;
use crate::config::Config;
use crate::portal::keyring::{self, KeyUse, Progress, Report, Wishes};
use crate::store::migrations;

/// What to do with the keys that seal the secrets.
#[derive(Subcommand)]
pub(super) enum Action {
    /// List the key files, and which secrets still need each
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Make a new key file, which seals from then on; a running server takes it up by itself
    Add,
    /// Seal everything anew under the newest key, or by AWS KMS where the configuration says so, while the portal serves
    Reseal {
        /// Replace the cookie-signing key where it does not open; everybody signs in again after a restart
        #[arg(long)]
        new_cookie_key: bool,
    },
}

/// Does it, beside a running server.
pub(super) async fn run(config: Config, action: Action) -> Result<(), String> {
    match action {
        Action::List { json } => list(&config, json).await,
        Action::Add if config.keyring.kind == "kms" => Err(
            "AWS KMS seals, which makes its data keys by itself. Set keyring.kind = \"files\" to go back to key files."
                .to_owned(),
        ),
        Action::Add => add(config).await,
        Action::Reseal { new_cookie_key } => reseal(config, Wishes { new_cookie_key }).await,
    }
}

/// How many names stand in a line.
const NAMED: usize = 5;

async fn list(config: &Config, json: bool) -> Result<(), String> {
    let places = app::places(config)?;
    let keyring = app::keyring_as_it_is(config, &places, &Clock::system()).await?;
    let mut connection = places.database.look().map_err(|error| format!("{error}. Check database.url."))?;
    let (missing, _) = migrations::differences(&mut connection).map_err(|error| error.to_string())?;
    if !missing.is_empty() {
        return Err("The database was not brought up to date yet. Start daypass serve once.".to_owned());
    }
    let values = keyring::values(&mut connection).map_err(|error| error.to_string())?;
    for used in keyring::uses(&keyring, &values).await.map_err(|error| format!("key files: {error}."))? {
        output::line(&if json { as_json(&used) } else { as_text(&used) });
    }
    Ok(())
}

fn kind(used: &KeyUse) -> &'static str {
    match (&used.file, used.key.is_data_key) {
        (Some(_), _) => "file",
        (None, true) => "data_key",
        (None, false) => "missing_file",
    }
}

fn as_text(used: &KeyUse) -> String {
    let created = used.file.as_ref().and_then(|file| file.created_at);
    let created = created.map_or_else(|| "-".to_owned(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
    let state = match (&used.trouble, &used.file, used.key.is_data_key) {
        (Some(trouble), ..) => trouble.clone(),
        (None, _, true) => "data key of AWS KMS".to_owned(),
        (None, Some(file), _) if file.is_newest => "newest".to_owned(),
        (None, ..) => "readable".to_owned(),
    };
    let needs = match used.needed_by.len() {
        0 => "not needed".to_owned(),
        count => {
            let named = used.needed_by.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more = if count > NAMED { format!(" and {} more", count - NAMED) } else { String::new() };
            format!("needed by {count}: {named}{more}")
        }
    };
    let id = if used.key.id.is_empty() { "(no key)" } else { &used.key.id };
    format!("{id}\t{created}\t{state}\t{needs}")
}

fn as_json(used: &KeyUse) -> String {
    let file = used.file.as_ref();
    serde_json::json!({
        "id": used.key.id,
        "kind": kind(used),
        "createdAt": file.and_then(|file| file.created_at).map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        "newest": file.is_some_and(|file| file.is_newest),
        "readable": used.trouble.is_none(),
        "trouble": used.trouble,
        "neededBy": used.needed_by,
    })
    .to_string()
}

async fn add(config: Config) -> Result<(), String> {
    let app = App::build(config, Clock::system(), false).await?;
    let id = keyring::add(&app).await.map_err(|error| format!("key files: {error}."))?;
    output::line(&format!("The key file {id} seals from now on. Back it up apart from the database."));
    output::line("daypass key reseal seals under it what older files seal.");
    Ok(())
}

async fn reseal(config: Config, wishes: Wishes) -> Result<(), String> {
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
