//! What is said to whoever sends a token that is not taken.

use actix_web::http::StatusCode;

use super::Problem;
use crate::portal::PortalError;
use crate::throttle::WINDOW;

impl Problem {
    /// Of a token's scope, network or rate, and of an address that sends tokens that are none.
    pub(super) fn of_token(error: &PortalError) -> Self {
        use StatusCode as S;
        match error {
            PortalError::TokenScope(part) => Self::new(
                S::FORBIDDEN,
                "token_scope",
                "Not in this token's scope",
                format!(
                    "This API token's scope has no “{}”, or the role of whoever it belongs to does not allow it. Use a token made for it.",
                    part.word()
                ),
            ),
            PortalError::TokenNetwork => Self::new(
                S::FORBIDDEN,
                "token_network",
                "Not from here",
                "This API token is not taken from the address that sent the request. Use it from one of its networks, or make a token for this one.",
            ),
            PortalError::TokenInAddress => Self::new(
                S::BAD_REQUEST,
                "token_in_address",
                "A token in an address",
                "An API token stands in this address, where it stays in histories and logs. Nothing was done. Send it in the Authorization header, and revoke this one.",
            ),
            PortalError::TokenBusy { seconds } => {
                let sentence = "More requests come with this API token, or this name and password, than one may send. Wait, and keep credentials until they are about to end instead of asking for new ones each time.";
                let problem = Self::new(S::TOO_MANY_REQUESTS, "token_busy", "Too many requests", sentence);
                Self { retry_after: Some(*seconds), ..problem }
            }
            _ => {
                let sentence = "This address has sent too many requests without a live API token. Put the right token in, and try again in a quarter of an hour; requests with a live token are answered all the while.";
                let problem = Self::new(S::TOO_MANY_REQUESTS, "too_many", "Too many refused requests", sentence);
                Self { retry_after: u64::try_from(WINDOW.num_seconds()).ok(), ..problem }
            }
        }
    }
}
