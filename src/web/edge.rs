//! What every request passes first and every answer passes last.

use std::net::{IpAddr, SocketAddr};

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap,
    HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, USER_AGENT, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, web};

use super::error::{Caller, Problem, WebError, render};
use super::flow::UnderWay;
use super::frame::Frame;
use super::guard::app_of;
use super::html::person_of;
use crate::app::App;
use crate::model::event::Origin;
use crate::portal::{PortalError, Who};
use crate::random;

/// The longest headers of a request together, in bytes.
const HEADERS: usize = 16 * 1024;

/// The policy and the like that every answer carries.
pub struct Headers {
    policy: HeaderValue,
    secure: bool,
}

impl Headers {
    /// `form-action` lists every host of the redirect chain that "Open console" goes through, because browsers check each
    /// of them. It stands on every page, not only on those with such a form: a boosted link swaps the page's content
    /// under the policy of the page that was loaded first.
    ///
    /// # Errors
    /// A sentence, where a configured endpoint cannot stand in a header.
    pub fn new(app: &App) -> Result<Self, String> {
        let actions = app.endpoints.form_actions().join(" ");
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self' {actions}; frame-ancestors 'none'; base-uri 'none'"
        );
        let policy = HeaderValue::from_str(&policy).map_err(|error| format!("aws.partitions: {error}"))?;
        Ok(Self { policy, secure: app.is_secure() })
    }
}

/// The first and last thing a request meets.
///
/// # Errors
/// None of its own: whatever goes wrong is rendered here.
pub async fn edge(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let _under_way = UnderWay::begin(request.request());
    let app = app_of(request.request());
    let headers = request.app_data::<web::Data<Headers>>().cloned();
    let origin = origin_of(&app, &request);
    let caller = Caller::of(request.request(), &origin.request_id);
    let line = tracing::enabled!(tracing::Level::DEBUG)
        .then(|| (request.method().clone(), request.match_pattern().unwrap_or_default(), origin.address.clone()));
    request.extensions_mut().insert(origin);
    // Nothing may hold the request while it is routed, so everything that the answer needs is taken before.
    let mut answered = match refuse_early(&app, &request) {
        Some(status) => Ok(request.into_response(HttpResponse::new(status))),
        None => next.call(request).await,
    };
    answered = match answered {
        Ok(response) => Ok(rendered(&app, &caller, response)),
        Err(error) => {
            tracing::error!(request_id = caller.request_id, %error, "request failed before it reached its handler");
            let problem = problem_of_error(&error);
            let mut response = render(&caller, problem, Frame { demo: app.demo, ..Frame::default() });
            if let Some(headers) = &headers {
                put_headers(headers, response.headers_mut(), &caller.request_id);
            }
            return Err(InternalError::from_response(error, response).into());
        }
    };
    if let (Some((method, route, address)), Ok(response)) = (line, &answered) {
        // The pattern instead of the path and query, which people choose.
        tracing::debug!(request_id = caller.request_id, %method, route, address, status = response.status().as_u16(), "answered");
    }
    if let (Some(headers), Ok(response)) = (&headers, &mut answered) {
        put_headers(headers, response.headers_mut(), &caller.request_id);
    }
    answered
}

/// The answer, or what is said in place of a bare error.
fn rendered(app: &App, caller: &Caller, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let Some(problem) = problem_of(&response) else { return response };
    if problem.status.is_server_error() {
        let error = response.response().error().map(ToString::to_string).unwrap_or_default();
        tracing::error!(
            request_id = caller.request_id,
            status = problem.status.as_u16(),
            code = problem.code,
            error,
            "request failed"
        );
    }
    let (person, administers) = {
        let extensions = response.request().extensions();
        let who = extensions.get::<Who>();
        (person_of(who), who.is_some_and(|who| who.administrator().is_ok()))
    };
    let problem = problem.for_role(administers);
    let frame = Frame { person, demo: app.demo, ..Frame::default() };
    let mut page = render(caller, problem, frame);
    for (name, value) in response.headers() {
        if *name != CONTENT_TYPE && *name != CONTENT_LENGTH {
            page.headers_mut().append(name.clone(), value.clone());
        }
    }
    response.into_response(page)
}

/// What to say about an error of a middleware: the session could not be loaded or saved.
fn problem_of_error(error: &actix_web::Error) -> Problem {
    match error.as_error::<WebError>() {
        Some(WebError(error)) => Problem::of(error),
        None if error.as_response_error().status_code().is_server_error() => {
            Problem::of(&PortalError::Database(error.to_string()))
        }
        None => Problem::of_status(error.as_response_error().status_code()),
    }
}

/// What has to be rendered: an error of ours, or a bare status from below us. Answers with a body of ours stay.
fn problem_of(response: &ServiceResponse<BoxBody>) -> Option<Problem> {
    let status = response.status();
    if let Some(error) = response.response().error() {
        if let Some(WebError(error)) = error.as_error::<WebError>() {
            return Some(Problem::of(error));
        }
        return Some(Problem::of_status(status));
    }
    let is_ours = response.headers().get(CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes();
        kind.starts_with(b"text/html") || kind.starts_with(b"application/json")
    });
    let redirects = response.headers().contains_key("hx-redirect");
    ((status.is_client_error() || status.is_server_error()) && !is_ours && !redirects)
        .then(|| Problem::of_status(status))
}

fn origin_of(app: &App, request: &ServiceRequest) -> Origin {
    let peer = request.peer_addr().map(|address| address.ip().to_canonical().to_string()).unwrap_or_default();
    let forwarded = || {
        // From the right, over all lines: the first entry that no trusted proxy wrote is the caller. What stands before it
        // is the caller's own claim, and an entry that cannot be read ends the search.
        let lines: Vec<&HeaderValue> = request.headers().get_all("x-forwarded-for").collect();
        let entries = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        let mut read = entries.map(|entry| std::str::from_utf8(entry).ok().and_then(address_of));
        let first = read.find(|entry| !entry.is_some_and(|address| app.is_trusted_proxy(address)))?;
        first.map(|address| address.to_string())
    };
    let trusted = request.peer_addr().is_some_and(|address| app.is_trusted_proxy(address.ip()));
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Origin {
        address: if trusted { forwarded().unwrap_or(peer) } else { peer },
        user_agent: user_agent.chars().filter(|c| !c.is_control()).take(256).collect(),
        request_id: random::id(),
    }
}

/// An entry of `X-Forwarded-For`: an address, with or without a port.
fn address_of(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let with_port = || entry.parse::<SocketAddr>().map(|address| address.ip()).ok();
    entry.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

fn refuse_early(app: &App, request: &ServiceRequest) -> Option<StatusCode> {
    let headers = request.headers();
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > HEADERS {
        return Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let path = request.path();
    if !["/healthz", "/readyz"].contains(&path) && !is_our_host(app, request) {
        return Some(StatusCode::MISDIRECTED_REQUEST);
    }
    if !is_canonical(request.uri().path()) {
        return Some(StatusCode::NOT_FOUND);
    }
    // PostgreSQL has no NUL in texts, and nobody types one.
    if request.uri().query().is_some_and(|query| query.contains("%00")) {
        return Some(StatusCode::BAD_REQUEST);
    }
    let changes = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if changes && !path.starts_with("/api/") && !path.starts_with("/rest/") && !is_same_origin(app, headers) {
        return Some(StatusCode::FORBIDDEN);
    }
    None
}

/// Paths that could mean something else further down are nothing here: `..`, `//`, `;`, and percent-encoding of what
/// needs none (an encoded letter, dot, slash or backslash) or of control characters. The route table is asked with the
/// path as it came, the router decodes it: what both could read differently is not let in.
fn is_canonical(path: &str) -> bool {
    let encoded = |rest: &str| {
        let byte = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_some_and(|byte| byte >= 0x80 || (byte.is_ascii_graphic() || byte == b' ') && !is_plain(byte))
    };
    !path.contains("//")
        && !path.contains(';')
        && !path.split('/').any(|part| part == ".." || part == ".")
        && path.split('%').skip(1).all(encoded)
}

/// Unreserved characters (RFC 3986, 2.3), and those that part a path.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b'\\' | b';')
}

fn is_our_host(app: &App, request: &ServiceRequest) -> bool {
    let host = app.public_url.host_str().unwrap_or_default();
    let ours = app.public_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let header = request.headers().get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // An absolute-form request line names a host too, and both have to be ours.
    let line = request.uri().authority().map(|authority| authority.as_str().to_owned());
    header.eq_ignore_ascii_case(&ours) && line.is_none_or(|line| line.eq_ignore_ascii_case(&ours))
}

/// The same-origin rule: `Sec-Fetch-Site: same-origin`, else an `Origin` that is ours.
fn is_same_origin(app: &App, headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let ours = app.public_url.origin().ascii_serialization();
    headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes() == ours.as_bytes())
}

fn put_headers(headers: &Headers, answer: &mut HeaderMap, request_id: &str) {
    let mut put = |name: HeaderName, value: &'static str| {
        answer.insert(name, HeaderValue::from_static(value));
    };
    put(X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(X_FRAME_OPTIONS, "DENY");
    put(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    put(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    if headers.secure {
        put(STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    answer.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
    answer.insert(CONTENT_SECURITY_POLICY, headers.policy.clone());
    if !answer.contains_key(REFERRER_POLICY) {
        answer.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
    if !answer.contains_key(CACHE_CONTROL) {
        answer.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if !answer.contains_key(VARY) {
        answer.insert(VARY, HeaderValue::from_static("HX-Request-Type"));
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        answer.insert(HeaderName::from_static("x-request-id"), id);
    }
}
