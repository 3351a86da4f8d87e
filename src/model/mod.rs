//! The words of the field: pure values and their rules. Nothing here reads a clock, a file or the network, and nothing
//! here imports another module of ours.

pub mod access;
pub mod access_key;
pub mod account;
pub mod api_token;
pub mod aws_policy;
pub mod cap;
pub mod connector;
pub mod credentials;
pub mod destination;
pub mod diagnosis;
pub mod envelope;
pub mod event;
pub mod field;
pub mod grant;
pub mod hop;
pub mod identity;
pub mod key_account;
pub mod partition;
pub mod password;
pub mod placeholder;
pub mod policy;
pub mod policy_example;
pub mod principal;
pub mod registry;
pub mod rotation;
pub mod session;
pub mod session_tag;
pub mod shortcut;
pub mod slug;
pub mod source;
pub mod summary;
pub mod totp;

pub use field::{FieldError, FieldErrors};
