//! Grants: a directory group may use a connector.

use chrono::{DateTime, Utc};

use super::identity::GroupRef;

/// A group may use a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Our id of it (UUIDv7).
    pub id: String,
    /// The connector.
    pub connector_id: String,
    /// The group.
    pub group: GroupRef,
    /// The group's name when the grant was made, for pages.
    pub group_name: String,
    /// Its DN or the like when the grant was made, for pages.
    pub group_detail: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}
