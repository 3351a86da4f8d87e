//! A Crowd server as a directory. No real one can be had, so that the tests have their own, written from Crowd's
//! documentation; `clients` shows that clients which others wrote get along with it.

mod clients;
mod cql;
mod faults;
mod groups;
mod headcount;
mod hostile;
mod people;
mod portal;
pub mod server;
pub mod sessions;
mod settings;
mod sso;
pub mod world;
