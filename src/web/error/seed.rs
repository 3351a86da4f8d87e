//! Errors as clients of Identity Federation for AWS can show them. Its public documents have none: `message`, `errorMessages`
//! and `errors` are what clients of Atlassian's REST APIs look for; `code` and `requestId` are ours.

use super::{Caller, Problem, camel_case, detail};

/// `{"message", "errorMessages", "errors", "status", "code", "requestId"}`; `errors` has a sentence for each wrong field.
pub(super) fn json(caller: &Caller, problem: &Problem) -> serde_json::Value {
    let message = detail(problem);
    let field = |(field, sentence): &(&str, String)| (camel_case(field), sentence.clone().into());
    let fields: serde_json::Map<_, _> =
        problem.fields.iter().filter(|(field, _)| !field.is_empty()).map(field).collect();
    serde_json::json!({
        "message": message, "errorMessages": [message], "errors": fields, "status": problem.status.as_u16(),
        "code": problem.code, "requestId": caller.request_id,
    })
}
