//! Calling AWS: STS for temporary credentials, the federation endpoint for console sign-ins.
//!
//! Hosts come from the partition table or the configuration, never from a caller.

pub mod client;
pub mod console;
pub mod endpoints;
pub mod error;
pub mod issuer;
mod outbound;
mod regions;
mod sdk;
mod sts;
mod surroundings;

pub use client::{Clients, KeyPair, Signer};
pub use console::Federation;
pub use endpoints::Endpoints;
pub use error::AwsError;
pub use issuer::{Caller, Issued};
pub use outbound::{Outbound, Proxy};
pub use sdk::Sdk;
pub use sts::StsClient;
