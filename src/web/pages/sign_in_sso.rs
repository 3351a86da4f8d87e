//! The button of the sign-in page by which the browser's session of a single sign-on is taken.

use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};

use super::sign_in::{REFUSED_AFTER, again, path_of_ours};
use crate::app::App;
use crate::portal::PortalError;
use crate::portal::sign_in::NotSignedIn;
use crate::portal::sso::{self, SsoSignIn};
use crate::web::error::{Problem, WebError};
use crate::web::form::Form;
use crate::web::guard::CameFrom;
use crate::web::html::{respond, see_other};
use crate::web::session::Session;
use crate::web::sso::brought;

/// The form.
#[derive(Deserialize)]
pub struct SsoForm {
    #[serde(default)]
    directory: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in/sso`, with the hidden `directory` and `next`.
///
/// # Errors
/// Where no such directory takes it, or the database does not answer.
pub async fn sign_in(
    app: web::Data<App>,
    session: Session,
    origin: CameFrom,
    request: HttpRequest,
    form: Form<SsoForm>,
) -> Result<HttpResponse, WebError> {
    let (arrived, app) = (Instant::now(), app.into_inner());
    let SsoForm { directory, next } = form.0;
    let attempt = SsoSignIn { directory: directory.clone(), brought: brought(&app, &request), origin: origin.0 };
    match sso::sign_in(&app, attempt).await {
        Ok((signed_in, bond)) => {
            session.sign_in(&signed_in.identity.person.id, signed_in.local_version)?;
            session.bind(&bond)?;
            Ok(see_other(path_of_ours(&next).unwrap_or("/")))
        }
        Err(NotSignedIn::Unavailable(error @ PortalError::NotFound(_))) => Err(error.into()),
        Err(NotSignedIn::Unavailable(error)) => {
            tracing::error!(%error, "nobody can sign in by single sign-on");
            let problem = Problem::of(&error);
            let mut answer = HttpResponse::build(problem.status);
            answer.insert_header((RETRY_AFTER, "30"));
            Ok(respond(&mut answer, &again(&app, &request, ("", &next), problem.sentence).await))
        }
        Err(NotSignedIn::Refused) => {
            sleep_until(arrived + REFUSED_AFTER).await;
            let sentence = format!(
                "{directory} does not take the session that this browser brings. Sign in with your user name and password."
            );
            let mut page = again(&app, &request, ("", &next), sentence).await;
            // It would be refused once more.
            page.offers.retain(|offered| *offered != directory);
            Ok(respond(&mut HttpResponse::Unauthorized(), &page))
        }
    }
}
