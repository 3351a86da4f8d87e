//! What lists show of connectors, without what only their use needs.

use diesel::prelude::*;

use super::schema::{accounts, connectors};
use super::{DbConnection, StoreError};
use crate::model::account::{Account, COLOURS};
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
    principal_type: String,
    duration_seconds: Option<i32>,
    system_scope: bool,
    enabled: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct AccountRow {
    id: String,
    partition: String,
    account_id: String,
    label: String,
    colour: i32,
}

fn summary(row: Row, account: Option<AccountRow>) -> Result<Summary, String> {
    let account = account.map(|row| {
        Ok::<_, String>(Account {
            id: row.id,
            partition: Partition::parse(&row.partition)?,
            account_id: row.account_id,
            label: row.label,
            colour: u8::try_from(row.colour).unwrap_or(0) % COLOURS,
        })
    });
    Ok(Summary {
        id: row.id,
        slug: row.slug,
        name: row.name,
        description: row.description,
        kind: PrincipalType::parse(&row.principal_type)?,
        duration: row.duration_seconds.and_then(|seconds| u32::try_from(seconds).ok()),
        system_scope: row.system_scope,
        enabled: row.enabled,
        account: account.transpose()?,
    })
}

/// The connectors of these ids, or all, by name. One whose row is damaged is left out and told of in the server's log: it
/// can issue nothing, and the others can.
///
/// # Errors
/// Where the database cannot be read.
pub fn of(connection: &mut DbConnection, ids: Option<&[String]>) -> Result<Vec<Summary>, StoreError> {
    let rows: Vec<(Row, Option<AccountRow>)> = directly!(connection, |database| {
        let account = accounts::partition
            .eq(connectors::partition)
            .and(accounts::account_id.nullable().eq(connectors::account_id));
        let mut query = connectors::table
            .left_join(accounts::table.on(account))
            .select((Row::as_select(), Option::<AccountRow>::as_select()))
            .order(connectors::name_folded)
            .into_boxed();
        if let Some(ids) = ids {
            query = query.filter(connectors::id.eq_any(ids));
        }
        query.load(database)
    })?;
    let whole = |(row, account): (Row, Option<AccountRow>)| {
        let id = row.id.clone();
        summary(row, account).inspect_err(|cause| tracing::error!(connector = id, cause, "a damaged connector")).ok()
    };
    Ok(rows.into_iter().filter_map(whole).collect())
}
