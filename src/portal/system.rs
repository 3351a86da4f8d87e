//! The system page: what runs here, and the settings in force. No secret is among them.

mod keyring;

use std::time::Duration;

use url::Url;

pub use keyring::KeyringView;

use super::directories::place;
use super::instance::{self, Jobs};
use super::{PortalError, Who};
use crate::app::{App, places};
use crate::config;
use crate::directory::Members;
use crate::model::source::Surroundings;
use crate::store::Location;

/// What runs here.
#[derive(Clone, Debug)]
pub struct System {
    /// The program's version.
    pub version: &'static str,
    /// The address people type.
    pub public_url: String,
    /// `SQLite` or `PostgreSQL`.
    pub database: &'static str,
    /// Its file, or its host and name.
    pub database_place: String,
    /// What seals.
    pub keyring: KeyringView,
    /// The name of this instance; else why it has none, in a sentence.
    pub instance: Result<String, String>,
    /// Whether scheduled jobs run here.
    pub jobs: Jobs,
    /// Name and kind of each directory, in order.
    pub directories: Vec<(String, String)>,
    /// How AWS is called.
    pub aws: AwsSettings,
}

/// How AWS is called.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    /// How often a call is tried again.
    pub retries: u32,
    /// To wait for a connection.
    pub connect: Duration,
    /// To wait for one attempt.
    pub attempt: Duration,
    /// To wait for a call with its retries.
    pub operation: Duration,
    /// The proxy.
    pub proxy: Option<ProxyView>,
    /// The file with authorities beside the system's.
    pub ca_file: Option<String>,
    /// Regions that are tried one after the other.
    pub regions: Vec<String>,
    /// FIPS endpoints of STS only.
    pub fips: bool,
    /// Each kind of surroundings, and whether it is switched on.
    pub surroundings: Vec<(Surroundings, bool)>,
    /// Where the instance metadata are asked, where not at their usual address.
    pub imds_endpoint: Option<String>,
    /// Addresses in place of AWS's own, as (setting, address).
    pub overridden: Vec<(String, String)>,
}

/// A proxy without its password.
#[derive(Clone, Debug)]
pub struct ProxyView {
    /// Its address.
    pub url: String,
    /// Who we are to it.
    pub user: Option<String>,
    /// The setting or the variable that names it.
    pub from: String,
    /// Hosts that are reached without it.
    pub no_proxy: Vec<String>,
}

/// What runs here, and how it is set.
///
/// # Errors
/// Where the caller does not administer, or the database cannot be read.
pub async fn show(app: &App, who: &Who) -> Result<System, PortalError> {
    who.administrator()?;
    let places = places(&app.config).map_err(PortalError::Internal)?;
    let (database, database_place) = match &places.database {
        Location::Sqlite(file) => ("SQLite", file.display().to_string()),
        Location::Postgres(url) => ("PostgreSQL", host_and_name(url)),
    };
    let directories = app.directories.all().iter().map(|members| (members.name().to_owned(), kind_of(app, members)));
    Ok(System {
        version: env!("CARGO_PKG_VERSION"),
        public_url: app.public_url.to_string(),
        database,
        database_place,
        keyring: keyring::view(app, places.keys.display().to_string()).await?,
        instance: app.instance.clone(),
        jobs: instance::jobs(app).await?,
        directories: directories.collect(),
        aws: aws(app),
    })
}

fn kind_of(app: &App, members: &Members) -> String {
    match place(app, members) {
        (kind, addresses) if addresses.is_empty() => kind.to_owned(),
        (kind, addresses) => format!("{kind} at {}", addresses.join(", ")),
    }
}

fn aws(app: &App) -> AwsSettings {
    let settings: &config::Aws = &app.config.aws;
    let switches = settings.surroundings;
    let on = |kind: Surroundings| match kind {
        Surroundings::InstanceProfile => switches.instance_profile,
        Surroundings::Container => switches.container,
        Surroundings::WebIdentity => switches.web_identity,
    };
    let proxy = app.sdk.outbound().proxy().map(|proxy| ProxyView {
        url: proxy.url.clone(),
        user: proxy.user.clone(),
        from: proxy.from.clone(),
        no_proxy: proxy.no_proxy.clone(),
    });
    AwsSettings {
        retries: settings.retries,
        connect: settings.connect_timeout,
        attempt: settings.attempt_timeout,
        operation: settings.operation_timeout,
        proxy,
        ca_file: settings.ca_file.as_ref().map(|file| file.display().to_string()),
        regions: settings.sts_regions.clone(),
        fips: settings.fips,
        surroundings: Surroundings::ALL.into_iter().map(|kind| (kind, on(kind))).collect(),
        imds_endpoint: settings.imds_endpoint.clone(),
        overridden: app.endpoints.overridden(),
    }
}

/// Where a PostgreSQL database is, without user and password, which its parameters may hold too.
fn host_and_name(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return String::new() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}{}", url.host_str().unwrap_or("this machine"), url.path())
}

#[cfg(test)]
mod tests {
    use super::host_and_name;

    #[test]
    fn a_database_is_shown_without_its_password() {
        let url = "postgres://daypass:fake-secret@db.example.com:5433/daypass?password=fake-secret";
        assert_eq!(host_and_name(url), "db.example.com:5433/daypass");
        assert_eq!(host_and_name("postgres:///daypass?host=/run/postgresql"), "this machine/daypass");
        assert_eq!(host_and_name("host=db password=fake-secret"), "");
    }
}
