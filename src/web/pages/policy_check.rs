//! What the policy editor asks while somebody types.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::model::partition::Partition;
use crate::model::policy::{Finding, LONGEST};
use crate::portal::policy_check;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::guard::SignedIn;

/// The longest text that is checked, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;

/// The form of a check.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    policy: String,
    partition: String,
}

#[derive(Serialize)]
struct Answer {
    size: usize,
    limit: usize,
    errors: usize,
    findings: Vec<Told>,
}

#[derive(Serialize)]
struct Told {
    severity: &'static str,
    line: usize,
    column: usize,
    length: usize,
    sentence: String,
}

impl From<Finding> for Told {
    fn from(finding: Finding) -> Self {
        let Finding { severity, line, column, length, sentence } = finding;
        Self { severity: severity.word(), line, column, length, sentence }
    }
}

/// `POST /admin/policy-check`: the findings of [`crate::model::policy::check`], and the length as AWS counts it. A partition
/// that nobody knows is none.
///
/// # Errors
/// Where the caller does not administer. A text over 64 KiB is a 413.
pub async fn check(who: SignedIn, typed: Form<Typed>) -> Result<HttpResponse, WebError> {
    let Typed { policy, partition } = typed.0;
    if policy.len() > LONGEST_TEXT {
        return Ok(HttpResponse::PayloadTooLarge().finish());
    }
    // A few milliseconds at most, but a thread of the server answers many.
    let partition = Partition::parse(&partition).ok();
    let checked = web::block(move || policy_check::check(&who.0, &policy, partition)).await;
    let checked = checked.map_err(|error| crate::portal::PortalError::Internal(error.to_string()))??;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(Answer {
        size: checked.size,
        limit: LONGEST,
        errors: checked.errors,
        findings: checked.findings.into_iter().map(Told::from).collect(),
    }))
}
