//! Several directories in order: who is let in under which name, and whose groups are whose.

mod groups;
mod lists;
mod page;
mod refreshes;
mod silence;
mod slow;

use daypass::clock::Clock;
use daypass::config::{self, Config};
use daypass::portal::users;

use crate::ldap::slapd::Own;
use crate::support::{PASSWORD, Page, TestApp};

/// An LDAP directory of this name at its own base.
pub fn ldap(name: &str, own: &Own) -> config::Directory {
    let mut settings = own.settings();
    name.clone_into(&mut settings.name);
    config::Directory::Ldap(Box::new(settings))
}

/// The same at a port where nothing listens.
pub fn silent(name: &str, own: &Own) -> config::Directory {
    let config::Directory::Ldap(mut settings) = ldap(name, own) else { unreachable!() };
    "ldaps://127.0.0.1:1".clone_into(&mut settings.url);
    config::Directory::Ldap(settings)
}

pub fn local() -> config::Directory {
    config::Directory::Local { name: "local".to_owned() }
}

pub async fn start(directories: Vec<config::Directory>) -> TestApp {
    start_with(directories, |_| {}).await
}

pub async fn start_with(directories: Vec<config::Directory>, change: impl FnOnce(&mut Config) + 'static) -> TestApp {
    let with = move |config: &mut Config| {
        config.directory = directories;
        change(config);
    };
    TestApp::builder().clock(Clock::fixed(Clock::system().now())).config(with).start().await
}

pub async fn attempt(app: &TestApp, name: &str, password: &str) -> Page {
    app.anybody().post("/sign-in", &[("username", name), ("password", password)]).await
}

/// Outcome, reason and directory of the newest row.
pub async fn last(app: &TestApp) -> (String, String, Option<String>) {
    let event = app.last_event().await.event;
    (event.outcome, event.reason, event.directory)
}

fn row(outcome: &str, reason: &str, directory: Option<&str>) -> (String, String, Option<String>) {
    (outcome.to_owned(), reason.to_owned(), directory.map(str::to_owned))
}

/// `corp` and `partners` with an ellen each, a bob in `partners`, and local people of the same names.
async fn namesakes() -> (Own, Own, TestApp) {
    let (corp, partners) = (Own::new("corp").await, Own::new("partners").await);
    corp.person("ellen").await;
    let ellen = partners.person("ellen").await;
    partners.change(&ellen, "userPassword", &["fake-password-of-the-other"]).await;
    partners.person("bob").await;
    let app = start(vec![ldap("corp", &corp), ldap("partners", &partners), local()]).await;
    for name in ["ellen", "bob", "carol"] {
        app.add_person(name, &[]).await;
    }
    (corp, partners, app)
}

#[actix_web::test]
async fn the_first_directory_that_knows_the_name_decides() {
    let (_corp, _partners, app) = namesakes().await;
    attempt(&app, "ellen", "fake-password-ellen").await.leads_to("/");
    assert_eq!(last(&app).await, row("ok", "", Some("corp")));
    attempt(&app, "BOB", "fake-password-bob").await.leads_to("/");
    assert_eq!(last(&app).await, row("ok", "", Some("partners")));
    attempt(&app, "carol", PASSWORD).await.leads_to("/");
    assert_eq!(last(&app).await, row("ok", "", Some("local")));
    // What is right in a later directory is wrong where the first one knows the name.
    for (name, password, directory) in
        [("ellen", "fake-password-of-the-other", "corp"), ("ellen", PASSWORD, "corp"), ("bob", PASSWORD, "partners")]
    {
        attempt(&app, name, password).await.is(401);
        assert_eq!(last(&app).await, row("refused", "wrong_password", Some(directory)), "{name}");
    }
    attempt(&app, "nobody", PASSWORD).await.is(401);
    assert_eq!(last(&app).await, row("refused", "unknown_person", None));
    attempt(&app, "carol", "").await.is(401);
}

#[actix_web::test]
async fn a_directorys_name_in_front_picks_it() {
    let (_corp, _partners, app) = namesakes().await;
    for (name, password, directory) in [
        ("corp\\ellen", "fake-password-ellen", "corp"),
        ("Partners\\Ellen", "fake-password-of-the-other", "partners"),
        (" local \\ ellen", PASSWORD, "local"),
    ] {
        attempt(&app, name, password).await.leads_to("/");
        assert_eq!(last(&app).await, row("ok", "", Some(directory)), "{name}");
    }
    attempt(&app, "corp\\bob", "fake-password-bob").await.is(401);
    assert_eq!(last(&app).await, row("refused", "unknown_person", None));
    attempt(&app, "elsewhere\\carol", PASSWORD).await.is(401);
    assert_eq!(last(&app).await, row("refused", "unknown_person", None));
}

#[actix_web::test]
async fn people_of_one_name_are_as_many_people_as_directories() {
    let (_corp, _partners, app) = namesakes().await;
    let mut names = Vec::new();
    for (name, password) in [
        ("corp\\ellen", "fake-password-ellen"),
        ("partners\\ellen", "fake-password-of-the-other"),
        ("local\\ellen", PASSWORD),
    ] {
        attempt(&app, name, password).await.leads_to("/");
        let event = app.last_event().await.event;
        assert_eq!(event.actor_name, "ellen");
        names.push((event.actor_id, event.directory));
    }
    names.sort();
    names.dedup_by(|one, other| one.0 == other.0);
    assert_eq!(names.len(), 3, "{names:?}");
}

#[actix_web::test]
async fn tries_are_counted_for_each_person_however_the_name_is_written() {
    let (_corp, _partners, app) = namesakes().await;
    for (number, name) in ["ellen", "corp\\ellen", "ELLEN"].into_iter().enumerate() {
        attempt(&app, name, &format!("fake wrong {number}")).await.is(401);
        assert_eq!(last(&app).await.1, "wrong_password", "{name}");
    }
    for name in ["ellen", "Corp\\ellen"] {
        attempt(&app, name, "fake-password-ellen").await.is(401);
        assert_eq!(last(&app).await, row("refused", "throttled", Some("corp")), "{name}");
    }
    // Nobody else of that name is kept out by it.
    attempt(&app, "partners\\ellen", "fake-password-of-the-other").await.leads_to("/");
    attempt(&app, "local\\ellen", PASSWORD).await.leads_to("/");
    // The same wrong password takes no further try, and no directory hears of it again.
    for _ in 0..5 {
        attempt(&app, "bob", "fake wrong").await.is(401);
        assert_eq!(last(&app).await, row("refused", "wrong_password", Some("partners")));
    }
    attempt(&app, "bob", "fake-password-bob").await.leads_to("/");
}

#[actix_web::test]
async fn everybody_who_is_refused_reads_the_same() {
    let (_corp, _partners, app) = namesakes().await;
    users::set_active(&app.app, "carol", false).await.unwrap();
    let mut texts = Vec::new();
    for (name, reason) in [("ellen", "wrong_password"), ("bob", "wrong_password"), ("nobody", "unknown_person")] {
        let page = attempt(&app, name, "fake wrong password").await.is(401).body.replace(&format!("\"{name}\""), "");
        assert_eq!(last(&app).await.1, reason);
        texts.push(page);
    }
    texts.push(attempt(&app, "carol", PASSWORD).await.is(401).body.replace("\"carol\"", ""));
    assert_eq!(last(&app).await, row("refused", "inactive", Some("local")));
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}
