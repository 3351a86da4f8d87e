//! AWS SDKs as others wrote them: they find the two variables, get credentials, sign with them at a sandbox that verifies
//! it, and refresh by themselves.
//!
//! AWS gives no session shorter than 15 minutes. So that an SDK finds one nearly over, this AWS and this portal are almost 15
//! minutes behind, as much as AWS lets clocks differ: what they issue for 15 minutes ends for the SDK in seconds.

use std::path::Path;
use std::process::Command;

use super::*;
use crate::support::program::{self, command};
use crate::support::{Ended, peer};

const ARN: &str = "arn:aws:sts::123456789012:assumed-role/ReadOnly/program-";

/// How far this AWS is behind. For an SDK its sessions last the rest of 900 s: less than the five seconds before the end from
/// which on the one for Rust, the most patient, asks again.
const BEHIND: TimeDelta = TimeDelta::seconds(896);

/// The clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Cli,
    Boto3,
    JavaScript,
    Rust,
}

const ALL: [Client; 4] = [Client::Cli, Client::Boto3, Client::JavaScript, Client::Rust];

impl Client {
    /// Signs three calls; the CLI one, since it is a process for each.
    fn command(self, folder: &Path) -> Command {
        let peers = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers");
        match self {
            Self::Cli => {
                let mut cli = command(peer("DAYPASS_TEST_AWS_CLI"), folder);
                cli.args(["sts", "get-caller-identity", "--query", "Arn", "--output", "text"]);
                cli
            }
            Self::Boto3 => {
                let mut python = command(peer("DAYPASS_TEST_PYTHON"), folder);
                python.arg(format!("{peers}/sdk_boto3.py"));
                python
            }
            Self::JavaScript => {
                let mut node = command(peer("DAYPASS_TEST_NODE"), folder);
                node.arg(format!("{peers}/javascript/client.cjs"));
                node.env("NODE_PATH", format!("{}/node_modules", peer("DAYPASS_TEST_JAVASCRIPT")));
                node
            }
            // This very program, once more, in a process whose variables are its own.
            Self::Rust => {
                let mut own = command(std::env::current_exe().unwrap(), folder);
                own.args(["--exact", "sdk::clients::every_sdk_refreshes_by_itself_and_reads_the_token_file_anew"]);
                own.args(["--nocapture", "--test-threads=1"]).env(CHILD, "1");
                own
            }
        }
    }

    /// Runs it to its end, with these variables beside those that lead to the portal and its AWS.
    async fn run(self, app: &TestApp, variables: &[(&str, &str)]) -> Ended {
        let mut command = self.command(app.folder.path());
        command
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}{}", app.url, path("system")))
            .env("AWS_ENDPOINT_URL", app.sandbox.sts_url())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .envs(variables.iter().copied());
        program::finish(command, "").await
    }
}

/// Says to this program that it is the client.
const CHILD: &str = "DAYPASS_TEST_IS_RUST_CLIENT";

/// The AWS SDK for Rust with nothing said to it.
#[allow(clippy::print_stdout, reason = "the test reads it")]
async fn be_the_client() {
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).load().await;
    let client = aws_sdk_sts::Client::new(&config);
    for call in 0..3 {
        if let (1, Ok(next)) = (call, std::env::var("NEXT_TOKEN")) {
            std::fs::rename(next, std::env::var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").unwrap()).unwrap();
        }
        match client.get_caller_identity().send().await {
            Ok(identity) => println!("\n{}", identity.arn.unwrap()),
            Err(error) => panic!("{}", aws_sdk_sts::error::DisplayErrorContext(error)),
        }
    }
}

/// The lines that say who it was.
fn arns(ended: &Ended) -> Vec<&str> {
    ended.ok().lines().filter_map(|line| line.strip_prefix(ARN)).collect()
}

/// A portal and an AWS whose clock goes, [`BEHIND`] everybody else's.
async fn behind() -> TestApp {
    let now = || Clock::system().now() - BEHIND;
    let clock = Clock::fixed(now());
    let app = TestApp::builder().clock(clock.clone()).start().await;
    actix_web::rt::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            clock.advance(now() - clock.now());
        }
    });
    world::fill(&app).await;
    change(&app, |form| form.duration = "15m".to_owned()).await;
    app
}

fn put(app: &TestApp, name: &str, text: &str) -> String {
    let file = app.folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[actix_web::test]
async fn every_sdk_refreshes_by_itself_and_reads_the_token_file_anew() {
    if std::env::var_os(CHILD).is_some() {
        return be_the_client().await;
    }
    for client in ALL {
        let app = behind().await;
        let (one, two) = (app.token("one", "system").await, app.token("two", "system").await);
        let (file, next) = (put(&app, "token", &one), put(&app, "next", &two));
        let variables = [("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.as_str()), ("NEXT_TOKEN", &next)];
        let mut ended = client.run(&app, &variables).await;
        let mut names: Vec<String> = arns(&ended).into_iter().map(str::to_owned).collect();
        if client == Client::Cli {
            std::fs::rename(&next, &file).unwrap();
            for _ in 0..2 {
                ended = client.run(&app, &variables).await;
                names.extend(arns(&ended).into_iter().map(str::to_owned));
            }
        }
        assert!(names.len() >= 3, "{client:?}: {names:?}");
        names.dedup();
        assert_eq!(names, ["one", "two"], "{client:?}");
        let rows = rows(&app).await;
        assert!(rows.len() >= 3 && rows.iter().all(|row| outcome(row) == ("ok", "")), "{client:?}: {rows:?}");
        assert!(rows.iter().all(|row| row.origin.address == "127.0.0.1"));
        let mut who: Vec<&str> = rows.iter().map(|row| row.actor_name.as_str()).collect();
        who.dedup();
        assert_eq!(who, ["one", "two"], "{client:?}");
        let mut keys: Vec<&str> = rows.iter().map(|row| row.issued_key_id.as_deref().unwrap()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), rows.len(), "{client:?}: each refresh is a session of its own");
        // Those of the portal's two access keys are among them.
        let signed = app.sandbox.counters().of("GetCallerIdentity");
        assert!(signed.served >= 3 + 2 && signed.refused == 0, "{client:?}: {signed:?}");
    }
}

#[actix_web::test]
async fn processes_one_after_the_other_get_the_same_session() {
    let app = TestApp::start().await;
    let token = app.token("build", "system").await;
    for client in ALL {
        let ended = client.run(&app, &[("AWS_CONTAINER_AUTHORIZATION_TOKEN", &token)]).await;
        assert!(arns(&ended).iter().all(|name| *name == "build") && !arns(&ended).is_empty(), "{client:?}");
    }
    let rows = rows(&app).await;
    assert!(rows.len() >= 4, "{rows:?}");
    assert_eq!(rows.iter().filter(|row| !is_cached(row)).count(), 1);
    assert_eq!(assumed(&app), 1);
}

/// The first try of each meets an AWS that takes longer than they wait: the next finds what came of it.
#[actix_web::test]
async fn an_aws_that_takes_three_seconds_is_no_failure_for_an_sdk() {
    for client in ALL {
        let app = TestApp::start().await;
        let token = app.token("build", "system").await;
        app.sandbox.fault(late(5_000).times(1));
        app.sandbox.fault(late(800));
        let ended = client.run(&app, &[("AWS_CONTAINER_AUTHORIZATION_TOKEN", &token)]).await;
        assert!(!arns(&ended).is_empty(), "{client:?}");
        let rows = rows(&app).await;
        assert!(rows.iter().any(|row| outcome(row) == ("ok", "")), "{client:?}: {rows:?}");
        let mut keys: Vec<_> = rows.iter().filter_map(|row| row.issued_key_id.clone()).collect();
        keys.dedup();
        assert_eq!(keys.len(), 1, "{client:?}: one session for all tries: {rows:?}");
    }
}

#[actix_web::test]
async fn a_wrong_token_is_told_what_is_wrong() {
    let app = TestApp::start().await;
    for client in ALL {
        let ended = client.run(&app, &[("AWS_CONTAINER_AUTHORIZATION_TOKEN", "dpt_not-a-token")]).await;
        assert_ne!(ended.status, 0, "{client:?}: {}", ended.out);
        let said = format!("{}{}", ended.out, ended.err);
        let wanted = match client {
            // These two keep what was answered to themselves.
            Client::JavaScript => "credentials",
            Client::Rust => "401",
            Client::Cli | Client::Boto3 => "send a live API token",
        };
        assert!(said.contains(wanted), "{client:?}: {said}");
    }
    assert_eq!((rows(&app).await.len(), app.sandbox.counters().issuing), (0, 0));
}

/// `echo` ends the file with a line end, and an editor on Windows with two: an SDK refuses both before it asks.
#[actix_web::test]
async fn a_token_file_with_a_line_end_is_refused_by_the_sdks() {
    let app = TestApp::start().await;
    let token = app.token("build", "system").await;
    for client in ALL {
        for end in ["\n", "\r\n"] {
            let file = put(&app, "token", &format!("{token}{end}"));
            let ended = client.run(&app, &[("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &file)]).await;
            assert_ne!(ended.status, 0, "{client:?}: {}", ended.out);
            let said = format!("{}{}", ended.out, ended.err);
            assert!(!said.contains(&token), "{client:?}");
        }
    }
    assert_eq!((rows(&app).await.len(), app.sandbox.counters().issuing), (0, 0));
}
