//! Daypass, a self-hosted AWS identity broker: people and programs get temporary AWS credentials, or a one-click console
//! sign-in, from the directory groups they are already in; the long-term keys stay sealed.
//!
//! A request enters at the left; data comes back as a view. A module imports only what stands to its right:
//!
//! ```text
//! main ─▶ cli ─▶ web ─▶ portal ─▶ app ─▶ directory · keyring · aws · store · throttle ─▶ model
//!         commands HTTP   use case  parts  who?        seal      STS   remember  count      words
//! ```
//!
//! The parts do not import each other, but for `directory`, which may import `store`; `model` imports none of our
//! modules; `config`, `clock` and `random` are leaves that anyone may read. `sandbox`, the AWS stand-in, is a leaf that only
//! commands and tests import.

pub mod app;
pub mod aws;
pub mod cli;
pub mod clock;
pub mod config;
pub mod directory;
pub mod keyring;
pub mod model;
pub mod portal;
pub mod random;
pub mod sandbox;
pub mod store;
pub mod throttle;
pub mod web;
