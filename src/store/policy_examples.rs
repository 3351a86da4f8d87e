//! Policy examples that administrators wrote, and which of the shipped ones they hid.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::{hidden_examples, policy_examples};
use super::{DbConnection, StoreError, time};
use crate::model::connector::folded;
use crate::model::policy_example::{ExampleKind, PolicyExample};

/// An example that an administrator wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Our id of it (UUIDv7).
    pub id: String,
    /// What it says.
    pub example: PolicyExample,
    /// Counts its changes.
    pub version: i32,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = policy_examples)]
struct Row {
    id: String,
    kind: String,
    name: String,
    description: String,
    text: String,
    version: i32,
    updated_at: i64,
}

impl TryFrom<Row> for Kept {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let wrong = |sentence: String| StoreError::Damaged(format!("policy example {}: {sentence}", row.id));
        let kind = ExampleKind::parse(&row.kind).map_err(wrong)?;
        let example = PolicyExample { kind, name: row.name, description: row.description, text: row.text };
        Ok(Self { id: row.id, example, version: row.version, updated_at: time::from(row.updated_at) })
    }
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = policy_examples)]
struct Saved<'a> {
    kind: &'a str,
    name: &'a str,
    name_folded: String,
    description: &'a str,
    text: &'a str,
    version: i32,
    updated_at: i64,
}

impl<'a> Saved<'a> {
    fn of(kept: &'a Kept, version: i32) -> Self {
        Self {
            kind: kept.example.kind.word(),
            name: &kept.example.name,
            name_folded: folded(&kept.example.name),
            description: &kept.example.description,
            text: &kept.example.text,
            version,
            updated_at: kept.updated_at.timestamp_millis(),
        }
    }
}

/// Every example that administrators wrote, by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn all(connection: &mut DbConnection) -> Result<Vec<Kept>, StoreError> {
    let examples = policy_examples::table.order((policy_examples::name_folded, policy_examples::kind));
    let rows: Vec<Row> = examples.select(Row::as_select()).load(connection)?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// How many there are.
///
/// # Errors
/// Where the database cannot be read.
pub fn count(connection: &mut DbConnection) -> Result<usize, StoreError> {
    let count: i64 = policy_examples::table.count().get_result(connection)?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// The example with this id.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Kept, StoreError> {
    let row: Row = policy_examples::table.find(id).select(Row::as_select()).get_result(connection)?;
    row.try_into()
}

/// Adds an example.
///
/// # Errors
/// [`StoreError::Taken`] where another of its kind has its name.
pub fn insert(connection: &mut DbConnection, kept: &Kept) -> Result<(), StoreError> {
    diesel::insert_into(policy_examples::table)
        .values((policy_examples::id.eq(&kept.id), Saved::of(kept, kept.version)))
        .execute(connection)?;
    Ok(())
}

/// Saves an example that is still as it was read, as its next version.
///
/// # Errors
/// [`StoreError::Stale`] where it is not; [`StoreError::NotFound`]; [`StoreError::Taken`] as [`insert`].
pub fn update(connection: &mut DbConnection, kept: &Kept) -> Result<(), StoreError> {
    let unchanged = policy_examples::table.find(&kept.id).filter(policy_examples::version.eq(kept.version));
    let saved = Saved::of(kept, kept.version.saturating_add(1));
    match diesel::update(unchanged).set(saved).execute(connection)? {
        0 => Err(missing_or_stale(connection, &kept.id)),
        _ => Ok(()),
    }
}

/// Removes an example that is still as it was read.
///
/// # Errors
/// As [`update`].
pub fn delete(connection: &mut DbConnection, id: &str, version: i32) -> Result<(), StoreError> {
    let unchanged = policy_examples::table.find(id).filter(policy_examples::version.eq(version));
    match diesel::delete(unchanged).execute(connection)? {
        0 => Err(missing_or_stale(connection, id)),
        _ => Ok(()),
    }
}

fn missing_or_stale(connection: &mut DbConnection, id: &str) -> StoreError {
    find(connection, id).map_or_else(|error| error, |_| StoreError::Stale)
}

/// The ids of the shipped examples that are hidden.
///
/// # Errors
/// Where the database cannot be read.
pub fn hidden(connection: &mut DbConnection) -> Result<Vec<String>, StoreError> {
    Ok(hidden_examples::table.select(hidden_examples::id).order(hidden_examples::id).load(connection)?)
}

/// Hides a shipped example, or shows it again. Says whether that changed anything.
///
/// # Errors
/// Where the database cannot be written.
pub fn hide(connection: &mut DbConnection, id: &str, hide: bool) -> Result<bool, StoreError> {
    let is_hidden = hidden(connection)?.iter().any(|hidden| hidden == id);
    if is_hidden == hide {
        return Ok(false);
    }
    if hide {
        diesel::insert_into(hidden_examples::table).values(hidden_examples::id.eq(id)).execute(connection)?;
    } else {
        diesel::delete(hidden_examples::table.find(id)).execute(connection)?;
    }
    Ok(true)
}
