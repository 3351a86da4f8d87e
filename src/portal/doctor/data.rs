//! The database, and what is in it.

use std::collections::HashSet;

use super::Finding;
use crate::app::Places;
use crate::keyring::Keyring;
use crate::model::principal::PrincipalType;
use crate::model::shortcut::Route;
use crate::portal::keyring::{closed, values};
use crate::portal::source::source_rule;
use crate::store::connectors::routes;
use crate::store::{DbConnection, StoreError, access_keys, connectors, migrations};

pub(super) fn look_at_database(places: &Places) -> (Option<DbConnection>, Finding) {
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

pub(super) async fn look_at_secrets(keyring: &Keyring, connection: &mut DbConnection) -> Vec<Finding> {
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
pub(super) fn look_at_sources(connection: &mut DbConnection) -> Vec<Finding> {
    const CHECK: &str = "sources";
    let broken = |connection: &mut DbConnection| -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        for key in access_keys::all(connection)? {
            for connector in connectors::of_access_key(connection, &key.id)? {
                // What is of no type that we know cannot be used at all.
                let Ok(kind) = PrincipalType::parse(&connector.principal_type) else { continue };
                match source_rule(connection, &key, &connector.id, kind) {
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

/// Ways past role chains, which the rule on sources does not refuse: sessions of a role are what administrators give.
pub(super) fn look_at_chains(connection: &mut DbConnection) -> Vec<Finding> {
    const CHECK: &str = "sources";
    let open = |connection: &mut DbConnection| -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        for chain in routes::chains(connection, None)? {
            let Some(route) = Route::of(&chain) else { continue };
            let roles: Vec<String> = route.roles.iter().map(|(role, _)| role.clone()).collect();
            for other in routes::of_roles(connection, &roles, i64::MAX)? {
                let sentence = Route::of(&other).and_then(|other| other.leads_past(&route));
                let what = format!("connector “{}”", other.name);
                findings.extend(sentence.map(|sentence| Finding::remark(CHECK, what, sentence)));
            }
        }
        Ok(findings)
    };
    open(connection).unwrap_or_else(|error| vec![Finding::wrong(CHECK, "role chains", error.to_string())])
}
