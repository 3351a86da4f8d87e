//! The processes, the data they serve, and what callers ask of them.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

use crate::http::{Connection, Request};
use crate::load::{Plan, Run};
use crate::server::{Process, memory};
use crate::world::{self, PERSON};

/// Everything that runs.
pub struct Scene {
    pub portal: Process,
    /// From the portal's start to its first answer.
    pub start: Duration,
    /// MiB that it held then, before anybody asked for more.
    pub idle: f64,
    /// The sandbox's address as a URL.
    pub sts: String,
    /// Programs that ask for credentials, of which AWS issues some for each request.
    pub issue: Arc<Vec<Request>>,
    /// The same by the native API.
    pub native: Arc<Vec<Request>>,
    /// Programs that get what AWS issued once more.
    pub kept: Arc<Vec<Request>>,
    /// A person who opens the console.
    pub console: Arc<Vec<Request>>,
    /// Programs that ask for links to the console.
    pub links: Arc<Vec<Request>>,
    /// A person who looks at what they may use.
    pub page: Arc<Vec<Request>>,
    /// The same as a browser asks for it.
    pub compressed: Arc<Vec<Request>>,
    /// Nine of ten look at the page, one asks for credentials.
    pub mixed: Arc<Vec<Request>>,
    /// Programs of another account.
    pub beside: Arc<Vec<Request>>,
    /// Where the portal listens.
    pub address: String,
    _sandbox: Process,
    _folder: TempDir,
}

impl Scene {
    pub async fn set() -> Self {
        let sandbox = Process::start(&["sandbox", "--listen", "127.0.0.1:0"]);
        let sts = sandbox.first_line.split_whitespace().last().expect("an address").to_owned();
        let folder = tempfile::tempdir().expect("a folder");
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("it has one").to_string();
        drop(free);
        let settings = folder.path().join("daypass.toml");
        let signin = sts.replace("127.0.0.1", "localhost");
        let text = format!(
            "[server]\nlisten = '{address}'\ndata_dir = 'data'\n[aws.partitions.aws]\nsts_endpoint = '{sts}'\nsignin_endpoint = '{signin}'\nconsole_endpoint = '{sts}'\n[api]\ntoken_requests_per_second = 1000000\n[aws]\nattempt_timeout = '2s'\n[log]\nlevel = 'warn'\n"
        );
        std::fs::write(&settings, text).expect("the settings are written");
        let programs = world::fill(&settings).await;

        let portal = Process::start(&["serve", "--config", settings.to_str().expect("a plain path")]);
        let start = portal.first_answer(&address, &Request::get(&address, "/readyz", &[])).await;
        let idle = memory(portal.id());
        let cookie = sign_in(&address).await;
        let credentials = |(slug, token): &(String, SecretString)| {
            let path = format!("/api/v1/connectors/{slug}/container-credentials");
            Request::get(&address, &path, &[("authorization", token.expose_secret())])
        };
        let of = |programs: &[world::Program]| programs.iter().map(credentials).collect::<Vec<Request>>();
        let post = |what: &str| -> Vec<Request> {
            let request = |(slug, token): &(String, SecretString)| {
                let path = format!("/api/v1/connectors/{slug}/{what}");
                let token = format!("Bearer {}", token.expose_secret());
                Request::json(&address, &path, &[("authorization", &token)], "{}")
            };
            programs.own.iter().map(request).collect()
        };
        let (native, links) = (post("credentials"), post("console"));
        let (issue, kept, beside) = (of(&programs.own), of(&programs.kept), of(&programs.others));
        let origin = format!("http://{address}");
        let page = Request::get(&address, "/", &[("cookie", &cookie)]);
        let console = Request::post(
            &address,
            &format!("/console/{}", world::slug(0)),
            &[("cookie", &cookie), ("origin", &origin)],
            "destination=%2Fec2%2Fv2%2Fhome",
        );
        let compressed = [("cookie", cookie.as_str()), ("accept-encoding", "gzip, deflate, br")];
        let nine = std::iter::repeat_n(page.clone(), 9);
        let mixed = issue.iter().flat_map(|issue| nine.clone().chain([issue.clone()])).collect();
        Self {
            portal,
            start,
            idle,
            sts,
            console: Arc::new(vec![console]),
            page: Arc::new(vec![page]),
            compressed: Arc::new(vec![Request::get(&address, "/", &compressed)]),
            mixed: Arc::new(mixed),
            issue: Arc::new(issue),
            native: Arc::new(native),
            links: Arc::new(links),
            kept: Arc::new(kept),
            beside: Arc::new(beside),
            address,
            _sandbox: sandbox,
            _folder: folder,
        }
    }

    /// Sends requests to the portal.
    pub async fn http(&self, plan: Plan, requests: &Arc<Vec<Request>>) -> Run {
        plan.http(&self.address, requests).await
    }

    /// Lets the sandbox answer late from now on, and suffer nothing else.
    pub async fn latency(&self, milliseconds: u32) {
        let address = self.sts.trim_start_matches("http://");
        let mut sandbox = Connection::open(address).await.expect("the sandbox");
        sandbox.send(&Request::faults(address, "DELETE", "")).await.expect("it forgets its faults");
        self.fault(&format!(r#"{{"kind":"Latency","latencyMs":{milliseconds}}}"#)).await;
    }

    /// Switches a fault of the sandbox on, beside those that are on.
    pub async fn fault(&self, fault: &str) {
        let address = self.sts.trim_start_matches("http://");
        let mut sandbox = Connection::open(address).await.expect("the sandbox");
        sandbox.send(&Request::faults(address, "POST", fault)).await.expect("it takes the fault");
    }
}

/// Signs the person in; gives the cookies.
async fn sign_in(address: &str) -> String {
    let origin = format!("http://{address}");
    let form = format!("username={}&password={}", PERSON.0, PERSON.1.replace(' ', "+"));
    let request = Request::post(address, "/sign-in", &[("origin", &origin)], &form);
    let mut connection = Connection::open(address).await.expect("the portal");
    let answer = String::from_utf8_lossy(connection.send(&request).await.expect("signed in")).into_owned();
    let cookies: Vec<&str> = answer
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .collect();
    cookies.join("; ")
}
