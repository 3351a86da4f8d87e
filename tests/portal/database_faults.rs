//! The database locked, full, cut off and gone: nothing is handed out without its row, pages stay readable where they can,
//! and all is well again without a restart.

use std::fs::{self, File};
use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use daypass::store::StoreError;
use futures_util::future::join_all;
use tempfile::TempDir;

use crate::chain::verify;
use crate::support::sql::{connect, either, lines, run};
use crate::support::{Database, Page, Person, TestApp, world};
use crate::writer::{event, rows};

/// What somebody gets who asks for access while nothing can be written down.
fn nothing_was_handed_out(page: &Page) {
    assert_eq!((page.status, page.location(), page.header("retry-after")), (503, "", "30"), "{}", page.text());
    page.says("nothing was handed out");
    for secret in ["SBXT", "SandboxToken", "SigninToken", "aws_session_token"] {
        assert!(!page.body.contains(secret), "{secret}");
    }
}

/// Both ways to access, refused; what AWS issued meanwhile goes nowhere.
async fn refuses_access(app: &TestApp, alice: &Person) {
    let issued = app.sandbox.counters().issued;
    nothing_was_handed_out(&alice.post("/console/read-only", &[]).await);
    nothing_was_handed_out(&alice.post("/connectors/read-only/credentials", &[("duration", "")]).await);
    assert!(app.sandbox.counters().issued > issued, "the fault has to strike after AWS has issued");
}

async fn pages_can_be_read(alice: &Person) {
    for path in ["/", "/connectors/read-only/credentials", "/console/read-only"] {
        assert_eq!(alice.get(path).await.status, 200, "{path}");
    }
}

/// Every way works again within 10 s, and the chain is whole.
async fn recovers(app: &TestApp, alice: &Person) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while alice.post("/console/read-only", &[]).await.status != 303 {
        assert!(Instant::now() < deadline, "no recovery within 10 s");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let page = alice.post("/connectors/read-only/credentials", &[("duration", "")]).await;
    assert!(page.status == 200 && page.body.contains("SBXT"), "{}", page.text());
    verify(&mut connect(&app.app.config)).unwrap();
}

#[actix_web::test]
async fn locked_for_too_long() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let mut other = connect(&app.app.config);
    let lock = either(&other, "BEGIN IMMEDIATE", "BEGIN; LOCK TABLE usage_log IN SHARE MODE");
    run(&mut other, lock);
    let start = Instant::now();
    let (refused, ()) = tokio::join!(alice.post("/console/read-only", &[]), pages_can_be_read(&alice));
    nothing_was_handed_out(&refused);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    run(&mut other, "ROLLBACK");
    recovers(&app, &alice).await;
}

/// A lock that goes in time is waited for.
#[actix_web::test]
async fn locked_for_a_moment() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let mut other = connect(&app.app.config);
    let lock = either(&other, "BEGIN IMMEDIATE", "BEGIN; LOCK TABLE usage_log IN SHARE MODE");
    run(&mut other, lock);
    let before = app.sandbox.counters().issued;
    let unlock = async {
        while app.sandbox.counters().issued == before {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        run(&mut other, "ROLLBACK");
    };
    let (page, ()) = tokio::join!(alice.post("/console/read-only", &[]), unlock);
    assert_eq!(page.status, 303, "{}", page.text());
    verify(&mut connect(&app.app.config)).unwrap();
}

/// A file system of a few MB, taken away at the end.
pub struct SmallDisk(pub PathBuf, #[allow(dead_code, reason = "kept until the end")] TempDir);

#[allow(clippy::disallowed_methods, reason = "mounting takes a command")]
pub fn as_root(program: &str, arguments: &[&str]) {
    let sudo: &[&str] = if is_root() { &[] } else { &["sudo", "-n"] };
    let words: Vec<&str> = sudo.iter().copied().chain([program]).chain(arguments.iter().copied()).collect();
    let status = std::process::Command::new(words[0]).args(&words[1..]).status().unwrap();
    assert!(status.success(), "{words:?}: {status}");
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

impl SmallDisk {
    pub fn mount() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        fs::create_dir(&path).unwrap();
        as_root("mount", &["-t", "tmpfs", "-o", "size=6m,mode=0777", "tmpfs", path.to_str().unwrap()]);
        Self(path, folder)
    }

    /// Leaves not a byte, and gives what fills it.
    pub fn fill(&self) -> PathBuf {
        let filler = self.0.join("filler");
        let mut file = File::create(&filler).unwrap();
        for size in [65_536, 4_096, 512, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        filler
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        as_root("umount", &["-l", self.0.to_str().unwrap()]);
    }
}

#[actix_web::test]
async fn no_space_left() {
    let disk = SmallDisk::mount();
    let data = disk.0.join("data");
    let builder = TestApp::builder().database(Database::Sqlite).config(move |config| config.server.data_dir = data);
    let app = builder.start().await;
    world::fill(&app).await;
    let alice = app.person("alice", &["ops"]).await;
    for _ in 0..3 {
        let filler = disk.fill();
        // The log of changes ahead of the database has room of its own, which has to run out first.
        let deadline = Instant::now() + Duration::from_secs(60);
        while app.app.database.record(event(&app, "filling")).await.is_ok() {
            assert!(Instant::now() < deadline, "the disk does not fill");
        }
        let recorded = rows(&app, "filling");
        refuses_access(&app, &alice).await;
        pages_can_be_read(&alice).await;
        assert_eq!(rows(&app, "filling"), recorded);
        fs::remove_file(filler).unwrap();
        recovers(&app, &alice).await;
    }
    assert_eq!(
        lines(&mut connect(&app.app.config), "SELECT integrity_check AS line FROM pragma_integrity_check"),
        ["ok"]
    );
    app.stop().await;
    drop(disk);
}

async fn on_postgres(change: impl FnOnce(&mut daypass::config::Config) + 'static) -> TestApp {
    let app = TestApp::builder().database(Database::create_postgres()).config(change).start().await;
    world::fill(&app).await;
    app
}

/// A write that was acknowledged stands, whatever happens to the connection around it.
#[actix_web::test]
async fn connections_killed_by_the_server() {
    let app = on_postgres(|_| {}).await;
    let alice = app.person("alice", &["ops"]).await;
    let mut other = connect(&app.app.config);
    let mut acknowledged = 0;
    for _ in 0..5 {
        let writes = (0..40).map(|_| app.app.database.record(event(&app, "under fire")));
        let kill = async {
            tokio::task::yield_now().await;
            let killed = "SELECT pg_terminate_backend(pid)::text AS line FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
            assert!(!lines(&mut other, killed).is_empty());
        };
        let (done, ()) = tokio::join!(join_all(writes), kill);
        acknowledged += done.iter().filter(|done| done.is_ok()).count();
        assert!(done.iter().all(|done| matches!(done, Ok(()) | Err(StoreError::Unavailable(_)))), "{done:?}");
        recovers(&app, &alice).await;
    }
    // A commit whose answer was cut off may stand too; what was acknowledged must.
    assert!(rows(&app, "under fire") >= acknowledged);
}

/// Between portal and database: can be switched off, and then refuses and cuts everything.
struct Line {
    address: SocketAddr,
    is_down: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Line {
    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (is_down, open) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let line = Self { address, is_down: is_down.clone(), open: open.clone() };
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if is_down.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(server) else { continue };
                for (mut from, mut to) in [(&client, &server), (&server, &client)]
                    .map(|(a, b)| (a.try_clone().unwrap(), b.try_clone().unwrap()))
                {
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
                open.lock().unwrap().extend([client, server]);
            }
        });
        line
    }

    fn cut(&self) {
        self.is_down.store(true, Ordering::SeqCst);
        for end in self.open.lock().unwrap().drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.is_down.store(false, Ordering::SeqCst);
    }
}

#[actix_web::test]
async fn cut_off_from_the_server() {
    let database = Database::create_postgres();
    let url = url::Url::parse(&database.url().unwrap()).unwrap();
    let server = url.socket_addrs(|| None).unwrap()[0];
    let line = Line::to(server);
    let mut through = url.clone();
    through.set_port(Some(line.address.port())).unwrap();
    let through = through.to_string();
    let builder =
        TestApp::builder().database(database).config(move |config| config.database.url = Some(through.into()));
    let app = builder.start().await;
    world::fill(&app).await;
    let alice = app.person("alice", &["ops"]).await;
    for _ in 0..2 {
        let issued = app.sandbox.counters().issued;
        line.cut();
        let start = Instant::now();
        let pages = join_all((0..4).map(|_| alice.post("/console/read-only", &[]))).await;
        for page in pages {
            assert_eq!((page.status, page.location()), (503, ""), "{}", page.text());
        }
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
        assert_eq!(app.sandbox.counters().issued, issued, "without the database nobody's rights are known");
        assert_eq!(app.get("/healthz").await.status, 200);
        assert_eq!(app.get("/readyz").await.status, 503);
        line.mend();
        recovers(&app, &alice).await;
    }
}
