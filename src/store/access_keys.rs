//! Access keys, their secrets sealed.

use diesel::prelude::*;

use super::schema::{access_keys, connectors};
use super::{DbConnection, StoreError, time};
use crate::model::access_key::{AccessKey, KeyState, Validated};
use crate::model::connector::folded;
use crate::model::partition::Partition;

#[derive(Queryable, Selectable)]
#[diesel(table_name = access_keys)]
struct Row {
    id: String,
    name: String,
    partition: String,
    key_id: String,
    note: String,
    account_id: Option<String>,
    arn: Option<String>,
    validated_at: Option<i64>,
    state: String,
    version: i32,
    updated_at: i64,
}

impl TryFrom<Row> for AccessKey {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let validated = match (row.account_id, row.arn, row.validated_at) {
            (Some(account_id), Some(arn), Some(at)) => Some(Validated { account_id, arn, at: time::from(at) }),
            _ => None,
        };
        Ok(Self {
            id: row.id,
            name: row.name,
            partition: Partition::parse(&row.partition).map_err(StoreError::Damaged)?,
            key_id: row.key_id,
            note: row.note,
            validated,
            state: KeyState::parse(&row.state),
            version: row.version,
            updated_at: time::from(row.updated_at),
        })
    }
}

/// Every access key, by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn all(connection: &mut DbConnection) -> Result<Vec<AccessKey>, StoreError> {
    let rows: Vec<Row> =
        access_keys::table.select(Row::as_select()).order(access_keys::name_folded).load(connection)?;
    rows.into_iter().map(AccessKey::try_from).collect()
}

/// One access key.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<AccessKey, StoreError> {
    access_keys::table.find(id).select(Row::as_select()).get_result::<Row>(connection)?.try_into()
}

/// One access key with its sealed secret.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn find_sealed(connection: &mut DbConnection, id: &str) -> Result<(AccessKey, Vec<u8>), StoreError> {
    let (row, secret): (Row, Vec<u8>) =
        access_keys::table.find(id).select((Row::as_select(), access_keys::secret)).get_result(connection)?;
    Ok((row.try_into()?, secret))
}

/// The sealed secrets of all keys, as (id, blob).
///
/// # Errors
/// Where the database cannot be read.
pub fn sealed(connection: &mut DbConnection) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    Ok(access_keys::table.select((access_keys::id, access_keys::secret)).load(connection)?)
}

/// Adds an access key.
///
/// # Errors
/// [`StoreError::Taken`] where the name is.
pub fn insert(connection: &mut DbConnection, key: &AccessKey, secret: &[u8]) -> Result<(), StoreError> {
    let validated = key.validated.as_ref();
    diesel::insert_into(access_keys::table)
        .values((
            access_keys::id.eq(&key.id),
            access_keys::name.eq(&key.name),
            access_keys::name_folded.eq(folded(&key.name)),
            access_keys::partition.eq(key.partition.id()),
            access_keys::key_id.eq(&key.key_id),
            access_keys::secret.eq(secret),
            access_keys::note.eq(&key.note),
            access_keys::account_id.eq(validated.map(|v| &v.account_id)),
            access_keys::arn.eq(validated.map(|v| &v.arn)),
            access_keys::validated_at.eq(validated.map(|v| v.at.timestamp_millis())),
            access_keys::state.eq(key.state.word()),
            access_keys::version.eq(1),
            access_keys::created_at.eq(key.updated_at.timestamp_millis()),
            access_keys::updated_at.eq(key.updated_at.timestamp_millis()),
        ))
        .execute(connection)?;
    Ok(())
}

/// Saves an access key over the version that was read; the secret too, where a new one was typed.
///
/// # Errors
/// [`StoreError::Stale`] where somebody else saved it since, [`StoreError::Taken`] where the name is.
pub fn update(connection: &mut DbConnection, key: &AccessKey, secret: Option<&[u8]>) -> Result<(), StoreError> {
    let validated = key.validated.as_ref();
    let changed = diesel::update(access_keys::table.find(&key.id).filter(access_keys::version.eq(key.version)))
        .set((
            access_keys::name.eq(&key.name),
            access_keys::name_folded.eq(folded(&key.name)),
            access_keys::partition.eq(key.partition.id()),
            access_keys::key_id.eq(&key.key_id),
            access_keys::note.eq(&key.note),
            access_keys::account_id.eq(validated.map(|v| &v.account_id)),
            access_keys::arn.eq(validated.map(|v| &v.arn)),
            access_keys::validated_at.eq(validated.map(|v| v.at.timestamp_millis())),
            access_keys::state.eq(key.state.word()),
            access_keys::version.eq(key.version.saturating_add(1)),
            access_keys::updated_at.eq(key.updated_at.timestamp_millis()),
        ))
        .execute(connection)?;
    if changed == 0 {
        find(connection, &key.id)?;
        return Err(StoreError::Stale);
    }
    if let Some(secret) = secret {
        diesel::update(access_keys::table.find(&key.id)).set(access_keys::secret.eq(secret)).execute(connection)?;
    }
    Ok(())
}

/// Notes how a key stands at AWS, without making a new version of it.
///
/// # Errors
/// Where the database cannot be written.
pub fn set_state(connection: &mut DbConnection, id: &str, version: i32, state: KeyState) -> Result<(), StoreError> {
    diesel::update(access_keys::table.find(id).filter(access_keys::version.eq(version)))
        .set(access_keys::state.eq(state.word()))
        .execute(connection)?;
    Ok(())
}

/// Notes whose key it is, without making a new version of it: its first use has shown that.
///
/// # Errors
/// Where the database cannot be written.
pub fn note_validated(connection: &mut DbConnection, key: &AccessKey) -> Result<(), StoreError> {
    let Some(validated) = &key.validated else { return Ok(()) };
    diesel::update(access_keys::table.find(&key.id).filter(access_keys::version.eq(key.version)))
        .set((
            access_keys::account_id.eq(&validated.account_id),
            access_keys::arn.eq(&validated.arn),
            access_keys::validated_at.eq(validated.at.timestamp_millis()),
            access_keys::state.eq(KeyState::Good.word()),
        ))
        .execute(connection)?;
    super::accounts::ensure(connection, key.partition, &validated.account_id)?;
    super::connectors::follow_account(connection, &key.id, &validated.account_id)
}

/// Removes an access key that no connector uses.
///
/// # Errors
/// [`StoreError::InUse`] with the connectors' names, or [`StoreError::NotFound`].
pub fn delete(connection: &mut DbConnection, id: &str) -> Result<(), StoreError> {
    let used: Vec<String> = used_by(connection, id)?.into_iter().map(|(_, name)| name).collect();
    if !used.is_empty() {
        return Err(StoreError::InUse(used));
    }
    let removed = diesel::delete(access_keys::table.find(id)).execute(connection)?;
    if removed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// The connectors that use an access key, as (id, name), by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn used_by(connection: &mut DbConnection, id: &str) -> Result<Vec<(String, String)>, StoreError> {
    let used = connectors::table
        .filter(connectors::access_key_id.eq(id))
        .order(connectors::name_folded)
        .select((connectors::id, connectors::name))
        .load(connection)?;
    Ok(used)
}

/// How many connectors use each access key, as (access key id, number).
///
/// # Errors
/// Where the database cannot be read.
pub fn use_counts(connection: &mut DbConnection) -> Result<Vec<(String, i64)>, StoreError> {
    let counts = connectors::table
        .group_by(connectors::access_key_id)
        .select((connectors::access_key_id, diesel::dsl::count_star()))
        .load(connection)?;
    Ok(counts)
}
