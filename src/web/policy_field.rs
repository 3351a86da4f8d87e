//! The field of a session policy, as `templates/parts/policy.html` shows it.

use crate::model::partition::Partition;
use crate::model::policy::{Finding, LONGEST, check};

/// What stands around the text of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyField {
    /// What is to be said of the text; nothing of an empty one.
    pub findings: Vec<Finding>,
    /// Its length as AWS counts it, in characters.
    pub size: usize,
    /// The longest that AWS takes.
    pub limit: usize,
    /// The partition that its ARNs should name; empty where nobody knows yet.
    pub partition: &'static str,
}

impl PolicyField {
    /// The field with `text` in it.
    #[must_use]
    pub fn of(text: &str, partition: Option<Partition>) -> Self {
        let partition_id = partition.map_or("", Partition::id);
        if text.trim().is_empty() {
            return Self { limit: LONGEST, partition: partition_id, ..Self::default() };
        }
        let checked = check(text, partition);
        Self { findings: checked.findings, size: checked.size, limit: LONGEST, partition: partition_id }
    }
}
