//! People: looked up by the application, signed in by their own password.
//!
//! The stable id is `key:` and Crowd's key of a person, which stays when they are renamed; where there is none, `name:` and
//! the user name in small letters, so that a rename makes another person, who has to be let in anew, and whoever is later
//! given the old name is taken for who had it before. The beginning tells the two apart: nobody gets another's id by a user
//! name that looks like a key.

use std::sync::atomic::Ordering;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use zeroize::Zeroizing;

use super::answers::{User, value};
use super::client::Question;
use super::errors::{Failure, Refusal};
use super::{Crowd, is_name, is_same};
use crate::config::CrowdId;
use crate::directory::{Gate, SignInError};
use crate::model::identity::{Attribute, DISPLAY_NAME, Entry, MAIL};
use crate::random;

const KEY: &str = "key:";
const NAME: &str = "name:";
const LOOK_UP: &str = "look-up of a person";
const SIGN_IN: &str = "sign-in of a person";

#[derive(Serialize)]
struct Password<'a> {
    value: &'a str,
}

/// Whom to look up.
#[derive(Clone, Copy)]
pub(super) enum Whom<'a> {
    Key(&'a str),
    Name(&'a str),
}

impl Crowd {
    /// Look-up, password, groups. The inner result is Crowd's answer about the person.
    pub(super) async fn sign_in(
        &self,
        user_name: &str,
        password: &SecretString,
        gate: Gate<'_>,
    ) -> Result<Result<Entry, SignInError>, Failure> {
        let asked = self.asked(Whom::Name(user_name)).await?;
        let is_another = asked.as_ref().is_some_and(|user| !is_same(&user.name, user_name));
        let found = asked.filter(|_| !is_another);
        if !gate(found.as_ref().map(|user| self.id_of(user)).as_deref()) {
            return Ok(Err(SignInError::Throttled));
        }
        // The same question for a name that nobody has, so that the answer's time does not tell.
        let nobody = format!("nobody-{}", random::id());
        let name = match &found {
            Some(user) => user.name.as_str(),
            // Crowd takes the name for another's, whose tries these would be.
            None if is_another => nobody.as_str(),
            None => user_name,
        };
        let signed_in = match self.try_password(name, password).await? {
            Ok(_) if is_another => return Ok(Err(SignInError::Unknown)),
            Ok(user) => user,
            Err(_) if found.is_none() => return Ok(Err(SignInError::Unknown)),
            Err(Refusal::WrongPassword | Refusal::NoUser) => return Ok(Err(SignInError::WrongPassword)),
            Err(Refusal::Closed) => return Ok(Err(SignInError::Inactive)),
            Err(refusal) => return Err(refusal.out_of_place(SIGN_IN)),
        };
        // A directory that hands passwords on makes its people at their first sign-in, so that they are found only now.
        let user = match found {
            Some(user) => user,
            None => match self.find(Whom::Name(user_name)).await? {
                Some(user) => user,
                None => return Ok(Err(SignInError::Unknown)),
            },
        };
        if !is_same(&signed_in.name, &user.name) || (signed_in.key.is_some() && signed_in.key != user.key) {
            return Err(Failure(format!("{SIGN_IN}: it signed in somebody else than the one who was found")));
        }
        if !signed_in.active || !user.active {
            return Ok(Err(SignInError::Inactive));
        }
        self.check_keys(&user).await?;
        Ok(self.entry(user).await?.ok_or(SignInError::Unknown))
    }

    /// The person who signs in with this name.
    pub(super) async fn called(&self, user_name: &str) -> Result<Option<Entry>, Failure> {
        match self.find(Whom::Name(user_name)).await? {
            Some(user) => self.entry(user).await,
            None => Ok(None),
        }
    }

    /// Whether somebody signs in with this name.
    pub(super) async fn has(&self, user_name: &str) -> Result<bool, Failure> {
        Ok(self.find(Whom::Name(user_name)).await?.is_some())
    }

    /// The person with this stable id.
    pub(super) async fn person(&self, id: &str) -> Result<Option<Entry>, Failure> {
        let whom = match (id.strip_prefix(KEY), id.strip_prefix(NAME)) {
            (Some(key), _) => Whom::Key(key),
            (_, Some(name)) => Whom::Name(name),
            _ => return Ok(None),
        };
        // Whoever has a name by which another is known is not that other.
        match self.find(whom).await?.filter(|user| self.id_of(user) == id) {
            Some(user) => self.entry(user).await,
            None => Ok(None),
        }
    }

    /// Whom Crowd knows so. A name that differs by more than case is another's: databases that take letters with and without
    /// accents for the same find those too.
    pub(super) async fn find(&self, whom: Whom<'_>) -> Result<Option<User>, Failure> {
        let found = self.asked(whom).await?;
        Ok(match whom {
            Whom::Name(name) => found.filter(|user| is_same(&user.name, name)),
            Whom::Key(_) => found,
        })
    }

    /// Whom Crowd answers with.
    async fn asked(&self, whom: Whom<'_>) -> Result<Option<User>, Failure> {
        let by = match whom {
            Whom::Key(key) => ("key", key),
            Whom::Name(name) => ("username", name),
        };
        let mut parameters = vec![by];
        if !self.settings.attributes.is_empty() {
            parameters.push(("expand", "attributes"));
        }
        let question = Question { what: LOOK_UP, path: "user", parameters: &parameters, secret: None, body: None };
        let user = match self.client.ask::<User>(question).await? {
            Ok(user) => user,
            Err(Refusal::NoUser) => return Ok(None),
            Err(refusal) => return Err(refusal.out_of_place(LOOK_UP)),
        };
        match whom {
            Whom::Name(_) => Ok(Some(user)),
            Whom::Key(key) if user.key.as_deref() == Some(key) && is_name(&user.name) => Ok(Some(user)),
            Whom::Key(_) => Err(Failure(format!("{LOOK_UP}: it answers with somebody else than was asked for"))),
        }
    }

    /// Whether the password is this person's. An answer without a word about the person is no answer.
    async fn try_password(&self, name: &str, password: &SecretString) -> Result<Result<User, Refusal>, Failure> {
        let body = serde_json::to_vec(&Password { value: password.expose_secret() }).map(Zeroizing::new);
        let body = body.map_err(|_| Failure(format!("{SIGN_IN}: the password cannot be written in JSON")))?;
        let question = Question {
            what: SIGN_IN,
            path: "authentication",
            parameters: &[("username", name)],
            secret: None,
            body: Some(body),
        };
        self.client.ask(question).await
    }

    /// Once: whether Crowd finds people by the key that it gives, without which everybody would be gone at the next look.
    pub(super) async fn check_keys(&self, user: &User) -> Result<(), Failure> {
        let id = self.id_of(user);
        let Some(key) = id.strip_prefix(KEY).filter(|_| !self.finds_by_key.load(Ordering::Relaxed)) else {
            return Ok(());
        };
        match self.find(Whom::Key(key)).await? {
            Some(_) => {
                self.finds_by_key.store(true, Ordering::Relaxed);
                Ok(())
            }
            None => Err(Failure(format!("{LOOK_UP}: it finds nobody by key; set stable_id = \"name\""))),
        }
    }

    fn id_of(&self, user: &User) -> String {
        let key = user.key.as_deref().filter(|key| self.settings.stable_id == CrowdId::Key && is_name(key));
        key.map_or_else(|| format!("{NAME}{}", user.name.to_lowercase()), |key| format!("{KEY}{key}"))
    }

    /// The person with their groups; `None` where they went in between.
    pub(super) async fn entry(&self, user: User) -> Result<Option<Entry>, Failure> {
        let Some(groups) = self.groups_of(&user.name).await? else { return Ok(None) };
        let attribute = |(name, attribute): (&String, &String)| Some((name.clone(), user.attribute(attribute)?));
        // What was tidied up to be shown is not what a policy may be filled in with.
        let doubtful = [(MAIL, &user.email), (DISPLAY_NAME, &user.display_name)];
        let doubtful = doubtful.into_iter().filter_map(|(key, text)| match value(text.as_deref()?)? {
            Attribute::Value(_) => None,
            doubtful => Some((key.to_owned(), doubtful)),
        });
        let attributes = self.settings.attributes.iter().filter_map(attribute).chain(doubtful).collect();
        let shown = |text: &Option<String>| text.as_deref().map(printable).unwrap_or_default();
        let display_name = Some(shown(&user.display_name)).filter(|name| !name.trim().is_empty());
        Ok(Some(Entry {
            directory: self.name().to_owned(),
            external_id: self.id_of(&user),
            display_name: display_name.unwrap_or_else(|| user.name.clone()),
            mail: shown(&user.email),
            active: user.active,
            groups,
            attributes,
            user_name: user.name,
            local_version: None,
        }))
    }
}

/// `text` as it is shown: without control characters, and no longer than anything that is shown.
fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(500).collect()
}
