//! People of the local directory.

use std::collections::{BTreeMap, HashMap};

use secrecy::{ExposeSecret, SecretString};

use super::{PortalError, role_groups};
use crate::app::App;
use crate::directory::local::hash_password;
use crate::model::event::{Event, Kind, Origin};
use crate::model::placeholder::attribute_name;
use crate::model::{FieldErrors, password};
use crate::store::local_users::{LocalUser, NewLocalUser};
use crate::store::{DbConnection, StoreError, api_tokens, local_groups, local_users, people, sessions};

/// A local person to add.
#[derive(Debug)]
pub struct NewUser {
    /// The name they sign in with.
    pub user_name: String,
    /// Their name for people; the user name where empty.
    pub display_name: String,
    /// E-mail address, may be empty.
    pub mail: String,
    /// Their password.
    pub password: SecretString,
    /// Names of their groups, made where they are missing.
    pub groups: Vec<String>,
    /// What else is known of them, for placeholders and session tags.
    pub attributes: BTreeMap<String, String>,
}

/// Checks a local user name: 1 to 64 characters, no control characters, blanks around it, `\` or `:`.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse_user_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Enter a user name.".to_owned());
    }
    if text.chars().count() > 64 || text.chars().any(|c| c.is_control() || c == '\\' || c == ':') {
        return Err("Use at most 64 characters, without \\ and :.".to_owned());
    }
    Ok(text.to_owned())
}

/// The longest value of a local person's attribute in characters: that of a session tag.
const LONGEST_VALUE: usize = 256;

/// Checks an attribute: a name that a placeholder can have, and one line of 1 to 256 characters.
pub(super) fn check_attribute(name: &str, value: &str) -> Result<(), String> {
    attribute_name(name).map_err(|why| format!("“{name}”: {why}."))?;
    if value.is_empty() || value.chars().count() > LONGEST_VALUE || value.contains(char::is_control) {
        return Err(format!("“{name}” needs a value of one line and at most {LONGEST_VALUE} characters."));
    }
    Ok(())
}

/// Adds a local person, with the event `kind` by `origin`.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong at `username` or `password`.
pub async fn add(app: &App, new: NewUser, kind: Kind, origin: &Origin) -> Result<String, PortalError> {
    let base = Event::new(app.clock.now(), kind, origin);
    let base = if kind == Kind::SetupComplete { base.by_name(new.user_name.trim()) } else { base.by_system() };
    add_as(app, new, base).await
}

/// The same with an event that says by whom.
pub(super) async fn add_as(app: &App, new: NewUser, base: Event) -> Result<String, PortalError> {
    let mut errors = FieldErrors::default();
    let user_name = errors.take("username", parse_user_name(&new.user_name));
    let own = [new.user_name.as_str(), &new.display_name, &new.mail];
    errors.take("password", password::check(new.password.expose_secret(), &own));
    for (name, value) in &new.attributes {
        errors.take("attribute", check_attribute(name, value));
    }
    errors.into_result()?;
    let user_name = user_name.unwrap_or_default();
    let password_hash = hash_password(new.password).await.map_err(PortalError::Internal)?;
    let display_name =
        if new.display_name.trim().is_empty() { user_name.clone() } else { new.display_name.trim().to_owned() };
    let event = base.with("user", user_name.as_str()).with("groups", new.groups.clone());
    let row = NewLocalUser { user_name, display_name, mail: new.mail.trim().to_owned(), password_hash };
    let event =
        if new.attributes.is_empty() { event } else { event.with("attributes", serde_json::json!(new.attributes)) };
    let (now, groups, attributes) = (app.clock.now(), new.groups, new.attributes);
    let added = app.database.write(move |connection| {
        let id = local_users::insert(connection, &row, now)?;
        for group in &groups {
            let group = local_groups::ensure(connection, group)?;
            local_groups::add_member(connection, &group, &id)?;
        }
        for (name, value) in &attributes {
            local_users::set_attribute(connection, &id, name, value)?;
        }
        Ok((id, vec![event]))
    });
    added.await.map_err(|error| match error {
        StoreError::Taken(_) => {
            PortalError::Invalid(("username", "Somebody has this user name already.".to_owned()).into())
        }
        other => other.into(),
    })
}

/// Sets a local person's password, from the command line.
///
/// # Errors
/// [`PortalError::NotFound`], or [`PortalError::Invalid`] at `password`.
pub async fn set_password(app: &App, user_name: &str, typed: SecretString) -> Result<(), PortalError> {
    let user = named(app, user_name).await?;
    let own = [user.user_name.as_str(), &user.display_name, &user.mail];
    password::check(typed.expose_secret(), &own)
        .map_err(|sentence| PortalError::Invalid(("password", sentence).into()))?;
    let hash = hash_password(typed).await.map_err(PortalError::Internal)?;
    let now = app.clock.now();
    let event = Event::new(now, Kind::UserPassword, &Origin::default()).by_system().with("user", user.user_name);
    let write = app.database.write(move |connection| {
        local_users::set_password(connection, &user.id, &hash, now)?;
        Ok(((), vec![end_all(connection, &user.id, event)?]))
    });
    Ok(write.await?)
}

/// Lets a local person in, or keeps them out, from the command line.
///
/// # Errors
/// [`PortalError::NotFound`]; [`PortalError::Invalid`] where nobody could administer any more.
pub async fn set_active(app: &App, user_name: &str, active: bool) -> Result<(), PortalError> {
    let user = named(app, user_name).await?;
    let event = Event::new(app.clock.now(), Kind::UserDisable, &Origin::default()).by_system();
    let event = event.with("user", user.user_name.as_str()).with("before", user.active).with("active", active);
    let groups = if active { Vec::new() } else { role_groups::to_keep(app).await };
    let write = app.database.write(move |connection| {
        if !groups.is_empty() {
            role_groups::keep_one(connection, &groups, &user)?;
        }
        local_users::set_active(connection, &user.id, active)?;
        end_sessions(connection, &user.id)?;
        Ok(((), vec![event]))
    });
    Ok(write.await?)
}

/// Sets what is known of a local person under a name, from the command line; an empty value takes it away. It counts from
/// their next use on, as soon as running servers ask the directory again.
///
/// # Errors
/// [`PortalError::NotFound`], or [`PortalError::Invalid`] at `attribute`.
pub async fn set_attribute(app: &App, user_name: &str, name: &str, value: &str) -> Result<(), PortalError> {
    let checked = if value.is_empty() {
        attribute_name(name).map(drop).map_err(|why| format!("“{name}”: {why}."))
    } else {
        check_attribute(name, value)
    };
    checked.map_err(|sentence| PortalError::Invalid(("attribute", sentence).into()))?;
    let user = named(app, user_name).await?;
    let event = Event::new(app.clock.now(), Kind::UserAttribute, &Origin::default()).by_system();
    let event = event.with("user", user.user_name).with("attribute", name);
    let (name, value) = (name.to_owned(), value.to_owned());
    let write = app.database.write(move |connection| {
        let before = local_users::attributes_of(connection, &user.id)?.into_iter().find(|(known, _)| *known == name);
        let before = before.map(|(_, value)| value).unwrap_or_default();
        if before == value {
            return Ok(((), Vec::new()));
        }
        local_users::set_attribute(connection, &user.id, &name, &value)?;
        Ok(((), vec![event.with("before", before).with("after", value)]))
    });
    Ok(write.await?)
}

/// Ends a local person's sessions: whoever has one may be the reason for the new password.
pub(super) fn end_sessions(connection: &mut DbConnection, external_id: &str) -> Result<(), StoreError> {
    for person in people::of_external_id(connection, external_id)? {
        sessions::delete_of(connection, &person)?;
    }
    Ok(())
}

/// Ends the sessions of a local person who has another password, and their own API tokens: whoever knew the old one may have made
/// some. `event` is the row of that.
pub(super) fn end_all(connection: &mut DbConnection, external_id: &str, event: Event) -> Result<Event, StoreError> {
    let (mut revoked, by) = (0, event.actor_name.clone());
    for person in people::of_external_id(connection, external_id)? {
        sessions::delete_of(connection, &person)?;
        revoked += api_tokens::revoke_of_person(connection, &person, &by, event.at)?;
    }
    Ok(if revoked > 0 { event.with("tokens_revoked", revoked) } else { event })
}

/// A local person with what belongs to them.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The person.
    pub user: LocalUser,
    /// The names of their groups.
    pub groups: Vec<String>,
    /// What else is known of them.
    pub attributes: BTreeMap<String, String>,
}

/// Everybody in the local directory, by name.
///
/// # Errors
/// Where the database cannot be read.
pub async fn list(app: &App) -> Result<Vec<Listed>, PortalError> {
    let list = app.database.read_much(|connection| {
        let mut groups: HashMap<String, Vec<String>> = HashMap::new();
        for (user, group) in local_users::memberships(connection)? {
            groups.entry(user).or_default().push(group);
        }
        let mut attributes: HashMap<String, BTreeMap<String, String>> = HashMap::new();
        for (user, name, value) in local_users::attributes(connection)? {
            attributes.entry(user).or_default().insert(name, value);
        }
        let listed = |user: LocalUser| Listed {
            groups: groups.remove(&user.id).unwrap_or_default(),
            attributes: attributes.remove(&user.id).unwrap_or_default(),
            user,
        };
        Ok(local_users::all(connection)?.into_iter().map(listed).collect())
    });
    Ok(list.await?)
}

/// A person's row with what belongs to them.
pub(super) fn listed(connection: &mut DbConnection, user: LocalUser) -> Result<Listed, StoreError> {
    let groups = local_users::groups_of(connection, &user.id)?.into_iter().map(|(_, name)| name).collect();
    let attributes = local_users::attributes_of(connection, &user.id)?.into_iter().collect();
    Ok(Listed { user, groups, attributes })
}

async fn named(app: &App, user_name: &str) -> Result<LocalUser, PortalError> {
    let name = user_name.to_owned();
    let user = app.database.read(move |connection| local_users::find_by_name(connection, &name)).await?;
    user.ok_or(PortalError::NotFound("person"))
}
