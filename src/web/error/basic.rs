//! What is said to whoever sends name and password with a request and is not let in.

use actix_web::http::StatusCode;

use super::Problem;
use crate::portal::basic::NotTaken;

impl Problem {
    /// Of a connector that is asked for by a number.
    pub(super) fn numeric_id() -> Self {
        let sentence = "Connectors have no numbers any more: GET …/connectors lists each with its GUID as “id”, which is what the first version had as “id2”.";
        Self::new(StatusCode::NOT_FOUND, "numeric_id", "No such connector", sentence)
    }

    /// Of basic authentication.
    pub(super) fn of_basic(not_taken: NotTaken) -> Self {
        let (status, code, title, sentence) = match not_taken {
            NotTaken::Off => (
                StatusCode::UNAUTHORIZED,
                "basic_off",
                "Not with a password",
                "Basic authentication is switched off here, so name and password were not looked at. Send an API token as “Authorization: Bearer …”, or ask an administrator to switch it on (basic_auth in [seed_api]).",
            ),
            NotTaken::Insecure => (
                StatusCode::UNAUTHORIZED,
                "basic_insecure",
                "Not over plain http",
                "Name and password came over plain http, where others can read them, so they were not looked at. Use the https address. An administrator whose reverse proxy speaks https names it in server.trusted_proxies.",
            ),
            NotTaken::Network => (
                StatusCode::FORBIDDEN,
                "basic_network",
                "Not from here",
                "Basic authentication is not taken from the address that sent the request. Send an API token as “Authorization: Bearer …”, or send the request from one of the networks of [seed_api].",
            ),
            NotTaken::Wrong => (
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "Who are you?",
                "This name and password do not go together, or may not be used here. Check both; after several tries, wait a quarter of an hour.",
            ),
        };
        Self::new(status, code, title, sentence)
    }
}
