//! Connectors as lists show them.

use super::account::Account;
use super::partition::Partition;
use super::principal::PrincipalType;

/// What a list shows of a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Our id of it (UUIDv7).
    pub id: String,
    /// Readable name for URLs and commands.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// One line for the people who use it.
    pub description: String,
    /// Where it leads.
    pub partition: Partition,
    /// Which call it makes.
    pub kind: PrincipalType,
    /// DurationSeconds; `None`: AWS's default.
    pub duration: Option<u32>,
    /// May be used by a program's token.
    pub system_scope: bool,
    /// Disabled connectors issue nothing.
    pub enabled: bool,
    /// Where it leads, where that is known.
    pub account: Option<Account>,
}

impl Summary {
    /// The longest session it gives, in seconds.
    #[must_use]
    pub fn longest(&self) -> u32 {
        self.duration.unwrap_or(self.kind.durations().default)
    }
}
