//! What a directory that fails in every way costs the program: nothing is left of it afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::ldap::stand_in::{Server, friendly, question, read_to_end};
use crate::support::served::Served;
use crate::support::{Person, Program};

/// How the directory does. Stopped is another thing: then nobody listens.
const WELL: usize = 0;
const HUNG: usize = 1;
const RESET: usize = 2;
const GARBAGE: usize = 3;

async fn serve(mut stream: TcpStream, mode: usize) {
    while let Some((id, operation)) = question(&mut stream).await {
        let answer = friendly(id, operation, "uid=alice,dc=test");
        let answer = match mode {
            HUNG => {
                drop(read_to_end(&mut stream).await);
                return;
            }
            // In the middle of a message.
            RESET => answer[..answer.len() - 3].to_vec(),
            GARBAGE => vec![0xff; 100],
            _ => answer,
        };
        if stream.write_all(&answer).await.is_err() || mode == RESET {
            return;
        }
    }
}

/// Open descriptors and threads of a process (proc(5)).
fn spent(program: &Program) -> [usize; 2] {
    let count = |what| std::fs::read_dir(format!("/proc/{}/{what}", program.id())).unwrap().count();
    [count("fd"), count("task")]
}

/// The statuses of as many tries to sign in at once.
async fn tries(url: &str, count: usize) -> Vec<u16> {
    let tries = (0..count).map(|_| async {
        let form = [("username", "alice"), ("password", "fake-password-alice")];
        Person::new(url).post("/sign-in", &form).await.status
    });
    join_all(tries).await
}

#[actix_web::test]
async fn descriptors_and_threads_come_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mode = Arc::new(AtomicUsize::new(WELL));
    let serving = {
        let mode = Arc::clone(&mode);
        move |stream, _| serve(stream, mode.load(Ordering::SeqCst))
    };
    let mut server = Some(Server::listening(listener, serving));
    let folder = tempfile::tempdir().unwrap();
    let more = format!(
        "[[directory]]\nkind = 'ldap'\nname = 'corp'\nurl = 'ldap://{address}'\ninsecure_plain = true\nconnect_timeout = '1s'\ntimeout = '1s'\nbind_dn = 'cn=daypass,dc=test'\nbind_password = 'fake-service-password'\nuser_base = 'dc=test'\ngroup_base = 'dc=test'\n"
    );
    let served = Served::new(folder.path(), "http://127.0.0.1:9", None, &more);
    let program = served.start();
    for _ in 0..3 {
        assert_eq!(tries(&served.url, 20).await, [303; 20]);
    }
    let before = spent(&program);
    for way in [HUNG, RESET, GARBAGE] {
        mode.store(way, Ordering::SeqCst);
        assert_eq!(tries(&served.url, 20).await, [503; 20], "{way}");
    }
    server.take().unwrap().stop().await;
    assert_eq!(tries(&served.url, 20).await, [503; 20], "stopped");
    // Callers' connections end with them, and threads that have nothing to do after ten seconds.
    let start = Instant::now();
    loop {
        let after = spent(&program);
        if after.iter().zip(&before).all(|(after, before)| after <= before) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{before:?} before, {after:?} after");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
