//! The groups that hold roles: whether they are there, and whether an administrator is left.

use super::identify::role_groups;
use super::{PortalError, setup};
use crate::app::App;
use crate::model::identity::Role;
use crate::store::local_users::LocalUser;
use crate::store::{DbConnection, StoreError, local_users};

/// What is said of a group of `[access]` that gives its role to nobody.
#[must_use]
pub(super) fn doubt(configured: &str, matches: usize) -> Option<String> {
    match matches {
        0 => Some(format!(
            "[access]: there is no group “{configured}”, so it gives its role to nobody. Create it, or correct the name."
        )),
        1 => None,
        several => Some(format!(
            "[access]: {several} groups are called “{configured}”, so it gives its role to nobody. Name one that is alone in its name."
        )),
    }
}

/// What is said where nobody can administer.
pub(super) const NOBODY: &str = "Nobody can administer: no group of [access] administrators has a member who may sign in. Name one that has, or run daypass user add NAME --group administrators where there is a local directory.";

/// What is wrong with the groups of `[access]`, in sentences. Directories that do not answer are named and not judged.
///
/// # Errors
/// Where the database cannot be read.
pub async fn doubts(app: &App) -> Result<Vec<String>, PortalError> {
    let mut doubts = Vec::new();
    let mut administrators = false;
    for role in [Role::Administrator, Role::Restricted, Role::Auditor] {
        let (groups, built_in) = (role_groups(app, role), is_built_in(app, role));
        for configured in groups {
            let Some((members, name)) = app.directories.group_setting(&configured) else { continue };
            match members.directory().groups_named(name).await {
                Ok(groups) => {
                    // The local directory makes its built-in groups with their first member.
                    doubts.extend(doubt(&configured, groups.len()).filter(|_| !built_in));
                    administrators |= role == Role::Administrator && groups.len() == 1 && !members.is_local();
                }
                Err(error) => {
                    doubts.push(format!("[access]: whether there is a group “{configured}” is not known: {error}."));
                    administrators |= role == Role::Administrator;
                }
            }
        }
    }
    let local = local_administrators(app);
    let left = app.database.read(move |connection| local_users::active_in(connection, &local, "")).await?;
    // While the set-up waits for the first administrator, nothing is wrong.
    if !administrators && !left && !setup::is_wanted(app).await? {
        doubts.push(NOBODY.to_owned());
    }
    Ok(doubts)
}

/// Whether the role's group is the local directory's own, since none is configured.
fn is_built_in(app: &App, role: Role) -> bool {
    let access = &app.config.access;
    match role {
        Role::Administrator => access.administrators.is_empty(),
        Role::Restricted => access.restricted_administrators.is_empty(),
        Role::Auditor => access.auditors.is_empty(),
    }
}

/// The ids of the local groups that administer.
fn local_administrators(app: &App) -> Vec<String> {
    let groups = role_groups(app, Role::Administrator);
    let local = |configured: &String| {
        let (members, name) = app.directories.group_setting(configured)?;
        members.is_local().then(|| name.trim().to_lowercase())
    };
    groups.iter().filter_map(local).collect()
}

/// What has to hold before a local person is closed out: the groups of administrators, where nobody else is known to be one.
///
/// Whether a group of another directory has members who may sign in is not asked: that it is there, alone in its name, is
/// taken for an administrator elsewhere. A directory that does not answer has none.
pub(super) async fn to_keep(app: &App) -> Vec<String> {
    for configured in role_groups(app, Role::Administrator) {
        if let Some((members, name)) = app.directories.group_setting(&configured).filter(|(m, _)| !m.is_local())
            && members.directory().groups_named(name).await.is_ok_and(|groups| groups.len() == 1)
        {
            return Vec::new();
        }
    }
    local_administrators(app)
}

/// Refuses to close out the last local administrator, in the transaction that would.
///
/// # Errors
/// [`StoreError::Refused`] at `username`.
pub(super) fn keep_one(connection: &mut DbConnection, groups: &[String], user: &LocalUser) -> Result<(), StoreError> {
    let own = local_users::groups_of(connection, &user.id)?;
    let administers = user.active && own.iter().any(|(id, _)| groups.contains(id));
    if administers && !local_users::active_in(connection, groups, &user.id)? {
        let sentence = format!(
            "{} is the last administrator who may sign in, so nobody could administer. Make another one first: daypass user add NAME --group {}.",
            user.user_name,
            groups.first().map_or("administrators", String::as_str)
        );
        return Err(StoreError::Refused("username", sentence));
    }
    Ok(())
}

/// Refuses at `field` a change that was just made in this transaction and leaves nobody in `groups` (see [`to_keep`]) who may
/// sign in.
///
/// # Errors
/// [`StoreError::Refused`]
pub(super) fn one_is_left(
    connection: &mut DbConnection,
    groups: &[String],
    field: &'static str,
) -> Result<(), StoreError> {
    if groups.is_empty() || local_users::active_in(connection, groups, "")? {
        return Ok(());
    }
    let sentence = "Nobody would be left who may administer Daypass. Give somebody else the role first.";
    Err(StoreError::Refused(field, sentence.to_owned()))
}

/// Writes what is wrong into the log of diagnostics.
pub async fn log_doubts(app: &App) {
    match doubts(app).await {
        Ok(doubts) => doubts.iter().for_each(|doubt| tracing::warn!("{doubt}")),
        Err(error) => tracing::warn!(%error, "the groups of [access] could not be looked at"),
    }
}
