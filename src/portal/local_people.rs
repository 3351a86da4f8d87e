//! People and groups of the local directory, as administrators keep them, and people their own password.

mod groups;
mod own_password;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

pub use self::groups::{create as create_group, delete as delete_group, list as groups};
pub use self::own_password::change as change_own_password;
use self::rules::lines;
use super::role_groups::{one_is_left, to_keep};
use super::users::{self, Listed, NewUser, check_attribute, end_all, end_sessions, parse_user_name};
use super::{PortalError, Who};
use crate::app::App;
use crate::directory::Members;
use crate::directory::local::hash_password;
use crate::model::event::{Event, Kind};
use crate::model::{FieldErrors, password};
use crate::store::local_users::Changed;
use crate::store::{DbConnection, StoreError, local_groups, local_users};

/// A local person as typed.
#[derive(Clone, Debug, Default)]
pub struct PersonForm {
    /// The name they sign in with.
    pub user_name: String,
    /// Their name for people; the user name where empty.
    pub display_name: String,
    /// E-mail address, may be empty.
    pub mail: String,
    /// Their groups, one a line; made where they are missing.
    pub groups: String,
    /// What else is known of them, as KEY=VALUE, one a line.
    pub attributes: String,
    /// May sign in. New people may.
    pub active: bool,
}

/// What a [`PersonForm`] says.
struct Parsed {
    changed: Changed,
    groups: Vec<String>,
    attributes: BTreeMap<String, String>,
}

impl PersonForm {
    /// The form of a person as they are.
    #[must_use]
    pub fn of(person: &Listed) -> Self {
        let line = |(name, value): (&String, &String)| format!("{name}={value}");
        Self {
            user_name: person.user.user_name.clone(),
            display_name: person.user.display_name.clone(),
            mail: person.user.mail.clone(),
            groups: person.groups.join("\n"),
            attributes: person.attributes.iter().map(line).collect::<Vec<_>>().join("\n"),
            active: person.user.active,
        }
    }

    fn parse(&self, errors: &mut FieldErrors) -> Parsed {
        let user_name = errors.take("username", parse_user_name(&self.user_name)).unwrap_or_default();
        let one_line = |text: &str, most: usize| {
            let text = text.trim();
            let fits = text.chars().count() <= most && !text.contains(char::is_control);
            if fits { Ok(text.to_owned()) } else { Err(format!("Use one line of at most {most} characters.")) }
        };
        let display_name = errors.take("display_name", one_line(&self.display_name, 128)).unwrap_or_default();
        let display_name = if display_name.is_empty() { user_name.clone() } else { display_name };
        let mail = errors.take("mail", one_line(&self.mail, 254)).unwrap_or_default();
        let groups = errors.take("groups", rules::groups(&self.groups)).unwrap_or_default();
        let mut attributes = BTreeMap::new();
        for line in lines(&self.attributes) {
            let Some((name, value)) = line.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
                errors.add("attributes", format!("“{line}” is not of the form KEY=VALUE."));
                continue;
            };
            errors.take("attributes", check_attribute(name, value));
            if attributes.insert(name.to_owned(), value.to_owned()).is_some() {
                errors.add("attributes", format!("“{name}” stands there twice."));
            }
        }
        Parsed { changed: Changed { user_name, display_name, mail, active: self.active }, groups, attributes }
    }
}

/// The name of the local directory, where the configuration has one.
#[must_use]
pub fn directory(app: &App) -> Option<&str> {
    app.directories.local().map(Members::name)
}

/// Whether they are a person of the local directory.
#[must_use]
pub fn is_local(app: &App, who: &Who) -> bool {
    who.identity().is_ok_and(|identity| directory(app) == Some(identity.person.directory.as_str()))
}

/// Everybody in the local directory whose names, mail address or groups hold `wanted` (any text), by user name.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn list(app: &App, who: &Who, wanted: &str) -> Result<(Vec<Listed>, usize), PortalError> {
    who.administrator()?;
    let (mut all, wanted) = (users::list(app).await?, wanted.trim().to_lowercase());
    let total = all.len();
    all.retain(|Listed { user, groups, .. }| {
        let texts = [&user.user_name, &user.display_name, &user.mail].into_iter().chain(groups);
        texts.into_iter().any(|text| text.to_lowercase().contains(&wanted))
    });
    Ok((all, total))
}

/// One local person.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn show(app: &App, who: &Who, id: &str) -> Result<Listed, PortalError> {
    who.administrator()?;
    let id = id.to_owned();
    let found = app.database.read(move |connection| found(connection, &id)).await;
    found.map_err(missing)
}

fn found(connection: &mut DbConnection, id: &str) -> Result<Listed, StoreError> {
    let user = local_users::find(connection, id)?.ok_or(StoreError::NotFound)?;
    users::listed(connection, user)
}

fn missing(error: StoreError) -> PortalError {
    match error {
        StoreError::NotFound => PortalError::NotFound("person"),
        StoreError::Taken(_) => rules::taken(),
        other => other.into(),
    }
}

/// Adds a local person, and gives their id.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong, or where the caller does not administer.
pub async fn create(app: &App, who: &Who, form: &PersonForm, password: SecretString) -> Result<String, PortalError> {
    who.administrator()?;
    let mut errors = FieldErrors::default();
    let Parsed { changed, groups, attributes } = form.parse(&mut errors);
    let own = [changed.user_name.as_str(), &changed.display_name, &changed.mail];
    errors.take("password", password::check(password.expose_secret(), &own));
    errors.into_result()?;
    let Changed { user_name, display_name, mail, .. } = changed;
    let new = NewUser { user_name, display_name, mail, password, groups, attributes };
    let base = Event::new(app.clock.now(), Kind::UserCreate, &who.origin).by(&who.actor());
    users::add_as(app, new, base).await
}

/// Saves a local person. `version` is the one that the form was made of. Somebody who may not sign in any more is signed
/// out.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong, also where nobody would be left who administers; [`PortalError::Stale`];
/// [`PortalError::NotFound`]; or where the caller does not administer.
pub async fn update(app: &App, who: &Who, id: &str, version: i32, form: &PersonForm) -> Result<(), PortalError> {
    who.administrator()?;
    let mut errors = FieldErrors::default();
    let Parsed { changed, groups, attributes } = form.parse(&mut errors);
    errors.into_result()?;
    let (id, administrators) = (id.to_owned(), to_keep(app).await);
    let base = Event::new(app.clock.now(), Kind::UserUpdate, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        let before = found(connection, &id)?;
        local_users::update(connection, &id, version, &changed)?;
        local_groups::set_of(connection, &id, &groups)?;
        for gone in before.attributes.keys().filter(|name| !attributes.contains_key(*name)) {
            local_users::set_attribute(connection, &id, gone, "")?;
        }
        for (name, value) in attributes.iter().filter(|(name, value)| before.attributes.get(*name) != Some(value)) {
            local_users::set_attribute(connection, &id, name, value)?;
        }
        let field = if before.user.active && !changed.active { "active" } else { "groups" };
        one_is_left(connection, &administrators, field)?;
        if !changed.active {
            end_sessions(connection, &id)?;
        }
        let after = found(connection, &id)?;
        let (was, is) = changes(&before, &after);
        Ok(((), vec![base.with("user", after.user.user_name.as_str()).with("before", was).with("after", is)]))
    });
    write.await.map_err(missing)
}

/// Sets a local person's password; whoever has a session of theirs is signed out.
///
/// # Errors
/// [`PortalError::Invalid`] at `password`, [`PortalError::NotFound`], or where the caller does not administer.
pub async fn set_password(app: &App, who: &Who, id: &str, typed: SecretString) -> Result<(), PortalError> {
    let person = show(app, who, id).await?.user;
    let own = [person.user_name.as_str(), &person.display_name, &person.mail];
    password::check(typed.expose_secret(), &own)
        .map_err(|sentence| PortalError::Invalid(("password", sentence).into()))?;
    let hash = hash_password(typed).await.map_err(PortalError::Internal)?;
    let now = app.clock.now();
    let event = Event::new(now, Kind::UserPassword, &who.origin).by(&who.actor()).with("user", person.user_name);
    let write = app.database.write(move |connection| {
        local_users::set_password(connection, &person.id, &hash, now)?;
        Ok(((), vec![end_all(connection, &person.id, event)?]))
    });
    write.await.map_err(missing)
}

/// Removes a local person. Somebody who gets their user name later is somebody else.
///
/// # Errors
/// [`PortalError::Invalid`] at `""` where nobody would be left who administers; else as [`update`].
pub async fn delete(app: &App, who: &Who, id: &str, version: i32) -> Result<(), PortalError> {
    who.administrator()?;
    let (id, administrators) = (id.to_owned(), to_keep(app).await);
    let base = Event::new(app.clock.now(), Kind::UserDelete, &who.origin).by(&who.actor());
    let write = app.database.write(move |connection| {
        let before = found(connection, &id)?;
        end_sessions(connection, &id)?;
        local_users::delete(connection, &id, version)?;
        one_is_left(connection, &administrators, "")?;
        let event = base.with("user", before.user.user_name.as_str()).with("groups", before.groups);
        Ok(((), vec![event]))
    });
    write.await.map_err(missing)
}

/// What differs, as it was and as it is.
fn changes(before: &Listed, after: &Listed) -> (Value, Value) {
    let fields = |person: &Listed| {
        // Without regard to their order.
        let groups: BTreeSet<_> = person.groups.iter().cloned().collect();
        [
            ("user_name", json!(person.user.user_name)),
            ("display_name", json!(person.user.display_name)),
            ("mail", json!(person.user.mail)),
            ("active", json!(person.user.active)),
            ("groups", json!(groups)),
            ("attributes", json!(person.attributes)),
        ]
    };
    let (mut was, mut is) = (Map::new(), Map::new());
    for ((field, old), (_, new)) in fields(before).into_iter().zip(fields(after)).filter(|(old, new)| old != new) {
        was.insert(field.to_owned(), old);
        is.insert(field.to_owned(), new);
    }
    (Value::Object(was), Value::Object(is))
}
