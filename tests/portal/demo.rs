//! `daypass demo`: the real binary, from its one line to the empty folder that it leaves.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::program::{self, Program};
use crate::support::{Demo, Person};

fn left_in(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(program::temporary(folder)).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[actix_web::test]
async fn its_people_sign_in_with_their_roles() {
    let demo = Demo::start();
    let keys: Vec<&String> = demo.json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["url", "people", "token", "connector", "sandbox"]);
    let people = demo.json["people"].as_array().unwrap();
    for role in ["administrator", "auditor", "user"] {
        assert!(people.iter().any(|person| person["role"] == role), "nobody is {role}");
    }
    for person in people {
        let signed_in = demo.sign_in(person["name"].as_str().unwrap()).await;
        let (administration, log) = match person["role"].as_str().unwrap() {
            "administrator" => (200, 200),
            "auditor" => (403, 200),
            _ => (403, 403),
        };
        assert_eq!(signed_in.get("/admin/connectors").await.status, administration, "{person}");
        assert_eq!(signed_in.get("/usage-log").await.status, log, "{person}");
    }
}

#[actix_web::test]
async fn the_token_gets_credentials_that_the_sandbox_knows() {
    let demo = Demo::start();
    let page = demo.container_credentials().await;
    assert_eq!(page.status, 200, "{}", page.text());
    let credentials = page.json();
    for name in ["AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AccountId"] {
        assert!(credentials[name].as_str().is_some_and(|text| !text.is_empty()), "no {name}");
    }
    let sandbox = demo.text("/sandbox/url");
    assert!(sandbox.starts_with("http://127.0.0.1:"), "{sandbox}");
    let counters = Person::new(sandbox).get("/_sandbox/counters").await.json();
    assert_eq!(counters["issued"], 1);
}

#[actix_web::test]
async fn it_opens_the_console_under_the_persons_name() {
    let demo = Demo::start();
    let emil = demo.sign_in("emil").await;
    let mut page = emil.get(&emil.console_link("payments-read-only").await).await;
    while page.status == 302 {
        page = emil.get(page.location()).await;
    }
    page.says("assumed-role/ReadOnly/emil");
}

#[test]
fn it_answers_soon_and_prints_one_line() {
    let start = Instant::now();
    let demo = Demo::start();
    // Once built it takes a fraction of this; the limit leaves room for a debug build on a busy machine.
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    let (ended, _folder) = demo.stop("INT");
    assert_eq!((ended.status, ended.out.as_str(), ended.err.as_str()), (0, "", ""));
}

#[test]
fn it_leaves_no_file_behind() {
    for signal in ["INT", "TERM"] {
        let demo = Demo::start();
        assert_eq!(left_in(demo.folder.path()).len(), 1);
        let (ended, folder) = demo.stop(signal);
        assert_eq!(ended.status, 0, "{signal}: {}", ended.err);
        assert_eq!(left_in(folder.path()), Vec::<PathBuf>::new(), "{signal}");
        let others: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(others, ["tmp"], "{signal}");
    }
}

#[test]
fn a_taken_port_gives_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let ended = program::run(folder.path(), &["demo", "--listen", &address], "");
    let sentence =
        format!("daypass: Another program listens at {address} already. Stop it, or choose another address.");
    assert_eq!(ended.refused(1), sentence);
    assert_eq!((ended.out.as_str(), left_in(folder.path())), ("", vec![]));
}

#[test]
fn other_machines_are_served_only_where_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let ended = program::run(folder.path(), &["demo", "--listen", "0.0.0.0:0"], "");
    assert!(ended.refused(1).contains("--expose"), "{}", ended.err);
    assert_eq!(left_in(folder.path()), Vec::<PathBuf>::new());
}

/// The sandbox stays on this machine, and that is said before anybody tries.
#[test]
fn what_does_not_work_from_other_machines_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Program::daypass(folder.path(), &["demo", "--listen", "127.0.0.1:0", "--expose"]);
    assert!(demo.line_with("plain http").contains("enter nothing that is secret"));
    assert!(demo.line().contains("The sandbox answers on this machine only"));
    demo.signal("INT");
    assert_eq!(demo.end().status, 0);
    assert!(program::run(folder.path(), &["demo", "--help"], "").ok().contains("stays on this machine"));
}

/// The setting that is everybody's.
#[test]
fn what_it_says_on_standard_error_is_a_setting() {
    let folder = tempfile::tempdir().unwrap();
    let says = |level: &str| {
        let mut demo = program::command(env!("CARGO_BIN_EXE_daypass"), folder.path());
        demo.args(["demo", "--json", "--listen", "127.0.0.1:0"]).env("DAYPASS_LOG__LEVEL", level);
        let mut demo = Program::spawn(demo, "");
        demo.line();
        demo.signal("INT");
        demo.end().err
    };
    assert_eq!(says("error"), "");
    assert!(says("debug").contains("DEBUG"));
}

#[test]
fn what_it_prints_for_people_says_how_to_sign_in_and_what_to_paste() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Program::daypass(folder.path(), &["demo", "--listen", "127.0.0.1:0"]);
    assert!(demo.line_with("Open").contains("http://127.0.0.1:"));
    for name in ["ada", "emil", "dana", "aria"] {
        assert!(demo.line_with(name).split_whitespace().nth(1).unwrap().len() >= 12);
    }
    assert!(demo.line_with("env -u AWS_PROFILE").ends_with('\\'));
    assert!(demo.line_with("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:").ends_with('\\'));
    assert!(demo.line_with("AWS_ENDPOINT_URL=").ends_with("aws sts get-caller-identity"));
    demo.signal("INT");
    assert_eq!(demo.end().status, 0);
}

#[actix_web::test]
async fn keys_shaped_like_real_ones_are_refused() {
    let demo = Demo::start();
    let ada = demo.sign_in("ada").await;
    let form = [("name", "a real one"), ("key_id", "AKIAIOSFODNN7EXAMPLE"), ("secret", "fake"), ("partition", "aws")];
    let page = ada.post("/admin/access-keys/new", &form).await;
    assert_eq!(page.status, 422);
    assert!(page.field_error("key_id").contains("shaped like a real access key"));
    let list = ada.get("/admin/access-keys").await;
    assert!(!list.body.contains("AKIAIOSFODNN7EXAMPLE"), "{}", list.text());
}
