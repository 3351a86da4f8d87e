//! Many grants of one group, made or taken away in one transaction: all of them or none.

use std::collections::HashSet;

use super::by_group::parse;
use super::{added, new_grant, removed};
use crate::app::App;
use crate::model::api_token::Part;
use crate::model::event::{Event, Kind, Outcome};
use crate::model::identity::{Group, GroupRef};
use crate::model::slug::guid;
use crate::portal::reach::Reach;
use crate::portal::{PortalError, Who, deleted};
use crate::store::connectors::Head;
use crate::store::{DbConnection, StoreError, connectors, grants};

/// The most connectors of one submission.
pub const AT_ONCE: usize = 500;

/// The most connectors that a refusal names.
const NAMED: usize = 10;

/// What is done with the connectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The group may use them from now on.
    Grant,
    /// It may no longer use them.
    Revoke,
}

/// What came of it, by names of connectors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Changed now.
    pub changed: Vec<String>,
    /// Already so, by somebody else.
    pub already: Vec<String>,
    /// No longer there, with who deleted them where the record says it to this reader.
    pub missing: Vec<String>,
}

/// Lets a group use connectors, or takes them from it. What is already as it should be, and what was deleted meanwhile, is
/// told and left; where the caller may not change one of the rest, nothing is changed.
///
/// # Errors
/// [`PortalError::Invalid`] at `connector` where none or too many were chosen, or some may not be changed, with which and
/// why; [`PortalError::NotFound`] where the group is unknown or none of the connectors is left.
pub async fn change(
    app: &App,
    who: &Who,
    group: &str,
    change: Change,
    connectors: &[String],
) -> Result<Done, PortalError> {
    let reach = who.reach(Part::Grants)?;
    let mut seen = HashSet::new();
    let ids: Vec<String> = connectors.iter().filter(|id| seen.insert(id.as_str())).cloned().collect();
    let wrong = |sentence: String| PortalError::Invalid(("connector", sentence).into());
    if ids.is_empty() {
        return Err(wrong("Tick at least one connector.".to_owned()));
    }
    if ids.len() > AT_ONCE {
        return Err(wrong(format!("These are {} connectors; change at most {AT_ONCE} at once.", ids.len())));
    }
    let group = known(app, group, change).await?;
    allowed(app, who, &group, change, &ids).await?;
    let kind = if change == Change::Grant { Kind::GrantCreate } else { Kind::GrantDelete };
    let base = Event::new(app.clock.now(), kind, &who.origin).by(&who.actor());
    let by = who.name().to_owned();
    let write = app.database.write(move |connection| {
        let mut work = Work { reach, group, by, base, done: Done::default(), events: Vec::new() };
        let mut missing = Vec::new();
        for id in &ids {
            match connectors::head(connection, id) {
                Ok(head) if change == Change::Grant => work.grant(connection, &head)?,
                Ok(head) => work.revoke(connection, &head)?,
                Err(StoreError::NotFound) => missing.push(id.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok(((work.done, missing), work.events))
    });
    let (mut done, missing) = write.await.map_err(deleted_right_now)?;
    if done.changed.is_empty() && done.already.is_empty() {
        return Err(PortalError::NotFound("connector"));
    }
    for id in &missing {
        done.missing.push(ended(app, who, id).await?);
    }
    Ok(done)
}

struct Work {
    reach: Reach,
    group: Group,
    by: String,
    base: Event,
    done: Done,
    events: Vec<Event>,
}

impl Work {
    fn grant(&mut self, connection: &mut DbConnection, head: &Head) -> Result<(), StoreError> {
        let before = grants::of_connector(connection, &head.id)?;
        let known = before.iter().any(|grant| grant.group == self.group.group);
        let grant = new_grant(&head.id, &self.group, &self.by, self.base.at);
        // Of several servers another one may have been quicker by a moment.
        if known || !self.reach.grant_new(connection, &grant, "connector").map_err(|error| of(error, head))? {
            self.done.already.push(head.name.clone());
            return Ok(());
        }
        self.events.push(added(self.base.clone(), head, &grant, &before));
        self.done.changed.push(head.name.clone());
        Ok(())
    }

    fn revoke(&mut self, connection: &mut DbConnection, head: &Head) -> Result<(), StoreError> {
        let before = grants::of_connector(connection, &head.id)?;
        let grant = before.iter().find(|grant| grant.group == self.group.group);
        let revoked = match grant.map(|grant| self.reach.revoke(connection, grant)) {
            None | Some(Err(StoreError::NotFound)) => None,
            Some(Ok(())) => grant,
            Some(Err(error)) => return Err(of(error, head)),
        };
        let Some(grant) = revoked else {
            self.done.already.push(head.name.clone());
            return Ok(());
        };
        self.events.push(removed(self.base.clone(), head, grant, &before));
        self.done.changed.push(head.name.clone());
        Ok(())
    }
}

/// A refusal with the name of the connector.
fn of(error: StoreError, head: &Head) -> StoreError {
    match error {
        StoreError::Refused(_, sentence) => StoreError::Refused("connector", format!("“{}”: {sentence}", head.name)),
        error => error,
    }
}

fn deleted_right_now(error: StoreError) -> PortalError {
    match error {
        StoreError::InUse(by) if by.is_empty() => {
            let sentence = "One of the connectors was deleted at this very moment, so nothing was changed. Try again.";
            PortalError::Invalid(("connector", sentence.to_owned()).into())
        }
        error => error.into(),
    }
}

/// The group as its directory has it; to take something away, what the value says is enough.
async fn known(app: &App, value: &str, change: Change) -> Result<Group, PortalError> {
    let group: GroupRef = parse(value)?;
    if change == Change::Revoke {
        return Ok(Group { name: String::new(), detail: String::new(), group });
    }
    app.directories.known_group(&group).await?.ok_or(PortalError::NotFound("group"))
}

/// Refuses where the caller may not change one of the connectors, naming each, and writes the refusal down. The write looks
/// once more.
async fn allowed(app: &App, who: &Who, group: &Group, change: Change, ids: &[String]) -> Result<(), PortalError> {
    let reach = who.reach(Part::Grants)?;
    if reach.is_everywhere() {
        return Ok(());
    }
    if let Some(sentence) = reach.own_group(&group.group).filter(|_| change == Change::Grant) {
        return Err(PortalError::Invalid(("connector", format!("“{}”: {sentence}", group.name)).into()));
    }
    let ids = ids.to_vec();
    let read = app.database.read_much(move |connection| {
        let mut refused: Vec<(Head, String)> = Vec::new();
        for id in &ids {
            match reach.why_fixed(connection, id) {
                Ok(None) | Err(StoreError::NotFound) => {}
                Ok(Some(why)) => refused.push((connectors::head(connection, id)?, why)),
                Err(error) => return Err(error),
            }
        }
        Ok(refused)
    });
    let refused = read.await?;
    let Some((first, _)) = refused.first() else { return Ok(()) };
    let mut lines: Vec<String> =
        refused.iter().take(NAMED).map(|(head, why)| format!("“{}”: {why}", head.name)).collect();
    if refused.len() > NAMED {
        lines.push(format!("The same goes for {} more.", refused.len() - NAMED));
    }
    let sentence = format!("Nothing was changed: these are outside what you may change. {}", lines.join(" "));
    let key = format!("envelope {} {}", who.actor.id(), first.id);
    if app.throttle.notes_refusal(&key, &who.origin.address) {
        let event = Event::new(app.clock.now(), Kind::PageOpen, &who.origin).by(&who.actor());
        let event = Event { connector_id: Some(first.id.clone()), ..event }.with("sentence", sentence.as_str());
        app.database.record(event.ended(Outcome::Refused, "envelope")).await?;
    }
    Err(PortalError::Invalid(("connector", sentence).into()))
}

/// What is said of a connector that is not there.
async fn ended(app: &App, who: &Who, id: &str) -> Result<String, PortalError> {
    let unknown = || "a connector that is not there".to_owned();
    if guid(id).is_none() {
        return Ok(unknown());
    }
    let row = deleted::row(app, who, Kind::ConnectorDelete, id).await?;
    Ok(row.map_or_else(unknown, |row| {
        let name = row.event.connector_name.unwrap_or_default();
        format!("“{name}”, which {} deleted", row.event.actor_name)
    }))
}
