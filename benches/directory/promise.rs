//! How soon what happens in the directory takes effect, with answers remembered for five seconds.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ldap3::{LdapResult, Mod};
use reqwest::header::{COOKIE, LOCATION, ORIGIN};

use crate::content::{OPERATORS, PEOPLE, SUFFIX, person};
use crate::scene::{CONNECTOR, LONGEST, Scene};
use crate::slapd::{Slapd, leave};

/// How often each is tried, at once, each with a person of their own.
const TIMES: usize = 20;
const CACHE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
enum Change {
    Removed,
    Disabled,
    Deleted,
}

pub async fn measure(folder: &Path, slapd: &Slapd) {
    let scene = Arc::new(Scene::set(folder, slapd, "groups", "membership_cache = '5s'").await);
    println!("\nAccess follows the directory: membership_cache = {CACHE:?}, {TIMES} people for each");
    println!("| | start page, worst (least) s | console link, worst (least) s |\n|---|---|---|");
    for (nth, change) in [Change::Removed, Change::Disabled, Change::Deleted].into_iter().enumerate() {
        let (mut pages, mut links) = (Vec::new(), Vec::new());
        let all: Vec<_> = (0..TIMES).map(|number| (PEOPLE - OPERATORS + nth * TIMES + number, slapd.admin())).collect();
        let mut runs = Vec::new();
        for (number, admin) in all {
            runs.push(tokio::spawn(one(Arc::clone(&scene), admin.await, number, change)));
        }
        for run in runs {
            let (page, link) = run.await.expect("a run");
            pages.push(page.as_secs_f64());
            links.push(link.as_secs_f64());
        }
        let worst = |times: &[f64]| times.iter().copied().fold(0.0, f64::max);
        let least = |times: &[f64]| times.iter().copied().fold(f64::MAX, f64::min);
        println!(
            "| {change:?} | {:.2} ({:.2}) | {:.2} ({:.2}) |",
            worst(&pages),
            least(&pages),
            worst(&links),
            least(&links)
        );
    }
}

/// The time from the directory's word to the first page, and the first console link, that is refused.
async fn one(scene: Arc<Scene>, mut admin: ldap3::Ldap, number: usize, change: Change) -> (Duration, Duration) {
    let cookie = scene.sign_in(number).await;
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = client.build().expect("a client");
    assert!(link(&scene, &client, &cookie).await, "the console opens");
    // Just remembered: the worst moment for what follows.
    assert!(page(&scene, &client, &cookie).await, "the connector is there");
    apply(&mut admin, number, change).await;
    let start = Instant::now();
    let (mut gone, mut refused) = (None, None);
    while gone.is_none() || refused.is_none() {
        if gone.is_none() && !page(&scene, &client, &cookie).await {
            gone = Some(start.elapsed());
        }
        if refused.is_none() && !link(&scene, &client, &cookie).await {
            refused = Some(start.elapsed());
        }
        assert!(start.elapsed() < LONGEST, "{change:?} takes no effect");
        let rest = if start.elapsed() + Duration::from_secs(1) < CACHE { 250 } else { 25 };
        tokio::time::sleep(Duration::from_millis(rest)).await;
    }
    (gone.unwrap_or(LONGEST), refused.unwrap_or(LONGEST))
}

async fn apply(admin: &mut ldap3::Ldap, number: usize, change: Change) {
    let dn = person(number);
    match change {
        Change::Removed => leave(admin, &format!("cn=operators,ou=groups,{SUFFIX}"), &dn).await,
        Change::Disabled => {
            let locked = Mod::Replace("pwdAccountLockedTime", HashSet::from(["000001010000Z"]));
            admin.modify(&dn, vec![locked]).await.and_then(LdapResult::success).expect("a change");
        }
        Change::Deleted => {
            admin.delete(&dn).await.and_then(LdapResult::success).expect("a change");
        }
    }
}

/// Whether the start page shows the connector.
async fn page(scene: &Scene, client: &reqwest::Client, cookie: &str) -> bool {
    let answer =
        client.get(format!("http://{}/", scene.address)).header(COOKIE, cookie).send().await.expect("an answer");
    let is_there = answer.status() == 200;
    is_there && answer.text().await.expect("all of it").contains("Read only")
}

/// Whether the console opens.
async fn link(scene: &Scene, client: &reqwest::Client, cookie: &str) -> bool {
    let post = client.post(format!("http://{}/console/{CONNECTOR}", scene.address)).header(COOKIE, cookie);
    let post = post.form(&[("destination", "/ec2/v2/home")]);
    let answer = post.header(ORIGIN, format!("http://{}", scene.address)).send().await.expect("an answer");
    let leads = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
    // The sandbox's sign-in page, or our own.
    answer.status() == 303 && !leads.starts_with('/')
}
