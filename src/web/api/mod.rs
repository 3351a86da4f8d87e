//! The API for programs, in its first form.

pub mod access_key_secret;
pub mod container_credentials;
pub mod json;
pub mod tokens;
