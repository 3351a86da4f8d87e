//! The API for programs, in its first form.

pub mod container_credentials;
