//! AWS accounts.

use std::collections::HashMap;

use diesel::prelude::*;

use super::schema::{access_keys, accounts, connectors};
use super::{DbConnection, StoreError};
use crate::model::account::{About, Account, COLOURS};
use crate::model::connector::Connector;
use crate::model::partition::Partition;
use crate::random;

/// An account's row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub(super) struct Row {
    id: String,
    partition: String,
    account_id: String,
    label: String,
    colour: i32,
    version: i32,
    owner: String,
    contact: String,
    note: String,
}

impl Row {
    /// The account, or what is wrong with its row.
    pub(super) fn account(self) -> Result<Account, String> {
        let colour = u8::try_from(self.colour).unwrap_or(0) % COLOURS;
        let (label, owner, contact, note) = (self.label, self.owner, self.contact, self.note);
        Ok(Account {
            id: self.id,
            partition: Partition::parse(&self.partition)?,
            account_id: self.account_id,
            about: About { label, colour, owner, contact, note },
            version: self.version,
        })
    }
}

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
            accounts::owner.eq(""),
            accounts::contact.eq(""),
            accounts::note.eq(""),
        ))
        .execute(connection)?;
    Ok(())
}

/// Every account, as the database has them.
///
/// # Errors
/// Where the database cannot be read.
pub fn all(connection: &mut DbConnection) -> Result<Vec<Account>, StoreError> {
    let rows: Vec<Row> =
        accounts::table.select(Row::as_select()).order((accounts::account_id, accounts::partition)).load(connection)?;
    rows.into_iter().map(|row| row.account().map_err(StoreError::Damaged)).collect()
}

/// The account with this id of ours.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Account, StoreError> {
    let row: Row = accounts::table.find(id).select(Row::as_select()).get_result(connection)?;
    row.account().map_err(StoreError::Damaged)
}

/// The account with this number.
///
/// # Errors
/// As [`find`].
pub fn numbered(connection: &mut DbConnection, partition: Partition, account_id: &str) -> Result<Account, StoreError> {
    let numbered =
        accounts::table.filter(accounts::partition.eq(partition.id())).filter(accounts::account_id.eq(account_id));
    let row: Row = numbered.select(Row::as_select()).get_result(connection)?;
    row.account().map_err(StoreError::Damaged)
}

/// Saves what is said of an account that is still as it was read, as its next version.
///
/// # Errors
/// [`StoreError::Stale`] where it is not; [`StoreError::NotFound`].
pub fn describe(connection: &mut DbConnection, id: &str, version: i32, about: &About) -> Result<(), StoreError> {
    let unchanged = accounts::table.find(id).filter(accounts::version.eq(version));
    let changed = diesel::update(unchanged)
        .set((
            accounts::label.eq(&about.label),
            accounts::colour.eq(i32::from(about.colour)),
            accounts::owner.eq(&about.owner),
            accounts::contact.eq(&about.contact),
            accounts::note.eq(&about.note),
            accounts::version.eq(version.saturating_add(1)),
        ))
        .execute(connection)?;
    if changed == 0 { Err(missing_or_stale(connection, id)) } else { Ok(()) }
}

/// Removes an account that nothing uses and that is still as it was read.
///
/// # Errors
/// [`StoreError::InUse`] with the names of what uses it; [`StoreError::Stale`]; [`StoreError::NotFound`].
pub fn delete(connection: &mut DbConnection, id: &str, version: i32) -> Result<(), StoreError> {
    let account = find(connection, id)?;
    let uses = uses(connection, &account)?;
    let names: Vec<String> = uses.connectors.into_iter().chain(uses.access_keys).map(|(_, name)| name).collect();
    if !names.is_empty() {
        return Err(StoreError::InUse(names));
    }
    let unchanged = accounts::table.find(id).filter(accounts::version.eq(version));
    match diesel::delete(unchanged).execute(connection)? {
        0 => Err(missing_or_stale(connection, id)),
        _ => Ok(()),
    }
}

fn missing_or_stale(connection: &mut DbConnection, id: &str) -> StoreError {
    find(connection, id).map_or_else(|error| error, |_| StoreError::Stale)
}

/// What uses an account, as (id, name), by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Connectors that lead into it.
    pub connectors: Vec<(String, String)>,
    /// Access keys that belong to it.
    pub access_keys: Vec<(String, String)>,
}

/// What uses an account.
///
/// # Errors
/// Where the database cannot be read.
pub fn uses(connection: &mut DbConnection, account: &Account) -> Result<Uses, StoreError> {
    let connectors = connectors::table
        .filter(connectors::partition.eq(account.partition.id()))
        .filter(connectors::account_id.eq(&account.account_id))
        .order(connectors::name_folded)
        .select((connectors::id, connectors::name))
        .load(connection)?;
    let access_keys = access_keys::table
        .filter(access_keys::partition.eq(account.partition.id()))
        .filter(access_keys::account_id.eq(&account.account_id))
        .order(access_keys::name_folded)
        .select((access_keys::id, access_keys::name))
        .load(connection)?;
    Ok(Uses { connectors, access_keys })
}

/// How many connectors lead into an account, and how many access keys belong to it.
pub type Counts = (i64, i64);

/// [`Counts`] of every account that has any, by (partition, number).
///
/// # Errors
/// Where the database cannot be read.
pub fn counts(connection: &mut DbConnection) -> Result<HashMap<(String, String), Counts>, StoreError> {
    type Grouped = Vec<(String, Option<String>, i64)>;
    let of_connectors: Grouped = connectors::table
        .group_by((connectors::partition, connectors::account_id))
        .select((connectors::partition, connectors::account_id, diesel::dsl::count_star()))
        .load(connection)?;
    let of_keys: Grouped = access_keys::table
        .group_by((access_keys::partition, access_keys::account_id))
        .select((access_keys::partition, access_keys::account_id, diesel::dsl::count_star()))
        .load(connection)?;
    let mut counts: HashMap<(String, String), Counts> = HashMap::new();
    for (partition, account_id, count) in of_connectors {
        counts.entry((partition, account_id.unwrap_or_default())).or_default().0 = count;
    }
    for (partition, account_id, count) in of_keys {
        counts.entry((partition, account_id.unwrap_or_default())).or_default().1 = count;
    }
    Ok(counts)
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
    let rows: Vec<Row> = accounts::table
        .filter(accounts::partition.eq_any(Partition::ALL.map(Partition::id)))
        .filter(accounts::account_id.eq_any(numbers))
        .select(Row::as_select())
        .load(connection)?;
    let at = |account: Account| ((account.partition.id().to_owned(), account.account_id.clone()), account);
    rows.into_iter().map(|row| Ok(at(row.account().map_err(StoreError::Damaged)?))).collect()
}
