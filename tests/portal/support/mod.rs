//! The portal under test, and people as values that make requests.

mod app;
mod page;
mod person;
pub mod sql;
pub mod world;

pub use app::{Database, TestApp, peer};
pub use page::Page;
pub use person::Person;
