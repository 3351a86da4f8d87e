//! `[aws.proxy]`, `[aws.surroundings]` and what the environment says of both: the ways from this machine to AWS.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use super::lenient;

/// `[aws.proxy]`: the proxy that everything to AWS goes through. Without it, `HTTPS_PROXY` (or `ALL_PROXY`) and `NO_PROXY` of
/// the environment count.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Proxy {
    /// `http://HOST:PORT` or `https://HOST:PORT`; TLS to AWS goes through it unopened (CONNECT). Empty (`""`): no proxy,
    /// whatever the environment says.
    pub url: Option<String>,
    /// Who we are to it.
    pub user: Option<String>,
    /// The password that belongs to `user`.
    pub password: Option<SecretString>,
    /// A file that holds `password`.
    pub password_file: Option<PathBuf>,
    /// Hosts that are reached without it: names (with their sub-domains), addresses, networks (`10.0.0.0/8`). Default none.
    #[serde(deserialize_with = "lenient::list")]
    pub no_proxy: Vec<String>,
}

/// `[aws.surroundings]`: which credentials of the machine that Daypass runs on may be used. Default none.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SurroundingsSwitches {
    /// The role of the EC2 instance, by IMDSv2.
    #[serde(deserialize_with = "lenient::boolean")]
    pub instance_profile: bool,
    /// The role of the ECS task or EKS pod, by `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI` and
    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN` or `…_TOKEN_FILE`.
    #[serde(deserialize_with = "lenient::boolean")]
    pub container: bool,
    /// The role of the EKS service account, by `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`.
    #[serde(deserialize_with = "lenient::boolean")]
    pub web_identity: bool,
}

/// The variables of the environment that count beside `DAYPASS_…`, as they were at the start.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, SecretString>);

/// Proxies, in the order in which they count.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"];
const CONTAINER: [&str; 4] = [
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];
const WEB_IDENTITY: [&str; 3] = ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME"];

impl Environment {
    /// Keeps what counts: `AWS_…` only where its kind of surroundings is switched on.
    #[must_use]
    pub fn of(variables: impl IntoIterator<Item = (String, String)>, switches: SurroundingsSwitches) -> Self {
        let counts = |name: &str| {
            PROXIES.contains(&name)
                || (switches.container && CONTAINER.contains(&name))
                || (switches.web_identity && WEB_IDENTITY.contains(&name))
        };
        let kept = variables.into_iter().filter(|(name, value)| counts(name) && !value.trim().is_empty());
        Self(kept.map(|(name, value)| (name, value.into())).collect())
    }

    /// The value of a variable that counts and is not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// The first of these variables that is set, and its value.
    #[must_use]
    pub fn first<'a>(&self, names: &[&'a str]) -> Option<(&'a str, &SecretString)> {
        names.iter().find_map(|name| self.get(name).map(|value| (*name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_aws_count_only_where_they_are_switched_on() {
        let all =
            || PROXIES.iter().chain(&CONTAINER).chain(&WEB_IDENTITY).map(|name| ((*name).to_owned(), "x".to_owned()));
        let none = Environment::of(all(), SurroundingsSwitches::default());
        assert!(none.get("HTTPS_PROXY").is_some());
        assert!(CONTAINER.iter().chain(&WEB_IDENTITY).all(|name| none.get(name).is_none()));
        let switches = SurroundingsSwitches { container: true, ..SurroundingsSwitches::default() };
        let container = Environment::of(all(), switches);
        assert!(CONTAINER.iter().all(|name| container.get(name).is_some()));
        assert!(WEB_IDENTITY.iter().all(|name| container.get(name).is_none()));
        let empty = [("HTTPS_PROXY".to_owned(), " ".to_owned()), ("PATH".to_owned(), "x".to_owned())];
        let empty = Environment::of(empty, SurroundingsSwitches::default());
        assert!(empty.get("HTTPS_PROXY").is_none() && empty.get("PATH").is_none());
    }
}
