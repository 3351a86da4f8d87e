//! The rules that keep the house in order, read off every file of `src`. Each rule is shown to find a planted breach.

mod rules;
mod tokens;

use std::fs;
use std::path::Path;

use rules::{Source, broken_rules};

fn sources(folder: &Path, root: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, root, found);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "html") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
        }
    }
}

#[test]
fn every_file_keeps_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), root, &mut files);
    sources(&root.join("templates"), root, &mut files);
    assert!(files.len() > 100, "only {} files were read", files.len());
    let broken: Vec<String> = files.iter().flat_map(broken_rules).collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    let mut lines: Vec<usize> =
        files.iter().filter(|file| file.path.ends_with(".rs")).map(|file| file.text.lines().count()).collect();
    lines.sort_unstable();
    let median = lines[lines.len() / 2];
    assert!(median <= 120, "the median file has {median} lines: split what has grown");
}

/// (file, what it would hold, part of what has to be said)
const BREACHES: &[(&str, &str, &str)] = &[
    ("src/web/a.rs", "use crate::cli::output;", "web imports cli"),
    ("src/portal/a.rs", "fn f() { crate::web::html::f(); }", "portal imports web"),
    ("src/portal/a/b.rs", "use super::super::super::web;", "portal imports web"),
    ("src/portal/a/b.rs", "use super::super::super::{model::x, web::y};", "portal imports web"),
    ("src/portal/mod.rs", "mod m { use super::super::web; }", "portal imports web"),
    ("src/app.rs", "use crate::{model, portal::{a, b}};", "app imports portal"),
    ("src/store/a.rs", "use crate::keyring::Keyring;", "store imports keyring"),
    ("src/store/a.rs", "use crate::directory::Local;", "store imports directory"),
    ("src/throttle.rs", "use super::store::Database;", "throttle imports store"),
    ("src/keyring/mod.rs", "fn f(x: crate::store::Database) {}", "keyring imports store"),
    ("src/model/a.rs", "use crate::clock::Clock;", "model imports clock"),
    ("src/model/a.rs", "use crate::store::time;", "model imports store"),
    ("src/config/load.rs", "use crate::model::slug;", "config imports model"),
    ("src/clock.rs", "use crate::config;", "clock imports config"),
    ("src/web/a.rs", "use crate::sandbox::Sandbox;", "web imports sandbox"),
    ("src/sandbox/a.rs", "use crate::model::policy;", "sandbox imports model"),
    ("src/sandbox/a.rs", "use crate::config::Config;", "sandbox imports config"),
    ("src/main.rs", "fn main() { daypass::web::server::start(); }", "main imports web"),
    ("src/web/a.rs", "use crate::nothing::x;", "web imports nothing"),
    ("src/portal/a.rs", "use actix_web::web;", "actix_web"),
    ("src/portal/a.rs", "fn f() { connectors::update(c, &new, by)?; }", "connectors::update past somebody's reach"),
    ("src/portal/connectors/a.rs", "fn f() { grants::insert(c, &new)?; }", "grants::insert past somebody's reach"),
    ("src/portal/a.rs", "fn f() -> ::actix_session::Session {}", "actix_session"),
    ("src/cli/a.rs", "use askama::Template;", "askama"),
    ("src/portal/a.rs", "use diesel::prelude::*;", "diesel"),
    ("src/portal/a.rs", "fn f(e: aws_sdk_sts::Error) {}", "aws_sdk_sts"),
    ("src/store/a.rs", "use aws_smithy_types as t;", "aws_smithy_types"),
    ("src/web/a.rs", "use ldap3::Ldap;", "ldap3"),
    ("src/store/a.rs", "use aes_gcm::Aes256Gcm;", "aes_gcm"),
    ("src/portal/a.rs", "use reqwest::Client;", "reqwest"),
    ("src/sandbox/a.rs", "use reqwest::Client;", "reqwest"),
    ("src/cli/a.rs", "use reqwest::Client;", "reqwest"),
    ("src/directory/a.rs", "fn f() { sql_query(\"SELECT\"); }", "sql_query"),
    ("src/cli/a.rs", "fn f() { std::process::Command::new(\"ls\"); }", "subprocess"),
    ("src/cli/a.rs", "use tokio::process::Command;", "subprocess"),
    ("src/web/a.rs", "#[template(source = \"{{ x|safe }}\", ext = \"html\")] struct A;", "safe"),
    ("templates/a.html", "<p>{{ name | safe }}</p>", "safe"),
    ("src/web/a.rs", "fn f(a: A, b: B, c: C, d: D, e: E, f: F) {}", "6 parameters"),
    ("src/web/a.rs", "fn f<T: Fn(A, B) -> C>(&self, a: (A, B), b: B, c: C, d: D<E, F>, e: E, f: F) {}", "6 parameters"),
    ("src/web/pages/a.rs", "fn f(a: A, b: B, c: C, d: D, e: E, f: F) {}", "6 parameters"),
    ("src/web/pages/a.rs", "pub async fn f(a: A, b: B, c: C, d: D, e: E, f: F, g: G) {}", "7 parameters"),
];

#[test]
fn every_breach_is_found() {
    for (path, text, part) in BREACHES {
        let file = Source { path: (*path).to_owned(), text: (*text).to_owned() };
        let broken = broken_rules(&file);
        assert!(broken.iter().any(|line| line.contains(part)), "{path}: {text}: {broken:?}");
    }
    let long = |path: &str, text: String| broken_rules(&Source { path: path.to_owned(), text });
    let lines = |count: usize| "// a line\n".repeat(count);
    assert!(long("src/web/a.rs", lines(401))[0].contains("401 lines"));
    let function = |count: usize| format!("fn f(x: [u8; 4]) -> [u8; 4] {{\n{}}}\n", "    g();\n".repeat(count - 2));
    assert!(long("src/web/a.rs", function(61))[0].contains("61 lines"));
}

#[test]
fn what_keeps_the_rules_is_left_alone() {
    let fine: &[(&str, &str)] = &[
        ("src/cli/a.rs", "use crate::sandbox::Sandbox; use crate::{web, portal::x, config, clock, random, model::y};"),
        ("src/directory/local.rs", "use crate::store::Database; use super::{Directory, store};"),
        ("src/portal/a/b.rs", "use super::super::PortalError; mod tests { use super::*; }"),
        ("src/portal/a.rs", "// use crate::web;\nconst A: &str = \"crate::web actix_web |safe\"; /* diesel:: */"),
        ("src/sandbox/tests/a.rs", "use reqwest::Client; use super::super::{World}; use crate::clock::Clock;"),
        ("src/cli/client/a.rs", "use reqwest::Client;"),
        ("src/cli/mod.rs", "enum Command { New } fn f(c: Command) { match c { Command::New => {} } }"),
        ("src/web/pages/a.rs", "pub async fn f(a: A, b: B, c: C, d: D, e: E, f: F) {}"),
        ("src/web/a.rs", "fn f(&mut self, a: A<B, C>, b: impl Fn(A, B) -> C, c: [u8; 4], d: (A, B, C), e: E) {}"),
        ("src/main.rs", "fn main() { daypass::cli::run() }"),
    ];
    for (path, text) in fine {
        let file = Source { path: (*path).to_owned(), text: (*text).to_owned() };
        assert_eq!(broken_rules(&file), Vec::<String>::new(), "{path}: {text}");
    }
    let long = |path: &str, text: String| broken_rules(&Source { path: path.to_owned(), text });
    assert!(long("src/store/schema.rs", "// a line\n".repeat(500)).is_empty());
    assert!(long("src/web/a.rs", "// a line\n".repeat(400)).is_empty());
    assert!(long("src/web/a.rs", format!("fn f() {{\n{}}}\n", "    g();\n".repeat(58))).is_empty());
}
