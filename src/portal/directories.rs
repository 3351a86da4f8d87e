//! The directories as administrators see them: how each answers, and what it says of a name, step by step.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::identify::{self, Roles};
use super::sign_in::{SignIn, attempt};
use super::{PortalError, Who};
use crate::app::App;
use crate::config;
use crate::directory::{Health, Listed, Members, SignInError, Step, watched};
use crate::model::event::{Event, Kind, Outcome};
use crate::model::identity::Entry;

/// A directory.
pub struct View {
    /// Its name.
    pub name: String,
    /// What it is, as `LDAP`.
    pub kind: &'static str,
    /// Where it is; empty of the local one.
    pub addresses: Vec<String>,
    /// How it answered lately.
    pub health: Health,
    /// All its groups; `None` before they were listed, and of the local one.
    pub listed: Option<Arc<Listed>>,
    /// When and why its groups could not be listed lately.
    pub listing_failed: Option<(DateTime<Utc>, String)>,
    /// How many groups it has, where that is known.
    pub groups: Option<usize>,
}

/// What the directories said of a name.
pub struct Trial {
    /// The name as it was typed.
    pub user_name: String,
    /// The person, where they would be let in, or were only looked up.
    pub entry: Option<Entry>,
    /// The roles that follow from their groups.
    pub roles: Option<Roles>,
    /// The directory that decided; `None` where none knows the name.
    pub directory: Option<String>,
    /// Why not, as a sentence.
    pub refused: Option<String>,
    /// What was asked.
    pub steps: Vec<Step>,
}

/// All directories, in order.
///
/// # Errors
/// Where the caller does not administer.
pub async fn show(app: &App, who: &Who) -> Result<Vec<View>, PortalError> {
    who.administrator()?;
    let mut views = Vec::new();
    for members in app.directories.all() {
        let (kind, addresses) = place(app, members);
        let listed = members.listed();
        let groups = match &listed {
            Some(listed) => Some(listed.index.len()),
            None if members.is_local() => members.directory().all_groups().await.ok().map(|groups| groups.len()),
            None => None,
        };
        views.push(View {
            name: members.name().to_owned(),
            kind,
            addresses,
            health: members.health(),
            listing_failed: members.listing_failed(),
            listed,
            groups,
        });
    }
    Ok(views)
}

/// What kind of directory it is, and where.
pub(super) fn place(app: &App, members: &Members) -> (&'static str, Vec<String>) {
    match app.config.directory.iter().find(|setting| setting.name() == members.name()) {
        None | Some(config::Directory::Local { .. }) => ("Local, in Daypass's own database", Vec::new()),
        Some(config::Directory::Ldap(ldap)) => ("LDAP", ldap.addresses().into_iter().map(str::to_owned).collect()),
        Some(config::Directory::Crowd(crowd)) => ("Atlassian Crowd", vec![crowd.url.clone()]),
    }
}

/// Asks a directory now whether it answers, and for all its groups.
///
/// # Errors
/// [`PortalError::NotFound`]; where it does not answer, or the caller does not administer.
pub async fn check(app: &App, who: &Who, name: &str) -> Result<(), PortalError> {
    who.administrator()?;
    let members: &Members = app.directories.get(name).ok_or(PortalError::NotFound("directory"))?;
    members.check().await?;
    Ok(members.list_groups().await?)
}

/// Tries a name and password as the sign-in page does, throttle and all, without signing anybody in. It is written down.
///
/// # Errors
/// Where the caller does not administer, or the database does not answer.
pub async fn try_sign_in(
    app: &App,
    who: &Who,
    user_name: String,
    password: SecretString,
) -> Result<Trial, PortalError> {
    who.administrator()?;
    let typed = user_name.trim().to_owned();
    let sign_in = SignIn { user_name, password, marks: Vec::new(), origin: who.origin.clone() };
    let (answer, steps) = watched(attempt(app, &sign_in)).await;
    let event = Event::new(app.clock.now(), Kind::DirectoryTry, &who.origin).by(&who.actor());
    let event = event.with("user", typed.as_str());
    match answer {
        Ok(entry) => {
            app.database.record(event.with("in", entry.directory.as_str())).await?;
            let trial = Trial { directory: Some(entry.directory.clone()), ..blank(typed, steps) };
            with_entry(app, trial, entry).await
        }
        Err(refused) => {
            let outcome = if refused.silent.is_some() { Outcome::Failed } else { Outcome::Refused };
            app.database.record(event.ended(outcome, &word(&refused.reason))).await?;
            let sentence = sentence(&refused.reason);
            Ok(Trial { directory: refused.directory, refused: Some(sentence), ..blank(typed, steps) })
        }
    }
}

/// Asks the directories for a person by name, without a password. It is written down.
///
/// # Errors
/// Where the caller does not administer, or the database does not answer.
pub async fn look_up(app: &App, who: &Who, user_name: &str) -> Result<Trial, PortalError> {
    who.administrator()?;
    let typed = user_name.trim().to_owned();
    let (answer, steps) = watched(app.directories.named(&typed)).await;
    let event = Event::new(app.clock.now(), Kind::DirectoryLookUp, &who.origin).by(&who.actor());
    let event = event.with("user", typed.as_str());
    match answer {
        Ok(entry) => {
            app.database.record(event.with("in", entry.directory.as_str())).await?;
            let trial = Trial { directory: Some(entry.directory.clone()), ..blank(typed, steps) };
            with_entry(app, trial, entry).await
        }
        Err(reason) => {
            let outcome =
                if matches!(reason, SignInError::Unavailable(_)) { Outcome::Failed } else { Outcome::Refused };
            app.database.record(event.ended(outcome, &word(&reason))).await?;
            Ok(Trial { refused: Some(sentence(&reason)), ..blank(typed, steps) })
        }
    }
}

const fn blank(user_name: String, steps: Vec<Step>) -> Trial {
    Trial { user_name, entry: None, roles: None, directory: None, refused: None, steps }
}

async fn with_entry(app: &App, trial: Trial, entry: Entry) -> Result<Trial, PortalError> {
    let (roles, more) = watched(identify::roles(app, &entry.groups)).await;
    let mut steps = trial.steps;
    steps.extend(more);
    Ok(Trial { entry: Some(entry), roles: roles.ok(), steps, ..trial })
}

fn word(reason: &SignInError) -> String {
    match reason {
        SignInError::Unavailable(_) => "directory".to_owned(),
        reason => reason.to_string(),
    }
}

fn sentence(reason: &SignInError) -> String {
    match reason {
        SignInError::Unknown => "Nobody signs in with this name.".to_owned(),
        SignInError::Ambiguous => "Several people have this name, so nobody is let in under it.".to_owned(),
        SignInError::WrongPassword => "The password is wrong.".to_owned(),
        SignInError::NoSession => "The session of the single sign-on is not good.".to_owned(),
        SignInError::Throttled => {
            "Too many wrong passwords lately, so this one was not passed on. Try again in a quarter of an hour."
                .to_owned()
        }
        SignInError::Inactive => "The directory has closed this person's account.".to_owned(),
        SignInError::Unavailable(error) => {
            format!("The directory “{}” does not answer: {}.", error.directory, error.cause)
        }
    }
}
