//! `daypass check-config`

use super::output;
use crate::app;
use crate::aws::{Clients, Endpoints, Federation, Sdk};
use crate::clock::Clock;
use crate::config::{Config, Directory};
use crate::directory::{Crowd, Ldap};
use crate::store::Location;

/// Checks what can be checked without starting anything.
pub(super) fn run(config: &Config) -> Result<(), String> {
    let places = app::places(config)?;
    app::basic_auth(config, &app::public_url(config)?)?;
    app::trusted_proxies(config)?;
    app::check_kms(config)?;
    let sdk = Sdk::new(&config.aws)?;
    Federation::new(sdk.outbound().clone(), &config.aws)?;
    Clients::new(Endpoints::new(&config.aws)?, sdk, &config.aws, Clock::system())?;
    for directory in &config.directory {
        match directory {
            Directory::Local { .. } => {}
            Directory::Ldap(ldap) => {
                Ldap::new((**ldap).clone(), Clock::system())?;
                output::line(&ldap.explained());
            }
            Directory::Crowd(crowd) => drop(Crowd::new((**crowd).clone())?),
        }
    }
    if let Location::Postgres(url) = &places.database
        && url.contains("sslmode=verify-full")
        && !url.contains("sslrootcert=")
    {
        return Err("database.url: sslmode=verify-full needs sslrootcert=FILE too.".to_owned());
    }
    let local = |directory: &Directory| matches!(directory, Directory::Local { .. });
    if config.access.administrators.is_empty() && !config.directory.is_empty() && !config.directory.iter().any(local) {
        output::line("Nobody can administer: name the administrators' groups in [access] administrators.");
    }
    output::line("The configuration is fine.");
    Ok(())
}
