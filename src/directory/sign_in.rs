//! Signing in among several directories: the first that knows the name decides.
//!
//! Its wrong password is final. While an earlier directory is silent only local people are let in: nobody may come in under
//! the name of somebody else by taking a server down. A refusal makes every directory do the same work, and where one of
//! them is silent every refusal says so, so that neither time nor answer tells which directory knows a name.

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use secrecy::{ExposeSecret, SecretString};

use super::{Directories, DirectoryError, Members, SignInError, Typed, watched};
use crate::model::identity::Entry;
use crate::random;

/// Says for a directory's name and a person's stable id there whether a password may be tried now; `None` stands for a name
/// that nobody has. Asked once for each sign-in.
pub type Gate<'a> = &'a (dyn Fn(Option<(&str, &str)>) -> bool + Sync);

/// Why somebody is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The directory that knows the name, or that does not answer; for the usage log alone.
    pub directory: Option<String>,
    /// Why, for the usage log.
    pub reason: SignInError,
    /// A directory that does not answer, where there is one: then this is what people are told, whatever the reason.
    pub silent: Option<DirectoryError>,
}

impl Refused {
    fn by(directory: &str, reason: SignInError) -> Self {
        let silent = if let SignInError::Unavailable(error) = &reason { Some(error.clone()) } else { None };
        Self { directory: Some(directory.to_owned()), reason, silent }
    }

    fn unknown() -> Self {
        Self { directory: None, reason: SignInError::Unknown, silent: None }
    }
}

impl Directories {
    /// Whether `password` is that of the person who signs in with the typed name, and who that is.
    ///
    /// # Errors
    /// Why not.
    pub async fn authenticate(
        &self,
        typed: &Typed<'_>,
        password: &SecretString,
        gate: Gate<'_>,
    ) -> Result<Entry, Refused> {
        if typed.name.is_empty() {
            return Err(Refused::unknown());
        }
        match typed.among.as_slice() {
            [only] => {
                let name = only.name();
                let own = |id: Option<&str>| gate(id.map(|id| (name, id)));
                let answer = only.authenticate(typed.name, password, &own).await;
                answer.map_err(|reason| match reason {
                    SignInError::Unknown => Refused::unknown(),
                    reason => Refused::by(name, reason),
                })
            }
            several => Box::pin(among(several, typed.name, password, gate)).await,
        }
    }
}

/// What the directories say of a name.
#[derive(Default)]
struct Known<'a> {
    /// Who decides; `None`: nobody knows the name.
    by: Option<&'a Members>,
    /// Those that do not answer.
    silent: Vec<DirectoryError>,
}

async fn among(several: &[&Members], name: &str, password: &SecretString, gate: Gate<'_>) -> Result<Entry, Refused> {
    // What is nobody's password anywhere must not cost one directory more than another.
    let text = password.expose_secret();
    if text.is_empty() || text.contains('\0') {
        return Err(Refused { reason: SignInError::WrongPassword, ..Refused::unknown() });
    }
    let mut asked = FuturesOrdered::new();
    for members in several.iter().copied() {
        asked.push_back(Box::pin(async move { (members.knows(name).await, members) }));
    }
    let mut known = Known::default();
    while known.by.is_none()
        && let Some((answer, members)) = asked.next().await
    {
        known.note(answer, members);
    }
    // Whether the gate opened; without a person behind it, nobody's work is what is left to do.
    let (answer, opened) = match known.by {
        Some(members) => tried(members, name, password, gate).await,
        None => (Err(SignInError::Unknown), gate(None)),
    };
    let reason = match answer {
        Ok(entry) => return Ok(entry),
        Err(reason) => reason,
    };
    // The same time for every refusal: what is not known yet is waited for, and all others work as for nobody.
    while let Some((answer, _)) = asked.next().await {
        known.silent.extend(answer.err());
    }
    let decided = known.by.map(Members::name);
    for members in several {
        let is_silent = known.silent.iter().any(|error| error.directory == members.name());
        if decided != Some(members.name()) && !is_silent {
            known.silent.extend(nobodys_work(members, opened).await.err());
        }
    }
    for DirectoryError { directory, cause } in &known.silent {
        tracing::warn!(directory, cause, "a directory does not answer");
    }
    let mut refused = match known.by {
        Some(members) => Refused::by(members.name(), reason),
        None => Refused::unknown(),
    };
    if !opened && known.by.is_none() {
        refused.reason = SignInError::Throttled;
    }
    refused.silent = refused.silent.or_else(|| known.silent.into_iter().next());
    Err(refused)
}

impl<'a> Known<'a> {
    fn note(&mut self, answer: Result<bool, DirectoryError>, members: &'a Members) {
        match answer {
            // While an earlier one is silent, only local people.
            Ok(true) if self.silent.is_empty() || members.is_local() => self.by = Some(members),
            Ok(_) => {}
            Err(error) => self.silent.push(error),
        }
    }
}

/// The deciding directory's answer, and whether the gate opened.
async fn tried(
    members: &Members,
    name: &str,
    password: &SecretString,
    gate: Gate<'_>,
) -> (Result<Entry, SignInError>, bool) {
    let opened = std::sync::atomic::AtomicBool::new(false);
    let own = |id: Option<&str>| {
        let opens = gate(id.map(|id| (members.name(), id)));
        opened.store(opens, std::sync::atomic::Ordering::Relaxed);
        opens
    };
    let answer = members.authenticate(name, password, &own).await;
    (answer, opened.into_inner())
}

/// What a directory does for a name that nobody has, with a password that is nobody's: no other directory's servers see
/// the one that was typed.
async fn nobodys_work(members: &Members, opened: bool) -> Result<(), DirectoryError> {
    let (name, password) = (format!("nobody-{}", random::id()), SecretString::from(random::id()));
    // No step of the way to the answer.
    let (answer, _) = watched(members.authenticate(&name, &password, &|_| opened)).await;
    match answer {
        Err(SignInError::Unavailable(error)) => Err(error),
        _ => Ok(()),
    }
}
