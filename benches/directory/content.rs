//! What slapd holds: 50,000 people, 100,000 groups of three, and one group that everybody is in.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use data_encoding::BASE64;
use sha1::{Digest, Sha1};

pub const PEOPLE: usize = 50_000;
pub const GROUPS: usize = 100_000;
pub const SUFFIX: &str = "dc=example,dc=test";
pub const ADMIN_PASSWORD: &str = "fake-admin-password";
pub const SERVICE_PASSWORD: &str = "fake-service-password";
/// The group with everybody in it, in a branch of its own.
pub const EVERYBODY: &str = "everybody";
/// How many people are in the group of the connector, the last ones: those who lose it.
pub const OPERATORS: usize = 200;

const WORDS: [&str; 16] = [
    "payments",
    "billing",
    "platform",
    "data",
    "search",
    "mobile",
    "web",
    "infra",
    "security",
    "risk",
    "legal",
    "sales",
    "Zürich-Ärzte",
    "研发",
    "Группа",
    "İstanbul",
];
const KINDS: [&str; 5] = ["dev", "ops", "admin", "readonly", "audit"];
const REGIONS: [&str; 4] = ["eu", "us", "ap", "global"];

/// A person's DN.
pub fn person(number: usize) -> String {
    format!("uid={},ou=people,{SUFFIX}", uid(number))
}

/// The name that a person signs in with.
pub fn uid(number: usize) -> String {
    format!("p{number:05}")
}

/// A person's password.
pub fn password(number: usize) -> String {
    format!("fake-password-{number}")
}

/// A group's name.
pub fn group(number: usize) -> String {
    let word = WORDS[number % WORDS.len()];
    let kind = KINDS[number / WORDS.len() % KINDS.len()];
    let region = REGIONS[number / (WORDS.len() * KINDS.len()) % REGIONS.len()];
    format!("{word}-{kind}-{region}-{number:06}")
}

/// Writes all of it as LDIF, for slapadd.
pub fn write(file: &Path) {
    let mut out = BufWriter::new(File::create(file).expect("a file"));
    let mut entry = |text: &str| out.write_all(text.as_bytes()).expect("it is written");
    entry(&format!("dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n"));
    for unit in ["services", "people", "groups", "small", "large"] {
        entry(&format!("dn: ou={unit},{SUFFIX}\nobjectClass: organizationalUnit\nou: {unit}\n\n"));
    }
    entry(&format!(
        "dn: cn=daypass,ou=services,{SUFFIX}\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: daypass\nuserPassword: {SERVICE_PASSWORD}\n\n"
    ));
    for number in 0..PEOPLE {
        let (name, hash) = (uid(number), hashed(&password(number), number));
        entry(&format!(
            "dn: {}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: Person {number}\nsn: {number}\ndisplayName: Person {number}\nmail: {name}@example.test\nuserPassword: {hash}\n\n",
            person(number)
        ));
    }
    for number in 0..GROUPS {
        let name = group(number);
        let members = (0..3).map(|nth| (number * 7 + nth * 13_331) % PEOPLE);
        entry(&group_of(&name, "groups", members));
    }
    entry(&group_of("administrators", "groups", 0..1));
    entry(&group_of("operators", "groups", PEOPLE - OPERATORS..PEOPLE));
    entry(&group_of("administrators", "small", 0..1));
    entry(&group_of(EVERYBODY, "large", 0..PEOPLE));
    out.flush().expect("it is written");
}

fn group_of(name: &str, unit: &str, members: impl Iterator<Item = usize>) -> String {
    let dn = format!("cn={name},ou={unit},{SUFFIX}");
    let mut text = format!(
        "dn:: {}\nobjectClass: groupOfNames\ncn:: {}\n",
        BASE64.encode(dn.as_bytes()),
        BASE64.encode(name.as_bytes())
    );
    for member in members {
        writeln!(text, "member: {}", person(member)).expect("a string takes all");
    }
    text.push('\n');
    text
}

/// `{SSHA}`, as OpenLDAP keeps passwords by default.
fn hashed(password: &str, number: usize) -> String {
    let salt = (number as u64).to_be_bytes();
    let mut bytes = Sha1::new().chain_update(password).chain_update(salt).finalize().to_vec();
    bytes.extend(salt);
    format!("{{SSHA}}{}", BASE64.encode(&bytes))
}
