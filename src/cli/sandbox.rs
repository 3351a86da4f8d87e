//! `daypass sandbox`

use super::{output, serve};
use crate::clock::Clock;
use crate::sandbox::{SAMPLE_ACCOUNT, SAMPLE_KEY_ID, SAMPLE_SECRET, Sandbox, World};

/// Options of `daypass sandbox`.
#[derive(clap::Args)]
pub(super) struct Options {
    /// Address on this machine, with port 0 for any free one
    #[arg(long, default_value = "127.0.0.1:8099")]
    listen: std::net::SocketAddr,
    /// Worker threads
    #[arg(long, default_value_t = 1)]
    workers: usize,
}

/// Serves the sandbox until it is told to stop.
pub(super) async fn run(options: Options) -> Result<(), String> {
    if !options.listen.ip().is_loopback() {
        return Err("The sandbox serves this machine only; listen at 127.0.0.1.".to_owned());
    }
    let listener = serve::listen(&options.listen.to_string())?;
    let mut stop = serve::Stop::catch()?;
    let sandbox = Sandbox::start(listener, World::sample(), Clock::system(), options.workers);
    let sandbox = sandbox.await.map_err(|error| format!("the sandbox cannot start: {error}."))?;
    output::line(&format!("The sandbox stands in for AWS at {}", sandbox.sts_url()));
    output::line(&format!("Account {SAMPLE_ACCOUNT}, access key {SAMPLE_KEY_ID}, secret {SAMPLE_SECRET}"));
    stop.told().await;
    sandbox.stop().await;
    Ok(())
}
