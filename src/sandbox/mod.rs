//! The AWS stand-in that the demo, the tests and the benchmarks run against: STS, IAM's calls about access keys, the log-ins of ECR
//! and CodeArtifact, the federation endpoint and a console that says who arrived. It refuses what AWS refuses.
//!
//! It shares nothing with the rest of the crate but the clock and the source of randomness, so that both cannot make
//! the same mistake.

mod assume_role;
mod authorization;
mod broken;
mod caller;
mod console;
mod control;
mod counters;
mod error;
mod faults;
mod federation;
mod federation_token;
mod hash;
mod heard;
mod iam;
mod identity;
mod incoming;
mod index;
mod mfa;
mod pages;
mod params;
mod policy;
mod registries;
mod rules;
mod sample;
mod scope;
mod seal;
mod server;
mod sigv4;
mod sts;
mod tags;
#[cfg(test)]
mod tests;
mod tokens;
mod uses;
mod visit;
mod world;
mod xml;

use std::net::{Ipv6Addr, TcpListener};
use std::sync::{Arc, PoisonError, RwLock};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};

pub use counters::{Count, Counters};
pub use faults::{Fault, FaultKind};
pub use heard::Asked;
pub use sample::{
    SAMPLE_ACCOUNT, SAMPLE_KEY_ID, SAMPLE_OTHER_ACCOUNT, SAMPLE_OTHER_KEY_ID, SAMPLE_OTHER_SECRET, SAMPLE_SECRET,
};
pub use world::{Account, Domain, Key, Mfa, Role, User, World};

use crate::clock::Clock;
use index::Index;
use server::Shared;

/// A running sandbox. Dropping it leaves it running; [`Sandbox::stop`] ends it.
pub struct Sandbox {
    shared: web::Data<Shared>,
    handle: ServerHandle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Sandbox {
    /// Serves `world` on `listener` with `workers` threads (at least one). `localhost` may mean `::1`, so that address
    /// is served on the same port too, where it is free. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// Where the listener cannot be used.
    pub async fn start(listener: TcpListener, world: World, clock: Clock, workers: usize) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let port = address.port();
        let shared = web::Data::new(Shared {
            index: RwLock::new(Arc::new(Index::new(world, 0))),
            issuer: tokens::Issuer::new(),
            clock,
            tally: counters::Tally::default(),
            faults: faults::Faults::default(),
            heard: heard::Heard::default(),
            used: visit::Used::default(),
            codes: visit::Used::default(),
            uses: uses::LastUses::default(),
            console_url: format!("http://127.0.0.1:{port}"),
            signin_url: format!("http://localhost:{port}"),
            cookie: format!("sandbox-console-{port}"),
        });
        let data = shared.clone();
        let mut server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(web::Data::new(sigv4::SigningKeys::default()))
                .default_service(web::to(server::serve))
        })
        .workers(workers.max(1))
        .on_connect(broken::remember)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?;
        if address.is_ipv4()
            && let Ok(second) = TcpListener::bind((Ipv6Addr::LOCALHOST, port))
        {
            server = server.listen(second)?;
        }
        let server = server.run();
        let handle = server.handle();
        Ok(Self { shared, handle, server: tokio::spawn(server) })
    }

    /// The endpoint of the STS query interface, `http://127.0.0.1:P`.
    #[must_use]
    pub fn sts_url(&self) -> String {
        self.shared.console_url.clone()
    }

    /// The host of `/federation`, `http://localhost:P`: another host than the console's, as at AWS, so that redirects
    /// between them are real ones.
    #[must_use]
    pub fn signin_url(&self) -> String {
        self.shared.signin_url.clone()
    }

    /// The host of the console, `http://127.0.0.1:P`.
    #[must_use]
    pub fn console_url(&self) -> String {
        self.shared.console_url.clone()
    }

    /// What was asked so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.tally.read()
    }

    /// Keeps what is asked from now on.
    pub fn listen(&self) {
        self.shared.heard.listen();
    }

    /// The calls since [`Sandbox::listen`], refused ones included.
    #[must_use]
    pub fn heard(&self) -> Vec<Asked> {
        self.shared.heard.calls()
    }

    /// Switches a fault on, beside those that are on already.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Puts another world in place: keys made inactive, secrets changed, roles gone. Sessions issued before stay good.
    pub fn replace(&self, world: World) {
        let mut index = self.shared.index.write().unwrap_or_else(PoisonError::into_inner);
        *index = Arc::new(Index::new(world, index.generation + 1));
    }

    /// The world as it is now, with the keys that were made, changed and deleted since.
    #[must_use]
    pub fn world(&self) -> World {
        self.shared.index().world().clone()
    }

    /// Somebody else uses a long-term key, now, for another service of AWS.
    pub fn use_key(&self, key_id: &str, service: &'static str, region: &str) {
        self.shared.uses.note(key_id, service, region, self.shared.clock.now());
    }

    /// Stops serving at once, hung requests included.
    pub async fn stop(self) {
        self.handle.stop(false).await;
        // The server's result says only how its own signal handling ended, which is off.
        let _ = self.server.await;
    }
}
