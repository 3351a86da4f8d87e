//! Who may: the table's rights, and the extractors that hand an identity to a handler.
//!
//! [`authorize`] enforces the right that the route table names, before the handler runs. The extractors hand over what it
//! found; a handler without one is visibly public.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{Path, Payload, ResourceDef, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};

use super::authorization::Sent;
use super::entry::Entry;
use super::error::{WebError, is_partial};
use super::session::{Session, is_live};
use super::sso::identify_upheld;
use super::{authorization, basic, body};
use crate::app::App;
use crate::model::api_token::Part;
use crate::model::event::{Kind, Origin};
use crate::model::identity::Role;
use crate::portal::basic::{NotTaken, admit as admit_basic};
use crate::portal::{PortalError, Who, keyring, refusals, tokens, use_connector};

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// Nothing.
    Public,
    /// A person who signed in.
    SignedIn,
    /// An auditor or administrator.
    Auditor,
    /// An administrator, or a restricted one.
    Connectors,
    /// An administrator.
    Administrator,
    /// A live API token in the `Authorization` header, whose scope has this part; a cookie counts for nothing.
    Api(Part),
    /// A live API token; what it is for is the handler's to ask.
    ApiToken,
    /// A live API token whose scope has this part, or name and password of somebody whose role has it, by basic
    /// authentication where that is switched on; without a part it is the handler's to ask. A cookie counts for nothing.
    ApiOrBasic(Option<Part>),
    /// The same without a part, or somebody who signed in: for what lists and issues nothing.
    SeedList,
}

/// What the table says of the routes, by their patterns.
pub type Rights = HashMap<&'static str, Vec<Entry>>;

/// Enforces the table's right.
///
/// # Errors
/// What the rest of the chain gives.
pub async fn authorize(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let app = app_of(request.request());
    if let Some(text) = authorization::in_address(request.uri()) {
        let origin = request.extensions().get::<Origin>().cloned().unwrap_or_default();
        let noted = tokens::note_in_address(&app, &text, &origin).await;
        let error = noted.err().unwrap_or(PortalError::TokenInAddress);
        return Ok(request.error_response(WebError(error)));
    }
    let route = Matched::of(&request);
    let refused = match route {
        Some(route) => let_in(&app, &mut request, route).await?.err(),
        // What the table does not know is not routed at all. The page says so in the signed-in person's frame.
        None => {
            let session = request.extract::<Session>().await?;
            let _ = person(&app, &request, None, &session).await;
            Some(Refused::Error(PortalError::NotFound("page")))
        }
    };
    // Where name and password are taken, whoever is not let in is asked for them.
    let asks = route.is_some_and(|route| matches!(route.right, Right::ApiOrBasic(_) | Right::SeedList));
    match refused {
        None => next.call(request).await,
        Some(refused) => Ok(refuse(&app, request, refused, asks)),
    }
}

/// Lets in whoever has the right that the route asks for.
async fn let_in(
    app: &Arc<App>,
    request: &mut ServiceRequest,
    route: Matched,
) -> Result<Result<(), Refused>, actix_web::Error> {
    Ok(match route.right {
        Right::Public => body::read(request, body::BEFORE_SIGN_IN).await.map_err(Refused::Status),
        Right::ApiToken => by_token(app, request, route, None).await,
        Right::Api(part) => by_token(app, request, route, Some(part)).await,
        Right::ApiOrBasic(part) => by_token_or_basic(app, request, route, part).await,
        Right::SeedList => {
            let session = request.extract::<Session>().await?;
            listing(app, request, route, &session).await
        }
        Right::SignedIn | Right::Auditor | Right::Connectors | Right::Administrator => {
            let session = request.extract::<Session>().await?;
            let admitted = admit(app, request, route, &session).await;
            if admitted.is_ok() && matches!(route.right, Right::Administrator | Right::Connectors) {
                look_at_secrets(app, request.method()).await;
            }
            admitted
        }
    })
}

/// The answer to whoever is not let in; with the question for name and password where the route `asks` for them.
fn refuse(app: &App, request: ServiceRequest, refused: Refused, asks: bool) -> ServiceResponse<BoxBody> {
    match refused {
        Refused::SignIn => {
            let answer = to_sign_in(request.request());
            request.into_response(answer)
        }
        Refused::Unauthorized => {
            let mut answer = HttpResponse::new(StatusCode::UNAUTHORIZED);
            if asks {
                basic::ask(app, &request, answer.headers_mut());
            }
            request.into_response(answer)
        }
        Refused::Status(status) => {
            let mut answer = HttpResponse::build(status);
            // The rest of what was sent is not waited for.
            request.into_response(answer.force_close().finish())
        }
        Refused::Error(error @ PortalError::Basic(NotTaken::Wrong)) => {
            let mut headers = HeaderMap::new();
            basic::ask(app, &request, &mut headers);
            let mut answer = request.error_response(WebError(error));
            headers.into_iter().for_each(|(name, value)| answer.headers_mut().append(name, value));
            answer
        }
        Refused::Error(error) => request.error_response(WebError(error)),
    }
}

/// What the banner of the administration needs to know. What is changed may open or close something.
async fn look_at_secrets(app: &Arc<App>, method: &Method) {
    if *method == Method::GET { keyring::closed_lately(app).await } else { app.closed.forget() }
}

enum Refused {
    SignIn,
    Unauthorized,
    Status(StatusCode),
    Error(PortalError),
}

impl From<PortalError> for Refused {
    fn from(error: PortalError) -> Self {
        Self::Error(error)
    }
}

/// What the table says of a request. The pattern is looked for once: the router compares one after the other.
#[derive(Clone, Copy)]
struct Matched {
    pattern: &'static str,
    right: Right,
    issues: Option<Kind>,
    most: usize,
}

impl Matched {
    /// By the pattern that the router would take. A pattern that the table does not have is refused, whatever the router
    /// knows of it.
    fn of(request: &ServiceRequest) -> Option<Self> {
        let rights = request.app_data::<web::Data<Rights>>()?;
        let (pattern, entries) = rights.get_key_value(request.match_pattern()?.as_str())?;
        let method = if *request.method() == Method::HEAD { &Method::GET } else { request.method() };
        Some(match entries.iter().find(|entry| entry.method == *method) {
            Some(entry) => Self { pattern, right: entry.right, issues: entry.issues, most: entry.most },
            // A method that the pattern does not take falls to its 405, which tells nobody anything.
            None => Self { pattern, right: Right::Public, issues: None, most: body::SIGNED_IN },
        })
    }
}

/// Lets a person in who has what the route asks for; whoever has not leaves a row.
async fn admit(app: &App, request: &mut ServiceRequest, route: Matched, session: &Session) -> Result<(), Refused> {
    signed_in(app, request, route, session).await?;
    let Some(who) = request.extensions().get::<Who>().cloned() else { return Err(Refused::SignIn) };
    if holds(&who, route.right) {
        return Ok(());
    }
    refusals::note_missing_role(app, &who, route.pattern).await?;
    Err(PortalError::Forbidden.into())
}

/// Who sent the request, as of when all of it was here.
async fn signed_in(app: &App, request: &mut ServiceRequest, route: Matched, session: &Session) -> Result<(), Refused> {
    if session.person_id().is_none() {
        return Err(Refused::SignIn);
    }
    if body::is_form(request) {
        body::read(request, route.most).await.map_err(Refused::Status)?;
        if !is_live(app, request.request()).await? {
            session.sign_out();
            return Err(Refused::SignIn);
        }
    }
    person(app, request, Some(route), session).await
}

async fn person(app: &App, request: &ServiceRequest, route: Option<Matched>, session: &Session) -> Result<(), Refused> {
    let Some(id) = session.person_id() else { return Err(Refused::SignIn) };
    let identity = match identify_upheld(app, request.request(), session).await {
        Err(error @ PortalError::Directory(_)) => {
            if let Some(route) = route {
                note_silence(app, request, route, &id).await?;
            }
            return Err(error.into());
        }
        identity => identity?,
    };
    let Some(identity) = identity else {
        session.sign_out();
        return Err(Refused::SignIn);
    };
    let origin = request.extensions().get::<Origin>().cloned().unwrap_or_default();
    request.extensions_mut().insert(Who::person(identity, origin));
    Ok(())
}

/// Writes down that somebody wanted to use a connector while the directory was silent.
async fn note_silence(app: &App, request: &ServiceRequest, route: Matched, person_id: &str) -> Result<(), PortalError> {
    let Some(kind) = route.issues else { return Ok(()) };
    // The request is not routed yet, so that its path has no parts.
    let mut path = Path::new(request.path());
    ResourceDef::new(route.pattern).capture_match_info(&mut path);
    let connector = path.get("connector").unwrap_or_default();
    let origin = request.extensions().get::<Origin>().cloned().unwrap_or_default();
    use_connector::note_silence(app, person_id, connector, kind, &origin).await
}

fn holds(who: &Who, right: Right) -> bool {
    match right {
        Right::Administrator => who.has(Role::Administrator),
        Right::Connectors => who.has(Role::Restricted),
        Right::Auditor => who.has(Role::Auditor),
        _ => true,
    }
}

/// Lets whoever holds a token in, as far as it goes; what it does not go as far as leaves a row.
async fn by_token(app: &App, request: &ServiceRequest, route: Matched, part: Option<Part>) -> Result<(), Refused> {
    let text = authorization::token(request.headers());
    let origin = request.extensions().get::<Origin>().cloned().unwrap_or_default();
    let who = tokens::authenticate(app, &text, origin).await?.ok_or(Refused::Unauthorized)?;
    tokens::admit(app, &who, part, (route.issues.unwrap_or(Kind::PageOpen), route.pattern)).await?;
    request.extensions_mut().insert(ApiCaller(who));
    Ok(())
}

/// [`by_token`], or whoever sends name and password.
async fn by_token_or_basic(
    app: &Arc<App>,
    request: &ServiceRequest,
    route: Matched,
    part: Option<Part>,
) -> Result<(), Refused> {
    let encoded = match authorization::read(request.headers()) {
        // Many clients send nothing until they are asked: that is no guess at a token.
        Sent::Nothing => return Err(Refused::Unauthorized),
        Sent::Token(_) | Sent::Other => return by_token(app, request, route, part).await,
        Sent::Basic(encoded) => encoded,
    };
    if basic::is_cross_site(app, request.headers()) {
        return Err(Refused::Status(StatusCode::FORBIDDEN));
    }
    let who = basic::who(app, request, encoded).await?;
    admit_basic(app, &who, part, route.pattern).await?;
    request.extensions_mut().insert(ApiCaller(who));
    Ok(())
}

/// [`by_token_or_basic`], or whoever signed in where nothing else was sent.
async fn listing(app: &Arc<App>, request: &ServiceRequest, route: Matched, session: &Session) -> Result<(), Refused> {
    if !matches!(authorization::read(request.headers()), Sent::Nothing) || session.person_id().is_none() {
        return by_token_or_basic(app, request, route, None).await;
    }
    if basic::is_cross_site(app, request.headers()) {
        return Err(Refused::Status(StatusCode::FORBIDDEN));
    }
    match person(app, request, Some(route), session).await {
        Err(Refused::SignIn) => return Err(Refused::Unauthorized),
        signed_in => signed_in?,
    }
    let who = request.extensions().get::<Who>().cloned().ok_or(Refused::Unauthorized)?;
    request.extensions_mut().insert(ApiCaller(who));
    Ok(())
}

/// Sends a browser to the sign-in page, which remembers where it wanted to go; only addresses that a GET opens.
fn to_sign_in(request: &HttpRequest) -> HttpResponse {
    let next = match *request.method() {
        Method::GET => request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
        _ => String::new(),
    };
    let address = if next.is_empty() || next == "/" {
        "/sign-in".to_owned()
    } else {
        format!("/sign-in?{}", serde_urlencoded::to_string([("next", &next)]).unwrap_or_default())
    };
    if is_partial(request) {
        return HttpResponse::Unauthorized().insert_header(("HX-Redirect", "/sign-in")).finish();
    }
    HttpResponse::SeeOther().insert_header((LOCATION, address)).finish()
}

/// The parts, for middleware.
#[must_use]
#[allow(clippy::expect_used, reason = "the server is built with them; without them nothing could answer")]
pub fn app_of(request: &HttpRequest) -> Arc<App> {
    request.app_data::<web::Data<App>>().expect("the app is part of the server").clone().into_inner()
}

/// The person who signed in. Behind the rights of people.
pub struct SignedIn(pub Who);

impl FromRequest for SignedIn {
    type Error = WebError;
    type Future = std::future::Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let who = request.extensions().get::<Who>().cloned();
        let missing = || WebError(PortalError::Internal("a page for people on a route for everybody".to_owned()));
        std::future::ready(who.map(SignedIn).ok_or_else(missing))
    }
}

/// Whoever calls the API: a program by its token, or a person by one of theirs. Behind [`Right::ApiOrBasic`] also a person with name
/// and password, behind [`Right::SeedList`] one who signed in.
#[derive(Clone)]
pub struct ApiCaller(pub Who);

impl FromRequest for ApiCaller {
    type Error = WebError;
    type Future = std::future::Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let holder = request.extensions().get::<Self>().cloned();
        let missing = || WebError(PortalError::Internal("a program's answer on a route for everybody".to_owned()));
        std::future::ready(holder.ok_or_else(missing))
    }
}

/// Where the request came from.
pub struct CameFrom(pub Origin);

impl FromRequest for CameFrom {
    type Error = WebError;
    type Future = std::future::Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(request.extensions().get::<Origin>().cloned().unwrap_or_default())))
    }
}
