//! The list of connectors, a page at a time.

use std::collections::{HashMap, HashSet};

use super::account_of;
use crate::app::App;
use crate::model::account::Account;
use crate::model::api_token::Part;
use crate::model::connector::Connector;
use crate::portal::paging::Page;
use crate::portal::reach::Reach;
use crate::portal::{PortalError, Who};
use crate::store::connector_list::{self, Wanted};
use crate::store::connectors::{Head, Listed};
use crate::store::{DbConnection, StoreError, accounts, connectors, grants, key_list};

/// A connector with what its list shows beside it.
#[derive(Clone, Debug)]
pub struct ConnectorStatus {
    /// The connector's row.
    pub head: Head,
    /// What is wrong with the row, so that it cannot be used; `None`: nothing.
    pub problem: Option<String>,
    /// The name of its access key.
    pub source: String,
    /// How many groups may use it.
    pub groups: i64,
    /// Whether the caller may look at it and not change it.
    pub fixed: bool,
    /// Its account, where it is known.
    pub account: Option<Account>,
}

/// The connectors that fit, from the one with the id `from` on; from the first where there is no such connector.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn list(
    app: &App,
    who: &Who,
    wanted: Wanted,
    from: Option<String>,
) -> Result<Page<ConnectorStatus>, PortalError> {
    let reach = who.reach(Part::Connectors)?;
    let read = app.database.read_much(move |connection| {
        let total = connector_list::count(connection)?;
        let ids = connector_list::ids(connection, &wanted)?;
        let (page, shown) = Page::cut(total, &ids, from.as_deref());
        Ok(Page { rows: rows(connection, &reach, &shown)?, ..page })
    });
    Ok(read.await?)
}

/// The rows of these ids, in their order.
pub(in crate::portal) fn rows(
    connection: &mut DbConnection,
    reach: &Reach,
    ids: &[String],
) -> Result<Vec<ConnectorStatus>, StoreError> {
    let listed = connectors::listed_of(connection, ids)?;
    let keys = key_list::names_of(connection, listed.iter().map(|listed| listed.head.access_key_id.as_str()))?;
    let groups = grants::counts(connection, ids)?;
    let whole: Vec<Connector> = listed.iter().filter_map(|listed| listed.connector.clone().ok()).collect();
    let accounts = accounts::of_connectors(connection, &whole)?;
    let mut fixed = HashSet::new();
    for id in ids {
        if reach.why_fixed(connection, id)?.is_some() {
            fixed.insert(id.clone());
        }
    }
    let status = |Listed { head, connector }: Listed| ConnectorStatus {
        source: keys.get(&head.access_key_id).cloned().unwrap_or_default(),
        groups: groups.get(&head.id).copied().unwrap_or(0),
        account: connector.as_ref().ok().and_then(|connector| account_of(&accounts, connector)),
        problem: connector.err(),
        fixed: fixed.contains(&head.id),
        head,
    };
    let mut by_id: HashMap<String, ConnectorStatus> =
        listed.into_iter().map(|listed| (listed.head.id.clone(), status(listed))).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}
