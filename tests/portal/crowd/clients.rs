//! Clients that others wrote get from the tests' Crowd server what Daypass gets: else it would share our own misunderstandings.

use super::server::{Server, sign_in};
use super::world::{APPLICATION, APPLICATION_PASSWORD};
use crate::support::peer;
use crate::support::program::{command, finish};

/// Checks of one client, each of which prints a line.
async fn checks(client: &str) {
    let server = Server::start().await;
    server.change(|world| _ = world.user("J\u{f6}rg & Co +", &["developers"]));
    let folder = tempfile::tempdir().unwrap();
    let mut python = command(peer("DAYPASS_TEST_PYTHON"), folder.path());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/crowd_clients.py");
    python.args([script, client, &server.url, APPLICATION, APPLICATION_PASSWORD]);
    let ended = finish(python, "").await;
    let printed = ended.ok();
    assert!(printed.ends_with("all checks passed\n"), "{printed}");
    // What the client saw is what we see.
    let directory = server.directory();
    let alice = sign_in(&directory, "alice").await.unwrap();
    let groups: Vec<_> = alice.groups.iter().map(|group| group.name.as_str()).collect();
    assert!(printed.contains(&format!("nested groups of {}: {}\n", alice.user_name, groups.join(", "))), "{printed}");
    assert!(sign_in(&directory, "J\u{f6}rg & Co +").await.is_ok());
}

#[tokio::test]
async fn python_crowd_signs_in_and_reads_groups() {
    checks("crowd").await;
}

#[tokio::test]
async fn atlassian_python_api_signs_in_and_reads_groups() {
    checks("atlassian").await;
}
