//! AWS accounts.

use std::collections::HashMap;

use diesel::prelude::*;

use super::schema::accounts;
use super::{DbConnection, StoreError};
use crate::model::account::{Account, COLOURS};
use crate::model::partition::Partition;
use crate::random;

/// Adds an account that is not known yet, with the colour that comes next.
///
/// # Errors
/// Where the database cannot be written.
pub fn ensure(connection: &mut DbConnection, partition: Partition, account_id: &str) -> Result<(), StoreError> {
    let known: i64 = accounts::table
        .filter(accounts::partition.eq(partition.id()))
        .filter(accounts::account_id.eq(account_id))
        .count()
        .get_result(connection)?;
    if known > 0 {
        return Ok(());
    }
    let others: i64 = accounts::table.count().get_result(connection)?;
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(random::id()),
            accounts::partition.eq(partition.id()),
            accounts::account_id.eq(account_id),
            accounts::label.eq(""),
            accounts::colour.eq(i32::try_from(others % i64::from(COLOURS)).unwrap_or(0)),
            accounts::version.eq(1),
        ))
        .execute(connection)?;
    Ok(())
}

/// Names an account and gives it a colour.
///
/// # Errors
/// [`StoreError::NotFound`] where it is not known.
pub fn name(
    connection: &mut DbConnection,
    partition: Partition,
    account_id: &str,
    label: &str,
    colour: u8,
) -> Result<(), StoreError> {
    let changed = diesel::update(
        accounts::table.filter(accounts::partition.eq(partition.id())).filter(accounts::account_id.eq(account_id)),
    )
    .set((
        accounts::label.eq(label),
        accounts::colour.eq(i32::from(colour)),
        accounts::version.eq(accounts::version + 1),
    ))
    .execute(connection)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Every account.
///
/// # Errors
/// Where the database cannot be read.
pub fn all(connection: &mut DbConnection) -> Result<Vec<Account>, StoreError> {
    let rows: Vec<(String, String, String, String, i32)> = accounts::table
        .select((accounts::id, accounts::partition, accounts::account_id, accounts::label, accounts::colour))
        .load(connection)?;
    let account = |(id, partition, account_id, label, colour): (String, String, String, String, i32)| {
        let partition = Partition::parse(&partition).map_err(StoreError::Damaged)?;
        Ok(Account { id, partition, account_id, label, colour: u8::try_from(colour).unwrap_or(0) % COLOURS })
    };
    rows.into_iter().map(account).collect()
}

/// Every account, by (partition, number).
///
/// # Errors
/// Where the database cannot be read.
pub fn by_number(connection: &mut DbConnection) -> Result<HashMap<(String, String), Account>, StoreError> {
    let at = |account: Account| ((account.partition.id().to_owned(), account.account_id.clone()), account);
    Ok(all(connection)?.into_iter().map(at).collect())
}
