//! What went wrong, rendered once.
//!
//! Handlers use `?`. A [`PortalError`] becomes a [`Problem`]: status, code, title, sentence, details and where to go from
//! there. [`render`] turns it into a page, into the notices of the page that is open (for a request of htmx), or into JSON.

mod aws;
mod basic;
mod seed;
mod status;
mod token;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use askama::Template;

use super::frame::{Frame, Notice};
use super::html::Tone;
use super::pages::error::ErrorPage;
use crate::keyring::OpenError;
use crate::portal::PortalError;

/// A [`PortalError`] on its way to the edge.
#[derive(Debug)]
pub struct WebError(pub PortalError);

impl<E: Into<PortalError>> From<E> for WebError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl std::fmt::Display for WebError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        Problem::of(&self.0).status
    }

    /// Empty: [`super::edge`] renders it, where the request is known.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// After how many seconds to come back where nothing better is known: long enough for what is down to be restarted, or for a limit
/// of AWS's to give way.
pub(super) const RETRY_AFTER_SECONDS: u64 = 30;

/// What a person or program is told.
#[derive(Clone, Debug)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable word for programs.
    pub code: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What happened, to which thing, what to do.
    pub sentence: String,
    /// What else there is to know, AWS's request id for instance.
    pub details: Vec<(String, String)>,
    /// What is wrong with what was sent, by field.
    pub fields: Vec<(&'static str, String)>,
    /// Where to go from here.
    pub links: Vec<(String, String)>,
    /// When to come back, in seconds, where a later try may get something.
    pub retry_after: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, sentence: impl Into<String>) -> Self {
        let links = vec![("My access".to_owned(), "/".to_owned())];
        let (details, fields) = (Vec::new(), Vec::new());
        // What is down now may be up again by then.
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_SECONDS);
        Self { status, code, title, sentence: sentence.into(), details, fields, links, retry_after }
    }

    /// What to say about a portal's error.
    #[must_use]
    pub fn of(error: &PortalError) -> Self {
        use StatusCode as S;
        match error {
            PortalError::NotFound(_) => Self::not_found(),
            PortalError::Forbidden => Self::new(
                S::FORBIDDEN,
                "forbidden",
                "Not for you",
                "You may not do this. An administrator can give you the role, or the token the scope.",
            ),
            PortalError::TokenScope(_)
            | PortalError::TokenNetwork
            | PortalError::TokenBusy { .. }
            | PortalError::TokenInAddress
            | PortalError::TooMany => Self::of_token(error),
            PortalError::Basic(not_taken) => Self::of_basic(*not_taken),
            PortalError::NumericId => Self::numeric_id(),
            PortalError::Disabled { name, id } => Self::disabled(name, id),
            PortalError::NoConsole(name) => Self::no_console(name),
            PortalError::Invalid(errors) => {
                let sentence = errors.iter().map(|(_, sentence)| sentence).collect::<Vec<_>>().join(" ");
                let fields = errors.iter().map(|(field, sentence)| (field, sentence.to_owned())).collect();
                Self { fields, ..Self::new(S::UNPROCESSABLE_ENTITY, "invalid", "Not accepted", sentence) }
            }
            PortalError::Stale => Self::new(
                S::CONFLICT,
                "stale",
                "Changed in the meantime",
                "Somebody else has saved this since you opened it. Open it again and repeat your change.",
            ),
            PortalError::KeyReused => Self::key_reused(),
            PortalError::InUse(by) => Self::in_use(by),
            PortalError::Conflict(code, sentence) => Self::new(S::CONFLICT, code, "Not as things are", sentence),
            PortalError::Ambiguous(names) => Self::ambiguous(names),
            PortalError::Directory(error) => Self::directory(&error.directory),
            PortalError::Database(_) => Self::new(
                S::SERVICE_UNAVAILABLE,
                "database_unavailable",
                "Nothing was handed out",
                "The database cannot be used right now, so nothing was handed out and nothing was changed. Try again in a minute; if it stays so, tell an administrator.",
            ),
            PortalError::Sealed { cause, connector } => Self::sealed(cause, connector.as_deref()),
            PortalError::KeyFile(error) => Self::new(
                S::SERVICE_UNAVAILABLE,
                "key_file",
                "The secret cannot be sealed",
                format!("Nothing was saved: {error}. An administrator of the server has to look at the key files."),
            ),
            PortalError::Aws(error) => Self::aws(error),
            PortalError::Late(deadline) => Self::late(*deadline),
            PortalError::Explained { error, diagnosis, connector } => Self::explained(error, diagnosis, connector),
            PortalError::Internal(_) => Self::internal(),
        }
    }

    /// With the way to the connector, which [`Self::for_role`] takes away from whoever may not go there.
    fn about_connector(mut self, id: &str) -> Self {
        self.links.push(("Open the connector".to_owned(), format!("/admin/connectors/{id}")));
        self
    }

    /// Without the ways into the administration, unless the reader administers.
    #[must_use]
    pub fn for_role(mut self, administers: bool) -> Self {
        self.links.retain(|(_, href)| administers || !href.starts_with("/admin"));
        self
    }

    fn disabled(name: &str, id: &str) -> Self {
        let sentence = format!("The connector “{name}” is switched off. Ask an administrator when it will be back.");
        Self::new(StatusCode::CONFLICT, "connector_disabled", "Switched off", sentence).about_connector(id)
    }

    fn no_console(name: &str) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "no_console",
            "No console",
            format!(
                "“{name}” gives session tokens of an IAM user, which AWS does not let into the console. Take its credentials instead."
            ),
        )
    }

    fn directory(name: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "directory_unavailable",
            "The directory does not answer",
            format!(
                "The directory “{name}” does not answer, so nobody's groups are known and nobody gets access. Try again in a minute; if it stays so, tell an administrator."
            ),
        )
    }

    fn sealed(cause: &OpenError, connector: Option<&str>) -> Self {
        let (code, sentence) = (cause.word(), cause.sentence());
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, "The access key cannot be opened", sentence);
        problem.sentence.push_str(match cause {
            OpenError::Kms { .. } => ". Try again in a minute; if it stays so, tell an administrator.",
            OpenError::KeyFile { .. } | OpenError::Decrypt { .. } => {
                ". Tell an administrator the connector and the key file."
            }
        });
        problem.details.extend(connector.map(|id| ("Connector".to_owned(), id.to_owned())));
        if let Some(id) = connector {
            problem = problem.about_connector(id);
        }
        let name = if matches!(cause, OpenError::Kms { .. }) { "Data key" } else { "Key file" };
        problem.details.push((name.to_owned(), cause.file().to_owned()));
        problem
    }

    /// All of it in one line, for programs and forms.
    #[must_use]
    pub fn text(&self) -> String {
        if self.details.is_empty() {
            return self.sentence.clone();
        }
        let details: Vec<String> = self.details.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("{} ({})", self.sentence, details.join(", "))
    }

    /// No such page or thing, or not granted: one answer for all.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "Not found",
            "There is nothing here, or it is not granted to you.",
        )
    }

    fn internal() -> Self {
        let sentence = "Something went wrong inside Daypass, and nothing was handed out. Try again; if it happens again, tell an administrator the request id.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "That should not happen", sentence)
    }
}

/// Who is told.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Our id of the request.
    pub request_id: String,
    is_program: bool,
    /// An AWS SDK, whose own shape of an error counts.
    is_sdk: bool,
    /// A client of the seed-compatible API, which has errors of its own shape.
    is_seed: bool,
    is_partial: bool,
}

impl Caller {
    /// The caller of a request.
    #[must_use]
    pub fn of(request: &HttpRequest, request_id: &str) -> Self {
        let is_seed = request.path().starts_with("/rest/");
        let is_program = is_seed || request.path().starts_with("/api/");
        let is_sdk = !is_seed && request.path().ends_with("/container-credentials");
        Self { request_id: request_id.to_owned(), is_program, is_sdk, is_seed, is_partial: is_partial(request) }
    }
}

/// Renders a problem for whoever asked.
#[must_use]
pub fn render(caller: &Caller, problem: Problem, mut frame: Frame) -> HttpResponse {
    let mut response = HttpResponse::build(problem.status);
    response.insert_header((CACHE_CONTROL, "no-store"));
    if let Some(seconds) = problem.retry_after {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    if caller.is_program {
        if problem.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if caller.is_seed {
            return response.json(seed::json(caller, &problem));
        }
        if !caller.is_sdk {
            return response.content_type("application/problem+json").json(problem_json(caller, &problem));
        }
        // The shape that the SDKs' container credentials provider reads, in two spellings because that of JavaScript has its
        // own; `detail` and `requestId` as elsewhere in the API.
        let text = problem.text();
        return response.json(serde_json::json!({
            "code": problem.code, "message": text, "detail": text, "requestId": caller.request_id,
            "Code": problem.code, "Message": text,
        }));
    }
    if caller.is_partial {
        frame.notices = vec![Notice::new(Tone::Danger, problem.sentence)];
        response.insert_header((HeaderName::from_static("hx-retarget"), HeaderValue::from_static("#notices")));
        response.insert_header((HeaderName::from_static("hx-reswap"), HeaderValue::from_static("outerHTML")));
        return super::html::respond(&mut response, &Notices { frame });
    }
    problem.title.clone_into(&mut frame.title);
    let mut detail = problem.details;
    detail.push(("Request id".to_owned(), caller.request_id.clone()));
    let page = ErrorPage {
        frame,
        status: problem.status.as_u16(),
        title: problem.title.to_owned(),
        message: problem.sentence,
        detail,
        links: problem.links,
    };
    super::html::respond(&mut response, &page)
}

/// All of it in one line, in the words of whoever sends JSON.
fn detail(problem: &Problem) -> String {
    match problem.status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "Send the body as application/json.".to_owned(),
        StatusCode::PAYLOAD_TOO_LARGE => "The body is longer than 64 KiB.".to_owned(),
        StatusCode::BAD_REQUEST if problem.code != "token_in_address" => {
            "The body is no JSON object, or the address has something that nobody types.".to_owned()
        }
        _ => problem.text(),
    }
}

/// RFC 9457, with a stable code, the request's id, and a sentence for each wrong field.
fn problem_json(caller: &Caller, problem: &Problem) -> serde_json::Value {
    let detail = detail(problem);
    let mut json = serde_json::json!({
        "title": problem.title, "status": problem.status.as_u16(), "detail": detail, "code": problem.code,
        "requestId": caller.request_id,
    });
    let fields = fields(problem);
    if !fields.is_empty() {
        json["errors"] = fields.into();
    }
    json
}

/// A sentence for each wrong field.
fn fields(problem: &Problem) -> serde_json::Map<String, serde_json::Value> {
    let field = |(field, sentence): &(&str, String)| (camel_case(field), sentence.clone().into());
    problem.fields.iter().filter(|(field, _)| !field.is_empty()).map(field).collect()
}

/// A form's field as JSON has it: `key_id` is `keyId`.
fn camel_case(field: &str) -> String {
    let mut words = field.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// Only the notices, for a page that is open already.
#[derive(Template)]
#[template(source = "{% import \"parts/bits.html\" as bits %}{{ bits::notices(frame.notices) }}", ext = "html")]
struct Notices {
    frame: Frame,
}

/// Whether htmx asked for a part of a page.
#[must_use]
pub fn is_partial(request: &HttpRequest) -> bool {
    request.headers().get("hx-request-type").is_some_and(|value| value == "partial")
}
