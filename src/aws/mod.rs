//! Calling AWS: STS for temporary credentials, the federation endpoint for console sign-ins, ECR and CodeArtifact for
//! log-ins to registries, IAM for rotating keys.
//!
//! Hosts come from the partition table or the configuration, never from a caller.

pub mod client;
pub mod console;
pub mod endpoints;
pub mod error;
pub mod iam;
pub mod issuer;
pub mod kms;
mod outbound;
mod regions;
pub mod registries;
mod sdk;
mod sts;
mod surroundings;

pub use client::{Clients, KeyPair, Signer};
pub use console::Federation;
pub use endpoints::Endpoints;
pub use error::AwsError;
pub use iam::Iam;
pub use issuer::{Caller, Issued};
pub use kms::Kms;
pub use outbound::{Outbound, Proxy};
pub use registries::Registries;
pub use sdk::Sdk;
pub use sts::StsClient;
