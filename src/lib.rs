//! Daypass.
pub mod clock;
pub mod keyring;
pub mod model;
pub mod random;
pub mod sandbox;
pub mod store;
