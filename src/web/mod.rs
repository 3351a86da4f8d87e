//! The portal over HTTP: the route table, what every request passes, and one file for each page.
//!
//! A request passes, in this order: [`edge`] (request id, host, sizes, same-origin rule, headers), the session
//! ([`session`]), the table's right ([`guard`]), its handler. Whatever goes wrong on the way is rendered once, in [`error`].

pub mod again;
pub mod api;
pub mod assets;
pub mod authorization;
pub mod basic;
pub mod body;
pub mod detour;
pub mod edge;
pub mod entry;
pub mod error;
pub mod flow;
pub mod form;
pub mod frame;
pub mod gone;
pub mod guard;
pub mod health;
pub mod html;
pub mod listing;
pub mod pages;
pub mod policy_field;
pub mod routes;
pub mod seed_api;
pub mod server;
pub mod session;
mod session_store;
pub mod sso;
pub mod stream;
