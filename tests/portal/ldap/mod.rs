//! An LDAP server as a directory.

mod answers;
mod attributes;
mod faults;
mod groups;
mod people;
mod settings;
pub mod slapd;
pub mod stand_in;
