//! Where a group is looked for.

use crate::app::App;
use crate::model::identity::{Group, GroupRef};
use crate::portal::{PortalError, Who, permissions};
use crate::web::error::WebError;
use crate::web::html::Moment;

/// Groups to choose from.
#[derive(Default)]
pub struct GroupPicker {
    /// The search as typed.
    pub typed: String,
    /// The groups that match, 100 at most.
    pub options: Vec<GroupOption>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// When the groups were listed; `None` where the directories were asked just now.
    pub listed: Option<Moment>,
    /// Why there are none, as "The directory does not answer".
    pub problem: Option<String>,
}

/// A group to choose.
pub struct GroupOption {
    /// What the form sends, `directory:stable-id`.
    pub value: String,
    /// The group's name.
    pub name: String,
    /// Its DN, or its directory.
    pub detail: String,
    /// Whether it may use the connector already.
    pub granted: bool,
}

/// The groups whose name holds `typed`; those of `granted` cannot be chosen.
pub(super) async fn picker(app: &App, who: &Who, typed: &str, granted: &[GroupRef]) -> Result<GroupPicker, WebError> {
    let found = match permissions::find_groups(app, who, typed).await {
        Ok(found) => found,
        Err(PortalError::Directory(error)) => {
            let problem = format!(
                "The directory “{}” does not answer, so its groups cannot be listed. Try again in a minute.",
                error.directory
            );
            return Ok(GroupPicker { typed: typed.to_owned(), problem: Some(problem), ..GroupPicker::default() });
        }
        Err(error) => return Err(error.into()),
    };
    let option = |group: Group| GroupOption {
        granted: granted.contains(&group.group),
        value: group.group.to_string(),
        detail: detail(app, &group),
        name: group.name,
    };
    let silent: Vec<_> = found.silent.iter().map(|error| format!("“{}”", error.directory)).collect();
    let problem = (!silent.is_empty()).then(|| {
        format!("No answer from {}, so groups of theirs are missing here. Try again in a minute.", silent.join(", "))
    });
    Ok(GroupPicker {
        typed: typed.to_owned(),
        more: found.groups.more,
        listed: found.listed_at.map(Moment),
        options: found.groups.groups.into_iter().map(option).collect(),
        problem,
    })
}

/// What tells a group from another of its name; of several directories which one it is in.
pub(super) fn detail(app: &App, group: &Group) -> String {
    match app.directories.only() {
        Some(_) => group.detail.clone(),
        None => format!("{}: {}", group.group.directory, group.detail),
    }
}
