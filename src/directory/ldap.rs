//! An LDAP server as a directory.

use secrecy::SecretString;

use super::{DirectoryError, Gate, Groups, SignInError};
use crate::config;
use crate::model::identity::{Entry, Group};

/// An LDAP server.
pub struct Ldap {
    settings: config::Ldap,
}

impl Ldap {
    /// Checks the settings and reads the certificate authorities; nothing is connected yet.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn new(settings: config::Ldap) -> Result<Self, String> {
        Ok(Self { settings })
    }

    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }

    pub(super) async fn authenticate(
        &self,
        _user_name: &str,
        _password: &SecretString,
        _gate: Gate<'_>,
    ) -> Result<Entry, SignInError> {
        Err(self.error().into())
    }

    pub(super) async fn look_up(&self, _external_id: &str) -> Result<Option<Entry>, DirectoryError> {
        Err(self.error())
    }

    pub(super) async fn find_groups(&self, _part: &str) -> Result<Groups, DirectoryError> {
        Err(self.error())
    }

    pub(super) async fn group(&self, _id: &str) -> Result<Option<Group>, DirectoryError> {
        Err(self.error())
    }

    pub(super) async fn groups_named(&self, _name: &str) -> Result<Vec<Group>, DirectoryError> {
        Err(self.error())
    }

    fn error(&self) -> DirectoryError {
        DirectoryError { directory: self.settings.name.clone(), cause: "not connected".to_owned() }
    }
}
