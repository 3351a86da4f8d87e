//! A form comes back with what was typed, whatever kept it from being done: a field, the database, a key file, the
//! directory, AWS.

use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::error::{Problem, WebError};
use super::html::{FieldErrors, stale};
use crate::model::event::Origin;
use crate::portal::PortalError;

/// The answer that a form's page goes into, and what the page says is wrong; what is wrong with no single field stands
/// at `""`.
///
/// # Errors
/// The error itself where the page has nothing to come back for: what was asked for is not there or not for the caller.
pub fn again(error: PortalError, origin: &Origin) -> Result<(HttpResponseBuilder, FieldErrors), WebError> {
    let (status, retry_after, errors) = match error {
        PortalError::Invalid(errors) => return Ok((HttpResponse::UnprocessableEntity(), errors)),
        PortalError::Stale => return Ok((HttpResponse::Conflict(), stale())),
        PortalError::NotFound(_) | PortalError::Forbidden | PortalError::Disabled { .. } => return Err(error.into()),
        error => {
            let mut problem = Problem::of(&error);
            if problem.status.is_server_error() {
                let (status, code) = (problem.status.as_u16(), problem.code);
                tracing::error!(request_id = origin.request_id, status, code, %error, "request failed");
            }
            problem.details.push(("Request id".to_owned(), origin.request_id.clone()));
            (problem.status, problem.retry_after, FieldErrors::from(("", problem.text())))
        }
    };
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store"));
    if let Some(seconds) = retry_after {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    Ok((response, errors))
}
