//! For load balancers: alive, and ready to serve.

use actix_web::{HttpResponse, web};

use crate::app::App;
use crate::store::settings;

/// `GET /healthz`: the process answers.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// `GET /readyz`: database and keyring answer too. Says which does not, and nothing more.
pub async fn ready(app: web::Data<App>) -> HttpResponse {
    let database = app.database.read(|connection| settings::get(connection, "cookie_key")).await.is_ok();
    let keyring = app.keyring.check().is_ok();
    let word = |fine: bool| if fine { "ok" } else { "down" };
    let body = serde_json::json!({ "database": word(database), "keyring": word(keyring) });
    if database && keyring { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}
