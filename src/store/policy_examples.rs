//! Policy examples that administrators insert into connectors.

use diesel::prelude::*;

use super::schema::policy_examples;
use super::{DbConnection, StoreError};
use crate::random;

/// A policy, or the ARN of one, to start from.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = policy_examples)]
pub struct PolicyExample {
    /// Our id of it (UUIDv7).
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it allows.
    pub description: String,
    /// `policy` or `policy_arn`.
    pub kind: String,
    /// The policy, or the ARN.
    pub text: String,
}

/// Every example, in the order in which they are shown.
///
/// # Errors
/// Where the database cannot be read.
pub fn all(connection: &mut DbConnection) -> Result<Vec<PolicyExample>, StoreError> {
    let examples = policy_examples::table.order((policy_examples::position, policy_examples::name));
    Ok(examples.select(PolicyExample::as_select()).load(connection)?)
}

/// Adds examples (name, description, kind, text) where there are none at all.
///
/// # Errors
/// Where the database cannot be written.
pub fn ship(connection: &mut DbConnection, shipped: &[(&str, &str, &str, &str)]) -> Result<(), StoreError> {
    let there: i64 = policy_examples::table.count().get_result(connection)?;
    if there > 0 {
        return Ok(());
    }
    for (position, (name, description, kind, text)) in (0_i32..).zip(shipped) {
        diesel::insert_into(policy_examples::table)
            .values((
                policy_examples::id.eq(random::id()),
                policy_examples::name.eq(name),
                policy_examples::description.eq(description),
                policy_examples::kind.eq(kind),
                policy_examples::text.eq(text),
                policy_examples::position.eq(position),
                policy_examples::version.eq(1),
            ))
            .execute(connection)?;
    }
    Ok(())
}
