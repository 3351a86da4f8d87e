//! How soon what happens in the directory takes effect, with answers remembered for five seconds.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use daypass::model::api_token::find_in;
use ldap3::{LdapResult, Mod};
use reqwest::header::{COOKIE, LOCATION, ORIGIN};
use secrecy::{ExposeSecret, SecretString};

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
    println!("| worst (least) s | start page | console link | personal token |\n|---|---|---|---|");
    for (nth, change) in [Change::Removed, Change::Disabled, Change::Deleted].into_iter().enumerate() {
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        let all: Vec<_> = (0..TIMES).map(|number| (PEOPLE - OPERATORS + nth * TIMES + number, slapd.admin())).collect();
        let mut runs = Vec::new();
        for (number, admin) in all {
            runs.push(tokio::spawn(one(Arc::clone(&scene), admin.await, number, change)));
        }
        for run in runs {
            let ended = run.await.expect("a run");
            times.iter_mut().zip(ended).for_each(|(times, time)| times.push(time.as_secs_f64()));
        }
        let worst = |times: &[f64]| times.iter().copied().fold(0.0, f64::max);
        let least = |times: &[f64]| times.iter().copied().fold(f64::MAX, f64::min);
        let cell = |times: &Vec<f64>| format!("{:.2} ({:.2})", worst(times), least(times));
        println!("| {change:?} | {} |", times.each_ref().map(cell).join(" | "));
    }
}

/// The time from the directory's word to the first page, the first console link, and the first credentials by a personal token,
/// that are refused.
async fn one(scene: Arc<Scene>, mut admin: ldap3::Ldap, number: usize, change: Change) -> [Duration; 3] {
    let cookie = scene.sign_in(number).await;
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = client.build().expect("a client");
    let token = token(&scene, &client, &cookie).await;
    assert!(link(&scene, &client, &cookie).await, "the console opens");
    assert!(credentials(&scene, &client, &token).await, "the token is good");
    // Just remembered: the worst moment for what follows.
    assert!(page(&scene, &client, &cookie).await, "the connector is there");
    apply(&mut admin, number, change).await;
    let start = Instant::now();
    let mut ended = [None; 3];
    while ended.iter().any(Option::is_none) {
        if ended[0].is_none() && !page(&scene, &client, &cookie).await {
            ended[0] = Some(start.elapsed());
        }
        if ended[1].is_none() && !link(&scene, &client, &cookie).await {
            ended[1] = Some(start.elapsed());
        }
        if ended[2].is_none() && !credentials(&scene, &client, &token).await {
            ended[2] = Some(start.elapsed());
        }
        assert!(start.elapsed() < LONGEST, "{change:?} takes no effect");
        let rest = if start.elapsed() + Duration::from_secs(1) < CACHE { 250 } else { 25 };
        tokio::time::sleep(Duration::from_millis(rest)).await;
    }
    ended.map(|time| time.unwrap_or(LONGEST))
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

/// A token of their own, by its page.
async fn token(scene: &Scene, client: &reqwest::Client, cookie: &str) -> SecretString {
    let post = client.post(format!("http://{}/tokens/new", scene.address)).header(COOKIE, cookie);
    let post =
        post.form(&[("name", "Bench"), ("life", "1h"), ("part", "use"), ("connectors", "these"), ("more", CONNECTOR)]);
    let answer = post.header(ORIGIN, format!("http://{}", scene.address)).send().await.expect("an answer");
    find_in(&answer.text().await.expect("all of it")).expect("a token")
}

/// Whether a token gets credentials, or is told that it asks too often.
async fn credentials(scene: &Scene, client: &reqwest::Client, token: &SecretString) -> bool {
    let post = client.post(format!("http://{}/api/v1/connectors/{CONNECTOR}/credentials", scene.address));
    let status = post.bearer_auth(token.expose_secret()).send().await.expect("an answer").status();
    [200, 429].contains(&status.as_u16())
}
