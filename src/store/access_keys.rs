//! Access keys, their secrets sealed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::schema::{access_keys, connectors};
use super::{DbConnection, StoreError, time};
use crate::model::access_key::{AccessKey, KeyState, Validated};
use crate::model::connector::folded;
use crate::model::partition::Partition;
use crate::model::source::Source;

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
    source: String,
    expires_at: Option<i64>,
    key_since: i64,
    last_used_at: Option<i64>,
    checked_at: Option<i64>,
    trouble: Option<String>,
    mfa_serial: Option<String>,
    envelope: Option<String>,
    rotation_plan: Option<String>,
}

impl TryFrom<Row> for AccessKey {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        // An account without an ARN is the one that the key is expected to be of.
        let (validated, expected_account) = match (row.account_id, row.arn, row.validated_at) {
            (Some(account_id), Some(arn), Some(at)) => (Some(Validated { account_id, arn, at: time::from(at) }), None),
            (account_id, ..) => (None, account_id),
        };
        Ok(Self {
            id: row.id,
            name: row.name,
            partition: Partition::parse(&row.partition).map_err(StoreError::Damaged)?,
            source: Source::parse(&row.source, row.expires_at.map(time::from)).map_err(StoreError::Damaged)?,
            key_id: row.key_id,
            note: row.note,
            validated,
            expected_account,
            state: KeyState::parse(&row.state),
            trouble: row.trouble,
            checked_at: row.checked_at.map(time::from),
            key_since: time::from(row.key_since),
            last_used_at: row.last_used_at.map(time::from),
            mfa_serial: row.mfa_serial,
            envelope: row.envelope.as_deref().map(read_json).transpose()?,
            rotation: row.rotation_plan.as_deref().map(read_json).transpose()?,
            version: row.version,
            updated_at: time::from(row.updated_at),
        })
    }
}

fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn write_json<T: Serialize>(value: Option<&T>) -> Result<Option<String>, StoreError> {
    value.map(|value| serde_json::to_string(value).map_err(|error| StoreError::Damaged(error.to_string()))).transpose()
}

/// The sealed secrets of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealedSecrets {
    /// The secret half; empty where the surroundings have it.
    pub secret: Vec<u8>,
    /// The session token of temporary credentials.
    pub session_token: Option<Vec<u8>>,
    /// The seed of the MFA device.
    pub mfa_seed: Option<Vec<u8>>,
}

/// What a save does to a sealed secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays.
    #[default]
    Keep,
    /// It is replaced, or removed by `None`.
    Set(T),
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

/// An access key by its id, or by its name without regard to case.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn resolve(connection: &mut DbConnection, id_or_name: &str) -> Result<AccessKey, StoreError> {
    let either = access_keys::id.eq(id_or_name).or(access_keys::name_folded.eq(folded(id_or_name)));
    access_keys::table.filter(either).select(Row::as_select()).get_result::<Row>(connection)?.try_into()
}

/// One access key with its sealed secrets.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn find_sealed(connection: &mut DbConnection, id: &str) -> Result<(AccessKey, SealedSecrets), StoreError> {
    type Found = (Row, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);
    let (row, secret, session_token, mfa_seed): Found = directly!(connection, |database| {
        let columns = (Row::as_select(), access_keys::secret, access_keys::session_token, access_keys::mfa_seed);
        access_keys::table.find(id).select(columns).get_result(database)
    })?;
    Ok((row.try_into()?, SealedSecrets { secret, session_token, mfa_seed }))
}

/// At most `most` access keys with their sealed secrets, by id, from the one after `after` on.
///
/// # Errors
/// Where the database cannot be read.
pub fn sealed_after(
    connection: &mut DbConnection,
    after: &str,
    most: i64,
) -> Result<Vec<(AccessKey, SealedSecrets)>, StoreError> {
    type Found = (Row, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);
    let columns = (Row::as_select(), access_keys::secret, access_keys::session_token, access_keys::mfa_seed);
    let found = access_keys::table.filter(access_keys::id.gt(after)).order(access_keys::id).limit(most);
    let found: Vec<Found> = found.select(columns).load(connection)?;
    let secrets = |(row, secret, session_token, mfa_seed): Found| {
        Ok((AccessKey::try_from(row)?, SealedSecrets { secret, session_token, mfa_seed }))
    };
    found.into_iter().map(secrets).collect()
}

/// These access keys with their sealed secrets, in no order.
///
/// # Errors
/// Where the database cannot be read.
pub fn some(connection: &mut DbConnection, ids: &[String]) -> Result<Vec<(AccessKey, SealedSecrets)>, StoreError> {
    type Found = (Row, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);
    let columns = (Row::as_select(), access_keys::secret, access_keys::session_token, access_keys::mfa_seed);
    let rows: Vec<Found> = access_keys::table.filter(access_keys::id.eq_any(ids)).select(columns).load(connection)?;
    let read = |(row, secret, session_token, mfa_seed): Found| {
        Ok((row.try_into()?, SealedSecrets { secret, session_token, mfa_seed }))
    };
    rows.into_iter().map(read).collect()
}

/// The names of the other entries that hold the same key of AWS, by name.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn twins(connection: &mut DbConnection, id: &str) -> Result<Vec<String>, StoreError> {
    let key = find(connection, id)?;
    if key.key_id.is_empty() {
        return Ok(Vec::new());
    }
    let twins = access_keys::table
        .filter(access_keys::key_id.eq(&key.key_id))
        .filter(access_keys::partition.eq(key.partition.id()))
        .filter(access_keys::id.ne(id))
        .order(access_keys::name_folded)
        .select(access_keys::name)
        .load(connection)?;
    Ok(twins)
}

/// Adds an access key.
///
/// # Errors
/// [`StoreError::Taken`] where the name is.
pub fn insert(connection: &mut DbConnection, key: &AccessKey, sealed: &SealedSecrets) -> Result<(), StoreError> {
    let validated = key.validated.as_ref();
    let (envelope, plan) = (write_json(key.envelope.as_ref())?, write_json(key.rotation.as_ref())?);
    diesel::insert_into(access_keys::table)
        .values((
            access_keys::id.eq(&key.id),
            access_keys::name.eq(&key.name),
            access_keys::name_folded.eq(folded(&key.name)),
            access_keys::partition.eq(key.partition.id()),
            access_keys::key_id.eq(&key.key_id),
            access_keys::secret.eq(&sealed.secret),
            access_keys::note.eq(&key.note),
            access_keys::account_id.eq(key.account()),
            access_keys::arn.eq(validated.map(|v| &v.arn)),
            access_keys::validated_at.eq(validated.map(|v| v.at.timestamp_millis())),
            access_keys::state.eq(key.state.word()),
            access_keys::version.eq(1),
            access_keys::created_at.eq(key.updated_at.timestamp_millis()),
            access_keys::updated_at.eq(key.updated_at.timestamp_millis()),
            (
                access_keys::source.eq(key.source.word()),
                access_keys::session_token.eq(&sealed.session_token),
                access_keys::expires_at.eq(millis(key.source.expires_at())),
                access_keys::key_since.eq(key.key_since.timestamp_millis()),
                access_keys::checked_at.eq(millis(key.checked_at)),
                access_keys::trouble.eq(&key.trouble),
                access_keys::mfa_serial.eq(&key.mfa_serial),
                access_keys::mfa_seed.eq(&sealed.mfa_seed),
                access_keys::mfa_step.eq(0),
                access_keys::envelope.eq(envelope),
                access_keys::rotation_plan.eq(plan),
            ),
        ))
        .execute(connection)?;
    Ok(())
}

fn millis(at: Option<DateTime<Utc>>) -> Option<i64> {
    at.map(|at| at.timestamp_millis())
}

/// Which secrets a save replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretChanges {
    /// The secret half.
    pub secret: Change<Vec<u8>>,
    /// The session token.
    pub session_token: Change<Option<Vec<u8>>>,
    /// The seed of the MFA device.
    pub mfa_seed: Change<Option<Vec<u8>>>,
}

/// Saves an access key over the version that was read, and those of its secrets that change.
///
/// # Errors
/// [`StoreError::Stale`] where somebody else saved it since, [`StoreError::Taken`] where the name is.
pub fn update(connection: &mut DbConnection, key: &AccessKey, changes: &SecretChanges) -> Result<(), StoreError> {
    let validated = key.validated.as_ref();
    let (envelope, plan) = (write_json(key.envelope.as_ref())?, write_json(key.rotation.as_ref())?);
    let changed = diesel::update(access_keys::table.find(&key.id).filter(access_keys::version.eq(key.version)))
        .set((
            access_keys::name.eq(&key.name),
            access_keys::name_folded.eq(folded(&key.name)),
            access_keys::partition.eq(key.partition.id()),
            access_keys::key_id.eq(&key.key_id),
            access_keys::note.eq(&key.note),
            access_keys::account_id.eq(key.account()),
            access_keys::arn.eq(validated.map(|v| &v.arn)),
            access_keys::validated_at.eq(validated.map(|v| v.at.timestamp_millis())),
            access_keys::state.eq(key.state.word()),
            access_keys::version.eq(key.version.saturating_add(1)),
            access_keys::updated_at.eq(key.updated_at.timestamp_millis()),
            (
                access_keys::source.eq(key.source.word()),
                access_keys::expires_at.eq(millis(key.source.expires_at())),
                access_keys::key_since.eq(key.key_since.timestamp_millis()),
                access_keys::checked_at.eq(millis(key.checked_at)),
                access_keys::trouble.eq(&key.trouble),
                access_keys::mfa_serial.eq(&key.mfa_serial),
                access_keys::envelope.eq(envelope),
                access_keys::rotation_plan.eq(plan),
            ),
        ))
        .execute(connection)?;
    if changed == 0 {
        find(connection, &key.id)?;
        return Err(StoreError::Stale);
    }
    replace_secrets(connection, &key.id, changes)
}

/// Replaces sealed secrets, and nothing else of the key.
///
/// # Errors
/// Where the database cannot be written.
pub fn replace_secrets(connection: &mut DbConnection, id: &str, changes: &SecretChanges) -> Result<(), StoreError> {
    let key = || diesel::update(access_keys::table.find(id));
    if let Change::Set(secret) = &changes.secret {
        key().set(access_keys::secret.eq(secret)).execute(connection)?;
    }
    if let Change::Set(token) = &changes.session_token {
        key().set(access_keys::session_token.eq(token)).execute(connection)?;
    }
    if let Change::Set(seed) = &changes.mfa_seed {
        key().set((access_keys::mfa_seed.eq(seed), access_keys::mfa_step.eq(0))).execute(connection)?;
    }
    Ok(())
}

/// Notes when a key was used.
///
/// # Errors
/// Where the database cannot be written.
pub fn note_used(connection: &mut DbConnection, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(access_keys::table.find(id))
        .set(access_keys::last_used_at.eq(Some(at.timestamp_millis())))
        .execute(connection)?;
    Ok(())
}

/// Takes the code of 30-second `step` of a key's MFA device: `true` where nobody has used it, or a later one, before.
///
/// # Errors
/// Where the database cannot be written.
pub fn take_mfa_step(connection: &mut DbConnection, id: &str, step: i64) -> Result<bool, StoreError> {
    let taken = diesel::update(access_keys::table.find(id).filter(access_keys::mfa_step.lt(step)))
        .set(access_keys::mfa_step.eq(step))
        .execute(connection)?;
    Ok(taken == 1)
}

/// Notes how a key stands at AWS, without making a new version of it: its state, what AWS said, when it was asked.
///
/// # Errors
/// Where the database cannot be written.
pub fn set_state(connection: &mut DbConnection, key: &AccessKey) -> Result<(), StoreError> {
    diesel::update(access_keys::table.find(&key.id).filter(access_keys::version.eq(key.version)))
        .set((
            access_keys::state.eq(key.state.word()),
            access_keys::trouble.eq(&key.trouble),
            access_keys::checked_at.eq(millis(key.checked_at)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Notes whose key it is, without making a new version of it: its first use has shown that. Nothing where the key was changed
/// since it was read.
///
/// # Errors
/// Where the database cannot be written.
pub fn note_validated(connection: &mut DbConnection, key: &AccessKey) -> Result<(), StoreError> {
    let Some(validated) = &key.validated else { return Ok(()) };
    let noted = diesel::update(access_keys::table.find(&key.id).filter(access_keys::version.eq(key.version)))
        .set((
            access_keys::account_id.eq(&validated.account_id),
            access_keys::arn.eq(&validated.arn),
            access_keys::validated_at.eq(validated.at.timestamp_millis()),
            access_keys::state.eq(KeyState::Good.word()),
            access_keys::trouble.eq(None::<String>),
            access_keys::checked_at.eq(Some(validated.at.timestamp_millis())),
        ))
        .execute(connection)?;
    if noted == 0 {
        return Ok(());
    }
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
