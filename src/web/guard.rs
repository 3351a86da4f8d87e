//! Who may: the table's rights, and the extractors that hand an identity to a handler.
//!
//! [`authorize`] enforces the right that the route table names, before the handler runs. The extractors hand over what it
//! found; a handler without one is visibly public.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use secrecy::SecretString;

use super::error::{WebError, is_partial};
use super::session::Session;
use crate::app::App;
use crate::model::access::Actor;
use crate::model::event::{Kind, Origin};
use crate::model::identity::Role;
use crate::portal::identify::identify;
use crate::portal::{PortalError, Who, keyring, tokens, use_connector};

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// Nothing.
    Public,
    /// A person who signed in.
    SignedIn,
    /// An auditor or administrator.
    Auditor,
    /// An administrator.
    Administrator,
    /// A live API token in the `Authorization` header; a cookie counts for nothing.
    ApiToken,
}

/// The rights of all routes, by method and pattern.
pub type Rights = HashMap<(Method, String), Right>;

/// Enforces the table's right.
///
/// # Errors
/// What the rest of the chain gives.
pub async fn authorize(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let right = right_of(&request);
    let app = app_of(request.request());
    let refused = match right {
        Some(Right::Public) => None,
        Some(Right::ApiToken) => program(&app, &request).await.err(),
        Some(Right::SignedIn | Right::Auditor | Right::Administrator) => {
            let session = request.extract::<Session>().await?;
            let found = person(&app, &request, &session).await;
            let refused = found.and_then(|()| hold(request.request(), right)).err();
            if refused.is_none() && right == Some(Right::Administrator) {
                look_at_secrets(&app, request.method()).await;
            }
            refused
        }
        // What the table does not know is not routed at all. The page says so in the signed-in person's frame.
        None => {
            let session = request.extract::<Session>().await?;
            let _ = person(&app, &request, &session).await;
            Some(Refused::Error(PortalError::NotFound("page")))
        }
    };
    match refused {
        None => next.call(request).await,
        Some(Refused::SignIn) => {
            let answer = to_sign_in(request.request());
            Ok(request.into_response(answer))
        }
        Some(Refused::Unauthorized) => Ok(request.into_response(HttpResponse::new(StatusCode::UNAUTHORIZED))),
        Some(Refused::Error(error)) => Ok(request.error_response(WebError(error))),
    }
}

/// What the banner of the administration needs to know. What is changed may open or close something.
async fn look_at_secrets(app: &Arc<App>, method: &Method) {
    if *method == Method::GET { keyring::closed_lately(app).await } else { app.closed.forget() }
}

enum Refused {
    SignIn,
    Unauthorized,
    Error(PortalError),
}

impl From<PortalError> for Refused {
    fn from(error: PortalError) -> Self {
        Self::Error(error)
    }
}

fn right_of(request: &ServiceRequest) -> Option<Right> {
    let rights = request.app_data::<web::Data<Rights>>()?;
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let pattern = request.match_pattern()?;
    // A method that the pattern does not take falls to its 405, which tells nobody anything.
    Some(rights.get(&(method, pattern)).copied().unwrap_or(Right::Public))
}

async fn person(app: &App, request: &ServiceRequest, session: &Session) -> Result<(), Refused> {
    let Some(id) = session.person_id() else { return Err(Refused::SignIn) };
    let identity = match identify(app, &id).await {
        Err(error @ PortalError::Directory(_)) => {
            note_silence(app, request, &id).await?;
            return Err(error.into());
        }
        identity => identity?,
    };
    let Some(identity) = identity else {
        session.sign_out();
        return Err(Refused::SignIn);
    };
    let origin = request.extensions().get::<Origin>().cloned().unwrap_or_default();
    request.extensions_mut().insert(Who { identity, origin });
    Ok(())
}

/// Writes down that somebody wanted to use a connector while the directory was silent.
async fn note_silence(app: &App, request: &ServiceRequest, person_id: &str) -> Result<(), PortalError> {
    if request.method() != Method::POST {
        return Ok(());
    }
    let path = request.path();
    let (connector, kind) = if let Some(connector) = path.strip_prefix("/console/") {
        (connector, Kind::ConsoleOpen)
    } else if let Some(connector) = path.strip_prefix("/connectors/").and_then(|rest| rest.strip_suffix("/credentials"))
    {
        (connector, Kind::CredentialsIssue)
    } else {
        return Ok(());
    };
    let origin = request.extensions().get::<Origin>().cloned().unwrap_or_default();
    use_connector::note_silence(app, person_id, connector, kind, &origin).await
}

fn hold(request: &HttpRequest, right: Option<Right>) -> Result<(), Refused> {
    let extensions = request.extensions();
    let Some(who) = extensions.get::<Who>() else { return Err(Refused::SignIn) };
    let held = match right {
        Some(Right::Administrator) => who.identity.has(Role::Administrator),
        Some(Right::Auditor) => who.identity.has(Role::Auditor),
        _ => true,
    };
    if held { Ok(()) } else { Err(PortalError::Forbidden.into()) }
}

async fn program(app: &App, request: &ServiceRequest) -> Result<(), Refused> {
    let header =
        request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or(Refused::Unauthorized)?;
    // SDKs send the variable as it is, so that the bare token counts too.
    let text = header.strip_prefix("Bearer ").unwrap_or(header).trim();
    let origin = request.extensions().get::<Origin>().cloned().unwrap_or_default();
    let token = tokens::find(app, &SecretString::from(text), &origin).await?.ok_or(Refused::Unauthorized)?;
    request.extensions_mut().insert(Program(Actor::Program(token)));
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

/// The person who signed in. Only behind [`Right::SignedIn`], [`Right::Auditor`] or [`Right::Administrator`].
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

/// The program whose token was sent. Only behind [`Right::ApiToken`].
#[derive(Clone)]
pub struct Program(pub Actor);

impl FromRequest for Program {
    type Error = WebError;
    type Future = std::future::Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let program = request.extensions().get::<Self>().cloned();
        let missing = || WebError(PortalError::Internal("a program's answer on a route for everybody".to_owned()));
        std::future::ready(program.ok_or_else(missing))
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
