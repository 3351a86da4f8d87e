//! Tokens as pages and API show them.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::model::api_token::{ApiToken, Connectors, Dead, Holder, Part};
use crate::model::identity::{GroupRef, Identity};
use crate::model::summary::Summary;
use crate::portal::paging::Page;
use crate::portal::{PortalError, Who, my_access};
use crate::store::token_list::{self, Names, State, Wanted};
use crate::store::{DbConnection, StoreError, api_tokens, summaries};

/// How long people see tokens of theirs that have ended.
const ENDED_SHOWN: TimeDelta = TimeDelta::days(30);

/// A token, and the names of what it speaks of.
#[derive(Clone, Debug)]
pub struct TokenStatus {
    /// The token.
    pub token: ApiToken,
    /// Why it is refused; `None`: it is live.
    pub dead: Option<Dead>,
    /// The user name of whose it is, or who answers for it; empty where nobody is kept.
    pub person: String,
    /// (id, slug, name) of the connectors that it names, by name.
    pub connectors: Vec<(String, String, String)>,
}

/// The caller's own tokens.
#[derive(Clone, Debug, Default)]
pub struct Mine {
    /// Their own: live, or ended in the last 30 days; live ones first, the newest first.
    pub own: Vec<TokenStatus>,
    /// Live ones of programs that they answer for, or whose group they are in; by name.
    pub looked_after: Vec<TokenStatus>,
}

/// The tokens that the caller may look after without being an administrator.
///
/// # Errors
/// [`PortalError::Forbidden`] for whoever did not sign in: a token tells nothing of others; where the database does not answer.
pub async fn list_own(app: &App, who: &Who) -> Result<Mine, PortalError> {
    let identity = who.in_person()?;
    let (person, groups, now) = (identity.person.id.clone(), groups_of(identity), app.clock.now());
    let read = app.database.read(move |connection| {
        let own = token_list::of_person(connection, &person, now - ENDED_SHOWN)?;
        let looked_after = token_list::looked_after(connection, &person, &groups, now)?;
        let names = names_of(connection, own.iter().chain(&looked_after))?;
        let status = |token| status(token, &names, now);
        Ok(Mine {
            own: own.into_iter().map(status).collect(),
            looked_after: looked_after.into_iter().map(status).collect(),
        })
    });
    Ok(read.await?)
}

pub(super) fn groups_of(identity: &Identity) -> Vec<GroupRef> {
    identity.groups.iter().map(|group| group.group.clone()).collect()
}

/// All tokens that fit, from the one with the id `from` on.
///
/// # Errors
/// [`PortalError::Forbidden`] without the part for tokens; where the database does not answer.
pub async fn list_all(
    app: &App,
    who: &Who,
    wanted: Wanted,
    from: Option<String>,
) -> Result<Page<TokenStatus>, PortalError> {
    who.may(Part::Tokens)?;
    let now = app.clock.now();
    let read = app.database.read_much(move |connection| {
        let total = token_list::count(connection, wanted.state, now)?;
        let ids = token_list::ids(connection, &wanted, now)?;
        let (mut page, shown) = Page::cut(total, &ids, from.as_deref());
        let tokens = token_list::some(connection, &shown)?;
        let names = names_of(connection, tokens.iter())?;
        page.rows = tokens.into_iter().map(|token| status(token, &names, now)).collect();
        Ok(page)
    });
    Ok(read.await?)
}

/// A part of the tokens that fit.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The tokens, in their order.
    pub rows: Vec<TokenStatus>,
    /// Whether there are more after them.
    pub more: bool,
    /// How many tokens there are in that state, whether they fit or not.
    pub total: i64,
    /// How many fit.
    pub found: usize,
}

/// The first `limit` tokens that fit of those that come after the one with the id `after`, which may no longer fit itself.
///
/// # Errors
/// As [`list_all`]; [`PortalError::Invalid`] at `cursor` where there is no such token.
pub async fn list_after(
    app: &App,
    who: &Who,
    wanted: Wanted,
    after: Option<&str>,
    limit: usize,
) -> Result<Rest, PortalError> {
    who.may(Part::Tokens)?;
    let (now, after) = (app.clock.now(), after.map(str::to_owned));
    let read = app.database.read_much(move |connection| {
        let ids = token_list::ids(connection, &wanted, now)?;
        let found = ids.len();
        let Some(left) = left(connection, &wanted, ids, after.as_deref(), now)? else { return Ok(None) };
        let shown = left.get(..limit).unwrap_or(&left);
        let tokens = token_list::some(connection, shown)?;
        let names = names_of(connection, tokens.iter())?;
        let rows = tokens.into_iter().map(|token| status(token, &names, now)).collect();
        Ok(Some(Rest {
            rows,
            more: left.len() > limit,
            total: token_list::count(connection, wanted.state, now)?,
            found,
        }))
    });
    let gone =
        || PortalError::Invalid(("cursor", "There is no such place in this list. Begin again.".to_owned()).into());
    read.await?.ok_or_else(gone)
}

/// Those of `ids` that come after `after`; `None` where there is no such token.
fn left(
    connection: &mut DbConnection,
    wanted: &Wanted,
    ids: Vec<String>,
    after: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<Vec<String>>, StoreError> {
    let Some(after) = after else { return Ok(Some(ids)) };
    if let Some(at) = ids.iter().position(|id| id == after) {
        return Ok(Some(ids.into_iter().skip(at + 1).collect()));
    }
    // It was revoked meanwhile, or called something else: its place is that among all.
    let all = Wanted { search: String::new(), state: State::All, ..wanted.clone() };
    let all = token_list::ids(connection, &all, now)?;
    let fit: HashSet<&String> = ids.iter().collect();
    let at = all.iter().position(|id| id == after);
    Ok(at.map(|at| all.iter().skip(at + 1).filter(|id| fit.contains(id)).cloned().collect()))
}

/// How many programs' tokens nobody answers for any more.
///
/// # Errors
/// As [`list_all`].
pub async fn count_orphans(app: &App, who: &Who) -> Result<i64, PortalError> {
    who.may(Part::Tokens)?;
    let now = app.clock.now();
    Ok(app.database.read(move |connection| token_list::count(connection, State::Orphaned, now)).await?)
}

/// One token, for whoever may look after it.
///
/// # Errors
/// [`PortalError::NotFound`] where there is none, or it is not theirs: both look the same.
pub async fn show(app: &App, who: &Who, id: &str) -> Result<TokenStatus, PortalError> {
    let (id, now) = (id.to_owned(), app.clock.now());
    let read = app.database.read(move |connection| {
        let Some(token) = api_tokens::find(connection, &id)? else { return Ok(None) };
        let names = names_of(connection, std::iter::once(&token))?;
        Ok(Some(status(token, &names, now)))
    });
    let found = read.await?.filter(|status| looks_after(who, &status.token));
    found.ok_or(PortalError::NotFound("token"))
}

/// Whether the caller may see and revoke a token: by the part for tokens, or as a person who signed in and whose it is, who
/// answers for it, or who is in its group.
pub(super) fn looks_after(who: &Who, token: &ApiToken) -> bool {
    let theirs = |identity: &Identity| token.is_looked_after_by(&identity.person.id, &groups_of(identity));
    who.may(Part::Tokens).is_ok() || who.in_person().is_ok_and(theirs)
}

pub(super) fn names_of<'a>(
    connection: &mut DbConnection,
    tokens: impl Iterator<Item = &'a ApiToken>,
) -> Result<Names, StoreError> {
    let (mut people, mut connectors): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for token in tokens {
        people.extend(person_of(token));
        if let Connectors::These(ids) = &token.scope.connectors {
            connectors.extend(ids.iter().map(String::as_str));
        }
    }
    connectors.sort_unstable();
    connectors.dedup();
    token_list::names(connection, &people, &connectors)
}

/// Whose it is, or who answers for it, by our id of them.
fn person_of(token: &ApiToken) -> Option<&str> {
    match &token.holder {
        Holder::Person(id) => Some(id),
        Holder::Program(owner) => owner.responsible.as_deref(),
    }
}

pub(super) fn status(token: ApiToken, names: &Names, now: DateTime<Utc>) -> TokenStatus {
    let person = person_of(&token).and_then(|id| names.people.get(id)).cloned().unwrap_or_default();
    let ids = match &token.scope.connectors {
        Connectors::These(ids) => ids.as_slice(),
        Connectors::All => &[],
    };
    let named = |id: &String| names.connectors.get(id).map(|(slug, name)| (id.clone(), slug.clone(), name.clone()));
    let mut connectors: Vec<_> = ids.iter().filter_map(named).collect();
    connectors.sort_by(|(_, _, one), (_, _, other)| one.cmp(other));
    TokenStatus { dead: token.dead(now), person, connectors, token }
}

/// The connectors that the caller may give to a token now, by name: of their own those that they may use; of a program's those
/// of system scope.
///
/// # Errors
/// [`PortalError::Forbidden`] for whoever did not sign in, or does not administer; where the database does not answer.
pub async fn choices(app: &App, who: &Who, of_program: bool) -> Result<Arc<Vec<Summary>>, PortalError> {
    if !of_program {
        who.in_person()?;
        return my_access::list(app, &who.actor).await;
    }
    who.administrator()?;
    let mut all = app.database.read_much(|connection| summaries::of(connection, None)).await?;
    all.retain(|connector| connector.system_scope);
    Ok(Arc::new(all))
}
