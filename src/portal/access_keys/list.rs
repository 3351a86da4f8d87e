//! The list of access keys, a page at a time, and how each of them stands.

use std::collections::{HashMap, HashSet};

use crate::app::App;
use crate::keyring::OpenError;
use crate::model::access_key::{AccessKey, KeyState};
use crate::model::api_token::Part;
use crate::portal::paging::Page;
use crate::portal::{PortalError, Who, source};
use crate::store::access_keys::{self, SealedSecrets};
use crate::store::key_list::{self, Wanted};

/// How an access key stands, what needs attention most first: what cannot be opened here comes before what AWS says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its secret does not open.
    Closed,
    /// A root user's, which is not used.
    Root,
    /// Its session token has run out.
    Expired,
    /// AWS refused it.
    Refused,
    /// A new key takes its place.
    Rotating,
    /// AWS takes it.
    Ok,
    /// Something is known against it, and nothing is handed out with it.
    Unusable,
    /// AWS was not asked.
    Unverified,
}

impl State {
    /// Every state with its word for programs.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Closed, "closed"),
        (Self::Root, "root"),
        (Self::Expired, "expired"),
        (Self::Refused, "refused"),
        (Self::Rotating, "rotating"),
        (Self::Ok, "ok"),
        (Self::Unusable, "unusable"),
        (Self::Unverified, "unverified"),
    ];

    /// The word for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, word)| word)
    }

    /// The state with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(state, _)| *state)
    }
}

/// An access key and how it stands here.
#[derive(Clone, Debug)]
pub struct KeyStatus {
    /// The key.
    pub key: AccessKey,
    /// Why its secret does not open; `None`: it does.
    pub closed: Option<OpenError>,
    /// How many connectors use it.
    pub used_by: i64,
    /// Whether it is being rotated.
    pub rotating: bool,
    /// Whether its credentials ran out.
    pub expired: bool,
    /// Whether it is a root user's and the settings do not allow those.
    pub root_refused: bool,
    /// Whether it is older than the settings want keys to be.
    pub is_old: bool,
}

impl KeyStatus {
    /// How `key` stands now; its secret is opened, and let go of.
    pub(super) async fn of(app: &App, key: AccessKey, sealed: &SealedSecrets, used_by: i64, rotating: bool) -> Self {
        let now = app.clock.now();
        let age = (now - key.key_since).to_std().unwrap_or_default();
        Self {
            closed: source::closed(app, &key, sealed).await,
            used_by,
            rotating,
            expired: key.is_expired(now),
            root_refused: key
                .validated
                .as_ref()
                .is_some_and(|validated| source::root_rule(app, &validated.arn).is_err()),
            is_old: key.source.is_long_term() && age > app.config.aws.key_age_limit,
            key,
        }
    }

    /// How it stands, in one word.
    #[must_use]
    pub const fn state(&self) -> State {
        match self.key.state {
            _ if self.closed.is_some() => State::Closed,
            _ if self.root_refused => State::Root,
            _ if self.expired => State::Expired,
            KeyState::Refused => State::Refused,
            _ if self.rotating => State::Rotating,
            KeyState::Good => State::Ok,
            KeyState::Unverified if self.key.trouble.is_some() => State::Unusable,
            KeyState::Unverified => State::Unverified,
        }
    }
}

/// The keys that fit, from the one with the id `from` on; from the first where there is no such key.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn list(app: &App, who: &Who, wanted: Wanted, from: Option<String>) -> Result<Page<KeyStatus>, PortalError> {
    who.may(Part::AccessKeys)?;
    let now = app.clock.now();
    let wanted = Wanted { closed: app.closed.ids(), ..wanted };
    let read = app.database.read_much(move |connection| {
        let total = key_list::count(connection)?;
        let ids = key_list::ids(connection, &wanted, now)?;
        let (page, shown) = Page::cut(total, &ids, from.as_deref());
        let rows = access_keys::some(connection, &shown)?;
        let counts = key_list::use_counts(connection, &shown)?;
        let rotating = key_list::rotating(connection)?;
        Ok((page, shown, Rows { rows, counts, rotating }))
    });
    let (mut page, shown, rows) = read.await?;
    page.rows = rows.statuses(app, &shown).await;
    Ok(page)
}

/// Id and name of every key that fits.
///
/// # Errors
/// As [`list`].
pub async fn names(app: &App, who: &Who, search: String) -> Result<Vec<(String, String)>, PortalError> {
    who.may(Part::AccessKeys)?;
    let (now, wanted) = (app.clock.now(), Wanted { search, ..Wanted::default() });
    let read = app.database.read_much(move |connection| {
        let ids = key_list::ids(connection, &wanted, now)?;
        let names = key_list::names(connection)?;
        Ok((ids, names))
    });
    let (ids, mut names) = read.await?;
    Ok(ids.into_iter().filter_map(|id| names.remove(&id).map(|name| (id, name))).collect())
}

/// How many keys are read at once.
const HANDFUL: usize = 500;

/// How these keys stand, in their order; without those that are gone.
///
/// # Errors
/// As [`list`].
pub async fn some(app: &App, who: &Who, ids: &[String]) -> Result<Vec<KeyStatus>, PortalError> {
    who.may(Part::AccessKeys)?;
    let mut found = Vec::with_capacity(ids.len());
    for handful in ids.chunks(HANDFUL) {
        let shown = handful.to_vec();
        let read = app.database.read_much(move |connection| {
            let rows = access_keys::some(connection, &shown)?;
            let counts = key_list::use_counts(connection, &shown)?;
            Ok(Rows { rows, counts, rotating: key_list::rotating(connection)? })
        });
        found.extend(read.await?.statuses(app, handful).await);
    }
    Ok(found)
}

/// Keys as they were read.
struct Rows {
    rows: Vec<(AccessKey, SealedSecrets)>,
    counts: HashMap<String, i64>,
    rotating: HashSet<String>,
}

impl Rows {
    /// How they stand, in the order of `shown`.
    async fn statuses(self, app: &App, shown: &[String]) -> Vec<KeyStatus> {
        let mut rows: HashMap<String, _> = self.rows.into_iter().map(|row| (row.0.id.clone(), row)).collect();
        let mut statuses = Vec::with_capacity(shown.len());
        for id in shown {
            let Some((key, sealed)) = rows.remove(id) else { continue };
            let used_by = self.counts.get(id).copied().unwrap_or(0);
            statuses.push(KeyStatus::of(app, key, &sealed, used_by, self.rotating.contains(id)).await);
        }
        statuses
    }
}
