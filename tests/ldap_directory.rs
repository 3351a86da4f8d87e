//! An LDAP directory against a real slapd, with the people and groups of `tests/peers/people.ldif`.

use std::collections::HashSet;
use std::env;

use daypass::config;
use daypass::directory::{Directory, Ldap, MOST_GROUPS, SignInError};
use daypass::model::identity::{Entry, Group};
use ldap3::{LdapConnAsync, Mod, Scope, SearchEntry};
use secrecy::SecretString;

const SUFFIX: &str = "dc=example,dc=test";
const LONG: &str = "maximiliane.wolkenstein-hohenfels.projektleitung@bereiche.example.test";

#[tokio::test]
async fn a_right_password_gives_the_person_and_their_groups_of_both_kinds() {
    let entry = sign_in("alice", "fake-password-alice").await.unwrap();
    assert_eq!((entry.directory.as_str(), entry.user_name.as_str()), ("corp", "alice"));
    assert_eq!((entry.display_name.as_str(), entry.mail.as_str()), ("Alice Archer", "alice@example.test"));
    assert!(entry.active);
    assert_eq!(entry.external_id, uuid_of(&person("alice")).await);
    assert_eq!(names(&entry.groups), ["aws-admins", "developers", "group with, comma", "release-managers"]);
    let admins = &entry.groups[0];
    assert_eq!(admins.group.directory, "corp");
    assert_eq!(admins.group.id, uuid_of(&group("aws-admins")).await);
    assert_eq!(admins.detail, "cn=aws-admins,ou=groups,dc=example,dc=test");
    assert_eq!(directory(|_| {}).look_up(&entry.external_id).await, Ok(Some(entry)));
}

#[tokio::test]
async fn a_wrong_or_empty_password_lets_nobody_in() {
    for wrong in ["fake-password-bob", "FAKE-PASSWORD-ALICE", "", "\0", "\0fake-password-alice", " ", "*"] {
        assert_eq!(sign_in("alice", wrong).await, Err(SignInError::WrongPassword), "{wrong:?}");
    }
}

#[tokio::test]
async fn what_is_typed_never_becomes_part_of_the_filter() {
    for name in ["nobody", "", " ", "*", "*)(uid=*", "alice)(objectClass=*", "al*", "alice\0", "\\61lice", "(", ")"] {
        assert_eq!(sign_in(name, "fake-password-alice").await, Err(SignInError::Unknown), "{name:?}");
    }
    assert_eq!(sign_in(&"a".repeat(100_000), "fake-password-alice").await, Err(SignInError::Unknown));
}

#[tokio::test]
async fn a_name_of_two_people_lets_neither_in() {
    let both = directory(|settings| settings.user_base = SUFFIX.to_owned());
    assert_eq!(try_sign_in(&both, "twin", "fake-password-twin").await, Err(SignInError::Ambiguous));
    assert_eq!(sign_in("twin", "fake-password-twin").await.unwrap().display_name, "Tina Twin");
}

#[tokio::test]
async fn strange_names_work_and_their_groups_are_found() {
    let dana = ["developers", "payments-ops"];
    for (name, password, groups) in [
        ("mü\\ller", "fake-password-jörg", &["developers", "group with, comma"][..]),
        ("dana", "fake-password-dana", &dana),
        ("grace van dyk", "fake-password-grace", &["developers"]),
        (LONG, "fake-password-maximiliane", &["developers"]),
        ("a", "fake-password-a", &["developers"]),
        ("erin", "fake-password-erin", &[]),
        // A member by a DN in other letters.
        ("bob", "fake-password-bob", &["developers", "payments-ops", "release-managers"]),
    ] {
        let entry = sign_in(name, password).await.unwrap();
        assert_eq!(entry.user_name, name);
        assert_eq!(names(&entry.groups), groups, "{name}");
    }
    let henry = sign_in("henry", "fake-password-henry").await.unwrap();
    assert_eq!((henry.display_name.as_str(), henry.mail.as_str()), ("Henry Hall", ""));
}

#[tokio::test]
async fn however_a_name_is_typed_it_is_the_same_person_under_the_directorys_own_spelling() {
    let frank = sign_in("Frank.Miller", "fake-password-frank").await.unwrap();
    for name in ["frank.miller", "FRANK.MILLER", " frank.miller "] {
        assert_eq!(sign_in(name, "fake-password-frank").await.as_ref(), Ok(&frank), "{name}");
    }
    assert_eq!(frank.user_name, "Frank.Miller");
    assert_eq!(frank.groups.len(), 150);
}

#[tokio::test]
async fn somebody_in_more_groups_than_a_page_holds_has_them_all() {
    let own = Own::new("paging").await;
    let member = own.person("paula").await;
    for number in 0..520 {
        own.group(&format!("page {number}"), &member).await;
    }
    let entry = own.sign_in("paula").await.unwrap();
    let different: HashSet<_> = entry.groups.iter().map(|group| &group.group.id).collect();
    assert_eq!((entry.groups.len(), different.len()), (520, 520));
}

#[tokio::test]
async fn groups_are_found_by_a_part_of_their_name() {
    let directory = directory(|_| {});
    let found = directory.find_groups("TEAM-").await.unwrap();
    assert!(found.more);
    assert_eq!(found.groups.len(), MOST_GROUPS);
    assert!(found.groups.is_sorted_by_key(|group| &group.name));
    let found = directory.find_groups("team-01").await.unwrap();
    assert!(!found.more);
    assert_eq!(names(&found.groups).first(), Some(&"team-010"));
    assert_eq!(found.groups.len(), 10);
    let found = directory.find_groups(" with, c").await.unwrap();
    assert_eq!(names(&found.groups), ["group with, comma"]);
    assert!(directory.find_groups("").await.unwrap().more);
    for part in ["*", "(", "\\", "team*", "*)(cn=*", "\0", "nothing like it"] {
        assert_eq!(directory.find_groups(part).await.unwrap().groups, [], "{part:?}");
    }
}

#[tokio::test]
async fn what_a_filter_must_escape_can_be_searched_in_names() {
    let own = Own::new("names").await;
    let member = own.person("petra").await;
    for name in ["stars *** (all)", "back\\slash", "ümlaut"] {
        own.group(name, &member).await;
    }
    let directory = own.directory();
    for (part, name) in [
        ("*", "stars *** (all)"),
        ("***", "stars *** (all)"),
        ("(", "stars *** (all)"),
        ("(ALL)", "stars *** (all)"),
        ("\\", "back\\slash"),
        ("ÜML", "ümlaut"),
    ] {
        assert_eq!(names(&directory.find_groups(part).await.unwrap().groups), [name], "{part}");
    }
    assert_eq!(names(&own.sign_in("petra").await.unwrap().groups), ["back\\slash", "stars *** (all)", "ümlaut"]);
}

#[tokio::test]
async fn a_group_is_found_by_its_whole_name_and_by_its_id() {
    let directory = directory(|_| {});
    let found = directory.groups_named("AWS-Admins").await.unwrap();
    assert_eq!(names(&found), ["aws-admins"]);
    assert_eq!(directory.group(&found[0].group.id).await, Ok(Some(found[0].clone())));
    for name in ["aws-admin", "aws-admins*", "", "*"] {
        assert_eq!(directory.groups_named(name).await, Ok(Vec::new()), "{name}");
    }
    for id in ["", "*", "0", &found[0].detail, "*)(cn=*", "a=b", "00000000-0000-1000-8000-000000000000"] {
        assert_eq!(directory.group(id).await, Ok(None), "{id}");
    }
}

#[tokio::test]
async fn a_group_taken_away_is_gone_at_the_next_look() {
    let own = Own::new("taken").await;
    let member = own.person("tara").await;
    let other = own.person("tim").await;
    let group = own.group("ops", &member).await;
    let id = own.sign_in("tara").await.unwrap().external_id;
    let directory = own.directory();
    assert_eq!(names(&directory.look_up(&id).await.unwrap().unwrap().groups), ["ops"]);
    own.change(&group, "member", &[&other]).await;
    assert_eq!(directory.look_up(&id).await.unwrap().unwrap().groups, []);
}

#[tokio::test]
async fn a_renamed_person_stays_the_same_and_a_deleted_one_is_gone_for_good() {
    let own = Own::new("renamed").await;
    let dn = own.person("ursula").await;
    let before = own.sign_in("ursula").await.unwrap();
    let directory = own.directory();
    let mut admin = admin().await;
    admin.modifydn(&dn, "uid=ulla", true, None).await.unwrap().success().unwrap();
    let after = directory.look_up(&before.external_id).await.unwrap().unwrap();
    assert_eq!((after.external_id.as_str(), after.user_name.as_str()), (before.external_id.as_str(), "ulla"));
    admin.delete(&dn.replace("uid=ursula", "uid=ulla")).await.unwrap().success().unwrap();
    assert_eq!(directory.look_up(&before.external_id).await, Ok(None));
    own.person("ulla").await;
    assert_eq!(directory.look_up(&before.external_id).await, Ok(None));
    assert_ne!(own.sign_in("ulla").await.unwrap().external_id, before.external_id);
}

#[tokio::test]
async fn somebody_whose_account_is_closed_is_known_but_not_let_in() {
    let own = Own::new("closed").await;
    let directory = own.directory();
    for (name, attribute, closed) in [
        ("lena", "pwdAccountLockedTime", "000001010000Z"),
        ("nora", "nsAccountLock", "true"),
        ("adam", "userAccountControl", "514"),
        ("emil", "accountExpires", "116444736000000000"),
    ] {
        let dn = own.person(name).await;
        let id = own.sign_in(name).await.unwrap().external_id;
        own.change(&dn, attribute, &[closed]).await;
        assert_eq!(own.sign_in(name).await, Err(SignInError::Inactive), "{name}");
        assert!(!directory.look_up(&id).await.unwrap().unwrap().active, "{name}");
        own.change(&dn, attribute, &[]).await;
        assert!(directory.look_up(&id).await.unwrap().unwrap().active, "{name}");
        assert!(own.sign_in(name).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn a_binary_id_is_written_in_hexadecimal_and_searched_by_its_bytes() {
    let own = Own::new("guid").await;
    let dn = own.person("gina").await;
    let guid = [0x2a, 0x28, 0x29, 0x5c, 0, 0xff, 0x80, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    let change = Mod::Replace(b"objectGUID".to_vec(), HashSet::from([guid.to_vec()]));
    admin().await.modify(&dn, vec![change]).await.unwrap().success().unwrap();
    let mut settings = own.settings();
    settings.stable_id_attribute = "objectGUID".to_owned();
    let directory = Directory::Ldap(Ldap::new(settings).unwrap());
    let entry = try_sign_in(&directory, "gina", "fake-password-gina").await.unwrap();
    assert_eq!(entry.external_id, "2a28295c00ff80070809 0a0b0c0d0e0f".replace(' ', ""));
    assert_eq!(directory.look_up(&entry.external_id).await, Ok(Some(entry)));
    assert_eq!(directory.look_up("2a28295c00ff800708090a0b0c0d0e0e").await, Ok(None));
    assert_eq!(directory.look_up("*").await, Ok(None));
}

#[tokio::test]
async fn without_a_stable_id_the_dn_is_the_id_in_one_way_of_writing() {
    let directory = directory(|settings| settings.stable_id_attribute = "nsUniqueId".to_owned());
    let entry = try_sign_in(&directory, "dana", "fake-password-dana").await.unwrap();
    assert_eq!(entry.external_id, "cn=dana (ops*) \\5c night\\2c shift\\2b1,ou=people,dc=example,dc=test");
    assert_eq!(names(&entry.groups), ["developers", "payments-ops"]);
    assert_eq!(directory.look_up(&entry.external_id).await, Ok(Some(entry)));
    let comma = &directory.groups_named("group with, comma").await.unwrap()[0];
    assert_eq!(comma.group.id, "cn=group with\\2c comma,ou=groups,dc=example,dc=test");
    assert_eq!(directory.group(&comma.group.id).await, Ok(Some(comma.clone())));
    // Neither outside of the base, nor what is no person.
    for id in [
        "cn=daypass,ou=services,dc=example,dc=test",
        "ou=people,dc=example,dc=test",
        "uid=none,ou=people,dc=example,dc=test",
    ] {
        assert_eq!(directory.look_up(id).await, Ok(None), "{id}");
    }
}

#[tokio::test]
async fn a_refused_service_account_is_a_directory_that_does_not_answer_and_its_password_is_not_told() {
    let wrong = directory(|settings| settings.bind_password = Some("fake-wrong-password".to_owned().into()));
    let error = wrong.find_groups("x").await.unwrap_err();
    let bind_dn = variable("DAYPASS_TEST_LDAP_BIND_DN");
    assert_eq!(error.cause, format!("it refuses the account that searches ({bind_dn}): 49 (invalidCredentials)"));
    assert!(!format!("{error:?}").contains("fake-"));
    let result = try_sign_in(&wrong, "alice", "fake-password-alice").await;
    assert_eq!(result, Err(SignInError::Unavailable(error)));
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let key = rcgen::KeyPair::generate().unwrap();
    let other = rcgen::CertificateParams::new(vec!["other.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.pem");
    std::fs::write(&file, other.pem()).unwrap();
    let directory = directory(|settings| settings.ca_file = Some(file));
    let error = directory.find_groups("x").await.unwrap_err();
    assert!(error.cause.starts_with("no secure connection: invalid peer certificate"), "{}", error.cause);
}

#[tokio::test]
async fn plain_works_only_where_it_is_allowed() {
    let plain = |allowed: bool| {
        let mut settings = settings();
        settings.url = variable("DAYPASS_TEST_LDAP_PLAIN_URL");
        settings.insecure_plain = allowed;
        Ldap::new(settings)
    };
    let directory = Directory::Ldap(plain(true).unwrap());
    assert!(try_sign_in(&directory, "alice", "fake-password-alice").await.is_ok());
    let sentence = plain(false).err().unwrap();
    assert!(sentence.starts_with("directory corp: url begins with ldap://"), "{sentence}");
}

#[tokio::test]
async fn a_base_that_is_not_there_is_an_error_and_not_an_empty_directory() {
    let nowhere = format!("ou=nowhere,{SUFFIX}");
    let directory = directory(|settings| settings.user_base.clone_from(&nowhere));
    let error = directory.look_up("00000000-0000-1000-8000-000000000000").await.unwrap_err();
    assert_eq!(error.cause, format!("search below {nowhere}: it answers 32 (noSuchObject)"));
}

#[tokio::test]
async fn many_at_once_share_the_connections() {
    let directory = directory(|_| {});
    let ids = directory.groups_named("aws-admins").await.unwrap();
    let work = (0..100).map(|_| directory.group(&ids[0].group.id));
    for group in futures_util::future::join_all(work).await {
        assert_eq!(group.unwrap().unwrap().name, "aws-admins");
    }
}

/// A branch of the directory for one test alone.
struct Own {
    dn: String,
}

impl Own {
    async fn new(name: &str) -> Self {
        let dn = format!("ou={name}-{},{SUFFIX}", daypass::random::id());
        let unit = ("objectClass", HashSet::from(["organizationalUnit"]));
        admin().await.add(&dn, vec![unit]).await.unwrap().success().unwrap();
        Self { dn }
    }

    /// Adds a person whose password is `fake-password-` and the name; their DN.
    async fn person(&self, name: &str) -> String {
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

    async fn group(&self, name: &str, member: &str) -> String {
        let dn = format!("cn={},{}", ldap3::dn_escape(name), self.dn);
        let attributes = vec![
            ("objectClass", HashSet::from(["groupOfNames"])),
            ("cn", HashSet::from([name])),
            ("member", HashSet::from([member])),
        ];
        admin().await.add(&dn, attributes).await.unwrap().success().unwrap();
        dn
    }

    async fn change(&self, dn: &str, attribute: &str, values: &[&str]) {
        let change = Mod::Replace(attribute, values.iter().copied().collect());
        admin().await.modify(dn, vec![change]).await.unwrap().success().unwrap();
    }

    fn settings(&self) -> config::Ldap {
        let mut settings = settings();
        settings.user_base.clone_from(&self.dn);
        settings.group_base.clone_from(&self.dn);
        settings
    }

    fn directory(&self) -> Directory {
        Directory::Ldap(Ldap::new(self.settings()).unwrap())
    }

    async fn sign_in(&self, name: &str) -> Result<Entry, SignInError> {
        try_sign_in(&self.directory(), name, &format!("fake-password-{name}")).await
    }
}

async fn sign_in(name: &str, password: &str) -> Result<Entry, SignInError> {
    try_sign_in(&directory(|_| {}), name, password).await
}

async fn try_sign_in(directory: &Directory, name: &str, password: &str) -> Result<Entry, SignInError> {
    directory.authenticate(name, &SecretString::from(password.to_owned())).await
}

fn directory(change: impl FnOnce(&mut config::Ldap)) -> Directory {
    let mut settings = settings();
    change(&mut settings);
    Directory::Ldap(Ldap::new(settings).unwrap())
}

fn settings() -> config::Ldap {
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

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this test by tests/run, which starts slapd"))
}

async fn admin() -> ldap3::Ldap {
    let (connection, mut ldap) = LdapConnAsync::new(&variable("DAYPASS_TEST_LDAP_PLAIN_URL")).await.unwrap();
    tokio::spawn(connection.drive());
    let (dn, password) = (variable("DAYPASS_TEST_LDAP_ADMIN_DN"), variable("DAYPASS_TEST_LDAP_ADMIN_PASSWORD"));
    ldap.simple_bind(&dn, &password).await.unwrap().success().unwrap();
    ldap
}

async fn uuid_of(dn: &str) -> String {
    let mut admin = admin().await;
    let found = admin.search(dn, Scope::Base, "(objectClass=*)", ["entryUUID"]).await.unwrap();
    let (mut entries, _) = found.success().unwrap();
    SearchEntry::construct(entries.remove(0)).attrs["entryUUID"][0].clone()
}

fn person(name: &str) -> String {
    format!("uid={name},ou=people,{SUFFIX}")
}

fn group(name: &str) -> String {
    format!("cn={name},ou=groups,{SUFFIX}")
}

fn names(groups: &[Group]) -> Vec<&str> {
    groups.iter().map(|group| group.name.as_str()).collect()
}
