//! The directories that the configuration names.

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::directory::{Crowd, Directories, Directory, Ldap, Local, Members};
use crate::store::Database;

/// The name of the local directory where the configuration names none at all.
const LOCAL: &str = "local";

/// Makes them, in order; nothing is connected yet. Without any in the configuration: the local one.
///
/// # Errors
/// A sentence that names the setting.
pub fn open(config: &Config, database: &Database, clock: &Clock) -> Result<Directories, String> {
    let age = config.access.membership_cache;
    if config.directory.is_empty() {
        let local = Directory::Local(Local::new(LOCAL, database.clone()));
        return Ok(Directories::new(vec![Members::new(local, age).by(clock)]));
    }
    let mut all = Vec::with_capacity(config.directory.len());
    for directory in &config.directory {
        let directory = match directory {
            config::Directory::Local { name } => Directory::Local(Local::new(name, database.clone())),
            config::Directory::Ldap(ldap) => Directory::Ldap(Box::new(Ldap::new((**ldap).clone(), clock.clone())?)),
            config::Directory::Crowd(crowd) => Directory::Crowd(Box::new(Crowd::new((**crowd).clone())?)),
        };
        all.push(Members::new(directory, age).by(clock));
    }
    Ok(Directories::new(all))
}
