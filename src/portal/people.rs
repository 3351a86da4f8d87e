//! What a person may use and why, for administrators: found by the decision that issuing takes.

use std::collections::HashMap;

use super::my_access::candidates;
use super::use_connector::for_whom::for_whom;
use super::{PortalError, Who, identify};
use crate::app::App;
use crate::directory::{Membership, SignInError};
use crate::model::access::{Actor, Allowed, Denied, decide, ways};
use crate::model::connector::Connector;
use crate::model::grant::Grant;
use crate::model::identity::{Entry, Group, Identity, Person};
use crate::model::summary::Summary;
use crate::store::{DbConnection, StoreError, connectors, grants, people};

/// How many names of each directory are offered to choose from.
const OFFERED: i64 = 100;

/// A person as their directory tells of them now.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who they are, with groups and roles; the id is empty where they never signed in.
    pub identity: Identity,
    /// Their groups by name, each with the way to it where the directory tells.
    pub memberships: Vec<Membership>,
    /// Whether the directory lets them in: else they may use nothing, whatever is granted.
    pub active: bool,
}

/// A connector, and whether a person may use it.
#[derive(Clone, Debug)]
pub struct Use {
    /// The connector.
    pub connector: Summary,
    /// What [`decide`] says.
    pub decided: Result<Allowed, Denied>,
    /// Every way, the one that counts first; a disabled connector has them too.
    pub ways: Vec<Allowed>,
}

/// Why a person can or cannot use one connector.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The connector.
    pub connector: Connector,
    /// What [`decide`] says.
    pub decided: Result<Allowed, Denied>,
    /// Every way, the one that counts first.
    pub ways: Vec<Allowed>,
    /// The groups that may use it.
    pub grants: Vec<Grant>,
    /// Why nothing would be handed out all the same: what is filled in for them has no value, for instance.
    pub unfilled: Option<String>,
}

/// The names of those who signed in lately, of each directory.
///
/// # Errors
/// Where the database cannot be read.
pub(super) async fn known_names(app: &App) -> Result<Vec<String>, PortalError> {
    let mut names = Vec::new();
    for members in app.directories.all() {
        let directory = members.name().to_owned();
        let known = app.database.read(move |connection| people::lately(connection, &directory, OFFERED)).await?;
        // Among several a name alone may be that of somebody else.
        let prefix = if app.directories.only().is_some() { String::new() } else { format!("{}\\", members.name()) };
        names.extend(known.into_iter().map(|name| format!("{prefix}{name}")));
    }
    Ok(names)
}

/// The person who signs in with a typed name, as the directories know them now.
///
/// # Errors
/// [`PortalError::Invalid`] at `user_name` where nobody is called that; where a directory does not answer.
pub(super) async fn named(app: &App, typed: &str) -> Result<Entry, PortalError> {
    let looked = app.directories.typed(typed);
    let (name, whose) = (
        looked.name,
        match looked.among.as_slice() {
            [only] => format!("the directory “{}”", only.name()),
            _ => "any of the directories".to_owned(),
        },
    );
    let wrong = |sentence: String| PortalError::Invalid(("user_name", sentence).into());
    if name.is_empty() {
        return Err(wrong("Type the name that somebody signs in with.".to_owned()));
    }
    match app.directories.named(typed).await {
        Ok(entry) => Ok(entry),
        Err(SignInError::Unavailable(error)) => Err(error.into()),
        Err(SignInError::Ambiguous) => {
            Err(wrong(format!("Several people in {whose} are called “{name}”, so none of them can sign in.")))
        }
        Err(_) => Err(wrong(format!("Nobody in {whose} signs in as “{name}”."))),
    }
}

/// Names to choose a person by.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn names(app: &App, who: &Who) -> Result<Vec<String>, PortalError> {
    who.administrator()?;
    known_names(app).await
}

/// The person who signs in with a typed name, whether they ever did or not.
///
/// # Errors
/// [`PortalError::Invalid`] at `user_name` where nobody is called that; where a directory does not answer.
pub async fn by_name(app: &App, who: &Who, typed: &str) -> Result<Known, PortalError> {
    who.administrator()?;
    let entry = named(app, typed).await?;
    let (directory, external_id) = (entry.directory.clone(), entry.external_id.clone());
    let known = app.database.read(move |connection| people::of_entry(connection, &directory, &external_id)).await?;
    let person = known.unwrap_or_else(|| Person {
        id: String::new(),
        directory: entry.directory.clone(),
        external_id: entry.external_id.clone(),
        user_name: entry.user_name.clone(),
        display_name: String::new(),
        mail: String::new(),
        session_name: String::new(),
        federated_name: String::new(),
    });
    with_roles(app, person, entry).await
}

/// The person with our id `id`; `Err` with what we know of them where their directory knows nobody of theirs any more.
///
/// # Errors
/// [`PortalError::NotFound`] where nobody of this id ever signed in; where the directory does not answer.
pub async fn by_id(app: &App, who: &Who, id: &str) -> Result<Result<Known, Person>, PortalError> {
    who.administrator()?;
    let id = id.to_owned();
    let person = app.database.read(move |connection| people::find(connection, &id)).await?;
    let person = person.ok_or(PortalError::NotFound("person"))?;
    // Not the answer of a minute ago: who asks may have changed something just now.
    let entry = match app.directories.get(&person.directory) {
        Some(members) => members.directory().look_up(&person.external_id).await?,
        None => None,
    };
    match entry {
        Some(entry) => Ok(Ok(with_roles(app, person, entry).await?)),
        None => Ok(Err(person)),
    }
}

async fn with_roles(app: &App, person: Person, entry: Entry) -> Result<Known, PortalError> {
    let (active, roles) = (entry.active, identify::roles(app, &entry.groups).await?);
    let told = match app.directories.get(&entry.directory) {
        Some(members) => members.directory().memberships(&entry.external_id).await?.unwrap_or_default(),
        None => Vec::new(),
    };
    // The decision goes by the entry's groups; how they come about is only told beside them.
    let way = |group: &Group| told.iter().find(|told| told.group.group == group.group).map(|told| told.via.clone());
    let mut memberships: Vec<Membership> = entry
        .groups
        .iter()
        .map(|group| Membership { group: group.clone(), via: way(group).unwrap_or_default() })
        .collect();
    memberships.sort_by_cached_key(|membership| membership.group.name.to_lowercase());
    Ok(Known { identity: identify::with_roles(person, entry, roles), memberships, active })
}

/// Every connector that something gives the person, by name; those that are switched off too.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn uses(app: &App, who: &Who, identity: &Identity) -> Result<Vec<Use>, PortalError> {
    who.administrator()?;
    let (identity, all) = (identity.clone(), app.config.access.administrators_may_use_all);
    Ok(app.database.read(move |connection| read_uses(connection, identity, all)).await?)
}

fn read_uses(connection: &mut DbConnection, identity: Identity, all: bool) -> Result<Vec<Use>, StoreError> {
    let actor = Actor::Person(identity.clone());
    let (connectors, grants) = candidates(connection, &actor, all)?;
    let mut by_connector: HashMap<String, Vec<Grant>> = HashMap::new();
    for grant in grants {
        by_connector.entry(grant.connector_id.clone()).or_default().push(grant);
    }
    let judged = |connector: Summary| {
        let grants = by_connector.get(&connector.id).map_or(&[][..], Vec::as_slice);
        let decided = decide(&actor, &connector, grants, all);
        let ways = ways(&identity, &connector, grants, all).collect();
        Use { connector, decided, ways }
    };
    Ok(connectors.into_iter().map(judged).filter(|it| it.decided != Err(Denied::NotGranted)).collect())
}

/// Why the person can or cannot use the connector that `text` names.
///
/// # Errors
/// [`PortalError::Invalid`] at `connector` where there is none; where the caller does not administer.
pub async fn explain(app: &App, who: &Who, identity: &Identity, text: &str) -> Result<Explained, PortalError> {
    who.administrator()?;
    let typed = text.trim().to_owned();
    let read = app.database.read(move |connection| {
        let connector = connectors::resolve(connection, &typed)?;
        let grants = grants::of_connector(connection, &connector.id)?;
        Ok((connector, grants))
    });
    let (connector, grants) = match read.await {
        Err(StoreError::NotFound) => {
            let sentence = format!("No connector has the name, slug or id “{}”.", text.trim());
            return Err(PortalError::Invalid(("connector", sentence).into()));
        }
        read => read?,
    };
    let (actor, all) = (Actor::Person(identity.clone()), app.config.access.administrators_may_use_all);
    let decided = decide(&actor, &connector, &grants, all);
    let ways = ways(identity, &connector, &grants, all).collect();
    let unfilled = for_whom(&connector, &actor).err().map(|refused| refused.sentence);
    Ok(Explained { connector, decided, ways, grants, unfilled })
}
