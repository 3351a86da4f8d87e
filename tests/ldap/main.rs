//! An LDAP server as a directory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod answers;
mod faults;
mod groups;
mod people;
mod settings;
mod slapd;
mod stand_in;
