//! Errors as clients of Identity Federation for AWS can show them. Its public documents have none: `message`, `errorMessages`
//! and `errors` are what clients of Atlassian's REST APIs look for; `code` and `requestId` are ours.

use super::{Caller, Problem, detail, fields};

/// `{"message", "errorMessages", "errors", "status", "code", "requestId"}`; `errors` has a sentence for each wrong field.
pub(super) fn json(caller: &Caller, problem: &Problem) -> serde_json::Value {
    let message = detail(problem);
    serde_json::json!({
        "message": message, "errorMessages": [message], "errors": fields(problem), "status": problem.status.as_u16(),
        "code": problem.code, "requestId": caller.request_id,
    })
}
