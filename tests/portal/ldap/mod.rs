//! An LDAP server as a directory.

mod answers;
mod faults;
mod groups;
mod people;
mod settings;
mod slapd;
mod stand_in;
