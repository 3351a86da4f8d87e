//! The groups of `[access]`: whether each is there, and whether an administrator is left who may sign in.

use super::Finding;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::directory::local::ADMINISTRATORS;
use crate::directory::{Crowd, Directory, Ldap};
use crate::portal::role_groups::{NOBODY, doubt};
use crate::store::{DbConnection, StoreError, local_groups, local_users};

const CHECK: &str = "roles";

/// What a group's directory says of it.
struct Found {
    /// How many groups of the directory have this name.
    matches: usize,
    /// The group's id, of a local one.
    local: Option<String>,
}

/// One finding for each group of `[access]`, and one for whether anybody can administer.
pub(super) async fn look_at_roles(config: &Config, clock: &Clock, connection: &mut DbConnection) -> Vec<Finding> {
    let access = &config.access;
    let administrators = access.administrators.len();
    let mut findings = Vec::new();
    let (mut local, mut elsewhere) = (Vec::new(), false);
    let all = access.administrators.iter().chain(&access.restricted_administrators).chain(&access.auditors);
    for (number, configured) in all.enumerate() {
        match find(config, clock, connection, configured).await {
            Ok(found) => {
                if number < administrators && found.matches == 1 {
                    elsewhere |= found.local.is_none();
                    local.extend(found.local);
                }
                findings.push(match doubt(configured, found.matches) {
                    None => Finding::ok(CHECK, format!("group {configured}")),
                    Some(trouble) => Finding::wrong(CHECK, format!("group {configured}"), trouble),
                });
            }
            Err(cause) => {
                elsewhere |= number < administrators;
                findings.push(Finding::wrong(CHECK, format!("group {configured}"), cause));
            }
        }
    }
    findings.extend(administrator_left(config, connection, local, elsewhere));
    findings
}

/// Whether anybody is left who administers and may sign in. While the set-up waits for the first one, nothing is wrong.
fn administrator_left(
    config: &Config,
    connection: &mut DbConnection,
    mut local: Vec<String>,
    elsewhere: bool,
) -> Option<Finding> {
    if elsewhere {
        return None;
    }
    let has_local = config.directory.is_empty()
        || config.directory.iter().any(|directory| matches!(directory, config::Directory::Local { .. }));
    if config.access.administrators.is_empty() && has_local {
        if matches!(local_users::anybody_in(connection, ADMINISTRATORS), Ok(false)) {
            return None;
        }
        local.push(ADMINISTRATORS.to_owned());
    }
    match local_users::active_in(connection, &local, "") {
        Ok(true) => None,
        Ok(false) => Some(Finding::wrong(CHECK, "administrators", NOBODY)),
        Err(error) => Some(Finding::wrong(CHECK, "administrators", error.to_string())),
    }
}

async fn find(
    config: &Config,
    clock: &Clock,
    connection: &mut DbConnection,
    configured: &str,
) -> Result<Found, String> {
    let (directory, name) = match configured.split_once(':') {
        Some((prefix, name)) => (config.directory.iter().find(|directory| directory.name() == prefix), name),
        None => (config.directory.first(), configured),
    };
    let remote = match directory {
        Some(config::Directory::Ldap(ldap)) => Directory::Ldap(Box::new(Ldap::new((**ldap).clone(), clock.clone())?)),
        Some(config::Directory::Crowd(crowd)) => Directory::Crowd(Box::new(Crowd::new((**crowd).clone())?)),
        Some(config::Directory::Local { .. }) | None => {
            let id = name.trim().to_lowercase();
            let there = local_groups::find(connection, &id).map_err(|error: StoreError| error.to_string())?.is_some();
            return Ok(Found { matches: usize::from(there), local: there.then_some(id) });
        }
    };
    let groups = remote.groups_named(name).await.map_err(|error| format!("It could not be looked at: {error}."))?;
    Ok(Found { matches: groups.len(), local: None })
}
