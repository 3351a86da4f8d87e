//! How somebody comes to be in a group.

use crate::model::identity::Group;

/// A group of a person, and the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group: Group,
    /// The names of the groups through which, the one that the person is a member of first; empty where they are in it
    /// themselves, by their primary group, or where only the server knows the way.
    pub via: Vec<String>,
}
