//! Who somebody is and which groups they are in, as a directory says right now.
//!
//! [`Directory`] is one of the local directory, an LDAP server and a Crowd server; [`Directories`] has all of them in the order of the
//! configuration. Answers about people are remembered for at most `access.membership_cache` ([`Members`]); no answer
//! means no access.

mod cache;
pub mod crowd;
mod group_index;
mod headcount;
mod health;
pub mod ldap;
mod listing;
pub mod local;
mod membership;
mod several;
mod sign_in;
mod sso;
mod trail;

use secrecy::SecretString;

pub use cache::Members;
pub use crowd::Crowd;
pub use group_index::{GroupIndex, Rank};
pub use headcount::{Headcount, LONGEST_COUNT, MOST_PEOPLE};
pub use health::Health;
pub use ldap::Ldap;
pub use listing::Listed;
pub use local::Local;
pub use membership::Membership;
pub use several::{Directories, Found, Typed};
pub use sign_in::{Gate as GateOfAll, Refused};
pub use sso::{Factors, SSO_ASKED, SsoToken};
pub use trail::{Step, watched};

use crate::model::identity::{Entry, Group};

/// The most groups that one search gives.
pub const MOST_GROUPS: usize = 100;

/// A directory.
pub enum Directory {
    /// Daypass's own, in its database.
    Local(Local),
    /// An LDAP server.
    Ldap(Box<Ldap>),
    /// An Atlassian Crowd server.
    Crowd(Box<Crowd>),
}

/// Why a directory gives no answer, in words for administrators; callers are told only that it does not answer.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the directory {directory} does not answer: {cause}")]
pub struct DirectoryError {
    /// Its name in the configuration.
    pub directory: String,
    /// What happened.
    pub cause: String,
}

/// Why somebody is not let in. Callers are told none of it but [`SignInError::Unavailable`].
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SignInError {
    /// Nobody has this name.
    #[error("unknown_person")]
    Unknown,
    /// Several people have this name, so nobody is let in under it.
    #[error("ambiguous_name")]
    Ambiguous,
    /// The password is wrong, or empty: an empty one would be an unauthenticated bind, which LDAP lets succeed
    /// (RFC 4513, 5.1.2).
    #[error("wrong_password")]
    WrongPassword,
    /// The session of the single sign-on that the browser brings is none, or none of this browser.
    #[error("sso_session")]
    NoSession,
    /// The gate stayed closed: too many wrong passwords lately.
    #[error("throttled")]
    Throttled,
    /// The directory has closed this person's account.
    #[error("inactive")]
    Inactive,
    /// The directory does not answer.
    #[error(transparent)]
    Unavailable(#[from] DirectoryError),
}

/// Says for a person's stable id whether a password may be tried now; `None` stands for a name that nobody has, which is
/// asked about and worked on alike, so that neither answer nor time tells that nobody has it.
pub type Gate<'a> = &'a (dyn Fn(Option<&str>) -> bool + Sync);

/// Groups that fit a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// At most [`MOST_GROUPS`], by name.
    pub groups: Vec<Group>,
    /// Whether there are more than these.
    pub more: bool,
}

/// A group that fits a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// How well.
    pub rank: Rank,
    /// Its name as names are compared.
    pub folded: String,
    /// The group.
    pub group: Group,
}

impl Directory {
    /// Its permanent name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Local(local) => local.name(),
            Self::Ldap(ldap) => ldap.name(),
            Self::Crowd(crowd) => crowd.name(),
        }
    }

    /// Whether `password` is `user_name`'s, and who that is. Once the person is found, and before the password is tried,
    /// `gate` is asked with their stable id whether it may be: however a name is written, its tries are counted as one.
    ///
    /// # Errors
    /// Why not.
    pub async fn authenticate(
        &self,
        user_name: &str,
        password: &SecretString,
        gate: Gate<'_>,
    ) -> Result<Entry, SignInError> {
        match self {
            Self::Local(local) => local.authenticate(user_name, password, gate).await,
            Self::Ldap(ldap) => ldap.authenticate(user_name, password, gate).await,
            Self::Crowd(crowd) => crowd.authenticate(user_name, password, gate).await,
        }
    }

    /// Whether somebody signs in with this name, one person or several.
    ///
    /// # Errors
    /// Where the directory does not answer.
    pub async fn knows(&self, user_name: &str) -> Result<bool, DirectoryError> {
        match self {
            Self::Local(local) => local.knows(user_name).await,
            Self::Ldap(ldap) => ldap.knows(user_name).await,
            Self::Crowd(crowd) => crowd.knows(user_name).await,
        }
    }

    /// The person who signs in with this name, without asking for a password: for administrators to look at.
    ///
    /// # Errors
    /// [`SignInError::Unknown`], [`SignInError::Ambiguous`], or where the directory does not answer.
    pub async fn named(&self, user_name: &str) -> Result<Entry, SignInError> {
        let found = match self {
            Self::Local(local) => local.named(user_name).await?,
            Self::Ldap(ldap) => return ldap.named(user_name).await,
            Self::Crowd(crowd) => return crowd.named(user_name).await,
        };
        found.ok_or(SignInError::Unknown)
    }

    /// The person with this stable id, with their groups and whether they are active; `None` where the directory knows
    /// nobody of this id any more.
    ///
    /// # Errors
    /// Where the directory does not answer.
    pub async fn look_up(&self, external_id: &str) -> Result<Option<Entry>, DirectoryError> {
        match self {
            Self::Local(local) => local.look_up(external_id).await,
            Self::Ldap(ldap) => ldap.look_up(external_id).await,
            Self::Crowd(crowd) => crowd.look_up(external_id).await,
        }
    }

    /// Groups whose name holds `part`, without regard to case, by name; at most [`MOST_GROUPS`].
    ///
    /// # Errors
    /// Where the directory does not answer.
    pub async fn find_groups(&self, part: &str) -> Result<Groups, DirectoryError> {
        match self {
            Self::Local(local) => local.find_groups(part).await,
            Self::Ldap(ldap) => ldap.find_groups(part).await,
            Self::Crowd(crowd) => crowd.find_groups(part).await,
        }
    }

    /// The group with this stable id; `None` where there is none any more.
    ///
    /// # Errors
    /// Where the directory does not answer.
    pub async fn group(&self, id: &str) -> Result<Option<Group>, DirectoryError> {
        match self {
            Self::Local(local) => local.group(id).await,
            Self::Ldap(ldap) => ldap.group(id).await,
            Self::Crowd(crowd) => crowd.group(id).await,
        }
    }

    /// Every group with exactly this name, without regard to case.
    ///
    /// # Errors
    /// Where the directory does not answer.
    pub async fn groups_named(&self, name: &str) -> Result<Vec<Group>, DirectoryError> {
        match self {
            Self::Local(local) => local.groups_named(name).await,
            Self::Ldap(ldap) => ldap.groups_named(name).await,
            Self::Crowd(crowd) => crowd.groups_named(name).await,
        }
    }

    /// The groups of the person with this stable id, each with the way to it: the same groups as [`Directory::look_up`]
    /// gives, at the price of a search for each group. `None` where the directory knows nobody of this id any more.
    ///
    /// # Errors
    /// Where the directory does not answer.
    pub async fn memberships(&self, external_id: &str) -> Result<Option<Vec<Membership>>, DirectoryError> {
        if let Self::Ldap(ldap) = self {
            return ldap.memberships(external_id).await;
        }
        // The others tell of no way: Crowd alone knows it.
        let direct = |group| Membership { group, via: Vec::new() };
        let entry = self.look_up(external_id).await?;
        Ok(entry.map(|entry| entry.groups.into_iter().map(direct).collect()))
    }

    /// How many people who may sign in are in any of the groups with these ids, as signing in finds it; people of groups
    /// within them too where the directory nests. To be shown, never to decide by; it may take long.
    ///
    /// # Errors
    /// Where the directory does not answer, or keeps some back.
    pub async fn people_in(&self, groups: &[String]) -> Result<Headcount, DirectoryError> {
        match self {
            Self::Local(local) => local.people_in(groups).await,
            Self::Ldap(ldap) => ldap.people_in(groups).await,
            Self::Crowd(crowd) => crowd.people_in(groups).await,
        }
    }

    /// Every group, by name: for what is kept in the background, since a big directory takes seconds.
    ///
    /// # Errors
    /// Where the directory does not answer, or keeps some back.
    pub async fn all_groups(&self) -> Result<Vec<Group>, DirectoryError> {
        match self {
            Self::Local(local) => local.all_groups().await,
            Self::Ldap(ldap) => ldap.all_groups().await,
            Self::Crowd(crowd) => crowd.all_groups().await,
        }
    }

    /// Hands over every group, in no order, so that the groups of a big directory are never held twice.
    ///
    /// # Errors
    /// As [`Directory::all_groups`]; then what was handed over is not all.
    pub(crate) async fn each_group(&self, take: &mut (dyn FnMut(Group) + Send)) -> Result<(), DirectoryError> {
        if let Self::Ldap(ldap) = self {
            return ldap.each_group(take).await;
        }
        self.all_groups().await?.into_iter().for_each(take);
        Ok(())
    }
}
