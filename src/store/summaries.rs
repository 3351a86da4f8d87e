//! What lists show of connectors, without what only their use needs.

use diesel::prelude::*;

use super::schema::{accounts as known, connectors};
use super::{DbConnection, StoreError, accounts};
use crate::model::partition::Partition;
use crate::model::principal::PrincipalType;
use crate::model::summary::Summary;

#[derive(Queryable, Selectable)]
#[diesel(table_name = connectors)]
struct Row {
    id: String,
    slug: String,
    name: String,
    description: String,
    partition: String,
    principal_type: String,
    duration_seconds: Option<i32>,
    system_scope: bool,
    enabled: bool,
}

fn summary(row: Row, account: Option<accounts::Row>) -> Result<Summary, String> {
    Ok(Summary {
        id: row.id,
        slug: row.slug,
        name: row.name,
        description: row.description,
        partition: Partition::parse(&row.partition)?,
        kind: PrincipalType::parse(&row.principal_type)?,
        duration: row.duration_seconds.and_then(|seconds| u32::try_from(seconds).ok()),
        system_scope: row.system_scope,
        enabled: row.enabled,
        account: account.map(accounts::Row::account).transpose()?,
    })
}

/// The connectors of these ids, or all, by name. One whose row is damaged is left out and told of in the server's log: it
/// can issue nothing, and the others can.
///
/// # Errors
/// Where the database cannot be read.
pub fn of(connection: &mut DbConnection, ids: Option<&[String]>) -> Result<Vec<Summary>, StoreError> {
    let rows: Vec<(Row, Option<accounts::Row>)> = directly!(connection, |database| {
        let account =
            known::partition.eq(connectors::partition).and(known::account_id.nullable().eq(connectors::account_id));
        let mut query = connectors::table
            .left_join(known::table.on(account))
            .select((Row::as_select(), Option::<accounts::Row>::as_select()))
            .order(connectors::name_folded)
            .into_boxed();
        if let Some(ids) = ids {
            query = query.filter(connectors::id.eq_any(ids));
        }
        query.load(database)
    })?;
    let whole = |(row, account): (Row, Option<accounts::Row>)| {
        let id = row.id.clone();
        summary(row, account).inspect_err(|cause| tracing::error!(connector = id, cause, "a damaged connector")).ok()
    };
    Ok(rows.into_iter().filter_map(whole).collect())
}
