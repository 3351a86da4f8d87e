//! The session of a browser: who signed in, and what to tell them on the next page.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use actix_session::SessionMiddleware;
use actix_session::config::{BrowserSession, CookieContentSecurity, TtlExtensionPolicy};
use actix_session::storage::SessionKey;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, CookieJar, Key, SameSite};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::{Deserialize, Serialize};

use super::error::WebError;
use super::frame::Notice;
use super::html::Tone;
use super::session_store::{DatabaseSessions, live};
use crate::app::App;
use crate::portal::PortalError;
use crate::portal::sso::Bond;
use crate::throttle::{Mark, mark};

/// The name under which a session holds the person's id.
pub(super) const PERSON: &str = "person";
/// The name under which a session that begins has the version of a local person.
pub(super) const LOCAL_VERSION: &str = "local_version";
/// The name under which a session has what it is bound to.
const BOND: &str = "sso";
const NOTICES: &str = "notices";
/// How many people's marks a browser keeps.
const MARKS: usize = 5;

/// The session, by verbs instead of raw keys.
pub struct Session(actix_session::Session);

#[derive(Serialize, Deserialize)]
struct Flash(String, String);

impl Session {
    /// The id of the person who signed in.
    #[must_use]
    pub fn person_id(&self) -> Option<String> {
        self.0.get(PERSON).ok().flatten()
    }

    /// Signs a person in, under a new key: one that was planted before is worth nothing. The session of a local person
    /// begins only while they are still of this version.
    ///
    /// # Errors
    /// Where the session cannot be written.
    pub fn sign_in(&self, person_id: &str, local_version: Option<i32>) -> Result<(), WebError> {
        self.0.clear();
        self.0.renew();
        let version = local_version.map_or(Ok(()), |version| self.0.insert(LOCAL_VERSION, version));
        let written = version.and_then(|()| self.0.insert(PERSON, person_id));
        written.map_err(|error| PortalError::Internal(error.to_string()).into())
    }

    /// Binds the session that just began to that of a single sign-on.
    ///
    /// # Errors
    /// Where the session cannot be written.
    pub fn bind(&self, bond: &Bond) -> Result<(), WebError> {
        self.0.insert(BOND, bond).map_err(|error| PortalError::Internal(error.to_string()).into())
    }

    /// What the session is bound to, if to anything.
    #[must_use]
    pub fn bond(&self) -> Option<Bond> {
        // One that cannot be read binds to nothing that would uphold it.
        self.0.get(BOND).unwrap_or_else(|_| Some(Bond::default()))
    }

    /// Ends the session here and in the database.
    pub fn sign_out(&self) {
        self.0.purge();
    }

    /// Says something on the next page.
    pub fn say(&self, tone: Tone, text: impl Into<String>) {
        let mut notices: Vec<Flash> = self.0.get(NOTICES).ok().flatten().unwrap_or_default();
        notices.push(Flash(tone.class().to_owned(), text.into()));
        if let Err(error) = self.0.insert(NOTICES, notices) {
            tracing::warn!(%error, "a notice could not be kept");
        }
    }

    /// What there is to say, once.
    #[must_use]
    pub fn take_notices(&self) -> Vec<Notice> {
        if !self.0.contains_key(NOTICES) {
            return Vec::new();
        }
        let notices: Vec<Flash> = self.0.get(NOTICES).ok().flatten().unwrap_or_default();
        self.0.remove(NOTICES);
        let tone = |word: &str| {
            [Tone::Good, Tone::Info, Tone::Warning, Tone::Danger].into_iter().find(|tone| tone.class() == word)
        };
        notices.into_iter().map(|Flash(word, text)| Notice::new(tone(&word).unwrap_or_default(), text)).collect()
    }
}

impl FromRequest for Session {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        std::future::ready(actix_session::Session::from_request(request, payload).into_inner().map(Self))
    }
}

impl From<actix_session::Session> for Session {
    fn from(session: actix_session::Session) -> Self {
        Self(session)
    }
}

/// The session cookie's name. `__Host-` where the browser takes it; with the port where it is http on this machine,
/// because cookies ignore ports.
#[must_use]
pub fn cookie_name(app: &App) -> String {
    if app.is_secure() {
        return "__Host-daypass".to_owned();
    }
    let word = if app.demo { "daypass-demo" } else { "daypass" };
    format!("{word}-{}", app.public_url.port_or_known_default().unwrap_or(80))
}

/// The middleware that loads and saves sessions. `swept` says when those that ran out were last removed (milliseconds since 1970) and
/// is shared by all workers.
#[must_use]
pub fn middleware(app: &Arc<App>, swept: &Arc<AtomicI64>) -> SessionMiddleware<DatabaseSessions> {
    let idle = Duration::try_from(app.config.session.idle_timeout).unwrap_or(Duration::minutes(30));
    let lifecycle =
        BrowserSession::default().state_ttl(idle).state_ttl_extension_policy(TtlExtensionPolicy::OnEveryRequest);
    SessionMiddleware::builder(DatabaseSessions::new(app, swept), Key::derive_from(&app.cookie_key))
        .cookie_name(cookie_name(app))
        .cookie_secure(app.is_secure())
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".to_owned())
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(lifecycle)
        .build()
}

/// Whether the session that the request came with is still there: it may have ended since the request's head was read.
///
/// # Errors
/// Where the database does not answer.
pub async fn is_live(app: &App, request: &HttpRequest) -> Result<bool, PortalError> {
    let name = cookie_name(app);
    let mut jar = CookieJar::new();
    if let Some(cookie) = request.cookie(&name) {
        jar.add_original(cookie);
    }
    let cookie = jar.signed(&Key::derive_from(&app.cookie_key)).get(&name);
    let Some(key) = cookie.and_then(|cookie| SessionKey::try_from(cookie.value().to_owned()).ok()) else {
        return Ok(false);
    };
    Ok(live(app, &key).await?.is_some())
}

fn marks_name(app: &App) -> String {
    if app.is_secure() { "__Host-daypass-known".to_owned() } else { format!("{}-known", cookie_name(app)) }
}

/// The marks of people who signed in with this browser before; only those that we gave, and not for ever.
#[must_use]
pub fn marks(app: &App, request: &HttpRequest) -> Vec<Mark> {
    let Some(cookie) = request.cookie(&marks_name(app)) else { return Vec::new() };
    let now = app.clock.now();
    cookie.value().split('.').take(MARKS).filter_map(|text| Mark::read(&app.cookie_key, text, now)).collect()
}

/// The cookie with a further mark; the last five people are kept.
#[must_use]
pub fn with_mark(app: &App, mut marks: Vec<Mark>, mark: Mark) -> Cookie<'static> {
    marks.retain(|known| known.who() != mark.who());
    marks.insert(0, mark);
    marks.truncate(MARKS);
    let marks: Vec<String> = marks.iter().map(|mark| mark.text(&app.cookie_key)).collect();
    Cookie::build(marks_name(app), marks.join("."))
        .path("/")
        .secure(app.is_secure())
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::days(mark::DAYS))
        .finish()
}
