//! Rotations of access keys, step by step.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::{access_keys, rotations};
use super::{DbConnection, StoreError, time};
use crate::model::rotation::{Rotation, Step};

#[derive(Queryable, Selectable)]
#[diesel(table_name = rotations)]
struct Row {
    id: String,
    access_key_id: String,
    instance: String,
    step: String,
    old_key_id: String,
    seen_key_ids: String,
    new_key_id: Option<String>,
    orphan_key_id: Option<String>,
    orphan_seen_at: Option<i64>,
    trouble: Option<String>,
    failure: Option<String>,
    taken: String,
    started_by: String,
    started_at: i64,
    step_at: i64,
    not_before: i64,
    ended_at: Option<i64>,
}

impl TryFrom<Row> for Rotation {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged(format!("the rotation {} cannot be read", row.id));
        Ok(Self {
            step: Step::parse(&row.step).ok_or_else(damaged)?,
            seen_key_ids: serde_json::from_str(&row.seen_key_ids).map_err(|_| damaged())?,
            orphan: row.orphan_key_id.zip(row.orphan_seen_at.map(time::from)),
            id: row.id,
            access_key: row.access_key_id,
            instance: row.instance,
            old_key_id: row.old_key_id,
            new_key_id: row.new_key_id,
            trouble: row.trouble,
            failure: row.failure,
            taken: taken(&row.taken).ok_or_else(|| StoreError::Damaged("the steps of a rotation".to_owned()))?,
            started_by: row.started_by,
            started_at: time::from(row.started_at),
            step_at: time::from(row.step_at),
            not_before: time::from(row.not_before),
            ended_at: row.ended_at.map(time::from),
        })
    }
}

/// Writes down a new rotation.
///
/// # Errors
/// [`StoreError::Taken`] where the access key is being rotated already.
pub fn insert(connection: &mut DbConnection, rotation: &Rotation) -> Result<(), StoreError> {
    diesel::insert_into(rotations::table)
        .values((
            rotations::id.eq(&rotation.id),
            rotations::access_key_id.eq(&rotation.access_key),
            rotations::instance.eq(&rotation.instance),
            rotations::step.eq(rotation.step.word()),
            rotations::old_key_id.eq(&rotation.old_key_id),
            rotations::seen_key_ids.eq(ids(rotation)),
            rotations::started_by.eq(&rotation.started_by),
            rotations::started_at.eq(rotation.started_at.timestamp_millis()),
            rotations::step_at.eq(rotation.step_at.timestamp_millis()),
            rotations::not_before.eq(rotation.not_before.timestamp_millis()),
            rotations::trouble.eq(&rotation.trouble),
            rotations::failure.eq(&rotation.failure),
            rotations::taken.eq(steps(rotation)),
            rotations::ended_at.eq(rotation.ended_at.map(|at| at.timestamp_millis())),
        ))
        .execute(connection)?;
    Ok(())
}

/// Saves how far a rotation got; the sealed new secret stays as it is.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be written.
pub fn update(connection: &mut DbConnection, rotation: &Rotation) -> Result<(), StoreError> {
    let orphan = rotation.orphan.as_ref();
    let changed = diesel::update(rotations::table.find(&rotation.id))
        .set((
            rotations::instance.eq(&rotation.instance),
            rotations::step.eq(rotation.step.word()),
            rotations::seen_key_ids.eq(ids(rotation)),
            rotations::new_key_id.eq(&rotation.new_key_id),
            rotations::orphan_key_id.eq(orphan.map(|(id, _)| id)),
            rotations::orphan_seen_at.eq(orphan.map(|(_, at)| at.timestamp_millis())),
            rotations::trouble.eq(&rotation.trouble),
            rotations::failure.eq(&rotation.failure),
            rotations::taken.eq(steps(rotation)),
            rotations::step_at.eq(rotation.step_at.timestamp_millis()),
            rotations::not_before.eq(rotation.not_before.timestamp_millis()),
            rotations::ended_at.eq(rotation.ended_at.map(|at| at.timestamp_millis())),
        ))
        .execute(connection)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

fn ids(rotation: &Rotation) -> String {
    serde_json::Value::from(rotation.seen_key_ids.clone()).to_string()
}

/// The steps as (word, milliseconds).
fn steps(rotation: &Rotation) -> String {
    let step = |(step, at): &(Step, DateTime<Utc>)| serde_json::json!([step.word(), at.timestamp_millis()]);
    serde_json::Value::Array(rotation.taken.iter().map(step).collect()).to_string()
}

fn taken(text: &str) -> Option<Vec<(Step, DateTime<Utc>)>> {
    let steps: Vec<(String, i64)> = serde_json::from_str(text).ok()?;
    steps.into_iter().map(|(word, at)| Some((Step::parse(&word)?, time::from(at)))).collect()
}

/// One rotation.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Rotation, StoreError> {
    rotations::table.find(id).select(Row::as_select()).get_result::<Row>(connection)?.try_into()
}

/// The open rotation of an access key.
///
/// # Errors
/// Where the database cannot be read.
pub fn open_of(connection: &mut DbConnection, access_key: &str) -> Result<Option<Rotation>, StoreError> {
    let row: Option<Row> = rotations::table
        .filter(rotations::access_key_id.eq(access_key).and(rotations::ended_at.is_null()))
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Rotation::try_from).transpose()
}

/// The access keys that have a plan.
///
/// # Errors
/// Where the database cannot be read.
pub fn planned(connection: &mut DbConnection) -> Result<Vec<String>, StoreError> {
    let planned = access_keys::table.filter(access_keys::rotation_plan.is_not_null()).select(access_keys::id);
    Ok(planned.order(access_keys::id).load(connection)?)
}

/// Puts the new key's sealed secret beside its rotation, or takes it away.
///
/// # Errors
/// Where the database cannot be written.
pub fn set_new_secret(connection: &mut DbConnection, id: &str, sealed: Option<&[u8]>) -> Result<(), StoreError> {
    diesel::update(rotations::table.find(id)).set(rotations::new_secret.eq(sealed)).execute(connection)?;
    Ok(())
}

/// The new key's sealed secret.
///
/// # Errors
/// Where the database cannot be read.
pub fn new_secret(connection: &mut DbConnection, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(rotations::table.find(id).select(rotations::new_secret).get_result(connection)?)
}

/// Every rotation that is not at its end, the oldest first.
///
/// # Errors
/// Where the database cannot be read.
pub fn open(connection: &mut DbConnection) -> Result<Vec<Rotation>, StoreError> {
    let rows: Vec<Row> = rotations::table
        .filter(rotations::ended_at.is_null())
        .select(Row::as_select())
        .order(rotations::id)
        .load(connection)?;
    rows.into_iter().map(Rotation::try_from).collect()
}

/// The newest rotations of an access key, newest first.
///
/// # Errors
/// Where the database cannot be read.
pub fn of_access_key(connection: &mut DbConnection, id: &str, most: i64) -> Result<Vec<Rotation>, StoreError> {
    let rows: Vec<Row> = rotations::table
        .filter(rotations::access_key_id.eq(id))
        .select(Row::as_select())
        .order(rotations::id.desc())
        .limit(most)
        .load(connection)?;
    rows.into_iter().map(Rotation::try_from).collect()
}
