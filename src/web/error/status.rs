//! What is said about a bare status.

use actix_web::http::StatusCode;

use super::Problem;

impl Problem {
    /// Several connectors for one thing, by name.
    pub(super) fn ambiguous(names: &[String]) -> Self {
        let names: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
        let sentence = format!(
            "Several connectors that you may use lead to this role: {}. Ask for the credentials of the one that you mean.",
            names.join(", ")
        );
        Self::new(StatusCode::CONFLICT, "ambiguous", "Several fit", sentence)
    }

    /// An `Idempotency-Key` that stands for something else already.
    pub(super) fn key_reused() -> Self {
        let sentence = "This Idempotency-Key came with another request of this token within the last day, so nothing was made. Use a new key for each thing that is to be made; send a request again as it was.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", "A key for something else", sentence)
    }

    /// An edit by the API that names no version, or not the newest.
    fn of_version(status: StatusCode) -> Self {
        if status == StatusCode::PRECONDITION_REQUIRED {
            let sentence = "Send If-Match with the ETag that a GET gave, so that nobody else's change is lost.";
            return Self::new(status, "if_match_missing", "Which version?", sentence);
        }
        let sentence = "If-Match does not name the newest version. Get it again, and repeat the change with its ETag.";
        Self::new(status, "stale", "Changed in the meantime", sentence)
    }

    /// Still needed by these.
    pub(super) fn in_use(by: &[String]) -> Self {
        let by = if by.is_empty() { "other entries".to_owned() } else { by.join(", ") };
        let sentence = format!("It is still used by {by}. Change or remove these first.");
        Self::new(StatusCode::CONFLICT, "in_use", "Still in use", sentence)
    }

    /// What to say about a status that came from below us: a wrong method, a body that is too long.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new(status, "method_not_allowed", "Not that way", "This address does not take that method.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(
                status,
                "too_large",
                "Too much at once",
                "What was sent is longer than this form takes. Shorten it and send it again.",
            ),
            StatusCode::REQUEST_TIMEOUT => Self::new(
                status,
                "too_slow",
                "Too slow",
                "What was sent did not arrive whole within ten seconds, so nothing was done. Send it again.",
            ),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::new(
                status,
                "headers_too_large",
                "Too many headers",
                "The request's headers are longer than 16 KiB. Clear this site's cookies and try again.",
            ),
            StatusCode::MISDIRECTED_REQUEST => Self::new(
                status,
                "misdirected",
                "Another address",
                "This server answers only at the address that its administrator set as server.public_url.",
            ),
            StatusCode::FORBIDDEN => Self::new(
                status,
                "cross_site",
                "Sent from elsewhere",
                "This request did not come from a page of Daypass. Open the page here and try again.",
            ),
            StatusCode::UNAUTHORIZED => Self::new(
                status,
                "unauthorized",
                "Who are you?",
                "Sign in, or send a live API token in the Authorization header.",
            ),
            StatusCode::PRECONDITION_FAILED | StatusCode::PRECONDITION_REQUIRED => Self::of_version(status),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::new(status, "media_type", "Not a form", "Send the form as application/x-www-form-urlencoded.")
            }
            status if status.is_client_error() => Self::new(
                status,
                "bad_request",
                "Not understood",
                "The request could not be understood. Go back and try again.",
            ),
            _ => Self::internal(),
        }
    }
}
