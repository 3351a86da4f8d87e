//! `daypass doctor`: one line for each thing, and what to do where something is wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use daypass::portal::keyring::values;
use daypass::store::schema::access_keys;
use diesel::prelude::*;

use crate::support::served::Served;
use crate::support::sql::{connect, run};
use crate::support::{Database, program};

/// Exit status and what it says is wrong.
fn wrong(folder: &Path) -> (i32, Vec<String>) {
    let ended = program::run(folder, &["doctor", "--json"], "");
    let lines = ended.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let wrong: Vec<String> = lines
        .filter(|line| line["ok"] == false)
        .map(|line| format!("{}: {}: {}", line["check"], line["what"], line["trouble"]).replace('"', ""))
        .collect();
    assert_eq!(ended.status == 0, wrong.is_empty(), "{}{}", ended.out, ended.err);
    (ended.status, wrong)
}

#[track_caller]
fn says(folder: &Path, parts: &[&str]) {
    let (status, wrong) = wrong(folder);
    assert_eq!(status, 1);
    for part in parts {
        assert!(wrong.iter().any(|line| line.contains(part)), "no {part} in {wrong:?}");
    }
}

async fn examined(database: Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    // Nobody is called.
    let served = Served::new(here, "http://127.0.0.1:9", database, "");
    says(here, &["keyring: folder", "database: "]);
    assert!(!here.join("data").exists(), "looking makes nothing");
    let token = served.prepare_offline().await;
    assert!(!token.is_empty());
    let ended = program::run(here, &["doctor"], "");
    assert!(ended.ok().lines().all(|line| line.starts_with("ok     ")), "{}", ended.out);
    for part in ["key file", "(newest)", "all 2 sealed secrets open", "database: "] {
        assert!(ended.out.contains(part), "no {part} in {}", ended.out);
    }
    assert!(!ended.out.contains("password"), "{}", ended.out);

    let keys = here.join("data/keys");
    let file = fs::read_dir(&keys).unwrap().next().unwrap().unwrap().path();
    let name = file.file_name().unwrap().to_str().unwrap();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(&file, 0o644);
    says(here, &[name, "set its mode to 0600", "access key “broker”", "Put the file back, or enter the secret again."]);
    mode(&file, 0o600);
    mode(&keys, 0o755);
    says(here, &["set its mode to 0700"]);
    mode(&keys, 0o700);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, &text[..40]).unwrap();
    says(here, &["the content is not the key that the name says"]);
    fs::write(&file, &text).unwrap();
    fs::rename(&file, here.join("away")).unwrap();
    says(here, &["There is no key file in it", "Unable to read encryption key file", "the key that signs cookies"]);
    fs::rename(here.join("away"), &file).unwrap();
    assert_eq!(wrong(here).0, 0, "healed");

    let mut connection = connect(&served.config);
    let mut broker = values(&mut connection).unwrap().into_iter().find(|value| value.name == "broker").unwrap();
    *broker.blob.last_mut().unwrap() ^= 1;
    let put = |connection: &mut daypass::store::DbConnection, blob: &[u8]| {
        let row = access_keys::table.find(&broker.row);
        diesel::update(row).set(access_keys::secret.eq(blob)).execute(connection).unwrap();
    };
    put(&mut connection, &broker.blob);
    says(here, &["Unable to decrypt AWS Secret Key", "Enter the secret again."]);
    let mut good = broker.blob.clone();
    *good.last_mut().unwrap() ^= 1;
    put(&mut connection, &good);
    assert_eq!(wrong(here).0, 0);
    run(
        &mut connection,
        "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
    );
    says(here, &["1 migrations were not run yet"]);
}

#[actix_web::test]
async fn on_sqlite() {
    examined(None).await;
}

#[actix_web::test]
async fn on_postgres() {
    let database = Database::create_postgres();
    examined(database.url()).await;
}

/// What was saved while the rule on shared sources did not hold is found.
#[actix_web::test]
async fn a_shared_source_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::new(folder.path(), "http://127.0.0.1:9", None, "");
    served.prepare_offline().await;
    assert_eq!(wrong(folder.path()).0, 0);
    let app = served.offline(|config| config.aws.allow_shared_sources = true).await;
    let key = app.key_id("broker").await;
    let form = daypass::portal::connectors::ConnectorForm {
        principal_type: "iam_user".to_owned(),
        ..crate::support::world::form("Shared", "shared", &key)
    };
    crate::support::world::add_connector(&app, &form, &[]).await;
    app.stop().await;
    says(folder.path(), &["sources: connector “Shared”", "Give one of them another access key."]);
}

/// A way past a role chain is said, and is nothing wrong.
#[actix_web::test]
async fn a_way_past_a_chain_is_a_remark() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::new(folder.path(), "http://127.0.0.1:9", None, "");
    served.prepare_offline().await;
    let app = served.offline(|_| ()).await;
    let key = app.key_id("broker").await;
    let through = crate::support::world::role("Step");
    let step = daypass::portal::connectors::ConnectorForm {
        role_arn: through.clone(),
        ..crate::support::world::form("Step", "step", &key)
    };
    let chain =
        daypass::portal::connectors::ConnectorForm { through, ..crate::support::world::form("Chain", "chain", &key) };
    crate::support::world::add_connector(&app, &step, &[]).await;
    assert!(!program::run(folder.path(), &["doctor"], "").ok().contains("look"));
    crate::support::world::add_connector(&app, &chain, &[]).await;
    app.stop().await;
    let ended = program::run(folder.path(), &["doctor"], "");
    assert!(ended.ok().contains("look   sources: connector “Step”: “Step” hands out sessions of"), "{}", ended.out);
    let ended = program::run(folder.path(), &["doctor", "--json"], "");
    let line = ended.ok().lines().find(|line| line.contains("hands out")).unwrap().to_owned();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["ok"], &line["trouble"]), (&true.into(), &serde_json::Value::Null));
    assert!(line["remark"].as_str().unwrap().contains("external id"));
}
