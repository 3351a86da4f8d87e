//! The real Samba and the real 389 Directory Server that `tests/run` starts.

use std::io::Write;
use std::process::{Command, Stdio};

use daypass::clock::Clock;
use daypass::config;
use daypass::directory::{Directory, Ldap, SignInError};
use daypass::model::identity::{Entry, Group};

use super::slapd::{try_sign_in, variable};

/// A server, by the word in the names of its variables, its suffix, and the schema in the settings.
#[derive(Clone, Copy)]
pub struct Other {
    word: &'static str,
    pub suffix: &'static str,
    schema: &'static str,
}

pub const SAMBA: Other = Other { word: "SAMBA", suffix: "DC=ad,DC=example,DC=test", schema: "active_directory" };
pub const DIRSRV: Other = Other { word: "DIRSRV", suffix: "dc=ds,dc=example,dc=test", schema: "389ds" };

impl Other {
    pub fn variable(self, name: &str) -> String {
        variable(&format!("DAYPASS_TEST_{}_{name}", self.word))
    }

    pub fn settings(self) -> config::Ldap {
        let text = format!(
            "name = 'corp'\nschema = '{}'\nurl = '{}'\nca_file = '{}'\nbind_dn = '{}'\nbind_password = '{}'\n\
             user_base = '{}'\ngroup_base = '{}'\n",
            self.schema,
            self.variable("URL"),
            variable("DAYPASS_TEST_LDAP_CA"),
            self.variable("BIND_DN"),
            self.variable("BIND_PASSWORD"),
            self.suffix,
            self.suffix,
        );
        toml::from_str(&text).unwrap()
    }

    pub fn directory(self, change: impl FnOnce(&mut config::Ldap)) -> Directory {
        let mut settings = self.settings();
        change(&mut settings);
        Directory::Ldap(Box::new(Ldap::new(settings, Clock::system()).unwrap()))
    }

    pub async fn sign_in(self, name: &str, password: &str) -> Result<Entry, SignInError> {
        try_sign_in(&self.directory(|_| {}), name, password).await
    }

    /// One of ldap-utils as an administrator.
    #[allow(clippy::disallowed_methods, reason = "the server starts no subprocess; tests do")]
    pub fn program(self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.args(["-x", "-H", &self.variable("URL"), "-D", &self.variable("ADMIN_DN")]);
        command.args(["-w", &self.variable("ADMIN_PASSWORD")]);
        command.env("LDAPTLS_CACERT", variable("DAYPASS_TEST_LDAP_CA"));
        command
    }

    /// Hands LDIF to `ldapmodify`.
    pub fn change(self, ldif: &str) {
        let mut child = self
            .program("ldapmodify")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(ldif.as_bytes()).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{ldif}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Names of groups, sorted.
pub fn sorted(groups: &[Group]) -> Vec<&str> {
    let mut names: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
    names.sort_unstable();
    names
}
