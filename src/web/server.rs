//! The HTTP server.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive, Protocol};
use actix_service::{ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{Error, web};
use tokio::net::TcpStream;

use super::api::openapi::Text;
use super::edge::{Headers, edge};
use super::guard::{Rights, authorize};
use super::stream::Stream;
use super::{routes, session};
use crate::app::App;

/// How many files beside connections the server has open: databases, key files, AWS, a directory.
const OTHER_FILES: usize = 200;

/// What all workers share.
#[derive(Clone)]
struct Shared {
    app: Arc<App>,
    headers: web::Data<Headers>,
    rights: web::Data<Rights>,
    document: web::Data<Text>,
    swept: Arc<AtomicI64>,
}

/// Serves the portal on a listener until its handle is stopped. Requests that were accepted are finished, for at most ten
/// seconds. The steps are those of actix-web's own server; the connections are [`Stream`]s.
///
/// # Errors
/// A sentence, where the listener cannot be used.
pub fn start(app: &Arc<App>, listener: TcpListener) -> Result<Server, String> {
    let cannot = |error: std::io::Error| format!("cannot listen: {error}");
    let address = listener.local_addr().map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    let shared = Shared {
        app: app.clone(),
        headers: web::Data::new(Headers::new(app)?),
        rights: web::Data::new(routes::rights()),
        document: web::Data::new(Text::new()?),
        swept: Arc::default(),
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // Half of the cores: the writer, passwords and long reads have the others, and what one thread answers costs a quarter less
    // than what two do.
    let half = (cores / 2).max(1);
    let workers = usize::try_from(app.config.server.workers).ok().filter(|workers| *workers > 0).unwrap_or(half);
    // Connections wait to be accepted while there are as many as there may be files, instead of failing.
    let most = (open_files().saturating_sub(OTHER_FILES) / workers).clamp(16, 25_600);
    let builder =
        Server::build().workers(workers).max_concurrent_connections(most).shutdown_timeout(10).disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let listen = builder.listen("daypass", listener, move || {
        let stopping = stopping.clone();
        let service = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KeepAlive::Timeout(Duration::from_secs(5)))
            .client_request_timeout(Duration::from_secs(5))
            .client_disconnect_timeout(Duration::from_secs(1))
            .local_addr(address)
            .on_connect_ext(|stream: &Stream, data| {
                data.insert(stream.flow());
            })
            .finish(map_config(portal(&shared), |()| AppConfig::default()));
        let accept = async |io: TcpStream| {
            let peer = io.peer_addr().ok();
            Ok((Stream::new(io), Protocol::Http1, peer))
        };
        fn_service(accept).and_then(service)
    });
    listen.map(|builder| builder.run()).map_err(cannot)
}

/// The routes, and what every request passes.
fn portal(
    shared: &Shared,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    actix_web::App::new()
        .app_data(web::Data::from(shared.app.clone()))
        .app_data(shared.headers.clone())
        .app_data(shared.rights.clone())
        .app_data(shared.document.clone())
        .configure(routes::configure)
        .wrap(from_fn(authorize))
        .wrap(session::middleware(&shared.app, &shared.swept))
        .wrap(from_fn(edge))
        .wrap(Compress::default())
}

/// How many files this process may have open.
fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|most| most.parse().ok()).unwrap_or(1024)
}
