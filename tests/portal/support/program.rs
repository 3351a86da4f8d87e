//! The real binary, and other programs, each in a folder of its own.
#![allow(clippy::disallowed_methods, reason = "the server starts no subprocess; tests do")]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Far longer than anything here takes, also on a machine that is busy with other tests.
const LONGEST: Duration = Duration::from_secs(180);

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit status; a signal's number as a negative one.
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// What it printed, where it succeeded.
    #[track_caller]
    pub fn ok(&self) -> &str {
        assert_eq!(self.status, 0, "{}\n{}", self.out, self.err);
        &self.out
    }

    /// Its one line on standard error, where it ended with this status.
    #[track_caller]
    pub fn refused(&self, status: i32) -> &str {
        assert_eq!((self.status, self.err.trim_end().lines().count()), (status, 1), "{}\n{}", self.out, self.err);
        self.err.trim_end()
    }
}

/// A command without the variables that would change what `daypass` or an AWS client does.
pub fn command(program: impl AsRef<Path>, folder: &Path) -> Command {
    let mut command = Command::new(program.as_ref());
    for (name, _) in std::env::vars() {
        if name.starts_with("DAYPASS_") || name.starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).env("TMPDIR", temporary(folder)).env("HOME", folder);
    command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_PAGER", "");
    command
}

/// The `TMPDIR` of what runs in `folder`.
pub fn temporary(folder: &Path) -> PathBuf {
    let path = folder.join("tmp");
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn daypass(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = command(env!("CARGO_BIN_EXE_daypass"), folder);
    command.args(arguments);
    command
}

/// `daypass` with variables of the test's own.
pub fn daypass_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = daypass(folder, arguments);
    command.envs(variables.iter().copied());
    command
}

/// Runs `daypass` to its end.
pub fn run(folder: &Path, arguments: &[&str], input: &str) -> Ended {
    Program::spawn(daypass(folder, arguments), input).end()
}

/// Runs a command to its end, without blocking the runtime.
pub async fn finish(command: Command, input: &str) -> Ended {
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || Program::spawn(command, &input).end()).await.unwrap()
}

/// A running program. Dropping it ends it.
pub struct Program {
    child: Child,
    lines: Receiver<String>,
    errors: Option<JoinHandle<String>>,
}

impl Program {
    /// Starts `daypass`.
    pub fn daypass(folder: &Path, arguments: &[&str]) -> Self {
        Self::spawn(daypass(folder, arguments), "")
    }

    /// Starts a command and gives it all of `input`.
    pub fn spawn(mut command: Command, input: &str) -> Self {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        // A program that ends without reading is no failure of the test.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let (send, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| drop(send.send(line))));
        let mut err = child.stderr.take().unwrap();
        let errors = thread::spawn(move || {
            let mut text = String::new();
            let _ = err.read_to_string(&mut text);
            text
        });
        Self { child, lines, errors: Some(errors) }
    }

    /// Its next line.
    pub fn line(&mut self) -> String {
        match self.lines.recv_timeout(LONGEST) {
            Ok(line) => line,
            Err(_) => {
                let _ = self.child.kill();
                panic!("it printed nothing more: {}", self.errors.take().unwrap().join().unwrap())
            }
        }
    }

    /// Its next line that has `part`.
    pub fn line_with(&mut self, part: &str) -> String {
        loop {
            let line = self.line();
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by its name: `INT`, `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.unwrap().success());
    }

    /// Waits until it ends.
    pub fn end(mut self) -> Ended {
        let deadline = Instant::now() + LONGEST;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(10));
        };
        let err = self.errors.take().unwrap().join().unwrap();
        let out: String = self.lines.iter().map(|line| line + "\n").collect();
        Ended { status: status.code().unwrap_or_else(|| -status.signal().unwrap_or(0)), out, err }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
