//! The API for programs. One file for each noun; [`openapi`] makes the document of all of them.

pub mod access_key_secret;
pub mod access_keys;
pub mod accounts;
pub mod connectors;
pub mod console;
pub mod container_credentials;
pub mod credentials;
pub mod fields;
pub mod grants;
pub mod json;
pub mod once;
pub mod openapi;
pub mod paging;
pub mod policy_examples;
pub mod registries;
pub mod tokens;
pub mod usage_log;
pub mod versions;
