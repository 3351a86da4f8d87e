//! What each group may use.

use std::collections::HashMap;
use std::sync::Arc;

use super::group_of;
use crate::app::App;
use crate::model::api_token::Part;
use crate::model::grant::Grant;
use crate::model::identity::{Group, GroupRef};
use crate::portal::connectors::list::{self, ConnectorStatus};
use crate::portal::paging::Page;
use crate::portal::{PortalError, Who};
use crate::store::connector_list::{self, Wanted};
use crate::store::grants;
use crate::store::grants::Granted;

/// A group that may use connectors.
#[derive(Clone, Debug)]
pub struct GroupStatus {
    /// The group, and how many connectors it may use.
    pub granted: Granted,
    /// Whether the directory no longer has it; `None` where that is not known without asking a server.
    pub gone: Option<bool>,
}

/// What is known of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Its directory has it.
    There,
    /// Its directory has it no more, or is not configured any more: nobody is in it.
    Gone,
    /// The directory does not answer; of the group is known what its grants say.
    Silent,
}

/// A group whose connectors are looked at.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The group.
    pub group: Group,
    /// What its directory says of it.
    pub known: Known,
    /// Why the caller may let it use nothing; `None`: they may.
    pub own: Option<&'static str>,
}

/// A connector beside a group.
#[derive(Clone, Debug)]
pub struct Row {
    /// The connector.
    pub status: ConnectorStatus,
    /// The grant, where the group may use it.
    pub grant: Option<Grant>,
}

/// Connectors beside a group.
#[derive(Clone, Debug)]
pub struct Connectors {
    /// Those that are shown.
    pub page: Page<Row>,
    /// How many connectors the group may use.
    pub granted: usize,
    /// How many there are beside them.
    pub others: usize,
}

/// The groups that may use connectors and whose name holds `search`, from the one with the value `from` on. No directory is
/// asked: whether a group is gone follows from the latest list of groups.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn groups(
    app: &App,
    who: &Who,
    search: &str,
    from: Option<String>,
) -> Result<Page<GroupStatus>, PortalError> {
    who.reach(Part::Grants)?;
    let all = granted(app).await?;
    let part = search.trim().to_lowercase();
    let fits = |granted: &&Granted| part.is_empty() || granted.name.to_lowercase().contains(&part);
    let fitting: HashMap<String, &Granted> =
        all.iter().filter(fits).map(|granted| (granted.group.to_string(), granted)).collect();
    let ids: Vec<String> = all.iter().filter(fits).map(|granted| granted.group.to_string()).collect();
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let (page, shown) = Page::cut(total, &ids, from.as_deref());
    let shown: Vec<Granted> = shown.iter().filter_map(|id| fitting.get(id)).map(|granted| (*granted).clone()).collect();
    let oldest = app.clock.now() - app.config.access.list_groups_every * 2;
    let asked: Vec<_> = shown.iter().map(|granted| (&granted.group, granted.latest)).collect();
    let gone = app.directories.known_gone(&asked, oldest).await;
    let rows = shown.into_iter().zip(gone).map(|(granted, gone)| GroupStatus { granted, gone }).collect();
    Ok(Page { rows, ..page })
}

/// All groups with grants, read again when a connector or a grant changed.
async fn granted(app: &App) -> Result<Arc<Vec<Granted>>, PortalError> {
    Ok(app.granted_groups.get(&app.database, (), grants::groups).await?)
}

/// The group that a text names, as the picker gives it or as somebody types it: whole.
///
/// # Errors
/// [`PortalError::Invalid`] at `group` where there is none, or several; where the directory does not answer.
pub async fn named(app: &App, who: &Who, typed: &str) -> Result<Group, PortalError> {
    who.reach(Part::Grants)?;
    group_of(app, typed.trim()).await
}

/// The group of a value, `directory:stable-id`. One that its directory does not have, or whose directory does not answer, is
/// known by its grants.
///
/// # Errors
/// [`PortalError::NotFound`] where nobody knows it; where the directory does not answer and it has no grant.
pub async fn chosen(app: &App, who: &Who, value: &str) -> Result<Chosen, PortalError> {
    let reach = who.reach(Part::Grants)?;
    let group = parse(value)?;
    let own = reach.own_group(&group);
    let answer = app.directories.known_group(&group).await;
    if let Ok(Some(group)) = answer {
        return Ok(Chosen { group, known: Known::There, own });
    }
    let asked = group.clone();
    let grants = app.database.read(move |connection| grants::of_groups(connection, &[asked])).await?;
    let Some(latest) = grants.into_iter().max_by_key(|grant| grant.created_at) else {
        return Err(answer.err().map_or(PortalError::NotFound("group"), PortalError::Directory));
    };
    let known = if answer.is_ok() { Known::Gone } else { Known::Silent };
    Ok(Chosen { group: Group { group, name: latest.group_name, detail: latest.group_detail }, known, own })
}

/// The group of a value as the picker gives it.
///
/// # Errors
/// [`PortalError::NotFound`] where it is none.
pub(super) fn parse(value: &str) -> Result<GroupRef, PortalError> {
    match value.split_once(':') {
        Some((directory, id)) if !directory.is_empty() && !id.is_empty() => {
            Ok(GroupRef { directory: directory.to_owned(), id: id.to_owned() })
        }
        _ => Err(PortalError::NotFound("group")),
    }
}

/// The connectors that the group may use (`granted`), or may not use yet, by name, from the one with the id `from` on.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn connectors(
    app: &App,
    who: &Who,
    group: &GroupRef,
    granted: bool,
    (search, from): (&str, Option<String>),
) -> Result<Connectors, PortalError> {
    let reach = who.reach(Part::Grants)?;
    let (group, wanted) = (group.clone(), Wanted { search: search.to_owned(), ..Wanted::default() });
    let read = app.database.read_much(move |connection| {
        let mut grants: HashMap<String, Grant> = grants::of_groups(connection, &[group])?
            .into_iter()
            .map(|grant| (grant.connector_id.clone(), grant))
            .collect();
        let all = usize::try_from(connector_list::count(connection)?).unwrap_or(usize::MAX);
        let others = all.saturating_sub(grants.len());
        let mut ids = connector_list::ids(connection, &wanted)?;
        ids.retain(|id| grants.contains_key(id) == granted);
        let total = i64::try_from(if granted { grants.len() } else { others }).unwrap_or(i64::MAX);
        let (page, shown) = Page::cut(total, &ids, from.as_deref());
        let may = grants.len();
        let row = |status: ConnectorStatus| Row { grant: grants.remove(&status.head.id), status };
        let rows = list::rows(connection, &reach, &shown)?.into_iter().map(row).collect();
        Ok(Connectors { page: Page { rows, ..page }, granted: may, others })
    });
    Ok(read.await?)
}
