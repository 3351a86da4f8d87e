//! Daypass.
pub mod clock;
pub mod random;
pub mod sandbox;
pub mod web;
