//! The groups that are to be able to use a connector, as one list: what has to be granted and revoked for it.

use super::{AT_ONCE, group_of};
use crate::app::App;
use crate::model::api_token::Part;
use crate::model::grant::Grant;
use crate::portal::connectors::not_for_grants;
use crate::portal::{PortalError, Who};

/// What a list of groups changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Groups to grant, each as `directory:id`.
    pub grant: Vec<String>,
    /// The ids of grants to revoke.
    pub revoke: Vec<String>,
}

/// A grant's group as a list names it, in such a way that [`changes`] knows it again: the name, with the directory in front where
/// there are several, and the id in its place where another grant is called the same.
#[must_use]
pub fn shown(app: &App, grant: &Grant, among: &[Grant]) -> String {
    let directory = &grant.group.directory;
    let same = |other: &Grant| other.group.directory == *directory && other.group_name == grant.group_name;
    if among.iter().filter(|other| same(other)).count() > 1 {
        return grant.group.to_string();
    }
    match app.directories.only() {
        Some(only) if only.name() == directory => grant.group_name.clone(),
        _ => format!("{directory}:{}", grant.group_name),
    }
}

/// What has to be granted and revoked so that exactly these groups may use the connector that has these grants. A group that
/// may already is known by what it is shown as, also while its directory is silent or has forgotten it.
///
/// # Errors
/// [`PortalError::Invalid`] at `groups` with every text that names no group, or several; [`PortalError::TokenScope`] where the
/// caller's token is not for grants, whatever would change: else it would learn group by group what it is not shown.
pub async fn changes(app: &App, who: &Who, grants: &[Grant], texts: &[String]) -> Result<Change, PortalError> {
    if !who.actor.may(Part::Grants) {
        return Err(not_for_grants(who));
    }
    let mut kept: Vec<&str> = Vec::new();
    let (mut change, mut wrong) = (Change::default(), Vec::new());
    for text in texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        let known = grants.iter().find(|grant| shown(app, grant, grants) == text || grant.group.to_string() == text);
        if let Some(grant) = known {
            kept.push(&grant.id);
            continue;
        }
        if change.grant.len() + wrong.len() == AT_ONCE {
            wrong.push(format!("These are more than {AT_ONCE} new groups; send the others in a second request."));
            break;
        }
        match group_of(app, text).await {
            Ok(group) => match grants.iter().find(|grant| grant.group == group.group) {
                Some(grant) => kept.push(&grant.id),
                None => change.grant.push(group.group.to_string()),
            },
            Err(PortalError::Invalid(errors)) => wrong.extend(errors.iter().map(|(_, sentence)| sentence.to_owned())),
            Err(error) => return Err(error),
        }
    }
    if !wrong.is_empty() {
        return Err(PortalError::Invalid(("groups", wrong.join(" ")).into()));
    }
    let gone = grants.iter().filter(|grant| !kept.contains(&grant.id.as_str()));
    change.revoke = gone.map(|grant| grant.id.clone()).collect();
    Ok(change)
}
