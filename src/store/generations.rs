//! Numbers that change with what they stand for: triggers change them, in the very transaction that changes the rows.

use diesel::prelude::*;

use super::schema::generations;
use super::{DbConnection, StoreError};

/// The number of what lists of connectors are made of: connectors, grants and accounts. While it stands, so do they.
///
/// # Errors
/// Where the database cannot be read.
pub fn access(connection: &mut DbConnection) -> Result<i64, StoreError> {
    Ok(directly!(connection, |database| generations::table
        .find("access")
        .select(generations::number)
        .get_result(database))?)
}
