//! Clients that others wrote: the AWS CLI and boto3, as programs and people use them against the demo.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::program::{self, Program, command};
use crate::support::{Demo, Ended, peer};

const PROGRAM: &str = "arn:aws:sts::123456789012:assumed-role/Build/program-build-server";

fn aws() -> PathBuf {
    peer("DAYPASS_TEST_AWS_CLI").into()
}

/// A shell in the demo's folder that finds `aws`.
fn shell(folder: &Path) -> Command {
    let mut bash = command("/bin/bash", folder);
    let path = format!("{}:{}", aws().parent().unwrap().display(), std::env::var("PATH").unwrap());
    bash.arg("-eu").env("PATH", path);
    bash
}

fn identity(ended: &Ended) -> String {
    let answer: serde_json::Value = serde_json::from_str(ended.ok()).unwrap();
    answer["Arn"].as_str().unwrap().to_owned()
}

/// What the demo prints to be pasted.
fn printed(demo: &mut Program) -> String {
    let mut lines = vec![demo.line_with("env -u AWS_PROFILE")];
    while lines.last().unwrap().ends_with('\\') {
        lines.push(demo.line());
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_line_that_the_demo_prints_works_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Program::daypass(folder.path(), &["demo", "--listen", "127.0.0.1:0"]);
    let line = printed(&mut demo);
    let mut bash = shell(folder.path());
    bash.env("AWS_DEFAULT_OUTPUT", "json");
    assert_eq!(identity(&Program::spawn(bash, &line).end()), PROGRAM);
}

/// Somebody who uses AWS already, in every way that wins over container credentials.
#[test]
fn the_line_that_the_demo_prints_works_for_people_who_use_aws() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Program::daypass(folder.path(), &["demo", "--listen", "127.0.0.1:0"]);
    let line = printed(&mut demo);
    let own = "aws_access_key_id = FAKEOWNKEY0000000001\naws_secret_access_key = fake-secret-of-somebodys-own-key\n";
    let (config, credentials) = (folder.path().join("config"), folder.path().join("credentials"));
    std::fs::write(&config, "[default]\nregion = eu-west-1\n[profile work]\nregion = eu-west-1\n").unwrap();
    std::fs::write(&credentials, format!("[default]\n{own}[work]\n{own}")).unwrap();
    let habits: [&[(&str, &str)]; 5] = [
        &[("AWS_PROFILE", "work")],
        &[("AWS_DEFAULT_PROFILE", "work")],
        &[("AWS_ACCESS_KEY_ID", "FAKEOWNKEY0000000001"), ("AWS_SECRET_ACCESS_KEY", "fake-secret-of-somebodys-own-key")],
        &[("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Own"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/dev/null")],
        &[("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")],
    ];
    for habit in habits {
        let mut bash = shell(folder.path());
        bash.env("AWS_DEFAULT_OUTPUT", "json").env("AWS_SESSION_TOKEN", "fake-session-token-of-somebody");
        bash.env("AWS_CONFIG_FILE", &config).env("AWS_SHARED_CREDENTIALS_FILE", &credentials);
        bash.envs(habit.iter().copied());
        assert_eq!(identity(&Program::spawn(bash, &line).end()), PROGRAM, "{habit:?}");
    }
}

#[test]
fn a_wrong_token_gets_the_aws_cli_nothing() {
    let demo = Demo::start();
    let mut cli = command(aws(), demo.folder.path());
    cli.args(["sts", "get-caller-identity"])
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}{}", demo.url(), demo.credentials_path()))
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "dpt_not-a-token")
        .env("AWS_ENDPOINT_URL", demo.text("/sandbox/url"))
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1");
    let ended = Program::spawn(cli, "").end();
    assert_ne!(ended.status, 0, "{}", ended.out);
    assert!(ended.err.contains("401"), "{}", ended.err);
}

#[actix_web::test]
async fn boto3_takes_credentials_and_renews_them() {
    let demo = Demo::start();
    let script = r"
import boto3, botocore.session
session = botocore.session.Session()
client = boto3.Session(botocore_session=session, region_name='us-east-1').client('sts')
print(client.get_caller_identity()['Arn'])
credentials = session.get_credentials()
first = credentials.get_frozen_credentials().access_key
# As if their time was nearly over: the next call asks again, and gets the same ones, which last.
credentials._expiry_time = credentials._time_fetcher()
print(client.get_caller_identity()['Arn'])
second = credentials.get_frozen_credentials().access_key
print(first == second, credentials.method)
";
    let mut python = command(peer("DAYPASS_TEST_PYTHON"), demo.folder.path());
    python
        .args(["-c", script])
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}{}", demo.url(), demo.credentials_path()))
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", demo.text("/token"))
        .env("AWS_ENDPOINT_URL", demo.text("/sandbox/url"));
    let ended = program::finish(python, "").await;
    let wanted = format!("{PROGRAM}\n{PROGRAM}\nTrue container-role\n");
    assert_eq!(ended.ok(), wanted);
    // Each hand-out has its row.
    let aria = demo.sign_in("aria").await;
    let log = aria.get("/usage-log?person=build-server&kind=credentials.issue").await;
    assert_eq!(log.body.matches("Issued</span>").count(), 2, "{}", log.text());
}

#[test]
fn the_sandbox_stands_up_to_clients_that_know_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut sandbox = Program::daypass(folder.path(), &["sandbox", "--listen", "127.0.0.1:0"]);
    let url = sandbox.line_with("http://").split_whitespace().last().unwrap().to_owned();
    let line = sandbox.line_with("access key");
    let words: Vec<&str> = line.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let after = |name: &str| words[words.iter().position(|word| *word == name).unwrap() + 1];
    let checks = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/sandbox_boto3.py");
    let mut python = command(peer("DAYPASS_TEST_PYTHON"), folder.path());
    python.args([checks, &url]).env("AWS_ACCESS_KEY_ID", after("key")).env("AWS_SECRET_ACCESS_KEY", after("secret"));
    let ended = Program::spawn(python, "").end();
    assert!(ended.ok().ends_with("all checks passed\n"), "{}", ended.out);
}

#[actix_web::test]
async fn what_the_credentials_page_shows_works_where_it_is_pasted() {
    let demo = Demo::start();
    let emil = demo.sign_in("emil").await;
    let page = emil.post("/connectors/payments-read-only/credentials", &[("duration", "15m")]).await;
    assert_eq!(page.status, 200);
    let endpoint = demo.text("/sandbox/url");
    let arn = "arn:aws:sts::123456789012:assumed-role/ReadOnly/emil";
    let folder = demo.folder.path();

    let paste = format!("{}\naws sts get-caller-identity\n", page.block("bash"));
    let mut bash = shell(folder);
    bash.env("AWS_ENDPOINT_URL", endpoint).env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_DEFAULT_OUTPUT", "json");
    assert_eq!(identity(&program::finish(bash, &paste).await), arn);

    let file = folder.join("credentials");
    let text = page.block("ini");
    let profile = text.lines().next().unwrap().trim_matches(['[', ']']).to_owned();
    std::fs::write(&file, text).unwrap();
    let mut cli = command(aws(), folder);
    cli.args(["sts", "get-caller-identity", "--output", "json", "--profile", &profile, "--endpoint-url", endpoint])
        .env("AWS_SHARED_CREDENTIALS_FILE", &file)
        .env("AWS_DEFAULT_REGION", "us-east-1");
    assert_eq!(identity(&program::finish(cli, "").await), arn);

    // The JSON is what `credential_process` wants.
    let (json, config) = (folder.join("credentials.json"), folder.join("config"));
    std::fs::write(&json, page.block("json")).unwrap();
    std::fs::write(&config, format!("[default]\ncredential_process = /bin/cat {}\n", json.display())).unwrap();
    let mut cli = command(aws(), folder);
    cli.args(["sts", "get-caller-identity", "--output", "json", "--endpoint-url", endpoint])
        .env("AWS_CONFIG_FILE", &config)
        .env("AWS_DEFAULT_REGION", "us-east-1");
    assert_eq!(identity(&program::finish(cli, "").await), arn);
}
