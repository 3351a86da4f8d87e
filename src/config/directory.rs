//! `[[directory]]`: where people and groups come from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use super::{Crowd, lenient};

/// `[[directory]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Directory {
    /// People and groups kept in Daypass's own database.
    Local {
        /// Its permanent name. Renaming it makes other people.
        name: String,
    },
    /// An LDAP server.
    Ldap(Box<Ldap>),
    /// An Atlassian Crowd server.
    Crowd(Box<Crowd>),
}

impl Directory {
    /// Its permanent name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Local { name } => name,
            Self::Ldap(ldap) => &ldap.name,
            Self::Crowd(crowd) => &crowd.name,
        }
    }
}

/// `[[directory]] kind = "ldap"`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ldap {
    /// Its permanent name. Renaming it makes other people.
    pub name: String,
    /// `ldaps://HOST:PORT`; `ldap://` only together with `insecure_plain`.
    pub url: String,
    /// Send passwords over an unencrypted connection (a test network; everybody on the way reads along). Default false.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub insecure_plain: bool,
    /// PEM file with the certificate authorities to trust, instead of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// DN of the account that searches, for example `cn=daypass,ou=services,dc=example,dc=com`.
    pub bind_dn: String,
    /// Its password.
    #[serde(default)]
    pub bind_password: Option<SecretString>,
    /// A file that holds `bind_password`.
    #[serde(default)]
    pub bind_password_file: Option<PathBuf>,
    /// Where people are searched, for example `ou=people,dc=example,dc=com`.
    pub user_base: String,
    /// Which entries are people. Default `(objectClass=inetOrgPerson)`.
    #[serde(default = "Ldap::default_user_filter")]
    pub user_filter: String,
    /// Where groups are searched.
    pub group_base: String,
    /// Which entries are groups. Default `(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))`.
    #[serde(default = "Ldap::default_group_filter")]
    pub group_filter: String,
    /// The attribute people sign in with. Default `uid`.
    #[serde(default = "Ldap::default_user_name")]
    pub user_name_attribute: String,
    /// Default `cn`.
    #[serde(default = "Ldap::default_display_name")]
    pub display_name_attribute: String,
    /// Default `mail`.
    #[serde(default = "Ldap::default_mail")]
    pub mail_attribute: String,
    /// Default `cn`.
    #[serde(default = "Ldap::default_display_name")]
    pub group_name_attribute: String,
    /// Attributes of a group that hold its members' DNs. Default `member`, `uniqueMember`.
    #[serde(default = "Ldap::default_members", deserialize_with = "lenient::list")]
    pub member_attributes: Vec<String>,
    /// The attribute that stays the same when an entry is renamed. Default `entryUUID` (389 DS: `nsUniqueId`).
    #[serde(default = "Ldap::default_stable_id")]
    pub stable_id_attribute: String,
    /// What is read of people for placeholders and session tags, as `[directory.attributes]`: a name of your own, and the
    /// LDAP attribute it stands for, for example `department = "departmentNumber"`. Default: none.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// How long to wait for the server to accept a connection. Default `3s`.
    #[serde(default = "Ldap::default_connect_timeout", deserialize_with = "lenient::duration")]
    pub connect_timeout: Duration,
    /// How long to wait for each answer. Default `5s`.
    #[serde(default = "Ldap::default_timeout", deserialize_with = "lenient::duration")]
    pub timeout: Duration,
}

impl Ldap {
    fn default_user_filter() -> String {
        "(objectClass=inetOrgPerson)".to_owned()
    }
    fn default_group_filter() -> String {
        "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))".to_owned()
    }
    fn default_user_name() -> String {
        "uid".to_owned()
    }
    fn default_display_name() -> String {
        "cn".to_owned()
    }
    fn default_mail() -> String {
        "mail".to_owned()
    }
    fn default_members() -> Vec<String> {
        vec!["member".to_owned(), "uniqueMember".to_owned()]
    }
    fn default_stable_id() -> String {
        "entryUUID".to_owned()
    }
    const fn default_connect_timeout() -> Duration {
        Duration::from_secs(3)
    }
    const fn default_timeout() -> Duration {
        Duration::from_secs(5)
    }
}
