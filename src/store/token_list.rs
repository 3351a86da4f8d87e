//! Lists of API tokens: which of them, in which order, a page at a time.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::api_tokens::Row;
use super::people::lower;
use super::schema::{api_token_connectors, api_tokens, connectors, people};
use super::{DbConnection, StoreError, like};
use crate::model::api_token::{ApiToken, ORPHAN_LIFE};
use crate::model::identity::GroupRef;
use crate::model::slug::guid;

/// What the list is ordered by; equal ones by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By name.
    #[default]
    Name,
    /// By when they were made, the oldest first.
    Created,
    /// By when they run out, the next first.
    Expires,
    /// By the last use, those never used first.
    LastUse,
}

impl Sort {
    /// Every order, with its word in addresses.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Name, "name"), (Self::Created, "created"), (Self::Expires, "expires"), (Self::LastUse, "used")];

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

/// Which tokens by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Those that are taken.
    #[default]
    Live,
    /// Of those the programs' tokens for which nobody answers any more.
    Orphaned,
    /// Those that are revoked, have run out, or were orphans for too long.
    Ended,
    /// All.
    All,
}

impl State {
    /// Every state, with its word in addresses and what pages call it.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Live, "live", "Live"),
        (Self::Orphaned, "orphaned", "Orphaned"),
        (Self::Ended, "ended", "Ended"),
        (Self::All, "all", "All"),
    ];

    /// The word in addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(state, ..)| *state == self).map_or("", |(_, word, _)| word)
    }

    /// The state with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == word).map(|(state, ..)| *state)
    }
}

/// Which tokens, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A part of id, name, slug, or of the name of the person whose it is or who answers for it; empty: every token.
    pub search: String,
    /// How they stand.
    pub state: State,
    /// The order.
    pub sort: Sort,
    /// The other way round.
    pub descending: bool,
}

/// A query's tokens narrowed down to those of a state at `now`.
macro_rules! of_state {
    ($query:expr, $state:expr, $now:expr) => {{
        let now = $now.timestamp_millis();
        let lost = ($now - ORPHAN_LIFE).timestamp_millis();
        let revoked = || api_tokens::revoked_at.is_not_null();
        let run_out = || api_tokens::expires_at.le(now);
        let is_lost = || api_tokens::orphaned_at.is_not_null().and(api_tokens::orphaned_at.assume_not_null().le(lost));
        match $state {
            State::All => $query,
            State::Ended => $query.filter(revoked().or(run_out()).or(is_lost())),
            State::Live => $query
                .filter(api_tokens::revoked_at.is_null())
                .filter(api_tokens::expires_at.gt(now))
                .filter(diesel::dsl::not(is_lost())),
            State::Orphaned => $query
                .filter(api_tokens::revoked_at.is_null())
                .filter(api_tokens::expires_at.gt(now))
                .filter(api_tokens::orphaned_at.is_not_null())
                .filter(api_tokens::orphaned_at.assume_not_null().gt(lost)),
        }
    }};
}

/// How many tokens of a state there are.
///
/// # Errors
/// Where the database cannot be read.
pub fn count(connection: &mut DbConnection, state: State, now: DateTime<Utc>) -> Result<i64, StoreError> {
    let query = api_tokens::table.select(diesel::dsl::count_star()).into_boxed();
    Ok(of_state!(query, state, now).get_result(connection)?)
}

/// The ids of the tokens that fit, in order; ids alone, so that ten thousand are read in no time.
///
/// # Errors
/// Where the database cannot be read.
pub fn ids(connection: &mut DbConnection, wanted: &Wanted, now: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
    /// The columns in their order, or the other way round.
    macro_rules! by {
        ($query:expr, $($column:expr),+) => {
            if wanted.descending {
                $query.order(($($column.desc(),)+ api_tokens::id.desc()))
            } else {
                $query.order(($($column.asc(),)+ api_tokens::id.asc()))
            }
        };
    }
    let query = api_tokens::table.select(api_tokens::id).into_boxed();
    let mut query = of_state!(query, wanted.state, now);
    let search = wanted.search.trim();
    if let Some(id) = guid(search) {
        query = query.filter(api_tokens::id.eq(id));
    } else if !search.is_empty() {
        let part = || like(search);
        let called = || {
            let user_name = lower(people::user_name).like(part()).escape('\\');
            people::table
                .filter(user_name.or(lower(people::display_name).like(part()).escape('\\')))
                .select(people::id.nullable())
        };
        query = query.filter(
            lower(api_tokens::name)
                .like(part())
                .escape('\\')
                .or(api_tokens::slug.like(part()).escape('\\'))
                .or(api_tokens::person_id.eq_any(called()))
                .or(api_tokens::responsible_id.eq_any(called())),
        );
    }
    // Where a column is empty, the two databases disagree about which end it belongs to.
    let query = match wanted.sort {
        Sort::Name => by!(query, lower(api_tokens::name)),
        Sort::Created => by!(query, api_tokens::created_at),
        Sort::Expires => by!(query, api_tokens::expires_at),
        Sort::LastUse => by!(query, api_tokens::last_used_at.is_not_null(), api_tokens::last_used_at),
    };
    Ok(query.load(connection)?)
}

/// The tokens of these ids, in their order.
///
/// # Errors
/// Where the database cannot be read.
pub fn some(connection: &mut DbConnection, ids: &[String]) -> Result<Vec<ApiToken>, StoreError> {
    let rows: Vec<Row> =
        api_tokens::table.filter(api_tokens::id.eq_any(ids)).select(Row::as_select()).load(connection)?;
    let mut tokens = whole(connection, rows)?;
    let places: HashMap<&str, usize> = ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    tokens.sort_by_key(|token| places.get(token.id.as_str()).copied());
    Ok(tokens)
}

fn whole(connection: &mut DbConnection, rows: Vec<Row>) -> Result<Vec<ApiToken>, StoreError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let named: Vec<(String, String)> = api_token_connectors::table
        .filter(api_token_connectors::token_id.eq_any(ids))
        .order(api_token_connectors::connector_id)
        .select((api_token_connectors::token_id, api_token_connectors::connector_id))
        .load(connection)?;
    let mut by_token: HashMap<String, Vec<String>> = HashMap::new();
    for (token, connector) in named {
        by_token.entry(token).or_default().push(connector);
    }
    rows.into_iter().map(|row| row_of(row, &mut by_token)).collect()
}

fn row_of(row: Row, named: &mut HashMap<String, Vec<String>>) -> Result<ApiToken, StoreError> {
    let connectors = named.remove(&row.id).unwrap_or_default();
    row.into_token(connectors)
}

/// The most tokens of one person that a list shows.
const MOST_OF_PERSON: i64 = 100;

/// A person's own tokens, the newest first: those that are live, or ended after `since`.
///
/// # Errors
/// Where the database cannot be read.
pub fn of_person(
    connection: &mut DbConnection,
    person: &str,
    since: DateTime<Utc>,
) -> Result<Vec<ApiToken>, StoreError> {
    let since = since.timestamp_millis();
    let revoked = api_tokens::revoked_at;
    let rows: Vec<Row> = api_tokens::table
        .filter(api_tokens::person_id.eq(person))
        .filter(api_tokens::expires_at.gt(since))
        .filter(revoked.is_null().or(revoked.assume_not_null().gt(since)))
        .order((revoked.is_not_null(), api_tokens::created_at.desc(), api_tokens::id.desc()))
        .limit(MOST_OF_PERSON)
        .select(Row::as_select())
        .load(connection)?;
    whole(connection, rows)
}

/// How many live tokens a person has of their own.
///
/// # Errors
/// Where the database cannot be read.
pub fn count_of_person(connection: &mut DbConnection, person: &str, now: DateTime<Utc>) -> Result<i64, StoreError> {
    let query = api_tokens::table.filter(api_tokens::person_id.eq(person)).select(diesel::dsl::count_star());
    Ok(of_state!(query.into_boxed(), State::Live, now).get_result(connection)?)
}

/// The live tokens of programs that a person answers for, or whose group they are in, by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn looked_after(
    connection: &mut DbConnection,
    person: &str,
    groups: &[GroupRef],
    now: DateTime<Utc>,
) -> Result<Vec<ApiToken>, StoreError> {
    let ids: Vec<&str> = groups.iter().map(|group| group.id.as_str()).collect();
    let of_group = api_tokens::group_id.is_not_null().and(api_tokens::group_id.assume_not_null().eq_any(ids));
    let responsible = api_tokens::responsible_id.is_not_null();
    let query = api_tokens::table
        .filter(api_tokens::person_id.is_null())
        .filter(responsible.and(api_tokens::responsible_id.assume_not_null().eq(person)).or(of_group))
        .order((lower(api_tokens::name), api_tokens::id))
        .select(Row::as_select())
        .into_boxed();
    let rows: Vec<Row> = of_state!(query, State::Live, now).load(connection)?;
    // Two directories may have a group of the same id.
    let theirs = |token: &ApiToken| token.is_looked_after_by(person, groups);
    Ok(whole(connection, rows)?.into_iter().filter(theirs).collect())
}

/// A live token of a program and who answers for it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Answered {
    /// The token's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// The person, by our id of them; empty where nobody is kept.
    pub responsible: Option<String>,
    /// Whether they are known to be gone.
    pub orphaned_at: Option<i64>,
}

/// The live tokens of programs that somebody answers for.
///
/// # Errors
/// Where the database cannot be read.
pub fn answered_for(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<Vec<Answered>, StoreError> {
    let query = api_tokens::table
        .filter(api_tokens::responsible_id.is_not_null())
        .order(api_tokens::id)
        .select((
            api_tokens::id,
            api_tokens::name,
            api_tokens::slug,
            api_tokens::responsible_id,
            api_tokens::orphaned_at,
        ))
        .into_boxed();
    Ok(of_state!(query, State::Live, now).load(connection)?)
}

/// User names of people and names of connectors, by id, as far as there are such.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// User names.
    pub people: HashMap<String, String>,
    /// (slug, name) of connectors.
    pub connectors: HashMap<String, (String, String)>,
}

/// The names of what tokens speak of.
///
/// # Errors
/// Where the database cannot be read.
pub fn names(connection: &mut DbConnection, people: &[&str], named: &[&str]) -> Result<Names, StoreError> {
    let people = people::table.filter(people::id.eq_any(people)).select((people::id, people::user_name));
    let named: Vec<(String, String, String)> = connectors::table
        .filter(connectors::id.eq_any(named))
        .select((connectors::id, connectors::slug, connectors::name))
        .load(connection)?;
    Ok(Names {
        people: people.load::<(String, String)>(connection)?.into_iter().collect(),
        connectors: named.into_iter().map(|(id, slug, name)| (id, (slug, name))).collect(),
    })
}

/// The token with this id, or this slug.
///
/// # Errors
/// [`StoreError::NotFound`]; where the database cannot be read.
pub fn resolve(connection: &mut DbConnection, text: &str) -> Result<ApiToken, StoreError> {
    let id = guid(text).unwrap_or_else(|| text.to_owned());
    let rows: Vec<Row> = api_tokens::table
        .filter(api_tokens::id.eq(id).or(api_tokens::slug.eq(text)))
        .select(Row::as_select())
        .load(connection)?;
    whole(connection, rows)?.pop().ok_or(StoreError::NotFound)
}
