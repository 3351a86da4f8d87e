//! Key files that are missing, wrong, unreadable, or cannot be made: what people are told, and how it heals.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use daypass::config::Config;
use daypass::portal::keyring::values;
use daypass::store::schema::access_keys;
use diesel::prelude::*;

use crate::database_faults::{SmallDisk, as_root};
use crate::support::served::{Served, sandbox};
use crate::support::sql::connect;
use crate::support::{Page, Person, TestApp, world};

fn only_file(app: &TestApp) -> PathBuf {
    let mut files = fs::read_dir(app.keys()).unwrap();
    files.next().unwrap().unwrap().path()
}

/// The page, once it says `part` or, for `!part`, no longer does.
async fn until(person: &Person, path: &str, part: &str) -> Page {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let page = person.get(path).await;
        let says = |part: &str| page.text().contains(part);
        if part.strip_prefix('!').map_or_else(|| says(part), |part| !says(part)) {
            return page;
        }
        assert!(Instant::now() < deadline, "{part}: {}", page.text());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

const TWO: &str = "2 access keys have secrets that cannot be opened.";
const ONE: &str = "1 access key has a secret that cannot be opened.";

#[actix_web::test]
async fn administrators_are_told_on_every_page_until_the_file_is_back() {
    let app = TestApp::start().await;
    let (ada, alice) = (app.administrator().await, app.person("alice", &["ops"]).await);
    let pages = ["/admin/access-keys", "/admin/connectors", "/admin/permissions", "/admin/policy-examples"];
    for path in pages {
        ada.get(path).await.is(200).does_not_say("cannot be opened");
    }
    let (file, away) = (only_file(&app), app.folder.path().join("away"));
    fs::rename(&file, &away).unwrap();
    until(&ada, "/admin/connectors", TWO).await;
    for path in pages {
        let page = ada.get(path).await;
        page.is(200).says(TWO);
        assert!(page.body.contains(r#"<a href="/admin/access-keys?sort=state">"#));
    }
    alice.get("/").await.is(200).does_not_say("cannot be opened");
    fs::rename(&away, &file).unwrap();
    until(&ada, "/admin/connectors", "!cannot be opened").await;
    alice.post("/connectors/read-only/credentials", &[]).await.is(200);
}

#[actix_web::test]
async fn a_secret_that_is_entered_again_opens_under_a_new_key() {
    let app = TestApp::start().await;
    let (ada, alice) = (app.administrator().await, app.person("alice", &["ops"]).await);
    fs::remove_file(only_file(&app)).unwrap();
    until(&ada, "/admin/connectors", TWO).await;
    let id = app.key_id("broker").await;
    let path = format!("/admin/access-keys/{id}");
    let version = ada.get(&path).await.value_of("version").unwrap();
    let form = [
        ("name", "broker"),
        ("key_id", world::KEY_ID),
        ("partition", "aws"),
        ("version", version.as_str()),
        ("secret", ""),
    ];
    let page = ada.post(&path, &form).await;
    assert_eq!(page.status, 422);
    assert!(page.field_error("secret").contains("Unable to read encryption key file"), "{}", page.text());
    let form = [form[0], form[1], form[2], form[3], ("secret", world::SECRET)];
    assert_eq!(ada.post(&path, &form).await.status, 303);
    // What was changed is looked at anew at once.
    ada.get("/admin/connectors").await.is(200).says(ONE);
    alice.post("/connectors/read-only/credentials", &[]).await.is(200);
    alice.post("/connectors/session/credentials", &[]).await.is(503);
    assert_eq!(fs::read_dir(app.keys()).unwrap().count(), 1, "a new key file was made");
}

#[actix_web::test]
async fn the_server_starts_and_its_log_names_what_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let (_aws, sandbox) = sandbox(folder.path());
    let served = Served::new(folder.path(), &sandbox, None, "");
    let token = served.prepare().await;
    let keys = folder.path().join("data/keys");
    let file = fs::read_dir(&keys).unwrap().next().unwrap().unwrap().path();
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    let away = folder.path().join("away");
    fs::rename(&file, &away).unwrap();
    let ended = |server: crate::support::Program| {
        server.signal("TERM");
        let ended = server.end();
        assert_eq!(ended.status, 0, "{}", ended.err);
        ended.err
    };
    let missing = "Failed to retrieve temporary AWS credentials: Unable to read encryption key file";
    let sign_in = async || {
        let ada = Person::new(&served.url);
        ada.post("/sign-in", &[("username", "ada"), ("password", crate::support::PASSWORD)]).await.leads_to("/");
        ada
    };
    let server = served.start();
    let ada = sign_in().await;
    until(&ada, "/admin/connectors", ONE).await;
    assert_eq!(crate::reseal::issues(&served, &token).await.0, 503);
    // Healed while it runs.
    fs::rename(&away, &file).unwrap();
    assert_eq!(crate::reseal::issues(&served, &token).await.0, 200);
    let log = ended(server);
    let names = |line: &str| line.contains("what=") && line.contains("broker") && line.contains(&name);
    assert!(log.lines().any(|line| line.contains(missing) && names(line)), "{log}");

    let mut connection = connect(&served.config);
    let mut damaged = values(&mut connection).unwrap().into_iter().find(|value| value.name == "broker").unwrap();
    *damaged.blob.last_mut().unwrap() ^= 1;
    diesel::update(access_keys::table.find(&damaged.row))
        .set(access_keys::secret.eq(&damaged.blob))
        .execute(&mut connection)
        .unwrap();
    let server = served.start();
    until(&sign_in().await, "/admin/connectors", ONE).await;
    let log = ended(server);
    assert!(log.lines().any(|line| line.contains("Unable to decrypt AWS Secret Key") && names(line)), "{log}");
}

/// A cookie key that will never open is replaced; one whose file is away is not.
#[actix_web::test]
async fn the_cookie_key_does_not_keep_the_server_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let (_aws, sandbox) = sandbox(folder.path());
    let served = Served::new(folder.path(), &sandbox, None, "");
    served.prepare().await;
    let mut connection = connect(&served.config);
    let mut kept = || daypass::store::settings::get(&mut connection, "cookie_key").unwrap().unwrap();
    let before = kept();
    let keys = folder.path().join("data/keys");
    let file = fs::read_dir(&keys).unwrap().next().unwrap().unwrap().path();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    drop(served.start());
    assert_eq!(kept(), before);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let mut damaged = before.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let mut other = connect(&served.config);
    diesel::update(daypass::store::schema::settings::table.find("cookie_key"))
        .set(daypass::store::schema::settings::value.eq(&damaged))
        .execute(&mut other)
        .unwrap();
    drop(served.start());
    assert!(kept() != damaged && kept() != before);
    crate::support::program::run(folder.path(), &["doctor"], "").ok();
}

/// A portal whose key files lie on a disk of their own.
async fn on_disk(disk: &SmallDisk) -> TestApp {
    let keys = disk.0.join("keys");
    let app = TestApp::builder().config(move |config: &mut Config| config.keyring.dir = Some(keys)).start().await;
    world::fill(&app).await;
    app
}

fn new_key(name: &str) -> [(&str, &str); 5] {
    [
        ("name", name),
        ("key_id", world::KEY_ID),
        ("secret", world::SECRET),
        ("partition", "aws"),
        ("skip_validation", "true"),
    ]
}

#[actix_web::test]
async fn a_full_disk_makes_no_half_key_file() {
    let disk = SmallDisk::mount();
    let app = on_disk(&disk).await;
    let ada = app.administrator().await;
    let keys = disk.0.join("keys");
    let filler = disk.fill();
    let error = app.app.keyring.add_file().unwrap_err().to_string();
    assert!(error.contains("the disk is full") && error.contains(keys.to_str().unwrap()), "{error}");
    assert_eq!(fs::read_dir(&keys).unwrap().count(), 1, "a half-written file is left");
    // The key that is there seals and opens all the same.
    ada.post("/admin/access-keys/new", &new_key("while it is full")).await.is(303);
    app.person("alice", &["ops"]).await.post("/connectors/read-only/credentials", &[]).await.is(200);
    let file = fs::read_dir(&keys).unwrap().next().unwrap().unwrap().path();
    let away = app.folder.path().join("away");
    fs::copy(&file, &away).unwrap();
    fs::remove_file(&file).unwrap();
    // What the removed file leaves free is taken too.
    let more = disk.0.join("more");
    fs::rename(&filler, &more).unwrap();
    disk.fill();
    let page = ada.post("/admin/access-keys/new", &new_key("without any key")).await;
    page.is(503).says("Nothing was saved").says("the disk is full");
    assert_eq!(fs::read_dir(&keys).unwrap().count(), 0);
    fs::remove_file(&more).unwrap();
    ada.post("/admin/access-keys/new", &new_key("with room again")).await.is(303);
    assert_eq!(fs::read_dir(&keys).unwrap().count(), 1);
    app.stop().await;
    drop(disk);
}

#[actix_web::test]
async fn a_read_only_folder_serves_and_says_why_no_key_is_made() {
    let disk = SmallDisk::mount();
    let app = on_disk(&disk).await;
    let ada = app.administrator().await;
    as_root("mount", &["-o", "remount,ro", disk.0.to_str().unwrap()]);
    let error = app.app.keyring.add_file().unwrap_err().to_string();
    assert!(error.contains("read-only"), "{error}");
    ada.post("/admin/access-keys/new", &new_key("while it is read-only")).await.is(303);
    app.person("alice", &["ops"]).await.post("/connectors/read-only/credentials", &[]).await.is(200);
    app.stop().await;
    drop(disk);
}

#[actix_web::test]
async fn anothers_file_and_wrong_permissions_are_named_and_heal() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let ada = app.administrator().await;
    let file = only_file(&app);
    let path = "/connectors/read-only/credentials";
    let owner = fs::metadata(&file).map(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata)).unwrap();
    let name = file.to_str().unwrap();
    let refused = async |cause: &str| {
        alice.post(path, &[]).await.is(503).says("Unable to read encryption key file");
        ada.get("/admin/access-keys").await.is(200).says(cause);
    };
    as_root("chown", &["12345", name]);
    // To somebody who is not root it is closed altogether.
    refused(if owner == 0 { "belongs to another user" } else { "may not read it" }).await;
    as_root("chown", &[&owner.to_string(), name]);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o604)).unwrap();
    refused("others may read this file; set its mode to 0600").await;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    alice.post(path, &[]).await.is(200);
}

/// A folder that cannot be read at all, by root either: nothing opens, nothing new is sealed, and it heals.
#[actix_web::test]
async fn an_unreadable_folder_is_named_and_heals() {
    let app = TestApp::start().await;
    let (alice, ada) = (app.person("alice", &["ops"]).await, app.administrator().await);
    let (keys, away) = (app.keys(), app.folder.path().join("away"));
    fs::rename(&keys, &away).unwrap();
    fs::write(&keys, "no folder").unwrap();
    let path = "/connectors/read-only/credentials";
    alice.post(path, &[]).await.is(503).says("Unable to read encryption key file");
    let row = app.last_event().await.event;
    assert_eq!((row.outcome.as_str(), row.reason.as_str(), row.issued_key_id), ("failed", "key_file", None));
    let page = ada.post("/admin/access-keys/new", &new_key("unsealed")).await;
    page.is(503).says("Nothing was saved").says(keys.to_str().unwrap());
    assert_eq!(page.value_of("name").as_deref(), Some("unsealed"));
    let error = app.app.keyring.files().unwrap_err().to_string();
    assert!(error.contains(keys.to_str().unwrap()), "{error}");
    ada.get("/admin/system").await.is(200);
    assert_eq!(fs::read_to_string(&keys).unwrap(), "no folder", "it was written over");
    fs::remove_file(&keys).unwrap();
    fs::rename(&away, &keys).unwrap();
    alice.post(path, &[]).await.is(200);
}
