//! People: found by the account that searches, signed in by their own password.

use std::time::Instant;

use ldap3::Scope;
use ldap3::result::LdapResult;
use secrecy::SecretString;

use super::connection::Connection;
use super::escape::{bytes_in_filter, in_filter};
use super::failure::{Failure, code, sub_code};
use super::record::{CLOSED_MARKS, Record, is_binary_id, printable};
use super::search::{Search, both, equal_to, one_of};
use super::{Ldap, dn};
use crate::directory::trail::{self, Step};
use crate::directory::{Gate, Membership, SignInError};
use crate::model::identity::{Attribute, DISPLAY_NAME, Entry, MAIL, NAME};
use crate::random;

/// Active Directory's sub-codes of a right password for an account that may not sign in (now, or from here): hours,
/// workstation, password expired, disabled, account expired, password must change, locked.
const CLOSED: [&str; 7] = ["530", "531", "532", "533", "701", "773", "775"];

impl Ldap {
    /// Search, bind as the one who was found, groups. The inner result is the server's answer about the person.
    pub(super) async fn sign_in(
        &self,
        user_name: &str,
        password: &SecretString,
        gate: Gate<'_>,
    ) -> Result<Result<Entry, SignInError>, Failure> {
        let record = match self.by_name(user_name).await? {
            Ok(record) => record,
            Err(SignInError::Unknown) if !gate(None) => return Ok(Err(SignInError::Throttled)),
            Err(SignInError::Unknown) => {
                self.bind_as_nobody(password).await?;
                return Ok(Err(SignInError::Unknown));
            }
            Err(error) => return Ok(Err(error)),
        };
        if !gate(Some(&self.id_of(&record)?)) {
            return Ok(Err(SignInError::Throttled));
        }
        let mut own = match self.bind(&record, password).await? {
            Ok(own) => own,
            // OpenLDAP says the same to a right password. Of a lock that passes the mark outlives the lock, so there a
            // password is wrong: the throttle must count it.
            Err(SignInError::WrongPassword) if record.is_locked_for_good() => {
                return Ok(Err(SignInError::Inactive));
            }
            Err(error) => return Ok(Err(error)),
        };
        // Both at once, on two connections: each waits for the server as long as all else that is left.
        let (confirmed, entry) = tokio::join!(self.confirm(&record, &mut own), self.entry(&record));
        if let Err(error) = confirmed? {
            return Ok(Err(error));
        }
        let entry = entry?;
        if entry.active {
            return Ok(Ok(entry));
        }
        // A good sign-in takes OpenLDAP's mark away, so it is looked at again.
        let again = self.person(&entry.external_id).await?;
        Ok(again.filter(|entry| entry.active).ok_or(SignInError::Inactive))
    }

    /// The person who signs in with this name.
    pub(super) async fn called(&self, user_name: &str) -> Result<Result<Entry, SignInError>, Failure> {
        match self.by_name(user_name).await? {
            Ok(record) => self.entry(&record).await.map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Whether somebody, or several, sign in with this name.
    pub(super) async fn has(&self, user_name: &str) -> Result<bool, Failure> {
        Ok(!matches!(self.by_name(user_name).await?, Err(SignInError::Unknown)))
    }

    /// The one person's entry with this name.
    async fn by_name(&self, user_name: &str) -> Result<Result<Record, SignInError>, Failure> {
        let settings = &self.settings;
        let filter = one_of(&settings.user_filter, &equal_to(settings.name_attributes(), user_name));
        let mut found = self.pool.search(&self.people(filter, Some(2))).await?;
        Ok(match (found.records.pop(), found.records.is_empty() && !found.more) {
            (Some(record), true) => Ok(record),
            (None, true) => Err(SignInError::Unknown),
            _ => Err(SignInError::Ambiguous),
        })
    }

    /// The person with this id.
    pub(super) async fn person(&self, id: &str) -> Result<Option<Entry>, Failure> {
        match self.by_id(self.people(self.settings.user_filter.clone(), Some(2)), id).await? {
            Some(record) => Ok(Some(self.entry(&record).await?)),
            None => Ok(None),
        }
    }

    /// The groups of the person with this id, each with the way to it.
    pub(super) async fn memberships_of(&self, id: &str) -> Result<Option<Vec<Membership>>, Failure> {
        match self.by_id(self.people(self.settings.user_filter.clone(), Some(2)), id).await? {
            Some(record) => self.paths_of(&record).await.map(Some),
            None => Ok(None),
        }
    }

    /// The one entry with this id among those that `search` would find.
    pub(super) async fn by_id(&self, search: Search, id: &str) -> Result<Option<Record>, Failure> {
        let attribute = &self.settings.stable_id_attribute;
        let has_id = |record: &Record| record.id(attribute).is_some_and(|found| found.eq_ignore_ascii_case(id));
        let value = if is_binary_id(attribute) {
            data_encoding::HEXLOWER_PERMISSIVE.decode(id.as_bytes()).ok().map(|bytes| bytes_in_filter(&bytes))
        } else {
            Some(in_filter(id).into_owned())
        };
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let search = Search { filter: both(&search.filter, attribute, &value), ..search.clone() };
            let mut records = self.pool.search(&search).await?.records;
            records.retain(has_id);
            if records.len() > 1 {
                return Err(Failure::Refused(format!("{}: several entries have the same {attribute}", search.what())));
            }
            if let Some(record) = records.pop() {
                return Ok(Some(record));
            }
        }
        // An entry without a stable id goes by its normalised DN.
        let base = dn::normalise(&search.base).unwrap_or_default();
        if dn::normalise(id).is_none_or(|dn| dn != id || !dn::is_within(&dn, &base)) {
            return Ok(None);
        }
        let search = Search { base: id.to_owned(), scope: Scope::Base, ..search };
        Ok(self.pool.search(&search).await?.records.into_iter().find(has_id))
    }

    fn people(&self, filter: String, limit: Option<i32>) -> Search {
        let settings = &self.settings;
        let named = [
            &settings.user_name_attribute,
            &settings.display_name_attribute,
            &settings.mail_attribute,
            &settings.stable_id_attribute,
        ];
        let marks = CLOSED_MARKS.map(str::to_owned);
        let mut attributes: Vec<String> = named.into_iter().chain(settings.attributes.values()).cloned().collect();
        attributes.extend(marks.into_iter().chain(self.membership_attributes()));
        // Some servers refuse to be asked for one twice (RFC 4511, 4.5.1.8).
        attributes.sort_unstable_by_key(|attribute| attribute.to_lowercase());
        attributes.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
        Search { base: settings.user_base.clone(), scope: Scope::Subtree, filter, attributes, limit }
    }

    /// Whether the password is this person's: a connection that is theirs, to [confirm](Self::confirm) it.
    async fn bind(&self, record: &Record, password: &SecretString) -> Result<Result<Connection, SignInError>, Failure> {
        own_dn(record)?;
        let start = Instant::now();
        let mut connection = self.pool.open().await?;
        let result = connection.bind(&record.dn, password).await?;
        trail::note(|| Step {
            directory: String::new(),
            what: "bind",
            question: printable(&record.dn),
            answer: if result.rc == 0 { "0 (success)".to_owned() } else { code(&result) },
            took: start.elapsed(),
        });
        Ok(refusal(&result)?.map_or(Ok(connection), Err))
    }

    /// Whether the server says too that the connection is this person's.
    async fn confirm(&self, record: &Record, connection: &mut Connection) -> Result<Result<(), SignInError>, Failure> {
        let own = own_dn(record)?;
        Ok(match connection.who_am_i().await? {
            // The server let us in as nobody.
            Ok(who) if who.is_empty() => Err(SignInError::WrongPassword),
            Ok(who) => match who.strip_prefix("dn:").map(dn::normalise) {
                Some(Some(who)) if who.is_empty() => Err(SignInError::WrongPassword),
                Some(who) if who.as_ref() != Some(&own) => {
                    return Err(Failure::Refused("it signed in somebody else than the one who was found".to_owned()));
                }
                // Active Directory says `u:DOMAIN\name`.
                _ => Ok(()),
            },
            // OpenLDAP allows nothing before a password that was set by an administrator is changed.
            Err(result) if result.rc == 50 => Err(SignInError::Inactive),
            // It does not know the question.
            Err(_) => Ok(()),
        })
    }

    /// The work that a wrong password makes, so that the answer's time does not tell that nobody has a name.
    async fn bind_as_nobody(&self, password: &SecretString) -> Result<(), Failure> {
        let nobody = format!("cn=nobody-{},{}", random::id(), self.settings.user_base);
        let mut connection = self.pool.open().await?;
        // Whatever the server says of an entry that is not there.
        connection.bind(&nobody, password).await.map(drop)
    }

    fn id_of(&self, record: &Record) -> Result<String, Failure> {
        let id = record.id(&self.settings.stable_id_attribute);
        id.ok_or_else(|| Failure::Refused("it sent an entry whose DN cannot be read".to_owned()))
    }

    async fn entry(&self, record: &Record) -> Result<Entry, Failure> {
        let settings = &self.settings;
        let user_name = record.name(&settings.user_name_attribute).ok_or_else(|| {
            Failure::Refused(format!("a person's entry has no {} that can be read", settings.user_name_attribute))
        })?;
        let attribute = |(name, attribute): (&String, &String)| Some((name.clone(), record.attribute(attribute)?));
        let names = [
            (NAME, &settings.user_name_attribute),
            (MAIL, &settings.mail_attribute),
            (DISPLAY_NAME, &settings.display_name_attribute),
        ];
        // What is shown of several values, or of one with control characters, is not what a policy may be filled in with.
        let doubtful = names.into_iter().filter_map(|(key, attribute)| match record.attribute(attribute) {
            None | Some(Attribute::Value(_)) => None,
            doubtful => Some((key.to_owned(), doubtful?)),
        });
        Ok(Entry {
            directory: settings.name.clone(),
            external_id: self.id_of(record)?,
            display_name: record.name(&settings.display_name_attribute).unwrap_or_else(|| user_name.clone()),
            mail: record.name(&settings.mail_attribute).unwrap_or_default(),
            user_name,
            active: record.is_active(self.clock.now()),
            groups: self.groups_of(record).await?,
            attributes: settings.attributes.iter().filter_map(attribute).chain(doubtful).collect(),
            local_version: None,
        })
    }
}

/// The entry's DN, as DNs are compared.
fn own_dn(record: &Record) -> Result<String, Failure> {
    let own = dn::normalise(&record.dn).filter(|dn| !dn.is_empty());
    own.ok_or_else(|| Failure::Refused("it sent an entry whose DN cannot be read".to_owned()))
}

/// What an answer to a person's bind means: `None` is yes.
fn refusal(result: &LdapResult) -> Result<Option<SignInError>, Failure> {
    Ok(Some(match result.rc {
        0 => return Ok(None),
        49 if sub_code(result).is_some_and(|code| CLOSED.contains(&code)) => SignInError::Inactive,
        // 48: there is no password; 32: deleted between search and bind.
        49 | 48 | 32 => SignInError::WrongPassword,
        // 389 Directory Server: too many wrong passwords; account inactivated.
        19 | 53 => SignInError::Inactive,
        _ => return Err(Failure::Refused(format!("bind of a person: it answers {}", code(result)))),
    }))
}
