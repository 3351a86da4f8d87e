//! The command line of Daypass.

use std::process::ExitCode;

/// Memory that one thread takes and another gives back, as rows of the usage log are, costs less with it: a tenth of the CPU of
/// issuing.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    daypass::cli::run()
}
