//! The commands. Exit status 0: done; 1: refused or failed; 2: wrong usage. Errors are one line on standard error with
//! what to do next.

mod check_config;
mod demo;
mod demo_world;
mod doctor;
mod group_lists;
mod jobs;
mod key;
mod key_checks;
mod output;
mod sandbox;
mod serve;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{self, Config};
use crate::web::api::openapi::Text;

/// Temporary AWS credentials and console sign-in from the directory groups people are already in.
#[derive(Parser)]
#[command(name = "daypass", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the portal
    Serve {
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Serve the portal with sample people and a sandbox in place of AWS; everything is thrown away at the end
    Demo(demo::Options),
    /// Read the configuration, and say what is wrong and where
    CheckConfig {
        #[command(flatten)]
        file: ConfigFile,
    },
    /// People of the local directory
    User {
        #[command(flatten)]
        file: ConfigFile,
        #[command(subcommand)]
        action: user::Action,
    },
    /// Programs' tokens
    Token {
        #[command(flatten)]
        file: ConfigFile,
        #[command(subcommand)]
        action: token::Action,
    },
    /// The keys that seal the secrets
    Key {
        #[command(flatten)]
        file: ConfigFile,
        #[command(subcommand)]
        action: key::Action,
    },
    /// Look at key files, database, secrets and sources, and say what is wrong and what to do
    Doctor {
        #[command(flatten)]
        file: ConfigFile,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Print the document of the API (OpenAPI 3.1)
    Openapi,
    /// Serve the AWS stand-in alone, on this machine only
    Sandbox(sandbox::Options),
}

#[derive(clap::Args)]
struct ConfigFile {
    /// Configuration file; else ./daypass.toml, if it is there
    #[arg(long, env = "DAYPASS_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigFile {
    fn read(&self) -> Result<Config, String> {
        // A variable that is no text is none of ours.
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        config::load(self.config.as_deref(), variables).map_err(|error| error.to_string())
    }
}

/// Runs the command line.
#[must_use]
pub fn run() -> ExitCode {
    keep_memory_private();
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Serve { file } => file.read().and_then(|config| in_runtime(serve::run(config))),
        Command::Demo(options) => in_runtime(demo::run(options)),
        Command::CheckConfig { file } => file.read().and_then(|config| check_config::run(&config)),
        Command::User { file, action } => file.read().and_then(|config| in_runtime(user::run(config, action))),
        Command::Token { file, action } => file.read().and_then(|config| in_runtime(token::run(config, action))),
        Command::Key { file, action } => file.read().and_then(|config| in_runtime(key::run(config, action))),
        Command::Doctor { file, json } => file.read().and_then(|config| in_runtime(doctor::run(config, json))),
        Command::Openapi => Text::new().map(|text| output::line(text.as_str())),
        Command::Sandbox(options) => in_runtime(sandbox::run(options)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            output::error(&sentence);
            ExitCode::FAILURE
        }
    }
}

/// No core files, no other process of the same user may look into this one's memory, what is written is for this user
/// alone, and as many files may be open as the system lets us.
#[allow(unsafe_code, reason = "system calls with plain numbers; they cannot do harm, and failing they change nothing")]
fn keep_memory_private() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let mut files = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the calls take plain values or a pointer to a value that lives longer than the call.
    unsafe {
        libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
        libc::umask(0o077);
        // As many open files as we are allowed: each connection is one.
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut files) == 0 {
            files.rlim_cur = files.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const files);
        }
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
}

/// actix's own runtime: the servers need its local tasks.
fn in_runtime(work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    actix_web::rt::System::new().block_on(work)
}
