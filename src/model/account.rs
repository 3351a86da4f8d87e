//! AWS accounts, as a thing of their own.

use super::partition::Partition;

/// How many colours accounts are told apart by (always beside a label, never alone).
pub const COLOURS: u8 = 8;

/// An AWS account that a connector leads into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Our id of it (UUIDv7).
    pub id: String,
    /// Where it lies.
    pub partition: Partition,
    /// The 12 digits.
    pub account_id: String,
    /// What people call it; empty where nobody has named it.
    pub label: String,
    /// One of [`COLOURS`].
    pub colour: u8,
}

impl Account {
    /// The label, else the digits.
    #[must_use]
    pub fn name(&self) -> String {
        if self.label.is_empty() { grouped(&self.account_id) } else { self.label.clone() }
    }
}

/// `123456789012` as `1234-5678-9012`, as AWS's own pages show it; anything else unchanged.
#[must_use]
pub fn grouped(account_id: &str) -> String {
    match (account_id.get(..4), account_id.get(4..8), account_id.get(8..)) {
        (Some(a), Some(b), Some(c)) if account_id.len() == 12 => format!("{a}-{b}-{c}"),
        _ => account_id.to_owned(),
    }
}
