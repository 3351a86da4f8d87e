//! The settings of a server as they are written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::{GroupLookup, Ldap, Schema};
use crate::config::lenient;

/// What [`Ldap`] is read from; its fields are told there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    name: String,
    #[serde(default)]
    schema: Schema,
    #[serde(default)]
    url: String,
    #[serde(default, deserialize_with = "lenient::list")]
    urls: Vec<String>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    start_tls: bool,
    #[serde(default, deserialize_with = "lenient::boolean")]
    insecure_plain: bool,
    #[serde(default)]
    ca_file: Option<PathBuf>,
    #[serde(default)]
    client_certificate_file: Option<PathBuf>,
    #[serde(default)]
    client_key_file: Option<PathBuf>,
    bind_dn: String,
    #[serde(default)]
    bind_password: Option<SecretString>,
    #[serde(default)]
    bind_password_file: Option<PathBuf>,
    user_base: String,
    #[serde(default)]
    user_filter: Option<String>,
    group_base: String,
    #[serde(default)]
    group_filter: Option<String>,
    #[serde(default)]
    user_name_attribute: Option<String>,
    #[serde(default, deserialize_with = "some_list")]
    further_name_attributes: Option<Vec<String>>,
    #[serde(default)]
    display_name_attribute: Option<String>,
    #[serde(default)]
    mail_attribute: Option<String>,
    #[serde(default)]
    group_name_attribute: Option<String>,
    #[serde(default, deserialize_with = "some_list")]
    member_attributes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "some_list")]
    member_name_attributes: Option<Vec<String>>,
    #[serde(default)]
    primary_group_attribute: Option<String>,
    #[serde(default)]
    member_of_attribute: Option<String>,
    #[serde(default)]
    stable_id_attribute: Option<String>,
    #[serde(default)]
    group_lookup: Option<GroupLookup>,
    #[serde(default, deserialize_with = "some_boolean")]
    nested_groups: Option<bool>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default = "connect_timeout", deserialize_with = "lenient::duration")]
    connect_timeout: Duration,
    #[serde(default = "timeout", deserialize_with = "lenient::duration")]
    timeout: Duration,
}

fn some_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    lenient::list(deserializer).map(Some)
}

fn some_boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    lenient::boolean(deserializer).map(Some)
}

const fn connect_timeout() -> Duration {
    Duration::from_secs(3)
}

const fn timeout() -> Duration {
    Duration::from_secs(5)
}

impl From<Written> for Ldap {
    fn from(written: Written) -> Self {
        let usual = written.schema.defaults();
        let text = |written: Option<String>, usual: &str| written.unwrap_or_else(|| usual.to_owned());
        let list = |written: Option<Vec<String>>, usual: &[&str]| {
            written.unwrap_or_else(|| usual.iter().map(|&name| name.to_owned()).collect())
        };
        let nested_groups = written.nested_groups.unwrap_or(usual.nested);
        let usual_lookup = if nested_groups { usual.lookup } else { GroupLookup::Members };
        Self {
            name: written.name,
            schema: written.schema,
            url: written.url,
            urls: written.urls,
            start_tls: written.start_tls,
            insecure_plain: written.insecure_plain,
            ca_file: written.ca_file,
            client_certificate_file: written.client_certificate_file,
            client_key_file: written.client_key_file,
            bind_dn: written.bind_dn,
            bind_password: written.bind_password,
            bind_password_file: written.bind_password_file,
            user_base: written.user_base,
            user_filter: text(written.user_filter, usual.user_filter),
            group_base: written.group_base,
            group_filter: text(written.group_filter, usual.group_filter),
            user_name_attribute: text(written.user_name_attribute, usual.user_name),
            further_name_attributes: list(written.further_name_attributes, usual.further_names),
            display_name_attribute: text(written.display_name_attribute, usual.display_name),
            mail_attribute: text(written.mail_attribute, "mail"),
            group_name_attribute: text(written.group_name_attribute, "cn"),
            member_attributes: list(written.member_attributes, usual.members),
            member_name_attributes: list(written.member_name_attributes, usual.member_names),
            primary_group_attribute: text(written.primary_group_attribute, usual.primary_group),
            member_of_attribute: text(written.member_of_attribute, "memberOf"),
            stable_id_attribute: text(written.stable_id_attribute, usual.stable_id),
            group_lookup: written.group_lookup.unwrap_or(usual_lookup),
            nested_groups,
            attributes: written.attributes,
            connect_timeout: written.connect_timeout,
            timeout: written.timeout,
        }
    }
}
