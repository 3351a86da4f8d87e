//! Policy examples: the ones that ship.

use super::{PortalError, Who};
use crate::app::App;
use crate::store::policy_examples::{self, PolicyExample};

/// Name, what it allows, kind, text. Each is tried against an emulator that enforces session policies.
pub const SHIPPED: [(&str, &str, &str, &str); 6] = [
    (
        "Look only",
        "AWS's own ReadOnlyAccess: look at everything, change nothing.",
        "policy_arn",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
    ),
    (
        "Read one bucket",
        "List and read one S3 bucket. Put the bucket's name in place of EXAMPLE-BUCKET.",
        "policy",
        include_str!("policy_examples/read-one-bucket.json"),
    ),
    (
        "Start and stop instances",
        "Look at EC2 and start or stop instances that carry the tag Daypass = allowed.",
        "policy",
        include_str!("policy_examples/start-stop-instances.json"),
    ),
    (
        "One region only",
        "Everything the role or user may, but in eu-central-1 alone (services without a region stay open).",
        "policy",
        include_str!("policy_examples/one-region.json"),
    ),
    (
        "Everything but IAM",
        "Everything the role or user may, but nothing of IAM, Organizations and account settings.",
        "policy",
        include_str!("policy_examples/everything-but-iam.json"),
    ),
    ("Billing", "Look at bills, budgets and cost reports.", "policy", include_str!("policy_examples/billing.json")),
];

/// Puts the shipped examples into a database that has none.
///
/// # Errors
/// Where the database cannot be written.
pub async fn ship(app: &App) -> Result<(), PortalError> {
    let write = app.database.write(|connection| Ok((policy_examples::ship(connection, &SHIPPED)?, Vec::new())));
    Ok(write.await?)
}

/// Every example, in the order in which they are shown.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn list(app: &App, who: &Who) -> Result<Vec<PolicyExample>, PortalError> {
    who.administrator()?;
    Ok(app.database.read(policy_examples::all).await?)
}
