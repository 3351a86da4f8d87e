//! AWS accounts.

use std::collections::HashMap;

use diesel::prelude::*;

use super::schema::accounts;
use super::{DbConnection, StoreError};
use crate::model::account::{Account, COLOURS};
use crate::model::connector::Connector;
use crate::model::partition::Partition;
use crate::random;

type Columns = (String, String, String, String, i32);

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
    let named =
        accounts::table.filter(accounts::partition.eq(partition.id())).filter(accounts::account_id.eq(account_id));
    let changed = diesel::update(named)
        .set((
            accounts::label.eq(label),
            accounts::colour.eq(i32::from(colour)),
            accounts::version.eq(accounts::version + 1),
        ))
        .execute(connection)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// The accounts that connectors lead into, by (partition, number): a list of a few connectors reads a few accounts.
///
/// # Errors
/// Where the database cannot be read.
pub fn of_connectors(
    connection: &mut DbConnection,
    connectors: &[Connector],
) -> Result<HashMap<(String, String), Account>, StoreError> {
    let mut numbers: Vec<&str> = connectors.iter().filter_map(|connector| connector.account_id.as_deref()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let rows: Vec<Columns> = accounts::table
        .filter(accounts::partition.eq_any(Partition::ALL.map(Partition::id)))
        .filter(accounts::account_id.eq_any(numbers))
        .select((accounts::id, accounts::partition, accounts::account_id, accounts::label, accounts::colour))
        .load(connection)?;
    let at = |account: Account| ((account.partition.id().to_owned(), account.account_id.clone()), account);
    rows.into_iter().map(|row| Ok(at(account(row)?))).collect()
}

fn account((id, partition, account_id, label, colour): Columns) -> Result<Account, StoreError> {
    let partition = Partition::parse(&partition).map_err(StoreError::Damaged)?;
    Ok(Account { id, partition, account_id, label, colour: u8::try_from(colour).unwrap_or(0) % COLOURS })
}
