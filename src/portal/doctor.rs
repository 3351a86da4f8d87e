//! What is wrong, and what to do about it: key files, database, secrets, sources. It looks and changes nothing.

use std::collections::HashSet;

use super::connectors::source_rule;
use super::keyring::{closed, values};
use crate::app::{self, Places};
use crate::clock::Clock;
use crate::config::Config;
use crate::keyring::{KeyFileError, Keyring};
use crate::store::{DbConnection, StoreError, access_keys, connectors, migrations};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing: `keyring`, `database`, `secrets` or `sources`.
    pub check: &'static str,
    /// The thing itself.
    pub what: String,
    /// What is wrong with it and what to do; `None`: it is in order.
    pub trouble: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, what: what.into(), trouble: None }
    }

    fn wrong(check: &'static str, what: impl Into<String>, trouble: impl Into<String>) -> Self {
        Self { check, what: what.into(), trouble: Some(trouble.into()) }
    }
}

/// Looks at everything that the configuration names.
///
/// # Errors
/// A sentence that names a setting, where the configuration itself is wrong.
pub async fn examine(config: &Config, clock: &Clock) -> Result<Vec<Finding>, String> {
    let places = app::places(config)?;
    let keyring = app::keyring_as_it_is(config, &places, clock).await?;
    let mut findings = look_at_keyring(&keyring).await;
    let (connection, found) = look_at_database(&places);
    findings.push(found);
    let Some(mut connection) = connection else { return Ok(findings) };
    findings.extend(look_at_secrets(&keyring, &mut connection).await);
    let shared = if config.aws.allow_shared_sources { Vec::new() } else { look_at_sources(&mut connection) };
    findings.extend(shared);
    Ok(findings)
}

async fn look_at_keyring(keyring: &Keyring) -> Vec<Finding> {
    const CHECK: &str = "keyring";
    let mut findings = Vec::new();
    if let Some(key) = keyring.kms_key() {
        let what = format!("AWS KMS key {key}");
        let asked = if keyring.seals_by_kms() { keyring.sealing_key().await.map(drop) } else { Ok(()) };
        findings.push(match asked {
            Ok(()) => Finding::ok(CHECK, what),
            Err(error) => Finding::wrong(CHECK, what, error.to_string()),
        });
    }
    let folder = format!("folder {}", keyring.path().display());
    if keyring.seals_by_kms() && !keyring.path().exists() {
        return findings;
    }
    let files = match keyring.files() {
        Ok(files) => files,
        Err(error) => {
            findings.push(Finding::wrong(CHECK, folder, error.to_string()));
            return findings;
        }
    };
    let usable = files.iter().any(|file| file.trouble.is_none());
    findings.push(if usable || keyring.seals_by_kms() {
        Finding::ok(CHECK, folder)
    } else {
        let trouble = "There is no key file in it that can be read. Put the key files back from your backup; without one, the next secret that is saved makes a new key.";
        Finding::wrong(CHECK, folder, trouble)
    });
    findings.extend(files.into_iter().map(|file| {
        let what = format!("key file {}{}", file.id, if file.is_newest { " (newest)" } else { "" });
        Finding { check: CHECK, what, trouble: file.trouble.as_ref().map(KeyFileError::to_string) }
    }));
    findings
}

fn look_at_database(places: &Places) -> (Option<DbConnection>, Finding) {
    const CHECK: &str = "database";
    let what = places.database.to_string();
    let mut connection = match places.database.look() {
        Ok(connection) => connection,
        Err(error) => {
            let trouble = format!("{error}. Check database.url, and that the database is up.");
            return (None, Finding::wrong(CHECK, what, trouble));
        }
    };
    match migrations::differences(&mut connection) {
        Ok((missing, foreign)) if missing.is_empty() && foreign.is_empty() => {
            (Some(connection), Finding::ok(CHECK, what))
        }
        Ok((missing, foreign)) if foreign.is_empty() => {
            let trouble =
                format!("{} migrations were not run yet. Start daypass serve once: it runs them.", missing.len());
            (None, Finding::wrong(CHECK, what, trouble))
        }
        Ok(_) => {
            let trouble = "It belongs to a newer daypass than this one. Run the newer program.";
            (None, Finding::wrong(CHECK, what, trouble))
        }
        Err(error) => {
            let trouble = format!("{error}. Start daypass serve once: it makes the tables.");
            (None, Finding::wrong(CHECK, what, trouble))
        }
    }
}

async fn look_at_secrets(keyring: &Keyring, connection: &mut DbConnection) -> Vec<Finding> {
    const CHECK: &str = "secrets";
    let found = match values(connection) {
        Ok(found) => found,
        Err(error) => return vec![Finding::wrong(CHECK, "sealed secrets", error.to_string())],
    };
    let closed = closed(keyring, &found, &mut HashSet::new()).await;
    if closed.is_empty() {
        return vec![Finding::ok(CHECK, format!("all {} sealed secrets open", found.len()))];
    }
    let wrong = closed.into_iter().map(|(value, cause)| {
        let detail = if cause.cause().is_empty() { String::new() } else { format!(": {}", cause.cause()) };
        let trouble = format!("{cause} {}{detail}. {}", cause.file(), value.advice(&cause));
        Finding::wrong(CHECK, value.label(), trouble)
    });
    wrong.collect()
}

/// The rule that keeps sessions of an IAM user apart from roles, for what was saved while it did not hold.
fn look_at_sources(connection: &mut DbConnection) -> Vec<Finding> {
    const CHECK: &str = "sources";
    let broken = |connection: &mut DbConnection| -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        for key in access_keys::all(connection)? {
            for connector in connectors::of_access_key(connection, &key.id)? {
                match source_rule(connection, &key, &connector.id, connector.principal.kind()) {
                    Err(StoreError::Refused(_, sentence)) => {
                        let what = format!("connector “{}”", connector.name);
                        findings.push(Finding::wrong(
                            CHECK,
                            what,
                            format!("{sentence} Give one of them another access key."),
                        ));
                    }
                    other => other?,
                }
            }
        }
        Ok(findings)
    };
    match broken(connection) {
        Ok(findings) if findings.is_empty() => {
            vec![Finding::ok(CHECK, "no session could assume another connector's role")]
        }
        Ok(findings) => findings,
        Err(error) => vec![Finding::wrong(CHECK, "access keys and connectors", error.to_string())],
    }
}
