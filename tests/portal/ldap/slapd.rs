//! The real slapd that `tests/run` starts.

use std::collections::HashSet;
use std::env;

use daypass::clock::Clock;
use daypass::config;
use daypass::directory::{Directory, Ldap, SignInError};
use daypass::model::identity::{Entry, Group};
use ldap3::{LdapConnAsync, Mod, Scope, SearchEntry};
use secrecy::SecretString;

pub const SUFFIX: &str = "dc=example,dc=test";
/// A sign-in name of seventy characters.
pub const LONG: &str = "maximiliane.wolkenstein-hohenfels.projektleitung@bereiche.example.test";

/// A branch of the directory for one test alone.
pub struct Own {
    dn: String,
}

impl Own {
    pub async fn new(name: &str) -> Self {
        let dn = format!("ou={name}-{},{SUFFIX}", daypass::random::id());
        let unit = ("objectClass", HashSet::from(["organizationalUnit"]));
        admin().await.add(&dn, vec![unit]).await.unwrap().success().unwrap();
        Self { dn }
    }

    /// Adds a person whose password is `fake-password-` and the name; their DN.
    pub async fn person(&self, name: &str) -> String {
        let dn = format!("uid={name},{}", self.dn);
        let password = format!("fake-password-{name}");
        let attributes = vec![
            ("objectClass", HashSet::from(["inetOrgPerson", "otherDirectories"])),
            ("cn", HashSet::from([name])),
            ("sn", HashSet::from([name])),
            ("userPassword", HashSet::from([password.as_str()])),
        ];
        admin().await.add(&dn, attributes).await.unwrap().success().unwrap();
        dn
    }

    pub async fn group(&self, name: &str, member: &str) -> String {
        let dn = format!("cn={},{}", ldap3::dn_escape(name), self.dn);
        let attributes = vec![
            ("objectClass", HashSet::from(["groupOfNames"])),
            ("cn", HashSet::from([name])),
            ("member", HashSet::from([member])),
        ];
        admin().await.add(&dn, attributes).await.unwrap().success().unwrap();
        dn
    }

    pub async fn change(&self, dn: &str, attribute: &str, values: &[&str]) {
        let change = Mod::Replace(attribute, values.iter().copied().collect());
        admin().await.modify(dn, vec![change]).await.unwrap().success().unwrap();
    }

    pub async fn remove(&self, dn: &str) {
        admin().await.delete(dn).await.unwrap().success().unwrap();
    }

    pub fn settings(&self) -> config::Ldap {
        let mut settings = settings();
        settings.user_base.clone_from(&self.dn);
        settings.group_base.clone_from(&self.dn);
        settings
    }

    pub fn directory(&self) -> Directory {
        Directory::Ldap(Box::new(Ldap::new(self.settings(), Clock::system()).unwrap()))
    }

    pub async fn sign_in(&self, name: &str) -> Result<Entry, SignInError> {
        try_sign_in(&self.directory(), name, &format!("fake-password-{name}")).await
    }
}

pub async fn sign_in(name: &str, password: &str) -> Result<Entry, SignInError> {
    try_sign_in(&directory(|_| {}), name, password).await
}

pub async fn try_sign_in(directory: &Directory, name: &str, password: &str) -> Result<Entry, SignInError> {
    directory.authenticate(name, &SecretString::from(password.to_owned()), &|_| true).await
}

pub fn directory(change: impl FnOnce(&mut config::Ldap)) -> Directory {
    let mut settings = settings();
    change(&mut settings);
    Directory::Ldap(Box::new(Ldap::new(settings, Clock::system()).unwrap()))
}

pub fn settings() -> config::Ldap {
    let text = format!(
        "name = 'corp'\nurl = '{}'\nca_file = '{}'\nbind_dn = '{}'\nbind_password = '{}'\n\
         user_base = 'ou=people,{SUFFIX}'\ngroup_base = 'ou=groups,{SUFFIX}'\n",
        variable("DAYPASS_TEST_LDAP_URL"),
        variable("DAYPASS_TEST_LDAP_CA"),
        variable("DAYPASS_TEST_LDAP_BIND_DN"),
        variable("DAYPASS_TEST_LDAP_BIND_PASSWORD"),
    );
    toml::from_str(&text).unwrap()
}

pub fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this test by tests/run, which starts slapd"))
}

pub async fn admin() -> ldap3::Ldap {
    let (connection, mut ldap) = LdapConnAsync::new(&variable("DAYPASS_TEST_LDAP_PLAIN_URL")).await.unwrap();
    tokio::spawn(connection.drive());
    let (dn, password) = (variable("DAYPASS_TEST_LDAP_ADMIN_DN"), variable("DAYPASS_TEST_LDAP_ADMIN_PASSWORD"));
    ldap.simple_bind(&dn, &password).await.unwrap().success().unwrap();
    ldap
}

pub async fn uuid_of(dn: &str) -> String {
    let mut admin = admin().await;
    let found = admin.search(dn, Scope::Base, "(objectClass=*)", ["entryUUID"]).await.unwrap();
    let (mut entries, _) = found.success().unwrap();
    SearchEntry::construct(entries.remove(0)).attrs["entryUUID"][0].clone()
}

pub fn person(name: &str) -> String {
    format!("uid={name},ou=people,{SUFFIX}")
}

pub fn group(name: &str) -> String {
    format!("cn={name},ou=groups,{SUFFIX}")
}

pub fn names(groups: &[Group]) -> Vec<&str> {
    groups.iter().map(|group| group.name.as_str()).collect()
}
