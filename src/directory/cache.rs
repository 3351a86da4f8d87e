//! What a directory said of people and of role groups, for at most `access.membership_cache`, of all its groups until they
//! are listed anew, and how it answered lately.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use secrecy::SecretString;

use super::group_index::{Rank, folded};
use super::headcount::{Counts, Headcount};
use super::health::{Health, Notes};
use super::listing::{Listed, Listing};
use super::sso::Sso;
use super::trail::{self, Step};
use super::{Directory, DirectoryError, Gate, Groups, Ranked, SignInError};
use crate::clock::Clock;
use crate::model::identity::{Entry, Group};
use crate::random;

/// A directory with its latest answers. Answers of the local directory are not kept: it is as near as the cache.
pub struct Members {
    directory: Directory,
    entries: Cache<String, Option<Entry>>,
    named: Cache<String, Vec<Group>>,
    remembers: bool,
    pub(super) clock: Clock,
    pub(super) sso: Sso,
    notes: Notes,
    listing: Listing,
    counts: Counts,
}

impl Members {
    /// Remembers answers of `directory` for `age`.
    #[must_use]
    pub fn new(directory: Directory, age: Duration) -> Self {
        let remembers = !age.is_zero() && !matches!(directory, Directory::Local(_));
        let entries = Cache::builder().max_capacity(50_000).time_to_live(age.max(Duration::from_millis(1))).build();
        let named = Cache::builder().max_capacity(100).time_to_live(age.max(Duration::from_millis(1))).build();
        let (notes, listing) = (Notes::default(), Listing::default());
        let counts = Counts::new(age, remembers);
        let (clock, sso) = (Clock::system(), Sso::default());
        Self { directory, entries, named, remembers, clock, sso, notes, listing, counts }
    }

    /// Tells the time of its notes by this clock.
    #[must_use]
    pub fn by(self, clock: &Clock) -> Self {
        Self { clock: clock.clone(), ..self }
    }

    /// The directory itself, for what is neither remembered nor noted.
    #[must_use]
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Its permanent name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.directory.name()
    }

    /// Whether it is the local directory.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        matches!(self.directory, Directory::Local(_))
    }

    /// How it answered lately.
    #[must_use]
    pub fn health(&self) -> Health {
        self.notes.health()
    }

    /// Asks it for a person whom nobody is, and notes how it answers.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn check(&self) -> Result<(), DirectoryError> {
        self.knows(&format!("nobody-{}", random::id())).await.map(drop)
    }

    /// [`Directory::authenticate`]
    ///
    /// # Errors
    /// Why not.
    pub async fn authenticate(
        &self,
        user_name: &str,
        password: &SecretString,
        gate: Gate<'_>,
    ) -> Result<Entry, SignInError> {
        let start = Instant::now();
        let answer = trail::of(self.name(), self.directory.authenticate(user_name, password, gate)).await;
        let words = match &answer {
            Ok(_) => "right".to_owned(),
            Err(SignInError::Unavailable(error)) => error.cause.clone(),
            Err(error) => error.to_string().replace('_', " "),
        };
        self.step("name and password", user_name, words, start);
        if let Err(SignInError::Unavailable(error)) = &answer {
            self.notes.note(self.clock.now(), start.elapsed(), Some(&error.cause));
        }
        answer
    }

    /// [`Directory::knows`]
    ///
    /// # Errors
    /// Where the directory does not answer.
    pub async fn knows(&self, user_name: &str) -> Result<bool, DirectoryError> {
        let start = Instant::now();
        let answer = trail::of(self.name(), self.directory.knows(user_name)).await;
        let words = match &answer {
            Ok(true) => "known".to_owned(),
            Ok(false) => "unknown".to_owned(),
            Err(error) => error.cause.clone(),
        };
        self.step("name", user_name, words, start);
        self.noted(start, answer)
    }

    /// [`Directory::named`]
    ///
    /// # Errors
    /// [`SignInError::Unknown`], [`SignInError::Ambiguous`], or where the directory does not answer.
    pub async fn named(&self, user_name: &str) -> Result<Entry, SignInError> {
        let start = Instant::now();
        let answer = trail::of(self.name(), self.directory.named(user_name)).await;
        let (words, cause) = match &answer {
            Ok(entry) => (entry.external_id.clone(), None),
            Err(SignInError::Unavailable(error)) => (error.cause.clone(), Some(error.cause.as_str())),
            Err(error) => (error.to_string().replace('_', " "), None),
        };
        self.notes.note(self.clock.now(), start.elapsed(), cause);
        self.step("name", user_name, words, start);
        answer
    }

    /// [`Directory::look_up`], at most as old as the cache allows.
    ///
    /// # Errors
    /// Where nothing is remembered and the directory does not answer.
    pub async fn look_up(&self, external_id: &str) -> Result<Option<Entry>, DirectoryError> {
        if let Some(entry) = self.entries.get(external_id) {
            return Ok(entry);
        }
        let start = Instant::now();
        let answer = self.directory.look_up(external_id).await;
        let entry = self.noted(start, answer)?;
        if self.remembers {
            self.entries.insert(external_id.to_owned(), entry.clone());
        }
        Ok(entry)
    }

    /// [`Directory::groups_named`], at most as old as the cache allows.
    ///
    /// # Errors
    /// Where nothing is remembered and the directory does not answer.
    pub async fn groups_named(&self, name: &str) -> Result<Vec<Group>, DirectoryError> {
        if let Some(groups) = self.named.get(name) {
            return Ok(groups);
        }
        let start = Instant::now();
        let answer = self.directory.groups_named(name).await;
        let groups = self.noted(start, answer)?;
        if self.remembers {
            self.named.insert(name.to_owned(), groups.clone());
        }
        Ok(groups)
    }

    /// Groups whose name holds `part`, best fit first, one more than [`super::MOST_GROUPS`] where there are more: of the
    /// latest list at once, else as the directory tells of them now.
    ///
    /// # Errors
    /// Where there is no list and the directory does not answer.
    pub async fn find_groups(&self, part: &str) -> Result<(Vec<Ranked>, bool), DirectoryError> {
        if let Some(listed) = self.listed() {
            return Ok((listed.index.find(part), false));
        }
        let start = Instant::now();
        let answer = self.directory.find_groups(part).await;
        let Groups { mut groups, more } = self.noted(start, answer)?;
        // A search of the directory may have cut off the very group that was typed.
        if more && !part.trim().is_empty() {
            let whole = self.directory.groups_named(part).await?;
            groups.retain(|group| whole.iter().all(|one| one.group != group.group));
            groups.extend(whole);
        }
        let part = folded(part);
        let ranked = |group: Group| {
            let folded = folded(&group.name);
            Ranked { rank: Rank::of(&folded, &part), folded, group }
        };
        Ok((groups.into_iter().map(ranked).collect(), more))
    }

    /// The latest list of all its groups; `None` before the first, and of the local directory, which is as near.
    #[must_use]
    pub fn listed(&self) -> Option<Arc<Listed>> {
        self.listing.latest()
    }

    /// When and why the latest try to list all groups failed; `None` where it did not.
    #[must_use]
    pub fn listing_failed(&self) -> Option<(DateTime<Utc>, String)> {
        self.listing.failed()
    }

    /// [`Directory::people_in`], at most as old as the cache allows. Its silence is no sign of the directory's health: counting
    /// asks for more than anything else does.
    ///
    /// # Errors
    /// Where the directory does not answer, or not in time.
    pub async fn people_in(&self, groups: Vec<String>) -> Result<Headcount, DirectoryError> {
        self.counts.of(&self.directory, groups).await
    }

    /// Those of these ids that are a group's of the local directory; `None` of any other, or where the database does not
    /// answer.
    pub async fn existing(&self, ids: Vec<String>) -> Option<HashSet<String>> {
        match &self.directory {
            Directory::Local(local) => local.existing(ids).await.ok(),
            _ => None,
        }
    }

    /// Lists all groups anew; the list that there is stays where that fails. Of the local directory there is none.
    ///
    /// # Errors
    /// Where the directory does not answer.
    pub async fn list_groups(&self) -> Result<(), DirectoryError> {
        if self.is_local() {
            return Ok(());
        }
        let answer = self.listing.refresh(&self.directory, self.clock.now()).await;
        if let Err(error) = &answer {
            self.notes.note(self.clock.now(), Duration::ZERO, Some(&error.cause));
        }
        answer
    }

    /// Forgets a person, so that the next answer is new: they just signed in.
    pub fn forget(&self, external_id: &str) {
        self.entries.invalidate(external_id);
    }

    fn step(&self, what: &'static str, question: &str, answer: String, start: Instant) {
        let (directory, question) = (self.name().to_owned(), question.to_owned());
        trail::note(|| Step { directory, what, question, answer, took: start.elapsed() });
    }

    /// Notes how a question of `start` was answered: with nothing, for this cause.
    pub(super) fn note(&self, start: Instant, cause: Option<&str>) {
        self.notes.note(self.clock.now(), start.elapsed(), cause);
    }

    pub(super) fn noted<T>(&self, start: Instant, answer: Result<T, DirectoryError>) -> Result<T, DirectoryError> {
        self.note(start, answer.as_ref().err().map(|error| error.cause.as_str()));
        answer
    }
}
