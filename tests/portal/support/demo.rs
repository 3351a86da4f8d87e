//! A running demo: the real binary, and what it said of itself.

use serde_json::Value;
use tempfile::TempDir;

use super::{Ended, Page, Person, Program};

pub struct Demo {
    pub json: Value,
    pub folder: TempDir,
    program: Program,
}

impl Demo {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Program::daypass(folder.path(), &["demo", "--json", "--listen", "127.0.0.1:0"]);
        let line = program.line();
        let json = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { json, folder, program }
    }

    /// A text of its JSON.
    pub fn text(&self, pointer: &str) -> &str {
        self.json.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {}", self.json))
    }

    /// Its address, without the slash at the end.
    pub fn url(&self) -> &str {
        self.text("/url").trim_end_matches('/')
    }

    pub fn password(&self, name: &str) -> &str {
        let people = self.json["people"].as_array().unwrap();
        people.iter().find(|person| person["name"] == name).unwrap()["password"].as_str().unwrap()
    }

    pub async fn sign_in(&self, name: &str) -> Person {
        let person = Person::new(self.url());
        let page = person.post("/sign-in", &[("username", name), ("password", self.password(name))]).await;
        assert_eq!((page.status, page.location()), (303, "/"), "{}", page.text());
        person
    }

    /// What a program gets with the demo's token.
    pub async fn container_credentials(&self) -> Page {
        let program = Person::new(self.url());
        let request = program.request(reqwest::Method::GET, &self.credentials_path());
        program.send(request.header("authorization", self.text("/token"))).await
    }

    pub fn credentials_path(&self) -> String {
        format!("/api/v1/connectors/{}/container-credentials", self.text("/connector"))
    }

    /// Sends it a signal and waits for its end.
    pub fn stop(self, signal: &str) -> (Ended, TempDir) {
        self.program.signal(signal);
        (self.program.end(), self.folder)
    }
}
