//! Leases: a job that must run once is done by whoever holds its lease, however many replicas there are.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::leases;
use super::{DbConnection, StoreError};

/// Takes or prolongs the lease of `name` for `holder`: `true` where it is theirs for `life` from `now` on. Whoever holds
/// one keeps it until it runs out.
///
/// # Errors
/// Where the database cannot be written.
pub fn take(
    connection: &mut DbConnection,
    name: &str,
    holder: &str,
    now: DateTime<Utc>,
    life: Duration,
) -> Result<bool, StoreError> {
    let now = now.timestamp_millis();
    let until = now.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX));
    let free = leases::holder.eq(holder).or(leases::until.le(now));
    let prolonged = diesel::update(leases::table.find(name).filter(free))
        .set((leases::holder.eq(holder), leases::until.eq(until)))
        .execute(connection)?;
    if prolonged == 1 {
        return Ok(true);
    }
    let held: i64 = leases::table.filter(leases::name.eq(name)).count().get_result(connection)?;
    if held > 0 {
        return Ok(false);
    }
    let made = diesel::insert_into(leases::table)
        .values((leases::name.eq(name), leases::holder.eq(holder), leases::until.eq(until)))
        .execute(connection);
    match made.map_err(StoreError::from) {
        Ok(_) => Ok(true),
        // Another replica was first.
        Err(StoreError::Taken(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
