//! A session policy checked while it is typed: nothing is issued, saved or written down.

use super::{PortalError, Who};
use crate::model::api_token::Part;
use crate::model::partition::Partition;
use crate::model::policy::{self, Checked};

/// What is wrong with a policy; ARNs of another partition than the one named are odd.
///
/// # Errors
/// Where the caller does not administer.
pub fn check(who: &Who, text: &str, partition: Option<Partition>) -> Result<Checked, PortalError> {
    who.reach(Part::PolicyExamples)?;
    Ok(policy::check(text, partition))
}
