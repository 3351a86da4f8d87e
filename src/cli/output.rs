//! What commands print, and diagnostics on standard error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the home of output")]

use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;

use crate::config;

/// A line for whoever typed the command.
pub(super) fn line(text: &str) {
    // A closed pipe is the reader's choice, not a failure.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Why the command failed, on one line.
pub(super) fn error(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "daypass: {}", sentence.replace('\n', " "));
}

/// What else there is to know of something that was done, beside its output.
pub(super) fn note(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "{sentence}");
}

/// Starts the diagnostics on standard error.
pub(super) fn start_log(settings: &config::Log) {
    let filter = EnvFilter::new(&settings.level);
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    let started = if settings.format == "json" {
        lines.json().try_init()
    } else {
        lines.with_ansi(std::io::stderr().is_terminal()).try_init()
    };
    if started.is_err() {
        error("diagnostics were started already");
    }
}

/// Asks for a password on the terminal, or reads the first line of a pipe.
pub(super) fn ask_password(question: &str) -> Result<secrecy::SecretString, String> {
    let typed = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(question)
    } else {
        let mut text = String::new();
        std::io::stdin().read_line(&mut text).map(|_| text.trim_end_matches(['\r', '\n']).to_owned())
    };
    typed.map(Into::into).map_err(|error| format!("no password could be read: {error}."))
}
