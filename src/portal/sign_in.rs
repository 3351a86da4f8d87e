//! Signing in and out.

use std::sync::{Arc, Mutex};

use secrecy::SecretString;

use super::PortalError;
use super::identify;
use crate::app::App;
use crate::directory::{Refused, SignInError};
use crate::model::access::Actor;
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::model::identity::{Entry, Identity, Via};
use crate::store::people;
use crate::throttle::{Mark, Whence};

/// A try to sign in.
#[derive(Debug)]
pub struct SignIn {
    /// What was typed as the name.
    pub user_name: String,
    /// What was typed as the password; passed to the directory byte for byte.
    pub password: SecretString,
    /// The marks of people who signed in with this browser before.
    pub marks: Vec<Mark>,
    /// Where the request came from.
    pub origin: Origin,
}

impl SignIn {
    pub(super) fn whence(&self) -> Whence<'_> {
        Whence { name: &self.user_name, address: &self.origin.address }
    }
}

/// Why nobody was signed in. The page says the same for all but [`Self::Unavailable`].
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    /// Name or password are wrong, or tries are used up, or the account is closed: nobody is told which.
    #[error("name or password are wrong")]
    Refused,
    /// The directory or the database does not answer.
    #[error(transparent)]
    Unavailable(#[from] PortalError),
}

/// Somebody who signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub identity: Identity,
    /// The mark for this browser.
    pub mark: Mark,
    /// The version of a local person whose password was right. Their session begins only while they are still so: a
    /// password that is changed meanwhile ends the sessions that there are, and must not be outlived by this one.
    pub local_version: Option<i32>,
}

/// Checks name and password with the directories, and writes down how it went. Runs to its end even if the caller goes
/// away in the middle: a try that was counted is recorded.
///
/// # Errors
/// [`NotSignedIn`]
pub async fn sign_in(app: &Arc<App>, attempt: SignIn) -> Result<SignedIn, NotSignedIn> {
    checked(app, attempt, Via::Session).await
}

/// [`sign_in`], of whoever shows who they are in this way; no session begins.
pub(super) async fn checked(app: &Arc<App>, attempt: SignIn, via: Via) -> Result<SignedIn, NotSignedIn> {
    let app = app.clone();
    let run = tokio::spawn(async move { run(&app, &attempt, via).await });
    run.await.map_err(|error| PortalError::Internal(error.to_string()))?
}

async fn run(app: &App, attempt: &SignIn, via: Via) -> Result<SignedIn, NotSignedIn> {
    let is_basic = matches!(via, Via::Basic);
    let event = Event::new(app.clock.now(), Kind::SessionStart, &attempt.origin).by_name(&attempt.user_name);
    let event = if is_basic { event.with("via", "basic") } else { event };
    // Whoever sends the same again and again leaves a row a minute.
    let whence = attempt.whence();
    let is_repeat = app.throttle.repeats.is_one(&whence, &attempt.password, app.clock.now());
    let is_noted = || app.throttle.notes_refusal(&app.throttle.repeats.word(&whence), &attempt.origin.address);
    match self::attempt(app, attempt).await {
        Ok(entry) if is_basic && !app.config.seed_api.takes_of(&entry.directory) => {
            let event = Event { directory: Some(entry.directory), ..event };
            app.database.record(event.ended(Outcome::Refused, "basic_directory")).await.map_err(PortalError::from)?;
            Err(NotSignedIn::Refused)
        }
        Ok(entry) => Ok(welcome(app, entry, via, event).await?),
        Err(Refused { silent: Some(error), reason, directory }) => {
            tracing::error!(directory = error.directory, cause = error.cause, "not everybody can sign in");
            let event = Event { directory, ..event.with("silent", error.directory.as_str()) };
            let event = match &reason {
                SignInError::Unavailable(_) => event,
                reason => event.with("refused", reason.to_string()),
            };
            app.database.record(event.ended(Outcome::Failed, "directory")).await.map_err(PortalError::from)?;
            Err(NotSignedIn::Unavailable(error.into()))
        }
        Err(Refused { reason: SignInError::Throttled, .. })
            if !app.throttle.notes_refusal("session.start", &attempt.origin.address) =>
        {
            Err(NotSignedIn::Refused)
        }
        Err(Refused { reason: SignInError::WrongPassword | SignInError::Unknown, .. }) if !is_noted() && is_repeat => {
            Err(NotSignedIn::Refused)
        }
        Err(Refused { reason, directory, .. }) => {
            let event = Event { directory, ..event };
            app.database.record(event.ended(Outcome::Refused, &reason.to_string())).await.map_err(PortalError::from)?;
            Err(NotSignedIn::Refused)
        }
    }
}

/// What is known of a try before its person is found, and what it has been counted as, so that it can be given back.
#[derive(Default)]
struct Counted {
    /// The address still had tries.
    address: bool,
    /// The password was wrong for this name lately; the directory that had the name, if one had.
    wrong: Option<Option<String>>,
    /// Refused because of that.
    is_known_wrong: bool,
    /// It came from there lately, and was counted then; not within the last minute.
    is_repeat: bool,
    person: Option<String>,
    browsers: Vec<String>,
}

/// The directories' answer, behind the throttle. The tries of the address and of the person are counted before anything is
/// tried, the person's under their directory's own id of them (a name that nobody has under the name), and given back where
/// nothing was wrong.
pub(super) async fn attempt(app: &App, attempt: &SignIn) -> Result<Entry, Refused> {
    let (mut counted, now) = (Counted::default(), app.clock.now());
    // Before anything waits: no address has more tries under way than it has tries.
    counted.address = app.throttle.take_address(&attempt.origin.address, now);
    if !counted.address {
        // Past that only people who signed in with this browser before are let through, once it is known who it is.
        let known = attempt.marks.first().map(|mark| format!("past its address {}", mark.who()));
        let known = known.filter(|known| app.throttle.take_known_browser(known, now));
        let refused = || Refused { directory: None, reason: SignInError::Throttled, silent: None };
        counted.browsers.push(known.ok_or_else(refused)?);
    }
    let turn = app.throttle.repeats.turn(&attempt.user_name, &attempt.password);
    let _turn = turn.lock().await;
    let now = app.clock.now();
    let typed = app.directories.typed(&attempt.user_name);
    let folded = match typed.among.as_slice() {
        [chosen] if app.directories.only().is_none() => format!("{}\\{}", chosen.name(), typed.name.to_lowercase()),
        _ => typed.name.to_lowercase(),
    };
    counted.wrong = app.throttle.known_wrong(&folded, &attempt.password, now);
    // Not more often than once a minute: each is a question to a directory all the same.
    let repeats = &app.throttle.repeats;
    counted.is_repeat = repeats.is_one(&attempt.whence(), &attempt.password, now)
        && !repeats.was_just_tried(&attempt.whence(), &attempt.password, now);
    let counted = Mutex::new(counted);
    let gate = |whose: Option<(&str, &str)>| may_try(app, attempt, whose.ok_or(&folded), &counted);
    let mut answer = app.directories.authenticate(&typed, &attempt.password, &gate).await;
    let mut counted = counted.into_inner().unwrap_or_default();
    if let Err(refused) = &mut answer {
        remember(app, attempt, &folded, &mut counted, refused);
    }
    settle(app, attempt, &counted, &answer);
    answer
}

/// Remembers what was wrong. What was known to be wrong was not tried again, and is forgotten in its time: it may be right by now.
fn remember(app: &App, attempt: &SignIn, folded: &str, counted: &mut Counted, refused: &mut Refused) {
    let now = app.clock.now();
    if refused.reason == SignInError::Throttled && counted.is_known_wrong {
        refused.directory = counted.wrong.take().flatten();
        let exists = refused.directory.is_some();
        refused.reason = if exists { SignInError::WrongPassword } else { SignInError::Unknown };
    }
    // What one of several did not say is not remembered: it may know the name.
    let is_sure = refused.silent.is_none() || refused.reason == SignInError::WrongPassword;
    if is_sure && matches!(refused.reason, SignInError::WrongPassword | SignInError::Unknown) {
        if !counted.is_known_wrong {
            app.throttle.remember_wrong(folded, &attempt.password, refused.directory.clone(), now);
        }
        // While one is silent, what is answered from memory would tell who exists.
        if refused.silent.is_none() {
            app.throttle.repeats.note(&attempt.whence(), &attempt.password, now);
        }
    }
}

/// Gives back what was counted where nothing was wrong.
fn settle(app: &App, attempt: &SignIn, counted: &Counted, answer: &Result<Entry, Refused>) {
    let reason = answer.as_ref().map_err(|refused| &refused.reason);
    // A directory that fell silent after the gate may have counted a wrong password, so we do too.
    if let Ok(_) | Err(SignInError::Inactive) = reason {
        counted.person.iter().for_each(|person| app.throttle.give_back(person));
        counted.browsers.iter().for_each(|browser| app.throttle.give_back_known_browser(browser));
    }
    let is_nobodys_fault = match answer {
        Ok(_) => true,
        // Counted when it came first; nothing is guessed by sending it again.
        Err(_) if counted.is_known_wrong && counted.is_repeat => true,
        Err(refused) => match refused.reason {
            SignInError::Unavailable(_) => true,
            // Alike for both while a directory is silent: else what is left of the address would tell who exists. A
            // person's own tries stay counted.
            SignInError::Unknown | SignInError::WrongPassword => refused.silent.is_some(),
            _ => false,
        },
    };
    if counted.address && is_nobodys_fault {
        app.throttle.give_back_address(&attempt.origin.address);
    }
}

/// The gate: whether a password may be tried now for the person of this directory and id, or for a name that nobody has.
/// Both are counted and refused alike, so that neither the answer nor its time tells them apart.
fn may_try(app: &App, attempt: &SignIn, whose: Result<(&str, &str), &String>, counted: &Mutex<Counted>) -> bool {
    let (key, now) = (&app.cookie_key, app.clock.now());
    let Ok(mut counted) = counted.lock() else { return false };
    let is_theirs = |mark: &&Mark| whose.is_ok_and(|(directory, id)| mark.is_of(key, directory, id));
    if let Some(mark) = attempt.marks.iter().find(is_theirs)
        && app.throttle.take_known_browser(mark.who(), now)
    {
        counted.browsers.push(mark.who().to_owned());
        return true;
    }
    // The very password that was wrong a moment ago, unless the name has come or gone since.
    if counted.wrong.as_ref().is_some_and(|wrong| wrong.as_deref() == whose.ok().map(|(directory, _)| directory)) {
        counted.is_known_wrong = true;
        return false;
    }
    let whose =
        whose.map_or_else(|name| format!("nobody {name}"), |(directory, id)| format!("person {directory} {id}"));
    let may = counted.address && app.throttle.take_try(&whose, now);
    if may {
        counted.person = Some(whose);
    }
    may
}

/// Remembers the person and writes down that they signed in, in one commit.
pub(super) async fn welcome(app: &App, entry: Entry, via: Via, event: Event) -> Result<SignedIn, PortalError> {
    app.directories.forget(&entry.directory, &entry.external_id);
    let roles = identify::roles(app, &entry.groups).await?;
    let (now, local_version) = (app.clock.now(), entry.local_version);
    let write = app.database.write(move |connection| {
        let person = people::remember(connection, &entry, now)?;
        let identity = Identity { via, ..identify::with_roles(person, entry, roles) };
        let event = event.by(&Actor::Person(identity.clone()));
        Ok((identity, vec![event]))
    });
    let identity = write.await?;
    let mark = Mark::of(&app.cookie_key, &identity.person.directory, &identity.person.external_id, now);
    Ok(SignedIn { identity, mark, local_version })
}

/// Writes down that somebody signed out.
///
/// # Errors
/// Where the database cannot be written.
pub async fn sign_out(app: &App, who: &super::Who) -> Result<(), PortalError> {
    let event = Event::new(app.clock.now(), Kind::SessionEnd, &who.origin).by(&who.actor());
    Ok(app.database.record(event).await?)
}
