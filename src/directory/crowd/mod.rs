//! An Atlassian Crowd server as a directory, by its REST API (`usermanagement/1`), as the application that it knows us as.
//!
//! A person is looked up first, under the name that was typed, and only then is the password tried: an empty list of groups
//! is no proof that somebody exists (jira.atlassian.com, CWD-4433). Redirects are never followed and no proxy stands between.
//! Every answer has a time-out and a greatest length, and a call as a whole has `connect_timeout` and `timeout` together.

mod answers;
mod client;
mod cql;
mod errors;
mod groups;
mod headcount;
mod pages;
mod people;
mod sso;

use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use self::client::Client;
use self::errors::Failure;
use super::{DirectoryError, Gate, Groups, Headcount, LONGEST_COUNT, SignInError, trail};
use crate::config;
use crate::model::identity::{Entry, Group};
use crate::model::placeholder::attribute_name;

/// The most calls that are under way at once, so that we do not overrun a server that is slow.
const MOST_CALLS: usize = 32;
/// The longest name or part of one that is searched, in bytes.
const LONGEST_NAME: usize = 256;
/// The most groups that can be asked for at once.
const LARGEST_PAGE: u32 = 10_000;
/// How long reading the names of all groups may take: many answers, each with its own time-out.
const ALL_GROUPS: Duration = Duration::from_secs(300);

/// A Crowd server.
pub struct Crowd {
    settings: Box<config::Crowd>,
    client: Client,
    calls: Semaphore,
    /// Whether it found somebody by key already, so that keys are good for stable ids.
    finds_by_key: AtomicBool,
}

impl Crowd {
    /// Checks the settings and reads the certificate authorities; nothing is connected yet.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn new(settings: config::Crowd) -> Result<Self, String> {
        let named = |sentence: String| format!("directory {}: {sentence}", settings.name);
        check(&settings).map_err(named)?;
        let client = Client::new(&settings).map_err(named)?;
        let calls = Semaphore::new(MOST_CALLS);
        Ok(Self { settings: Box::new(settings), client, calls, finds_by_key: AtomicBool::new(false) })
    }

    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }

    pub(super) async fn authenticate(
        &self,
        user_name: &str,
        password: &SecretString,
        gate: Gate<'_>,
    ) -> Result<Entry, SignInError> {
        let text = password.expose_secret();
        // What stands behind Crowd may be LDAP, where an empty password is an unauthenticated bind, which succeeds
        // (RFC 4513, 5.1.2), and where some servers take the end of a password for where a NUL is.
        if text.is_empty() || text.contains('\0') {
            return Err(SignInError::WrongPassword);
        }
        if !is_name(user_name) {
            return Err(SignInError::Unknown);
        }
        self.within(self.call_limit(), self.sign_in(user_name.trim(), password, gate)).await?
    }

    pub(super) async fn named(&self, user_name: &str) -> Result<Entry, SignInError> {
        if !is_name(user_name) {
            return Err(SignInError::Unknown);
        }
        let found = self.within(self.call_limit(), self.called(user_name.trim())).await?;
        found.ok_or(SignInError::Unknown)
    }

    pub(super) async fn knows(&self, user_name: &str) -> Result<bool, DirectoryError> {
        if !is_name(user_name) {
            return Ok(false);
        }
        self.within(self.call_limit(), self.has(user_name.trim())).await
    }

    pub(super) async fn look_up(&self, external_id: &str) -> Result<Option<Entry>, DirectoryError> {
        self.within(self.call_limit(), self.person(external_id)).await
    }

    pub(super) async fn find_groups(&self, part: &str) -> Result<Groups, DirectoryError> {
        let part = part.trim();
        if part.len() > LONGEST_NAME || part.contains(char::is_control) {
            return Ok(Groups::default());
        }
        self.within(self.call_limit(), self.groups_like(part)).await
    }

    pub(super) async fn group(&self, id: &str) -> Result<Option<Group>, DirectoryError> {
        if !is_name(id) {
            return Ok(None);
        }
        let found = self.within(self.call_limit(), self.group_called(id)).await?;
        Ok(found.filter(|found| found.group.id == id))
    }

    pub(super) async fn groups_named(&self, name: &str) -> Result<Vec<Group>, DirectoryError> {
        if !is_name(name) {
            return Ok(Vec::new());
        }
        let found = self.within(self.call_limit(), self.group_called(name.trim())).await?;
        Ok(found.into_iter().collect())
    }

    /// All groups, by name, page by page: for an index that is read in the background.
    ///
    /// # Errors
    /// Where the directory does not answer.
    pub async fn all_groups(&self) -> Result<Vec<Group>, DirectoryError> {
        self.within(ALL_GROUPS, self.every_group()).await
    }

    pub(super) async fn people_in(&self, groups: &[String]) -> Result<Headcount, DirectoryError> {
        self.within(LONGEST_COUNT, self.members_of(groups)).await
    }

    const fn call_limit(&self) -> Duration {
        self.settings.connect_timeout.saturating_add(self.settings.timeout)
    }

    /// `work`, once it is its turn, within the time for a whole call. What is left undone is closed.
    async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, DirectoryError> {
        let turn = async {
            let _turn = self.calls.acquire().await.map_err(|error| Failure(error.to_string()))?;
            work.await
        };
        let late = |_| Failure(format!("no answer within {limit:?}"));
        let result = trail::of(self.name(), timeout(limit, turn)).await.map_err(late).flatten();
        result.map_err(|Failure(cause)| DirectoryError { directory: self.name().to_owned(), cause })
    }
}

/// Whether `text` may be anybody's or any group's name. Nobody's has control characters: they would be read differently on
/// the way, and PostgreSQL keeps no NUL.
fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= LONGEST_NAME && !text.contains(char::is_control)
}

/// Whether two names are the same to Crowd, which pays no regard to case.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn check(settings: &config::Crowd) -> Result<(), String> {
    if settings.application.trim().is_empty() || settings.application.contains(':') {
        return Err(
            "application must be the name that Daypass has in Crowd; a name with a colon cannot be sent.".into()
        );
    }
    for (name, value) in [("connect_timeout", settings.connect_timeout), ("timeout", settings.timeout)] {
        if value == Duration::ZERO {
            return Err(format!("{name} must be longer than nothing."));
        }
    }
    if !(1..=LARGEST_PAGE).contains(&settings.page_size) {
        return Err(format!("page_size: 1 to {LARGEST_PAGE}."));
    }
    for (name, attribute) in &settings.attributes {
        attribute_name(name).map_err(|why| format!("attributes: {name:?} cannot be used in placeholders: {why}."))?;
        if !is_name(attribute) {
            return Err(format!("attributes: {attribute:?} is no name of an attribute."));
        }
    }
    Ok(())
}
