//! The console: pages that say who arrived.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, SecondsFormat};

use super::counters::Action;
use super::incoming::Incoming;
use super::pages::{self, link};
use super::params::Params;
use super::seal::Purpose;
use super::server::Shared;
use super::visit::{Arrival, Visit};
use super::xml::escaped;

/// Answers any path of the console.
pub(super) fn answer(http: &HttpRequest, shared: &Shared) -> HttpResponse {
    if !matches!(*http.method(), Method::GET | Method::HEAD) {
        return pages::html(StatusCode::METHOD_NOT_ALLOWED, "Not here", "<h1>This page takes no forms</h1>");
    }
    let visit: Option<Visit> = http
        .cookie(&shared.cookie)
        .and_then(|cookie| shared.issuer.seal.open_url_safe(Purpose::Console, cookie.value()));
    let now = shared.clock.now().timestamp();
    let live = visit.as_ref().is_some_and(|visit| visit.expires > now);
    shared.tally.count(Action::Console, live);
    match visit {
        Some(visit) if live => pages::html(StatusCode::OK, "Console", &signed_in(&visit, http, shared)),
        Some(visit) => pages::html(StatusCode::OK, "Session ended", &ended(&visit)),
        None => pages::html(
            StatusCode::OK,
            "Not signed in",
            "<h1>You are not signed in</h1>\n<p>This console belongs to the sandbox, a stand-in for AWS. It opens through a \
             sign-in link of the federation endpoint.</p>",
        ),
    }
}

/// `/_sandbox/arrive`: turns the code of the sign-in host into the console's cookie.
pub(super) fn arrive(http: &HttpRequest, shared: &Shared) -> HttpResponse {
    let now = shared.clock.now().timestamp();
    let request = query_of(http);
    let params = Params::of(&request);
    let code = params.get("code").unwrap_or_default();
    let arrival = shared.issuer.seal.open_url_safe::<Arrival>(Purpose::Arrival, code);
    let fresh =
        arrival.filter(|arrival| arrival.until > now && shared.used.first_use(arrival.number, arrival.until, now));
    let (Some(arrival), Some(to)) = (fresh, params.get("to").and_then(|to| shared.on_console(to))) else {
        return pages::signin_error(StatusCode::BAD_REQUEST, "The sign-in link has expired or was used before");
    };
    let mut response = pages::redirect(&to);
    // Without an age: the sandbox's clock decides, which tests may set.
    let value = shared.issuer.seal.url_safe(Purpose::Console, &arrival.visit);
    add_cookie(&mut response, shared, value, false);
    response
}

/// `/_sandbox/leave`: forgets the cookie.
pub(super) fn leave(http: &HttpRequest, shared: &Shared) -> HttpResponse {
    let request = query_of(http);
    let params = Params::of(&request);
    let wanted = params.get("to").unwrap_or_default();
    let mut response = match shared.on_console(wanted).or_else(|| shared.on_signin(wanted)) {
        Some(to) => pages::redirect(&to),
        None => {
            pages::html(StatusCode::OK, "Signed out", "<h1>You are signed out</h1>\n<p>This window can be closed.</p>")
        }
    };
    add_cookie(&mut response, shared, String::new(), true);
    response
}

fn query_of(http: &HttpRequest) -> Incoming<'_> {
    Incoming {
        method: "GET",
        path: http.path(),
        query: http.uri().query().unwrap_or_default(),
        headers: http.headers(),
        body: b"",
    }
}

fn add_cookie(response: &mut HttpResponse, shared: &Shared, value: String, forget: bool) {
    let mut cookie =
        Cookie::build(shared.cookie.clone(), value).path("/").http_only(true).same_site(SameSite::Lax).finish();
    if forget {
        cookie.make_removal();
    }
    // Fails only for texts that no header can hold; ours are base64.
    let _ = response.add_cookie(&cookie);
}

fn signed_in(visit: &Visit, http: &HttpRequest, shared: &Shared) -> String {
    let request = query_of(http);
    let params = Params::of(&request);
    let mut rows = String::new();
    let mut row = |name: &str, value: &str, code: bool| {
        let value = if code { format!("<code>{}</code>", escaped(value)) } else { escaped(value) };
        rows.push_str(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n"));
    };
    row("ARN", &visit.arn, true);
    row("Account", &visit.account, true);
    if let Some(identity) = &visit.source_identity {
        row("Source identity", identity, true);
    }
    row("Page", http.uri().path(), true);
    row("Region", params.get("region").unwrap_or("none named"), params.get("region").is_some());
    let expires = escaped(&until(visit));
    format!(
        "<p class=\"note\">This is the console of the sandbox, a stand-in for AWS. Nothing here is real.</p>\n\
         <h1>Signed in as <span id=\"session\">{}</span></h1>\n<dl>\n{rows}\
         <div><dt>Until</dt><dd><time id=\"until\" datetime=\"{expires}\">{expires}</time></dd></div>\n</dl>\n\
         <p class=\"actions\">{}<a href=\"{}/oauth?Action=logout\">Sign out</a></p>",
        escaped(&visit.session),
        again(visit),
        shared.signin_url
    )
}

fn ended(visit: &Visit) -> String {
    let expires = escaped(&until(visit));
    format!(
        "<h1>Your session has ended</h1>\n<p>The session of {} in account {} ended at <time datetime=\"{expires}\">{expires}</time>.</p>\n\
         <p class=\"actions\">{}</p>",
        escaped(&visit.session),
        escaped(&visit.account),
        again(visit)
    )
}

fn again(visit: &Visit) -> String {
    link(&visit.issuer, &format!("Sign in again through {}", visit.issuer))
}

fn until(visit: &Visit) -> String {
    DateTime::from_timestamp(visit.expires, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}
