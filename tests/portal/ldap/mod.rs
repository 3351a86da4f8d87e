//! An LDAP server as a directory.

mod answers;
mod attributes;
mod dirsrv;
mod faults;
mod groups;
mod headcount;
mod hostile;
mod nested;
mod others;
mod people;
mod samba;
mod settings;
mod several;
pub mod slapd;
pub mod stand_in;
