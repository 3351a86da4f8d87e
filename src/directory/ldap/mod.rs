//! An LDAP server as a directory (RFC 4511): OpenLDAP, Active Directory, 389 Directory Server.
//!
//! [`Schema`](config::Schema) says how the server keeps people and groups. Several addresses of one content are asked in
//! order, and one that fails is left alone for a while.
//!
//! People are found by an account that searches, then signed in by a bind of their own on a connection of its own.
//! Every answer is checked at a checkpoint before the LDAP library reads it. Referrals are never followed. Every step has
//! a time-out, and a call as a whole has `connect_timeout` and `timeout` together.

mod address;
mod answer;
mod ber;
mod checkpoint;
mod connection;
mod dn;
mod escape;
mod failure;
mod groups;
mod headcount;
mod membership;
mod people;
mod pool;
mod record;
mod search;
mod server;
mod sid;
mod tls;

use std::future::Future;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use self::failure::Failure;
use self::pool::Pool;
use self::server::Server;
use super::{DirectoryError, Gate, Groups, Headcount, Membership, SignInError, trail};
use crate::clock::Clock;
use crate::config;
use crate::model::identity::{Entry, Group};

/// The most calls that are under way at once, so that we do not overrun a server that is slow.
const MOST_CALLS: usize = 32;
/// The most sign-ins beside them: passwords that are slow to check keep nobody waiting who is signed in.
const MOST_SIGN_INS: usize = 16;
/// How long it may take to list all groups.
const LONGEST_LISTING: Duration = Duration::from_mins(10);
/// The longest name or part of one that is searched, in bytes.
const LONGEST_NAME: usize = 256;

/// An LDAP server.
pub struct Ldap {
    settings: Box<config::Ldap>,
    pool: Pool,
    calls: Semaphore,
    sign_ins: Semaphore,
    clock: Clock,
}

impl Ldap {
    /// Checks the settings and reads the certificate authorities; nothing is connected yet.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn new(settings: config::Ldap, clock: Clock) -> Result<Self, String> {
        let named = |sentence: String| format!("directory {}: {sentence}", settings.name);
        let password = check(&settings).map_err(named)?;
        let server = Server::new(&settings).map_err(named)?;
        let pool = Pool::new(server, settings.bind_dn.clone(), password, settings.timeout);
        let (calls, sign_ins) = (Semaphore::new(MOST_CALLS), Semaphore::new(MOST_SIGN_INS));
        Ok(Self { settings: Box::new(settings), pool, calls, sign_ins, clock })
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
        // An empty password would be an unauthenticated bind, which succeeds (RFC 4513, 5.1.2). Some servers take the
        // end of a password for where a NUL is, so that one that begins with it is empty too.
        if text.is_empty() || text.contains('\0') {
            return Err(SignInError::WrongPassword);
        }
        if user_name.trim().is_empty() || user_name.len() > LONGEST_NAME {
            return Err(SignInError::Unknown);
        }
        self.within(&self.sign_ins, self.sign_in(user_name, password, gate)).await?
    }

    pub(super) async fn named(&self, user_name: &str) -> Result<Entry, SignInError> {
        if user_name.trim().is_empty() || user_name.len() > LONGEST_NAME {
            return Err(SignInError::Unknown);
        }
        self.within(&self.calls, self.called(user_name)).await?
    }

    /// Whether anybody has this name, without asking for more of them.
    pub(super) async fn knows(&self, user_name: &str) -> Result<bool, DirectoryError> {
        if user_name.trim().is_empty() || user_name.len() > LONGEST_NAME {
            return Ok(false);
        }
        self.within(&self.sign_ins, self.has(user_name)).await
    }

    pub(super) async fn look_up(&self, external_id: &str) -> Result<Option<Entry>, DirectoryError> {
        self.within(&self.calls, self.person(external_id)).await
    }

    pub(super) async fn memberships(&self, external_id: &str) -> Result<Option<Vec<Membership>>, DirectoryError> {
        self.within(&self.calls, self.memberships_of(external_id)).await
    }

    pub(super) async fn find_groups(&self, part: &str) -> Result<Groups, DirectoryError> {
        if part.len() > LONGEST_NAME {
            return Ok(Groups::default());
        }
        self.within(&self.calls, self.groups_like(part.trim())).await
    }

    pub(super) async fn group(&self, id: &str) -> Result<Option<Group>, DirectoryError> {
        self.within(&self.calls, self.group_by_id(id)).await
    }

    pub(super) async fn groups_named(&self, name: &str) -> Result<Vec<Group>, DirectoryError> {
        self.within(&self.calls, self.groups_called(name.trim())).await
    }

    /// Every group, by name; see [`Directory::all_groups`](super::Directory::all_groups).
    ///
    /// # Errors
    /// As `each_group`.
    pub async fn all_groups(&self) -> Result<Vec<Group>, DirectoryError> {
        let mut all = Vec::new();
        self.each_group(&mut |group| all.push(group)).await?;
        groups::sort(&mut all);
        Ok(all)
    }

    /// Hands over every group, page by page.
    ///
    /// # Errors
    /// Where the server does not answer, keeps some back, or takes longer than ten minutes.
    pub(super) async fn each_group(&self, take: &mut (dyn FnMut(Group) + Send)) -> Result<(), DirectoryError> {
        // Not one of the calls that people wait for: each page has the setting `timeout`, all of them ten minutes.
        let late = |_| Failure::Late(format!("not all groups within {LONGEST_LISTING:?}"));
        let result = timeout(LONGEST_LISTING, self.every_group(take)).await.map_err(late).flatten();
        result.map_err(|failure| self.error(failure))
    }

    pub(super) async fn people_in(&self, groups: &[String]) -> Result<Headcount, DirectoryError> {
        // Not one of the calls that people wait for either.
        self.count(groups).await.map_err(|failure| self.error(failure))
    }

    /// `work`, once it is its turn, within the time for a whole call. What is left undone is closed.
    async fn within<T>(
        &self,
        turns: &Semaphore,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, DirectoryError> {
        let limit = self.settings.connect_timeout.saturating_add(self.settings.timeout);
        let turn = async {
            let _turn = turns.acquire().await.map_err(|error| Failure::Lost(error.to_string()))?;
            work.await
        };
        let late = |_| Failure::Late(format!("no answer within {limit:?}"));
        let result = trail::of(self.name(), timeout(limit, turn)).await.map_err(late).flatten();
        result.map_err(|failure| self.error(failure))
    }

    fn error(&self, failure: Failure) -> DirectoryError {
        DirectoryError { directory: self.name().to_owned(), cause: failure.into_cause() }
    }
}

/// Checks all but the address, and gives the password of the account that searches.
fn check(settings: &config::Ldap) -> Result<SecretString, String> {
    let base = |base: &str| dn::normalise(base).is_some_and(|base| !base.is_empty());
    for (name, value) in
        [("bind_dn", &settings.bind_dn), ("user_base", &settings.user_base), ("group_base", &settings.group_base)]
    {
        // Active Directory takes `user@domain` and `DOMAIN\user` for a DN.
        if value.trim().is_empty() || (name != "bind_dn" && !base(value)) {
            return Err(format!("{name} must be a DN, for example ou=people,dc=example,dc=com."));
        }
    }
    for (name, value) in [("connect_timeout", settings.connect_timeout), ("timeout", settings.timeout)] {
        if value == Duration::ZERO {
            return Err(format!("{name} must be longer than nothing."));
        }
    }
    search::check(settings)?;
    let password = settings.bind_password.clone().filter(|password| !password.expose_secret().is_empty());
    password.ok_or_else(|| "bind_password is missing; set it, or bind_password_file.".to_owned())
}
