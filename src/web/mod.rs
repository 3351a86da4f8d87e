//! The portal over HTTP.
pub mod assets;
pub mod frame;
pub mod html;
pub mod pages;
