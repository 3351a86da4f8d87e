//! The other commands, as the real binary: `serve` from its first start, `user` beside it, `check-config`, wrong usage.

use std::path::Path;

use tempfile::TempDir;

use crate::support::program::{self, Program};
use crate::support::{Demo, Ended, Page, Person};

const PASSWORD: &str = "fake password of the first one";

/// A folder in which `daypass` finds this configuration.
fn folder(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("daypass.toml"), config).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Ended {
    program::run(folder, arguments, "")
}

/// A server at its first start: the address that it prints and the code.
struct Served {
    program: Program,
    url: String,
    code: String,
}

impl Served {
    fn first_start(folder: &Path) -> Self {
        let mut program = Program::daypass(folder, &["serve"]);
        let line = program.line();
        let url = line.split_once("http://").map(|(_, rest)| format!("http://{}", rest.trim_end_matches('/')));
        assert!(program.line().contains("/setup within 30 minutes"));
        let code = program.line().trim().to_owned();
        Self { program, url: url.unwrap_or_else(|| panic!("no address: {line}")), code }
    }

    async fn set_up(&self, code: &str) -> Page {
        let form = [
            ("code", code),
            ("username", "ada"),
            ("display_name", "Ada Fisher"),
            ("password", PASSWORD),
            ("repeat", PASSWORD),
        ];
        Person::new(&self.url).post("/setup", &form).await
    }

    async fn sign_in(&self, name: &str, password: &str) -> (u16, Person) {
        let person = Person::new(&self.url);
        let page = person.post("/sign-in", &[("username", name), ("password", password)]).await;
        (page.status, person)
    }
}

#[actix_web::test]
async fn tokens_are_made_beside_a_running_server() {
    let folder = folder(LOOPBACK);
    let server = Served::first_start(folder.path());
    let app_says = |arguments: &[&str]| run(folder.path(), &[&["token", "create"], arguments].concat());
    let days = ["--slug", "fetcher", "--days", "30"];
    let none = app_says(&[&["--access-key", "nobody's"], &days[..]].concat());
    assert_eq!(none.status, 1);
    assert!(none.err.contains("There is no such access key. The access keys page shows their names."), "{}", none.err);
    let none = app_says(&[&["--connector", "nobody's"], &days[..]].concat());
    assert!(none.err.contains("--connector: There is no connector of system scope called “nobody's”."), "{}", none.err);
    for wrong in [&days[..], &["--access-key", "a", "--connector", "b", "--slug", "c", "--days", "1"]] {
        assert_eq!(app_says(wrong).status, 2, "{wrong:?}");
    }
    assert_eq!(app_says(&["--access-key", "a", "--slug", "c", "--days", "0"]).status, 2);
    let wrong = app_says(&["--access-key", "a", "--slug", "Not A Slug", "--days", "1"]);
    assert!(wrong.status == 1 && wrong.err.contains("--slug:"), "{}", wrong.err);

    server.set_up(&server.code).await.is(303);
    let (_, ada) = server.sign_in("ada", PASSWORD).await;
    let typed = [
        ("name", "fetched"),
        ("key_id", "FAKEBROKERKEY0000001"),
        ("secret", "fake-secret-of-the-broker-not-a-real-one"),
        ("partition", "aws"),
        ("skip_validation", "true"),
    ];
    let page = ada.post("/admin/access-keys/new", &typed).await;
    let id = page.is(303).location().rsplit('/').next().unwrap().to_owned();
    let made = app_says(&[&["--access-key", "Fetched"], &days[..]].concat());
    assert_eq!(made.status, 0, "{}", made.err);
    let token = made.out.trim();
    assert!(token.starts_with("dpt_") && made.out.lines().count() == 1, "{}", made.out);
    let again = app_says(&[&["--access-key", "fetched"], &days[..]].concat());
    assert!(again.err.contains("--slug: Another token has, or had, this slug."), "{}", again.err);
    let program = Person::new(&server.url);
    let request = program.request(reqwest::Method::PUT, &format!("/api/v1/access-keys/{id}/secret"));
    let body = serde_json::json!({"keyId": "FAKEBROKERKEY0000002", "secret": typed[2].1, "validate": false});
    let page = program.send(request.bearer_auth(token).json(&body)).await;
    assert_eq!(page.is(200).json()["keyId"], "FAKEBROKERKEY0000002");
}

#[actix_web::test]
async fn programs_tokens_are_made_listed_and_revoked_on_the_command_line() {
    let folder = folder(LOOPBACK);
    let _server = Served::first_start(folder.path());
    let says = |arguments: &[&str]| run(folder.path(), &[&["token"], arguments].concat());
    let create = |arguments: &[&str]| says(&[&["create", "--slug", "night", "--days", "365"], arguments].concat());
    for (arguments, sentence) in [
        (&["--parts", "admin"][..], "--parts: The API has no part “admin”."),
        (&["--parts", "use"], "--connector: Choose at least one connector, or all."),
        (&["--all-connectors", "--network", "nowhere"], "--network: “nowhere” is no network"),
        (&["--all-connectors", "--responsible", "nobody"], "--responsible: Nobody in the directory “local”"),
        (&["--all-connectors", "--group", "nothing"], "--group: The directory local has no group “nothing”."),
        (&["--access-key", "x", "--network", "192.0.2.1"], "are not for tokens of access keys"),
    ] {
        let refused = create(arguments);
        assert!(refused.status == 1 && refused.err.contains(sentence), "{arguments:?}: {}", refused.err);
    }
    assert_eq!(create(&["--all-connectors", "--connector", "x"]).status, 2);
    let long = says(&["create", "--all-connectors", "--slug", "long", "--days", "366"]);
    assert!(long.status == 1 && long.err.contains("--days: Choose 1 min to 365 days."), "{}", long.err);

    let parts = ["--parts", "usage_log,admin:tokens", "--network", "192.0.2.7/24", "--name", "Nightly report"];
    let made = create(&parts);
    assert!(made.err.contains("“192.0.2.7/24” is kept as 192.0.2.0/24."), "{}", made.err);
    assert!(made.status == 0 && made.out.starts_with("dpt_") && made.out.lines().count() == 1, "{}", made.out);
    let list = says(&["list"]);
    let columns: Vec<&str> = list.out.trim_end().split('\t').collect();
    assert_eq!((&columns[..3], &columns[4..]), (&["night", "program", "nobody"][..], &["never", "Nightly report"][..]));
    assert_eq!(says(&["revoke", "night"]).out, "night is revoked.\n");
    assert_eq!(says(&["revoke", "night"]).out, "night was revoked before.\n");
    assert_eq!(says(&["list"]).out, "");
    let none = says(&["revoke", "day"]);
    assert!(none.status == 1 && none.err.contains("There is no such token."), "{}", none.err);
}

const LOOPBACK: &str = "[server]\nlisten = \"127.0.0.1:0\"\n";

#[actix_web::test]
async fn the_first_start_leads_to_the_first_administrator() {
    let folder = folder(LOOPBACK);
    let served = Served::first_start(folder.path());
    assert_eq!(served.code.replace('-', "").len(), 12, "{}", served.code);
    assert_eq!(Person::new(&served.url).get("/setup").await.status, 200);
    let wrong = served.set_up("aaaaaaaaaaaa").await;
    assert_eq!(wrong.status, 422);
    assert!(!wrong.field_error("code").is_empty());
    assert_eq!(served.sign_in("ada", PASSWORD).await.0, 401);
    let done = served.set_up(&served.code).await;
    assert_eq!((done.status, done.location()), (303, "/sign-in"), "{}", done.text());
    let (status, ada) = served.sign_in("ada", PASSWORD).await;
    assert_eq!((status, ada.get("/admin/connectors").await.status), (303, 200));
    // For ever after, there is no such page.
    assert_eq!(Person::new(&served.url).get("/setup").await.status, 404);
    assert_eq!(served.set_up(&served.code).await.status, 404);
    served.program.signal("TERM");
    assert_eq!(served.program.end().status, 0);
    let mut again = Program::daypass(folder.path(), &["serve"]);
    again.line_with("Daypass serves at http://127.0.0.1:");
    again.signal("INT");
    let ended = again.end();
    assert_eq!((ended.status, ended.out.as_str()), (0, ""), "a second start prints no code");
}

#[test]
fn one_server_at_a_time_on_a_file() {
    let folder = folder(LOOPBACK);
    let served = Served::first_start(folder.path());
    let second = run(folder.path(), &["serve"]);
    let sentence =
        "daypass: Another daypass serves this database already. Stop it first, or choose another database.url.";
    assert_eq!(second.refused(1), sentence);
    assert_eq!(second.out, "");
    drop(served);
}

#[actix_web::test]
async fn people_are_changed_beside_a_running_server() {
    let folder = folder(LOOPBACK);
    let served = Served::first_start(folder.path());
    let user = |arguments: &[&str], input: &str| program::run(folder.path(), &[&["user"], arguments].concat(), input);
    let (first, second) = ("fake password, first", "fake password, second");
    let named =
        ["--group", "ops", "--display-name", "Bob Tran", "--attribute", "team=Blue=7", "--attribute", "site=Graz"];
    user(&[&["add", "bob"][..], &named].concat(), &format!("{first}\n")).ok();
    for (attribute, status, part) in
        [("team", 2, "KEY=VALUE"), ("1=x", 1, "“1”"), ("team=", 1, "“team”"), ("a b=x", 1, "“a b”")]
    {
        let refused = user(&["add", "dave", "--attribute", attribute], &format!("{first}\n"));
        assert!(refused.status == status && refused.err.contains(part), "{attribute}: {}", refused.err);
    }
    user(&["add", "ada", "--group", "administrators"], &format!("{first}\n")).ok();
    let (status, bob) = served.sign_in("bob", first).await;
    assert_eq!((status, bob.get("/").await.status), (303, 200));

    user(&["passwd", "bob"], &format!("{second}\n")).ok();
    assert_eq!(served.sign_in("bob", first).await.0, 401);
    assert_eq!(served.sign_in("bob", second).await.0, 303);

    let listed = user(&["list", "--json"], "");
    let people: Vec<serde_json::Value> = listed.ok().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let bob_listed = people.iter().find(|person| person["userName"] == "bob").unwrap();
    assert_eq!((&bob_listed["active"], &bob_listed["groups"][0]), (&true.into(), &"ops".into()));
    assert_eq!(bob_listed["attributes"], serde_json::json!({ "team": "Blue=7", "site": "Graz" }));

    // What is known of somebody is changed, taken away and checked; each change leaves a row.
    let attributes = || {
        let listed = user(&["list", "--json"], "");
        let people = listed.ok().lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        people.into_iter().find(|person| person["userName"] == "bob").unwrap()["attributes"].clone()
    };
    for (change, expected) in [
        ("team=Red = 8", serde_json::json!({ "team": "Red = 8", "site": "Graz" })),
        ("site=", serde_json::json!({ "team": "Red = 8" })),
        ("site=", serde_json::json!({ "team": "Red = 8" })),
        ("cost=", serde_json::json!({ "team": "Red = 8" })),
    ] {
        user(&["set-attribute", "bob", change], "").ok();
        assert_eq!(attributes(), expected, "{change}");
    }
    let long = format!("team={}", "x".repeat(257));
    for (who, change, status, part) in [
        ("bob", "team", 2, "KEY=VALUE"),
        ("bob", "1=x", 1, "“1”"),
        ("bob", "a b=", 1, "“a b”"),
        ("bob", "team=two\nlines", 1, "“team” needs a value of one line"),
        ("bob", long.as_str(), 1, "at most 256 characters"),
        ("nobody", "team=x", 1, "There is no such person."),
    ] {
        let refused = user(&["set-attribute", who, change], "");
        assert!(refused.status == status && refused.err.contains(part), "{change}: {}", refused.err);
    }
    user(&["set-attribute", "bob", &long[..long.len() - 1]], "").ok();

    let (_, still) = served.sign_in("bob", second).await;
    user(&["disable", "bob"], "").ok();
    assert_eq!(served.sign_in("bob", second).await.0, 401);
    let page = still.get("/").await;
    assert_eq!(page.status, 303, "a session of somebody who was disabled still works");
    assert!(user(&["list"], "").ok().contains("bob (disabled)"));
    let last = user(&["disable", "ada"], "");
    assert!(last.refused(1).contains("ada is the last administrator who may sign in"), "{}", last.err);
    user(&["enable", "bob"], "").ok();
    assert_eq!(served.sign_in("bob", second).await.0, 303);

    let short = user(&["add", "carol"], "short\n");
    assert!(short.refused(1).contains("12 characters"), "{}", short.err);
    assert_eq!(
        user(&["passwd", "nobody"], &format!("{second}\n")).refused(1),
        "daypass: There is no such person. daypass user list shows everybody."
    );
    // The set-up is over where there is an administrator, however that came about.
    assert_eq!(served.set_up(&served.code).await.status, 404);
}

#[test]
fn a_demos_folder_is_never_served() {
    let demo = Demo::start();
    let data = std::fs::read_dir(program::temporary(demo.folder.path())).unwrap().next().unwrap().unwrap().path();
    let folder = folder(&format!("[server]\nlisten = \"127.0.0.1:0\"\ndata_dir = \"{}\"\n", data.display()));
    let ended = run(folder.path(), &["serve"]);
    assert!(ended.refused(1).contains("belongs to a demo"), "{}", ended.err);
}

#[test]
fn a_configuration_is_checked() {
    let fine = folder(LOOPBACK);
    assert_eq!(run(fine.path(), &["check-config"]).ok(), "The configuration is fine.\n");
    assert_eq!(std::fs::read_dir(fine.path()).unwrap().count(), 2, "checking makes no file but TMPDIR");
    for (config, parts) in [
        ("[server]\nlissten = \"127.0.0.1:1\"\n", ["lissten", "listen"]),
        ("[aws.partitions.aws]\nsts_endpint = \"http://127.0.0.1:1\"\n", ["sts_endpint", "sts_endpoint"]),
        ("[aws.partitions.aws]\nsts_endpoint = \"http://example.com\"\n", ["sts_endpoint", "http"]),
        ("[server]\nlisten = \"0.0.0.0:1\"\n", ["insecure_http", "public_url"]),
        ("[server\n", ["daypass.toml", "line 1"]),
        ("[aws]\nca_file = \"missing.pem\"\n", ["aws.ca_file", "missing.pem"]),
        ("[aws]\nca_file = \"daypass.toml\"\n", ["aws.ca_file", "no certificate"]),
        ("[aws]\nsts_regions = [\"eu-nowhere\"]\n", ["aws.sts_regions", "eu-nowhere"]),
        ("[aws]\nfips = true\nsts_regions = [\"eu-west-1\"]\n", ["aws.sts_regions", "no FIPS endpoint in eu-west-1"]),
        ("[aws]\nimds_endpoint = \"http://10.0.0.1\"\n", ["aws.imds_endpoint", "http://169.254.169.254"]),
        ("[aws.proxy]\nurl = \"proxy:3128\"\n", ["aws.proxy.url", "http://proxy.example.com:3128"]),
        ("[aws.proxy]\nurl = \"http://me:fake@proxy\"\n", ["aws.proxy.url", "aws.proxy.password"]),
        ("[aws.surroundings]\ninstance_profil = true\n", ["instance_profil", "instance_profile"]),
    ] {
        let folder = folder(config);
        let ended = run(folder.path(), &["check-config"]);
        for part in parts {
            assert!(ended.refused(1).contains(part), "{config}: {} does not say {part}", ended.err);
        }
        assert_eq!(run(folder.path(), &["serve"]).refused(1), ended.refused(1), "serve says the same");
    }
    let missing = run(fine.path(), &["check-config", "--config", "missing.toml"]);
    assert!(missing.refused(1).contains("missing.toml"), "{}", missing.err);
}

#[test]
fn wrong_usage_has_its_own_exit_status() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [&[][..], &["nothing"], &["demo", "--listen"], &["demo", "--listen", "x"], &["user"], &["user", "add"]]
    {
        let ended = run(folder.path(), arguments);
        assert_eq!((ended.status, ended.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.err.contains("--help") || ended.err.contains("Usage"), "{arguments:?}: {}", ended.err);
    }
    assert!(run(folder.path(), &["--version"]).ok().starts_with("daypass "));
    assert!(run(folder.path(), &["--help"]).ok().contains("demo"));
}
