//! The command line of Daypass.

use std::process::ExitCode;

fn main() -> ExitCode {
    daypass::cli::run()
}
