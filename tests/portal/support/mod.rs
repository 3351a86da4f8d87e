//! The portal under test, and people as values that make requests.

mod app;
mod browser;
mod demo;
mod look;
mod page;
mod person;
pub mod program;
pub mod served;
pub mod sql;
mod tls;
pub mod world;

pub use app::{Database, PASSWORD, TestApp, peer};
pub use browser::Browser;
pub use demo::Demo;
pub use page::Page;
pub use person::Person;
pub use program::{Ended, Program};
pub use tls::TlsFront;
