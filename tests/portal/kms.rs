//! AWS KMS in place of key files, against moto's: nothing on disk, an outage bridged for a while and then said, and the way
//! from files to KMS and back.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use daypass::keyring::Keyring;
use daypass::portal::keyring::values;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::ldap::stand_in::Server;
use crate::reseal::issues;
use crate::support::program::{self, Program};
use crate::support::served::{Served, sandbox};
use crate::support::sql::connect;
use crate::support::{Ended, PASSWORD, Person, peer, world};

/// Any will do: moto asks nobody who they are.
const CREDENTIALS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "fakeid"), ("AWS_SECRET_ACCESS_KEY", "fake-secret-of-kms")];

/// Calls moto's KMS as an AWS client would.
async fn call(action: &str, body: Json) -> (u16, Json) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.post(peer("DAYPASS_TEST_MOTO")).header("x-amz-target", format!("TrentService.{action}"));
    let scope =
        "AWS4-HMAC-SHA256 Credential=fakeid/20260101/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=0";
    let request = request.header("content-type", "application/x-amz-json-1.1").header("authorization", scope);
    let answer = request.body(body.to_string()).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

async fn new_key() -> String {
    call("CreateKey", json!({})).await.1["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

/// Between portal and KMS.
struct Line {
    address: String,
    server: Option<Server>,
}

impl Line {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        Self { server: Some(Server::passing_on(listener, moto())), address }
    }

    async fn cut(&mut self) {
        self.server.take().unwrap().stop().await;
    }

    async fn mend(&mut self) {
        let listener = TcpListener::bind(&self.address).await.unwrap();
        self.server = Some(Server::passing_on(listener, moto()));
    }
}

fn moto() -> String {
    peer("DAYPASS_TEST_MOTO").replace("http://", "")
}

/// A portal that is served in a folder, and the settings of its keyring.
struct Scene {
    served: Served,
    folder: PathBuf,
    file: String,
    token: String,
}

impl Scene {
    async fn new(folder: &Path, sandbox: &str) -> Self {
        let served = Served::new(folder, sandbox, None, "");
        let file = std::fs::read_to_string(folder.join("daypass.toml")).unwrap();
        let token = served.prepare().await;
        Self { served, folder: folder.to_owned(), file, token }
    }

    fn keyring(&self, settings: &str) {
        std::fs::write(self.folder.join("daypass.toml"), format!("{}[keyring]\n{settings}\n", self.file)).unwrap();
    }

    /// Without blocking the line to KMS, which this process passes on.
    async fn run(&self, arguments: &[&str]) -> Ended {
        program::finish(program::daypass_with(&self.folder, arguments, &CREDENTIALS), "").await
    }

    async fn serve(&self) -> Program {
        let command = program::daypass_with(&self.folder, &["serve"], &CREDENTIALS);
        let start = move || {
            let mut program = Program::spawn(command, "");
            program.line_with("Daypass serves at");
            program
        };
        tokio::task::spawn_blocking(start).await.unwrap()
    }

    /// What kinds of keys the sealed values need.
    async fn kinds(&self) -> Vec<(String, usize)> {
        let ended = self.run(&["key", "list", "--json"]).await;
        let lines = ended.ok().lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
        let kinds =
            lines.map(|key| (key["kind"].as_str().unwrap().to_owned(), key["neededBy"].as_array().unwrap().len()));
        kinds.filter(|(_, needed)| *needed > 0).collect()
    }

    async fn issues(&self) -> (u16, String) {
        issues(&self.served, &self.token).await
    }

    async fn until_it_issues_with(&self, status: u16) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let (answered, body) = self.issues().await;
            if answered == status {
                return body;
            }
            assert!(Instant::now() < deadline, "{answered} {body}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn stop(server: Program) -> String {
    server.signal("TERM");
    let ended = server.end();
    assert_eq!(ended.status, 0, "{}", ended.err);
    ended.err
}

fn one(kind: &str, needed: usize) -> Vec<(String, usize)> {
    vec![(kind.to_owned(), needed)]
}

#[actix_web::test]
async fn from_files_to_kms_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let (_aws, sandbox) = sandbox(folder.path());
    let scene = Scene::new(folder.path(), &sandbox).await;
    let (key, moto) = (new_key().await, peer("DAYPASS_TEST_MOTO"));
    assert_eq!(scene.kinds().await, one("file", 2));

    scene.keyring(&format!("kind = \"kms\"\nkms_key_id = {key:?}\nkms_endpoint = {moto:?}"));
    let server = scene.serve().await;
    assert_eq!(scene.issues().await.0, 200, "what files sealed opens still");
    assert!(scene.run(&["key", "reseal"]).await.ok().contains("2 secrets were sealed anew; the data key"));
    assert_eq!(scene.kinds().await, one("data_key", 2));
    assert!(
        scene.run(&["key", "reseal"]).await.ok().contains("0 secrets were sealed anew"),
        "the data key is taken up again"
    );
    std::fs::remove_dir_all(folder.path().join("data/keys")).unwrap();
    assert_eq!(scene.issues().await.0, 200);
    let ada = Person::new(&scene.served.url);
    ada.post("/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.leads_to("/");
    let form = [
        ("name", "second"),
        ("key_id", world::SESSION_KEY_ID),
        ("secret", world::SESSION_SECRET),
        ("partition", "aws"),
        ("skip_validation", "true"),
    ];
    let page = ada.post("/admin/access-keys/new", &form).await;
    assert_eq!(page.status, 303, "{}", page.text());
    ada.get("/readyz").await.is(200);
    let page = ada.get("/admin/system").await;
    page.says("Sealed by AWS KMS").says(&key).says("Key files Not known").says("Closed secrets None");
    assert!(!folder.path().join("data/keys").exists(), "no folder is needed");
    scene.run(&["doctor"]).await.ok();
    let refused = scene.run(&["key", "add"]).await;
    assert!(refused.refused(1).contains("AWS KMS seals"), "{}", refused.err);
    stop(server);

    // The same by the key's id and a region; another key seals from now on.
    let other = new_key().await;
    let id = other.rsplit('/').next().unwrap();
    scene.keyring(&format!("kind = \"kms\"\nkms_key_id = {id:?}\nkms_region = \"us-east-1\"\nkms_endpoint = {moto:?}"));
    assert!(
        scene.run(&["key", "reseal"]).await.ok().contains("3 secrets were sealed anew"),
        "the other key's data key"
    );
    let server = scene.serve().await;
    assert_eq!(scene.issues().await.0, 200);
    stop(server);

    scene.keyring(&format!("kind = \"files\"\nkms_key_id = {other:?}\nkms_endpoint = {moto:?}"));
    assert!(scene.run(&["key", "reseal"]).await.ok().contains("3 secrets were sealed anew; the key file"));
    scene.keyring("");
    assert_eq!(scene.kinds().await, one("file", 3));
    let server = scene.serve().await;
    assert_eq!(scene.issues().await.0, 200);
    stop(server);
}

#[actix_web::test]
async fn an_outage_is_bridged_for_a_while_then_said_and_heals() {
    let folder = tempfile::tempdir().unwrap();
    let (_aws, sandbox) = sandbox(folder.path());
    let scene = Scene::new(folder.path(), &sandbox).await;
    let (key, mut line) = (new_key().await, Line::open().await);
    let settings = |cache: &str| {
        let endpoint = format!("http://{}", line.address);
        format!("kind = \"kms\"\nkms_key_id = {key:?}\nkms_endpoint = {endpoint:?}\nkms_cache = {cache:?}")
    };
    scene.keyring(&settings("1h"));
    let short = settings("1s");
    scene.run(&["key", "reseal"]).await.ok();
    let server = scene.serve().await;
    assert_eq!(scene.issues().await.0, 200);
    line.cut().await;
    for _ in 0..20 {
        let (status, body) = scene.issues().await;
        assert_eq!(status, 200, "the data key is in memory: {body}");
    }
    stop(server);

    // It starts without KMS, and says which key does not answer.
    scene.keyring(&short);
    let server = scene.serve().await;
    let body: Json = serde_json::from_str(&scene.until_it_issues_with(503).await).unwrap();
    let text = body["message"].as_str().unwrap();
    assert_eq!(body["code"], "kms");
    for part in [
        "Failed to retrieve temporary AWS credentials: Unable to get the data key from AWS KMS",
        &key,
        "AWS cannot be reached",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let ill = scene.run(&["doctor"]).await;
    assert_eq!(ill.status, 1);
    assert!(ill.out.contains("AWS KMS key") && ill.out.contains("AWS cannot be reached"), "{}", ill.out);
    line.mend().await;
    scene.until_it_issues_with(200).await;
    // Beyond its time a data key is not used.
    line.cut().await;
    scene.until_it_issues_with(503).await;
    line.mend().await;
    scene.until_it_issues_with(200).await;
    let log = stop(server);
    assert!(log.contains("AWS KMS gives no data key") && log.contains("AWS KMS gives the data key again"), "{log}");

    // AWS's own refusal is repeated with what to do.
    let unknown = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000";
    let moto = peer("DAYPASS_TEST_MOTO");
    scene.keyring(&format!("kind = \"kms\"\nkms_key_id = {unknown:?}\nkms_endpoint = {moto:?}"));
    let refused = scene.run(&["key", "reseal"]).await;
    assert!(refused.refused(1).contains("NotFoundException"), "{}", refused.err);
    assert!(refused.err.contains("Check keyring.kms_key_id") && refused.err.contains(unknown), "{}", refused.err);
}

/// What KMS wrapped opens only for a keyring of Daypass, and by nobody without KMS.
#[actix_web::test]
async fn data_keys_are_bound_to_their_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let (_aws, sandbox) = sandbox(folder.path());
    let scene = Scene::new(folder.path(), &sandbox).await;
    let (key, moto) = (new_key().await, peer("DAYPASS_TEST_MOTO"));
    scene.keyring(&format!("kind = \"kms\"\nkms_key_id = {key:?}\nkms_endpoint = {moto:?}"));
    scene.run(&["key", "reseal"]).await.ok();
    let found = values(&mut connect(&scene.served.config)).unwrap();
    let blob = &found[0].blob;
    let length = usize::from(u16::from_be_bytes([blob[21], blob[22]]));
    let wrapped = BASE64_STANDARD.encode(&blob[23..23 + length]);
    let bound = json!({ "CiphertextBlob": wrapped, "EncryptionContext": { "daypass": "keyring/1" } });
    let (status, answer) = call("Decrypt", bound).await;
    assert_eq!((status, answer["KeyId"].as_str()), (200, Some(key.as_str())));
    let data_key = BASE64_STANDARD.decode(answer["Plaintext"].as_str().unwrap()).unwrap();
    assert_eq!(Keyring::name_of(blob).unwrap().id, data_encoding::HEXLOWER.encode(&Sha256::digest(&data_key)[..20]));
    for context in [json!({}), json!({ "daypass": "keyring/2" })] {
        let (status, _) = call("Decrypt", json!({ "CiphertextBlob": wrapped, "EncryptionContext": context })).await;
        assert_eq!(status, 400);
    }
    for value in &found {
        assert!(!value.blob.windows(data_key.len()).any(|window| window == data_key));
    }
}

#[actix_web::test]
async fn settings_of_kms_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::new(folder.path(), "http://127.0.0.1:9", None, "");
    let file = std::fs::read_to_string(folder.path().join("daypass.toml")).unwrap();
    for (settings, part) in [
        ("kind = \"kms\"", "kms_key_id"),
        ("kind = \"cloud\"", "keyring.kind"),
        ("kind = \"kms\"\nkms_key_id = \"alias/x\"", "kms_region"),
        (
            "kind = \"kms\"\nkms_key_id = \"alias/x\"\nkms_region = \"us-east-1\"\nkms_endpoint = \"http://example.com\"",
            "kms_endpoint",
        ),
        ("kms_cache = \"0s\"", "kms_cache"),
    ] {
        std::fs::write(served.folder.join("daypass.toml"), format!("{file}[keyring]\n{settings}\n")).unwrap();
        for command in ["check-config", "serve"] {
            let ended = program::run(folder.path(), &[command], "");
            assert!(ended.refused(1).contains(part), "{settings}: {}", ended.err);
        }
    }
}
