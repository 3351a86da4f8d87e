//! `[[directory]] kind = "crowd"`: an Atlassian Crowd server.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use super::lenient;

/// `[[directory]] kind = "crowd"`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crowd {
    /// Its permanent name. Renaming it makes other people.
    pub name: String,
    /// Crowd's address with its path, for example `https://crowd.example.com/crowd`; `http://` only together with
    /// `insecure_plain`.
    pub url: String,
    /// Send passwords over an unencrypted connection (a test network; everybody on the way reads along). Default false.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub insecure_plain: bool,
    /// PEM file with the certificate authorities to trust, instead of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The name of the application that Daypass is in Crowd. This machine's address has to be among its remote addresses.
    pub application: String,
    /// Its password.
    #[serde(default)]
    pub application_password: Option<SecretString>,
    /// A file that holds `application_password`.
    #[serde(default)]
    pub application_password_file: Option<PathBuf>,
    /// Whether members of a group are members of the groups that it is in, too. Default true.
    #[serde(default = "Crowd::default_nested_groups", deserialize_with = "lenient::boolean")]
    pub nested_groups: bool,
    /// What stays the same when a person is renamed: `key`, Crowd's own (where it gives none, the user name), or `name`, for
    /// a Crowd that finds nobody by key. Changing it makes other people. Default `key`.
    #[serde(default)]
    pub stable_id: CrowdId,
    /// Whether a browser that brings a session of Crowd's single sign-on may sign in with it, without a password. Default
    /// false.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub sso: bool,
    /// How many groups are asked for at once, 1 to 10,000. Default 1000.
    #[serde(default = "Crowd::default_page_size", deserialize_with = "lenient::number")]
    pub page_size: u32,
    /// What is read of people for placeholders and session tags, as `[directory.attributes]`: a name of your own, and the
    /// Crowd attribute it stands for (or `first-name`, `last-name`). Default: none.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// How long to wait for the server to accept a connection. Default `3s`.
    #[serde(default = "Crowd::default_connect_timeout", deserialize_with = "lenient::duration")]
    pub connect_timeout: Duration,
    /// How long to wait for each answer. Default `5s`.
    #[serde(default = "Crowd::default_timeout", deserialize_with = "lenient::duration")]
    pub timeout: Duration,
}

/// What stays the same when a person is renamed.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum CrowdId {
    /// Crowd's key of them, `DIRECTORY:ID`; the user name in small letters where Crowd gives none.
    #[default]
    Key,
    /// The user name in small letters: a renamed person is another person, and who is given an old name is who had it.
    Name,
}

impl Crowd {
    const fn default_nested_groups() -> bool {
        true
    }
    const fn default_page_size() -> u32 {
        1000
    }
    const fn default_connect_timeout() -> Duration {
        Duration::from_secs(3)
    }
    const fn default_timeout() -> Duration {
        Duration::from_secs(5)
    }
}
