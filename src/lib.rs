//! Daypass.
pub mod app;
pub mod aws;
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
