//! The hash chain of this process's usage-log rows.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::{usage_chains, usage_log};
use super::usage_log::UsageRow;
use super::{DbConnection, StoreError, time};
use crate::model::event::{Event, chain_start};
use crate::random;

/// Where this process's chain stands.
#[derive(Clone)]
pub(super) struct Chain {
    id: String,
    seq: i64,
    head: Vec<u8>,
    start: Vec<u8>,
}

/// A chain as it is kept, in the order of the table.
#[derive(Queryable)]
struct ChainRow {
    id: String,
    predecessor: Option<String>,
    predecessor_hash: Vec<u8>,
    opened_at: i64,
}

impl ChainRow {
    fn start(&self) -> Vec<u8> {
        let opened_at = time::from(self.opened_at);
        chain_start(&self.id, self.predecessor.as_deref(), &self.predecessor_hash, opened_at).to_vec()
    }
}

impl Chain {
    /// Opens a chain that names the one opened before it and where that one stands now.
    pub(super) fn open(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let before = usage_chains::table.order(usage_chains::id.desc()).first::<ChainRow>(connection).optional()?;
        let head = match &before {
            // One without rows stands at its start: it holds the chain before it all the same.
            Some(before) => head_of(connection, &before.id)?.map_or_else(|| before.start(), |(_, head)| head),
            None => Vec::new(),
        };
        let before = before.map(|before| before.id);
        let id = random::id();
        diesel::insert_into(usage_chains::table)
            .values((
                usage_chains::id.eq(&id),
                usage_chains::predecessor.eq(before.as_deref()),
                usage_chains::predecessor_hash.eq(&head),
                usage_chains::opened_at.eq(now.timestamp_millis()),
            ))
            .execute(connection)?;
        let start = chain_start(&id, before.as_deref(), &head, now).to_vec();
        Ok(Self { id, seq: 0, head: start.clone(), start })
    }

    /// Reads anew where the chain stands, after a connection was lost.
    pub(super) fn resume(&mut self, connection: &mut DbConnection) -> Result<(), StoreError> {
        (self.seq, self.head) = head_of(connection, &self.id)?.unwrap_or_else(|| (0, self.start.clone()));
        Ok(())
    }

    /// Chains and inserts a row.
    pub(super) fn append(&mut self, connection: &mut DbConnection, event: &Event) -> Result<(), StoreError> {
        let detail = serde_json::Value::Object(event.detail.clone()).to_string();
        let seq = self.seq + 1;
        let hash = event.row_hash(&self.head, &self.id, seq, &detail);
        let row = UsageRow::chained(event, &self.id, seq, &detail, &hash);
        let insert = diesel::insert_into(usage_log::table).values(row);
        directly!(connection, |database| insert.execute(database))?;
        self.seq = seq;
        self.head = hash.to_vec();
        Ok(())
    }
}

fn head_of(connection: &mut DbConnection, chain: &str) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    let head = usage_log::table
        .filter(usage_log::chain.eq(chain))
        .select((usage_log::seq, usage_log::row_hash))
        .order(usage_log::seq.desc())
        .first(connection)
        .optional()?;
    Ok(head)
}
