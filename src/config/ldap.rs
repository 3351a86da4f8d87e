//! `[[directory]] kind = "ldap"`: a server, and how it keeps people and groups.

mod explained;
mod schema;
mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

pub use schema::{GroupLookup, Schema};
use written::Written;

/// `[[directory]] kind = "ldap"`, each setting as it is written or else as the [`Schema`] has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Written")]
pub struct Ldap {
    /// Its permanent name. Renaming it makes other people.
    pub name: String,
    /// Which server it is: `openldap` (the default), `active_directory`, `389ds`, or `rfc2307` for groups of POSIX. Says
    /// what the settings from `user_filter` to `nested_groups` are where they are not set.
    pub schema: Schema,
    /// `ldaps://HOST:PORT`; `ldap://` only together with `start_tls` or `insecure_plain`.
    pub url: String,
    /// Instead of `url`: several servers with the same content. Where one does not answer, the next is asked within the same
    /// call, and the one that failed is asked last for a while (1 s, twice as long each time, 60 s at most).
    pub urls: Vec<String>,
    /// Begin at a port of `ldap://` and switch to TLS before anything else is said (RFC 4511, 4.14). Default false.
    pub start_tls: bool,
    /// Send passwords over an unencrypted connection (a test network; everybody on the way reads along). Default false.
    pub insecure_plain: bool,
    /// PEM file with the certificate authorities to trust, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file with our own certificate, and those between it and its authority, for servers that want one.
    pub client_certificate_file: Option<PathBuf>,
    /// PEM file with the private key of our own certificate.
    pub client_key_file: Option<PathBuf>,
    /// DN of the account that searches, for example `cn=daypass,ou=services,dc=example,dc=com`. Active Directory takes
    /// `user@domain` too.
    pub bind_dn: String,
    /// Its password.
    pub bind_password: Option<SecretString>,
    /// A file that holds `bind_password`.
    pub bind_password_file: Option<PathBuf>,
    /// Where people are searched, for example `ou=people,dc=example,dc=com`. Of several domains each is a directory.
    pub user_base: String,
    /// Which entries are people. Default `(objectClass=inetOrgPerson)`.
    pub user_filter: String,
    /// Where groups are searched.
    pub group_base: String,
    /// Which entries are groups. Default `(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))`.
    pub group_filter: String,
    /// The attribute people sign in with, and their user name here. Default `uid`; Active Directory: `sAMAccountName`.
    pub user_name_attribute: String,
    /// Attributes whose value people may sign in with too; only such as people cannot change themselves, since a name that
    /// two have lets neither in. Default none; Active Directory: `userPrincipalName`.
    pub further_name_attributes: Vec<String>,
    /// Default `cn`; Active Directory: `displayName`.
    pub display_name_attribute: String,
    /// Default `mail`.
    pub mail_attribute: String,
    /// Default `cn`.
    pub group_name_attribute: String,
    /// Attributes of a group that hold its members' DNs. Default `member`, `uniqueMember`; Active Directory: `member`;
    /// rfc2307: none.
    pub member_attributes: Vec<String>,
    /// Attributes of a group that hold its members' user names. Default none; rfc2307: `memberUid`.
    pub member_name_attributes: Vec<String>,
    /// The attribute of a person that says which group is their first one: a relative id (`primaryGroupID`, Active
    /// Directory) or a number that the group has under the same attribute (`gidNumber`, rfc2307). Default none; empty for
    /// none.
    pub primary_group_attribute: String,
    /// The attribute of people and groups that holds the DNs of their groups, for `group_lookup = "member_of"`. Default
    /// `memberOf`.
    pub member_of_attribute: String,
    /// The attribute that stays the same when an entry is renamed. Default `entryUUID`; 389 DS: `nsUniqueId`; Active
    /// Directory: `objectGUID`.
    pub stable_id_attribute: String,
    /// How somebody's groups are found; see [`GroupLookup`]. Default `members`; Active Directory: `token_groups`.
    pub group_lookup: GroupLookup,
    /// Whether a member of a group within a group is a member of the outer one too. Default false; Active Directory: true.
    pub nested_groups: bool,
    /// What is read of people for placeholders and session tags, as `[directory.attributes]`: a name of your own, and the
    /// LDAP attribute it stands for, for example `department = "departmentNumber"`. Default: none.
    pub attributes: BTreeMap<String, String>,
    /// How long to wait for the server to accept a connection. Default `3s`.
    pub connect_timeout: Duration,
    /// How long to wait for each answer. Default `5s`.
    pub timeout: Duration,
}

impl Ldap {
    /// The addresses to ask, in order.
    #[must_use]
    pub fn addresses(&self) -> Vec<&str> {
        let one = (!self.url.is_empty()).then_some(&self.url);
        one.into_iter().chain(&self.urls).map(String::as_str).collect()
    }

    /// Attributes whose value people may sign in with, the main one first.
    pub fn name_attributes(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.user_name_attribute).chain(&self.further_name_attributes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "name = 'corp'\nurl = 'ldaps://x'\nbind_dn = 'cn=a'\nuser_base = 'dc=x'\ngroup_base = 'dc=x'\n";

    fn read(text: &str) -> Result<Ldap, toml::de::Error> {
        toml::from_str(&format!("{LEAST}{text}"))
    }

    #[test]
    fn a_schema_sets_what_is_not_written() {
        let of = |schema: &str| read(&format!("schema = '{schema}'")).unwrap();
        for (schema, id, name, lookup, nested) in [
            ("openldap", "entryUUID", "uid", GroupLookup::Members, false),
            ("389ds", "nsUniqueId", "uid", GroupLookup::Members, false),
            ("rfc2307", "entryUUID", "uid", GroupLookup::Members, false),
            ("active_directory", "objectGUID", "sAMAccountName", GroupLookup::TokenGroups, true),
        ] {
            let ldap = of(schema);
            assert_eq!((ldap.stable_id_attribute.as_str(), ldap.user_name_attribute.as_str()), (id, name), "{schema}");
            assert_eq!((ldap.group_lookup, ldap.nested_groups), (lookup, nested), "{schema}");
        }
        assert_eq!(read("").unwrap().stable_id_attribute, of("openldap").stable_id_attribute);
        assert_eq!(of("rfc2307").member_name_attributes, ["memberUid"]);
        assert!(read("schema = 'novell'").is_err());
    }

    #[test]
    fn each_setting_goes_over_the_schema() {
        let written = "schema = 'active_directory'\nstable_id_attribute = 'entryUUID'\nuser_filter = '(cn=*)'\n\
                       further_name_attributes = []\nnested_groups = false\nprimary_group_attribute = ''\n";
        let ldap = read(written).unwrap();
        assert_eq!((ldap.stable_id_attribute.as_str(), ldap.user_filter.as_str()), ("entryUUID", "(cn=*)"));
        assert_eq!((ldap.further_name_attributes.len(), ldap.primary_group_attribute.as_str()), (0, ""));
        // Its usual way knows nested groups only.
        assert_eq!((ldap.nested_groups, ldap.group_lookup), (false, GroupLookup::Members));
        assert!(read("user_fliter = '(cn=*)'").unwrap_err().to_string().contains("user_fliter"));
    }
}
