//! Who somebody is at this moment: the person behind a session, their groups and roles.

use super::PortalError;
use crate::app::App;
use crate::directory::local::{ADMINISTRATORS, AUDITORS, RESTRICTED};
use crate::model::identity::{Entry, Group, Identity, Person, Role, Via};
use crate::store::people;

/// The identity behind a session, as the directory tells of it now (at most `access.membership_cache` ago); `None` where
/// the person is gone, disabled, or of a directory that is no longer configured.
///
/// # Errors
/// Where the directory or the database does not answer: then there is no access.
pub async fn identify(app: &App, person_id: &str) -> Result<Option<Identity>, PortalError> {
    let id = person_id.to_owned();
    let Some(person) = app.database.read(move |connection| people::find(connection, &id)).await? else {
        return Ok(None);
    };
    match app.directories.look_up(&person.directory, &person.external_id).await? {
        Some(entry) if entry.active => {
            let roles = roles(app, &entry.groups).await?;
            Ok(Some(with_roles(person, entry, roles)))
        }
        _ => Ok(None),
    }
}

/// The roles that a person's groups hold.
#[derive(Clone, Copy, Debug)]
pub struct Roles {
    administrator: bool,
    restricted: bool,
    auditor: bool,
}

impl Roles {
    /// In words, for administrators.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match (self.administrator, self.restricted, self.auditor) {
            (true, _, true) => "Administrator, auditor",
            (true, _, false) => "Administrator",
            (false, true, true) => "Restricted administrator, auditor",
            (false, true, false) => "Restricted administrator",
            (false, false, true) => "Auditor",
            (false, false, false) => "None but that of a user",
        }
    }
}

/// The roles that `groups` hold.
///
/// # Errors
/// Where the directory does not answer.
pub async fn roles(app: &App, groups: &[Group]) -> Result<Roles, PortalError> {
    let administrator = holds(app, groups, Role::Administrator).await?;
    let restricted = holds(app, groups, Role::Restricted).await?;
    let auditor = holds(app, groups, Role::Auditor).await?;
    Ok(Roles { administrator, restricted, auditor })
}

/// A person with the groups of the directory's latest entry.
#[must_use]
pub fn with_roles(person: Person, entry: Entry, roles: Roles) -> Identity {
    let person = Person { display_name: entry.display_name, mail: entry.mail, user_name: entry.user_name, ..person };
    let (groups, attributes) = (entry.groups, entry.attributes);
    let Roles { administrator, restricted, auditor } = roles;
    Identity { person, groups, attributes, administrator, restricted, auditor, via: Via::Session }
}

/// The names of the groups that hold a role.
#[must_use]
pub fn role_groups(app: &App, role: Role) -> Vec<String> {
    let (configured, built_in) = match role {
        Role::Administrator => (&app.config.access.administrators, ADMINISTRATORS),
        Role::Restricted => (&app.config.access.restricted_administrators, RESTRICTED),
        Role::Auditor => (&app.config.access.auditors, AUDITORS),
    };
    match app.directories.local() {
        Some(local) if configured.is_empty() => vec![format!("{}:{built_in}", local.name())],
        _ => configured.clone(),
    }
}

/// Whether any of `groups` holds the role. A configured name has to match exactly one group of its directory; the
/// comparison is by stable id, so that a group of the same name elsewhere is another group.
async fn holds(app: &App, groups: &[Group], role: Role) -> Result<bool, PortalError> {
    for configured in role_groups(app, role) {
        let Some((members, name)) = app.directories.group_setting(&configured) else { continue };
        // Most people are in no group of that name, and then there is nothing to look up.
        if !groups.iter().any(|group| group.group.directory == members.name() && same(&group.name, name)) {
            continue;
        }
        match members.groups_named(name).await?.as_slice() {
            [one] if groups.iter().any(|group| group.group == one.group) => return Ok(true),
            [_] | [] => {}
            several => tracing::warn!(
                group = configured,
                matches = several.len(),
                "a role's group is not unique, so it gives no role"
            ),
        }
    }
    Ok(false)
}

/// Whether two names are the same without regard to case.
fn same(one: &str, other: &str) -> bool {
    match one.is_ascii() && other.is_ascii() {
        true => one.eq_ignore_ascii_case(other),
        false => one.to_lowercase() == other.to_lowercase(),
    }
}
