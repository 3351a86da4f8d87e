//! The frame of the sandbox's pages, and their headers.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};

use super::xml::escaped;

/// The style sheet of every page, at `/_sandbox/console.css`.
pub(super) const STYLE: &str = include_str!("console.css");
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A page with a title and content, which the caller has escaped.
pub(super) fn html(status: StatusCode, title: &str, content: &str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title} · Sandbox</title>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
             <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/_sandbox/console.css\">\n</head>\n<body>\n\
             <header><strong>Sandbox console</strong></header>\n<main>\n{content}\n</main>\n</body>\n</html>\n"
        ))
}

/// The sign-in host's error page. Clients know only its status; people read the message.
pub(super) fn signin_error(status: StatusCode, message: &str) -> HttpResponse {
    let reason = status.canonical_reason().unwrap_or("Error");
    let content = format!(
        "<h1>{} {reason}</h1>\n<p>{}</p>\n<p>The request sent by the client was not accepted by the sandbox's sign-in.</p>",
        status.as_u16(),
        escaped(message)
    );
    html(status, reason, &content)
}

/// A 302 that leaves no trace of where it came from.
pub(super) fn redirect(to: &str) -> HttpResponse {
    HttpResponse::Found()
        .insert_header((header::LOCATION, to))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// A link with escaped text, where `url` is one of http or https; else nothing.
pub(super) fn link(url: &str, text: &str) -> String {
    match url::Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => {
            format!("<a href=\"{}\" rel=\"noopener\">{}</a>", escaped(parsed.as_str()), escaped(text))
        }
        _ => String::new(),
    }
}
