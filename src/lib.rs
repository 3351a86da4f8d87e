//! Daypass.
pub mod clock;
pub mod model;
pub mod random;
pub mod sandbox;
pub mod store;
