//! The list of access keys: which of them, in which order, a page at a time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::people::lower;
use super::schema::{access_keys, connectors, rotations};
use super::{DbConnection, StoreError, like};
use crate::model::access_key::KeyState;
use crate::model::slug::guid;

/// What the list is ordered by; equal ones by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By name.
    #[default]
    Name,
    /// By the account and ARN that they belong to.
    Owner,
    /// By state, what needs somebody's attention first.
    State,
    /// By age, the oldest first.
    Age,
    /// By the last use, those never used first.
    LastUse,
    /// By the number of connectors that use them, the fewest first.
    UsedBy,
}

impl Sort {
    /// Every order, with its word in addresses.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Name, "name"),
        (Self::Owner, "owner"),
        (Self::State, "state"),
        (Self::Age, "age"),
        (Self::LastUse, "used"),
        (Self::UsedBy, "connectors"),
    ];

    /// The word in addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(sort, _)| *sort == self).map_or("", |(_, word)| word)
    }

    /// The order with this word; an unknown one is by name.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(sort, _)| *sort).unwrap_or_default()
    }
}

/// Which keys, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A part of id, name, key id, account or ARN; empty: every key.
    pub search: String,
    /// The order.
    pub sort: Sort,
    /// The other way round.
    pub descending: bool,
    /// The ids of keys whose secret is known not to open: by state they come first.
    pub closed: Arc<HashSet<String>>,
}

/// How many access keys there are.
///
/// # Errors
/// Where the database cannot be read.
pub fn count(connection: &mut DbConnection) -> Result<i64, StoreError> {
    Ok(access_keys::table.count().get_result(connection)?)
}

/// The ids of the keys that fit, in order. Ids alone: 10,000 whole keys would take longer to read than a page has time.
///
/// # Errors
/// Where the database cannot be read.
pub fn ids(connection: &mut DbConnection, wanted: &Wanted, now: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
    /// The columns in their order, or the other way round.
    macro_rules! by {
        ($query:expr, $($column:expr),+) => {
            if wanted.descending {
                $query.order(($($column.desc(),)+ access_keys::name_folded.desc(), access_keys::id.desc()))
            } else {
                $query.order(($($column.asc(),)+ access_keys::name_folded.asc(), access_keys::id.asc()))
            }
        };
    }
    let mut query = access_keys::table.select(access_keys::id).into_boxed();
    let search = wanted.search.trim();
    if let Some(id) = guid(search) {
        query = query.filter(access_keys::id.eq(id));
    } else if !search.is_empty() {
        let part = || like(search);
        // An account is shown in groups of four digits.
        let account = like(&search.replace('-', ""));
        query = query.filter(
            access_keys::name_folded
                .like(part())
                .escape('\\')
                .or(access_keys::id.like(part()).escape('\\'))
                .or(lower(access_keys::key_id).like(part()).escape('\\'))
                .or(access_keys::arn
                    .is_not_null()
                    .and(lower(access_keys::arn.assume_not_null()).like(part()).escape('\\')))
                .or(access_keys::account_id
                    .is_not_null()
                    .and(access_keys::account_id.assume_not_null().like(account).escape('\\'))),
        );
    }
    // Where a column is empty, the two databases disagree about which end it belongs to.
    let query = match wanted.sort {
        Sort::Name => by!(query, access_keys::name_folded),
        Sort::Owner => by!(query, access_keys::arn.is_not_null(), access_keys::account_id, access_keys::arn),
        Sort::Age => by!(query, access_keys::key_since),
        Sort::LastUse => by!(query, access_keys::last_used_at.is_not_null(), access_keys::last_used_at),
        Sort::State | Sort::UsedBy => query.order((access_keys::name_folded, access_keys::id)),
    };
    let ids: Vec<String> = query.load(connection)?;
    match wanted.sort {
        Sort::State => Ok(by_rank(ids, &states(connection, &wanted.closed, now)?, wanted.descending)),
        Sort::UsedBy => Ok(by_rank(ids, &use_counts_of_all(connection)?.into_iter().collect(), wanted.descending)),
        _ => Ok(ids),
    }
}

fn by_rank(mut ids: Vec<String>, ranks: &HashMap<String, i64>, descending: bool) -> Vec<String> {
    let rank = |id: &String| ranks.get(id).copied().unwrap_or(0);
    ids.sort_by_key(|id| if descending { -rank(id) } else { rank(id) });
    ids
}

/// What needs attention comes first.
fn states(
    connection: &mut DbConnection,
    closed: &HashSet<String>,
    now: DateTime<Utc>,
) -> Result<HashMap<String, i64>, StoreError> {
    let rotating = rotating(connection)?;
    let rows: Vec<(String, String, Option<i64>)> =
        access_keys::table.select((access_keys::id, access_keys::state, access_keys::expires_at)).load(connection)?;
    let rank = |(id, state, expires_at): (String, String, Option<i64>)| {
        let rank = match KeyState::parse(&state) {
            _ if closed.contains(&id) => -1,
            KeyState::Refused => 0,
            _ if expires_at.is_some_and(|end| end <= now.timestamp_millis()) => 1,
            _ if rotating.contains(&id) => 2,
            KeyState::Unverified => 3,
            KeyState::Good => 4,
        };
        (id, rank)
    };
    Ok(rows.into_iter().map(rank).collect())
}

/// The ids of the access keys that are being rotated.
///
/// # Errors
/// Where the database cannot be read.
pub fn rotating(connection: &mut DbConnection) -> Result<HashSet<String>, StoreError> {
    let open = rotations::table.filter(rotations::ended_at.is_null()).select(rotations::access_key_id);
    Ok(open.load(connection)?.into_iter().collect())
}

/// The ids of the keys that AWS was not asked about since `before`, those that waited longest first.
///
/// # Errors
/// Where the database cannot be read.
pub fn unchecked_since(connection: &mut DbConnection, before: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
    let checked = access_keys::checked_at;
    let due = access_keys::table
        .filter(checked.is_null().or(checked.le(before.timestamp_millis())))
        .order((checked.is_not_null(), checked))
        .select(access_keys::id);
    Ok(due.load(connection)?)
}

/// The names of these access keys, by id.
///
/// # Errors
/// Where the database cannot be read.
pub fn names_of<'a>(
    connection: &mut DbConnection,
    ids: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, String>, StoreError> {
    let ids: HashSet<&str> = ids.collect();
    let names: Vec<(String, String)> = access_keys::table
        .filter(access_keys::id.eq_any(ids))
        .select((access_keys::id, access_keys::name))
        .load(connection)?;
    Ok(names.into_iter().collect())
}

/// The names of all access keys, by id.
///
/// # Errors
/// Where the database cannot be read.
pub fn names(connection: &mut DbConnection) -> Result<HashMap<String, String>, StoreError> {
    let names: Vec<(String, String)> =
        access_keys::table.select((access_keys::id, access_keys::name)).load(connection)?;
    Ok(names.into_iter().collect())
}

/// How many connectors use each of these access keys.
///
/// # Errors
/// Where the database cannot be read.
pub fn use_counts(connection: &mut DbConnection, ids: &[String]) -> Result<HashMap<String, i64>, StoreError> {
    let counts: Vec<(String, i64)> = connectors::table
        .filter(connectors::access_key_id.eq_any(ids))
        .group_by(connectors::access_key_id)
        .select((connectors::access_key_id, diesel::dsl::count_star()))
        .load(connection)?;
    Ok(counts.into_iter().collect())
}

/// How many connectors use each access key, as (access key id, number).
fn use_counts_of_all(connection: &mut DbConnection) -> Result<Vec<(String, i64)>, StoreError> {
    let counts = connectors::table
        .group_by(connectors::access_key_id)
        .select((connectors::access_key_id, diesel::dsl::count_star()))
        .load(connection)?;
    Ok(counts)
}
