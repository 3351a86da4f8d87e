//! The list of connectors: which of them, in which order, a page at a time.

use std::collections::HashSet;

use diesel::prelude::*;

use super::people::lower;
use super::schema::{access_keys, accounts, connectors};
use super::{DbConnection, StoreError, like};
use crate::model::principal::PrincipalType;
use crate::model::slug::guid;

/// What the list is ordered by; equal ones by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By name.
    #[default]
    Name,
    /// By the label and number of the account.
    Account,
    /// By principal type.
    Principal,
    /// By the name of the access key.
    Source,
    /// By the last save, the oldest first.
    Changed,
}

impl Sort {
    /// Every order, with its word in addresses.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Name, "name"),
        (Self::Account, "account"),
        (Self::Principal, "principal"),
        (Self::Source, "key"),
        (Self::Changed, "changed"),
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

/// Which connectors, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A part of name, slug, description, role ARN, account or access key, or a whole GUID in any form; empty: all.
    pub search: String,
    /// The order.
    pub sort: Sort,
    /// The other way round.
    pub descending: bool,
}

/// How many connectors there are.
///
/// # Errors
/// Where the database cannot be read.
pub fn count(connection: &mut DbConnection) -> Result<i64, StoreError> {
    Ok(connectors::table.count().get_result(connection)?)
}

/// Every id, by name: the joins would cost more than all the rest.
fn all_by_name(connection: &mut DbConnection, descending: bool) -> Result<Vec<String>, StoreError> {
    let ids = connectors::table.select(connectors::id).into_boxed();
    let ids = if descending {
        ids.order((connectors::name_folded.desc(), connectors::id.desc()))
    } else {
        ids.order((connectors::name_folded, connectors::id))
    };
    Ok(ids.load(connection)?)
}

/// The ids of the connectors that fit, in order. Ids alone: 10,000 whole connectors would take longer to read than a page has
/// time.
///
/// # Errors
/// Where the database cannot be read.
pub fn ids(connection: &mut DbConnection, wanted: &Wanted) -> Result<Vec<String>, StoreError> {
    /// The columns in their order, or the other way round.
    macro_rules! by {
        ($query:expr, $($column:expr),+) => {
            if wanted.descending {
                $query.order(($($column.desc(),)+ connectors::name_folded.desc(), connectors::id.desc()))
            } else {
                $query.order(($($column.asc(),)+ connectors::name_folded.asc(), connectors::id.asc()))
            }
        };
    }
    let search = wanted.search.trim();
    if search.is_empty() && wanted.sort == Sort::Name {
        return all_by_name(connection, wanted.descending);
    }
    let account =
        accounts::partition.eq(connectors::partition).and(accounts::account_id.nullable().eq(connectors::account_id));
    let mut query = connectors::table
        .inner_join(access_keys::table.on(access_keys::id.eq(connectors::access_key_id)))
        .left_join(accounts::table.on(account))
        .select(connectors::id)
        .into_boxed();
    if let Some(id) = guid(search) {
        query = query.filter(connectors::id.eq(id.clone()).or(access_keys::id.eq(id)));
    } else if !search.is_empty() {
        let part = || like(search);
        // An account is shown in groups of four digits.
        let number = like(&search.replace('-', ""));
        query = query.filter(
            connectors::name_folded
                .like(part())
                .escape('\\')
                .or(connectors::slug.like(part()).escape('\\'))
                .or(connectors::id.like(part()).escape('\\'))
                .or(lower(connectors::description).like(part()).escape('\\'))
                .or(access_keys::name_folded.like(part()).escape('\\'))
                .or(connectors::role_arn
                    .is_not_null()
                    .and(lower(connectors::role_arn.assume_not_null()).like(part()).escape('\\')))
                .or(connectors::account_id
                    .is_not_null()
                    .and(connectors::account_id.assume_not_null().like(number).escape('\\')))
                .or(accounts::id
                    .nullable()
                    .is_not_null()
                    .and(lower(accounts::label.assume_not_null()).like(part()).escape('\\'))),
        );
    }
    // Where a column is empty, the two databases disagree about which end it belongs to.
    let query = match wanted.sort {
        Sort::Name => by!(query, connectors::name_folded),
        Sort::Account => {
            by!(query, connectors::account_id.is_not_null(), accounts::label.nullable(), connectors::account_id)
        }
        Sort::Principal => by!(query, connectors::principal_type),
        Sort::Source => by!(query, access_keys::name_folded),
        Sort::Changed => by!(query, connectors::updated_at),
    };
    Ok(query.load(connection)?)
}

/// What narrows a list down beside a search; `None`: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// The 12 digits of the account that they lead into.
    pub account: Option<String>,
    /// Their principal type.
    pub kind: Option<PrincipalType>,
    /// Whether they are switched on.
    pub enabled: Option<bool>,
}

/// Ids and names of the connectors that fit `search`, as [`Wanted::search`] has it, and `narrowed`, in no order.
///
/// # Errors
/// Where the database cannot be read.
pub fn names(
    connection: &mut DbConnection,
    search: &str,
    narrowed: &Narrowed,
) -> Result<Vec<(String, String)>, StoreError> {
    let fitting: Option<HashSet<String>> = match search.trim().is_empty() {
        true => None,
        false => {
            let wanted = Wanted { search: search.to_owned(), ..Wanted::default() };
            Some(ids(connection, &wanted)?.into_iter().collect())
        }
    };
    let mut query = connectors::table.select((connectors::id, connectors::name)).into_boxed();
    if let Some(account) = &narrowed.account {
        query = query.filter(connectors::account_id.eq(account));
    }
    if let Some(kind) = narrowed.kind {
        query = query.filter(connectors::principal_type.eq(kind.word()));
    }
    if let Some(enabled) = narrowed.enabled {
        query = query.filter(connectors::enabled.eq(enabled));
    }
    let mut all: Vec<(String, String)> = query.load(connection)?;
    if let Some(fitting) = fitting {
        all.retain(|(id, _)| fitting.contains(id));
    }
    Ok(all)
}
