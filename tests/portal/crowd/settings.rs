//! What the settings allow, and what TLS does.

use std::time::Duration;

use daypass::config;
use daypass::directory::Crowd;

use super::server::{self, SLACK, Server, cause, sign_in};
use crate::support::{TlsFront, program};

type Change<'a> = &'a dyn Fn(&mut config::Crowd);

#[test]
fn what_cannot_work_is_refused_at_the_start_by_the_name_of_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let attributes = |name: &str, attribute: &str| [(name.to_owned(), attribute.to_owned())].into();
    let mistakes: [(&str, Change<'_>); 17] = [
        ("url cannot be read", &|settings| settings.url = "crowd".to_owned()),
        ("url must begin with https://", &|settings| settings.url = "ldaps://localhost".to_owned()),
        ("url begins with http://", &|settings| settings.insecure_plain = false),
        ("url: write name and password", &|settings| settings.url = "https://x:fake-y@localhost".to_owned()),
        ("url may have a host", &|settings| settings.url = "https://localhost/?x=y".to_owned()),
        ("url may have a host", &|settings| settings.url = "https://localhost/#x".to_owned()),
        ("application must be", &|settings| settings.application = " ".to_owned()),
        ("application must be", &|settings| settings.application = "a:b".to_owned()),
        ("application_password is missing", &|settings| settings.application_password = None),
        ("application_password is missing", &|settings| settings.application_password = Some(String::new().into())),
        ("connect_timeout", &|settings| settings.connect_timeout = Duration::ZERO),
        ("timeout", &|settings| settings.timeout = Duration::ZERO),
        ("page_size: 1 to", &|settings| settings.page_size = 0),
        ("page_size: 1 to", &|settings| settings.page_size = 10_001),
        ("attributes", &|settings| settings.attributes = attributes("depart ment", "x")),
        ("attributes", &|settings| settings.attributes = attributes("department", " ")),
        ("ca_file", &|settings| settings.ca_file = Some(empty.clone())),
    ];
    for (expected, change) in mistakes {
        let mut settings = server::settings("http://127.0.0.1:8095/crowd");
        assert!(Crowd::new(settings.clone()).is_ok());
        change(&mut settings);
        let sentence = Crowd::new(settings).err().unwrap();
        assert!(sentence.starts_with(&format!("directory corp: {expected}")), "{sentence}");
        assert!(sentence.ends_with('.') && !sentence.contains("fake-"), "{sentence}");
    }
    for page_size in [1, 10_000] {
        assert!(Crowd::new(config::Crowd { page_size, ..server::settings("http://127.0.0.1:1") }).is_ok());
    }
}

#[tokio::test]
async fn a_certificate_is_taken_of_the_named_authority_alone() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let front = TlsFront::before(server.url.trim_end_matches("/crowd"), folder.path());
    let with = |ca_file: Option<std::path::PathBuf>| {
        server.directory_with(|settings| {
            settings.url = format!("{}/crowd/", front.url);
            settings.insecure_plain = false;
            settings.ca_file = ca_file;
            (settings.connect_timeout, settings.timeout) = (SLACK, SLACK);
        })
    };
    assert!(sign_in(&with(Some(front.ca_file.clone())), "alice").await.is_ok());
    server.heard();
    let refused = cause(sign_in(&with(None), "alice").await);
    assert!(refused.starts_with("look-up of a person: no secure connection: invalid peer certificate"), "{refused}");
    assert!(server.heard().is_empty());
}

#[tokio::test]
async fn we_say_who_we_are_and_ask_for_json() {
    let server = Server::start().await;
    let wrong = server.directory_with(|settings| settings.application_password = Some("fake-wrong".to_owned().into()));
    assert_eq!(
        cause(sign_in(&wrong, "alice").await),
        "look-up of a person: it does not take the name and password of the application daypass (401); check \
         application and application_password"
    );
    let elsewhere = server.directory_with(|settings| settings.url = settings.url.replace("/crowd", ""));
    let refused = cause(sign_in(&elsewhere, "alice").await);
    assert!(
        refused.starts_with("look-up of a person: it answers 404 with something else than JSON; check url"),
        "{refused}"
    );
    assert!(server.heard().iter().all(|heard| heard.headers["accept"] == "application/json"));
}

#[test]
fn check_config_reads_it_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "fake-application-password\n").unwrap();
    let check = |text: &str| {
        let file = format!(
            "[[directory]]\nkind = \"crowd\"\nname = \"corp\"\napplication = \"daypass\"\n{text}\n[directory.attributes]\nteam = \"department\"\n[access]\nadministrators = [\"corp:admins\"]\n"
        );
        std::fs::write(folder.path().join("daypass.toml"), file).unwrap();
        program::run(folder.path(), &["check-config"], "")
    };
    let right = "url = \"https://crowd.example.com/crowd\"\napplication_password_file = \"password\"\nnested_groups = false\nstable_id = \"name\"\npage_size = \"500\"\ntimeout = \"2s\"";
    assert_eq!(check(right).ok(), "The configuration is fine.\n");
    for (text, part) in [
        ("url = \"https://crowd.example.com\"", "application_password is missing"),
        ("url = \"http://crowd.example.com\"\napplication_password = \"fake-x\"", "sends passwords in plain"),
        (
            "url = \"https://x\"\napplication_password = \"fake-x\"\napplication_password_file = \"password\"",
            "both set",
        ),
        ("url = \"https://x\"\napplication_pasword = \"fake-x\"", "“application_password”"),
        ("url = \"https://x\"\napplication_password = \"fake-x\"\nstable_id = \"mail\"", "`key` or `name`"),
        ("url = \"https://x\"\napplication_password_file = \"nowhere\"", "application_password_file"),
    ] {
        let ended = check(text);
        assert!(ended.status != 0 && ended.err.contains(part), "{text}: {}", ended.err);
        assert!(!ended.err.contains("fake-"), "{}", ended.err);
    }
}
