//! One walk through everything that has to do with secrets, on the real program, and all that it leaves behind.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use daypass::app::App;
use daypass::clock::Clock;
use daypass::portal::tokens;
use daypass::sandbox::{SAMPLE_KEY_ID, SAMPLE_SECRET};
use reqwest::Method;
use secrecy::ExposeSecret;

use super::search::Secret;
use crate::support::program::{self, Program};
use crate::support::served::Served;
use crate::support::{Page, Person, world};

/// An answer, and the secrets that it may show: it is where they are handed out.
pub struct Answer {
    pub name: String,
    pub bytes: Vec<u8>,
    pub shows: &'static [&'static str],
}

/// What was learned on the way.
#[derive(Default)]
pub struct Walk {
    pub secrets: Mutex<Vec<Secret>>,
    pub answers: Mutex<Vec<Answer>>,
}

pub const ADMINISTRATOR: &str = "fake canary passphrase / of ada";
pub const EMPLOYEE: &str = "fake canary passphrase \"of\" alice + more";
pub const WRONG: &str = "fake canary passphrase that is wrong";
pub const WRONG_SECRET: &str = "fakecanary/secret+that/aws/does/not/know";
pub const WRONG_TOKEN: &str = "dpt_fakecanarytokenthatnobodyevermade0123456789abcdefg";
pub const WRONG_CODE: &str = "FAKE-WRON-CODE";

/// Where somebody is shown a token that they just made.
const MADE: &[&str] = &["personal token", "program token"];
const ISSUED: &[&str] = &["issued secret", "issued session token", "any session token"];

impl Walk {
    pub fn secret(&self, name: &str, value: impl AsRef<[u8]>) {
        self.secrets.lock().unwrap().push(Secret { name: name.to_owned(), value: value.as_ref().to_vec() });
    }

    /// Keeps an answer: what its headers and body may show.
    pub(super) fn keep(&self, name: &str, page: &Page, shows: &'static [&'static str]) {
        let mut head = format!("{}\n", page.status).into_bytes();
        for (header, value) in &page.headers {
            // The cookie is handed out in its header and nowhere else.
            if header != "set-cookie" {
                head.extend([header.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
            }
        }
        let bytes = [head, page.body.clone().into_bytes()].concat();
        self.answers.lock().unwrap().push(Answer { name: name.to_owned(), bytes, shows });
    }

    pub async fn get(&self, person: &Person, path: &str) -> Page {
        let page = person.get(path).await;
        self.keep(&format!("GET {path}"), &page, &[]);
        page
    }

    pub async fn post(&self, person: &Person, path: &str, form: &[(&str, &str)]) -> Page {
        let page = person.post(path, form).await;
        let shows: &[&str] = match path {
            _ if path.ends_with("/tokens/new") => MADE,
            _ if path.contains("/credentials") => ISSUED,
            _ if path.starts_with("/console/") => &["SigninToken"],
            _ => &[],
        };
        self.keep(&format!("POST {path}"), &page, shows);
        page
    }

    pub async fn sign_in(&self, person: &Person, name: &str, password: &str) {
        let form = [("username", name), ("password", WRONG)];
        assert_eq!(self.post(person, "/sign-in", &form).await.status, 401);
        let page = self.post(person, "/sign-in", &[("username", name), ("password", password)]).await;
        assert_eq!(page.status, 303, "{}", page.text());
        for (cookie, value) in person.cookies.lock().unwrap().iter().filter(|(cookie, _)| !cookie.contains("known")) {
            let plain = percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned();
            self.secret(&format!("cookie {cookie} of {name}"), &plain);
            self.secret(&format!("session key of {name}"), &plain[plain.len() - 43..]);
        }
    }

    /// The set-up, by the code that the program printed.
    async fn set_up(&self, server: &mut Program, person: &Person) {
        server.line_with("To make the first administrator");
        let code = server.line().trim().to_owned();
        self.secret("set-up code", &code);
        self.secret("set-up code, bare", code.replace('-', ""));
        self.get(person, "/setup").await;
        let form = |code| {
            let names = ["code", "username", "display_name", "password", "repeat"];
            names.into_iter().zip([code, "ada", "Ada", ADMINISTRATOR, ADMINISTRATOR]).collect::<Vec<_>>()
        };
        assert_eq!(self.post(person, "/setup", &form(WRONG_CODE)).await.status, 422);
        let page = self.post(person, "/setup", &form(&code)).await;
        assert_eq!(page.status, 303, "{}", page.text());
    }

    /// Keys, connectors and grants, by the pages.
    async fn administer(&self, ada: &Person) {
        let key = |name, secret| [("name", name), ("key_id", SAMPLE_KEY_ID), ("secret", secret), ("partition", "aws")];
        assert_eq!(self.post(ada, "/admin/access-keys/new", &key("Wrong", WRONG_SECRET)).await.status, 422);
        let page = self.post(ada, "/admin/access-keys/new", &key("Broker", SAMPLE_SECRET)).await;
        assert_eq!(page.status, 303, "{}", page.text());
        let list = self.get(ada, "/admin/access-keys").await;
        let key =
            list.body.split("/admin/access-keys/").filter_map(|rest| rest.get(..36)).find(is_id).unwrap().to_owned();
        self.get(ada, &format!("/admin/access-keys/{key}")).await;
        let role = |name: &str| world::role(name);
        for (name, slug, kind, arn) in [
            ("Read only", "read-only", "assume_role", role("ReadOnly")),
            ("Nothing", "nothing", "assume_role", role("NoSuchRole")),
            ("Federated", "federated", "federated_user", String::new()),
        ] {
            let form = [
                ("name", name),
                ("slug", slug),
                ("principal_type", kind),
                ("access_key", &key),
                ("role_arn", &arn),
                ("policy", if kind == "federated_user" { world::POLICY } else { "" }),
                ("system_scope", "true"),
                ("enabled", "true"),
            ];
            let page = self.post(ada, "/admin/connectors/new", &form).await;
            assert_eq!(page.status, 303, "{}", page.text());
        }
        let list = self.get(ada, "/admin/connectors").await;
        let ids: std::collections::BTreeSet<&str> =
            list.body.split("/admin/connectors/").filter_map(|rest| rest.get(..36)).filter(is_id).collect();
        assert_eq!(ids.len(), 3);
        for id in ids {
            self.get(ada, &format!("/admin/connectors/{id}")).await;
            let page = self.post(ada, "/admin/permissions/grant", &[("connector", id), ("q", "ops")]).await;
            assert_eq!(page.status, 303, "{}", page.text());
        }
    }

    /// Credentials and consoles, as they should be and with AWS out of order.
    async fn use_everything(&self, sandbox: &str, alice: &Person) {
        for connector in ["read-only", "federated"] {
            self.get(alice, &format!("/console/{connector}")).await;
            self.get(alice, &format!("/connectors/{connector}/credentials")).await;
            let page = self.post(alice, &format!("/connectors/{connector}/credentials"), &[("duration", "")]).await;
            assert_eq!(page.status, 200, "{}", page.text());
            self.learn(&page.body);
            let page = self.post(alice, &format!("/console/{connector}"), &[]).await;
            assert_eq!(page.status, 303, "{}", page.text());
            let link = url::Url::parse(page.location()).unwrap();
            let token = link.query_pairs().find(|(name, _)| name == "SigninToken").unwrap().1.into_owned();
            self.secret("SigninToken", token);
        }
        assert_eq!(self.post(alice, "/console/nothing", &[]).await.status, 502);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        for action in ["AssumeRole", "getSigninToken"] {
            for kind in
                ["Garbage", "CaptivePortal", "BadRequest", "Throttling", "Reset", "InternalFailure", "ExpiredToken"]
            {
                let fault = serde_json::json!({ "action": action, "kind": kind });
                let faults = format!("{sandbox}/_sandbox/faults");
                let answer = http.post(&faults).json(&fault).send().await.unwrap();
                assert_eq!(answer.status(), 204);
                let page = self.post(alice, "/console/read-only", &[]).await;
                assert!(page.status >= 400, "{action} {kind}: {}", page.text());
                http.delete(&faults).send().await.unwrap();
            }
        }
    }

    /// The secret and the session token on a page of credentials.
    fn learn(&self, body: &str) {
        let value = |name: &str| {
            let line = body.split(name).nth(1).unwrap_or_else(|| panic!("no {name}: {body}"));
            let value: String = line
                .trim_start_matches(['=', ' ', '"', '\''])
                .split(['\n', '<', '&', '"', '\''])
                .next()
                .unwrap()
                .to_owned();
            assert!(value.len() >= 20, "{name}: {value}");
            value
        };
        self.secret("issued secret", value("aws_secret_access_key"));
        self.secret("issued session token", value("aws_session_token"));
    }

    /// As a program, with a good token and a wrong one.
    async fn as_program(&self, served: &Served) {
        let app = App::build(served.config.clone(), Clock::system(), false).await.unwrap();
        let token = tokens::create_unchecked(&app, "build", "read-only", Duration::from_secs(600)).await.unwrap();
        self.secret("cookie-signing key", app.cookie_key.as_slice());
        drop(app);
        self.secret("API token", token.expose_secret());
        let anybody = Person::new(&served.url);
        let path = "/api/v1/connectors/read-only/container-credentials";
        for (token, status) in [(token.expose_secret(), 200), (WRONG_TOKEN, 401)] {
            let request = anybody.request(Method::GET, path).header("authorization", token);
            let page = anybody.send(request).await;
            assert_eq!(page.status, status, "{}", page.body);
            if status == 200 {
                self.secret("issued secret", page.json()["SecretAccessKey"].as_str().unwrap());
                self.secret("issued session token", page.json()["Token"].as_str().unwrap());
            }
            self.keep("GET container-credentials", &page, ISSUED);
        }
    }

    /// Tokens as pages make them, refuse them, list them and revoke them, and one in an address.
    async fn make_tokens(&self, served: &Served, ada: &Person, alice: &Person) {
        let form = |name: &'static str, more| {
            [("name", name), ("life", "30d"), ("part", "use"), ("connectors", "these"), ("more", more)]
        };
        for (person, base, kind) in [(alice, "/tokens", "personal token"), (ada, "/admin/tokens", "program token")] {
            let address = format!("{base}/new");
            self.get(person, &address).await;
            assert_eq!(self.post(person, &address, &form("Canary", "nothing like it")).await.status, 422);
            let page = self.post(person, &address, &form("Canary", "read-only")).await;
            let text = page.block("token");
            self.secret(kind, &text);
            let anybody = Person::new(&served.url);
            let path = "/api/v1/connectors/read-only/container-credentials";
            let page = anybody.send(anybody.request(Method::GET, path).bearer_auth(&text)).await;
            assert_eq!(page.status, 200, "{}", page.body);
            self.secret("issued secret", page.json()["SecretAccessKey"].as_str().unwrap());
            self.secret("issued session token", page.json()["Token"].as_str().unwrap());
            self.keep("GET container-credentials", &page, ISSUED);
            for path in [
                format!("{path}?token={text}"),
                format!("/api/v1/connectors/{text}/container-credentials"),
                format!("/{text}"),
            ] {
                let page = anybody.get(&path).await;
                assert_eq!(page.status, 400, "{}", page.body);
                self.keep("GET with a token in its address", &page, &[]);
            }
            self.get(person, base).await;
        }
        let page = self.get(ada, "/admin/tokens").await;
        let id = page.body.split("/admin/tokens/").filter_map(|rest| rest.get(..36)).find(is_id).unwrap().to_owned();
        self.get(ada, &format!("/admin/tokens/{id}")).await;
        self.get(ada, &format!("/admin/tokens/{id}/revoke")).await;
        assert_eq!(self.post(ada, &format!("/admin/tokens/{id}/revoke"), &[]).await.status, 303);
        self.get(ada, "/admin/tokens?state=all").await;
    }

    /// Every row of the log as its page shows it.
    async fn read_the_log(&self, ada: &Person) {
        let list = self.get(ada, "/usage-log").await;
        let number = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
        let rows: Vec<String> =
            list.body.split("/usage-log/").skip(1).map(number).filter(|id| !id.is_empty()).collect();
        assert!(rows.len() > 20, "{}", list.text());
        for row in rows {
            self.get(ada, &format!("/usage-log/{row}")).await;
        }
    }

    /// Everything of it. Gives the running server, whose key files were taken away for a moment at the end, so that it
    /// has logged their folder.
    pub async fn run(&self, served: &Served, sandbox: &str) -> (Program, String) {
        for (name, value) in [
            ("password of the administrator", ADMINISTRATOR),
            ("password of the employee", EMPLOYEE),
            ("wrong password", WRONG),
            ("access key secret", SAMPLE_SECRET),
            ("wrong access key secret", WRONG_SECRET),
            ("wrong API token", WRONG_TOKEN),
            ("any session token", "SandboxToken/"),
        ] {
            self.secret(name, value);
        }
        let mut server = served.start();
        let (anybody, ada, alice) = (Person::new(&served.url), Person::new(&served.url), Person::new(&served.url));
        self.set_up(&mut server, &anybody).await;
        let add = ["user", "add", "alice", "--group", "ops"];
        let ended = program::run(&served.folder, &add, &format!("{EMPLOYEE}\n"));
        let said = [ended.ok(), &ended.err].concat();
        self.sign_in(&ada, "ada", ADMINISTRATOR).await;
        self.administer(&ada).await;
        self.sign_in(&alice, "alice", EMPLOYEE).await;
        self.use_everything(sandbox, &alice).await;
        self.as_program(served).await;
        self.make_tokens(served, &ada, &alice).await;
        self.keep_keys(served, &ada).await;
        for path in ["/", "/admin/permissions", "/nothing", "/readyz", "/healthz", "/sign-in", "/setup"] {
            self.get(&ada, path).await;
        }
        self.read_the_log(&ada).await;
        self.post(&alice, "/sign-out", &[]).await;

        let (keys, away) = (served.folder.join("data/keys"), served.folder.join("away"));
        for file in fs::read_dir(&keys).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            let encoded = text.lines().nth(2).unwrap();
            self.secret("key file, encoded", encoded);
            self.secret("key file, key", data_encoding::BASE64.decode(encoded.as_bytes()).unwrap());
        }
        fs::rename(&keys, &away).unwrap();
        assert_eq!(self.post(&ada, "/console/read-only", &[]).await.status, 503);
        fs::rename(&away, &keys).unwrap();
        (server, said)
    }
}

#[allow(clippy::ptr_arg, reason = "as a filter takes it")]
fn is_id(text: &&str) -> bool {
    text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// The files of the database of a server.
pub fn database_files(served: &Served) -> Vec<PathBuf> {
    ["daypass.db", "daypass.db-wal", "daypass.db-shm"].map(|name| served.folder.join("data").join(name)).to_vec()
}
