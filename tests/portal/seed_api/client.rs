//! A script as its author wrote it for Identity Federation for AWS, with the host changed.

use crate::support::program::{self, command};
use crate::support::{Demo, peer};

#[actix_web::test]
async fn a_script_works_by_changing_the_host() {
    let demo = Demo::start();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/seed_client.py");
    let mut python = command(peer("DAYPASS_TEST_PYTHON"), demo.folder.path());
    python.args([script, demo.url(), demo.text("/sandbox/url")]);
    for name in ["ada", "emil"] {
        python.env(format!("PASSWORD_OF_{}", name.to_uppercase()), demo.password(name));
    }
    let ended = program::finish(python, "").await;
    assert!(ended.ok().ends_with("all steps done\n"), "{}", ended.out);
    // Each hand-out has its row, under the name of whoever it was.
    let aria = demo.sign_in("aria").await;
    let log = aria.get("/usage-log?person=emil&kind=credentials.issue").await;
    assert!(log.body.matches("Issued</span>").count() >= 2, "{}", log.text());
}
