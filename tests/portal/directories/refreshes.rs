//! Several lists of one directory at once, and a list that cannot be made any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::config;
use daypass::directory::{Directory, Ldap, Members};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::{local, start};
use crate::ldap::stand_in::{BIND, SEARCH, Server, person, question, result, settings, until};
use crate::support::PASSWORD;

/// Longer than a machine under load makes anything wait.
const LONG: Duration = Duration::from_secs(60);

/// A directory whose every list has other groups: the third one `list-3-a`, `list-3-b` and `list-3-c`. Each waits until it
/// may be sent.
struct Lists {
    server: Server,
    asked: Arc<AtomicUsize>,
    may: Arc<Semaphore>,
    fails: Arc<AtomicBool>,
}

impl Lists {
    fn new() -> Self {
        let (asked, may, fails) = (Arc::default(), Arc::new(Semaphore::new(0)), Arc::default());
        let server = Server::raw({
            let (asked, may, fails) = (Arc::clone(&asked), Arc::clone(&may), Arc::clone(&fails));
            move |stream| serve(stream, Arc::clone(&asked), Arc::clone(&may), Arc::clone(&fails))
        });
        Self { server, asked, may, fails }
    }

    fn members(&self, clock: &Clock) -> Members {
        let ldap = Ldap::new(self.settings(), Clock::system()).unwrap();
        Members::new(Directory::Ldap(Box::new(ldap)), LONG).by(clock)
    }

    fn settings(&self) -> config::Ldap {
        config::Ldap { timeout: LONG, connect_timeout: LONG, ..settings("ldap", &self.server.address) }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, asked: Arc<AtomicUsize>, may: Arc<Semaphore>, fails: Arc<AtomicBool>) {
    while let Some((id, operation)) = question(&mut stream).await {
        let answer = match operation {
            BIND => result(id, 0x61, 0),
            SEARCH => {
                let number = asked.fetch_add(1, Ordering::SeqCst) + 1;
                may.acquire().await.unwrap().forget();
                let groups = ["a", "b", "c"].map(|letter| format!("list-{number}-{letter}"));
                let groups = groups.map(|name| person(id, &format!("cn={name},dc=test"), &name)).concat();
                // 3, timeLimitExceeded, in the middle of the list.
                [groups, result(id, 0x65, if fails.load(Ordering::SeqCst) { 3 } else { 0 })].concat()
            }
            _ => return,
        };
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// The names that the picker has.
fn names(members: &Members) -> Vec<String> {
    let listed = members.listed().unwrap();
    listed.index.find("list").into_iter().map(|found| found.group.name).collect()
}

fn of_list(number: usize) -> Vec<String> {
    ["a", "b", "c"].map(|letter| format!("list-{number}-{letter}")).to_vec()
}

#[actix_web::test]
async fn several_at_once_are_one_list() {
    let (lists, clock) = (Lists::new(), Clock::fixed(Clock::system().now()));
    let members = lists.members(&clock);
    let opened = async {
        until(|| lists.asked() == 1).await;
        lists.may.add_permits(1);
    };
    let all = tokio::join!(members.list_groups(), members.list_groups(), members.list_groups(), opened);
    assert_eq!((all.0, all.1, all.2), (Ok(()), Ok(()), Ok(())));
    assert_eq!((lists.asked(), names(&members)), (1, of_list(1)));
    // Whoever comes later gets a list of their own, also in the same millisecond.
    lists.may.add_permits(1);
    members.list_groups().await.unwrap();
    assert_eq!((lists.asked(), names(&members)), (2, of_list(2)));
}

#[actix_web::test]
async fn the_old_list_serves_until_the_new_one_is_whole() {
    let (lists, clock) = (Lists::new(), Clock::fixed(Clock::system().now()));
    let members = lists.members(&clock);
    lists.may.add_permits(1);
    members.list_groups().await.unwrap();
    let first = members.listed().unwrap().at;
    clock.advance(TimeDelta::minutes(15));
    let looked = async {
        until(|| lists.asked() == 2).await;
        assert_eq!((names(&members), members.listed().unwrap().at), (of_list(1), first));
        lists.may.add_permits(1);
    };
    let (listed, ()) = tokio::join!(members.list_groups(), looked);
    listed.unwrap();
    assert_eq!((names(&members), members.listed().unwrap().at), (of_list(2), first + TimeDelta::minutes(15)));
}

#[actix_web::test]
async fn a_list_that_fails_leaves_the_old_one_and_is_asked_for_once() {
    let (lists, clock) = (Lists::new(), Clock::fixed(Clock::system().now()));
    let members = lists.members(&clock);
    lists.may.add_permits(1);
    members.list_groups().await.unwrap();
    let first = clock.now();
    clock.advance(TimeDelta::minutes(15));
    lists.fails.store(true, Ordering::SeqCst);
    let opened = async {
        until(|| lists.asked() == 2).await;
        lists.may.add_permits(1);
    };
    let all = tokio::join!(members.list_groups(), members.list_groups(), opened);
    let error = all.0.unwrap_err();
    assert!(error.cause.contains("it answers 3"), "{error}");
    assert_eq!((all.1.unwrap_err(), lists.asked()), (error.clone(), 2));
    assert_eq!((names(&members), members.listed().unwrap().at), (of_list(1), first));
    assert_eq!(members.listing_failed(), Some((first + TimeDelta::minutes(15), error.cause)));
    // The next one that succeeds takes it back.
    lists.fails.store(false, Ordering::SeqCst);
    lists.may.add_permits(1);
    members.list_groups().await.unwrap();
    assert_eq!((names(&members), members.listing_failed()), (of_list(3), None));
}

#[actix_web::test]
async fn the_page_says_when_and_why_there_is_no_newer_list() {
    let lists = Lists::new();
    let app = start(vec![config::Directory::Ldap(Box::new(lists.settings())), local()]).await;
    app.add_person("ada", &["administrators"]).await;
    let ada = app.anybody();
    // The name in front, so that the directory is asked for nothing but lists.
    ada.post("/sign-in", &[("username", "local\\ada"), ("password", PASSWORD)]).await.leads_to("/");
    let members = app.app.directories.get("corp").unwrap();
    lists.may.add_permits(2);
    members.list_groups().await.unwrap();
    lists.fails.store(true, Ordering::SeqCst);
    app.app.clock.advance(TimeDelta::minutes(1));
    members.list_groups().await.unwrap_err();
    let page = ada.get("/admin/directories").await;
    page.is(200).says("listed ").says("Not listed ").says("it answers 3");
    let moment = |at: chrono::DateTime<chrono::Utc>| at.format("%H:%M").to_string();
    for at in [members.listed().unwrap().at, members.listing_failed().unwrap().0] {
        assert!(page.text().contains(&moment(at)), "no {} in {}", moment(at), page.text());
    }
}
