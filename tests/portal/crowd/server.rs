//! The tests' own Crowd server: HTTP by hand, so that it can also break off in the middle.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use daypass::config::{self, Config};
use daypass::directory::{Crowd, Directory, SignInError};
use daypass::model::identity::Entry;
use secrecy::SecretString;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::world::{APPLICATION, APPLICATION_PASSWORD, Asked, World};

/// Every time-out of the directories that ask it.
pub const LIMIT: Duration = Duration::from_secs(1);
/// What a machine under load may take on top.
pub const SLACK: Duration = Duration::from_secs(3);

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It accepts and never answers.
    Hang,
    /// The connection is reset.
    Reset,
    /// These bytes, as they are, and then the connection ends.
    Raw(String),
    /// An answer of this status, kind and body.
    Say(u16, &'static str, String),
    /// The right answer, after this long.
    Slow(Duration),
    /// A byte of an answer now and then, without an end.
    Drip,
    /// An answer that does not come to an end, as fast as it goes.
    Endless,
}

impl Fault {
    /// JSON with status 200.
    pub fn json(body: impl Into<String>) -> Self {
        Self::Say(200, "application/json", body.into())
    }
}

/// A question as it came.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub method: String,
    /// Below `usermanagement/1`.
    pub resource: String,
    /// Path and query as they were written.
    pub target: String,
    pub parameters: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

#[derive(Default)]
struct State {
    world: Mutex<World>,
    faults: Mutex<Vec<(String, Fault)>>,
    heard: Mutex<Vec<Heard>>,
}

pub struct Server {
    pub url: String,
    state: Arc<State>,
    task: Option<JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.iter().for_each(JoinHandle::abort);
    }
}

impl Server {
    /// With [`World::sample`].
    pub async fn start() -> Self {
        Self::with(World::sample()).await
    }

    pub async fn with(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/crowd", listener.local_addr().unwrap());
        let state = Arc::new(State { world: Mutex::new(world), ..State::default() });
        let task = Some(listen(listener, state.clone()));
        Self { url, state, task }
    }

    pub async fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            drop(task.await);
        }
    }

    /// Comes back where it was.
    pub async fn again(&mut self) {
        let address = self.url.trim_start_matches("http://").trim_end_matches("/crowd");
        let listener = TcpListener::bind(address).await.unwrap();
        self.task = Some(listen(listener, self.state.clone()));
    }

    pub fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.state.world.lock().unwrap());
    }

    /// From now on at this resource, or at every one (`""`).
    pub fn fault(&self, resource: &str, fault: Fault) {
        let mut faults = self.state.faults.lock().unwrap();
        faults.retain(|(at, _)| at != resource);
        faults.push((resource.to_owned(), fault));
    }

    pub fn heal(&self) {
        self.state.faults.lock().unwrap().clear();
    }

    /// What was asked since the last time.
    pub fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.state.heard.lock().unwrap())
    }

    pub fn settings(&self) -> config::Crowd {
        settings(&self.url)
    }

    pub fn directory(&self) -> Directory {
        self.directory_with(|_| ())
    }

    pub fn directory_with(&self, change: impl FnOnce(&mut config::Crowd)) -> Directory {
        let mut settings = self.settings();
        change(&mut settings);
        Directory::Crowd(Box::new(Crowd::new(settings).unwrap()))
    }

    /// What makes it the directory of a portal, whose administrators are `crowd-admins`.
    pub fn configure(&self) -> impl FnOnce(&mut Config) + 'static {
        let settings = self.settings();
        move |config| {
            config.directory = vec![config::Directory::Crowd(Box::new(settings))];
            config.access.administrators = vec!["crowd-admins".to_owned()];
            config.access.membership_cache = Duration::ZERO;
        }
    }
}

pub fn settings(url: &str) -> config::Crowd {
    let text = format!(
        "name = 'corp'\nurl = '{url}'\ninsecure_plain = true\napplication = '{APPLICATION}'\n\
         application_password = '{APPLICATION_PASSWORD}'\n"
    );
    config::Crowd { connect_timeout: LIMIT, timeout: LIMIT, ..toml::from_str(&text).unwrap() }
}

/// With the password `fake-password-NAME`.
pub async fn sign_in(directory: &Directory, name: &str) -> Result<Entry, SignInError> {
    try_sign_in(directory, name, &format!("fake-password-{name}")).await
}

pub async fn try_sign_in(directory: &Directory, name: &str, password: &str) -> Result<Entry, SignInError> {
    directory.authenticate(name, &SecretString::from(password), &|_| true).await
}

/// Why there is no answer.
#[track_caller]
pub fn cause<T: std::fmt::Debug>(result: Result<T, SignInError>) -> String {
    match result {
        Err(SignInError::Unavailable(error)) => error.cause,
        other => panic!("{other:?}"),
    }
}

fn listen(listener: TcpListener, state: Arc<State>) -> JoinHandle<()> {
    tokio::spawn(async move {
        // Ends all of them when it is ended itself.
        let mut served = tokio::task::JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            served.spawn(serve(stream, state.clone()));
            while served.try_join_next().is_some() {}
        }
    })
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    let mut stream = BufReader::new(stream);
    while let Some(heard) = question(&mut stream).await {
        state.heard.lock().unwrap().push(heard.clone());
        let faults = state.faults.lock().unwrap().clone();
        let (status, kind, body) = match faults.into_iter().find(|(at, _)| at.is_empty() || *at == heard.resource) {
            None => answer(&heard, &state),
            Some((_, Fault::Say(status, kind, body))) => (status, kind, body),
            Some((_, Fault::Slow(wait))) => {
                tokio::time::sleep(wait).await;
                answer(&heard, &state)
            }
            Some((_, fault)) => return go_wrong(stream, fault).await,
        };
        let head = format!(
            "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nlocation: /crowd/elsewhere\r\n\r\n",
            body.len()
        );
        if stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.is_err() {
            return;
        }
    }
}

async fn go_wrong(mut stream: BufReader<TcpStream>, fault: Fault) {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
    match fault {
        Fault::Hang => drop(stream.read_to_end(&mut Vec::new()).await),
        Fault::Reset => stream.into_inner().set_zero_linger().unwrap(),
        Fault::Raw(bytes) => drop(stream.write_all(bytes.as_bytes()).await),
        Fault::Drip => {
            let mut bytes = HEAD;
            while stream.write_all(bytes).await.is_ok() {
                bytes = b" ";
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Fault::Endless => {
            drop(stream.write_all(HEAD).await);
            let blanks = vec![b' '; 1024 * 1024];
            while stream.write_all(&blanks).await.is_ok() {}
        }
        Fault::Say(..) | Fault::Slow(_) => unreachable!(),
    }
}

async fn question(stream: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let url = url::Url::parse(&format!("http://crowd{target}")).unwrap();
    let path = url.path().strip_prefix("/crowd/rest/usermanagement/").unwrap_or_default();
    let resource = path.split_once('/').filter(|(version, _)| ["1", "latest"].contains(version));
    let resource = resource.map(|(_, resource)| resource.to_owned()).unwrap_or_default();
    let parameters = url.query_pairs().into_owned().collect();
    Some(Heard { method, resource, target, parameters, headers, body: String::from_utf8(body).unwrap() })
}

fn answer(heard: &Heard, state: &State) -> (u16, &'static str, String) {
    let header = |name: &str| heard.headers.get(name).map(String::as_str).unwrap_or_default();
    let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{APPLICATION}:{APPLICATION_PASSWORD}")));
    if header("authorization") != expected {
        return (401, "text/plain", "Application failed to authenticate".to_owned());
    }
    let is_post = heard.method == "POST";
    let is_session = heard.resource == "session" || heard.resource.starts_with("session/");
    if !header("accept").contains("application/json") {
        return (200, "application/xml", "<?xml version=\"1.0\"?><user name=\"alice\"/>".to_owned());
    }
    if is_post && header("content-type") != "application/json" {
        return (415, "text/html", "<html>Unsupported Media Type</html>".to_owned());
    }
    if !is_session && is_post != (heard.resource == "authentication") {
        return (405, "text/html", "<html>Method Not Allowed</html>".to_owned());
    }
    if is_post && heard.resource == "session/" || heard.resource.is_empty() {
        return (404, "text/html", "<html>Not Found</html>".to_owned());
    }
    let body: Value = serde_json::from_str(&heard.body).unwrap_or_default();
    let asked = Asked { method: &heard.method, resource: &heard.resource, parameters: &heard.parameters, body: &body };
    let (status, body) = state.world.lock().unwrap().answer(&asked);
    (status, "application/json", body.to_string())
}
