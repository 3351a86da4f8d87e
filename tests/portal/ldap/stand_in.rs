//! A server that speaks as a test tells it to, where no real one would.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use daypass::clock::Clock;
use daypass::config;
use daypass::directory::{Directory, DirectoryError, Ldap, SignInError};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Every time-out of the directories that ask it.
const LIMIT: Duration = Duration::from_secs(1);
/// What a machine under load may take on top.
pub const SLACK: Duration = Duration::from_secs(2);

pub const BIND: u8 = 0x60;
pub const SEARCH: u8 = 0x63;
pub const WHO_AM_I: u8 = 0x77;

/// A server of the test's own.
pub struct Server {
    pub address: String,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// `serve` is called with each connection.
    pub fn raw<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::listening(free_port(), move |stream, _| serve(stream))
    }

    /// `answer` is called with the id, the operation and the number of the connection; to answer nothing is to hang up.
    pub fn answering(answer: impl Fn(u8, u8, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        Self::listening(free_port(), move |mut stream, connection| {
            let answer = Arc::clone(&answer);
            async move {
                while let Some((id, operation)) = question(&mut stream).await {
                    let bytes = answer(id, operation, connection);
                    if bytes.is_empty() || stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
            }
        })
    }

    /// Passes everything on to another server.
    pub fn passing_on(listener: TcpListener, to: String) -> Self {
        Self::listening(listener, move |mut stream, _| {
            let to = to.clone();
            async move {
                let mut other = TcpStream::connect(to).await.unwrap();
                drop(copy_bidirectional(&mut stream, &mut other).await);
            }
        })
    }

    pub fn listening<F>(listener: TcpListener, serve: impl Fn(TcpStream, usize) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let address = listener.local_addr().unwrap().to_string();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            // Ends all of them when it is ended itself.
            let mut served = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                served.spawn(serve(stream, counted.fetch_add(1, Ordering::SeqCst)));
                while served.try_join_next().is_some() {}
            }
        });
        Self { address, connections, task }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub async fn stop(mut self) {
        self.task.abort();
        drop((&mut self.task).await);
    }
}

fn free_port() -> TcpListener {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    TcpListener::from_std(listener).unwrap()
}

/// Asks for a group; the error, which came in time.
pub async fn fails_in_time(directory: &Directory) -> DirectoryError {
    let start = Instant::now();
    let error = directory.find_groups("x").await.unwrap_err();
    assert!(start.elapsed() < 2 * LIMIT + SLACK, "{error} after {:?}", start.elapsed());
    error
}

pub async fn sign_in(directory: &Directory) -> Result<daypass::model::identity::Entry, SignInError> {
    directory.authenticate("alice", &SecretString::from("fake-password-alice"), &|_| true).await
}

pub fn unavailable(cause: &str) -> SignInError {
    SignInError::Unavailable(DirectoryError { directory: "corp".to_owned(), cause: cause.to_owned() })
}

pub fn directory(scheme: &str, address: &str) -> Directory {
    Directory::Ldap(Box::new(Ldap::new(settings(scheme, address), Clock::system()).unwrap()))
}

pub fn settings(scheme: &str, address: &str) -> config::Ldap {
    let text = format!(
        "name = 'corp'\nurl = '{scheme}://{address}'\ninsecure_plain = true\nbind_dn = 'cn=daypass,dc=test'\n\
         bind_password = 'fake-service-password'\nuser_base = 'dc=test'\ngroup_base = 'dc=test'\n"
    );
    config::Ldap { connect_timeout: LIMIT, timeout: LIMIT, ..toml::from_str(&text).unwrap() }
}

/// Waits until it is so.
pub async fn until(so: impl Fn() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < SLACK, "it never was so");
        tokio::task::yield_now().await;
    }
}

pub async fn read_to_end(stream: &mut TcpStream) -> std::io::Result<usize> {
    stream.read_to_end(&mut Vec::new()).await
}

/// The id and the operation of the next question.
pub async fn question(stream: &mut TcpStream) -> Option<(u8, u8)> {
    let mut header = [0; 2];
    stream.read_exact(&mut header).await.ok()?;
    let mut length = usize::from(header[1]);
    if length > 0x80 {
        let mut digits = vec![0; length - 0x80];
        stream.read_exact(&mut digits).await.ok()?;
        length = digits.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message).await.ok()?;
    Some((message[2], message[3]))
}

/// What a server answers that knows just one entry, and that everybody is in.
pub fn friendly(id: u8, operation: u8, dn: &str) -> Vec<u8> {
    match operation {
        BIND => result(id, 0x61, 0),
        SEARCH => [person(id, dn, "alice"), result(id, 0x65, 0)].concat(),
        WHO_AM_I => result(id, 0x78, 2),
        _ => Vec::new(),
    }
}

/// A value with tag and length.
pub fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length) if length < 0x80 => bytes.push(length),
        _ => {
            bytes.push(0x84);
            bytes.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

pub fn parts(tag: u8, code: u8, more: &[u8]) -> Vec<u8> {
    value(tag, &[&[0x0a, 1, code, 0x04, 0, 0x04, 0], more].concat())
}

pub fn results(tag: u8, code: u8, text: &str) -> Vec<u8> {
    value(tag, &[&[0x0a, 1, code, 0x04, 0][..], &value(0x04, text.as_bytes())].concat())
}

pub fn result(id: u8, tag: u8, code: u8) -> Vec<u8> {
    value(0x30, &[value(0x02, &[id]), parts(tag, code, b"")].concat())
}

/// An entry with a name, as a person's and as a group's.
pub fn person(id: u8, dn: &str, name: &str) -> Vec<u8> {
    let attribute = |kind: &str| {
        let values = value(0x31, &value(0x04, name.as_bytes()));
        value(0x30, &[value(0x04, kind.as_bytes()), values].concat())
    };
    let attributes = value(0x30, &[attribute("uid"), attribute("cn")].concat());
    value(0x30, &[value(0x02, &[id]), value(0x64, &[value(0x04, dn.as_bytes()), attributes].concat())].concat())
}
