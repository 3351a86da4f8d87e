//! The local directory: people and groups in Daypass's own database, passwords as argon2id.

use std::collections::HashSet;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::{DirectoryError, Gate, Groups, Headcount, MOST_GROUPS, SignInError};
use crate::model::identity::{Attribute, Entry, Group, GroupRef};
use crate::model::password;
use crate::random;
use crate::store::local_users::LocalUser;
use crate::store::{Database, DbConnection, StoreError, local_groups, local_users};

/// The group whose members administer, unless `[access]` names others.
pub const ADMINISTRATORS: &str = "administrators";
/// The group whose members administer connectors inside the envelopes of access keys, unless `[access]` names others.
pub const RESTRICTED: &str = "restricted-administrators";
/// The group whose members read the usage log, unless `[access]` names others.
pub const AUDITORS: &str = "auditors";
/// How long a sign-in waits for its turn to be hashed.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The local directory.
pub struct Local {
    name: String,
    database: Database,
    hashing: Semaphore,
}

impl Local {
    /// The directory of this permanent name in `database`.
    #[must_use]
    pub fn new(name: &str, database: Database) -> Self {
        // Each hash takes 19 MiB and a core for a while: more at once than there are cores help nobody.
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(2, 8);
        Self { name: name.to_owned(), database, hashing: Semaphore::new(cores) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn authenticate(
        &self,
        user_name: &str,
        password: &SecretString,
        gate: Gate<'_>,
    ) -> Result<Entry, SignInError> {
        let typed = user_name.to_owned();
        let user = self.read(move |connection| local_users::find_by_name(connection, &typed)).await?;
        if !gate(user.as_ref().map(|user| user.id.as_str())) {
            return Err(SignInError::Throttled);
        }
        // The same work is done for an unknown name, so that the answer's time does not tell.
        let hash = user.as_ref().map_or_else(nobodys_hash, |user| user.password_hash.clone());
        let permit = tokio::time::timeout(LONGEST_WAIT, self.hashing.acquire()).await;
        let _permit = permit.map_err(|_| self.error("too many people sign in at once".to_owned()))?;
        let right = verify(password, hash).await.map_err(|cause| self.error(cause))?;
        let Some(user) = user else { return Err(SignInError::Unknown) };
        if !right {
            return Err(SignInError::WrongPassword);
        }
        // As they are now: they may have been closed out, or given another password, while they waited for their turn.
        let id = user.id.clone();
        let now = self.read(move |connection| {
            let Some(user) = local_users::find(connection, &id)? else { return Ok(None) };
            let known = known(connection, &id)?;
            Ok(Some((user, known)))
        });
        match now.await? {
            Some((now, _)) if now.password_hash != user.password_hash => Err(SignInError::WrongPassword),
            Some((now, _)) if !now.active => Err(SignInError::Inactive),
            Some((now, known)) => Ok(self.entry(now, known)),
            None => Err(SignInError::Unknown),
        }
    }

    pub(super) async fn knows(&self, user_name: &str) -> Result<bool, DirectoryError> {
        let typed = user_name.to_owned();
        Ok(self.read(move |connection| local_users::find_by_name(connection, &typed)).await?.is_some())
    }

    /// What is another text with each password of whoever signs in with this name.
    pub(super) async fn password_stamp(&self, user_name: &str) -> Result<Option<String>, DirectoryError> {
        let typed = user_name.to_owned();
        let user = self.read(move |connection| local_users::find_by_name(connection, &typed)).await?;
        Ok(user.map(|user| user.password_hash))
    }

    pub(super) async fn named(&self, user_name: &str) -> Result<Option<Entry>, DirectoryError> {
        let typed = user_name.to_owned();
        let found = self.read(move |connection| {
            let Some(user) = local_users::find_by_name(connection, &typed)? else { return Ok(None) };
            let known = known(connection, &user.id)?;
            Ok(Some((user, known)))
        });
        Ok(found.await?.map(|(user, known)| self.entry(user, known)))
    }

    pub(super) async fn look_up(&self, external_id: &str) -> Result<Option<Entry>, DirectoryError> {
        let id = external_id.to_owned();
        let found = self.read(move |connection| {
            let Some(user) = local_users::find(connection, &id)? else { return Ok(None) };
            let known = known(connection, &user.id)?;
            Ok(Some((user, known)))
        });
        Ok(found.await?.map(|(user, known)| self.entry(user, known)))
    }

    pub(super) async fn find_groups(&self, part: &str) -> Result<Groups, DirectoryError> {
        let part = part.trim().to_owned();
        let limit = i64::try_from(MOST_GROUPS + 1).unwrap_or(i64::MAX);
        let mut found = self.read(move |connection| local_groups::search(connection, &part, limit)).await?;
        let more = found.len() > MOST_GROUPS;
        found.truncate(MOST_GROUPS);
        Ok(Groups { groups: found.into_iter().map(|group| self.group_of(group)).collect(), more })
    }

    pub(super) async fn group(&self, id: &str) -> Result<Option<Group>, DirectoryError> {
        let id = id.to_owned();
        Ok(self.read(move |connection| local_groups::find(connection, &id)).await?.map(|group| self.group_of(group)))
    }

    pub(super) async fn groups_named(&self, name: &str) -> Result<Vec<Group>, DirectoryError> {
        Ok(self.group(&name.trim().to_lowercase()).await?.into_iter().collect())
    }

    pub(super) async fn all_groups(&self) -> Result<Vec<Group>, DirectoryError> {
        let found = self.read(|connection| local_groups::search(connection, "", i64::MAX)).await?;
        Ok(found.into_iter().map(|group| self.group_of(group)).collect())
    }

    pub(super) async fn people_in(&self, groups: &[String]) -> Result<Headcount, DirectoryError> {
        let ids = groups.to_vec();
        let count = self.read(move |connection| local_groups::active_members(connection, &ids)).await?;
        Ok(Headcount::of(usize::try_from(count).unwrap_or(usize::MAX)))
    }

    pub(super) async fn existing(&self, ids: Vec<String>) -> Result<HashSet<String>, DirectoryError> {
        let found = self.read(move |connection| local_groups::existing(connection, &ids)).await?;
        Ok(found.into_iter().collect())
    }

    fn entry(&self, user: LocalUser, known: Known) -> Entry {
        Entry {
            directory: self.name.clone(),
            external_id: user.id,
            user_name: user.user_name,
            display_name: user.display_name,
            mail: user.mail,
            active: user.active,
            groups: known.groups.into_iter().map(|group| self.group_of(group)).collect(),
            attributes: known.attributes.into_iter().map(|(name, value)| (name, Attribute::Value(value))).collect(),
            local_version: Some(user.version),
        }
    }

    fn group_of(&self, (id, name): (String, String)) -> Group {
        Group { group: GroupRef { directory: self.name.clone(), id }, name, detail: "local group".to_owned() }
    }

    async fn read<T, F>(&self, work: F) -> Result<T, DirectoryError>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, StoreError> + Send + 'static,
    {
        self.database.read(work).await.map_err(|error| self.error(error.to_string()))
    }

    fn error(&self, cause: String) -> DirectoryError {
        DirectoryError { directory: self.name.clone(), cause }
    }
}

/// What the database has of a person beside their row.
struct Known {
    groups: Vec<(String, String)>,
    attributes: Vec<(String, String)>,
}

fn known(connection: &mut DbConnection, user_id: &str) -> Result<Known, StoreError> {
    let groups = local_users::groups_of(connection, user_id)?;
    Ok(Known { groups, attributes: local_users::attributes_of(connection, user_id)? })
}

/// Hashes a password with argon2id (19 MiB, 2 passes, 1 lane; OWASP's choice), off the async threads.
///
/// # Errors
/// A sentence, where hashing fails.
pub async fn hash_password(password: SecretString) -> Result<String, String> {
    let hash = move || {
        let salt = random::bytes::<16>();
        let hash = Argon2::default().hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|error| error.to_string())
    };
    tokio::task::spawn_blocking(hash).await.map_err(|error| error.to_string())?
}

async fn verify(password: &SecretString, hash: String) -> Result<bool, String> {
    let tried = password.clone();
    let verify = move || {
        let text = tried.expose_secret();
        if text.is_empty() || text.len() > password::LONGEST {
            return Ok(false);
        }
        let hash = PasswordHash::new(&hash).map_err(|error| error.to_string())?;
        Ok(Argon2::default().verify_password(text.as_bytes(), &hash).is_ok())
    };
    tokio::task::spawn_blocking(verify).await.map_err(|error| error.to_string())?
}

/// A hash that no password has, of the same cost as a real one.
fn nobodys_hash() -> String {
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()
}
