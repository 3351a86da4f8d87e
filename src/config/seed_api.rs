//! `[seed_api]`: basic authentication, for programs that were written for Identity Federation for AWS.

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::{Config, ConfigError, Directory, lenient};

/// `[seed_api]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedApi {
    /// Take user name and password in a request's `Authorization` header, at the API that is compatible with Identity
    /// Federation for AWS and at `POST /api/v1/credentials`; over https, or on loopback. Default false: API tokens only.
    #[serde(deserialize_with = "lenient::boolean")]
    pub basic_auth: bool,
    /// The directories whose people may, for example `["corp"]`. Default none: all.
    #[serde(deserialize_with = "lenient::list")]
    pub directories: Vec<String>,
    /// The networks from which they may, for example `["10.0.0.0/8", "192.0.2.7"]`. Default none: from everywhere.
    #[serde(deserialize_with = "networks")]
    pub networks: Vec<IpNet>,
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let parse = |text: &String| {
        let address = || text.parse().map(|address: std::net::IpAddr| IpNet::from(address.to_canonical())).ok();
        let network = text.parse().ok().or_else(address);
        network.ok_or_else(|| Error::custom(format!("“{text}” is no network such as \"192.0.2.0/24\"")))
    };
    lenient::list(deserializer)?.iter().map(parse).collect()
}

/// Whether its directories are there.
///
/// # Errors
/// A sentence that names the one that is not.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    let known: Vec<&str> = match config.directory.as_slice() {
        [] => vec!["local"],
        some => some.iter().map(Directory::name).collect(),
    };
    match config.seed_api.directories.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(ConfigError(format!(
            "seed_api.directories: there is no directory “{name}”. There is {}.",
            known.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", ")
        ))),
    }
}

impl SeedApi {
    /// Whether name and password of this directory's people are taken.
    #[must_use]
    pub fn takes_of(&self, directory: &str) -> bool {
        self.directories.is_empty() || self.directories.iter().any(|name| name == directory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SeedApi, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn nothing_is_taken_unless_it_is_switched_on() {
        assert!(!SeedApi::default().basic_auth && !read("").unwrap().basic_auth);
        assert!(read("basic_auth = true").unwrap().basic_auth && read("basic_auth = \"true\"").unwrap().basic_auth);
    }

    #[test]
    fn networks_are_networks_or_addresses() {
        let api = read("networks = [\"192.0.2.0/24\", \"2001:db8::1\", \"::ffff:192.0.2.7\"]").unwrap();
        let texts: Vec<String> = api.networks.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["192.0.2.0/24", "2001:db8::1/128", "192.0.2.7/32"]);
        assert_eq!(read("networks = \"192.0.2.7, 10.0.0.0/8\"").unwrap().networks.len(), 2);
        assert!(SeedApi::default().networks.is_empty());
        assert!(read("networks = [\"10.0.0.0/33\"]").unwrap_err().contains("“10.0.0.0/33”"));
    }

    #[test]
    fn directories_are_those_that_are_there() {
        let with = |names: &[&str]| {
            let directories = names.iter().map(|name| (*name).to_owned()).collect();
            Config { seed_api: SeedApi { directories, ..SeedApi::default() }, ..Config::default() }
        };
        assert_eq!(check(&with(&["local"])), Ok(()));
        assert!(check(&with(&["corp"])).unwrap_err().0.contains("“corp”"));
        let api = with(&["local"]).seed_api;
        assert!(api.takes_of("local") && !api.takes_of("corp") && SeedApi::default().takes_of("corp"));
    }
}
