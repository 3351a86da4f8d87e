//! One file per page, named as its template.
pub mod access_key;
pub mod access_keys;
pub mod connector;
pub mod connectors;
pub mod console;
pub mod credentials;
pub mod delete;
pub mod error;
pub mod my_access;
pub mod permissions;
pub mod policy_examples;
pub mod setup;
pub mod sign_in;
pub mod system;
pub mod usage_event;
pub mod usage_log;
