//! The usage log: append-only; read newest first, by id.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::few::Few;
use super::schema::usage_log;
use super::{DbConnection, StoreError, time};
use crate::model::event::{Event, Kind, Origin, Outcome, ROW_VERSION};

/// A row as it is inserted.
#[derive(Insertable)]
// Every column is named, so that there is one statement for all rows, prepared once.
#[diesel(table_name = usage_log, treat_none_as_default_value = false)]
pub(super) struct UsageRow<'a> {
    chain: &'a str,
    seq: i64,
    version: i32,
    at: i64,
    kind: &'a str,
    outcome: &'a str,
    reason: &'a str,
    actor_kind: &'a str,
    actor_id: Option<&'a str>,
    actor_name: &'a str,
    directory: Option<&'a str>,
    connector_id: Option<&'a str>,
    connector_name: Option<&'a str>,
    account_id: Option<&'a str>,
    arn: Option<&'a str>,
    session_name: Option<&'a str>,
    source_identity: Option<&'a str>,
    issued_key_id: Option<&'a str>,
    expires_at: Option<i64>,
    requested_seconds: Option<i32>,
    granted_seconds: Option<i32>,
    address: &'a str,
    user_agent: &'a str,
    request_id: &'a str,
    detail: &'a str,
    grant_id: Option<&'a str>,
    group_path: Option<&'a str>,
    rule: Option<&'a str>,
    connector_version: Option<i32>,
    policy_hash: Option<&'a str>,
    row_hash: &'a [u8],
}

impl<'a> UsageRow<'a> {
    pub(super) fn chained(event: &'a Event, chain: &'a str, seq: i64, detail: &'a str, row_hash: &'a [u8]) -> Self {
        let seconds = |seconds: Option<u32>| seconds.and_then(|seconds| i32::try_from(seconds).ok());
        Self {
            chain,
            seq,
            version: ROW_VERSION,
            at: event.at.timestamp_millis(),
            kind: &event.kind,
            outcome: &event.outcome,
            reason: &event.reason,
            actor_kind: &event.actor_kind,
            actor_id: event.actor_id.as_deref(),
            actor_name: &event.actor_name,
            directory: event.directory.as_deref(),
            connector_id: event.connector_id.as_deref(),
            connector_name: event.connector_name.as_deref(),
            account_id: event.account_id.as_deref(),
            arn: event.arn.as_deref(),
            session_name: event.session_name.as_deref(),
            source_identity: event.source_identity.as_deref(),
            issued_key_id: event.issued_key_id.as_deref(),
            expires_at: event.expires_at.map(|at| at.timestamp_millis()),
            requested_seconds: seconds(event.requested_seconds),
            granted_seconds: seconds(event.granted_seconds),
            address: &event.origin.address,
            user_agent: &event.origin.user_agent,
            request_id: &event.origin.request_id,
            detail,
            grant_id: event.grant_id.as_deref(),
            group_path: event.group_path.as_deref(),
            rule: event.rule.as_deref(),
            connector_version: event.connector_version,
            policy_hash: event.policy_hash.as_deref(),
            row_hash,
        }
    }
}

/// A row as it is read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = usage_log)]
struct Row {
    id: i64,
    chain: String,
    seq: i64,
    at: i64,
    kind: String,
    outcome: String,
    reason: String,
    actor_kind: String,
    actor_id: Option<String>,
    actor_name: String,
    directory: Option<String>,
    connector_id: Option<String>,
    connector_name: Option<String>,
    account_id: Option<String>,
    arn: Option<String>,
    session_name: Option<String>,
    source_identity: Option<String>,
    issued_key_id: Option<String>,
    expires_at: Option<i64>,
    requested_seconds: Option<i32>,
    granted_seconds: Option<i32>,
    address: String,
    user_agent: String,
    request_id: String,
    detail: String,
    grant_id: Option<String>,
    group_path: Option<String>,
    rule: Option<String>,
    connector_version: Option<i32>,
    policy_hash: Option<String>,
    row_hash: Vec<u8>,
}

/// A recorded event and its place in the chain.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Number of the row; never repeats.
    pub id: i64,
    /// The chain it belongs to.
    pub chain: String,
    /// Its place there.
    pub seq: i64,
    /// The hash that the next row builds on.
    pub row_hash: Vec<u8>,
    /// What happened.
    pub event: Event,
}

impl From<Row> for Recorded {
    fn from(row: Row) -> Self {
        let seconds = |seconds: Option<i32>| seconds.and_then(|seconds| u32::try_from(seconds).ok());
        let event = Event {
            at: time::from(row.at),
            kind: row.kind,
            outcome: row.outcome,
            reason: row.reason,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            directory: row.directory,
            connector_id: row.connector_id,
            connector_name: row.connector_name,
            account_id: row.account_id,
            arn: row.arn,
            session_name: row.session_name,
            source_identity: row.source_identity,
            issued_key_id: row.issued_key_id,
            expires_at: row.expires_at.map(time::from),
            requested_seconds: seconds(row.requested_seconds),
            granted_seconds: seconds(row.granted_seconds),
            origin: Origin { address: row.address, user_agent: row.user_agent, request_id: row.request_id },
            detail: serde_json::from_str(&row.detail).unwrap_or_default(),
            grant_id: row.grant_id,
            group_path: row.group_path,
            rule: row.rule,
            connector_version: row.connector_version,
            policy_hash: row.policy_hash,
        };
        Self { id: row.id, chain: row.chain, seq: row.seq, row_hash: row.row_hash, event }
    }
}

/// What to read of the log; empty fields ask for everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The actor's name, exactly.
    pub actor_name: Option<String>,
    /// The connector's id.
    pub connector_id: Option<String>,
    /// [`crate::model::event::Kind::word`].
    pub kind: Option<String>,
    /// [`crate::model::event::Outcome::word`].
    pub outcome: Option<String>,
    /// Not before, milliseconds since 1970.
    pub from: Option<i64>,
    /// Before, milliseconds since 1970.
    pub to: Option<i64>,
    /// Only rows with a smaller id.
    pub before: Option<i64>,
}

/// How much later than its own time a row may be written, in milliseconds: an attempt begins long before AWS has answered.
/// Bounds of time become bounds of `id` with this much to spare.
const LATE: i64 = 10 * 60 * 1000;

/// Rows that fit `filter`, newest first, at most `limit`. No OFFSET and no COUNT: both would walk the whole table.
/// Dates are turned into bounds of `id` first, so that the pages themselves walk one index.
///
/// # Errors
/// Where the database cannot be read.
pub fn page(connection: &mut DbConnection, filter: &Filter, limit: i64) -> Result<Vec<Recorded>, StoreError> {
    let mut query = usage_log::table.select(Row::as_select()).order(usage_log::id.desc()).limit(limit).into_boxed();
    if let Some(from) = filter.from {
        query = query.filter(usage_log::at.ge(from));
        let before: Option<i64> = usage_log::table
            .filter(usage_log::at.lt(from.saturating_sub(LATE)))
            .order(usage_log::at.desc())
            .select(usage_log::id)
            .first(connection)
            .optional()?;
        query = query.filter(usage_log::id.gt(before.unwrap_or(0)));
    }
    if let Some(to) = filter.to {
        query = query.filter(usage_log::at.lt(to));
        let after: Option<i64> = usage_log::table
            .filter(usage_log::at.ge(to.saturating_add(LATE)))
            .order(usage_log::at.asc())
            .select(usage_log::id)
            .first(connection)
            .optional()?;
        query = query.filter(usage_log::id.lt(after.unwrap_or(i64::MAX)));
    }
    if let Some(before) = filter.before {
        query = query.filter(usage_log::id.lt(before));
    }
    if let Some(name) = &filter.actor_name {
        query = query.filter(usage_log::actor_name.eq(name.clone()));
    }
    if let Some(id) = &filter.connector_id {
        query = query.filter(usage_log::connector_id.eq(id.clone()));
    }
    if let Some(kind) = &filter.kind {
        query = query.filter(usage_log::kind.eq(kind.clone()));
    }
    if let Some(outcome) = &filter.outcome {
        query = query.filter(usage_log::outcome.eq(outcome.clone()));
        if outcome != Outcome::Ok.word() {
            // As it stands in the index of what did not go well: SQLite takes a partial index only for its own words.
            query = query.filter(diesel::dsl::sql::<Bool>("outcome <> 'ok'"));
        }
    }
    Ok(query.load::<Row>(connection)?.into_iter().map(Recorded::from).collect())
}

/// One row.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: i64) -> Result<Recorded, StoreError> {
    Ok(usage_log::table.find(id).select(Row::as_select()).first::<Row>(connection)?.into())
}

/// One use of a connector, as a list shows it.
#[derive(Clone, Debug, Queryable)]
pub struct RecentUse {
    /// The connector.
    pub connector_id: Option<String>,
    /// Its name at that time.
    pub connector_name: Option<String>,
    /// [`crate::model::event::Kind::word`].
    pub kind: String,
    /// When, milliseconds since 1970.
    at: i64,
    expires_at: Option<i64>,
}

impl RecentUse {
    /// When.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        time::from(self.at)
    }

    /// When the credentials end.
    #[must_use]
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at.map(time::from)
    }
}

/// How many uses [`recent_uses`] gives at most.
const RECENT: u8 = 5;

/// What a person used lately, newest first. By id alone, in an index of what was issued: whoever types somebody's name at the
/// sign-in page adds rows under that name, but none here.
///
/// # Errors
/// Where the database cannot be read.
pub fn recent_uses(connection: &mut DbConnection, actor_id: &str) -> Result<Vec<RecentUse>, StoreError> {
    let uses = usage_log::table
        .filter(usage_log::actor_id.eq(actor_id))
        .filter(usage_log::issued_key_id.is_not_null())
        .order(usage_log::id.desc())
        .select((
            usage_log::connector_id,
            usage_log::connector_name,
            usage_log::kind,
            usage_log::at,
            usage_log::expires_at,
        ));
    Ok(directly!(connection, |database| Few::<_, RECENT>(uses).load(database))?)
}

/// The last uses of a connector and tries to use it, newest first, as many as [`recent_uses`] gives.
///
/// # Errors
/// Where the database cannot be read.
pub fn uses_of(connection: &mut DbConnection, connector_id: &str) -> Result<Vec<Recorded>, StoreError> {
    let kinds = [Kind::CredentialsIssue, Kind::ConsoleOpen, Kind::EcrIssue, Kind::CodeArtifactIssue].map(Kind::word);
    let rows: Vec<Row> = usage_log::table
        .filter(usage_log::connector_id.eq(connector_id))
        .filter(usage_log::kind.eq_any(kinds))
        .order(usage_log::id.desc())
        .limit(i64::from(RECENT))
        .select(Row::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(Recorded::from).collect())
}

/// The row that says how something ended: of `kind`, and about the connector with this id or with the id in its detail.
/// `id` has to be a GUID: it becomes part of a pattern.
///
/// # Errors
/// Where the database cannot be read.
pub fn end_of(connection: &mut DbConnection, kind: Kind, id: &str) -> Result<Option<Recorded>, StoreError> {
    let row: Option<Row> = usage_log::table
        .filter(usage_log::kind.eq(kind.word()))
        .filter(usage_log::outcome.eq(Outcome::Ok.word()))
        .filter(usage_log::connector_id.eq(id).assume_not_null().or(usage_log::detail.like(format!("%\"{id}\"%"))))
        .order(usage_log::id.desc())
        .select(Row::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(Recorded::from))
}
