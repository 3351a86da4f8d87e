//! Numbers that change with what they stand for: triggers change them, in the very transaction that changes the rows.

use diesel::prelude::*;

use super::schema::generations;
use super::{DbConnection, StoreError};

/// What a number stands for. While it stands, so do they.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// What lists of connectors are made of: connectors, grants and accounts.
    Access,
    /// What a use is decided on and made with: connectors and their slugs, grants, access keys, API tokens.
    Uses,
}

/// The number as it is now.
///
/// # Errors
/// Where the database cannot be read.
pub fn number(connection: &mut DbConnection, of: Generation) -> Result<i64, StoreError> {
    let name = match of {
        Generation::Access => "access",
        Generation::Uses => "uses",
    };
    Ok(directly!(connection, |database| generations::table
        .find(name)
        .select(generations::number)
        .get_result(database))?)
}
