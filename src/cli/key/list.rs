//! `daypass key list`

use chrono::SecondsFormat;

use crate::app;
use crate::cli::output;
use crate::clock::Clock;
use crate::config::Config;
use crate::portal::keyring::{self, KeyUse};
use crate::store::migrations;

/// How many names stand in a line.
const NAMED: usize = 5;

/// Prints a line for each key.
pub(super) async fn list(config: &Config, json: bool) -> Result<(), String> {
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
