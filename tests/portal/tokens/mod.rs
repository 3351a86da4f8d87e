//! API tokens: who makes which, what each is good for, and when it ends.

mod api;
mod look_after;
mod orphans;
mod own;
mod programs;
mod promises;
mod silent;
mod wire;

use daypass::model::event::Origin;
use daypass::portal::Who;
use daypass::portal::identify::identify;
use daypass::portal::prove::Proof;
use daypass::portal::tokens::{self, TokenForm};
use daypass::store::people;
use reqwest::Method;
use secrecy::ExposeSecret;

use crate::support::{PASSWORD, Page, Person, TestApp};

pub const OWN: &str = "/tokens/new";
pub const PROGRAM: &str = "/admin/tokens/new";

/// A request of a program for credentials of a connector.
pub async fn ask(app: &TestApp, connector: &str, token: &str) -> Page {
    let program = app.anybody();
    let path = format!("/api/v1/connectors/{connector}/container-credentials");
    program.send(program.request(Method::GET, &path).bearer_auth(token)).await
}

/// A request of a program with this method.
pub async fn send(app: &TestApp, method: Method, path: &str, token: &str) -> Page {
    let program = app.anybody();
    program.send(program.request(method, path).bearer_auth(token)).await
}

/// The text on the page of a token that was just made.
pub fn text_of(page: &Page) -> String {
    let text = page.is(200).block("token");
    let (prefix, rest) = text.split_at(4);
    assert!(["dpp_", "dpt_"].contains(&prefix), "{text}");
    assert!(rest.len() == 49 && rest.chars().all(|c| c.is_ascii_alphanumeric()), "{text}");
    text
}

/// Fields that make a token of a page's form, with others in place of those of the same name.
pub fn fields<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual =
        [("name", "Build server"), ("life", "30d"), ("part", "use"), ("connectors", "these"), ("more", "read-only")];
    let kept = usual.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    kept.chain(changes.iter().copied()).collect()
}

/// A token of somebody's own, made on the page.
pub async fn personal(person: &Person, changes: &[(&str, &str)]) -> String {
    text_of(&person.post(OWN, &fields(changes)).await)
}

/// A program's token for `system`, made on the page.
pub async fn of_program(administrator: &Person, changes: &[(&str, &str)]) -> String {
    let system = [("more", "system")];
    let changes: Vec<_> = system
        .into_iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name))
        .chain(changes.iter().copied())
        .collect();
    text_of(&administrator.post(PROGRAM, &fields(&changes)).await)
}

/// Somebody who signed in, as the portal's use cases take them.
pub async fn who(app: &TestApp, name: &str) -> Who {
    let name = name.to_owned();
    let entry = app.app.directories.named(&name).await.unwrap();
    let read =
        app.app.database.read(move |connection| people::of_entry(connection, &entry.directory, &entry.external_id));
    let person = read.await.unwrap().unwrap();
    Who::person(identify(&app.app, &person.id).await.unwrap().unwrap(), Origin::default())
}

/// A form of a token for parts and connectors.
pub fn form(name: &str, parts: &[&str], connectors: &[&str]) -> TokenForm {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    TokenForm {
        name: name.to_owned(),
        life: "1h".to_owned(),
        parts: texts(parts),
        connectors: texts(connectors),
        ..TokenForm::default()
    }
}

/// A program's token by the command line's way: its text and its id.
pub async fn by_system(app: &TestApp, form: &TokenForm) -> (String, String) {
    let made = tokens::system::create_program(&app.app, form).await.unwrap();
    (made.text.expose_secret().to_owned(), made.token.id)
}

/// What shows who somebody of the tests is.
pub fn proof() -> Proof {
    Proof { password: PASSWORD.into(), marks: Vec::new() }
}

/// The id of the token with this name.
pub async fn id_of(app: &TestApp, name: &str) -> String {
    let all = tokens::system::list(&app.app).await.unwrap();
    all.into_iter().find(|status| status.token.name == name).unwrap().token.id
}

/// The kinds of the newest rows, oldest first.
pub async fn kinds(app: &TestApp, count: usize) -> Vec<String> {
    let mut kinds: Vec<String> = app.events().await.into_iter().take(count).map(|row| row.event.kind).collect();
    kinds.reverse();
    kinds
}
