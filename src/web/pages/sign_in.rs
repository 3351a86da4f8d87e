//! The sign-in page.

use std::time::Duration;

use actix_web::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use crate::app::App;
use crate::portal::sign_in::{self, NotSignedIn, SignIn};
use crate::portal::{PortalError, setup, sso};
use crate::web::error::{Problem, WebError};
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::{CameFrom, SignedIn};
use crate::web::html::{ok, respond, see_other};
use crate::web::session::{Session, marks, with_mark};
use crate::web::sso::{brought, identify_upheld};

/// `GET` and `POST /sign-in`, with the fields `username`, `password` and the hidden `next`.
#[derive(Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignInPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The name as typed, kept when the sign-in failed.
    pub username: String,
    /// Where to go afterwards, a path of ours; empty for the start page.
    pub next: String,
    /// The one sentence for every failure.
    pub error: Option<String>,
    /// Which account to sign in with, as "Your company account"; may be empty.
    pub directory_hint: String,
    /// The directories whose single sign-on the browser brings a session of.
    pub offers: Vec<String>,
}

/// `?next=`: where to go after signing in.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// The form.
#[derive(Deserialize)]
pub struct SignInForm {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    next: String,
}

/// How long the page waits at most to know whether it has a single sign-on to offer.
const OFFERED_WITHIN: Duration = Duration::from_secs(1);
/// How long after its arrival every refused sign-in is answered, so that the time does not tell why. Later only where a
/// directory takes longer.
pub const REFUSED_AFTER: Duration = Duration::from_millis(750);

/// Only paths of ours: anything else would make the sign-in page lead wherever a link says.
pub(super) fn path_of_ours(next: &str) -> Option<&str> {
    let fits =
        next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.contains(char::is_control);
    (fits && !next.starts_with("/sign-in")).then_some(next)
}

/// `GET /sign-in`
///
/// # Errors
/// Where the directory or the database does not answer.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    request: HttpRequest,
    query: web::Query<Next>,
) -> Result<HttpResponse, WebError> {
    let next = query.into_inner().next;
    // A directory that does not answer keeps nobody from this page.
    let identity = identify_upheld(&app, &request, &session).await;
    if matches!(identity, Ok(Some(_))) {
        return Ok(see_other(path_of_ours(&next).unwrap_or("/")));
    }
    if setup::is_open(&app).await? {
        return Ok(see_other("/setup"));
    }
    let mut frame = Frame::outside(&app, "Sign in");
    frame.notices = session.take_notices();
    if matches!(identity, Ok(None)) && session.bond().is_some() {
        // It ended with that of the single sign-on: asked once, not at every look at this page.
        session.sign_out();
    }
    let next = path_of_ours(&next).unwrap_or_default().to_owned();
    let offers = offers(&app, &request).await;
    let page = SignInPage { frame, username: String::new(), next, error: None, directory_hint: String::new(), offers };
    Ok(ok(&page))
}

/// What the browser can sign in with beside a password, as far as that is known soon.
async fn offers(app: &App, request: &HttpRequest) -> Vec<String> {
    let brought = brought(app, request);
    timeout(OFFERED_WITHIN, sso::offers(app, &brought)).await.unwrap_or_default()
}

/// `POST /sign-in`
///
/// # Errors
/// Where the directory or the database does not answer.
pub async fn sign_in(
    app: web::Data<App>,
    session: Session,
    origin: CameFrom,
    request: HttpRequest,
    form: Form<SignInForm>,
) -> Result<HttpResponse, WebError> {
    let (arrived, app) = (Instant::now(), app.into_inner());
    let SignInForm { username, password, next } = form.0;
    let marks = marks(&app, &request);
    let attempt = SignIn { user_name: username.clone(), password, marks: marks.clone(), origin: origin.0 };
    match sign_in::sign_in(&app, attempt).await {
        Ok(signed_in) => {
            session.sign_in(&signed_in.identity.person.id, signed_in.local_version)?;
            let mut answer = see_other(path_of_ours(&next).unwrap_or("/"));
            let cookie = with_mark(&app, marks, signed_in.mark);
            answer.add_cookie(&cookie).map_err(|error| PortalError::Internal(error.to_string()))?;
            Ok(answer)
        }
        Err(NotSignedIn::Unavailable(error)) => {
            tracing::error!(%error, "nobody can sign in");
            // On the full second, so that the time does not tell how much was done.
            tokio::time::sleep_until(arrived + Duration::from_secs(arrived.elapsed().as_secs() + 1)).await;
            let problem = Problem::of(&error);
            let mut answer = HttpResponse::build(problem.status);
            answer.insert_header((RETRY_AFTER, "30"));
            Ok(respond(&mut answer, &again(&app, &request, (&username, &next), problem.sentence).await))
        }
        Err(NotSignedIn::Refused) => {
            tokio::time::sleep_until(arrived + REFUSED_AFTER).await;
            let error = "This name and password do not go together. Check both; after several tries, wait a quarter of an hour.";
            let page = again(&app, &request, (&username, &next), error.to_owned()).await;
            Ok(respond(&mut HttpResponse::Unauthorized(), &page))
        }
    }
}

/// The form with the name that was typed.
pub(super) async fn again(
    app: &App,
    request: &HttpRequest,
    (username, next): (&str, &str),
    error: String,
) -> SignInPage {
    SignInPage {
        frame: Frame::outside(app, "Sign in"),
        username: username.chars().take(256).collect(),
        next: path_of_ours(next).unwrap_or_default().to_owned(),
        error: Some(error),
        directory_hint: String::new(),
        offers: offers(app, request).await,
    }
}

/// `POST /sign-out`: the session ends in the database, and the browser forgets what it kept of these pages.
///
/// # Errors
/// Where the database does not answer.
pub async fn sign_out(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    sign_in::sign_out(&app, &who.0).await?;
    session.sign_out();
    let mut answer = see_other("/sign-in");
    // Never "cookies": that would sign people out of everything else on this domain.
    answer
        .headers_mut()
        .insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::path_of_ours;

    #[test]
    fn only_paths_of_ours() {
        for right in ["/", "/console/x?destination=%2Fec2", "/admin"] {
            assert_eq!(path_of_ours(right), Some(right));
        }
        for wrong in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "evil",
            "/a\r\nb",
            "/sign-in?next=/",
            "/\t/evil.example",
            "/\u{1}a",
        ] {
            assert_eq!(path_of_ours(wrong), None, "{wrong}");
        }
    }
}
