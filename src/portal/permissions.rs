//! Permissions: which groups may use which connectors.

pub mod by_group;
mod exactly;
pub mod many;
pub mod people;
pub mod seen;

use chrono::{DateTime, Utc};

pub use exactly::{Change, changes, shown};

use super::connectors::about_head;
use super::once::Once;
use super::reach::{Reach, changeable};
use super::{PortalError, Who};
use crate::app::App;
use crate::directory::Found;
use crate::model::api_token::Part;
use crate::model::event::{Event, Kind};
use crate::model::grant::Grant;
use crate::model::identity::{Group, GroupRef};
use crate::random;
use crate::store::connectors::Head;
use crate::store::{DbConnection, StoreError, connectors, grants};

/// A grant, and whether the directory still knows its group.
#[derive(Clone, Debug)]
pub struct GrantStatus {
    /// The grant.
    pub grant: Grant,
    /// The directory no longer knows the group: nobody is in it.
    pub gone: bool,
}

/// A connector and its grants, by group name.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn of_connector(app: &App, who: &Who, id: &str) -> Result<(Head, Vec<GrantStatus>), PortalError> {
    who.reach(Part::Grants)?;
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let id = connectors::resolve_id(connection, &id)?;
        let connector = connectors::head(connection, &id)?;
        let grants = grants::of_connector(connection, &connector.id)?;
        Ok((connector, grants))
    });
    let (connector, grants) = read.await?;
    let mut shown = Vec::with_capacity(grants.len());
    let mut silent: Vec<String> = Vec::new();
    let oldest = app.clock.now() - app.config.access.list_groups_every * 2;
    for grant in grants {
        let group = &grant.group;
        let gone = if silent.contains(&group.directory) {
            false
        } else if let Some(gone) = app.directories.is_gone(group, grant.created_at, oldest).await {
            gone
        } else {
            // One silence is enough: the page must not wait once for each grant.
            silent.push(group.directory.clone());
            false
        };
        shown.push(GrantStatus { grant, gone });
    }
    Ok((connector, shown))
}

/// The groups that may use a connector.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn granted(app: &App, who: &Who, connector: &str) -> Result<Vec<GroupRef>, PortalError> {
    who.reach(Part::Grants)?;
    let id = connector.to_owned();
    let read = app.database.read(move |connection| {
        let connector = connectors::head(connection, &id)?;
        grants::of_connector(connection, &connector.id)
    });
    let grants = read.await?;
    Ok(grants.into_iter().map(|grant| grant.group).collect())
}

/// Groups to choose from, of all directories that answer.
///
/// # Errors
/// Where none of them answers, or the caller does not administer.
pub async fn find_groups(app: &App, who: &Who, part: &str) -> Result<Found, PortalError> {
    who.reach(Part::Grants)?;
    let mut found = app.directories.find_groups(part).await;
    if found.silent.len() == app.directories.all().len()
        && let Some(error) = found.silent.pop()
    {
        return Err(error.into());
    }
    Ok(found)
}

/// Lets a group use a connector. `typed` is a group's `directory:id` as the picker gives it, or its exact name.
///
/// # Errors
/// [`PortalError::Invalid`] at `group` where there is no such group, or several.
pub async fn grant(app: &App, who: &Who, connector: &str, typed: &str) -> Result<Group, PortalError> {
    Ok(grant_once(app, who, connector, typed, &Once::UNNAMED).await?.1)
}

/// [`grant`], with a request that may have a name; gives the grant's id, too.
///
/// # Errors
/// As [`grant`].
pub async fn grant_once(
    app: &App,
    who: &Who,
    connector: &str,
    typed: &str,
    once: &Once,
) -> Result<(String, Group), PortalError> {
    let reach = who.reach(Part::Grants)?;
    changeable(app, who, Part::Grants, connector).await?;
    let group = group_of(app, typed.trim()).await?;
    let grant = new_grant(connector, &group, who.name(), app.clock.now());
    let base = Event::new(app.clock.now(), Kind::GrantCreate, &who.origin).by(&who.actor());
    let (id, once) = (grant.id.clone(), once.clone());
    let write = app.database.write(move |connection| {
        let connector = connectors::head(connection, &grant.connector_id)?;
        let before = grants::of_connector(connection, &connector.id)?;
        reach.grant(connection, &grant, "group")?;
        once.keep(connection, &grant.id)?;
        Ok(((), vec![added(base, &connector, &grant, &before)]))
    });
    write.await?;
    Ok((id, group))
}

/// Takes a connector from a group.
///
/// # Errors
/// [`PortalError::NotFound`] where there is no such grant.
pub async fn revoke(app: &App, who: &Who, grant_id: &str) -> Result<Grant, PortalError> {
    let (reach, id) = (who.reach(Part::Grants)?, grant_id.to_owned());
    let granted = app.database.read(move |connection| grants::find(connection, &id)).await?;
    changeable(app, who, Part::Grants, &granted.connector_id).await?;
    let id = granted.id;
    let base = Event::new(app.clock.now(), Kind::GrantDelete, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        let grant = grants::find(connection, &id)?;
        let connector = connectors::head(connection, &grant.connector_id)?;
        let before = grants::of_connector(connection, &connector.id)?;
        reach.revoke(connection, &grant)?;
        let event = removed(base, &connector, &grant, &before);
        Ok((grant, vec![event]))
    });
    Ok(write.await?)
}

/// The most groups that a row of the log names before and after a change.
const NAMED: usize = 100;

/// The row of a grant that was made; `before` are the grants that the connector had.
fn added(event: Event, connector: &Head, grant: &Grant, before: &[Grant]) -> Event {
    let event = about(event, connector, grant);
    event.with("before", group_names(before.iter())).with("after", group_names(before.iter().chain([grant])))
}

/// The row of a grant that was taken away; `before` are the grants that the connector had.
fn removed(event: Event, connector: &Head, grant: &Grant, before: &[Grant]) -> Event {
    let event = about(event, connector, grant);
    let left = before.iter().filter(|other| other.id != grant.id);
    event.with("before", group_names(before.iter())).with("after", group_names(left))
}

/// Groups as `directory:name`, in order; of very many the first [`NAMED`] and how many more.
pub(super) fn group_names<'a>(grants: impl Iterator<Item = &'a Grant>) -> Vec<String> {
    let mut names: Vec<String> =
        grants.map(|grant| format!("{}:{}", grant.group.directory, grant.group_name)).collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(NAMED);
    if more > 0 {
        names.truncate(NAMED);
        names.push(format!("and {more} more"));
    }
    names
}

fn about(event: Event, connector: &Head, grant: &Grant) -> Event {
    let mut event =
        about_head(event, connector).with("group", grant.group_name.as_str()).with("group_id", grant.group.to_string());
    event.grant_id = Some(grant.id.clone());
    event
}

/// The most groups that are typed at once.
const AT_ONCE: usize = 100;

/// The groups that a text names, one a line, each as [`grant`] takes it.
///
/// # Errors
/// [`PortalError::Invalid`] at `groups` with every line that names none, or several.
pub(super) async fn groups_of(app: &App, text: &str) -> Result<Vec<Group>, PortalError> {
    let mut groups: Vec<Group> = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if groups.len() + wrong.len() == AT_ONCE {
            wrong.push(format!("These are more than {AT_ONCE} groups; grant the others on the permissions page."));
            break;
        }
        match group_of(app, line).await {
            Ok(group) if groups.iter().any(|known| known.group == group.group) => {}
            Ok(group) => groups.push(group),
            Err(PortalError::Invalid(errors)) => wrong.extend(errors.iter().map(|(_, sentence)| sentence.to_owned())),
            Err(error) => return Err(error),
        }
    }
    if wrong.is_empty() { Ok(groups) } else { Err(PortalError::Invalid(("groups", wrong.join(" ")).into())) }
}

/// Lets groups use a connector that is being saved, and gives a row of the log for each that could not before.
pub(super) fn add(
    connection: &mut DbConnection,
    connector: &Head,
    groups: &[Group],
    (reach, by): (&Reach, &str),
    base: &Event,
) -> Result<Vec<Event>, StoreError> {
    let mut known = grants::of_connector(connection, &connector.id)?;
    let mut events = Vec::new();
    for group in groups {
        if known.iter().any(|grant| grant.group == group.group) {
            continue;
        }
        let grant = new_grant(&connector.id, group, by, base.at);
        reach.grant(connection, &grant, "groups")?;
        events.push(added(base.clone(), connector, &grant, &known));
        known.push(grant);
    }
    Ok(events)
}

fn new_grant(connector_id: &str, group: &Group, by: &str, at: DateTime<Utc>) -> Grant {
    Grant {
        id: random::id(),
        connector_id: connector_id.to_owned(),
        group: group.group.clone(),
        group_name: group.name.clone(),
        group_detail: group.detail.clone(),
        created_by: by.to_owned(),
        created_at: at,
    }
}

/// The one group that a text names: `directory:id`, `directory:name`, or a name that only one directory has.
///
/// # Errors
/// [`PortalError::Invalid`] at `group` where it names none, or several; where a directory does not answer.
pub(super) async fn group_of(app: &App, typed: &str) -> Result<Group, PortalError> {
    let wrong = |sentence: String| PortalError::Invalid(("group", sentence).into());
    if typed.is_empty() {
        return Err(wrong("Choose a group.".to_owned()));
    }
    let (mut named, whose) = match typed.split_once(':').and_then(|(one, rest)| Some((app.directories.get(one)?, rest)))
    {
        Some((chosen, rest)) => {
            if let Some(group) = chosen.directory().group(rest).await? {
                return Ok(group);
            }
            let named = chosen.directory().groups_named(rest).await?;
            // A name may have a colon of its own.
            let named = if named.is_empty() { chosen.directory().groups_named(typed).await? } else { named };
            (named, format!("The directory {}", chosen.name()))
        }
        None => {
            let named = app.directories.groups_named(typed).await?;
            let whose = app
                .directories
                .only()
                .map_or_else(|| "None of the directories".to_owned(), |only| format!("The directory {}", only.name()));
            (named, whose)
        }
    };
    let are_apart =
        named.iter().any(|group| named.first().is_some_and(|first| first.group.directory != group.group.directory));
    match (named.len(), named.pop()) {
        (1, Some(group)) => Ok(group),
        (_, None) if whose.starts_with("None") => Err(wrong(format!("{whose} has a group “{typed}”."))),
        (_, None) => Err(wrong(format!("{whose} has no group “{typed}”."))),
        (_, Some(one)) if are_apart => Err(wrong(format!(
            "Several directories have a group “{typed}”. Say which, for example “{}:{typed}”.",
            one.group.directory
        ))),
        (_, Some(one)) => Err(wrong(format!(
            "There are several groups “{typed}”. Name it by directory and id, for example “{}”.",
            one.group
        ))),
    }
}
