//! What the settings and the network do to the answers of a real slapd.

use std::time::Duration;

use daypass::clock::Clock;
use daypass::config;
use daypass::directory::{Directory, Ldap, SignInError};
use tokio::net::TcpListener;

use super::slapd::{SUFFIX, directory, settings, try_sign_in, variable};
use super::stand_in::{self, SLACK, Server};

type Change<'a> = &'a dyn Fn(&mut config::Ldap);

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
        Ldap::new(settings, Clock::system())
    };
    let directory = Directory::Ldap(Box::new(plain(true).unwrap()));
    assert!(try_sign_in(&directory, "alice", "fake-password-alice").await.is_ok());
    let sentence = plain(false).err().unwrap();
    assert!(sentence.starts_with("directory corp: url begins with ldap://"), "{sentence}");
}

#[test]
fn what_cannot_work_is_refused_at_the_start_by_the_name_of_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let mistakes: [(&str, Change<'_>); 17] = [
        ("url cannot be read", &|settings| settings.url = "localhost".to_owned()),
        ("url must begin with ldaps://", &|settings| settings.url = "https://localhost".to_owned()),
        ("url begins with ldap://", &|settings| settings.insecure_plain = false),
        ("url has no host", &|settings| settings.url = "ldaps:///".to_owned()),
        ("url may have a host and a port only", &|settings| settings.url = "ldaps://localhost/dc=test".to_owned()),
        ("url: a_b.-", &|settings| settings.url = "ldaps://a_b.-/".to_owned()),
        ("bind_dn", &|settings| settings.bind_dn = " ".to_owned()),
        ("bind_password is missing", &|settings| settings.bind_password = None),
        ("bind_password is missing", &|settings| settings.bind_password = Some(String::new().into())),
        ("user_base", &|settings| settings.user_base = String::new()),
        ("group_base", &|settings| settings.group_base = "people".to_owned()),
        ("user_filter", &|settings| settings.user_filter = "objectClass=person".to_owned()),
        ("group_filter", &|settings| settings.group_filter = "(objectClass=group))".to_owned()),
        ("member_attributes", &|settings| settings.member_attributes.clear()),
        ("user_name_attribute", &|settings| settings.user_name_attribute = "uid=x)(cn".to_owned()),
        ("connect_timeout", &|settings| settings.connect_timeout = Duration::ZERO),
        ("ca_file", &|settings| {
            settings.url = "ldaps://localhost".to_owned();
            settings.ca_file = Some(empty.clone());
        }),
    ];
    for (expected, change) in mistakes {
        let mut settings = stand_in::settings("ldap", "127.0.0.1:389");
        assert!(Ldap::new(settings.clone(), Clock::system()).is_ok());
        change(&mut settings);
        let sentence = Ldap::new(settings, Clock::system()).err().unwrap();
        assert!(sentence.starts_with(&format!("directory corp: {expected}")), "{sentence}");
        assert!(sentence.ends_with('.') && !sentence.contains("fake-"), "{sentence}");
    }
}

#[tokio::test]
async fn a_base_that_is_not_there_is_an_error_and_not_an_empty_directory() {
    let nowhere = format!("ou=nowhere,{SUFFIX}");
    let directory = directory(|settings| settings.user_base.clone_from(&nowhere));
    let error = directory.look_up("00000000-0000-1000-8000-000000000000").await.unwrap_err();
    assert_eq!(error.cause, format!("search below {nowhere}: it answers 32 (noSuchObject)"));
}

#[tokio::test]
async fn a_server_that_comes_back_is_used_again() {
    let real = variable("DAYPASS_TEST_LDAP_URL").replace("ldaps://", "");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let directory = directory(|settings| {
        settings.url = format!("ldaps://{address}");
        // Enough for a handshake and a bind under load.
        (settings.connect_timeout, settings.timeout) = (SLACK, SLACK);
    });
    let admins = async || directory.groups_named("aws-admins").await.map(|groups| groups.len());

    let up = Server::passing_on(listener, real.clone());
    assert_eq!(admins().await, Ok(1));
    up.stop().await;
    for _ in 0..3 {
        assert!(admins().await.is_err());
    }
    let up = Server::passing_on(TcpListener::bind(&address).await.unwrap(), real);
    assert_eq!(admins().await, Ok(1));
    up.stop().await;
}
