//! `daypass serve`

use std::net::TcpListener;
use std::sync::Arc;

use secrecy::ExposeSecret;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{group_lists, jobs, key_checks, output};
use crate::app::{self, App};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::identity::Role;
use crate::portal::{identify, keyring, role_groups, setup};
use crate::store::ServerLock;
use crate::web;

/// The file that marks a demo's data, which is thrown away and never served.
pub(super) const DEMO_MARK: &str = "daypass-demo";

/// Serves until it is told to stop.
pub(super) async fn run(mut config: Config) -> Result<(), String> {
    output::start_log(&config.log);
    if config.server.data_dir.join(DEMO_MARK).exists() {
        return Err(format!("{} belongs to a demo. Choose another server.data_dir.", config.server.data_dir.display()));
    }
    let listener = listen(&config.server.listen)?;
    // With port 0 the address that people type is known only now; the host stays as it was written.
    if let Some(host) = config.server.listen.strip_suffix(":0") {
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        config.server.listen = format!("{host}:{port}");
    }
    let places = app::places(&config)?;
    app::make_data_folder(&places)?;
    let lock = ServerLock::take(&places.database)?;
    let app = App::build(config, Clock::system(), false).await?;
    let stop = Stop::catch()?;
    output::line(&format!("Daypass serves at {}", app.address("/")));
    if let Some(code) = setup::open(&app).await.map_err(|error| error.to_string())? {
        output::line(&format!(
            "To make the first administrator, open {} within 30 minutes and type this code:",
            app.address("/setup")
        ));
        output::line(&format!("    {}", code.expose_secret()));
    }
    if identify::role_groups(&app, Role::Administrator).is_empty() {
        output::line("Nobody can administer yet: name the administrators' groups in [access] administrators.");
    }
    key_checks::start(&app);
    group_lists::start(&app);
    let looking = actix_web::rt::spawn({
        let app = app.clone();
        async move {
            role_groups::log_doubts(&app).await;
            keyring::log_closed(&app).await;
        }
    });
    let served = serve(&app, listener, stop).await;
    looking.abort();
    // The writer finishes what it has before another server may take the file.
    drop(app);
    drop(lock);
    served
}

/// Binds an address, with a sentence where it cannot be had.
pub(super) fn listen(address: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("Another program listens at {address} already. Stop it, or choose another address.")
        }
        _ => format!("Cannot listen at {address}: {error}."),
    })
}

/// Serves the portal until it is told to stop; requests that were accepted are finished.
pub(super) async fn serve(app: &Arc<App>, listener: TcpListener, mut stop: Stop) -> Result<(), String> {
    let server = web::server::start(app, listener)?;
    let handle = server.handle();
    let jobs = jobs::start(app);
    let served = actix_web::rt::spawn(server);
    stop.told().await;
    handle.stop(true).await;
    jobs.stop().await;
    served.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// SIGINT and SIGTERM, caught from when this was made: once anybody has caught a signal it does nothing by itself any
/// more, so one that comes while nobody looks must be kept.
pub(super) struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Catches the signals from now on.
    pub(super) fn catch() -> Result<Self, String> {
        let catch = |kind| signal(kind).map_err(|error| format!("signals cannot be caught: {error}."));
        Ok(Self { interrupt: catch(SignalKind::interrupt())?, terminate: catch(SignalKind::terminate())? })
    }

    /// Waits for one of them.
    pub(super) async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
