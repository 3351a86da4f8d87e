//! What a directory's failure costs a running server in descriptors and threads: nothing that stays.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::crowd::server::{Fault, Server as Crowd};
use crate::ldap::stand_in::{SEARCH, Server, friendly, question};
use crate::support::served::{Served, sandbox};
use crate::support::{Person, Program};

const WELL: u8 = 0;
const HUNG: u8 = 1;
const RESETS: u8 = 2;
const GARBAGE: u8 = 3;
/// Nothing listens any more.
const STOPPED: u8 = 4;
/// How many ask at once.
const ASKING: usize = 24;
/// How long a server is looked at to know what it holds at rest.
const OBSERVED: Duration = Duration::from_secs(15);
/// Idle threads of tokio go after ten seconds; the rest is for a machine that is busy.
const SETTLES: Duration = Duration::from_secs(60);
const DN: &str = "uid=alice,dc=test";

/// What a process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    descriptors: usize,
    threads: usize,
}

impl Held {
    fn by(process: u32) -> Self {
        let count = |what: &str| std::fs::read_dir(format!("/proc/{process}/{what}")).unwrap().count();
        Self { descriptors: count("fd"), threads: count("task") }
    }

    fn least(self, other: Self) -> Self {
        Self { descriptors: self.descriptors.min(other.descriptors), threads: self.threads.min(other.threads) }
    }

    /// The least that it holds until `enough`.
    async fn least_of(process: u32, enough: impl Fn(Self, Duration) -> bool) -> Self {
        let (start, mut least) = (Instant::now(), Self::by(process));
        while !enough(least, start.elapsed()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
            least = least.least(Self::by(process));
        }
        least
    }
}

/// A server of one entry that is as `how` says, at each question anew.
fn ldap(listener: TcpListener, how: &Arc<AtomicU8>) -> Server {
    let how = Arc::clone(how);
    Server::listening(listener, move |stream, _| {
        let how = Arc::clone(&how);
        async move { drop(serve(stream, &how).await) }
    })
}

async fn serve(mut stream: TcpStream, how: &AtomicU8) -> std::io::Result<()> {
    while let Some((id, operation)) = question(&mut stream).await {
        let answer = friendly(id, operation, DN);
        match how.load(Ordering::SeqCst) {
            HUNG => drop(stream.read(&mut [0]).await?),
            RESETS => {
                stream.write_all(&answer[..answer.len() / 2]).await?;
                stream.set_zero_linger()?;
                return Ok(());
            }
            GARBAGE if operation == SEARCH => stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await?,
            _ => stream.write_all(&answer).await?,
        }
    }
    Ok(())
}

/// A page that asks the directory, `ASKING` times at once on connections that end with it.
async fn ask(alice: &Person, status: u16) {
    let asked = (0..ASKING).map(|_| async {
        let request = alice.request(reqwest::Method::GET, "/").header("connection", "close");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        drop(answer.bytes().await.unwrap());
    });
    drop(join_all(asked).await);
}

/// A server whose people are of one directory, and alice, who signed in.
async fn started(folder: &Path, directory: &str) -> (Program, Program, Person) {
    let (aws, url) = sandbox(folder);
    let more = format!(
        "[access]\nmembership_cache = '0s'\n[[directory]]\nname = 'corp'\ninsecure_plain = true\n\
         connect_timeout = '1s'\ntimeout = '1s'\n{directory}"
    );
    let served = Served::new(folder, &url, None, &more);
    served.prepare().await;
    let program = served.start();
    let alice = Person::new(&served.url);
    alice.post("/sign-in", &[("username", "alice"), ("password", "fake-password-alice")]).await.leads_to("/");
    (aws, program, alice)
}

/// What the server holds once everything is open that is opened once and kept: readers of the database, connections that
/// wait for work.
async fn at_rest(program: &Program, alice: &Person) -> Held {
    for _ in 0..3 {
        ask(alice, 200).await;
    }
    Held::least_of(program.id(), |_, since| since > OBSERVED).await
}

/// It comes back to no more than it had.
async fn comes_back(program: &Program, at_rest: Held, when: &str) {
    let enough = |least: Held, since| least == least.least(at_rest) || since > SETTLES;
    let least = Held::least_of(program.id(), enough).await;
    assert_eq!(least, least.least(at_rest), "{when}: more than {at_rest:?}");
}

#[actix_web::test]
async fn an_ldap_server_that_fails_leaves_no_descriptor_and_no_thread_behind() {
    let folder = tempfile::tempdir().unwrap();
    let how = Arc::new(AtomicU8::new(WELL));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut server = Some(ldap(listener, &how));
    let directory = format!(
        "kind = 'ldap'\nurl = 'ldap://{address}'\nbind_dn = 'cn=daypass,dc=test'\n\
         bind_password = 'fake-service-password'\nuser_base = 'dc=test'\ngroup_base = 'dc=test'\n"
    );
    let (_aws, program, alice) = started(folder.path(), &directory).await;
    let at_rest = at_rest(&program, &alice).await;
    for fault in [HUNG, RESETS, GARBAGE, STOPPED] {
        how.store(fault, Ordering::SeqCst);
        if fault == STOPPED {
            server.take().unwrap().stop().await;
        }
        for _ in 0..3 {
            ask(&alice, 503).await;
        }
        comes_back(&program, at_rest, &format!("fault {fault}")).await;
        how.store(WELL, Ordering::SeqCst);
        if fault == STOPPED {
            server = Some(ldap(TcpListener::bind(&address).await.unwrap(), &how));
        }
        ask(&alice, 200).await;
        comes_back(&program, at_rest, &format!("after fault {fault}")).await;
    }
}

#[actix_web::test]
async fn a_crowd_server_that_fails_leaves_no_descriptor_and_no_thread_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Crowd::start().await;
    let directory = format!(
        "kind = 'crowd'\nurl = '{}'\napplication = 'daypass'\napplication_password = 'fake-application-password'\n",
        server.url
    );
    let (_aws, program, alice) = started(folder.path(), &directory).await;
    let at_rest = at_rest(&program, &alice).await;
    let garbage = Fault::Raw("\x16\x03 no HTTP at all\r\n\r\n".to_owned());
    for fault in [Some(Fault::Hang), Some(Fault::Reset), Some(garbage), Some(Fault::Drip), None] {
        match &fault {
            Some(fault) => server.fault("", fault.clone()),
            None => server.stop().await,
        }
        for _ in 0..3 {
            ask(&alice, 503).await;
        }
        comes_back(&program, at_rest, &format!("{fault:?}")).await;
        server.heal();
        if fault.is_none() {
            server.again().await;
        }
        ask(&alice, 200).await;
        comes_back(&program, at_rest, &format!("after {fault:?}")).await;
    }
}
