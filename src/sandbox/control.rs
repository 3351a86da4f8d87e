//! `/_sandbox/…`: what tests in other processes ask of the sandbox, and what its own pages need.

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse};

use super::faults::Fault;
use super::server::Shared;
use super::{console, pages};

/// Answers a path below `/_sandbox/`.
pub(super) fn answer(http: &HttpRequest, body: &[u8], shared: &Shared) -> HttpResponse {
    let get = *http.method() == Method::GET || *http.method() == Method::HEAD;
    match (http.path().trim_start_matches("/_sandbox/"), get) {
        ("health", true) => HttpResponse::Ok().content_type("text/plain").body("ok\n"),
        ("counters", true) => HttpResponse::Ok().json(shared.tally.read()),
        ("console.css", true) => HttpResponse::Ok()
            .content_type("text/css; charset=utf-8")
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CACHE_CONTROL, "max-age=3600"))
            .body(pages::STYLE),
        ("arrive", true) => console::arrive(http, shared),
        ("leave", true) => console::leave(http, shared),
        ("faults", false) => faults(http, body, shared),
        ("health" | "counters" | "console.css" | "arrive" | "leave" | "faults", _) => {
            HttpResponse::MethodNotAllowed().finish()
        }
        _ => HttpResponse::NotFound().finish(),
    }
}

fn faults(http: &HttpRequest, body: &[u8], shared: &Shared) -> HttpResponse {
    if *http.method() == Method::DELETE {
        shared.faults.clear();
        return HttpResponse::NoContent().finish();
    }
    if *http.method() != Method::POST {
        return HttpResponse::MethodNotAllowed().finish();
    }
    // Pages of other sites cannot send this type without asking first, so they cannot switch faults on.
    let json =
        http.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !json {
        return HttpResponse::UnsupportedMediaType().finish();
    }
    match serde_json::from_slice::<Fault>(body) {
        Ok(fault) => {
            shared.faults.add(fault);
            HttpResponse::NoContent().finish()
        }
        Err(error) => HttpResponse::BadRequest().content_type("text/plain").body(format!("{error}\n")),
    }
}
