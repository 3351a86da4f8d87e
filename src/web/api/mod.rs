//! The API for programs, in its first form.

pub mod access_key_secret;
pub mod container_credentials;
pub mod in_address;
pub mod json;
