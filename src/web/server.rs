//! The HTTP server.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{HttpServer, web};

use super::edge::{Headers, edge};
use super::guard::authorize;
use super::{routes, session};
use crate::app::App;

/// Serves the portal on a listener until its handle is stopped. Requests that were accepted are finished, for at most ten
/// seconds.
///
/// # Errors
/// A sentence, where the listener cannot be used.
pub fn start(app: &Arc<App>, listener: TcpListener) -> Result<Server, String> {
    let headers = web::Data::new(Headers::new(app)?);
    let rights = web::Data::new(routes::rights());
    let data = web::Data::from(app.clone());
    let shared = app.clone();
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(data.clone())
            .app_data(headers.clone())
            .app_data(rights.clone())
            .configure(routes::configure)
            .wrap(from_fn(authorize))
            .wrap(session::middleware(&shared))
            .wrap(from_fn(edge))
            .wrap(Compress::default())
    });
    let server = server.client_request_timeout(Duration::from_secs(5)).shutdown_timeout(10).disable_signals();
    let workers = usize::try_from(app.config.server.workers).unwrap_or(0);
    let server = if workers > 0 { server.workers(workers) } else { server };
    server.listen(listener).map(HttpServer::run).map_err(|error| format!("cannot listen: {error}"))
}
