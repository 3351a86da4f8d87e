//! The real slapd, filled offline, with the configuration of the tests.

use std::collections::HashSet;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use daypass::config;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Mod, StdStream};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::content::{self, ADMIN_PASSWORD, SERVICE_PASSWORD, SUFFIX};

/// A running slapd. Dropping it ends it.
pub struct Slapd {
    child: Child,
    folder: PathBuf,
    /// `127.0.0.1:PORT` without TLS.
    pub plain: String,
    /// `127.0.0.1:PORT` with TLS.
    pub secure: String,
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[allow(clippy::disallowed_methods, reason = "the benchmark starts the servers that it measures against")]
fn command(program: &str) -> Command {
    Command::new(program)
}

impl Slapd {
    /// Fills a database below `folder` and serves it.
    pub async fn start(folder: &Path) -> Self {
        let folder = folder.join("slapd");
        fs::create_dir_all(folder.join("database")).expect("a folder");
        certificates(&folder);
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/slapd.conf");
        let settings = fs::read_to_string(template).expect("the tests' configuration");
        let settings = settings
            .replace("@FOLDER@", folder.to_str().expect("a plain path"))
            .replace("@SUFFIX@", SUFFIX)
            .replace("@ADMIN_PASSWORD@", ADMIN_PASSWORD)
            .replace("maxsize     268435456", "maxsize     4294967296")
            // Its log would be measured too.
            .replace("loglevel    stats", "loglevel    none");
        let file = folder.join("slapd.conf");
        fs::write(&file, settings).expect("it is written");
        let begun = Instant::now();
        let ldif = folder.join("content.ldif");
        content::write(&ldif);
        let loaded = command("/usr/sbin/slapadd").arg("-q").arg("-f").arg(&file).arg("-l").arg(&ldif).status();
        assert!(loaded.expect("slapadd").success(), "slapadd refused an entry");
        println!("slapd holds {} groups and {} people after {:.0?}", content::GROUPS, content::PEOPLE, begun.elapsed());
        let (plain, secure) = (free(), free());
        let log = File::create(folder.join("slapd.log")).expect("a log");
        let child = command("/usr/sbin/slapd")
            .args(["-d", "0", "-h", &format!("ldaps://{secure} ldap://{plain}")])
            .arg("-f")
            .arg(&file)
            .stderr(Stdio::from(log))
            .spawn()
            .expect("slapd starts");
        let slapd = Self { child, folder, plain, secure };
        let start = Instant::now();
        while std::net::TcpStream::connect(&slapd.secure).is_err() {
            assert!(start.elapsed() < Duration::from_secs(30), "slapd does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        slapd
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The authority to trust.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A directory `corp` with groups below `ou=UNIT`; see [`Self::text`].
    pub fn settings(&self, unit: &str) -> config::Ldap {
        toml::from_str(&self.text(unit)).expect("settings")
    }

    /// The lines of `[[directory]]`.
    pub fn text(&self, unit: &str) -> String {
        format!(
            "name = 'corp'\nurl = 'ldaps://{}'\nca_file = '{}'\nbind_dn = 'cn=daypass,ou=services,{SUFFIX}'\nbind_password = '{SERVICE_PASSWORD}'\nuser_base = 'ou=people,{SUFFIX}'\ngroup_base = 'ou={unit},{SUFFIX}'\n",
            self.secure,
            self.authority().display()
        )
    }

    /// A connection of the administrator's.
    pub async fn admin(&self) -> Ldap {
        let mut ldap = open(&format!("ldap://{}", self.plain), LdapConnSettings::new()).await;
        let bound = ldap.simple_bind(&format!("cn=admin,{SUFFIX}"), ADMIN_PASSWORD).await;
        bound.and_then(ldap3::LdapResult::success).expect("the administrator");
        ldap
    }
}

/// A connection of the library's own, which sends at once: left to itself it waits for delayed acknowledgements.
pub async fn open(url: &str, settings: LdapConnSettings) -> Ldap {
    let address = url.rsplit('/').next().unwrap_or_default();
    let stream = std::net::TcpStream::connect(address).expect("slapd");
    stream.set_nodelay(true).and_then(|()| stream.set_nonblocking(true)).expect("a socket");
    let settings = settings.set_std_stream(StdStream::Tcp(stream));
    let (driver, ldap) = LdapConnAsync::with_settings(settings, url).await.expect("a connection");
    tokio::spawn(driver.drive());
    ldap
}

/// Takes a member out of a group.
pub async fn leave(admin: &mut Ldap, group: &str, person: &str) {
    let change = Mod::Delete("member", HashSet::from([person]));
    admin.modify(group, vec![change]).await.and_then(ldap3::LdapResult::success).expect("a change");
}

fn free() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").to_string()
}

/// An authority and a server's certificate for 127.0.0.1.
fn certificates(folder: &Path) {
    let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("it is written");
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    write("ca.pem", params.self_signed(&key).expect("a certificate").pem());
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    write("server.pem", params.signed_by(&key, &issuer).expect("a certificate").pem());
    write("server.key", key.serialize_pem());
}
