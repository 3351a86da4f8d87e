//! What is said where AWS gave nothing.

use std::time::Duration;

use actix_web::http::StatusCode;

use super::{Problem, RETRY_AFTER_SECONDS};
use crate::aws::AwsError;
use crate::model::diagnosis::Diagnosis;

impl Problem {
    /// To everybody: AWS's own words, and a sentence on what to do.
    pub(super) fn aws(error: &AwsError) -> Self {
        Self::of_aws(error, error.advice())
    }

    /// To administrators: with the likely cause, and the way to the connector, whose test shows what to paste where.
    pub(super) fn explained(error: &AwsError, diagnosis: &Diagnosis, connector: &str) -> Self {
        let paste = if diagnosis.policies.is_empty() {
            ""
        } else {
            " The connector's test, on its page, shows the policies to paste."
        };
        let mut problem = Self::of_aws(error, &format!("{} {}{paste}", diagnosis.cause, diagnosis.fix));
        problem.links.insert(0, ("Test the connector".to_owned(), format!("/admin/connectors/{connector}/test")));
        problem
    }

    /// To whoever waits no longer, while AWS is still asked.
    pub(super) fn late(deadline: Duration) -> Self {
        let sentence = format!(
            "AWS did not answer within {deadline:?}, which is about as long as an SDK waits. Daypass goes on asking; ask again in a second."
        );
        let problem = Self::new(StatusCode::GATEWAY_TIMEOUT, "deadline", "AWS takes its time", sentence);
        Self { retry_after: Some(1), ..problem }
    }

    fn of_aws(error: &AwsError, advice: &str) -> Self {
        let (status, title) = match error.cause() {
            AwsError::Refused { .. } | AwsError::Garbled(_) | AwsError::AtRole { .. } | AwsError::AtService { .. } => {
                (StatusCode::BAD_GATEWAY, "AWS refused")
            }
            AwsError::Busy { .. } | AwsError::Unreachable(_) | AwsError::Setup { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "AWS gives nothing")
            }
            AwsError::CodeUsed { .. } => (StatusCode::SERVICE_UNAVAILABLE, "Try again in a moment"),
            AwsError::TimedOut => (StatusCode::GATEWAY_TIMEOUT, "AWS does not answer"),
        };
        let mut problem = Self::new(status, "aws", title, format!("{error}. {advice}"));
        problem.retry_after = match error.cause() {
            AwsError::CodeUsed { seconds } => Some(u64::try_from(*seconds).unwrap_or_default().max(1)),
            cause => cause.may_pass_by_itself().then_some(RETRY_AFTER_SECONDS),
        };
        problem.details.push(("AWS's code".to_owned(), error.code().to_owned()));
        problem.details.extend(error.request_id().map(|id| ("AWS's request id".to_owned(), id.to_owned())));
        problem
    }
}
